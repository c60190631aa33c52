// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantizer.h"

#include "../reference/corners.h"
#include "../reference/quantizer.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const uint32_t sign_bit = 0x80000000, infinity = 0x7F800000;

static float from_bits(uint32_t bits) {
    return se_f32_from_bits(bits);
}

static struct se_quantizer quantizer(struct se_format format, float s1, float ratio, float thr_pos,
                                     float thr_neg) {
    struct se_quantizer q;
    struct se_error err = {""};
    enum se_status status = se_quantizer_init(&q, format, s1, ratio, thr_pos, thr_neg, &err);
    cr_assert(status == SE_OK, "%s", err.message);
    return q;
}

static void describe(char text[static 256], const struct se_quantizer *q) {
    snprintf(text, 256,
             "B %d %s bases %d %d s1 %08" PRIX32 " ratio %08" PRIX32 " thr_pos %08" PRIX32
             " thr_neg %08" PRIX32,
             q->format.code_bits, q->format.dual ? "dual" : "single", q->format.base1,
             q->format.base2, se_f32_bits(q->s1), se_f32_bits(q->ratio), se_f32_bits(q->thr_pos),
             se_f32_bits(q->thr_neg));
}

static void expect_code(const struct se_quantizer *q, float v, bool flag, int integer) {
    uint16_t code = se_quantize(q, v);
    if (se_code_flag(&q->format, code) != flag || se_code_q(&q->format, code) != integer) {
        char text[256];
        describe(text, q);
        cr_assert(0, "v %08" PRIX32 " (%a): code %04X, flag %d, q %d; expected flag %d, q %d; %s",
                  se_f32_bits(v), (double)v, code, se_code_flag(&q->format, code),
                  se_code_q(&q->format, code), flag, integer, text);
    }
}

static int clamped(int integer, int first, int last) {
    return integer < first ? first : integer > last ? last : integer;
}

// With both thresholds 0 everything but zero is an outlier, so the same loop exercises s2.
static unsigned long check_ties(struct se_quantizer q, bool flag) {
    int first = se_format_base(&q.format, flag), last = first + (1 << q.format.code_bits) - 1;
    float s = flag ? q.s2 : q.s1;
    unsigned long checks = 0;
    for (int k = first - 3; k <= last + 3; k++, checks += 4) {
        float tie = ((float)k + 0.5f) * s; // exact: few bits times a power of two
        int away = k >= 0 ? k + 1 : k;     // k + 0.5 rounds away from zero
        expect_code(&q, tie, flag, clamped(away, first, last));
        expect_code(&q, nextafterf(tie, -INFINITY), flag, clamped(k, first, last));
        expect_code(&q, nextafterf(tie, INFINITY), flag, clamped(k + 1, first, last));
        if (k != 0) {
            expect_code(&q, (float)k * s, flag, clamped(k, first, last));
        }
    }
    return checks;
}

Test(quantizer, exact_ties_round_away_from_zero_in_every_range) {
    static const float scales[] = {0x1p-126f, 0x1p-40f, 0x1p-3f, 1, 0x1p5f, 0x1p100f};
    unsigned long checks = 0;
    for (int bits = 4; bits <= 8; bits++) {
        int levels = 1 << bits;
        const int bases[] = {-levels, -levels / 2, -levels / 4, -1, 0, 1, 3, levels - 1};
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 6; j++) {
                struct se_format single = {bits, false, bases[i], bases[i]};
                struct se_format dual = {bits, true, bases[i], bases[7 - i]};
                checks += check_ties(quantizer(single, scales[j], 1, INFINITY, INFINITY), false);
                checks += check_ties(quantizer(dual, scales[j], 4, INFINITY, INFINITY), false);
                checks += check_ties(quantizer(dual, scales[j], 4, 0, 0), true);
            }
        }
    }
    printf("quantizer: %lu values at and beside ties\n", checks);
}

