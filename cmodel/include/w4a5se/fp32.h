// SPDX-License-Identifier: Apache-2.0
// IEEE-754 binary32 operations as the datapath computes them: nearest even, gradual underflow, one
// canonical NaN, underflow detected after rounding (docs/numerics.md, "Arithmetic").
//
// `flags` accumulates (ORs) exception flags and may be NULL. Functions are pure otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum se_fp_flag {
    SE_FP_INEXACT = 1,
    SE_FP_UNDERFLOW = 2,
    SE_FP_OVERFLOW = 4,
    SE_FP_DIVIDE_BY_ZERO = 8,
    SE_FP_INVALID = 16,
};

#define SE_F32_CANONICAL_NAN UINT32_C(0x7FC00000)

enum { SE_F16_INFINITY = 0x7C00, SE_F16_CANONICAL_NAN = 0x7E00 };

static inline uint32_t se_f32_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float se_f32_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float se_f32_canonical(float x) {
    return x == x ? x : se_f32_from_bits(SE_F32_CANONICAL_NAN);
}

// A signalling NaN: quiet bit clear, payload not zero.
static inline int se_f32_is_signalling(float x) {
    uint32_t bits = se_f32_bits(x);
    return (bits & 0x7FC00000) == 0x7F800000 && (bits & 0x003FFFFF) != 0;
}

// Distance between two floats counted in representable values (-0 and +0 are the same point);
// UINT32_MAX when exactly one is NaN, 0 when both are.
uint32_t se_f32_ulps_between(float a, float b);

// A signalling NaN operand is invalid, and so is each operation's NaN of operands that are not:
// infinity * 0, infinity - infinity, 0 / 0, infinity / infinity.
float se_f32_mul(float a, float b, unsigned *flags);
float se_f32_add(float a, float b, unsigned *flags);
float se_f32_sub(float a, float b, unsigned *flags);

// Any other number / 0 is a division by zero.
float se_f32_div(float a, float b, unsigned *flags);

// a * b + c, rounded once. infinity * 0 is invalid also when c is a NaN.
float se_f32_fma(float a, float b, float c, unsigned *flags);

// The nearest binary16 number's bits; overflow gives infinity, NaN SE_F16_CANONICAL_NAN.
uint16_t se_f32_to_f16(float x, unsigned *flags);

float se_i32_to_f32(int32_t i, unsigned *flags);

// Rounds half away from zero and saturates. NaN gives 0. Saturation and NaN are invalid.
int32_t se_f32_to_i32(float x, unsigned *flags);

// exp(x) of any x, at most 0.502 ulp from exact, never decreasing (docs/numerics.md, "exp").
float se_f32_exp(float x);

// log(1 + x) for x in [0, 1], at most 0.51 ulp from exact, never decreasing; -0 gives -0, and any
// other x outside gives NaN.
float se_f32_log1p(float x);

// fl(num / fl(1 + exp(-x))): num times the logistic function of x.
float se_f32_gate(float num, float x);

// fl(v / fl(1 + exp(-v))), some 2.4 ulp from exact at most. Below -88.72, where exp(-v) overflows,
// it is -0 (exact values there are above -2^-121), and -infinity gives NaN, as the formula does.
float se_f32_silu(float v);

// fl(max(x, 0) + log1p(exp(-|x|))), which is log(1 + exp(x)), some 1.5 ulp from exact at most.
float se_f32_softplus(float x);

// The same bit for bit, n at a time, in vector code; y may be x.
void se_f32_exp_n(size_t n, const float *x, float *y);
void se_f32_log1p_n(size_t n, const float *x, float *y);
void se_f32_silu_n(size_t n, const float *v, float *y);
void se_f32_softplus_n(size_t n, const float *x, float *y);
