// SPDX-License-Identifier: Apache-2.0
// The float32 steps between a model's scans. Sums are made in a fixed order, so that a row's
// results do not depend on how many rows there are.
#pragma once

#include <stddef.h>

// y[r][o] = sum over i of x[r][i] * w[o][i], + bias[o] (may be NULL). A row of x takes x_stride
// floats, of y y_stride.
void se_linear(size_t rows, size_t inputs, size_t outputs, const float *x, size_t x_stride,
               const float *w, const float *bias, float *y, size_t y_stride);

// y[r] = weight * x[r] / sqrt(mean of x[r]^2 + eps); y may be x.
void se_rms_norm(size_t rows, size_t columns, const float *x, const float *weight, float eps,
                 float *y);

// y[r] = the same of x[r] * silu(z[r]), each of `groups` equal parts of a row by its own mean; y
// may be x. A row of z takes z_stride floats. Source: RMSNormGated of github.com/state-spaces/mamba
// with norm_before_gate=False.
void se_gated_rms_norm(size_t rows, size_t columns, size_t groups, const float *x, const float *z,
                       size_t z_stride, const float *weight, float eps, float *y);
