// SPDX-License-Identifier: Apache-2.0
#include "steps.h"

#include "w4a5se/model.h"

void se_conv_float(size_t tokens, size_t channels, const float *window, const float *taps,
                   const float *bias, float *restrict y) {
    for (size_t t = 0; t < tokens; t++, window += channels, y += channels) {
        for (size_t i = 0; i < channels; i++) {
            float sum = bias ? bias[i] : 0;
            for (size_t k = 0; k < SE_MODEL_TAPS; k++) {
                sum += taps[k * channels + i] * window[k * channels + i];
            }
            y[i] = sum;
        }
    }
}

void se_recur_float(size_t states, size_t channels, size_t stride, int same_decay,
                    const float *decay, const float *du, const float *b, const float *c,
                    float *restrict h, float *restrict y) {
    for (size_t n = 0; n < states; n++, h += stride, decay += same_decay ? 0 : stride) {
        float in = b[n], out = c[n];
        for (size_t i = 0; i < channels; i++) {
            h[i] = decay[i] * h[i] + in * du[i];
            y[i] += out * h[i];
        }
    }
}
