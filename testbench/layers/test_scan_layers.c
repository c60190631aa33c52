// SPDX-License-Identifier: Apache-2.0
// The small model's layers in every input mode (docs/numerics.md, "Input modes"): convolution and
// quantiser in C, scan and gate in RTL and in C. Results, state and flags are equal.
#include "scan_engine.h"

#include "../cosim/compare.h"
#include "w4a5se/fp32.h"
#include "w4a5se/layer.h"
#include "w4a5se/safetensors.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(scan_layers);

enum { TOKENS = 256, D_INNER = 256, D_STATE = 16, VALUES = TOKENS * D_INNER };
enum { STATES = D_INNER * D_STATE, HISTORY = D_INNER * SE_CONV_HISTORY };

struct recorded {
    struct se_safetensors file;
    struct se_layer layer;
    const int8_t *x, *dt, *b, *c, *z;
    float bias[D_INNER], A[STATES], D[D_INNER], dt_bias[D_INNER];
    float y[VALUES]; // the convolution's output
};

static const struct se_tensor *find(const struct recorded *r, const char *name, size_t count) {
    const struct se_tensor *t = se_safetensors_find(&r->file, name);
    cr_assert(t && t->count == count, "no tensor %s of %zu", name, count);
    return t;
}

static const int8_t *int8_tensor(const struct recorded *r, const char *name, size_t count) {
    const struct se_tensor *t = find(r, name, count);
    cr_assert_eq(t->dtype, SE_DTYPE_I8, "%s", name);
    return t->data;
}

static void floats(const struct recorded *r, const char *name, size_t count, float *values) {
    const struct se_tensor *t = find(r, name, count);
    cr_assert_eq(t->dtype, SE_DTYPE_F32, "%s", name);
    memcpy(values, t->data, count * sizeof *values);
}

static float scale_of(const struct recorded *r, const char *name) {
    float scale;
    floats(r, name, 1, &scale);
    return scale;
}

static struct recorded *open_layer(int index) {
    struct recorded *r = calloc(1, sizeof *r);
    struct se_error err = {""};
    char path[80];
    cr_assert(r);
    snprintf(path, sizeof path, "data/small-mamba/layers/layer%d.safetensors", index);
    cr_assert_eq(se_safetensors_open(path, &r->file, &err), SE_OK, "%s", err.message);
    const int8_t *bias = int8_tensor(r, "bias", D_INNER), *a_log = int8_tensor(r, "A_log", STATES);
    float s_bias = scale_of(r, "s_bias"), s_a_log = scale_of(r, "s_A_log");
    for (size_t d = 0; d < D_INNER; d++) {
        r->bias[d] = (float)bias[d] * s_bias;
    }
    for (size_t i = 0; i < STATES; i++) {
        r->A[i] = -se_f32_exp((float)a_log[i] * s_a_log);
    }
    floats(r, "D", D_INNER, r->D);
    floats(r, "dt_bias", D_INNER, r->dt_bias);
    r->x = int8_tensor(r, "x", VALUES);
    r->dt = int8_tensor(r, "dt", VALUES);
    r->b = int8_tensor(r, "B", TOKENS * D_STATE);
    r->c = int8_tensor(r, "C", TOKENS * D_STATE);
    r->z = int8_tensor(r, "z", VALUES);
    r->layer.conv = (struct se_conv){.d_inner = D_INNER,
                                     .w = int8_tensor(r, "w", D_INNER * SE_CONV_WIDTH),
                                     .s_wx = scale_of(r, "s_w") * scale_of(r, "s_x"),
                                     .b = r->bias};
    r->layer.scan = (struct se_scan){.d_inner = D_INNER,
                                     .d_state = D_STATE,
                                     .A = r->A,
                                     .D = r->D,
                                     .dt_bias = r->dt_bias,
                                     .s_dt = scale_of(r, "s_dt"),
                                     .s_b = scale_of(r, "s_B"),
                                     .s_c = scale_of(r, "s_C"),
                                     .s_z = scale_of(r, "s_z"),
                                     .gate = true};
    int8_t history[HISTORY] = {0};
    se_conv_run(&r->layer.conv, history, TOKENS, r->x, r->y, NULL);
    return r;
}

static void close_layer(struct recorded *r) {
    se_safetensors_close(&r->file);
    free(r);
}

// ---- quantisers ---------------------------------------------------------------------------------

static const struct se_format formats[SE_INPUT_MODES] = {
    [SE_INPUT_INT8] = {8, false, -128, -128},
    [SE_INPUT_INT8_PIECEWISE] = {8, false, -128, -128},
    [SE_INPUT_FP32] = {8, false, -128, -128},
    [SE_INPUT_FP32_SIM_INT8] = {8, false, -128, -128},
    [SE_INPUT_INT8_SE] = {8, true, -128, -128},
    [SE_INPUT_INT8_SE_UNIFORM] = {8, true, -128, -128},
    [SE_INPUT_INT4] = {4, false, -8, -8},
    [SE_INPUT_INT5] = {5, false, -16, -16},
    [SE_INPUT_INT5_OFFSET] = {5, false, -3, -3},
    [SE_INPUT_INT6_OFFSET] = {6, false, -5, -5},
    [SE_INPUT_W4A5_SE] = {4, true, -8, -8},
    [SE_INPUT_W4A5_SE_OFFSET] = {4, true, -4, 3},
    [SE_INPUT_W4A5_SE_PIECEWISE] = {4, true, -4, 3},
};

