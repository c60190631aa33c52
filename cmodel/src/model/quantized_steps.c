// SPDX-License-Identifier: Apache-2.0
#include "quantized_mamba2.h"
#include "w4a5se/dtype.h"
#include "w4a5se/fp32_batch.h"
#include "w4a5se/int8.h"
#include "w4a5se/linear.h"
#include "w4a5se/quantized_model.h"

static bool is_mamba2(const struct se_quantized_model *m) {
    return m->model->config.kind == SE_MODEL_MAMBA2;
}

// How y becomes a code.
static struct se_input y_code(const struct se_quantized_model *m, size_t layer) {
    const struct se_layer_scales *scales = m->layers[layer].scales;
    return (struct se_input){.mode = SE_INPUT_W4A5_SE,
                             .quantizers = m->rotated ? &scales->rotated_code : &scales->y_code};
}

static enum se_status check_y(const struct se_quantized_model *m,
                              const struct se_quantized_run *run, size_t layer,
                              struct se_error *err) {
    const struct se_input code = y_code(m, layer);
    struct se_error cause;
    enum se_status status = SE_OK;
    if (run->y == SE_Y_CODE) {
        status = se_input_check(&code, m->model->config.d_inner, &cause);
    }
    return status ? se_fail(err, status, "the code of y: %s", cause.message) : SE_OK;
}

enum se_status se_quantized_run_check(const struct se_quantized_model *m,
                                      const struct se_quantized_run *run, struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t l = 0; l < m->model->config.layers && !status; l++) {
        struct se_layer layer = se_quantized_datapath(m, run, l);
        struct se_error cause;
        status = is_mamba2(m) ? se_mamba2_check(m, run, l, &layer, &cause)
                              : se_layer_check(&layer, &cause);
        status = status ? status : check_y(m, run, l, &cause);
        if (status) {
            se_fail(err, status, "layer %zu: %s", l, cause.message);
        }
    }
    return status;
}

struct se_layer se_quantized_datapath(const struct se_quantized_model *m,
                                      const struct se_quantized_run *run, size_t layer) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    const float *s = l->scales->points;
    struct se_input input = run->inputs[layer];
    const struct se_conv conv = {
        .d_inner = c->d_inner, .w = l->conv_w, .s_wx = l->s_wx, .b = l->conv_b};
    input.x_proj = is_mamba2(m) ? NULL : &l->x_proj_input;
    if (is_mamba2(m)) {
        return (struct se_layer){.conv = conv, .input = input};
    }
    return (struct se_layer){.conv = conv,
                             .input = input,
                             .scan = {.d_inner = c->d_inner,
                                      .d_state = c->d_state,
                                      .A = l->A,
                                      .D = l->D,
                                      .dt_bias = l->dt_bias,
                                      .s_dt = s[SE_POINT_DT],
                                      .s_b = s[SE_POINT_B],
                                      .s_c = s[SE_POINT_C],
                                      .s_z = s[SE_POINT_Z],
                                      .gate = true,
                                      .state_mode = run->state_mode,
                                      .s_h = s[SE_POINT_H]}};
}

void se_quantized_in(const struct se_quantized_model *m, size_t layer, size_t tokens,
                     const struct se_quantized_values *v) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    se_rms_norm(tokens, c->d_model, v->residual, m->model->layers[layer].norm, c->norm_eps, v->out);
    se_i8_activations(SE_ROUND_EVEN, tokens * c->d_model, v->out,
                      1 / l->scales->points[SE_POINT_IN_PROJ], v->in);
    if (is_mamba2(m)) {
        se_mamba2_in(m, layer, tokens, v);
        return;
    }
    const struct se_quantized_linear x = se_quantized_linear_rows(&l->in_proj, 0, c->d_inner);
    const struct se_quantized_linear z =
        se_quantized_linear_rows(&l->in_proj, c->d_inner, c->d_inner);
    se_quantized_linear_i8(&x, tokens, v->in, v->x);
    se_quantized_linear_i8(&z, tokens, v->in, v->z);
}

