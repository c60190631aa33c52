// SPDX-License-Identifier: Apache-2.0
#include "workspace.h"

#include <stdlib.h>
#include <string.h>

static size_t history_size(const struct se_model_config *c) {
    return c->layers * (SE_MODEL_TAPS - 1) * se_model_conv_channels(c);
}

static size_t h_size(const struct se_model_config *c) {
    return c->layers * c->d_state * c->d_inner;
}

// Sets every buffer of *w into `memory`; how many floats they take. `memory` may be NULL.
static size_t lay_out(const struct se_model_config *c, struct se_model_workspace *w,
                      float *memory) {
    size_t states = c->kind == SE_MODEL_MAMBA1 ? c->d_state : c->groups * c->d_state;
    size_t rows = SE_CHUNK, channels = se_model_conv_channels(c), used = 0;
    const struct {
        float **buffer;
        size_t size;
    } parts[] = {
        {&w->residual, rows * c->d_model},
        {&w->normed, rows * c->d_model},
        {&w->window, (SE_MODEL_TAPS - 1 + rows) * channels},
        {&w->z, rows * c->d_inner},
        {&w->activated, rows * channels},
        {&w->u, rows * c->d_inner},
        {&w->low, rows * (c->dt_rank + 2 * c->d_state)},
        {&w->dt_low, rows * c->dt_rank},
        {&w->dt, rows * c->d_inner},
        {&w->b, rows * states},
        {&w->c, rows * states},
        {&w->y, rows * c->d_inner},
        {&w->decay, c->d_state * c->d_inner},
        {&w->du, c->d_inner},
        {&w->h, c->d_state * c->d_inner},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].buffer = memory ? memory + used : NULL;
        used += (parts[i].size + 15) / 16 * 16;
    }
    return used;
}

enum se_status se_model_state_alloc(const struct se_model *model, struct se_model_state *state,
                                    struct se_error *err) {
    const struct se_model_config *c = &model->config;
    struct se_model_workspace w;
    *state = (struct se_model_state){
        .history = calloc(history_size(c), sizeof(float)),
        .h = calloc(h_size(c), sizeof(float)),
        .workspace = calloc(1, sizeof w + lay_out(c, &w, NULL) * sizeof(float)),
    };
    if (!state->history || !state->h || !state->workspace) {
        se_model_state_free(state);
        return se_fail(err, SE_NO_MEMORY, "not enough memory for the model's state");
    }
    lay_out(c, state->workspace, state->workspace->memory);
    return SE_OK;
}

void se_model_state_reset(const struct se_model *model, struct se_model_state *state) {
    memset(state->history, 0, history_size(&model->config) * sizeof *state->history);
    memset(state->h, 0, h_size(&model->config) * sizeof *state->h);
}

void se_model_state_free(struct se_model_state *state) {
    free(state->history);
    free(state->h);
    free(state->workspace);
    *state = (struct se_model_state){0};
}
