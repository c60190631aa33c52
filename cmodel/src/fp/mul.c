// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include <math.h>
#include <stddef.h>

// The product of two 24-bit significands has 48 bits, so `exact` is exact and its one rounding to
// float is the IEEE result; the flags follow from comparing the two.
static unsigned mul_flags(float a, float b, double exact, float rounded) {
    // Values from here up round to the least normal number when the exponent is unbounded.
    const double least_not_tiny = 0x1p-126 - 0x1p-151;
    if (isnan(rounded)) {
        int created = !isnan(a) && !isnan(b);
        int signalling = se_f32_is_signalling(a) || se_f32_is_signalling(b);
        return created || signalling ? SE_FP_INVALID : 0;
    }
    if (isinf(exact) || (double)rounded == exact) {
        return 0;
    }
    if (isinf(rounded)) {
        return SE_FP_OVERFLOW | SE_FP_INEXACT;
    }
    return fabs(exact) < least_not_tiny ? SE_FP_UNDERFLOW | SE_FP_INEXACT : SE_FP_INEXACT;
}

float se_f32_mul(float a, float b, unsigned *flags) {
    float rounded = a * b;
    if (flags) {
        *flags |= mul_flags(a, b, (double)a * (double)b, rounded);
    }
    return se_f32_canonical(rounded);
}
