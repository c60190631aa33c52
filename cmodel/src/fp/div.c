// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <stddef.h>

// Both products have at most 49 bits and are exact in double: rounded * b = a when nothing was
// rounded, and |a / b| < bound when |a| < bound * |b|.
static unsigned div_flags(float a, float b, float rounded) {
    if (isnan(rounded)) {
        return se_nan_flags(a, b);
    }
    if (isinf(a) || isinf(b)) {
        return 0;
    }
    if (b == 0) {
        return SE_FP_DIVIDE_BY_ZERO;
    }
    if ((double)rounded * (double)b == (double)a) {
        return 0;
    }
    return se_inexact_flags(rounded, fabs((double)a) < se_least_not_tiny * fabs((double)b));
}

float se_f32_div(float a, float b, unsigned *flags) {
    float rounded = a / b;
    if (flags) {
        *flags |= div_flags(a, b, rounded);
    }
    return se_f32_canonical(rounded);
}
