// SPDX-License-Identifier: Apache-2.0
#include "synthetic.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

// base + (0 to 63) * step, or with both signs.
struct range {
    float base, step;
    bool both;
};

static const struct range weights = {0, 0x1p-9f, true}, strong = {0, 0x1p-6f, true},
                          scales = {0.5f, 0x1p-6f, false}, bias = {0, 0x1p-7f, true},
                          dt_bias = {-2, 0x1p-5f, false}, A_log = {0, 0x1p-5f, false};

static void add(struct synthetic *m, uint64_t *random, const char *name, struct range range,
                size_t ndim, const size_t *shape) {
    cr_assert_lt(m->count, TENSORS_MAX);
    struct se_tensor *t = &m->tensors[m->count];
    snprintf(m->names[m->count], NAME_MAX_LENGTH, "%s", name);
    *t = (struct se_tensor){.name = m->names[m->count++], .ndim = ndim, .count = 1};
    for (size_t i = 0; i < ndim; i++) {
        t->shape[i] = shape[i];
        t->count *= shape[i];
    }
    float *values = malloc(t->count * sizeof *values);
    cr_assert(values);
    for (size_t i = 0; i < t->count; i++) {
        uint32_t bits = next_random(random);
        float value = range.base + (float)(bits & 63) * range.step;
        values[i] = range.both && (bits & 64) ? -value : value;
    }
    t->data = values;
}

static void add_layer(struct synthetic *m, uint64_t *random, size_t layer) {
    const struct se_model_config *c = &m->sizes;
    bool first = c->kind == SE_MODEL_MAMBA1;
    size_t states = c->groups * c->d_state;
    size_t channels = first ? c->d_inner : c->d_inner + 2 * states;
    size_t inputs = first ? 2 * c->d_inner : 2 * c->d_inner + 2 * states + c->heads;
    size_t one = first ? c->d_inner : c->heads;
    const struct {
        const char *name;
        bool wanted;
        struct range range;
        size_t shape[3];
    } tensors[] = {
        {"norm.weight", true, scales, {c->d_model}},
        {"mixer.in_proj.weight", true, strong, {inputs, c->d_model}},
        {"mixer.in_proj.bias", m->bias, bias, {inputs}},
        {"mixer.conv1d.weight", true, strong, {channels, 1, 4}},
        {"mixer.conv1d.bias", !m->no_conv_bias, bias, {channels}},
        {"mixer.x_proj.weight", first, strong, {c->dt_rank + 2 * c->d_state, c->d_inner}},
        {"mixer.dt_proj.weight", first, strong, {c->d_inner, c->dt_rank}},
        {"mixer.dt_proj.bias", first, dt_bias, {c->d_inner}},
        {"mixer.dt_bias", !first, dt_bias, {c->heads}},
        {"mixer.A_log", true, A_log, {one, first ? c->d_state : 0}},
        {"mixer.D", true, scales, {one}},
        {"mixer.norm.weight", !first, scales, {c->d_inner}},
        {"mixer.out_proj.weight", true, weights, {c->d_model, c->d_inner}},
        {"mixer.out_proj.bias", m->bias, bias, {c->d_model}},
    };
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        char name[NAME_MAX_LENGTH];
        size_t ndim = 1;
        while (ndim < 3 && tensors[i].shape[ndim]) {
            ndim++;
        }
        snprintf(name, sizeof name, "backbone.layers.%zu.%s", layer, tensors[i].name);
        if (tensors[i].wanted) {
            add(m, random, name, tensors[i].range, ndim, tensors[i].shape);
        }
    }
}

void synthetic_fill(struct synthetic *m, uint64_t seed) {
    const struct se_model_config *c = &m->sizes;
    const size_t table[] = {c->vocab, c->d_model};
    uint64_t random = seed;
    add(m, &random, m->original ? "backbone.embedding.weight" : "backbone.embeddings.weight",
        strong, 2, table);
    for (size_t i = 0; i < c->layers; i++) {
        add_layer(m, &random, i);
    }
    add(m, &random, "backbone.norm_f.weight", scales, 1, &c->d_model);
    if (!m->tied) {
        add(m, &random, "lm_head.weight", strong, 2, table);
    }
}

void synthetic_free(struct synthetic *m) {
    for (size_t i = 0; i < m->count; i++) {
        free((void *)m->tensors[i].data);
    }
    m->count = 0;
}

const float *synthetic_values(const struct synthetic *m, const char *name) {
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->names[i], name) == 0) {
            return m->tensors[i].data;
        }
    }
    cr_assert_fail("no tensor %s", name);
    abort();
}

const float *synthetic_layer(const struct synthetic *m, size_t layer, const char *name) {
    char full[NAME_MAX_LENGTH];
    snprintf(full, sizeof full, "backbone.layers.%zu.%s", layer, name);
    return synthetic_values(m, full);
}

static const char *truth(bool value) {
    return value ? "true" : "false";
}

