// SPDX-License-Identifier: Apache-2.0
// From a float model and its static scales to what the chip holds.
#include "w4a5se/quantized_model.h"

#include "quantized_mamba2.h"
#include "w4a5se/fp32.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const se_y_format_names[] = {"fp16", "int8", "code", NULL};

static enum se_status check_layer(const struct se_model *model, size_t l, bool rotated,
                                  const struct se_layer_scales *scales, struct se_error *err) {
    if (model->layers[l].in_proj_bias) {
        return se_fail(err, SE_INVALID, "a quantised in_proj has no bias");
    }
    for (size_t p = 0; p < SE_POINT_COUNT; p++) {
        float s = scales->points[p];
        if (!se_is_scale(s)) {
            return se_fail(err, SE_INVALID, "the scale of %s is %g", se_model_point_names[p],
                           (double)s);
        }
    }
    if (rotated && !se_is_scale(scales->rotated)) {
        return se_fail(err, SE_INVALID,
                       "the calibration has no scale of y after the Hadamard transform");
    }
    enum se_status status = se_mamba2_scales_fit(scales->mamba2, &model->config, err);
    return status || !scales->mamba2 ? status : se_mamba2_scales_check(scales->mamba2, err);
}

static enum se_status check(const struct se_model *model, bool rotated,
                            const struct se_layer_scales *scales, struct se_error *err) {
    const struct se_model_config *c = &model->config;
    enum se_status status = SE_OK;
    if (c->kind == SE_MODEL_MAMBA2 && (c->dt_min > 0 || c->dt_max < INFINITY)) {
        return se_fail(err, SE_INVALID,
                       "the chip's scan of Mamba-2 has no limits of dt, the model has %g to %g",
                       (double)c->dt_min, (double)c->dt_max);
    }
    for (size_t l = 0; l < c->layers && !status; l++) {
        struct se_error cause;
        status = check_layer(model, l, rotated, &scales[l], &cause);
        if (status) {
            se_fail(err, status, "layer %zu: %s", l, cause.message);
        }
    }
    return status;
}

// Elements of A, and of D and dt_bias.
static size_t decays(const struct se_model_config *c) {
    return c->kind == SE_MODEL_MAMBA1 ? c->d_inner * c->d_state : c->heads;
}

static size_t biases(const struct se_model_config *c) {
    return c->kind == SE_MODEL_MAMBA1 ? c->d_inner : c->heads;
}

static enum se_status allocate(const struct se_model_config *c, struct se_quantized_layer *layer,
                               struct se_error *err) {
    layer->out_weights = malloc(c->d_model * c->d_inner * sizeof(float));
    layer->conv_w = malloc(se_model_conv_channels(c) * SE_CONV_WIDTH);
    layer->conv_b = calloc(se_model_conv_channels(c), sizeof(float));
    layer->A = malloc(decays(c) * sizeof(float));
    layer->D = malloc(biases(c) * sizeof(float));
    layer->dt_bias = malloc(biases(c) * sizeof(float));
    layer->s_h = malloc(c->d_inner * c->d_state * sizeof(float));
    bool complete = layer->out_weights && layer->conv_w && layer->conv_b && layer->A && layer->D &&
                    layer->dt_bias && layer->s_h;
    return complete ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for a layer's parameters");
}

// values[n] = fl(s * q) of INT8 parameters.
static enum se_status store_i8(const char *name, size_t n, const float *parameters, float *values,
                               struct se_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(parameters[i])) {
            return se_fail(err, SE_INVALID, "%s[%zu] is %g", name, i, (double)parameters[i]);
        }
    }
    float s = se_i8_absmax(n, parameters) / 127;
    for (size_t i = 0; i < n; i++) {
        int8_t q;
        se_i8_parameters(1, &parameters[i], s, &q);
        values[i] = s * (float)q;
    }
    return SE_OK;
}