Test(quantizer, a_value_equal_to_a_threshold_is_no_outlier) {
    const struct se_format f = se_format_signed(4, true);
    for (size_t i = 0; i < ref_corner_count() / 2; i++) {
        uint32_t t = ref_corner(i);
        if (ref_f32_is_nan(t)) {
            continue;
        }
        struct se_quantizer q = quantizer(f, 1, 16, from_bits(t), from_bits(t));
        for (int step = -2; step <= 2; step++) {
            uint32_t v = ref_f32_step(t, step);
            // Just below a threshold of 0 lies what the other threshold, -0, excludes.
            bool outlier = t == 0 ? v != 0 : step > 0 && t != infinity;
            cr_assert(se_code_flag(&f, se_quantize(&q, from_bits(v))) == outlier,
                      "v %08" PRIX32 ", thresholds %08" PRIX32, v, t);
            cr_assert(se_code_flag(&f, se_quantize(&q, from_bits(v ^ sign_bit))) == outlier,
                      "v %08" PRIX32 ", thresholds %08" PRIX32, v ^ sign_bit, t);
        }
    }
}

Test(quantizer, thresholds_of_their_own_on_each_side) {
    const struct se_format f = se_format_signed(4, true);
    struct se_quantizer q = quantizer(f, 1, 2, 3.25f, 5.75f);
    expect_code(&q, 3.25f, false, 3);
    expect_code(&q, nextafterf(3.25f, 4), true, 2); // 1.625
    expect_code(&q, -3.5f, false, -4);
    expect_code(&q, -5.75f, false, -6);
    expect_code(&q, nextafterf(-5.75f, -6), true, -3); // -2.875
    // A negative thr_neg puts the lower bound above zero: outliers below 1 and above 2.
    q = quantizer(f, 1, 2, 2, -1);
    expect_code(&q, 1, false, 1);
    expect_code(&q, 2, false, 2);
    expect_code(&q, nextafterf(1, 0), true, 0);
    expect_code(&q, nextafterf(2, 3), true, 1);
    expect_code(&q, 0, true, 0);
    // The thresholds may meet: 1.5 alone is no outlier.
    q = quantizer(f, 1, 2, 1.5f, -1.5f);
    expect_code(&q, 1.5f, false, 2);
    expect_code(&q, nextafterf(1.5f, 0), true, 1);
    expect_code(&q, nextafterf(1.5f, 2), true, 1);
    // One side only.
    q = quantizer(f, 1, 2, 3, INFINITY);
    expect_code(&q, -1e30f, false, -8);
    expect_code(&q, -INFINITY, false, -8);
    expect_code(&q, 1e30f, true, 7);
    // -infinity: everything above it.
    q = quantizer(f, 1, 2, -INFINITY, INFINITY);
    expect_code(&q, -FLT_MAX, true, -8);
    expect_code(&q, -INFINITY, false, -8);
    expect_code(&q, 0, true, 0);
}

Test(quantizer, zero_of_either_sign) {
    const struct se_format f = se_format_signed(4, true);
    static const float zeros[] = {0.0f, -0.0f};
    for (int i = 0; i < 8; i++) {
        struct se_quantizer q = quantizer(f, 0.5f, 2, zeros[i & 1], zeros[(i >> 1) & 1]);
        expect_code(&q, zeros[i >> 2], false, 0);
    }
    struct se_quantizer above = quantizer((struct se_format){4, true, 3, -8}, 1, 2, 20, 20);
    expect_code(&above, 0.0f, false, 3);
    expect_code(&above, -0.0f, false, 3);
    struct se_quantizer below =
        quantizer((struct se_format){5, false, -32, -32}, 1, 1, INFINITY, INFINITY);
    expect_code(&below, -0.0f, false, -1);
}

Test(quantizer, nan_is_the_integer_nearest_zero_without_the_flag) {
    static const uint32_t nans[] = {0x7FC00000, 0xFFC00000, 0x7F800001,
                                    0xFF800001, 0x7FFFFFFF, 0xFFBFFFFF};
    static const float thresholds[] = {0, 5, INFINITY};
    for (int bits = 4; bits <= 8; bits++) {
        int levels = 1 << bits;
        for (int base = -levels; base < levels; base++) {
            int nearest = base > 0 ? base : base + levels - 1 < 0 ? base + levels - 1 : 0;
            struct se_format single = {bits, false, base, base}, dual = {bits, true, base, 0};
            struct se_quantizer q = quantizer(single, 0.75f, 1, INFINITY, INFINITY);
            for (int i = 0; i < 6; i++) {
                expect_code(&q, from_bits(nans[i]), false, nearest);
            }
            for (int i = 0; i < 18; i++) {
                float t = thresholds[i / 6];
                struct se_quantizer with_flag = quantizer(dual, 0.75f, 3, t, t);
                expect_code(&with_flag, from_bits(nans[i % 6]), false, nearest);
                cr_assert(se_quantize_divide(&with_flag, from_bits(nans[i % 6])) ==
                          se_quantize(&with_flag, from_bits(nans[i % 6])));
            }
        }
    }
}

