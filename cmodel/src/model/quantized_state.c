// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantized_model.h"

#include <stdlib.h>
#include <string.h>

static size_t samples(const struct se_model *model) {
    return model->config.layers * se_model_conv_channels(&model->config) * SE_CONV_HISTORY;
}

static size_t states(const struct se_model *model) {
    return model->config.layers * model->config.d_inner * model->config.d_state;
}

enum se_status se_quantized_state_alloc(const struct se_model *model,
                                        struct se_quantized_state *state, struct se_error *err) {
    *state = (struct se_quantized_state){
        .history = calloc(samples(model), 1),
        .h = calloc(states(model), sizeof(float)),
    };
    if (!state->history || !state->h) {
        se_quantized_state_free(state);
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu states", states(model));
    }
    return SE_OK;
}

void se_quantized_state_reset(const struct se_model *model, struct se_quantized_state *state) {
    memset(state->history, 0, samples(model));
    memset(state->h, 0, states(model) * sizeof(float));
}

void se_quantized_state_free(struct se_quantized_state *state) {
    free(state->history);
    free(state->h);
    *state = (struct se_quantized_state){0};
}

// The next n elements of `size` bytes, or NULL while there is no memory; *used counts bytes.
static void *take(char *memory, size_t *used, size_t columns, size_t size) {
    void *place = memory ? memory + *used : NULL;
    *used += (SE_QUANTIZED_TOKENS * columns * size + 63) / 64 * 64;
    return place;
}

static size_t lay_out(const struct se_model_config *c, struct se_quantized_values *v,
                      char *memory) {
    bool second = c->kind == SE_MODEL_MAMBA2;
    size_t used = 0, states = second ? c->groups * c->d_state : c->d_state;
    v->residual = take(memory, &used, c->d_model, sizeof(float));
    v->out = take(memory, &used, c->d_model, sizeof(float));
    v->front.y = take(memory, &used, c->d_inner, sizeof(float));
    v->front.u = take(memory, &used, c->d_inner, sizeof(float));
    v->activated = take(memory, &used, second ? states : 0, sizeof(float));
    v->gate = take(memory, &used, second ? c->d_inner : 0, sizeof(float));
    v->turned = take(memory, &used, c->d_inner, sizeof(float));
    v->front.codes = take(memory, &used, c->d_inner, sizeof(uint16_t));
    v->y = take(memory, &used, c->d_inner, sizeof(uint16_t));
    v->turned16 = take(memory, &used, c->d_inner, sizeof(uint16_t));
    v->in = take(memory, &used, c->d_model, 1);
    v->x = take(memory, &used, c->d_inner, 1);
    v->z = take(memory, &used, c->d_inner, 1);
    v->front.x_proj = take(memory, &used, c->d_inner, 1);
    v->dt_low = take(memory, &used, c->dt_rank, 1);
    v->dt = take(memory, &used, second ? c->heads : c->d_inner, 1);
    v->in_b = take(memory, &used, second ? states : 0, 1);
    v->in_c = take(memory, &used, second ? states : 0, 1);
    v->b = take(memory, &used, states, 1);
    v->c = take(memory, &used, states, 1);
    v->y8 = take(memory, &used, c->d_inner, 1);
    return used;
}

enum se_status se_quantized_values_alloc(const struct se_model *model,
                                         struct se_quantized_values *values, struct se_error *err) {
    size_t bytes = lay_out(&model->config, values, NULL);
    void *memory = malloc(bytes);
    if (!memory) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu bytes of activations", bytes);
    }
    lay_out(&model->config, values, memory);
    values->memory = memory;
    return SE_OK;
}

void se_quantized_values_free(struct se_quantized_values *values) {
    free(values->memory);
    *values = (struct se_quantized_values){0};
}
