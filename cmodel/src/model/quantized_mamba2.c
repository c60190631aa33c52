// SPDX-License-Identifier: Apache-2.0
#include "quantized_mamba2.h"

#include "w4a5se/linear.h"

// in_proj's rows in the order of the checkpoint, their scales and where their codes go.
enum { PARTS = 5 };
struct part {
    size_t rows;
    float scale;
    int8_t *codes;
};

static void parts_of(const struct se_model_config *c, const struct se_layer_scales *s,
                     const struct se_quantized_values *v, struct part parts[PARTS]) {
    size_t states = c->groups * c->d_state;
    parts[0] = (struct part){c->d_inner, s->points[SE_POINT_Z], v->z};
    parts[1] = (struct part){c->d_inner, s->points[SE_POINT_X], v->x};
    parts[2] = (struct part){states, s->mamba2->in_b, v->in_b};
    parts[3] = (struct part){states, s->mamba2->in_c, v->in_c};
    parts[4] = (struct part){c->heads, s->points[SE_POINT_DT], v->dt};
}

void se_mamba2_set_multipliers(const struct se_model_config *c, struct se_quantized_layer *l) {
    struct part parts[PARTS];
    parts_of(c, l->scales, &(struct se_quantized_values){0}, parts);
    for (size_t i = 0, first = 0; i < PARTS; first += parts[i++].rows) {
        se_quantized_linear_scale(&l->in_proj, first, parts[i].rows,
                                  l->scales->points[SE_POINT_IN_PROJ], parts[i].scale);
    }
}

void se_mamba2_in(const struct se_quantized_model *m, size_t layer, size_t tokens,
                  const struct se_quantized_values *v) {
    const struct se_quantized_layer *l = &m->layers[layer];
    struct part parts[PARTS];
    parts_of(&m->model->config, l->scales, v, parts);
    for (size_t i = 0, first = 0; i < PARTS; first += parts[i++].rows) {
        const struct se_quantized_linear rows =
            se_quantized_linear_rows(&l->in_proj, first, parts[i].rows);
        se_quantized_linear_i8(&rows, tokens, v->in, parts[i].codes);
    }
}

struct se_scan2 se_quantized_scan2(const struct se_quantized_model *m,
                                   const struct se_quantized_run *run, size_t layer) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    return (struct se_scan2){.groups = c->groups,
                             .heads = c->heads,
                             .headdim = c->headdim,
                             .d_state = c->d_state,
                             .A = l->A,
                             .D = l->D,
                             .dt_bias = l->dt_bias,
                             .s_dt = l->scales->points[SE_POINT_DT],
                             .s_b = l->scales->mamba2->b,
                             .s_c = l->scales->mamba2->c,
                             .state_mode = run->state_mode,
                             .s_h = l->s_h};
}

enum se_status se_mamba2_check(const struct se_quantized_model *m,
                               const struct se_quantized_run *run, size_t index,
                               const struct se_layer *layer, struct se_error *err) {
    const struct se_scan2 scan = se_quantized_scan2(m, run, index);
    enum se_status status = se_input_check(&layer->input, layer->conv.d_inner, err);
    return status ? status : se_scan2_check(&scan, err);
}

// Each group's with its scale, half away from zero, as the convolution's output is.
static void quantize_groups(const struct se_model_config *c, const float *scales, size_t tokens,
                            const float *values, int8_t *codes) {
    for (size_t i = 0; i < tokens * c->groups; i++) {
        se_i8_activations(SE_ROUND_AWAY, c->d_state, values + i * c->d_state,
                          1 / scales[i % c->groups], codes + i * c->d_state);
    }
}

void se_mamba2_conv(const struct se_quantized_model *m, size_t layer, int8_t *history,
                    size_t tokens, const struct se_quantized_values *v) {
    const struct se_model_config *c = &m->model->config;
    const struct se_quantized_layer *l = &m->layers[layer];
    const struct se_mamba2_scales *s = l->scales->mamba2;
    const size_t states = c->groups * c->d_state;
    const struct {
        float s_wx;
        const int8_t *x;
        const float *scales;
        int8_t *codes;
    } parts[] = {{l->s_wb, v->in_b, s->b, v->b}, {l->s_wc, v->in_c, s->c, v->c}};
    for (size_t i = 0; i < 2; i++) {
        size_t first = c->d_inner + i * states;
        const struct se_conv conv = {.d_inner = states,
                                     .w = l->conv_w + first * SE_CONV_WIDTH,
                                     .s_wx = parts[i].s_wx,
                                     .b = l->conv_b + first};
        se_conv_run_fast(&conv, history + first * SE_CONV_HISTORY, tokens, parts[i].x,
                         v->activated);
        quantize_groups(c, parts[i].scales, tokens, v->activated, parts[i].codes);
    }
}

void se_mamba2_norm(const struct se_quantized_model *m, size_t layer, size_t tokens,
                    const struct se_quantized_values *v) {
    const struct se_model_config *c = &m->model->config;
    const float s_z = m->layers[layer].scales->points[SE_POINT_Z];
    for (size_t i = 0; i < tokens * c->d_inner; i++) {
        v->gate[i] = s_z * (float)v->z[i];
    }
    se_gated_rms_norm(tokens, c->d_inner, c->groups, v->turned, v->gate,
                      m->model->layers[layer].gate_norm, c->norm_eps, v->turned);
}