// Channels [first, first + n) of the convolution, whose weights and biases have scales of their
// own. s_wx = fl(s_w * s_x).
static enum se_status store_conv(const struct se_model_layer *from, size_t first, size_t n,
                                 float s_x, struct se_quantized_layer *to, float *s_wx,
                                 struct se_error *err) {
    const float *w = from->conv_w + first * SE_CONV_WIDTH;
    float s_w = se_i8_absmax(n * SE_CONV_WIDTH, w) / 127;
    se_i8_parameters(n * SE_CONV_WIDTH, w, s_w, to->conv_w + first * SE_CONV_WIDTH);
    *s_wx = s_w * s_x;
    return from->conv_b ? store_i8("the convolution's bias", n, from->conv_b + first,
                                   to->conv_b + first, err)
                        : SE_OK;
}

static enum se_status store_convs(const struct se_model_config *c,
                                  const struct se_model_layer *from, struct se_quantized_layer *to,
                                  struct se_error *err) {
    const struct se_mamba2_scales *s = to->scales->mamba2;
    size_t n = c->groups * c->d_state;
    enum se_status status =
        store_conv(from, 0, c->d_inner, to->scales->points[SE_POINT_X], to, &to->s_wx, err);
    if (s && !status) {
        status = store_conv(from, c->d_inner, n, s->in_b, to, &to->s_wb, err);
    }
    if (s && !status) {
        status = store_conv(from, c->d_inner + n, n, s->in_c, to, &to->s_wc, err);
    }
    return status;
}

static enum se_status store_datapath(const struct se_model_config *c,
                                     const struct se_model_layer *from,
                                     struct se_quantized_layer *to, struct se_error *err) {
    enum se_status status = store_i8("A_log", decays(c), from->A_log, to->A, err);
    status = status ? status : store_i8("D", biases(c), from->D, to->D, err);
    status = status ? status : store_i8("dt_bias", biases(c), from->dt_bias, to->dt_bias, err);
    status = status ? status : store_convs(c, from, to, err);
    if (status) {
        return status;
    }
    se_f32_exp_n(decays(c), to->A, to->A);
    for (size_t i = 0; i < decays(c); i++) {
        to->A[i] = -to->A[i];
    }
    if (to->scales->mamba2) {
        se_mamba2_state_expand(to->scales->mamba2, to->s_h);
    }
    return SE_OK;
}

static enum se_status store_out(const struct se_quantized_model *m, const struct se_model_layer *l,
                                struct se_quantized_layer *to, struct se_error *err) {
    const struct se_model_config *c = &m->model->config;
    size_t n = c->d_model * c->d_inner;
    memcpy(to->out_weights, l->out_proj, n * sizeof *l->out_proj);
    if (m->rotated) {
        se_hadamard_run(&m->hadamard, c->d_model, to->out_weights);
    }
    enum se_status status = se_quantized_linear_init(&to->out_proj, m->weight_bits, c->d_model,
                                                     c->d_inner, to->out_weights, err);
    for (size_t i = 0; i < n && !status; i++) {
        to->out_weights[i] = to->out_proj.s_w[i / c->d_inner] * (float)to->out_proj.w[i];
    }
    return status;
}

static enum se_status store_linears(const struct se_quantized_model *m,
                                    const struct se_model_layer *l, struct se_quantized_layer *to,
                                    struct se_error *err) {
    const struct se_model_config *c = &m->model->config;
    enum se_status status = se_quantized_linear_init(
        &to->in_proj, m->weight_bits, se_model_in_rows(c), c->d_model, l->in_proj, err);
    bool first = c->kind == SE_MODEL_MAMBA1;
    if (first && !status) {
        status = se_quantized_linear_init(&to->x_proj, m->weight_bits, c->dt_rank + 2 * c->d_state,
                                          c->d_inner, l->x_proj, err);
    }
    if (first && !status) {
        status = se_quantized_linear_init(&to->dt_proj, 8, c->d_inner, c->dt_rank, l->dt_proj, err);
    }
    return status ? status : store_out(m, l, to, err);
}

