// SPDX-License-Identifier: Apache-2.0
// `w4a5se conv`: the convolution, its SiLU and the quantiser on tensors of one's own.
#include "engine.h"

#include "conv_engine.h"
#include "w4a5se/conv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct options {
    struct engine_options engine;
    const char *values, *x_proj;
};

enum { OPT_VALUES = 256, OPT_X_PROJ };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "Codes: uint8, or uint16 where they have 9 bits", 0},
    {"values", OPT_VALUES, "FILE", 0, "The values before the quantiser: float32", 0},
    {"x-proj", OPT_X_PROJ, "FILE", 0, "The INT8 for x_proj, of scale s_x_proj", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->engine;
        return 0;
    case 'o':
        o->engine.out = arg;
        return 0;
    case OPT_VALUES:
        o->values = arg;
        return 0;
    case OPT_X_PROJ:
        o->x_proj = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->engine.out && !o->values && !o->x_proj) {
            argp_error(state, "--out, --values or --x-proj is missing");
        }
        if ((o->engine.out || o->engine.rtl) && !o->engine.config) {
            argp_error(state, "--out and --engine rtl need --config");
        }
        cli_distinct(state, o->engine.out, o->values);
        cli_distinct(state, o->engine.out, o->x_proj);
        cli_distinct(state, o->values, o->x_proj);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&engine_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Runs the causal convolution of width 4, SiLU and the quantiser on x, w and bias, from a "
    "sequence's first token. Files that are written are .safetensors where their name ends so, "
    "else .npy." ENGINE_HELP,
    children,
    NULL,
    NULL};

// What the convolution gives, [tokens, d_inner].
struct results {
    float *values;
    uint16_t *codes;
    int8_t *x_proj;
    unsigned flags;
};

struct job {
    const struct options *o;
    struct tensors tensors;
    struct se_engine_config config;
    struct dimension tokens, d_inner;
    const int8_t *x;
    struct se_conv conv;
    struct se_quantizer x_proj;
    struct results model, rtl;
    bool differs;
};

static enum se_status read_tensors(struct job *job, struct se_error *err) {
    struct tensors *t = &job->tensors;
    struct dimension *tokens = &job->tokens, *d_inner = &job->d_inner,
                     width = {"width", SE_CONV_WIDTH};
    struct dimension *const x_dims[] = {tokens, d_inner, NULL},
                            *const w_dims[] = {d_inner, &width, NULL},
                            *const bias_dims[] = {d_inner, NULL};
    bool int8_bias = tensors_have(t, "bias") && tensors_dtype(t, "bias") == SE_DTYPE_I8;
    float s_x, s_w;
    enum se_status status = tensors_int8(t, "x", x_dims, &job->x, err);
    if (status == SE_OK) {
        status = tensors_int8(t, "w", w_dims, &job->conv.w, err);
    }
    if (status == SE_OK) {
        status =
            (int8_bias ? tensors_scaled : tensors_float)(t, "bias", bias_dims, &job->conv.b, err);
    }
    if (status == SE_OK && tensors_have(t, "s_wx")) {
        status = tensors_scale(t, "s_wx", &job->conv.s_wx, err);
    } else if (status == SE_OK) {
        status = tensors_scale(t, "s_w", &s_w, err);
        if (status == SE_OK) {
            status = tensors_scale(t, "s_x", &s_x, err);
        }
        if (status == SE_OK) {
            job->conv.s_wx = s_w * s_x;
            if (!isfinite(job->conv.s_wx) || job->conv.s_wx == 0) {
                status = tensors_refuse(t, "s_w", err, "times s_x is 0 or too large for binary32");
            }
        }
    }
    job->conv.d_inner = d_inner->size;
    return status;
}

static enum se_status read_x_proj(struct job *job, struct se_error *err) {
    float s;
    struct se_error cause;
    enum se_status status = tensors_scale(&job->tensors, "s_x_proj", &s, err);
    if (status == SE_OK && se_quantizer_init(&job->x_proj, se_format_signed(8, false), s, 1,
                                             INFINITY, INFINITY, &cause) != SE_OK) {
        status = tensors_refuse(&job->tensors, "s_x_proj", err, cause.message);
    }
    return status;
}

static size_t count(const struct job *job) {
    return job->tokens.size * job->d_inner.size;
}

static enum se_status allocate(struct results *r, size_t n, struct se_error *err) {
    r->values = malloc(n * sizeof *r->values);
    r->codes = malloc(n * sizeof *r->codes);
    r->x_proj = malloc(n * sizeof *r->x_proj);
    return r->values && r->codes && r->x_proj
               ? SE_OK
               : se_fail(err, SE_NO_MEMORY, "no memory for %zu values", n);
}

static void free_results(struct results *r) {
    free(r->values);
    free(r->codes);
    free(r->x_proj);
}

