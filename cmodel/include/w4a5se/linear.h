// SPDX-License-Identifier: Apache-2.0
// The float32 steps between a model's scans. Rows are dense. Sums are made in a fixed order, so
// that a row's results do not depend on how many rows there are.
#pragma once

#include <stddef.h>

// x[n] . w[n], as se_linear makes it.
float se_dot(size_t n, const float *x, const float *w);

// y[rows][outputs]: y[r][o] = x[r] . w[o] + bias[o], of x[rows][inputs], w[outputs][inputs] and
// bias[outputs] (may be NULL).
void se_linear(size_t rows, size_t inputs, size_t outputs, const float *x, const float *w,
               const float *bias, float *y);

// y[r] = weight * x[r] / sqrt(mean of x[r]^2 + eps); y may be x.
void se_rms_norm(size_t rows, size_t columns, const float *x, const float *weight, float eps,
                 float *y);

// y[n] = x * silu(z); y may be x.
void se_silu_gate(size_t n, const float *x, const float *z, float *y);

// y[r] = se_rms_norm of se_silu_gate, each of `groups` equal parts of a row by its own mean; y may
// be x. Source: RMSNormGated of github.com/state-spaces/mamba with norm_before_gate=False.
void se_gated_rms_norm(size_t rows, size_t columns, size_t groups, const float *x, const float *z,
                       const float *weight, float eps, float *y);