Test(quantizer, infinities_and_range_ends) {
    struct se_quantizer finite = quantizer((struct se_format){4, true, -4, -3}, 1, 3, 11.5f, 5);
    expect_code(&finite, INFINITY, true, 12);
    expect_code(&finite, -INFINITY, true, -3);
    expect_code(&finite, FLT_MAX, true, 12);
    expect_code(&finite, -FLT_MAX, true, -3);
    expect_code(&finite, 11.5f, false, 11);
    expect_code(&finite, 37.4f, true, 12);
    expect_code(&finite, 34.4f, true, 11);
    expect_code(&finite, -5, false, -4);
    struct se_quantizer never =
        quantizer((struct se_format){4, true, -4, -3}, 1, 3, INFINITY, INFINITY);
    expect_code(&never, INFINITY, false, 11);
    expect_code(&never, -INFINITY, false, -4);
    struct se_quantizer int8 = quantizer(se_format_signed(8, false), 1, 1, INFINITY, INFINITY);
    expect_code(&int8, 126.5f, false, 127);
    expect_code(&int8, 127.5f, false, 127);
    expect_code(&int8, -128.5f, false, -128);
    expect_code(&int8, 3e9f, false, 127); // past int32
    expect_code(&int8, -3e9f, false, -128);
    expect_code(&int8, INFINITY, false, 127);
}

Test(quantizer, subnormal_values_and_extreme_scales) {
    const struct se_format f = se_format_signed(8, false);
    struct se_quantizer q = quantizer(f, 1, 1, INFINITY, INFINITY);
    expect_code(&q, from_bits(1), false, 0);
    expect_code(&q, from_bits(0x807FFFFF), false, 0);
    q = quantizer(f, 0x1p-127f, 1, INFINITY, INFINITY); // subnormal scale, reciprocal 2^127
    expect_code(&q, 0x1p-127f, false, 1);
    expect_code(&q, -0x1p-127f, false, -1);
    expect_code(&q, 0x1p-128f, false, 1); // a tie
    expect_code(&q, 0x1p-128f - 0x1p-149f, false, 0);
    expect_code(&q, 0x1.9p-120f, false, 127); // 200
    expect_code(&q, 0x1.9p-122f, false, 50);
    q = quantizer(f, from_bits(0x00200001), 1, INFINITY, INFINITY); // least legal scale
    expect_code(&q, from_bits(3 * 0x00200001), false, 3);
    expect_code(&q, from_bits(1), false, 0);
    q = quantizer(f, 0x1p127f, 1, INFINITY, INFINITY); // reciprocal 2^-127 is subnormal
    expect_code(&q, FLT_MAX, false, 2);
    expect_code(&q, -0x1p126f, false, -1); // a tie
    expect_code(&q, 0x1p126f * (1 - 0x1p-24f), false, 0);
    q = quantizer(f, FLT_MAX, 1, INFINITY, INFINITY);
    expect_code(&q, FLT_MAX, false, 1);
    expect_code(&q, 1, false, 0);
}

static uint32_t random_scale(uint64_t *state) {
    switch (ref_random_int(state, 0, 7)) {
    case 0:
        return ref_random_positive(state, -126, 127);
    case 1:
        return (uint32_t)ref_random_int(state, 1, 0x00800010); // subnormal
    case 2:
        return ref_random_f32(state); // any sign, NaN, infinity
    case 3:
        return (uint32_t)ref_random_int(state, 100, 150) << 23; // power of two
    default:
        return ref_random_positive(state, -12, 6);
    }
}

static uint32_t random_ratio(uint64_t *state) {
    switch (ref_random_int(state, 0, 7)) {
    case 0:
        return ref_random_f32(state);
    case 1:
        return ref_random_positive(state, 0, 60);
    case 2:
    case 3:
        return (uint32_t)ref_random_int(state, 127, 134) << 23;
    default:
        return ref_random_positive(state, 0, 4);
    }
}

