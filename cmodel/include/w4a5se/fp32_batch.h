// SPDX-License-Identifier: Apache-2.0
// The operations of fp32.h over arrays, compiled to vector instructions: r[i] is the scalar
// function's result bit for bit, canonical NaN included. No flags. r may be one of the operands.
#pragma once

#include <stddef.h>
#include <stdint.h>

void se_f32_mul_n(size_t n, const float *a, const float *b, float *r);
void se_f32_add_n(size_t n, const float *a, const float *b, float *r);
void se_f32_sub_n(size_t n, const float *a, const float *b, float *r);
void se_f32_div_n(size_t n, const float *a, const float *b, float *r);
void se_f32_fma_n(size_t n, const float *a, const float *b, const float *c, float *r);
void se_i32_to_f32_n(size_t n, const int32_t *i, float *r);
void se_f32_to_i32_n(size_t n, const float *x, int32_t *r);
void se_f32_to_f16_n(size_t n, const float *x, uint16_t *r);
