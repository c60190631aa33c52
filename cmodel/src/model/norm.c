// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"
#include "w4a5se/linear.h"

#include <math.h>

static void norm_row(size_t n, const float *x, const float *weight, float eps, float *y) {
    float scale = 1 / sqrtf(se_dot(n, x, x) / (float)n + eps);
    for (size_t i = 0; i < n; i++) {
        y[i] = weight[i] * (x[i] * scale);
    }
}

void se_rms_norm(size_t rows, size_t columns, const float *x, const float *weight, float eps,
                 float *y) {
    for (size_t r = 0; r < rows; r++) {
        norm_row(columns, x + r * columns, weight, eps, y + r * columns);
    }
}

void se_silu_gate(size_t n, const float *x, const float *z, float *y) {
    enum { BLOCK = 512 };
    float gate[BLOCK];
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t some = n - at < BLOCK ? n - at : BLOCK;
        se_f32_silu_n(some, z + at, gate);
        for (size_t i = 0; i < some; i++) {
            y[at + i] = x[at + i] * gate[i];
        }
    }
}

void se_gated_rms_norm(size_t rows, size_t columns, size_t groups, const float *x, const float *z,
                       const float *weight, float eps, float *y) {
    size_t size = columns / groups;
    se_silu_gate(rows * columns, x, z, y);
    for (size_t i = 0; i < rows * groups; i++) {
        norm_row(size, y + i * size, weight + i % groups * size, eps, y + i * size);
    }
}
