// SPDX-License-Identifier: Apache-2.0
// INT8 codes of parameters and activations. Each place of the datapath rounds as Quamba does there
// (docs/numerics.md, "Rounding to INT8").
#pragma once

#include <stddef.h>
#include <stdint.h>

enum se_rounding {
    SE_ROUND_AWAY = 0, // half away from zero
    SE_ROUND_EVEN,     // half to even
    SE_ROUND_TRUNCATE, // towards zero
};

// "away", "even", "truncate", NULL: indexed by enum se_rounding.
extern const char *const se_rounding_names[];

// clamp(round(x), -128, 127); NaN gives 0.
int8_t se_i8_round(enum se_rounding rounding, float x);

// q[i] = that of fl(x[i] * inv_s), inv_s = fl(1 / s).
void se_i8_activations(enum se_rounding rounding, size_t n, const float *x, float inv_s, int8_t *q);

// The largest |w[i]|, or 1e-5 where that is more.
float se_i8_absmax(size_t n, const float *w);

// Parameters: q[i] = clamp(half to even of fl(w[i] / s), -128, 127); a tensor's s is fl(absmax /
// 127).
void se_i8_parameters(size_t n, const float *w, float s, int8_t *q);
