// SPDX-License-Identifier: Apache-2.0
// The steps of a model that carry something from token to token.
#pragma once

#include <stddef.h>

// Causal convolution of width SE_MODEL_TAPS: window[SE_MODEL_TAPS - 1 + tokens][channels] begins
// with what came before; taps[SE_MODEL_TAPS][channels], bias[channels] (may be NULL) ->
// y[tokens][channels].
void se_conv_float(size_t tokens, size_t channels, const float *window, const float *taps,
                   const float *bias, float *y);

// A token of some channels that share B and C[states]:
//   h[n] = decay[n] * h[n] + B[n] * du,   y = D * u + sum over n of C[n] * h[n]
// h[states][stride]; decay[states][stride], or [channels] with same_decay; y comes with D * u.
void se_recur_float(size_t states, size_t channels, size_t stride, int same_decay,
                    const float *decay, const float *du, const float *b, const float *c, float *h,
                    float *y);
