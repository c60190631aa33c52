// SPDX-License-Identifier: Apache-2.0
// The float model beside plain loops, a token at a time and many at once: microseconds a token.
#include "bench.h"
#include "plain_model.h"
#include "w4a5se/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOKENS = 32 };

struct job {
    struct se_model model;
    struct se_model_state state;
    struct plain_model plain;
    float *logits, *other; // [TOKENS][vocab]
};

static void stop(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static uint32_t id_at(const struct job *job, size_t t) {
    return (uint32_t)((7 * t * t + 3 * t) % job->model.config.vocab);
}

static void forward(const struct job *job, size_t piece) {
    struct se_model_state state = job->state;
    struct se_error err;
    uint32_t ids[TOKENS];
    for (size_t t = 0; t < TOKENS; t++) {
        ids[t] = id_at(job, t);
    }
    se_model_state_reset(&job->model, &state);
    for (size_t t = 0; t < TOKENS; t += piece) {
        if (se_model_forward(&job->model, &state, piece, ids + t, piece,
                             job->logits + t * job->model.config.vocab, NULL, &err)) {
            stop(err.message);
        }
    }
}

static void a_token(const void *argument) {
    forward(argument, 1);
}

static void all_tokens(const void *argument) {
    forward(argument, TOKENS);
}

static void plain(const void *argument) {
    const struct job *job = argument;
    const struct se_model_config *c = &job->model.config;
    memset(job->plain.history, 0, c->layers * c->d_inner * SE_MODEL_TAPS * sizeof(float));
    memset(job->plain.h, 0, c->layers * c->d_inner * c->d_state * sizeof(float));
    for (size_t t = 0; t < TOKENS; t++) {
        plain_model_token(&job->plain, id_at(job, t), job->other + t * c->vocab);
    }
}

// Two programs of which one is wrong are not compared in speed.
static void compare(const struct job *job) {
    size_t n = TOKENS * job->model.config.vocab;
    float largest = 0, worst = 0;
    a_token(job);
    plain(job);
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(job->other[i]));
        worst = fmaxf(worst, fabsf(job->logits[i] - job->other[i]));
    }
    if (!(worst < 1e-3f * largest)) {
        stop("the plain model's logits are not those of se_model_forward");
    }
}

static void measure(struct bench *bench, const char *section, const char *folder) {
    struct job job = {0};
    struct se_error err;
    if (se_model_load(folder, &job.model, &err) ||
        se_model_state_alloc(&job.model, &job.state, &err)) {
        stop(err.message);
    }
    const struct se_model_config *c = &job.model.config;
    job.plain = (struct plain_model){
        .model = &job.model,
        .history = calloc(c->layers * c->d_inner * SE_MODEL_TAPS, sizeof(float)),
        .h = calloc(c->layers * c->d_inner * c->d_state, sizeof(float)),
        .memory = calloc(plain_model_floats(c), sizeof(float)),
    };
    job.logits = calloc(TOKENS * c->vocab, sizeof(float));
    job.other = calloc(TOKENS * c->vocab, sizeof(float));
    if (!job.plain.history || !job.plain.h || !job.plain.memory || !job.logits || !job.other) {
        stop("not enough memory");
    }
    compare(&job);
    const struct bench_task tasks[] = {
        {"plain loops, -Ofast, a token at a time", plain, &job, NULL},
        {"se_model_forward, a token at a time", a_token, &job,
         "plain loops, -Ofast, a token at a time"},
        {"se_model_forward, 32 tokens at once", all_tokens, &job,
         "plain loops, -Ofast, a token at a time"},
    };
    bench_tasks(bench, section, CLOCK_THREAD_CPUTIME_ID, sizeof tasks / sizeof *tasks, tasks,
                1e6 / TOKENS, "microseconds");
    free(job.plain.history);
    free(job.plain.h);
    free(job.plain.memory);
    free(job.logits);
    free(job.other);
    se_model_state_free(&job.state);
    se_model_free(&job.model);
}

// ---- a checkpoint of mamba-130m's layers, larger than caches are ----

enum { LAYERS = 4, MODEL = 768, INNER = 1536, RANK = 48, STATES = 16, VOCAB = 4096 };

static const char config[] =
    "{\"d_model\": 768, \"n_layer\": 4, \"vocab_size\": 4096, \"tie_embeddings\": true}";

static const struct {
    const char *name;
    size_t shape[3];
} shapes[] = {
    {"norm.weight", {MODEL}},
    {"mixer.in_proj.weight", {2 * INNER, MODEL}},
    {"mixer.conv1d.weight", {INNER, 1, SE_MODEL_TAPS}},
    {"mixer.conv1d.bias", {INNER}},
    {"mixer.x_proj.weight", {RANK + 2 * STATES, INNER}},
    {"mixer.dt_proj.weight", {INNER, RANK}},
    {"mixer.dt_proj.bias", {INNER}},
    {"mixer.A_log", {INNER, STATES}},
    {"mixer.D", {INNER}},
    {"mixer.out_proj.weight", {MODEL, INNER}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, TENSORS = LAYERS * SHAPES + 2 };

static size_t dimensions(const size_t shape[3]) {
    return shape[1] == 0 ? 1 : shape[2] == 0 ? 2 : 3;
}

// Every tensor begins with the same values, some -0.06 to 0.06.
static void write_weights(const char *path) {
    static char names[TENSORS][64];
    static uint16_t data[VOCAB * MODEL];
    struct se_tensor tensors[TENSORS];
    struct se_error err;
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        uint32_t bits = (uint32_t)i * UINT32_C(2654435761);
        data[i] = (uint16_t)(0x3C00 + (bits >> 16 & 0x817F)); // bfloat16
    }
    for (size_t i = 0; i < TENSORS - 2; i++) {
        const size_t *shape = shapes[i % SHAPES].shape;
        snprintf(names[i], sizeof names[i], "backbone.layers.%zu.%s", i / SHAPES,
                 shapes[i % SHAPES].name);
        tensors[i] = (struct se_tensor){.name = names[i],
                                        .dtype = SE_DTYPE_BF16,
                                        .ndim = dimensions(shape),
                                        .shape = {shape[0], shape[1], shape[2]},
                                        .data = data};
    }
    tensors[TENSORS - 2] = (struct se_tensor){.name = "backbone.embedding.weight",
                                              .dtype = SE_DTYPE_BF16,
                                              .ndim = 2,
                                              .shape = {VOCAB, MODEL},
                                              .data = data};
    tensors[TENSORS - 1] = (struct se_tensor){.name = "backbone.norm_f.weight",
                                              .dtype = SE_DTYPE_BF16,
                                              .ndim = 1,
                                              .shape = {MODEL},
                                              .data = data};
    if (se_safetensors_write(path, TENSORS, tensors, &err)) {
        stop(err.message);
    }
}

static void measure_large(struct bench *bench) {
    char folder[] = "/tmp/bench_XXXXXX", weights[64], text[64];
    if (!mkdtemp(folder)) {
        stop("no temporary folder");
    }
    snprintf(weights, sizeof weights, "%s/model.safetensors", folder);
    snprintf(text, sizeof text, "%s/config.json", folder);
    FILE *stream = fopen(text, "w");
    if (!stream || fputs(config, stream) < 0 || fclose(stream) != 0) {
        stop("the temporary folder cannot be written");
    }
    write_weights(weights);
    measure(bench, "float model, a token, 4 layers of mamba-130m", folder);
    remove(weights);
    remove(text);
    rmdir(folder);
}

void bench_models(struct bench *bench) {
    measure(bench, "float model, a token, the small model", "data/small-mamba");
    measure_large(bench);
}
