// SPDX-License-Identifier: Apache-2.0
// log(1 + t) on [0, 1] as the datapath computes it (docs/numerics.md, "log1p"): the integers of
// rtl/fp/fp32_log1p.sv, step by step.
#include "look_up.h"
#include "w4a5se/fp32.h"

#include <math.h>

#include "log1p_tables.inc"

// Fraction bits of t, of what the coarse factor leaves, and of the rest and the result.
enum { T = 36, COARSE = 38, F = 45 };

// From 2^-12 down, t is taken as if its exponent were that of 2^-13.
enum { LEAST_EXPONENT = 114 };

// log(1 + d) - d for |d| < 2^-11.5; true d is `small` binary places further down, relative to its
// unit the square then matters 2^small times less, the cube 4^small times less.
static int64_t log1p_bend(int64_t d, int small) {
    int64_t size = d ^ (d >> 63), head = size >> 13, high = head >> 10, low = head & 1023;
    int64_t half_square = (high * ((high << 10) + 2 * low) + 1536) >> 10; // low^2 is left out
    int64_t third_cube = log1p_cube[size >> 26 & 255] >> (small < 5 ? 2 * small : 9);
    return (third_cube ^ (d >> 63)) - (half_square >> (small < 31 ? small : 31));
}

// sum * 2^-(45 + small), from 2^-13 up: 24 bits and a guard that decides.
static uint32_t normalise_round_pack(uint64_t sum, int small) {
    int zeros = __builtin_clzll(sum) - 19;
    uint32_t aligned = (uint32_t)(sum << zeros >> 20);
    uint32_t exponent = (uint32_t)(125 - zeros - small); // the hidden one adds 1
    return (exponent << 23) + (aligned >> 1) + (aligned & 1);
}

float se_f32_log1p(float x) {
    uint32_t bits = se_f32_bits(x);
    if (bits > 0x3F800000 && bits != 0x80000000) {
        return se_f32_from_bits(SE_F32_CANONICAL_NAN);
    }
    int exponent = (int)(bits >> 23 & 255);
    if (exponent == 0) { // zeros and subnormal numbers: the next term is below half an ulp
        return x;
    }
    int small = exponent < LEAST_EXPONENT ? LEAST_EXPONENT - exponent : 0;
    int64_t t = (int64_t)((bits & 0x7FFFFF) | 0x800000) << (exponent + small - LEAST_EXPONENT);
    // (1 + t) * (1 - factor/2^8) = 1 + d1
    int interval = (int)(t >> 29 < 127 ? t >> 29 : 127);
    int64_t d1 = 4 * t - log1p_factor[interval] * (((INT64_C(1) << T) + t) >> 6);
    // (1 + d1) * (1 - j/2^11) = 1 + d2
    int64_t j = (d1 + (1 << 26)) >> 27;
    int64_t d2 = d1 * (1 << 7) - j * (INT64_C(1) << 34) - (j * d1 >> 4);
    int64_t logs = log1p_coarse[interval] * 64 + log1p_fine[j & 63];
    return se_f32_from_bits(
        normalise_round_pack((uint64_t)(logs + d2 + log1p_bend(d2, small)), small));
}

// ---- the batch ----

// Added to a smaller number, 1.5 * 2^52 leaves it rounded to an integer in the low bits.
static const double to_integer = 0x1.8p52, to_fine = 0x1.8p52 * (1 << 27);

enum { LOW = 22 }; // bits of a logarithm's lower part in the tables

static inline uint64_t double_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

// t as the scalar function has it, its exponent raised by `small`; 0 and 1 for what is outside.
static inline void take(const float *x, float *t, int32_t *small, int32_t *coarse) {
    for (size_t i = 0; i < BLOCK; i++) {
        float inside = x[i] > 0 ? x[i] : 0;
        inside = inside < 1 ? inside : 1;
        int32_t bits = (int32_t)se_f32_bits(inside), up = LEAST_EXPONENT - (bits >> 23);
        small[i] = up > 0 ? up : 0;
        t[i] = se_f32_from_bits((uint32_t)(bits + small[i] * (1 << 23)));
        int32_t interval = (int32_t)(t[i] * 128);
        interval = interval < 127 ? interval : 127;
        coarse[i] = (int32_t)((uint32_t)interval << 25) >> 26; // the upper half negative
    }
}

