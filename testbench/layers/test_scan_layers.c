// SPDX-License-Identifier: Apache-2.0
// The small model's layers in every input mode (docs/numerics.md, "Input modes"): convolution and
// quantiser in C, scan and gate in RTL and in C. Results, state and flags are equal.
#include "scan_engine.h"

#include "../cosim/compare.h"
#include "recorded.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <string.h>

TestSuite(scan_layers);

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
            (!takes_codes(mode) || build->code_bits == recorded_formats[mode].code_bits) &&
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
    recorded_quantizers(r, mode, quantizers);
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
    struct recorded *r = recorded_open(index);
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        expect_mode(r, (enum se_input_mode)mode);
    }
    recorded_close(r);
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
