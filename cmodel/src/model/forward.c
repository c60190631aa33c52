// SPDX-License-Identifier: Apache-2.0
#include "derived.h"
#include "ends.h"
#include "steps.h"
#include "w4a5se/fp32.h"
#include "w4a5se/linear.h"
#include "workspace.h"

#include <string.h>

// Tokens that go through the layers together.
struct chunk {
    const struct se_model *model;
    struct se_model_state *state;
    const struct se_model_tap *tap;
    size_t tokens;
    size_t layer;
};

static void see(const struct chunk *k, enum se_model_point point, size_t rows, size_t columns,
                const float *values) {
    if (k->tap && k->tap->see) {
        k->tap->see(k->tap->context, point, k->layer, rows, columns, values);
    }
}

static void see_tokens(const struct chunk *k, enum se_model_point point, size_t columns,
                       const float *values) {
    see(k, point, k->tokens, columns, values);
}

// Columns [first, first + columns) of from[tokens][stride].
static void take_columns(const struct chunk *k, size_t stride, const float *from, size_t first,
                         size_t columns, float *to) {
    for (size_t t = 0; t < k->tokens; t++) {
        memcpy(to + t * columns, from + t * stride + first, columns * sizeof *to);
    }
}

// y = some rows of in_proj, from `first` on.
static void project_in(const struct chunk *k, size_t first, size_t rows, float *y) {
    const struct se_model_layer *layer = &k->model->layers[k->layer];
    size_t d_model = k->model->config.d_model;
    se_linear(k->tokens, d_model, rows, k->state->workspace->normed,
              layer->in_proj + first * d_model,
              layer->in_proj_bias ? layer->in_proj_bias + first : NULL, y);
}

// The normed input -> window (behind the history), z and, in Mamba-2, dt.
static void run_in_proj(const struct chunk *k) {
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    size_t channels = se_model_conv_channels(c);
    float *x = w->window + (SE_MODEL_TAPS - 1) * channels;
    if (c->kind == SE_MODEL_MAMBA1) {
        project_in(k, 0, c->d_inner, x);
        project_in(k, c->d_inner, c->d_inner, w->z);
    } else {
        project_in(k, 0, c->d_inner, w->z);
        project_in(k, c->d_inner, channels, x);
        project_in(k, c->d_inner + channels, c->heads, w->dt);
    }
    see_tokens(k, SE_POINT_X, channels, x);
    see_tokens(k, SE_POINT_Z, c->d_inner, w->z);
}

static void run_conv(const struct chunk *k) {
    const struct se_model_layer *layer = &k->model->layers[k->layer];
    struct se_model_workspace *w = k->state->workspace;
    size_t channels = se_model_conv_channels(&k->model->config);
    size_t kept = (SE_MODEL_TAPS - 1) * channels;
    float *history = k->state->history + k->layer * kept;
    memcpy(w->window, history, kept * sizeof *history);
    se_conv_float(k->tokens, channels, w->window, k->model->memory->derived[k->layer].taps,
                  layer->conv_b, w->activated);
    memcpy(history, w->window + k->tokens * channels, kept * sizeof *history);
    se_f32_silu_n(k->tokens * channels, w->activated, w->activated);
}

// u -> B, C and dt, without its bias.
static void run_x_proj(const struct chunk *k) {
    const struct se_model_layer *layer = &k->model->layers[k->layer];
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    size_t outputs = c->dt_rank + 2 * c->d_state;
    memcpy(w->u, w->activated, k->tokens * c->d_inner * sizeof *w->u);
    se_linear(k->tokens, c->d_inner, outputs, w->u, layer->x_proj, NULL, w->low);
    take_columns(k, outputs, w->low, 0, c->dt_rank, w->dt_low);
    take_columns(k, outputs, w->low, c->dt_rank, c->d_state, w->b);
    take_columns(k, outputs, w->low, c->dt_rank + c->d_state, c->d_state, w->c);
    se_linear(k->tokens, c->dt_rank, c->d_inner, w->dt_low, layer->dt_proj, NULL, w->dt);
    see_tokens(k, SE_POINT_DT_LOW, c->dt_rank, w->dt_low);
}

