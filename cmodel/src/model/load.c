// SPDX-License-Identifier: Apache-2.0
// Names of tensors: MambaForCausalLM and Mamba2ForCausalLM of Hugging Face, and
// MambaLMHeadModel of the original code, which differs in the embedding's.
#include "checkpoint.h"
#include "config.h"
#include "derived.h"
#include "w4a5se/fp32.h"
#include "w4a5se/model.h"

#include <stdio.h>
#include <stdlib.h>

size_t se_model_conv_channels(const struct se_model_config *config) {
    return config->d_inner +
           (config->kind == SE_MODEL_MAMBA2 ? 2 * config->groups * config->d_state : 0);
}

size_t se_model_in_rows(const struct se_model_config *config) {
    return config->d_inner + se_model_conv_channels(config) +
           (config->kind == SE_MODEL_MAMBA2 ? config->heads : 0);
}

// A checkpoint that is being read; after a failure nothing more is.
struct loader {
    struct se_checkpoint *checkpoint;
    size_t layer;
    struct se_error *err;
    enum se_status status;
};

static const float *take_shaped(struct loader *l, const char *name, size_t ndim,
                                const size_t *shape) {
    const float *values = NULL;
    if (!l->status) {
        l->status = se_checkpoint_take(l->checkpoint, name, ndim, shape, &values, l->err);
    }
    return values;
}

static const float *take_matrix(struct loader *l, const char *name, size_t rows, size_t columns) {
    return take_shaped(l, name, 2, (size_t[]){rows, columns});
}

// What follows "backbone.layers.N.".
enum { NAME = 80 };
static const char *layer_name(const struct loader *l, const char *name, char full[NAME]) {
    snprintf(full, NAME, "backbone.layers.%zu.%s", l->layer, name);
    return full;
}

static const float *layer_vector(struct loader *l, const char *name, size_t n) {
    char full[NAME];
    return take_shaped(l, layer_name(l, name, full), 1, &n);
}

static const float *layer_matrix(struct loader *l, const char *name, size_t rows, size_t columns) {
    char full[NAME];
    return take_matrix(l, layer_name(l, name, full), rows, columns);
}

static void take_mamba1(struct loader *l, const struct se_model_config *c,
                        struct se_model_layer *layer) {
    size_t outputs = c->dt_rank + 2 * c->d_state;
    layer->x_proj = layer_matrix(l, "mixer.x_proj.weight", outputs, c->d_inner);
    layer->dt_proj = layer_matrix(l, "mixer.dt_proj.weight", c->d_inner, c->dt_rank);
    layer->dt_bias = layer_vector(l, "mixer.dt_proj.bias", c->d_inner);
    layer->A_log = layer_matrix(l, "mixer.A_log", c->d_inner, c->d_state);
    layer->D = layer_vector(l, "mixer.D", c->d_inner);
}

static void take_mamba2(struct loader *l, const struct se_model_config *c,
                        struct se_model_layer *layer) {
    layer->dt_bias = layer_vector(l, "mixer.dt_bias", c->heads);
    layer->A_log = layer_vector(l, "mixer.A_log", c->heads);
    layer->D = layer_vector(l, "mixer.D", c->heads);
    layer->gate_norm = layer_vector(l, "mixer.norm.weight", c->d_inner);
}

static void take_layer(struct loader *l, const struct se_model_options *options,
                       struct se_model_layer *layer) {
    const struct se_model_config *c = &options->sizes;
    size_t channels = se_model_conv_channels(c), in_rows = se_model_in_rows(c);
    char full[NAME];
    layer->norm = layer_vector(l, "norm.weight", c->d_model);
    layer->in_proj = layer_matrix(l, "mixer.in_proj.weight", in_rows, c->d_model);
    layer->conv_w = take_shaped(l, layer_name(l, "mixer.conv1d.weight", full), 3,
                                (size_t[]){channels, 1, SE_MODEL_TAPS});
    layer->out_proj = layer_matrix(l, "mixer.out_proj.weight", c->d_model, c->d_inner);
    if (options->conv_bias) {
        layer->conv_b = layer_vector(l, "mixer.conv1d.bias", channels);
    }
    if (options->bias) {
        layer->in_proj_bias = layer_vector(l, "mixer.in_proj.bias", in_rows);
        layer->out_proj_bias = layer_vector(l, "mixer.out_proj.bias", c->d_model);
    }
    if (c->kind == SE_MODEL_MAMBA1) {
        take_mamba1(l, c, layer);
    } else {
        take_mamba2(l, c, layer);
    }
}