static void set_multipliers_mamba1(const struct se_model_config *c, struct se_quantized_layer *l) {
    const float *s = l->scales->points;
    se_quantized_linear_scale(&l->in_proj, 0, c->d_inner, s[SE_POINT_IN_PROJ], s[SE_POINT_X]);
    se_quantized_linear_scale(&l->in_proj, c->d_inner, c->d_inner, s[SE_POINT_IN_PROJ],
                              s[SE_POINT_Z]);
    se_quantized_linear_scale(&l->x_proj, 0, c->dt_rank, s[SE_POINT_U], s[SE_POINT_DT_LOW]);
    se_quantized_linear_scale(&l->x_proj, c->dt_rank, c->d_state, s[SE_POINT_U], s[SE_POINT_B]);
    se_quantized_linear_scale(&l->x_proj, c->dt_rank + c->d_state, c->d_state, s[SE_POINT_U],
                              s[SE_POINT_C]);
    se_quantized_linear_scale(&l->dt_proj, 0, c->d_inner, s[SE_POINT_DT_LOW], s[SE_POINT_DT]);
}

static void set_multipliers(const struct se_quantized_model *m, struct se_quantized_layer *l) {
    const struct se_model_config *c = &m->model->config;
    if (c->kind == SE_MODEL_MAMBA1) {
        set_multipliers_mamba1(c, l);
    } else {
        se_mamba2_set_multipliers(c, l);
    }
    se_quantized_linear_scale(&l->out_proj, 0, c->d_model,
                              m->rotated ? l->scales->rotated : l->scales->points[SE_POINT_Y], 1);
}

static enum se_status store_layer(struct se_quantized_model *m, size_t index,
                                  const struct se_layer_scales *scales, struct se_error *err) {
    struct se_quantized_layer *layer = &m->layers[index];
    const struct se_model_layer *from = &m->model->layers[index];
    layer->scales = scales;
    enum se_status status = allocate(&m->model->config, layer, err);
    status = status ? status : store_datapath(&m->model->config, from, layer, err);
    status = status ? status : store_linears(m, from, layer, err);
    if (!status) {
        set_multipliers(m, layer);
        status = se_quantizer_init(&layer->x_proj_input, se_format_signed(8, false),
                                   scales->points[SE_POINT_U], 1, INFINITY, INFINITY, err);
    }
    return status;
}

enum se_status se_quantized_model_init(struct se_quantized_model *quantized,
                                       const struct se_model *model, int weight_bits, bool rotated,
                                       const struct se_layer_scales *scales, struct se_error *err) {
    struct se_quantized_model m = {.model = model, .weight_bits = weight_bits, .rotated = rotated};
    struct se_error cause;
    enum se_status status =
        rotated ? se_hadamard_init(&m.hadamard, model->config.d_inner, err) : SE_OK;
    status = status ? status : check(model, rotated, scales, err);
    if (!status && !(m.layers = calloc(model->config.layers, sizeof *m.layers))) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", model->config.layers);
    }
    for (size_t l = 0; l < model->config.layers && !status; l++) {
        status = store_layer(&m, l, &scales[l], &cause);
        if (status) {
            se_fail(err, status, "layer %zu: %s", l, cause.message);
        }
    }
    if (status) {
        se_quantized_model_free(&m);
        return status;
    }
    *quantized = m;
    return SE_OK;
}

void se_quantized_model_free(struct se_quantized_model *m) {
    for (size_t l = 0; m->layers && l < m->model->config.layers; l++) {
        struct se_quantized_layer *layer = &m->layers[l];
        se_quantized_linear_free(&layer->in_proj);
        se_quantized_linear_free(&layer->x_proj);
        se_quantized_linear_free(&layer->dt_proj);
        se_quantized_linear_free(&layer->out_proj);
        free(layer->out_weights);
        free(layer->conv_w);
        free(layer->conv_b);
        free(layer->A);
        free(layer->D);
        free(layer->dt_bias);
        free(layer->s_h);
    }
    free(m->layers);
    se_hadamard_free(&m->hadamard);
    *m = (struct se_quantized_model){0};
}
