// SPDX-License-Identifier: Apache-2.0
// Half away from zero for vector code: roundf has no vector form.
#pragma once

#include <math.h>

static inline float se_round_away(float x) {
    float whole = truncf(x);
    return fabsf(x - whole) >= 0.5f ? whole + copysignf(1, x) : whole;
}
