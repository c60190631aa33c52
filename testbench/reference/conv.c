// SPDX-License-Identifier: Apache-2.0
#include "conv.h"

#include "softfloat.h"

#include "w4a5se/fp32.h"

void ref_conv_bits(size_t d_inner, size_t tokens, const int8_t *w, float s_wx, const float *b,
                   const int8_t *x, uint32_t *v, unsigned *flags) {
    for (size_t c = 0; c < d_inner; c++) {
        for (size_t t = 0; t < tokens; t++) {
            int32_t sum = 0;
            for (size_t back = 0; back <= 3 && back <= t; back++) {
                sum += w[4 * c + 3 - back] * x[(t - back) * d_inner + c];
            }
            v[t * d_inner + c] =
                ref_f32_fma(se_f32_bits(s_wx), ref_i32_to_f32(sum, NULL), se_f32_bits(b[c]), flags);
        }
    }
}
