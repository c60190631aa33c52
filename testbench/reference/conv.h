// SPDX-License-Identifier: Apache-2.0
// The convolution over whole sequences, straight from its definition.
#pragma once

#include <stddef.h>
#include <stdint.h>

// v before SiLU, in bits: fma(s_wx, sum over i of w[c][i] * x[t-3+i], b[c]), x before t = 0 being
// 0. x and v are [tokens][d_inner], w is [d_inner][4]; flags accumulates.
void ref_conv_bits(size_t d_inner, size_t tokens, const int8_t *w, float s_wx, const float *b,
                   const int8_t *x, uint32_t *v, unsigned *flags);
