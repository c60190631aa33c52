// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include <math.h>

float se_f32_gate(float num, float x) {
    return se_f32_canonical(num / (1 + se_f32_exp(-x)));
}

float se_f32_silu(float v) {
    return se_f32_gate(v, v);
}

float se_f32_softplus(float x) {
    float bend = se_f32_log1p(se_f32_exp(-fabsf(x)));
    return se_f32_canonical((x > 0 ? x : 0) + bend);
}
