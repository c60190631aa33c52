// SPDX-License-Identifier: Apache-2.0
// `w4a5se scan`: dequantiser, selective scan and gate on tensors of one's own.
#include "engine.h"

#include "w4a5se/fp32.h"
#include "w4a5se/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct engine_options engine;
    const char *state_out;
};

enum { OPT_STATE_OUT = 256 };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "The gated output y: float16", 0},
    {"state-out", OPT_STATE_OUT, "FILE", 0, "The state after the last token, h: float32", 0},
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
    case OPT_STATE_OUT:
        o->state_out = arg;
        return 0;
    case ARGP_KEY_END:
        cli_require(state, o->engine.out, "--out");
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
    "Runs the selective scan of Mamba-1 and its gate on u (codes or float), dt, B, C and z, from "
    "the "
    "state h where there is one, else from zero. Files that are written are .safetensors where "
    "their name ends so, else .npy." ENGINE_HELP,
    children,
    NULL,
    NULL};

struct job {
    const struct options *o;
    struct tensors tensors;
    struct se_engine_config config;
    struct dimension tokens, d_inner, d_state;
    struct se_scan scan;
    const uint16_t *codes; // NULL: u is float
    const float *u;
    const int8_t *dt, *b, *c, *z;
    float *a, *dequantised; // what A and u point to where they are made here
    float *h;
    uint16_t *y;
};

static enum se_status no_memory(size_t n, struct se_error *err) {
    return se_fail(err, SE_NO_MEMORY, "no memory for %zu values", n);
}

static enum se_status dequantise(struct job *job, struct se_error *err) {
    const struct se_quantizer *q = &job->config.quantizer;
    size_t n = job->tokens.size * job->d_inner.size;
    int width = se_format_width(&q->format);
    if (!job->config.has_quantizer) {
        return tensors_refuse(&job->tensors, "u", err,
                              "holds codes, which need a --config with a quantizer");
    }
    job->u = job->dequantised = malloc(n * sizeof *job->dequantised);
    if (!job->dequantised) {
        return no_memory(n, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (job->codes[i] >> width) {
            char what[120];
            snprintf(what, sizeof what, "has %u for token %zu, channel %zu; a code has %d bits",
                     job->codes[i], i / job->d_inner.size, i % job->d_inner.size, width);
            return tensors_refuse(&job->tensors, "u", err, what);
        }
        job->dequantised[i] = se_dequantize(q, job->codes[i]);
    }
    return SE_OK;
}

// u: float values, or codes and the quantiser that undoes them.
static enum se_status read_u(struct job *job, struct se_error *err) {
    struct dimension *const dims[] = {&job->tokens, &job->d_inner, NULL};
    struct tensors *t = &job->tensors;
    if (!tensors_have(t, "u") || se_dtype_is_float(tensors_dtype(t, "u"))) {
        return tensors_float(t, "u", dims, &job->u, err);
    }
    enum se_status status = tensors_codes(t, "u", dims, &job->codes, err);
    return status == SE_OK ? dequantise(job, err) : status;
}

// A: float values, or A_log, of which A = -exp(fl(s_A_log * A_log)).
static enum se_status read_a(struct job *job, struct se_error *err) {
    struct dimension *const dims[] = {&job->d_inner, &job->d_state, NULL};
    struct tensors *t = &job->tensors;
    const float *a_log;
    if (!tensors_have(t, "A_log")) {
        return tensors_float(t, "A", dims, &job->scan.A, err);
    }
    if (tensors_have(t, "A")) {
        return tensors_refuse(t, "A_log", err,
                              "and tensor 'A' are both there; one of them is used");
    }
    enum se_status status = tensors_scaled(t, "A_log", dims, &a_log, err);
    if (status != SE_OK) {
        return status;
    }
    size_t n = job->d_inner.size * job->d_state.size;
    job->scan.A = job->a = malloc(n * sizeof *job->a);
    if (!job->a) {
        return no_memory(n, err);
    }
    for (size_t i = 0; i < n; i++) {
        job->a[i] = -se_f32_exp(a_log[i]);
    }
    return SE_OK;
}

static enum se_status read_streams(struct job *job, struct se_error *err) {
    struct dimension *const channels[] = {&job->tokens, &job->d_inner, NULL}, *const states[] = {
                                                                                  &job->tokens,
                                                                                  &job->d_state,
                                                                                  NULL};
    const struct tensors *t = &job->tensors;
    enum se_status status = tensors_int8(t, "dt", channels, &job->dt, err);
    if (status == SE_OK) {
        status = tensors_int8(t, "B", states, &job->b, err);
    }
    if (status == SE_OK) {
        status = tensors_int8(t, "C", states, &job->c, err);
    }
    if (status == SE_OK && job->config.gate) {
        status = tensors_int8(t, "z", channels, &job->z, err);
    }
    return status;
}

static enum se_status read_scales(struct job *job, struct se_error *err) {
    const struct {
        const char *name;
        float *scale;
        bool needed;
    } scales[] = {
        {"s_dt", &job->scan.s_dt, true},
        {"s_B", &job->scan.s_b, true},
        {"s_C", &job->scan.s_c, true},
        {"s_z", &job->scan.s_z, job->config.gate},
        {"s_h", &job->scan.s_h, job->config.state_mode != SE_STATE_FP32},
    };
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof scales / sizeof *scales && status == SE_OK; i++) {
        if (scales[i].needed) {
            status = tensors_scale(&job->tensors, scales[i].name, scales[i].scale, err);
        }
    }
    return status;
}

