// SPDX-License-Identifier: Apache-2.0
#include "flags.h"

#include <stddef.h>

// A sum is never tiny and inexact: both operands are multiples of the least subnormal number, so
// one below 2^-126 is exact.
static unsigned add_flags(float a, float b, float rounded) {
    if (isnan(rounded)) {
        return se_nan_flags(a, b);
    }
    if (isinf(a) || isinf(b)) {
        return 0;
    }
    struct se_two_sum exact = se_two_sum((double)a, (double)b);
    return exact.error == 0 && exact.sum == (double)rounded ? 0 : se_inexact_flags(rounded, 0);
}

float se_f32_add(float a, float b, unsigned *flags) {
    float rounded = a + b;
    if (flags) {
        *flags |= add_flags(a, b, rounded);
    }
    return se_f32_canonical(rounded);
}

float se_f32_sub(float a, float b, unsigned *flags) {
    return se_f32_add(a, -b, flags);
}
