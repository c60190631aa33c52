// SPDX-License-Identifier: Apache-2.0
// What the operations' flags have in common. All of it is pure: an operation compares its rounded
// result with the exact one, which a double or a sum of two doubles holds.
#pragma once

#include "w4a5se/fp32.h"

#include <math.h>

// Values from here up round to the least normal number, 2^-126, when the exponent is unbounded:
// what lies below is tiny after rounding.
static const double se_least_not_tiny = 0x1p-126 - 0x1p-151;

// Flags of a NaN result of a and b.
static inline unsigned se_nan_flags(float a, float b) {
    int created = !isnan(a) && !isnan(b);
    int signalling = se_f32_is_signalling(a) || se_f32_is_signalling(b);
    return created || signalling ? SE_FP_INVALID : 0;
}

// Flags of a finite exact result that is not `rounded`.
static inline unsigned se_inexact_flags(float rounded, int tiny) {
    if (isinf(rounded)) {
        return SE_FP_OVERFLOW | SE_FP_INEXACT;
    }
    return tiny ? SE_FP_UNDERFLOW | SE_FP_INEXACT : SE_FP_INEXACT;
}

// a + b = sum + error exactly, for any two doubles whose sum does not overflow (Knuth's TwoSum).
struct se_two_sum {
    double sum, error;
};

static inline struct se_two_sum se_two_sum(double a, double b) {
    double sum = a + b, b_part = sum - a, a_part = sum - b_part;
    return (struct se_two_sum){sum, (a - a_part) + (b - b_part)};
}
