// SPDX-License-Identifier: Apache-2.0
// `w4a5se scan`: dequantiser, selective scan and gate on tensors of one's own.
#include "engine.h"

#include "scan_engine.h"
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
        cli_distinct(state, o->engine.out, o->state_out);
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
    const float *initial;   // [d_inner, d_state], or NULL: zeros
    struct results {
        uint16_t *y; // [tokens, d_inner]
        float *h;    // [d_inner, d_state]
        unsigned flags;
    } model, rtl;
    bool differs;
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
    if (!tensors_have(t, "u")) {
        return tensors_refuse(
            t, "u", err, "is missing; it is float, or uint8 or uint16 codes, [tokens, d_inner]");
    }
    if (se_dtype_is_float(tensors_dtype(t, "u"))) {
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

static enum se_status read_state(struct job *job, struct se_error *err) {
    struct dimension *const dims[] = {&job->d_inner, &job->d_state, NULL};
    return tensors_have(&job->tensors, "h")
               ? tensors_float(&job->tensors, "h", dims, &job->initial, err)
               : SE_OK;
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

static size_t count_states(const struct job *job) {
    return job->d_inner.size * job->d_state.size;
}

static enum se_status allocate(const struct job *job, struct results *r, struct se_error *err) {
    size_t n = job->tokens.size * job->d_inner.size, states = count_states(job);
    r->y = malloc(n * sizeof *r->y);
    r->h = calloc(states, sizeof *r->h);
    if (!r->y || !r->h) {
        return no_memory(n + states, err);
    }
    if (job->initial) {
        memcpy(r->h, job->initial, states * sizeof *r->h);
    }
    return SE_OK;
}

static void free_results(struct results *r) {
    free(r->y);
    free(r->h);
}

static enum se_status run_model(struct job *job, struct se_error *err) {
    struct results *r = &job->model;
    enum se_status status = allocate(job, r, err);
    if (status == SE_OK) {
        se_scan_run(&job->scan, r->h, job->tokens.size, job->u, job->dt, job->b, job->c, job->z,
                    r->y, &r->flags);
    }
    return status;
}

// The instance that can run the job: one for its d_state, its code_bits and its state mode, with
// the lanes that the configuration asks for.
static enum se_status find_build(const struct job *job, const struct se_scan_engine_build **found,
                                 struct se_error *err) {
    const struct se_engine_config *config = &job->config;
    bool int8 = config->state_mode == SE_STATE_INT8_STEP;
    const struct se_scan_engine_build *build;
    for (size_t i = 0; (build = se_scan_engine_build_at(i)); i++) {
        if (build->d_state == job->d_state.size && build->state_int8 == int8 &&
            (!config->lanes || build->lanes == config->lanes) &&
            (!job->codes || build->code_bits == config->quantizer.format.code_bits)) {
            *found = build;
            return SE_OK;
        }
    }
    char lanes[40] = "", codes[40] = "";
    if (config->lanes) {
        snprintf(lanes, sizeof lanes, ", lanes %d", config->lanes);
    }
    if (job->codes) {
        snprintf(codes, sizeof codes, ", code_bits %d", config->quantizer.format.code_bits);
    }
    return se_fail(
        err, SE_INVALID,
        "this build has no scan_engine of d_state %zu, state %s%s%s (try --engine model)",
        job->d_state.size, se_state_mode_names[config->state_mode], lanes, codes);
}

// The engine's INT8 state has no other values than multiples of s_h.
static enum se_status check_initial(struct job *job, struct se_error *err) {
    const struct se_scan *scan = &job->scan;
    for (size_t i = 0; job->initial && i < count_states(job); i++) {
        float h = job->initial[i];
        const float stored = (float)se_state_quantize(scan->state_mode, h, scan->s_h) * scan->s_h;
        if (se_f32_bits(h) != se_f32_bits(stored)) { // -0 is none either
            char what[120];
            snprintf(what, sizeof what, "has %.9g for channel %zu, n %zu, which is no INT8 of s_h",
                     (double)h, i / job->d_state.size, i % job->d_state.size);
            return tensors_refuse(&job->tensors, "h", err, what);
        }
    }
    return SE_OK;
}

static enum se_status stream(struct job *job, struct se_scan_engine *engine, struct se_error *err) {
    struct results *r = &job->rtl;
    const struct se_scan *scan = &job->scan;
    const struct se_scan_beats beats = {.tokens = job->tokens.size,
                                        .first = !job->initial,
                                        .codes = job->codes,
                                        .u = job->u,
                                        .dt = job->dt,
                                        .b = job->b,
                                        .c = job->c,
                                        .z = job->z,
                                        .y = r->y};
    const struct se_quantizer *quantizer = job->codes ? &job->config.quantizer : NULL;
    enum se_status status = se_scan_engine_load(engine, scan, quantizer, err);
    if (status != SE_OK) {
        return status;
    }
    if (job->initial) {
        se_scan_engine_write_state(engine, job->initial);
    }
    status = se_scan_engine_run(engine, &beats, err);
    if (status != SE_OK) {
        return status;
    }
    se_scan_engine_read_state(engine, r->h);
    r->flags = se_scan_engine_flags(engine);
    for (size_t i = 0; i < count_states(job) && scan->state_mode == SE_STATE_INT8_FINAL; i++) {
        r->h[i] = (float)se_state_quantize(scan->state_mode, r->h[i], scan->s_h) * scan->s_h;
    }
    return SE_OK;
}

static void compare(struct job *job, const struct se_scan_engine *engine, const char *name) {
    const struct results *m = &job->model, *r = &job->rtl;
    const struct engine_result results[] = {
        {.port = {"y", 16, SE_PORT_UNSIGNED},
         .row = "token",
         .column = "channel",
         .rows = job->tokens.size,
         .columns = job->d_inner.size,
         .size = sizeof *m->y,
         .expected = m->y,
         .got = r->y},
        {.port = {"h", 32, SE_PORT_F32},
         .row = "channel",
         .column = "n",
         .rows = job->d_inner.size,
         .columns = job->d_state.size,
         .size = sizeof *m->h,
         .expected = m->h,
         .got = r->h},
    };
    struct se_scan_counters counters = se_scan_engine_counters(engine);
    size_t compared;
    job->differs = !engine_compare(name, 2, results, m->flags, r->flags, &compared);
    if (!job->differs) {
        fprintf(stderr,
                "%zu results of RTL and model compared, all equal; %s: %llu cycles, %llu state "
                "updates, %llu cycles stalled\n",
                compared, name, (unsigned long long)counters.cycles,
                (unsigned long long)counters.updates, (unsigned long long)counters.stalls);
    }
}

static enum se_status run_rtl(struct job *job, struct se_error *err) {
    const struct se_scan_engine_build *build = NULL;
    struct se_scan_engine *engine = NULL;
    enum se_status status = find_build(job, &build, err);
    if (status == SE_OK && build->state_int8) {
        status = check_initial(job, err);
    }
    if (status == SE_OK) {
        status = allocate(job, &job->rtl, err);
    }
    if (status == SE_OK) {
        status = se_scan_engine_open(&engine, build, &job->o->engine.run, err);
    }
    if (status != SE_OK) {
        return status;
    }
    status = stream(job, engine, err);
    if (status == SE_OK) {
        compare(job, engine, build->name);
    }
    se_scan_engine_close(engine);
    return status;
}

static enum se_status write_results(const struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    struct se_tensor y = {.name = "y",
                          .dtype = SE_DTYPE_F16,
                          .ndim = 2,
                          .shape = {job->tokens.size, job->d_inner.size},
                          .data = job->model.y};
    struct se_tensor h = {.name = "h",
                          .dtype = SE_DTYPE_F32,
                          .ndim = 2,
                          .shape = {job->d_inner.size, job->d_state.size},
                          .data = job->model.h};
    enum se_status status = o->state_out ? tensors_write(o->state_out, &h, err) : SE_OK;
    return status == SE_OK ? tensors_write(o->engine.out, &y, err) : status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    struct se_scan *scan = &job->scan;
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
    if (status == SE_OK) {
        status = run_model(job, err);
    }
    if (status == SE_OK && job->o->engine.rtl) {
        status = run_rtl(job, err);
    }
    return status == SE_OK && !job->differs ? write_results(job, err) : status;
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
    free_results(&job.model);
    free_results(&job.rtl);
    tensors_free(&job.tensors);
    return status != SE_OK ? cli_fail(&err) : job.differs ? CLI_FAILURE : CLI_OK;
}