// The convolution's output is u, B and C.
static void split_activated(const struct chunk *k) {
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    size_t states = c->groups * c->d_state, channels = c->d_inner + 2 * states;
    take_columns(k, channels, w->activated, 0, c->d_inner, w->u);
    take_columns(k, channels, w->activated, c->d_inner, states, w->b);
    take_columns(k, channels, w->activated, c->d_inner + states, states, w->c);
}

// dt = softplus(dt + bias), within its limits.
static void activate_dt(const struct chunk *k, size_t columns, float *dt) {
    const struct se_model_config *c = &k->model->config;
    const float *bias = k->model->layers[k->layer].dt_bias;
    size_t n = k->tokens * columns;
    for (size_t t = 0; t < k->tokens; t++) {
        for (size_t i = 0; i < columns; i++) {
            dt[t * columns + i] += bias[i];
        }
    }
    se_f32_softplus_n(n, dt, dt);
    for (size_t i = 0; i < n && c->kind == SE_MODEL_MAMBA2; i++) {
        dt[i] = dt[i] < c->dt_min ? c->dt_min : dt[i] > c->dt_max ? c->dt_max : dt[i];
    }
}

static void scan_mamba1(const struct chunk *k, float *h) {
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    const float *A = k->model->memory->derived[k->layer].A, *D = k->model->layers[k->layer].D;
    size_t d_inner = c->d_inner, d_state = c->d_state;
    activate_dt(k, d_inner, w->dt);
    for (size_t t = 0; t < k->tokens; t++) {
        const float *u = w->u + t * d_inner, *dt = w->dt + t * d_inner;
        float *y = w->y + t * d_inner;
        for (size_t n = 0; n < d_state; n++) {
            for (size_t i = 0; i < d_inner; i++) {
                w->decay[n * d_inner + i] = dt[i] * A[n * d_inner + i];
            }
        }
        se_f32_exp_n(d_state * d_inner, w->decay, w->decay);
        for (size_t i = 0; i < d_inner; i++) {
            w->du[i] = dt[i] * u[i];
            y[i] = D[i] * u[i];
        }
        se_recur_float(d_state, d_inner, d_inner, 0, w->decay, w->du, w->b + t * d_state,
                       w->c + t * d_state, h, y);
    }
}

static void scan_mamba2(const struct chunk *k, float *h) {
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    const float *A = k->model->memory->derived[k->layer].A, *D = k->model->layers[k->layer].D;
    size_t d_inner = c->d_inner, part = d_inner / c->groups, states = c->groups * c->d_state;
    activate_dt(k, c->heads, w->dt);
    for (size_t t = 0; t < k->tokens; t++) {
        const float *u = w->u + t * d_inner, *dt = w->dt + t * c->heads;
        float *y = w->y + t * d_inner;
        for (size_t i = 0; i < d_inner; i++) {
            size_t head = i / c->headdim;
            w->decay[i] = dt[head] * A[head];
            w->du[i] = dt[head] * u[i];
            y[i] = D[head] * u[i];
        }
        se_f32_exp_n(d_inner, w->decay, w->decay);
        for (size_t g = 0; g < c->groups; g++) {
            size_t first = g * part, of_group = t * states + g * c->d_state;
            se_recur_float(c->d_state, part, d_inner, 1, w->decay + first, w->du + first,
                           w->b + of_group, w->c + of_group, h + first, y + first);
        }
    }
}

