// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/conv.h"

#include "w4a5se/fp32.h"

static int32_t multiply_and_sum(const int8_t *w, const int8_t *history, int8_t newest) {
    int32_t sum = w[SE_CONV_HISTORY] * newest;
    for (int i = 0; i < SE_CONV_HISTORY; i++) {
        sum += w[i] * history[i];
    }
    return sum;
}

static void shift_in(int8_t *history, int8_t newest) {
    for (int i = 0; i < SE_CONV_HISTORY - 1; i++) {
        history[i] = history[i + 1];
    }
    history[SE_CONV_HISTORY - 1] = newest;
}

void se_conv_run(const struct se_conv *conv, int8_t *history, size_t tokens, const int8_t *x,
                 float *y, unsigned *flags) {
    for (size_t t = 0; t < tokens; t++) {
        for (size_t c = 0; c < conv->d_inner; c++) {
            int8_t *samples = history + c * SE_CONV_HISTORY;
            int8_t newest = x[t * conv->d_inner + c];
            int32_t acc = multiply_and_sum(conv->w + c * SE_CONV_WIDTH, samples, newest);
            float v = se_f32_fma(conv->s_wx, (float)acc, conv->b[c], flags);
            y[t * conv->d_inner + c] = se_f32_silu(v);
            shift_in(samples, newest);
        }
    }
}