// A multiple of half a scale, so that thresholds and values fall on ties, moved by a few ulps.
static uint32_t near_half_step(uint64_t *state, uint32_t s, int halves) {
    uint32_t size = ref_i32_to_f32(ref_random_int(state, -halves, halves), NULL);
    uint32_t v = ref_f32_mul(ref_f32_mul(size, 0x3F000000, NULL), s, NULL);
    return ref_f32_is_nan(v) ? v : ref_f32_step(v, ref_random_int(state, -2, 2));
}

static uint32_t random_threshold(uint64_t *state, uint32_t s1, int levels) {
    switch (ref_random_int(state, 0, 7)) {
    case 0:
        return infinity;
    case 1:
        return ref_random_f32(state);
    default:
        return near_half_step(state, s1, 2 * levels) & (ref_random(state) & 7 ? ~sign_bit : ~0u);
    }
}

static struct ref_quantizer random_quantizer(uint64_t *state) {
    struct ref_quantizer r = {.code_bits = ref_random_int(state, 4, 8)};
    int levels = 1 << r.code_bits;
    r.dual = ref_random_int(state, 0, 3) > 0;
    bool plain = ref_random_int(state, 0, 2) == 0;
    r.base1 = plain ? -levels / 2 : ref_random_int(state, -levels, levels - 1);
    r.base2 = plain || !r.dual ? r.base1 : ref_random_int(state, -levels, levels - 1);
    r.s1 = random_scale(state);
    r.ratio = r.dual ? random_ratio(state) : REF_F32_ONE;
    r.thr_pos = r.dual ? random_threshold(state, r.s1, levels) : infinity;
    r.thr_neg = r.dual ? random_threshold(state, r.s1, levels) : infinity;
    return r;
}

static bool is_legal(struct ref_quantizer *r) {
    if (!ref_quantizer_derive(r) || ref_f32_is_nan(r->ratio) || r->ratio >= infinity ||
        ref_f32_less(r->ratio, REF_F32_ONE)) {
        return false;
    }
    return !ref_f32_is_nan(r->thr_pos) && !ref_f32_is_nan(r->thr_neg) &&
           !ref_f32_less(r->thr_pos, r->thr_neg ^ sign_bit);
}

static enum se_status init(struct se_quantizer *q, const struct ref_quantizer *r) {
    struct se_format format = {r->code_bits, r->dual, r->base1, r->base2};
    return se_quantizer_init(q, format, from_bits(r->s1), from_bits(r->ratio),
                             from_bits(r->thr_pos), from_bits(r->thr_neg), NULL);
}

// A quantiser both sides accept; *refused counts those that both refuse.
static void random_pair(uint64_t *state, struct se_quantizer *q, struct ref_quantizer *r,
                        unsigned long *refused) {
    for (;;) {
        *r = random_quantizer(state);
        bool legal = is_legal(r);
        if ((init(q, r) == SE_OK) != legal) {
            cr_assert(0,
                      "%s: B %d bases %d %d s1 %08" PRIX32 " ratio %08" PRIX32 " thr_pos %08" PRIX32
                      " thr_neg %08" PRIX32,
                      legal ? "legal but refused" : "accepted but not legal", r->code_bits,
                      r->base1, r->base2, r->s1, r->ratio, r->thr_pos, r->thr_neg);
        }
        if (legal) {
            break;
        }
        ++*refused;
    }
    if (se_f32_bits(q->s2) != r->s2 || se_f32_bits(q->inv_s1) != r->inv_s1 ||
        se_f32_bits(q->inv_s2) != r->inv_s2) {
        cr_assert(0,
                  "s1 %08" PRIX32 " ratio %08" PRIX32 ": s2 %08" PRIX32 " inv %08" PRIX32
                  " %08" PRIX32 ", expected %08" PRIX32 " %08" PRIX32 " %08" PRIX32,
                  r->s1, r->ratio, se_f32_bits(q->s2), se_f32_bits(q->inv_s1),
                  se_f32_bits(q->inv_s2), r->s2, r->inv_s1, r->inv_s2);
    }
}