static enum se_status run_model(struct job *job, struct se_error *err) {
    struct results *r = &job->model;
    enum se_status status = allocate(r, count(job), err);
    int8_t *history = calloc(job->d_inner.size, SE_CONV_HISTORY);
    if (status == SE_OK && !history) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu channels", job->d_inner.size);
    }
    if (status == SE_OK) {
        se_conv_run(&job->conv, history, job->tokens.size, job->x, r->values, &r->flags);
        for (size_t i = 0; i < count(job); i++) {
            if (job->config.has_quantizer) {
                r->codes[i] = se_quantize(&job->config.quantizer, r->values[i]);
            }
            if (job->o->x_proj) {
                r->x_proj[i] = (int8_t)se_quantize(&job->x_proj, r->values[i]);
            }
        }
    }
    free(history);
    return status;
}

static void compare(struct job *job, const struct se_conv_engine *engine) {
    const struct results *m = &job->model, *r = &job->rtl;
    int bits = se_format_width(&job->config.quantizer.format);
    struct engine_result result = {.row = "token",
                                   .column = "channel",
                                   .rows = job->tokens.size,
                                   .columns = job->d_inner.size};
    struct engine_result results[3] = {result, result, result};
    results[0].port = (struct se_port){"value", 32, SE_PORT_F32};
    results[0].size = sizeof *m->values;
    results[0].expected = m->values;
    results[0].got = r->values;
    results[1].port = (struct se_port){"code", bits, SE_PORT_UNSIGNED};
    results[1].size = sizeof *m->codes;
    results[1].expected = m->codes;
    results[1].got = r->codes;
    results[2].port = (struct se_port){"x_proj", 8, SE_PORT_SIGNED};
    results[2].size = sizeof *m->x_proj;
    results[2].expected = m->x_proj;
    results[2].got = r->x_proj;
    size_t compared;
    job->differs = !engine_compare("conv_engine", job->o->x_proj ? 3 : 2, results, m->flags,
                                   se_conv_engine_flags(engine), &compared);
    if (!job->differs) {
        fprintf(stderr, "%zu results of RTL and model compared, all equal; %llu cycles\n", compared,
                (unsigned long long)se_conv_engine_run_cycles(engine));
    }
}

static enum se_status run_rtl(struct job *job, struct se_error *err) {
    struct results *r = &job->rtl;
    struct se_conv_engine *engine = NULL;
    float inv_s = job->o->x_proj ? job->x_proj.inv_s1 : 1;
    enum se_status status = allocate(r, count(job), err);
    if (status == SE_OK) {
        status = se_conv_engine_open(&engine, job->config.quantizer.format.code_bits,
                                     &job->o->engine.run, err);
    }
    if (status != SE_OK) {
        return status;
    }
    status = se_conv_engine_load(engine, &job->conv, &job->config.quantizer, inv_s, err);
    if (status == SE_OK) {
        status = se_conv_engine_run(engine, job->tokens.size, true, job->x, r->codes, r->values,
                                    job->o->x_proj ? r->x_proj : NULL, err);
    }
    if (status == SE_OK) {
        compare(job, engine);
    }
    se_conv_engine_close(engine);
    return status;
}

static enum se_status write_results(const struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    const struct results *r = &job->model; // RTL's are equal
    bool narrow = job->config.has_quantizer && se_format_width(&job->config.quantizer.format) <= 8;
    struct se_tensor t = {.ndim = 2, .shape = {job->tokens.size, job->d_inner.size}};
    enum se_status status = SE_OK;
    if (o->values) {
        t.name = "values";
        t.dtype = SE_DTYPE_F32;
        t.data = r->values;
        status = tensors_write(o->values, &t, err);
    }
    if (status == SE_OK && o->x_proj) {
        t.name = "x_proj";
        t.dtype = SE_DTYPE_I8;
        t.data = r->x_proj;
        status = tensors_write(o->x_proj, &t, err);
    }
    if (status == SE_OK && o->engine.out) {
        uint8_t *bytes = (uint8_t *)r->codes; // in place
        for (size_t i = 0; narrow && i < count(job); i++) {
            bytes[i] = (uint8_t)r->codes[i];
        }
        t.name = "u";
        t.dtype = narrow ? SE_DTYPE_U8 : SE_DTYPE_U16;
        t.data = r->codes;
        status = tensors_write(o->engine.out, &t, err);
    }
    return status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    enum se_status status = engine_load(&o->engine, &job->tensors, &job->config, err);
    if (status == SE_OK && (o->engine.out || o->engine.rtl) && !job->config.has_quantizer) {
        status = se_fail(err, SE_INVALID, "%s: quantizer is missing", o->engine.config);
    }
    if (status == SE_OK) {
        status = read_tensors(job, err);
    }
    if (status == SE_OK && o->x_proj) {
        status = read_x_proj(job, err);
    }
    if (status == SE_OK) {
        status = run_model(job, err);
    }
    if (status == SE_OK && o->engine.rtl) {
        status = run_rtl(job, err);
    }
    return status == SE_OK && !job->differs ? write_results(job, err) : status;
}

int cmd_conv(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    struct job job = {.o = &o, .tokens = {"tokens", 0}, .d_inner = {"d_inner", 0}};
    enum se_status status = run(&job, &err);
    free_results(&job.model);
    free_results(&job.rtl);
    tensors_free(&job.tensors);
    return status != SE_OK ? cli_fail(&err) : job.differs ? CLI_FAILURE : CLI_OK;
}