// The initial state, zeros where there is no h; y is allocated beside it.
static enum se_status read_state(struct job *job, struct se_error *err) {
    struct dimension *const dims[] = {&job->d_inner, &job->d_state, NULL};
    size_t states = job->d_inner.size * job->d_state.size;
    const float *initial = NULL;
    enum se_status status = SE_OK;
    if (tensors_have(&job->tensors, "h")) {
        status = tensors_float(&job->tensors, "h", dims, &initial, err);
    }
    if (status != SE_OK) {
        return status;
    }
    job->h = calloc(states, sizeof *job->h);
    job->y = malloc(job->tokens.size * job->d_inner.size * sizeof *job->y);
    if (!job->h || !job->y) {
        return no_memory(states, err);
    }
    if (initial) {
        memcpy(job->h, initial, states * sizeof *job->h);
    }
    return SE_OK;
}

static enum se_status read_tensors(struct job *job, struct se_error *err) {
    struct dimension *const channels[] = {&job->d_inner, NULL};
    struct tensors *t = &job->tensors;
    enum se_status status = read_u(job, err);
    if (status == SE_OK) {
        status = read_streams(job, err);
    }
    if (status == SE_OK) {
        status = read_a(job, err);
    }
    if (status == SE_OK) {
        status = tensors_float(t, "D", channels, &job->scan.D, err);
    }
    if (status == SE_OK) {
        status = tensors_float(t, "dt_bias", channels, &job->scan.dt_bias, err);
    }
    if (status == SE_OK) {
        status = read_scales(job, err);
    }
    return status == SE_OK ? read_state(job, err) : status;
}

static enum se_status write_results(const struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    struct se_tensor y = {.name = "y",
                          .dtype = SE_DTYPE_F16,
                          .ndim = 2,
                          .shape = {job->tokens.size, job->d_inner.size},
                          .data = job->y};
    struct se_tensor h = {.name = "h",
                          .dtype = SE_DTYPE_F32,
                          .ndim = 2,
                          .shape = {job->d_inner.size, job->d_state.size},
                          .data = job->h};
    enum se_status status = o->state_out ? tensors_write(o->state_out, &h, err) : SE_OK;
    return status == SE_OK ? tensors_write(o->engine.out, &y, err) : status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    struct se_scan *scan = &job->scan;
    if (job->o->engine.rtl) {
        return se_fail(err, SE_INVALID,
                       "scan has no RTL yet: this build has no block scan_engine (try --engine "
                       "model)");
    }
    enum se_status status = engine_load(&job->o->engine, &job->tensors, &job->config, err);
    if (status == SE_OK) {
        status = read_tensors(job, err);
    }
    if (status != SE_OK) {
        return status;
    }
    scan->d_inner = job->d_inner.size;
    scan->d_state = job->d_state.size;
    scan->gate = job->config.gate;
    scan->state_mode = job->config.state_mode;
    status = se_scan_check(scan, err);
    if (status != SE_OK) {
        return status;
    }
    se_scan_run(scan, job->h, job->tokens.size, job->u, job->dt, job->b, job->c, job->z, job->y,
                NULL);
    return write_results(job, err);
}

int cmd_scan(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    struct job job = {
        .o = &o, .tokens = {"tokens", 0}, .d_inner = {"d_inner", 0}, .d_state = {"d_state", 0}};
    enum se_status status = run(&job, &err);
    free(job.a);
    free(job.dequantised);
    free(job.h);
    free(job.y);
    tensors_free(&job.tensors);
    return status != SE_OK ? cli_fail(&err) : CLI_OK;
}
