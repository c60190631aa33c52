// SPDX-License-Identifier: Apache-2.0
// Linears of INT8 activations and quantised weights: exact integer sums, one multiplication, one
// rounding (docs/numerics.md, "Quantised linears").
//
//   acc[o] = sum over i of w[o][i] * x[i]     y[o] = fl((float)acc[o] * m[o])
//
// W8A8: one scale, as Quamba's W8A8 linears. W4A8: 4-bit codes with two levels of scales, as the
// QQQ kernels behind Quamba's W4A8 linears: binary16 for each group of 128 inputs, binary32 for
// each output; code times group scale is rounded to INT8, so that all groups share one integer sum.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SE_WEIGHT_GROUP = 128 };

struct se_quantized_linear {
    size_t outputs, inputs;
    int bits;          // of a stored weight: 8 or 4
    int8_t *w;         // [outputs][inputs], what is multiplied; a weight is w * s_w
    float *s_w;        // [outputs]
    float *multiplier; // [outputs], by se_quantized_linear_scale
};

// Quantises weights[outputs][inputs]. With bits 4 an output whose inputs are no more than one
// group, or no whole groups, has one scale: absmax / 7, codes of -7 to 7. SE_INVALID names a size
// out of range (0, or so many inputs that a sum could leave 32 bits) or a weight that is not
// finite; SE_NO_MEMORY. On failure nothing is allocated.
enum se_status se_quantized_linear_init(struct se_quantized_linear *linear, int bits,
                                        size_t outputs, size_t inputs, const float *weights,
                                        struct se_error *err);
void se_quantized_linear_free(struct se_quantized_linear *linear);

// Bits that the weights take where they are stored, scales included.
size_t se_quantized_linear_bits(const struct se_quantized_linear *linear);

// multiplier[o] = fl(fl(s_w[o] * s_x) / s_y) for n outputs from `first` on; s_y 1 for y in
// binary32.
void se_quantized_linear_scale(struct se_quantized_linear *linear, size_t first, size_t n,
                               float s_x, float s_y);

// Outputs [first, first + n) as a linear of their own, which shares the memory and is not freed.
struct se_quantized_linear se_quantized_linear_rows(const struct se_quantized_linear *linear,
                                                    size_t first, size_t n);

// acc[tokens][outputs] of x[tokens][inputs].
void se_quantized_linear_sums(const struct se_quantized_linear *linear, size_t tokens,
                              const int8_t *x, int32_t *acc);

// y[tokens][outputs]: half to even, saturating.
void se_quantized_linear_i8(const struct se_quantized_linear *linear, size_t tokens,
                            const int8_t *x, int8_t *y);

// y[tokens][outputs] in binary32, fl(. + bias[o]) where bias is not NULL.
void se_quantized_linear_f32(const struct se_quantized_linear *linear, size_t tokens,
                             const int8_t *x, const float *bias, float *y);
