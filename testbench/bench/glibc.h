// SPDX-License-Identifier: Apache-2.0
// glibc's functions over arrays: its vector library's in vectors of 256 bits and of the widest, and
// the scalar ones.
#pragma once

#include <stddef.h>

void libmvec_exp_n(size_t n, const float *x, float *y);
void libmvec_exp_n_wide(size_t n, const float *x, float *y);
void libmvec_log1p_n(size_t n, const float *x, float *y);
void libmvec_log1p_n_wide(size_t n, const float *x, float *y);
void libm_exp_n(size_t n, const float *x, float *y);
void libm_log1p_n(size_t n, const float *x, float *y);
