// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include <math.h>

static inline float gate(float num, float power) {
    return se_f32_canonical(num / (1 + power));
}

static inline float softplus(float x, float bend) {
    return se_f32_canonical((x > 0 ? x : 0) + bend);
}

float se_f32_gate(float num, float x) {
    return gate(num, se_f32_exp(-x));
}

float se_f32_silu(float v) {
    return se_f32_gate(v, v);
}

float se_f32_softplus(float x) {
    return softplus(x, se_f32_log1p(se_f32_exp(-fabsf(x))));
}

// ---- the batches ----

enum { BLOCK = 256 };

static void silu_some(size_t n, const float *v, float *y) {
    float power[BLOCK];
    for (size_t i = 0; i < n; i++) {
        power[i] = -v[i];
    }
    se_f32_exp_n(n, power, power);
    for (size_t i = 0; i < n; i++) {
        y[i] = gate(v[i], power[i]);
    }
}

static void softplus_some(size_t n, const float *x, float *y) {
    float bend[BLOCK];
    for (size_t i = 0; i < n; i++) {
        bend[i] = -fabsf(x[i]);
    }
    se_f32_exp_n(n, bend, bend);
    se_f32_log1p_n(n, bend, bend);
    for (size_t i = 0; i < n; i++) {
        y[i] = softplus(x[i], bend[i]);
    }
}

void se_f32_silu_n(size_t n, const float *v, float *y) {
    for (size_t i = 0; i < n; i += BLOCK) {
        silu_some(n - i < BLOCK ? n - i : BLOCK, v + i, y + i);
    }
}

void se_f32_softplus_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i += BLOCK) {
        softplus_some(n - i < BLOCK ? n - i : BLOCK, x + i, y + i);
    }
}
