// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantized_linear.h"

#include "w4a5se/dtype.h"
#include "w4a5se/fp32.h"
#include "w4a5se/int8.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// A product is at most 2^14.
enum { INPUTS_MAX = (1 << 17) - 1 };

static enum se_status check(int bits, size_t outputs, size_t inputs, const float *weights,
                            struct se_error *err) {
    if (bits != 8 && bits != 4) {
        return se_fail(err, SE_INVALID, "a weight has %d bits; it takes 8 or 4", bits);
    }
    if (outputs == 0 || inputs == 0 || inputs > INPUTS_MAX) {
        return se_fail(err, SE_INVALID,
                       "a linear of %zu outputs and %zu inputs; it takes 1 to %d inputs", outputs,
                       inputs, INPUTS_MAX);
    }
    for (size_t i = 0; i < outputs * inputs; i++) {
        if (!isfinite(weights[i])) {
            return se_fail(err, SE_INVALID, "weight [%zu][%zu] is %g", i / inputs, i % inputs,
                           (double)weights[i]);
        }
    }
    return SE_OK;
}

// One scale for the output: codes of -7 to 7, times 16.
static void quantize_output(size_t inputs, const float *weights, int8_t *w, float *s_w) {
    float s = se_i8_absmax(inputs, weights) / 7;
    for (size_t i = 0; i < inputs; i++) {
        float code = rintf(weights[i] / s);
        w[i] = (int8_t)(16 * (code < -7 ? -7 : code > 7 ? 7 : code));
    }
    *s_w = s / 16;
}

// Codes of -8 to 7 in units of 2/15 of the group's largest magnitude.
static void quantize_group(const float *weights, float s_w, int8_t *w) {
    float s = se_i8_absmax(SE_WEIGHT_GROUP, weights) * (2.0f / 15);
    float s_group = se_f16_to_f32(se_f32_to_f16(s / s_w, NULL));
    for (size_t i = 0; i < SE_WEIGHT_GROUP; i++) {
        float code = rintf(weights[i] / s);
        code = code < -8 ? -8 : code > 7 ? 7 : code;
        w[i] = se_i8_round(SE_ROUND_EVEN, code * s_group);
    }
}

static bool has_groups(size_t inputs) {
    return inputs > SE_WEIGHT_GROUP && inputs % SE_WEIGHT_GROUP == 0;
}

static void quantize_4(size_t inputs, const float *weights, int8_t *w, float *s_w) {
    if (!has_groups(inputs)) {
        quantize_output(inputs, weights, w, s_w);
        return;
    }
    *s_w = se_i8_absmax(inputs, weights) / 127;
    for (size_t i = 0; i < inputs; i += SE_WEIGHT_GROUP) {
        quantize_group(weights + i, *s_w, w + i);
    }
}

enum se_status se_quantized_linear_init(struct se_quantized_linear *linear, int bits,
                                        size_t outputs, size_t inputs, const float *weights,
                                        struct se_error *err) {
    enum se_status status = check(bits, outputs, inputs, weights, err);
    if (status != SE_OK) {
        return status;
    }
    struct se_quantized_linear l = {.outputs = outputs,
                                    .inputs = inputs,
                                    .bits = bits,
                                    .w = malloc(outputs * inputs),
                                    .s_w = malloc(outputs * sizeof(float)),
                                    .multiplier = malloc(outputs * sizeof(float))};
    if (!l.w || !l.s_w || !l.multiplier) {
        se_quantized_linear_free(&l);
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu weights", outputs * inputs);
    }
    float s = se_i8_absmax(outputs * inputs, weights) / 127;
    for (size_t o = 0; o < outputs; o++) {
        if (bits == 4) {
            quantize_4(inputs, weights + o * inputs, l.w + o * inputs, &l.s_w[o]);
        } else {
            se_i8_parameters(inputs, weights + o * inputs, s, l.w + o * inputs);
            l.s_w[o] = s;
        }
    }
    *linear = l;
    se_quantized_linear_scale(linear, 0, outputs, 1, 1);
    return SE_OK;
}

void se_quantized_linear_free(struct se_quantized_linear *linear) {
    free(linear->w);
    free(linear->s_w);
    free(linear->multiplier);
    *linear = (struct se_quantized_linear){0};
}

size_t se_quantized_linear_bits(const struct se_quantized_linear *l) {
    size_t codes = (size_t)l->bits * l->outputs * l->inputs;
    if (l->bits == 8) {
        return codes + 32;
    }
    return codes + 32 * l->outputs +
           (has_groups(l->inputs) ? 16 * l->outputs * (l->inputs / SE_WEIGHT_GROUP) : 0);
}

void se_quantized_linear_scale(struct se_quantized_linear *linear, size_t first, size_t n,
                               float s_x, float s_y) {
    for (size_t o = first; o < first + n; o++) {
        linear->multiplier[o] = linear->s_w[o] * s_x / s_y;
    }
}

struct se_quantized_linear se_quantized_linear_rows(const struct se_quantized_linear *l,
                                                    size_t first, size_t n) {
    struct se_quantized_linear rows = *l;
    rows.outputs = n;
    rows.w += first * l->inputs;
    rows.s_w += first;
    rows.multiplier += first;
    return rows;
}