// d2 as a number, j, and d2 >> 13. `rest` is 2^8 - factor. Exact: all products have 53 bits.
static inline void reduce(const float *t, const float *rest, double *d2, int32_t *j,
                          int32_t *head) {
    for (size_t i = 0; i < BLOCK; i++) {
        // A little more makes j's ties round up; with half less a 32nd more, d2 is a ceiling.
        double scaled = (double)rest[i] * 0x1p30;
        double d1 = fma((double)t[i], scaled, scaled - (0x1p38 - 0x1p-8));
        double near = d1 + to_fine, fine = near - to_fine;
        double exact = fma(d1, fma(fine, -0x1p-31, 128), fma(fine, -128, 0.46875 - 0.5));
        double whole = exact + to_integer;
        d2[i] = whole - to_integer;
        j[i] = (int32_t)double_bits(near);
        head[i] = (int32_t)(double_bits(whole) >> 13);
    }
}

// log1p_bend; the table of cubes is the cube.
static inline void bend_block(const int32_t *head, const int32_t *small, int32_t *bend) {
    for (size_t i = 0; i < BLOCK; i++) {
        int32_t sign = head[i] >> 31, size = head[i] ^ sign, high = size >> 10;
        int32_t half_square = (high * (size + (size & 1023)) + 1536) >> 10;
        float step = (float)(size >> 13) + 0.5f;
        float cube = fmaf(step * step, step * (1.0f / 12288), 0x1.8p23f);
        int32_t third = (int32_t)(se_f32_bits(cube) - 0x4B400000);
        third >>= small[i] < 5 ? 2 * small[i] : 9;
        bend[i] = (third ^ sign) - (half_square >> (small[i] < 31 ? small[i] : 31));
    }
}

static inline void log1p_block(const float *x, float *y) {
    int32_t small[BLOCK], coarse[BLOCK], rest[BLOCK], j[BLOCK], head[BLOCK], high[BLOCK],
        low[BLOCK], part[BLOCK];
    float t[BLOCK], factor[BLOCK];
    double d2[BLOCK];
    take(x, t, small, coarse);
    look_up(log1p_batch_rest, 0, coarse, rest);
    look_up(log1p_batch_coarse_high, 0, coarse, high);
    look_up(log1p_batch_coarse_low, 0, coarse, low);
    for (size_t i = 0; i < BLOCK; i++) { // the lower half of the first interval has no factor
        int32_t any = t[i] < 0x1p-7f ? 0 : -1;
        factor[i] = (float)(any ? rest[i] : 256);
        high[i] &= any;
        low[i] &= any;
    }
    reduce(t, factor, d2, j, head);
    bend_block(head, small, rest);
    look_up(log1p_batch_fine_high, 0, j, part);
    for (size_t i = 0; i < BLOCK; i++) {
        high[i] += part[i];
    }
    look_up(log1p_batch_fine_low, 0, j, part);
    for (size_t i = 0; i < BLOCK; i++) {
        // A quarter more: the conversion to float rounds ties up.
        double sum = fma((double)high[i], 1 << LOW, d2[i]) + (double)(low[i] + part[i] + rest[i]);
        uint32_t bits = se_f32_bits((float)((sum + 0.25) * 0x1p-45));
        float result = se_f32_from_bits(bits - ((uint32_t)small[i] << 23));
        result = fabsf(x[i]) < 0x1p-126f ? x[i] : result;
        y[i] = x[i] >= 0 && x[i] <= 1 ? result : se_f32_from_bits(SE_F32_CANONICAL_NAN);
    }
}

void se_f32_log1p_n(size_t n, const float *x, float *y) {
    for (; n >= BLOCK; n -= BLOCK, x += BLOCK, y += BLOCK) {
        log1p_block(x, y);
    }
    float in[BLOCK] = {0}, out[BLOCK];
    memcpy(in, x, n * sizeof *x);
    log1p_block(in, out);
    memcpy(y, out, n * sizeof *y);
}