static void run_scan(const struct chunk *k) {
    const struct se_model_config *c = &k->model->config;
    struct se_model_workspace *w = k->state->workspace;
    bool first = c->kind == SE_MODEL_MAMBA1;
    size_t states = first ? c->d_state : c->groups * c->d_state;
    float *h = k->state->h + k->layer * c->d_state * c->d_inner;
    see_tokens(k, SE_POINT_DT, first ? c->d_inner : c->heads, w->dt);
    see_tokens(k, SE_POINT_B, states, w->b);
    see_tokens(k, SE_POINT_C, states, w->c);
    if (k->tap && k->tap->change_u) {
        k->tap->change_u(k->tap->context, k->layer, k->tokens, c->d_inner, w->u);
    }
    if (first) {
        scan_mamba1(k, h);
        se_silu_gate(k->tokens * c->d_inner, w->y, w->z, w->y);
    } else {
        scan_mamba2(k, h);
        se_gated_rms_norm(k->tokens, c->d_inner, c->groups, w->y, w->z,
                          k->model->layers[k->layer].gate_norm, c->norm_eps, w->y);
    }
    see_tokens(k, SE_POINT_Y, c->d_inner, w->y);
}

static void run_layer(const struct chunk *k) {
    const struct se_model_config *c = &k->model->config;
    const struct se_model_layer *layer = &k->model->layers[k->layer];
    struct se_model_workspace *w = k->state->workspace;
    se_rms_norm(k->tokens, c->d_model, w->residual, layer->norm, c->norm_eps, w->normed);
    see_tokens(k, SE_POINT_IN_PROJ, c->d_model, w->normed);
    run_in_proj(k);
    run_conv(k);
    if (c->kind == SE_MODEL_MAMBA1) {
        run_x_proj(k);
    } else {
        split_activated(k);
    }
    see_tokens(k, SE_POINT_U, c->d_inner, w->u);
    run_scan(k);
    se_linear(k->tokens, c->d_inner, c->d_model, w->y, layer->out_proj, layer->out_proj_bias,
              w->normed);
    for (size_t i = 0; i < k->tokens * c->d_model; i++) {
        w->residual[i] += w->normed[i];
    }
}

// ids[k->tokens] -> logits[last][vocab] of the last of them.
static void run_chunk(struct chunk *k, const uint32_t *ids, size_t last, float *logits) {
    const struct se_model *model = k->model;
    struct se_model_workspace *w = k->state->workspace;
    se_embed(model, k->tokens, ids, w->residual);
    for (k->layer = 0; k->layer < model->config.layers; k->layer++) {
        run_layer(k);
    }
    if (last > 0) {
        se_head(model, k->tokens, last, w->residual, w->normed, logits);
    }
}

static void see_states(struct chunk *k) {
    const struct se_model_config *c = &k->model->config;
    float *h = k->state->workspace->h;
    for (k->layer = 0; k->layer < c->layers; k->layer++) {
        const float *from = k->state->h + k->layer * c->d_state * c->d_inner;
        for (size_t i = 0; i < c->d_inner * c->d_state; i++) {
            h[i] = from[i % c->d_state * c->d_inner + i / c->d_state];
        }
        see(k, SE_POINT_H, c->d_inner, c->d_state, h);
    }
}

enum se_status se_model_forward(const struct se_model *model, struct se_model_state *state,
                                size_t tokens, const uint32_t *ids, size_t last, float *logits,
                                const struct se_model_tap *tap, struct se_error *err) {
    size_t vocab = model->config.vocab;
    struct chunk k = {.model = model, .state = state, .tap = tap};
    enum se_status status = se_ends_check(&model->config, tokens, ids, last, err);
    if (status) {
        return status;
    }
    for (size_t t = 0; t < tokens; t += k.tokens) {
        k.tokens = tokens - t < SE_CHUNK ? tokens - t : SE_CHUNK;
        size_t skipped = tokens - last > t ? tokens - last - t : 0;
        size_t wanted = skipped < k.tokens ? k.tokens - skipped : 0;
        run_chunk(&k, ids + t, wanted, logits);
        logits = wanted ? logits + wanted * vocab : logits;
    }
    if (tap && tap->see) {
        see_states(&k);
    }
    return SE_OK;
}
