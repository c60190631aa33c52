// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include <math.h>

// Maps floats to integers so that neighbours differ by one and both zeros are 0.
static int64_t ordinal(float x) {
    uint32_t bits = se_f32_bits(x);
    int64_t magnitude = bits & 0x7FFFFFFF;
    return bits >> 31 ? -magnitude : magnitude;
}

uint32_t se_f32_ulps_between(float a, float b) {
    if (isnan(a) || isnan(b)) {
        return isnan(a) && isnan(b) ? 0 : UINT32_MAX;
    }
    int64_t distance = ordinal(a) - ordinal(b);
    return (uint32_t)(distance < 0 ? -distance : distance);
}
