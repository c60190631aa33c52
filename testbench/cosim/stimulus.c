// SPDX-License-Identifier: Apache-2.0
#include "stimulus.h"

#include "w4a5se/fp32.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

uint64_t stimulus_seed(void) {
    const char *text = getenv("SE_SEED");
    return text && *text ? strtoull(text, NULL, 0) : 20240607;
}

// splitmix64
uint64_t stimulus_draw(struct stimulus *s) {
    uint64_t z = s->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

struct stimulus stimulus_open(uint64_t stream) {
    struct stimulus seed = {stimulus_seed()}, index = {stream};
    return (struct stimulus){stimulus_draw(&seed) ^ stimulus_draw(&index)};
}

uint32_t stimulus_below(struct stimulus *s, uint32_t n) {
    return (uint32_t)((stimulus_draw(s) >> 32) * n >> 32);
}

int stimulus_between(struct stimulus *s, int first, int last) {
    return first + (int)stimulus_below(s, (uint32_t)(last - first) + 1);
}

size_t stimulus_corners(uint32_t corners[STIMULUS_CORNERS_MAX]) {
    static const uint8_t exponents[] = {0,   1,   2,   22,  23,  24,  25,  26,  63,  64,
                                        65,  101, 102, 103, 104, 124, 125, 126, 127, 128,
                                        129, 135, 148, 149, 150, 151, 152, 156, 157, 158,
                                        159, 190, 191, 230, 231, 252, 253, 254, 255};
    static const uint32_t fractions[] = {0,        1,        2,        0x000FFF, 0x200000,
                                         0x2AAAAB, 0x3FFFFF, 0x400000, 0x400001, 0x600000,
                                         0x7FF000, 0x7FFFFE, 0x7FFFFF};
    size_t n = 0;
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
        for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
            uint32_t magnitude = (uint32_t)exponents[e] << 23 | fractions[f];
            corners[n++] = magnitude;
            corners[n++] = magnitude | UINT32_C(0x80000000);
        }
    }
    return n;
}

static uint32_t float_of(uint32_t sign, int exponent, uint32_t fraction) {
    return sign << 31 | (uint32_t)(exponent & 0xFF) << 23 | (fraction & 0x7FFFFF);
}

// A fraction of which only the highest `bits` can be set.
static uint32_t short_fraction(struct stimulus *s, unsigned bits) {
    return (uint32_t)stimulus_draw(s) & (UINT32_C(0x7FFFFF) << (23 - bits)) & 0x7FFFFF;
}

uint32_t stimulus_float(struct stimulus *s) {
    uint32_t sign = stimulus_below(s, 2), any = (uint32_t)stimulus_draw(s);
    switch (stimulus_below(s, 16)) {
    case 0:
        return float_of(sign, 0, any); // subnormal
    case 1:
        return float_of(sign, 255, stimulus_below(s, 2) ? any : 0); // NaN, infinity
    case 2:
        return sign << 31;
    case 3:
    case 4:
        return float_of(sign, stimulus_between(s, 90, 165), short_fraction(s, 8));
    case 5:
    case 6:
    case 7:
        return float_of(sign, stimulus_between(s, 100, 160), any);
    default:
        return any;
    }
}

float stimulus_scale(struct stimulus *s, int first_exponent, int last_exponent) {
    int exponent = stimulus_between(s, first_exponent, last_exponent);
    uint32_t fraction = stimulus_below(s, 4) ? (uint32_t)stimulus_draw(s) & 0x7FFFFF : 0;
    return ldexpf(se_f32_from_bits(float_of(0, 127, fraction)), exponent);
}

// Factors whose product lies within an ulp or so of a number where the rules change: the least
// normal one, the largest, the least subnormal and its half.
static void factors_of_limit(struct stimulus *s, uint32_t *a, uint32_t *b) {
    static const double limits[] = {0x1p-126, 0x1p128 - 0x1p103, 0x1p-149, 0x1p-150};
    *a = float_of(stimulus_below(s, 2), stimulus_between(s, 1, 254), (uint32_t)stimulus_draw(s));
    double quotient = limits[stimulus_below(s, 4)] / (double)se_f32_from_bits(*a);
    *b = se_f32_bits((float)quotient) + stimulus_below(s, 3) - 1;
}