static enum se_status take_weights(struct loader *l, const struct se_model_options *options,
                                   struct se_model *model) {
    static const char head[] = "lm_head.weight";
    const struct se_model_config *c = &model->config;
    bool tied = options->tied && (options->says_tied || !se_checkpoint_has(l->checkpoint, head));
    model->embedding = take_matrix(
        l, options->original ? "backbone.embedding.weight" : "backbone.embeddings.weight", c->vocab,
        c->d_model);
    model->head = tied ? model->embedding : take_matrix(l, head, c->vocab, c->d_model);
    model->final_norm = take_shaped(l, "backbone.norm_f.weight", 1, &c->d_model);
    for (l->layer = 0; l->layer < c->layers && !l->status; l->layer++) {
        take_layer(l, options, &model->layers[l->layer]);
    }
    return l->status ? l->status : se_checkpoint_all_taken(l->checkpoint, tied ? head : "", l->err);
}

static enum se_status derive(const struct se_model_config *c, const struct se_model_layer *layer,
                             struct se_model_derived *derived, struct se_error *err) {
    size_t channels = se_model_conv_channels(c);
    size_t states = c->kind == SE_MODEL_MAMBA1 ? c->d_state : 1;
    size_t rows = c->kind == SE_MODEL_MAMBA1 ? c->d_inner : c->heads;
    derived->A = calloc(rows * states, sizeof *derived->A);
    derived->taps = calloc(channels * SE_MODEL_TAPS, sizeof *derived->taps);
    if (!derived->A || !derived->taps) {
        return se_fail(err, SE_NO_MEMORY, "not enough memory for a layer of %zu channels", rows);
    }
    for (size_t i = 0; i < rows * states; i++) {
        derived->A[i % states * rows + i / states] = -se_f32_exp(layer->A_log[i]);
    }
    for (size_t i = 0; i < channels * SE_MODEL_TAPS; i++) {
        derived->taps[i % SE_MODEL_TAPS * channels + i / SE_MODEL_TAPS] = layer->conv_w[i];
    }
    return SE_OK;
}

static enum se_status read_weights(const char *folder, const struct se_model_options *options,
                                   struct se_model *model, struct se_error *err) {
    struct se_model_memory *memory = model->memory;
    enum se_status status = se_checkpoint_open(folder, &memory->checkpoint, err);
    if (!status) {
        struct loader loader = {.checkpoint = &memory->checkpoint, .err = err};
        status = take_weights(&loader, options, model);
    }
    for (size_t i = 0; i < memory->layers && !status; i++) {
        status = derive(&model->config, &model->layers[i], &memory->derived[i], err);
    }
    return status;
}

enum se_status se_model_load(const char *folder, struct se_model *model, struct se_error *err) {
    struct se_model_options options;
    char *path = NULL;
    *model = (struct se_model){0};
    if (asprintf(&path, "%s/config.json", folder) < 0) {
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory", folder);
    }
    enum se_status status = se_model_options_load(path, &options, err);
    free(path);
    if (status) {
        return status;
    }
    model->config = options.sizes;
    model->layers = calloc(model->config.layers, sizeof *model->layers);
    model->memory = calloc(1, sizeof *model->memory);
    if (model->layers && model->memory) {
        model->memory->derived = calloc(model->config.layers, sizeof *model->memory->derived);
        model->memory->layers = model->memory->derived ? model->config.layers : 0;
    }
    status = model->memory && model->memory->layers
                 ? read_weights(folder, &options, model, err)
                 : se_fail(err, SE_NO_MEMORY, "%s: not enough memory", folder);
    if (status) {
        se_model_free(model);
    }
    return status;
}

void se_model_free(struct se_model *model) {
    struct se_model_memory *memory = model->memory;
    if (memory) {
        se_checkpoint_close(&memory->checkpoint);
        for (size_t i = 0; i < memory->layers; i++) {
            free(memory->derived[i].A);
            free(memory->derived[i].taps);
        }
        free(memory->derived);
    }
    free(memory);
    free(model->layers);
    *model = (struct se_model){0};
}