static uint32_t random_value(uint64_t *state, const struct ref_quantizer *r) {
    int halves = 5 << r->code_bits;
    switch (ref_random_int(state, 0, 5)) {
    case 0:
        return ref_random_f32(state);
    case 1:
        return ref_f32_step(r->thr_pos, ref_random_int(state, -3, 3));
    case 2:
        return ref_f32_step(r->thr_neg ^ sign_bit, ref_random_int(state, -3, 3));
    case 3:
        return near_half_step(state, r->s1, halves);
    case 4:
        return near_half_step(state, r->s2, halves);
    default: // anywhere in the range
        return ref_f32_mul(near_half_step(state, r->s1, halves), ref_random_positive(state, -1, 0),
                           NULL);
    }
}

static void fail_quantize(const char *form, const struct se_quantizer *q, uint32_t v, unsigned code,
                          uint32_t expected, unsigned seed) {
    char text[256];
    describe(text, q);
    cr_assert(0, "%s, v %08" PRIX32 " (seed %u): %04X, expected %04" PRIX32 "; %s", form, v, seed,
              code, expected, text);
}

Test(quantizer, quantize_equals_an_integer_quantiser) {
    uint64_t state = 31;
    unsigned long outliers = 0, refused = 0, checks = 0;
    for (int i = 0; i < 25000; i++) {
        struct se_quantizer q;
        struct ref_quantizer r;
        random_pair(&state, &q, &r, &refused);
        for (int j = 0; j < 40; j++, checks++) {
            uint32_t v = random_value(&state, &r), expected = ref_quantize(&r, v);
            uint16_t code = se_quantize(&q, from_bits(v));
            if (code != expected) {
                fail_quantize("quantize", &q, v, code, expected, 31);
            }
            outliers += expected >> r.code_bits;
        }
    }
    printf("quantizer: %lu (quantiser, value) pairs, %lu outliers; %lu quantisers refused\n",
           checks, outliers, refused);
    cr_expect(outliers > checks / 10 && refused > 1000);
}

// The reference's quotient is rounded once, from the integer remainder, and so is exact IEEE; the
// rounded quotient then goes half away from zero as an integer. No wider float takes part, whose
// own rounding could fall on a tie.
Test(quantizer, quantize_divide_equals_exact_division) {
    uint64_t state = 32;
    unsigned long refused = 0, checks = 0, differ = 0;
    for (int i = 0; i < 10000; i++) {
        struct se_quantizer q;
        struct ref_quantizer r;
        random_pair(&state, &q, &r, &refused);
        for (int j = 0; j < 40; j++, checks++) {
            uint32_t v = random_value(&state, &r), expected = ref_quantize_divide(&r, v);
            uint16_t code = se_quantize_divide(&q, from_bits(v));
            if (code != expected) {
                fail_quantize("quantize_divide", &q, v, code, expected, 32);
            }
            differ += expected != ref_quantize(&r, v);
        }
    }
    printf("quantizer: %lu divisions, the reciprocal differs in %lu\n", checks, differ);
    cr_expect(differ > 300, "too few near-ties to tell division from multiplication");
}

// fl(1/41) = 0xC7CE0C 2^-29, and 41 * 0xC7CE0C = 2^29 - 20: 20.5 times it is 0.5 - 10 * 2^-29,
// which is 0.625 ulp below 0.5 and rounds to the float before it. The quotient is the tie itself.
Test(quantizer, division_and_reciprocal_by_hand) {
    struct se_quantizer q = quantizer(se_format_signed(4, false), 41, 1, INFINITY, INFINITY);
    cr_expect_eq(se_f32_bits(q.inv_s1), 0x3CC7CE0Cu);
    cr_expect_eq(se_quantize_divide(&q, 20.5f), 1);
    expect_code(&q, 20.5f, false, 0);
    cr_expect_eq(se_quantize_divide(&q, -20.5f), 0x0F);
    expect_code(&q, -20.5f, false, 0);
    cr_expect_eq(se_quantize_divide(&q, 143.5f), 4);
    expect_code(&q, 143.5f, false, 3);
}