// The largest of every `step`th value, from `first` on, is the last level.
static struct se_quantizer cover(struct se_format format, const float *y, size_t first,
                                 size_t step) {
    const float ratio = format.dual ? 3.5f : 1;
    float largest = 0x1p-10f;
    struct se_quantizer q;
    struct se_error err = {""};
    for (size_t i = first; i < VALUES; i += step) {
        largest = fmaxf(largest, y[i]);
    }
    int last = format.base2 + (1 << format.code_bits) - 1;
    cr_assert_eq(se_quantizer_init(&q, format, largest / ((float)last * ratio), ratio, INFINITY,
                                   INFINITY, &err),
                 SE_OK, "%s", err.message);
    if (format.dual) {
        se_thresholds_least_error(&q);
    }
    return q;
}

static void make_quantizers(const struct recorded *r, enum se_input_mode mode,
                            struct se_quantizer *q) {
    bool piecewise = se_input_is_piecewise(mode);
    for (size_t d = 0; d < (piecewise ? D_INNER : 1); d++) {
        q[d] = cover(formats[mode], r->y, d, piecewise ? D_INNER : 1);
    }
}

// ---- model and RTL ------------------------------------------------------------------------------

struct results {
    uint16_t y[VALUES];
    float h[STATES];
    unsigned flags;
};

// The engine has two scales: codes of a looked-up scale come as FP32.
static bool takes_codes(enum se_input_mode mode) {
    return se_input_has_codes(mode) && !se_input_is_piecewise(mode);
}

// The widest instance that takes the mode's u.
static const struct se_scan_engine_build *find_build(enum se_input_mode mode) {
    const struct se_scan_engine_build *build, *found = NULL;
    for (size_t i = 0; (build = se_scan_engine_build_at(i)); i++) {
        if (build->d_state == D_STATE && !build->state_int8 &&
            (!takes_codes(mode) || build->code_bits == formats[mode].code_bits) &&
            (!found || build->lanes > found->lanes)) {
            found = build;
        }
    }
    cr_assert(found, "no instance for %s", se_input_mode_names[mode]);
    return found;
}

static void run_rtl(const struct recorded *r, enum se_input_mode mode, struct se_quantizer q,
                    const uint16_t *codes, const float *u, struct results *results) {
    const struct se_rtl_options options = {.seed = 1};
    const struct se_scan_beats beats = {.tokens = TOKENS,
                                        .first = true,
                                        .codes = takes_codes(mode) ? codes : NULL,
                                        .u = u,
                                        .dt = r->dt,
                                        .b = r->b,
                                        .c = r->c,
                                        .z = r->z,
                                        .y = results->y};
    struct se_scan_engine *engine;
    struct se_error err = {""};
    if (mode == SE_INPUT_INT8_SE_UNIFORM) {
        q.s1 = q.s2;
    }
    cr_assert_eq(se_scan_engine_open(&engine, find_build(mode), &options, &err), SE_OK, "%s",
                 err.message);
    cr_assert_eq(se_scan_engine_load(engine, &r->layer.scan, takes_codes(mode) ? &q : NULL, &err),
                 SE_OK, "%s", err.message);
    cr_assert_eq(se_scan_engine_run(engine, &beats, &err), SE_OK, "%s: %s",
                 se_input_mode_names[mode], err.message);
    results->flags = se_scan_engine_flags(engine);
    se_scan_engine_read_state(engine, results->h);
    se_scan_engine_close(engine);
}

static void expect_mode(struct recorded *r, enum se_input_mode mode) {
    static struct se_quantizer quantizers[D_INNER];
    static uint16_t codes[VALUES];
    static float y[VALUES], u[VALUES];
    static struct results expected, got;
    int8_t history[HISTORY] = {0};
    struct se_error err = {""};
    const struct se_layer_values values = {.y = y, .codes = codes, .u = u};
    make_quantizers(r, mode, quantizers);
    r->layer.input = (struct se_input){.mode = mode, .quantizers = quantizers};
    cr_assert_eq(se_layer_check(&r->layer, &err), SE_OK, "%s", err.message);
    se_layer_front(&r->layer, history, TOKENS, r->x, &values, NULL);
    memset(&expected, 0, sizeof expected);
    se_scan_run(&r->layer.scan, expected.h, TOKENS, u, r->dt, r->b, r->c, r->z, expected.y,
                &expected.flags);
    run_rtl(r, mode, quantizers[0], codes, u, &got);
    for (size_t i = 0; i < VALUES; i++) {
        cr_assert_eq(expected.y[i], got.y[i], "%s, token %zu, channel %zu: expected %04X, got %04X",
                     se_input_mode_names[mode], i / D_INNER, i % D_INNER, expected.y[i], got.y[i]);
    }
    for (size_t i = 0; i < STATES; i++) {
        uint32_t e = se_f32_bits(expected.h[i]), g = se_f32_bits(got.h[i]);
        cr_assert_eq(e, g, "%s, channel %zu, n %zu: expected %08" PRIX32 ", got %08" PRIX32,
                     se_input_mode_names[mode], i / D_STATE, i % D_STATE, e, g);
    }
    cr_assert_eq(expected.flags, got.flags, "%s: flags %02X, expected %02X",
                 se_input_mode_names[mode], got.flags, expected.flags);
    bench_count(VALUES + STATES + 1);
}

static void expect_layer(int index) {
    struct recorded *r = open_layer(index);
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        expect_mode(r, (enum se_input_mode)mode);
    }
    close_layer(r);
    bench_report();
}

Test(scan_layers, layer_0_in_every_input_mode) {
    expect_layer(0);
}
Test(scan_layers, layer_1_in_every_input_mode) {
    expect_layer(1);
}
Test(scan_layers, layer_2_in_every_input_mode) {
    expect_layer(2);
}
Test(scan_layers, layer_3_in_every_input_mode) {
    expect_layer(3);
}
