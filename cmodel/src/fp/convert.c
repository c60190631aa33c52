// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include <math.h>
#include <stddef.h>

float se_i32_to_f32(int32_t i, unsigned *flags) {
    float x = (float)i;
    if (flags && (double)x != (double)i) {
        *flags |= SE_FP_INEXACT;
    }
    return x;
}

static int32_t saturated(int32_t value, unsigned *flags) {
    if (flags) {
        *flags |= SE_FP_INVALID;
    }
    return value;
}

int32_t se_f32_to_i32(float x, unsigned *flags) {
    if (isnan(x)) {
        return saturated(0, flags);
    }
    float rounded = roundf(x);
    if (rounded >= 0x1p31f) {
        return saturated(INT32_MAX, flags);
    }
    if (rounded < -0x1p31f) {
        return saturated(INT32_MIN, flags);
    }
    if (flags && rounded != x) {
        *flags |= SE_FP_INEXACT;
    }
    return (int32_t)rounded;
}