static void original_config(const struct synthetic *m, const char *more, char text[CONFIG_TEXT]) {
    const struct se_model_config *c = &m->sizes;
    char mixer[CONFIG_TEXT / 4];
    snprintf(mixer, sizeof mixer, "\"layer\": \"Mamba2\", \"headdim\": %zu, \"ngroups\": %zu, ",
             c->headdim, c->groups);
    snprintf(text, CONFIG_TEXT,
             "{\"d_model\": %zu, \"d_intermediate\": 0, \"n_layer\": %zu, \"vocab_size\": %zu, "
             "\"ssm_cfg\": {%s\"expand\": %zu, \"d_state\": %zu}, \"attn_layer_idx\": [], "
             "\"rms_norm\": true, \"pad_vocab_size_multiple\": 16, \"tie_embeddings\": %s%s}",
             c->d_model, c->layers, c->vocab - 3, c->kind == SE_MODEL_MAMBA2 ? mixer : "",
             c->d_inner / c->d_model, c->d_state, truth(m->tied), more);
}

void synthetic_config(const struct synthetic *m, const char *more, char text[CONFIG_TEXT]) {
    const struct se_model_config *c = &m->sizes;
    char mixer[CONFIG_TEXT / 4];
    if (m->original) {
        original_config(m, more, text);
        return;
    }
    if (c->kind == SE_MODEL_MAMBA1) {
        snprintf(mixer, sizeof mixer, "\"model_type\": \"mamba\", \"time_step_rank\": %zu",
                 c->dt_rank);
    } else {
        snprintf(mixer, sizeof mixer,
                 "\"model_type\": \"mamba2\", \"num_heads\": %zu, \"head_dim\": %zu, "
                 "\"n_groups\": %zu",
                 c->heads, c->headdim, c->groups);
    }
    snprintf(text, CONFIG_TEXT,
             "{%s, \"vocab_size\": %zu, \"hidden_size\": %zu, \"num_hidden_layers\": %zu, "
             "\"state_size\": %zu, \"intermediate_size\": %zu, \"conv_kernel\": 4, "
             "\"layer_norm_epsilon\": 1e-05, \"hidden_act\": \"silu\", \"use_bias\": %s, "
             "\"use_conv_bias\": %s, \"tie_word_embeddings\": %s%s}",
             mixer, c->vocab, c->d_model, c->layers, c->d_state, c->d_inner, truth(m->bias),
             truth(!m->no_conv_bias), truth(m->tied), more);
}

void put_text_file(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    cr_assert(stream, "cannot write %s", path);
    fputs(text, stream);
    fclose(stream);
}

static void *converted(const struct se_tensor *tensor, enum se_dtype dtype) {
    const float *values = tensor->data;
    uint16_t *made = malloc(tensor->count * sizeof *made);
    cr_assert(made);
    for (size_t i = 0; i < tensor->count; i++) {
        if (dtype == SE_DTYPE_F16) {
            made[i] = se_f32_to_f16(values[i], NULL);
        } else {
            memcpy(&made[i], (const char *)&values[i] + 2, sizeof *made);
        }
    }
    return made;
}

static void write_tensors(const char *path, size_t n, const struct se_tensor *tensors,
                          enum se_dtype dtype) {
    struct se_tensor written[TENSORS_MAX];
    struct se_error err = {""};
    for (size_t i = 0; i < n; i++) {
        written[i] = tensors[i];
        written[i].dtype = dtype;
        if (dtype != SE_DTYPE_F32) {
            written[i].data = converted(&tensors[i], dtype);
        }
    }
    cr_assert_eq(se_safetensors_write(path, n, written, &err), SE_OK, "%s", err.message);
    for (size_t i = 0; i < n && dtype != SE_DTYPE_F32; i++) {
        free((void *)written[i].data);
    }
}

static void write_shards(const struct synthetic *m, const char *folder, enum se_dtype dtype,
                         size_t shards) {
    char path[256], shard[64], *index;
    size_t size;
    FILE *stream = open_memstream(&index, &size);
    fprintf(stream, "{\"metadata\": {\"total_size\": 0}, \"weight_map\": {");
    for (size_t s = 0, first = 0, last; s < shards; s++, first = last) {
        last = m->count * (s + 1) / shards;
        snprintf(shard, sizeof shard, "model-%05zu-of-%05zu.safetensors", s + 1, shards);
        snprintf(path, sizeof path, "%s/%s", folder, shard);
        write_tensors(path, last - first, m->tensors + first, dtype);
        for (size_t i = first; i < last; i++) {
            fprintf(stream, "%s\"%s\": \"%s\"", i ? ", " : "", m->names[i], shard);
        }
    }
    fprintf(stream, "}}");
    fclose(stream);
    put_text_file(folder, "model.safetensors.index.json", index);
    free(index);
}

void synthetic_write(const struct synthetic *m, const char *folder, enum se_dtype dtype,
                     size_t shards) {
    char text[CONFIG_TEXT], path[256];
    mkdir(folder, 0777);
    synthetic_config(m, "", text);
    put_text_file(folder, "config.json", text);
    if (shards == 1) {
        snprintf(path, sizeof path, "%s/model.safetensors", folder);
        write_tensors(path, m->count, m->tensors, dtype);
    } else {
        write_shards(m, folder, dtype, shards);
    }
}
