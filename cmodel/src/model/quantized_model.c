// SPDX-License-Identifier: Apache-2.0
// From a float model and its static scales to what the chip holds.
#include "w4a5se/quantized_model.h"

#include "w4a5se/fp32.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const se_y_format_names[] = {"fp16", "int8", "code", NULL};

static enum se_status check(const struct se_model *model, const struct se_layer_scales *scales,
                            struct se_error *err) {
    if (model->config.kind != SE_MODEL_MAMBA1) {
        return se_fail(err, SE_INVALID, "the chip's scheme is for Mamba-1; this is Mamba-2");
    }
    for (size_t l = 0; l < model->config.layers; l++) {
        if (model->layers[l].in_proj_bias) {
            return se_fail(err, SE_INVALID, "layer %zu: a quantised in_proj has no bias", l);
        }
        for (size_t p = 0; p < SE_POINT_COUNT; p++) {
            float s = scales[l].points[p];
            if (!isfinite(s) || s <= 0 || !isfinite(1 / s)) {
                return se_fail(err, SE_INVALID, "layer %zu: the scale of %s is %g", l,
                               se_model_point_names[p], (double)s);
            }
        }
    }
    return SE_OK;
}

static enum se_status allocate(const struct se_model_config *c, struct se_quantized_layer *layer,
                               struct se_error *err) {
    layer->out_weights = malloc(c->d_model * c->d_inner * sizeof(float));
    layer->conv_w = malloc(c->d_inner * SE_CONV_WIDTH);
    layer->conv_b = calloc(c->d_inner, sizeof(float));
    layer->A = malloc(c->d_inner * c->d_state * sizeof(float));
    layer->D = malloc(c->d_inner * sizeof(float));
    layer->dt_bias = malloc(c->d_inner * sizeof(float));
    bool complete = layer->out_weights && layer->conv_w && layer->conv_b && layer->A && layer->D &&
                    layer->dt_bias;
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

static enum se_status store_datapath(const struct se_model_config *c,
                                     const struct se_model_layer *from,
                                     struct se_quantized_layer *to, struct se_error *err) {
    size_t taps = c->d_inner * SE_CONV_WIDTH, states = c->d_inner * c->d_state;
    enum se_status status = store_i8("A_log", states, from->A_log, to->A, err);
    status = status ? status : store_i8("D", c->d_inner, from->D, to->D, err);
    status = status ? status : store_i8("dt_bias", c->d_inner, from->dt_bias, to->dt_bias, err);
    if (!status && from->conv_b) {
        status = store_i8("the convolution's bias", c->d_inner, from->conv_b, to->conv_b, err);
    }
    if (status) {
        return status;
    }
    se_f32_exp_n(states, to->A, to->A);
    for (size_t i = 0; i < states; i++) {
        to->A[i] = -to->A[i];
    }
    float s_w = se_i8_absmax(taps, from->conv_w) / 127;
    se_i8_parameters(taps, from->conv_w, s_w, to->conv_w);
    to->s_wx = s_w * to->scales->points[SE_POINT_X];
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
    enum se_status status = se_quantized_linear_init(&to->in_proj, m->weight_bits, 2 * c->d_inner,
                                                     c->d_model, l->in_proj, err);
    if (!status) {
        status = se_quantized_linear_init(&to->x_proj, m->weight_bits, c->dt_rank + 2 * c->d_state,
                                          c->d_inner, l->x_proj, err);
    }
    if (!status) {
        status = se_quantized_linear_init(&to->dt_proj, 8, c->d_inner, c->dt_rank, l->dt_proj, err);
    }
    return status ? status : store_out(m, l, to, err);
}

static void set_multipliers(const struct se_quantized_model *m, struct se_quantized_layer *l) {
    const struct se_model_config *c = &m->model->config;
    const float *s = l->scales->points;
    se_quantized_linear_scale(&l->in_proj, 0, c->d_inner, s[SE_POINT_IN_PROJ], s[SE_POINT_X]);
    se_quantized_linear_scale(&l->in_proj, c->d_inner, c->d_inner, s[SE_POINT_IN_PROJ],
                              s[SE_POINT_Z]);
    se_quantized_linear_scale(&l->x_proj, 0, c->dt_rank, s[SE_POINT_U], s[SE_POINT_DT_LOW]);
    se_quantized_linear_scale(&l->x_proj, c->dt_rank, c->d_state, s[SE_POINT_U], s[SE_POINT_B]);
    se_quantized_linear_scale(&l->x_proj, c->dt_rank + c->d_state, c->d_state, s[SE_POINT_U],
                              s[SE_POINT_C]);
    se_quantized_linear_scale(&l->dt_proj, 0, c->d_inner, s[SE_POINT_DT_LOW], s[SE_POINT_DT]);
    se_quantized_linear_scale(&l->out_proj, 0, c->d_model,
                              m->rotated ? l->scales->rotated : s[SE_POINT_Y], 1);
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
    enum se_status status = check(model, scales, err);
    if (!status && rotated) {
        status = se_hadamard_init(&m.hadamard, model->config.d_inner, err);
    }
    if (status) {
        return status;
    }
    m.layers = calloc(model->config.layers, sizeof *m.layers);
    if (!m.layers) {
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
    }
    free(m->layers);
    se_hadamard_free(&m->hadamard);
    *m = (struct se_quantized_model){0};
}