Test(quantizer, dequantize_all_codes) {
    uint64_t state = 33;
    unsigned long checks = 0, refused = 0;
    for (int i = 0; i < 3000; i++) {
        struct se_quantizer q;
        struct ref_quantizer r;
        random_pair(&state, &q, &r, &refused);
        for (uint32_t code = 0; code < 1u << (r.code_bits + r.dual); code++, checks++) {
            uint32_t u = se_f32_bits(se_dequantize(&q, (uint16_t)code));
            uint32_t expected = ref_dequantize(&r, code);
            if (u != expected) {
                char text[256];
                describe(text, &q);
                cr_assert(0,
                          "code %04" PRIX32 " (seed 33): %08" PRIX32 ", expected %08" PRIX32 "; %s",
                          code, u, expected, text);
            }
        }
    }
    printf("quantizer: %lu codes dequantised\n", checks);
}

Test(quantizer, dequantize_by_hand) {
    struct se_quantizer q = quantizer((struct se_format){4, true, -4, 3}, 0.5f, 3, 5, INFINITY);
    cr_expect_float_eq(se_dequantize(&q, 0x0C), -2.0f, 0); // -4 * 0.5
    cr_expect_float_eq(se_dequantize(&q, 0x0B), 5.5f, 0);  // 11 * 0.5
    cr_expect_float_eq(se_dequantize(&q, 0x13), 4.5f, 0);  // 3 * 1.5
    cr_expect_float_eq(se_dequantize(&q, 0x12), 27.0f, 0); // 18 * 1.5
    cr_expect_eq(se_f32_bits(se_dequantize(&q, 0x00)), 0u);
    // A level of s1's range comes back as itself.
    for (int k = -4; k <= 10; k++) {
        expect_code(&q, (float)k * 0.5f, false, k);
    }
}

static void check_power_of_two(int k, uint32_t s1, int bits, int base1, int base2) {
    struct se_quantizer q = quantizer((struct se_format){bits, true, base1, base2}, from_bits(s1),
                                      (float)(1 << k), INFINITY, INFINITY);
    int log2_ratio = -1;
    cr_assert(se_ratio_is_pow2(&q, &log2_ratio) && log2_ratio == k, "2^%d: %d", k, log2_ratio);
    for (int code = 0; code < 2 << bits; code++) {
        int32_t integer = se_dequantize_integer(&q, k, (uint16_t)code);
        bool flag = code >> bits;
        int levels = 1 << bits, base = flag ? base2 : base1;
        int value = base + (((code - base) % levels) + levels) % levels;
        uint32_t u = se_f32_bits(se_dequantize(&q, (uint16_t)code));
        uint32_t product = ref_f32_mul(ref_i32_to_f32(integer, NULL), s1, NULL);
        if (integer != value * (flag ? 1 << k : 1) || u != product) {
            cr_assert(0,
                      "B %d, bases %d %d, k %d, s1 %08" PRIX32 ", code %04X: integer %" PRId32
                      ", integer * s1 %08" PRIX32 ", dequantised %08" PRIX32,
                      bits, base1, base2, k, s1, (unsigned)code, integer, product, u);
        }
    }
}

Test(quantizer, power_of_two_form_is_a_shift_and_one_scale) {
    uint64_t state = 34;
    for (int i = 0; i < 400; i++) {
        uint32_t s1 = ref_random_positive(&state, i % 4 ? -12 : -120, i % 4 ? 6 : 112);
        if (i % 10 == 0) {
            s1 = (uint32_t)ref_random_int(&state, 0x00200001, 0x00800001); // subnormal
        }
        int bits = ref_random_int(&state, 4, 8), levels = 1 << bits;
        int base1 = ref_random_int(&state, -levels, levels - 1);
        int base2 = ref_random_int(&state, -levels, levels - 1);
        check_power_of_two(i % 8, s1, bits, base1, base2);
    }
}

Test(quantizer, other_ratios_are_not_powers_of_two) {
    const float no[] = {3,
                        1.5f,
                        256,
                        1e30f,
                        nextafterf(2, 3),
                        nextafterf(2, 1),
                        nextafterf(1, 2),
                        nextafterf(128, 0),
                        nextafterf(128, 256),
                        0x1p100f,
                        96};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        struct se_quantizer q =
            quantizer(se_format_signed(4, true), 0x1.8p-4f, no[i], INFINITY, INFINITY);
        int log2_ratio;
        cr_expect(!se_ratio_is_pow2(&q, &log2_ratio), "ratio %08" PRIX32, se_f32_bits(no[i]));
    }
    struct se_quantizer single = quantizer(se_format_signed(4, false), 0.3f, 1, INFINITY, INFINITY);
    int log2_ratio = -1;
    cr_expect(se_ratio_is_pow2(&single, &log2_ratio) && log2_ratio == 0, "ratio 1 is 2^0");
}

