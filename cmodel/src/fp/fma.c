// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <stddef.h>

// Invalid: a signalling NaN, infinity * 0 whatever is added, and infinity - infinity.
static unsigned nan_flags(float a, float b, float c, double product) {
    int signalling = se_f32_is_signalling(a) || se_f32_is_signalling(b) || se_f32_is_signalling(c);
    int created = !isnan(a) && !isnan(b) && (isnan(product) || !isnan(c));
    return signalling || created ? SE_FP_INVALID : 0;
}

// |sum + error| < least_not_tiny. A sum that is not that bound lies on the same side as what it
// was rounded from.
static int is_tiny(struct se_two_sum exact) {
    double size = fabs(exact.sum);
    return size < se_least_not_tiny ||
           (size == se_least_not_tiny && (exact.sum > 0 ? exact.error < 0 : exact.error > 0));
}

// The product is exact in double, so the sum of two doubles holds the exact result.
static unsigned fma_flags(float a, float b, float c, float rounded) {
    double product = (double)a * (double)b;
    if (isnan(rounded)) {
        return nan_flags(a, b, c, product);
    }
    if (isinf(product) || isinf(c)) {
        return 0;
    }
    struct se_two_sum exact = se_two_sum(product, (double)c);
    if (exact.error == 0 && exact.sum == (double)rounded) {
        return 0;
    }
    return se_inexact_flags(rounded, is_tiny(exact));
}

float se_f32_fma(float a, float b, float c, unsigned *flags) {
    float rounded = fmaf(a, b, c);
    if (flags) {
        *flags |= fma_flags(a, b, c, rounded);
    }
    return se_f32_canonical(rounded);
}
