// SPDX-License-Identifier: Apache-2.0
// log(1 + t) on [0, 1] as the datapath computes it (docs/numerics.md, "log1p"): the integers of
// rtl/fp/fp32_log1p.sv, step by step.
#include "w4a5se/fp32.h"

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

void se_f32_log1p_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = se_f32_log1p(x[i]);
    }
}