void stimulus_factors(struct stimulus *s, uint32_t *a, uint32_t *b) {
    uint32_t choice = stimulus_below(s, 9);
    if (choice == 8) {
        factors_of_limit(s, a, b);
        return;
    }
    if (choice >= 5) {
        *a = (uint32_t)stimulus_draw(s);
        *b = stimulus_float(s);
        return;
    }
    // Sum of the biased exponents: about the least normal number and below, the largest, anywhere.
    int sum = choice < 2    ? stimulus_between(s, 127 - 28, 127 + 3)
              : choice == 2 ? stimulus_between(s, 127 + 251, 127 + 256)
                            : stimulus_between(s, 2, 500);
    int low = sum - 254 > 0 ? sum - 254 : 0, high = sum < 254 ? sum : 254;
    int exponent = stimulus_between(s, low, high);
    bool is_short = choice == 0 || choice == 3; // exact products and ties
    unsigned bits = 1 + stimulus_below(s, 23), rest = 24 - bits + stimulus_below(s, 2);
    uint32_t fraction_a = short_fraction(s, is_short ? bits : 23);
    uint32_t fraction_b = short_fraction(s, is_short && rest < 23 ? rest : 23);
    *a = float_of(stimulus_below(s, 2), exponent, fraction_a);
    *b = float_of(stimulus_below(s, 2), sum - exponent, fraction_b);
}

static int random_base(struct stimulus *s, int code_bits) {
    int levels = 1 << code_bits;
    switch (stimulus_below(s, 6)) {
    case 0:
        return -levels;
    case 1:
        return levels - 1;
    case 2:
        return -levels / 2;
    default:
        return stimulus_between(s, -levels, levels - 1);
    }
}

static float random_scale(struct stimulus *s) {
    switch (stimulus_below(s, 8)) {
    case 0:
        return stimulus_scale(s, -127, -120); // 2^-128 has no finite reciprocal
    case 1:
        return stimulus_scale(s, 118, 127);
    case 2:
        return stimulus_scale(s, -126, 127);
    default:
        return stimulus_scale(s, -12, 2);
    }
}

static float random_ratio(struct stimulus *s) {
    switch (stimulus_below(s, 4)) {
    case 0:
        return 1;
    case 1:
        return stimulus_scale(s, 0, 30);
    case 2:
        return ldexpf(1, stimulus_between(s, 0, 7));
    default:
        return stimulus_scale(s, 0, 4);
    }
}

static float random_threshold(struct stimulus *s) {
    float threshold = se_f32_from_bits(stimulus_float(s));
    return stimulus_below(s, 4) && !isnan(threshold) ? threshold : INFINITY;
}

static void random_thresholds(struct stimulus *s, struct se_quantizer *q) {
    switch (stimulus_below(s, 5)) {
    case 0:
        se_thresholds_overflow(q);
        break;
    case 1:
        se_thresholds_least_error(q);
        break;
    case 2:
        se_thresholds_percentile(q, q->s1 * (float)stimulus_below(s, 1000) / 16);
        break;
    case 3:
        q->thr_pos = q->s1 * (float)stimulus_between(s, -20, 20);
        q->thr_neg = stimulus_below(s, 3) ? q->s1 * (float)stimulus_between(s, -20, 20) : INFINITY;
        break;
    default:
        q->thr_pos = random_threshold(s);
        q->thr_neg = random_threshold(s);
    }
}

static bool is_legal(struct se_quantizer q) {
    return se_quantizer_init(&q, q.format, q.s1, q.ratio, q.thr_pos, q.thr_neg, NULL) == SE_OK;
}

struct se_quantizer stimulus_quantizer(struct stimulus *s, int code_bits) {
    struct se_quantizer q;
    do {
        bool dual = stimulus_below(s, 5) != 0;
        int base1 = random_base(s, code_bits), base2 = random_base(s, code_bits);
        struct se_format format = {code_bits, dual, base1, dual ? base2 : base1};
        float s1 = random_scale(s), ratio = dual ? random_ratio(s) : 1;
        if (se_quantizer_init(&q, format, s1, ratio, INFINITY, INFINITY, NULL) != SE_OK) {
            q.s1 = NAN; // is_legal refuses it
        } else if (dual) {
            random_thresholds(s, &q);
        }
    } while (!is_legal(q));
    return q;
}

struct se_quantizer stimulus_quantizer_pow2(struct stimulus *s, int code_bits, int log2_ratio) {
    struct se_quantizer q;
    enum se_status status;
    do {
        struct se_format format = {code_bits, true, random_base(s, code_bits),
                                   random_base(s, code_bits)};
        status = se_quantizer_init(&q, format, random_scale(s), ldexpf(1, log2_ratio), INFINITY,
                                   INFINITY, NULL);
    } while (status != SE_OK);
    return q;
}
