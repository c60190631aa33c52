// SPDX-License-Identifier: Apache-2.0
// The causal depthwise convolution of width 4 and its SiLU (docs/numerics.md, "Convolution").
//
//   acc = sum of w[i] * x[t-3+i], exact      v = fma(s_wx, (float)acc, b)      y = silu(v)
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SE_CONV_WIDTH = 4, SE_CONV_HISTORY = SE_CONV_WIDTH - 1 };

struct se_conv {
    size_t d_inner;
    const int8_t *w; // [d_inner][4]; w[c][0] meets the oldest sample
    float s_wx;      // fl(s_w * s_x)
    const float *b;  // [d_inner]
};

// x[tokens][d_inner] -> y[tokens][d_inner]. history[d_inner][3], oldest first, is read and left for
// the next call, so that one call or one a token give the same bits; zeros where a sequence starts.
// flags (may be NULL) collects those of the fma.
void se_conv_run(const struct se_conv *conv, int8_t *history, size_t tokens, const int8_t *x,
                 float *y, unsigned *flags);

// The same bit for bit in vector instructions, without flags.
void se_conv_run_fast(const struct se_conv *conv, int8_t *history, size_t tokens, const int8_t *x,
                      float *y);
