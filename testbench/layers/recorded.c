// SPDX-License-Identifier: Apache-2.0
#include "recorded.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct se_tensor *find(const struct recorded *r, const char *name, size_t count) {
    const struct se_tensor *t = se_safetensors_find(&r->file, name);
    cr_assert(t && t->count == count, "no tensor %s of %zu", name, count);
    return t;
}

static const int8_t *int8_tensor(const struct recorded *r, const char *name, size_t count) {
    const struct se_tensor *t = find(r, name, count);
    cr_assert_eq(t->dtype, SE_DTYPE_I8, "%s", name);
    return t->data;
}

static void floats(const struct recorded *r, const char *name, size_t count, float *values) {
    const struct se_tensor *t = find(r, name, count);
    cr_assert_eq(t->dtype, SE_DTYPE_F32, "%s", name);
    memcpy(values, t->data, count * sizeof *values);
}

static float scale_of(const struct recorded *r, const char *name) {
    float scale;
    floats(r, name, 1, &scale);
    return scale;
}

struct recorded *recorded_open(int index) {
    struct recorded *r = calloc(1, sizeof *r);
    struct se_error err = {""};
    char path[80];
    cr_assert(r);
    snprintf(path, sizeof path, "data/small-mamba/layers/layer%d.safetensors", index);
    cr_assert_eq(se_safetensors_open(path, &r->file, &err), SE_OK, "%s", err.message);
    const int8_t *bias = int8_tensor(r, "bias", D_INNER), *a_log = int8_tensor(r, "A_log", STATES);
    float s_bias = scale_of(r, "s_bias"), s_a_log = scale_of(r, "s_A_log");
    for (size_t d = 0; d < D_INNER; d++) {
        r->bias[d] = (float)bias[d] * s_bias;
    }
    for (size_t i = 0; i < STATES; i++) {
        r->A[i] = -se_f32_exp((float)a_log[i] * s_a_log);
    }
    floats(r, "D", D_INNER, r->D);
    floats(r, "dt_bias", D_INNER, r->dt_bias);
    r->x = int8_tensor(r, "x", VALUES);
    r->dt = int8_tensor(r, "dt", VALUES);
    r->b = int8_tensor(r, "B", TOKENS * D_STATE);
    r->c = int8_tensor(r, "C", TOKENS * D_STATE);
    r->z = int8_tensor(r, "z", VALUES);
    r->layer.conv = (struct se_conv){.d_inner = D_INNER,
                                     .w = int8_tensor(r, "w", D_INNER * SE_CONV_WIDTH),
                                     .s_wx = scale_of(r, "s_w") * scale_of(r, "s_x"),
                                     .b = r->bias};
    r->layer.scan = (struct se_scan){.d_inner = D_INNER,
                                     .d_state = D_STATE,
                                     .A = r->A,
                                     .D = r->D,
                                     .dt_bias = r->dt_bias,
                                     .s_dt = scale_of(r, "s_dt"),
                                     .s_b = scale_of(r, "s_B"),
                                     .s_c = scale_of(r, "s_C"),
                                     .s_z = scale_of(r, "s_z"),
                                     .gate = true};
    int8_t history[HISTORY] = {0};
    se_conv_run(&r->layer.conv, history, TOKENS, r->x, r->y, NULL);
    return r;
}

void recorded_close(struct recorded *r) {
    se_safetensors_close(&r->file);
    free(r);
}

// ---- quantisers ---------------------------------------------------------------------------------

const struct se_format recorded_formats[SE_INPUT_MODES] = {
    [SE_INPUT_INT8] = {8, false, -128, -128},
    [SE_INPUT_INT8_PIECEWISE] = {8, false, -128, -128},
    [SE_INPUT_FP32] = {8, false, -128, -128},
    [SE_INPUT_FP32_SIM_INT8] = {8, false, -128, -128},
    [SE_INPUT_INT8_SE] = {8, true, -128, -128},
    [SE_INPUT_INT8_SE_UNIFORM] = {8, true, -128, -128},
    [SE_INPUT_INT4] = {4, false, -8, -8},
    [SE_INPUT_INT5] = {5, false, -16, -16},
    [SE_INPUT_INT5_OFFSET] = {5, false, -3, -3},
    [SE_INPUT_INT6_OFFSET] = {6, false, -5, -5},
    [SE_INPUT_W4A5_SE] = {4, true, -8, -8},
    [SE_INPUT_W4A5_SE_OFFSET] = {4, true, -4, 3},
    [SE_INPUT_W4A5_SE_PIECEWISE] = {4, true, -4, 3},
};

// The largest of every `step`th value, from `first` on, is the last level.
static struct se_quantizer cover(struct se_format format, const float *y, size_t first,
                                 size_t step) {
    const float ratio = format.dual ? 3.5f : 1;
    float largest = 0x1p-10f;
    struct se_quantizer q;
    struct se_error err = {""};
    for (size_t i = first; i < VALUES; i += step) {
        largest = fmaxf(largest, y[i]);
    }
    int last = format.base2 + (1 << format.code_bits) - 1;
    cr_assert_eq(se_quantizer_init(&q, format, largest / ((float)last * ratio), ratio, INFINITY,
                                   INFINITY, &err),
                 SE_OK, "%s", err.message);
    if (format.dual) {
        se_thresholds_least_error(&q);
    }
    return q;
}

void recorded_quantizers(const struct recorded *r, enum se_input_mode mode,
                         struct se_quantizer *q) {
    bool piecewise = se_input_is_piecewise(mode);
    for (size_t d = 0; d < (piecewise ? D_INNER : 1); d++) {
        q[d] = cover(recorded_formats[mode], r->y, d, piecewise ? D_INNER : 1);
    }
}

struct se_quantizer recorded_x_proj(const struct recorded *r) {
    return cover(se_format_signed(8, false), r->y, 0, 1);
}
