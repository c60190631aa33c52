// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <stddef.h>

static const float f16_least_normal = 0x1p-14f, f16_overflow = 0x1p16f;

// A magnitude below 2^17 to the nearest multiple of the FP16 ulp at its exponent, 2^-24 at least.
// Added to it, 2^13 times its power of two leaves just those bits; the second step is exact.
static float nearest_f16(float magnitude) {
    float power = se_f32_from_bits(se_f32_bits(magnitude) & UINT32_C(0x7F800000));
    float shifter = 0x1p13f * fmaxf(power, f16_least_normal);
    return (magnitude + shifter) - shifter;
}

// Tiny after rounding: below the middle of the least normal number and its neighbour among numbers
// of 11 bits with an unbounded exponent.
static unsigned rounding_flags(float magnitude, float rounded) {
    if (rounded == magnitude) {
        return 0;
    }
    return magnitude < 0x1p-14f - 0x1p-26f ? SE_FP_UNDERFLOW | SE_FP_INEXACT : SE_FP_INEXACT;
}

static uint16_t finite_to_f16(float magnitude, unsigned *flags) {
    float rounded = magnitude < f16_overflow ? nearest_f16(magnitude) : f16_overflow;
    if (rounded == f16_overflow) {
        *flags |= SE_FP_OVERFLOW | SE_FP_INEXACT;
        return SE_F16_INFINITY;
    }
    *flags |= rounding_flags(magnitude, rounded);
    if (rounded < f16_least_normal) {
        return (uint16_t)(rounded * 0x1p24f);
    }
    return (uint16_t)((se_f32_bits(rounded) >> 13) - ((127 - 15) << 10));
}

uint16_t se_f32_to_f16(float x, unsigned *flags) {
    unsigned raised = 0;
    uint16_t sign = (uint16_t)(se_f32_bits(x) >> 16 & 0x8000), result;
    if (isnan(x)) {
        raised = se_f32_is_signalling(x) ? SE_FP_INVALID : 0;
        result = SE_F16_CANONICAL_NAN;
    } else if (isinf(x)) {
        result = sign | SE_F16_INFINITY;
    } else {
        result = sign | finite_to_f16(fabsf(x), &raised);
    }
    if (flags) {
        *flags |= raised;
    }
    return result;
}
