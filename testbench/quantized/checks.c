// SPDX-License-Identifier: Apache-2.0
#include "checks.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>

double check_even(double x) {
    double below = floor(x), rest = x - below;
    double q = rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0) ? below + 1 : below;
    return q < -128 ? -128 : q > 127 ? 127 : q;
}

void check_rounded(const char *what, double x, double slack, int q, size_t *near_ties) {
    bool near_tie = fabs(fabs(x - trunc(x)) - 0.5) < slack;
    *near_ties += near_tie;
    cr_assert(near_tie ? fabs(x - q) < 0.5 + slack : q == (int)check_even(x), "%s: %d for %.9g",
              what, q, x);
}

void check_linear(const char *what, size_t tokens, size_t outputs, size_t inputs, const int8_t *w,
                  const float *s_w, float s_x, float s_y, const int8_t *x, const int8_t *y) {
    for (size_t t = 0; t < tokens; t++) {
        for (size_t o = 0; o < outputs; o++) {
            int64_t sum = 0;
            for (size_t i = 0; i < inputs; i++) {
                sum += w[o * inputs + i] * x[t * inputs + i];
            }
            float multiplier = s_w[o] * s_x / s_y;
            double scaled = (double)(float)((double)sum * (double)multiplier);
            cr_assert(y[t * outputs + o] == (int)check_even(scaled), "%s, token %zu, output %zu",
                      what, t, o);
        }
    }
}

void check_w8(const struct se_quantized_linear *l, const float *weights) {
    float s = check_absmax(l->outputs * l->inputs, weights);
    for (size_t i = 0; i < l->outputs * l->inputs; i++) {
        float quotient = weights[i] / s;
        cr_assert(l->w[i] == (int)check_even((double)quotient) && l->s_w[i / l->inputs] == s);
    }
}

void check_norm(size_t tokens, size_t columns, const float *residual, const float *weight,
                float eps, float s, const int8_t *q, size_t *near_ties) {
    for (size_t t = 0; t < tokens; t++, residual += columns, q += columns) {
        double squares = 0;
        for (size_t i = 0; i < columns; i++) {
            squares += pow((double)residual[i], 2);
        }
        double norm = 1 / sqrt(squares / (double)columns + (double)eps);
        for (size_t i = 0; i < columns; i++) {
            double x = (double)residual[i] * norm * (double)weight[i] * (double)(1 / s);
            check_rounded("in", x, 1e-3, q[i], near_ties);
        }
    }
}

void check_out_proj(const struct se_quantized_linear *l, size_t tokens, float s_y, const int8_t *y8,
                    const float *before, const float *out, const float *residual) {
    for (size_t i = 0; i < tokens * l->outputs; i++) {
        size_t t = i / l->outputs, o = i % l->outputs;
        int64_t sum = 0;
        for (size_t k = 0; k < l->inputs; k++) {
            sum += l->w[o * l->inputs + k] * y8[t * l->inputs + k];
        }
        cr_assert(out[i] == (float)((double)sum * (double)(l->s_w[o] * s_y)));
        cr_assert(residual[i] == before[i] + out[i]);
    }
}

struct ref_quantizer check_int8(float s) {
    struct ref_quantizer ref = {.code_bits = 8,
                                .base1 = -128,
                                .base2 = -128,
                                .s1 = se_f32_bits(s),
                                .ratio = se_f32_bits(1),
                                .thr_pos = se_f32_bits(INFINITY),
                                .thr_neg = se_f32_bits(INFINITY)};
    cr_assert(ref_quantizer_derive(&ref));
    return ref;
}

float check_absmax(size_t n, const float *all) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(all[i]));
    }
    return largest / 127;
}

float check_stored(float parameter, size_t n, const float *all) {
    float s = check_absmax(n, all);
    return s * (float)check_even((double)(parameter / s));
}

void check_conv_weights(size_t n, const float *weights, int8_t *w) {
    float s = check_absmax(n, weights);
    for (size_t i = 0; i < n; i++) {
        w[i] = (int8_t)check_even((double)(weights[i] / s));
    }
}
