// SPDX-License-Identifier: Apache-2.0
// The small model's layers through the convolution engine, in the input modes whose quantiser it
// has: codes, values, INT8 for x_proj and flags are the model's.
#include "conv_engine.h"

#include "../cosim/compare.h"
#include "recorded.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>

TestSuite(conv_layers);

static const enum se_input_mode modes[] = {
    SE_INPUT_INT8,
    SE_INPUT_FP32,
    SE_INPUT_FP32_SIM_INT8,
    SE_INPUT_INT8_SE,
    SE_INPUT_INT8_SE_UNIFORM,
    SE_INPUT_INT4,
    SE_INPUT_INT5,
    SE_INPUT_INT5_OFFSET,
    SE_INPUT_INT6_OFFSET,
    SE_INPUT_W4A5_SE,
    SE_INPUT_W4A5_SE_OFFSET,
};
enum { MODES = sizeof modes / sizeof *modes };

struct results {
    uint16_t codes[VALUES];
    float values[VALUES];
    int8_t x_proj[VALUES];
    unsigned flags;
};

// What the engine is configured with: int8-se-uniform has one scale, that of the outliers.
static struct se_quantizer engine_quantizer(enum se_input_mode mode, struct se_quantizer q) {
    if (mode == SE_INPUT_INT8_SE_UNIFORM) {
        q.s1 = q.s2;
        q.inv_s1 = q.inv_s2;
        q.thr_pos = q.thr_neg = INFINITY;
    }
    return q;
}

static void run_rtl(const struct recorded *r, enum se_input_mode mode, struct results *results) {
    const struct se_rtl_options options = {.seed = 1};
    const struct se_quantizer q = engine_quantizer(mode, r->layer.input.quantizers[0]);
    struct se_conv_engine *engine;
    struct se_error err = {""};
    cr_assert_eq(se_conv_engine_open(&engine, q.format.code_bits, &options, &err), SE_OK, "%s",
                 err.message);
    cr_assert_eq(
        se_conv_engine_load(engine, &r->layer.conv, &q, r->layer.input.x_proj->inv_s1, &err), SE_OK,
        "%s", err.message);
    cr_assert_eq(se_conv_engine_run(engine, TOKENS, true, r->x, results->codes, results->values,
                                    results->x_proj, &err),
                 SE_OK, "%s: %s", se_input_mode_names[mode], err.message);
    results->flags = se_conv_engine_flags(engine);
    se_conv_engine_close(engine);
}

static void expect_word(enum se_input_mode mode, const char *name, size_t i, uint32_t expected,
                        uint32_t got) {
    cr_assert_eq(expected, got,
                 "%s, %s of token %zu, channel %zu: expected %08" PRIX32 ", got %08" PRIX32,
                 se_input_mode_names[mode], name, i / D_INNER, i % D_INNER, expected, got);
}

static void expect_mode(struct recorded *r, enum se_input_mode mode) {
    static struct results expected, got;
    static float u[VALUES];
    int8_t history[HISTORY] = {0};
    struct se_quantizer q, x_proj = recorded_x_proj(r);
    struct se_error err = {""};
    const struct se_layer_values values = {
        .y = expected.values, .codes = expected.codes, .u = u, .x_proj = expected.x_proj};
    recorded_quantizers(r, mode, &q);
    r->layer.input = (struct se_input){.mode = mode, .quantizers = &q, .x_proj = &x_proj};
    cr_assert_eq(se_layer_check(&r->layer, &err), SE_OK, "%s", err.message);
    expected.flags = 0;
    se_layer_front(&r->layer, history, TOKENS, r->x, &values, &expected.flags);
    run_rtl(r, mode, &got);
    for (size_t i = 0; i < VALUES; i++) {
        expect_word(mode, "value", i, se_f32_bits(expected.values[i]), se_f32_bits(got.values[i]));
        expect_word(mode, "x_proj", i, (uint8_t)expected.x_proj[i], (uint8_t)got.x_proj[i]);
        if (se_input_has_codes(mode)) {
            expect_word(mode, "code", i, expected.codes[i], got.codes[i]);
        }
    }
    cr_assert_eq(expected.flags, got.flags, "%s: flags %02X, expected %02X",
                 se_input_mode_names[mode], got.flags, expected.flags);
    bench_count((se_input_has_codes(mode) ? 3 : 2) * VALUES + 1);
}

static void expect_layer(int index) {
    struct recorded *r = recorded_open(index);
    for (size_t i = 0; i < MODES; i++) {
        expect_mode(r, modes[i]);
    }
    recorded_close(r);
    bench_report();
}

Test(conv_layers, layer_0_in_every_mode_of_the_engine) {
    expect_layer(0);
}
Test(conv_layers, layer_1_in_every_mode_of_the_engine) {
    expect_layer(1);
}
Test(conv_layers, layer_2_in_every_mode_of_the_engine) {
    expect_layer(2);
}
Test(conv_layers, layer_3_in_every_mode_of_the_engine) {
    expect_layer(3);
}
