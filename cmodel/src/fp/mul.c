// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <stddef.h>

// The product of two 24-bit significands has 48 bits, so `exact` is exact and its one rounding to
// float is the IEEE result; the flags follow from comparing the two.
static unsigned mul_flags(float a, float b, double exact, float rounded) {
    if (isnan(rounded)) {
        return se_nan_flags(a, b);
    }
    if (isinf(exact) || (double)rounded == exact) {
        return 0;
    }
    return se_inexact_flags(rounded, fabs(exact) < se_least_not_tiny);
}

float se_f32_mul(float a, float b, unsigned *flags) {
    float rounded = a * b;
    if (flags) {
        *flags |= mul_flags(a, b, (double)a * (double)b, rounded);
    }
    return se_f32_canonical(rounded);
}
