// SPDX-License-Identifier: Apache-2.0
// References of the steps that Mamba-1 and Mamba-2 share; a difference ends the test.
#pragma once

#include "../reference/of_quantizer.h"

#include "w4a5se/quantized_linear.h"

// x to the nearest integer, half to even, saturated to 8 bits.
double check_even(double x);

// q is x so rounded, or its neighbour where x is within `slack` of a tie; then adds 1.
void check_rounded(const char *what, double x, double slack, int q, size_t *near_ties);

// y[tokens][outputs] of x[tokens][inputs], weights w and their scales, from s_x to s_y.
void check_linear(const char *what, size_t tokens, size_t outputs, size_t inputs, const int8_t *w,
                  const float *s_w, float s_x, float s_y, const int8_t *x, const int8_t *y);

// INT8 weights are the checkpoint's over one scale, half to even.
void check_w8(const struct se_quantized_linear *l, const float *weights);

// residual[tokens][columns] -> q, the codes of RMSNorm's output, within near-ties of one in double.
void check_norm(size_t tokens, size_t columns, const float *residual, const float *weight,
                float eps, float s, const int8_t *q, size_t *near_ties);

// y8 -> out, added to what the residual was before.
void check_out_proj(const struct se_quantized_linear *l, size_t tokens, float s_y, const int8_t *y8,
                    const float *before, const float *out, const float *residual);

// INT8 of scale s.
struct ref_quantizer check_int8(float s);

// largest[n] magnitude / 127, and an INT8 parameter fl(s * q) with it.
float check_absmax(size_t n, const float *all);
float check_stored(float parameter, size_t n, const float *all);

// Codes of INT8 weights of the convolution.
void check_conv_weights(size_t n, const float *weights, int8_t *w);