void se_quantized_conv(const struct se_quantized_model *m, const struct se_quantized_run *run,
                       size_t layer, int8_t *history, size_t tokens,
                       const struct se_quantized_values *v) {
    struct se_layer l = se_quantized_datapath(m, run, layer);
    se_conv_run_fast(&l.conv, history, tokens, v->x, v->front.y);
    se_input_run_fast(&l.input, l.conv.d_inner, tokens, v->front.y, v->front.codes, v->front.u,
                      is_mamba2(m) ? NULL : v->front.x_proj);
    if (is_mamba2(m)) {
        se_mamba2_conv(m, layer, history, tokens, v);
    }
}

void se_quantized_x_proj(const struct se_quantized_model *m, size_t layer, size_t tokens,
                         const struct se_quantized_values *v) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    if (is_mamba2(m)) {
        return;
    }
    const struct se_quantized_linear parts[] = {
        se_quantized_linear_rows(&l->x_proj, 0, c->dt_rank),
        se_quantized_linear_rows(&l->x_proj, c->dt_rank, c->d_state),
        se_quantized_linear_rows(&l->x_proj, c->dt_rank + c->d_state, c->d_state)};
    se_quantized_linear_i8(&parts[0], tokens, v->front.x_proj, v->dt_low);
    se_quantized_linear_i8(&parts[1], tokens, v->front.x_proj, v->b);
    se_quantized_linear_i8(&parts[2], tokens, v->front.x_proj, v->c);
    se_quantized_linear_i8(&l->dt_proj, tokens, v->dt_low, v->dt);
}

void se_quantized_scan(const struct se_quantized_model *m, const struct se_quantized_run *run,
                       size_t layer, float *h, bool last, size_t tokens,
                       const struct se_quantized_values *v) {
    struct se_quantized_run now = *run;
    if (now.state_mode == SE_STATE_INT8_FINAL && !last) {
        now.state_mode = SE_STATE_FP32;
    }
    if (is_mamba2(m)) {
        const struct se_scan2 scan = se_quantized_scan2(m, &now, layer);
        se_scan2_run_fast(&scan, h, tokens, v->front.u, v->dt, v->b, v->c, v->y);
    } else {
        const struct se_layer l = se_quantized_datapath(m, &now, layer);
        se_scan_run_fast(&l.scan, h, tokens, v->front.u, v->dt, v->b, v->c, v->z, v->y);
    }
}

// y as out_proj takes it, in float32.
static void turn(const struct se_quantized_model *m, const struct se_quantized_run *run,
                 size_t layer, size_t tokens, const struct se_quantized_values *v) {
    size_t d_inner = m->model->config.d_inner, n = tokens * d_inner;
    se_dtype_to_f32(SE_DTYPE_F16, n, v->y, v->turned);
    if (is_mamba2(m)) {
        se_mamba2_norm(m, layer, tokens, v);
    }
    if (m->rotated) {
        se_hadamard_run(&m->hadamard, tokens, v->turned);
    }
    if ((m->rotated || is_mamba2(m)) && run->y == SE_Y_FP16) {
        se_f32_to_f16_n(n, v->turned, v->turned16);
        se_dtype_to_f32(SE_DTYPE_F16, n, v->turned16, v->turned);
    }
    if (run->y == SE_Y_CODE) {
        const struct se_input code = y_code(m, layer);
        se_input_run_fast(&code, d_inner, tokens, v->turned, NULL, v->turned, NULL);
    }
}

void se_quantized_out(const struct se_quantized_model *m, const struct se_quantized_run *run,
                      size_t layer, size_t tokens, const struct se_quantized_values *v) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    const float *bias = m->model->layers[layer].out_proj_bias;
    turn(m, run, layer, tokens, v);
    if (run->y == SE_Y_INT8) {
        float s_y = m->rotated ? l->scales->rotated : l->scales->points[SE_POINT_Y];
        se_i8_activations(run->y_rounding, tokens * c->d_inner, v->turned, 1 / s_y, v->y8);
        se_quantized_linear_f32(&l->out_proj, tokens, v->y8, bias, v->out);
    } else {
        se_linear(tokens, c->d_inner, c->d_model, v->turned, l->out_weights, bias, v->out);
    }
    se_f32_add_n(tokens * c->d_model, v->residual, v->out, v->residual);
}