static void expect_refused(struct se_format format, float s1, float ratio, float thr_pos,
                           float thr_neg, const char *name) {
    struct se_quantizer q;
    struct se_error err = {""};
    enum se_status status = se_quantizer_init(&q, format, s1, ratio, thr_pos, thr_neg, &err);
    cr_expect(status == SE_INVALID && strstr(err.message, name),
              "s1 %08" PRIX32 " ratio %08" PRIX32 " thresholds %08" PRIX32 " %08" PRIX32
              ": status %d, \"%s\" should name %s",
              se_f32_bits(s1), se_f32_bits(ratio), se_f32_bits(thr_pos), se_f32_bits(thr_neg),
              (int)status, err.message, name);
    status = se_quantizer_init(&q, format, s1, ratio, thr_pos, thr_neg, NULL);
    cr_expect_eq(status, SE_INVALID, "without a place for the message");
}

Test(quantizer, refusals_name_the_argument) {
    const struct se_format dual = se_format_signed(4, true), single = se_format_signed(5, false);
    const float inf = INFINITY, nan = NAN;
    expect_refused(dual, nan, 2, 1, 1, "s1");
    expect_refused(dual, inf, 2, 1, 1, "s1");
    expect_refused(dual, 0, 2, 1, 1, "s1");
    expect_refused(dual, -0.0f, 2, 1, 1, "s1");
    expect_refused(dual, -1, 2, 1, 1, "s1");
    expect_refused(dual, -inf, 2, 1, 1, "s1");
    expect_refused(dual, from_bits(1), 2, 1, 1, "s1");
    expect_refused(dual, 0x1p-128f, 2, 1, 1, "s1"); // reciprocal is 2^128
    expect_refused(single, 0x1p-128f, 1, inf, inf, "s1");
    expect_refused(dual, 0x1p127f, 2, 1, 1, "ratio"); // s1 * ratio is 2^128
    expect_refused(dual, FLT_MAX, nextafterf(1, 2), 1, 1, "ratio");
    expect_refused(dual, 1, 0.5f, 1, 1, "ratio");
    expect_refused(dual, 1, nextafterf(1, 0), 1, 1, "ratio");
    expect_refused(dual, 1, 0, 1, 1, "ratio");
    expect_refused(dual, 1, -2, 1, 1, "ratio");
    expect_refused(dual, 1, nan, 1, 1, "ratio");
    expect_refused(dual, 1, inf, 1, 1, "ratio");
    expect_refused(dual, 1, 2, nan, 1, "thr_pos");
    expect_refused(dual, 1, 2, 1, nan, "thr_neg");
    expect_refused(dual, 1, 2, 1, -2, "thr_pos");
    expect_refused(dual, 1, 2, 1, nextafterf(-1, -2), "thr_neg");
    expect_refused(dual, 1, 2, -inf, 1, "thr_pos");
    expect_refused(single, 1, 2, inf, inf, "ratio");
    expect_refused(single, 1, 1, 5, inf, "thr_pos");
    expect_refused(single, 1, 1, inf, 5, "thr_neg");
    expect_refused(single, 1, 1, FLT_MAX, inf, "thr_pos");
    expect_refused((struct se_format){3, true, -4, -4}, 1, 2, 1, 1, "code_bits");
    expect_refused((struct se_format){9, true, -4, -4}, 1, 2, 1, 1, "code_bits");
    expect_refused((struct se_format){4, true, -17, 0}, 1, 2, 1, 1, "base1");
    expect_refused((struct se_format){4, true, 16, 0}, 1, 2, 1, 1, "base1");
    expect_refused((struct se_format){4, true, 0, -17}, 1, 2, 1, 1, "base2");
    expect_refused((struct se_format){4, true, 0, 16}, 1, 2, 1, 1, "base2");
    expect_refused((struct se_format){4, false, -8, 0}, 1, 1, inf, inf, "base2");
}
