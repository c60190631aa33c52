// SPDX-License-Identifier: Apache-2.0
// Loops without branches or calls, which the compiler vectorises (the Makefile's options for this
// file say that nobody reads errno or traps).
#include "w4a5se/fp32_batch.h"

#include "round_away.h"
#include "w4a5se/fp32.h"

#include <math.h>

void se_f32_mul_n(size_t n, const float *a, const float *b, float *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = se_f32_canonical(a[i] * b[i]);
    }
}

void se_f32_add_n(size_t n, const float *a, const float *b, float *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = se_f32_canonical(a[i] + b[i]);
    }
}

void se_f32_sub_n(size_t n, const float *a, const float *b, float *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = se_f32_canonical(a[i] - b[i]);
    }
}

void se_f32_div_n(size_t n, const float *a, const float *b, float *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = se_f32_canonical(a[i] / b[i]);
    }
}

void se_f32_fma_n(size_t n, const float *a, const float *b, const float *c, float *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = se_f32_canonical(fmaf(a[i], b[i], c[i]));
    }
}

void se_i32_to_f32_n(size_t n, const int32_t *i, float *r) {
    for (size_t k = 0; k < n; k++) {
        r[k] = (float)i[k];
    }
}

// The conversion to int only ever sees what fits.
static inline int32_t to_i32(float x) {
    const float bound = 0x1p31f;
    float rounded = se_round_away(x);
    float fits = rounded >= -bound ? rounded : -bound; // NaN becomes -2^31
    int32_t integer = (int32_t)(fits < bound ? fits : 0);
    integer = fits >= bound ? INT32_MAX : integer;
    return x == x ? integer : 0;
}

void se_f32_to_i32_n(size_t n, const float *x, int32_t *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = to_i32(x[i]);
    }
}

// The steps of to_f16.c, each taken for every value; the last lines choose.
static inline uint16_t to_f16(float x) {
    const float least_normal = 0x1p-14f, overflow = 0x1p16f;
    uint32_t bits = se_f32_bits(x), sign = bits >> 16 & 0x8000;
    float magnitude = fabsf(x), power = se_f32_from_bits(bits & UINT32_C(0x7F800000));
    float shifter = 0x1p13f * (power > least_normal ? power : least_normal);
    float rounded = (magnitude + shifter) - shifter;
    float small = rounded < least_normal ? rounded : 0;
    uint32_t normal = (se_f32_bits(rounded) >> 13) - ((127 - 15) << 10);
    uint32_t result = rounded < least_normal ? (uint32_t)(int32_t)(small * 0x1p24f) : normal;
    result = magnitude < overflow ? result : SE_F16_INFINITY; // what rounds up to it is 0x7C00 too
    return (uint16_t)(x == x ? sign | result : SE_F16_CANONICAL_NAN);
}

void se_f32_to_f16_n(size_t n, const float *x, uint16_t *r) {
    for (size_t i = 0; i < n; i++) {
        r[i] = to_f16(x[i]);
    }
}
