// SPDX-License-Identifier: Apache-2.0
// The small model's layers in the piecewise input modes through both engines with a lookup: one
// table of scales, whose codes leave conv_engine and enter scan_engine.
#include "conv_engine.h"
#include "scan_engine.h"

#include "../cosim/compare.h"
#include "recorded.h"

#include <criterion/criterion.h>

#include <string.h>

TestSuite(lookup_layers);

enum { LOOKUP_TOKENS = 64, LOOKUP_VALUES = LOOKUP_TOKENS * D_INNER, SCALES_MAX = 32 };

// Groups of equal size, each with the largest scale of its channels.
struct table {
    struct se_scale_table table;
    uint32_t head_range[SCALES_MAX], dim_range[SCALES_MAX];
    float scales[SCALES_MAX];
    struct se_quantizer by_scale[SCALES_MAX], by_channel[D_INNER];
};

static void equal_bounds(size_t rows, size_t groups, size_t size, uint32_t *bounds) {
    for (size_t i = 0; i < rows * groups; i++) {
        bounds[i] = (uint32_t)((i % groups + 1) * size / groups);
    }
}

static void make_table(const struct recorded *r, enum se_input_mode mode,
                       const struct se_scale_shape *shape, struct table *t) {
    float expanded[D_INNER];
    struct se_error err = {""};
    const enum se_rule rule = recorded_formats[mode].dual ? SE_RULE_R3 : SE_RULE_NONE;
    cr_assert_eq(se_scale_channels(shape), D_INNER);
    cr_assert_leq(se_scale_count(shape), SCALES_MAX);
    t->table = (struct se_scale_table){*shape, t->head_range, t->dim_range, t->scales};
    equal_bounds(shape->groups, shape->head_groups, shape->heads, t->head_range);
    equal_bounds(se_scale_rows(shape), shape->dim_groups, shape->headdim, t->dim_range);
    memset(t->scales, 0, sizeof t->scales);
    recorded_quantizers(r, mode, t->by_channel);
    for (size_t d = 0; d < D_INNER; d++) {
        float *scale = &t->scales[se_scale_index(&t->table, d)];
        *scale = t->by_channel[d].s1 > *scale ? t->by_channel[d].s1 : *scale;
    }
    const struct se_quantizer one = t->by_channel[0];
    se_scale_expand(&t->table, expanded);
    cr_assert_eq(
        se_input_piecewise(&one, rule, se_scale_count(shape), t->scales, t->by_scale, &err), SE_OK,
        "%s", err.message);
    cr_assert_eq(se_input_piecewise(&one, rule, D_INNER, expanded, t->by_channel, &err), SE_OK,
                 "%s", err.message);
}

static void run_conv(const struct recorded *r, const struct table *t, int code_bits,
                     uint16_t *codes, int8_t *x_proj) {
    const struct se_rtl_options options = {.seed = 1};
    const struct se_conv_engine_build *build;
    struct se_conv_engine *engine;
    struct se_error err = {""};
    size_t i = 0;
    while ((build = se_conv_engine_lookup_at(i)) &&
           (build->code_bits != code_bits ||
            memcmp(&build->lookup->shape, &t->table.shape, sizeof t->table.shape))) {
        i++;
    }
    cr_assert(build);
    cr_assert_eq(se_conv_engine_open_lookup(&engine, build, &options, &err), SE_OK);
    cr_assert_eq(se_conv_engine_load(engine, &r->layer.conv, t->by_scale,
                                     r->layer.input.x_proj->inv_s1, &err),
                 SE_OK, "%s", err.message);
    cr_assert_eq(se_conv_engine_load_table(engine, &t->table, t->by_scale, &err), SE_OK, "%s",
                 err.message);
    cr_assert_eq(se_conv_engine_run(engine, LOOKUP_TOKENS, true, r->x, codes, NULL, x_proj, &err),
                 SE_OK, "%s", err.message);
    se_conv_engine_close(engine);
}

static void run_scan(const struct recorded *r, const struct table *t,
                     const struct se_scan_engine_build *build, const uint16_t *codes, uint16_t *y) {
    const struct se_rtl_options options = {.seed = 1};
    const struct se_scan_beats beats = {.tokens = LOOKUP_TOKENS,
                                        .first = true,
                                        .codes = codes,
                                        .dt = r->dt,
                                        .b = r->b,
                                        .c = r->c,
                                        .z = r->z,
                                        .y = y};
    struct se_scan_engine *engine;
    struct se_error err = {""};
    cr_assert_eq(se_scan_engine_open(&engine, build, &options, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_scan_engine_load(engine, &r->layer.scan, t->by_scale, &err), SE_OK, "%s",
                 err.message);
    cr_assert_eq(se_scan_engine_load_table(engine, &t->table, t->by_scale, &err), SE_OK, "%s",
                 err.message);
    cr_assert_eq(se_scan_engine_run(engine, &beats, &err), SE_OK, "%s", err.message);
    se_scan_engine_close(engine);
}

static void expect_layer(struct recorded *r, enum se_input_mode mode,
                         const struct se_scan_engine_build *build) {
    static struct table t;
    static float y[LOOKUP_VALUES], u[LOOKUP_VALUES], h[STATES];
    static uint16_t codes[LOOKUP_VALUES], out[LOOKUP_VALUES], got[LOOKUP_VALUES],
        got_out[LOOKUP_VALUES];
    static int8_t x_proj[LOOKUP_VALUES], got_x_proj[LOOKUP_VALUES];
    int8_t history[HISTORY] = {0};
    struct se_quantizer one = recorded_x_proj(r);
    struct se_error err = {""};
    const struct se_layer_values values = {.y = y, .codes = codes, .u = u, .x_proj = x_proj};
    make_table(r, mode, &build->lookup->shape, &t);
    memset(h, 0, sizeof h);
    r->layer.input = (struct se_input){.mode = mode, .quantizers = t.by_channel, .x_proj = &one};
    cr_assert_eq(se_layer_check(&r->layer, &err), SE_OK, "%s", err.message);
    se_layer_front(&r->layer, history, LOOKUP_TOKENS, r->x, &values, NULL);
    se_scan_run(&r->layer.scan, h, LOOKUP_TOKENS, u, r->dt, r->b, r->c, r->z, out, NULL);
    run_conv(r, &t, build->code_bits, got, got_x_proj);
    run_scan(r, &t, build, got, got_out);
    for (size_t i = 0; i < LOOKUP_VALUES; i++) {
        cr_assert(codes[i] == got[i] && x_proj[i] == got_x_proj[i] && out[i] == got_out[i],
                  "%s, token %zu, channel %zu: code %02X, x_proj %d, y %04X, not %02X, %d, %04X",
                  se_input_mode_names[mode], i / D_INNER, i % D_INNER, codes[i], x_proj[i], out[i],
                  got[i], got_x_proj[i], got_out[i]);
    }
    bench_count(3 * LOOKUP_VALUES);
}

Test(lookup_layers, every_layer_in_the_piecewise_modes) {
    const struct se_scan_engine_build *build;
    size_t modes = 0;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        if (se_scale_channels(&build->lookup->shape) != D_INNER) {
            continue;
        }
        for (int index = 0; index < 4; index++) {
            struct recorded *r = recorded_open(index);
            expect_layer(
                r, build->code_bits == 8 ? SE_INPUT_INT8_PIECEWISE : SE_INPUT_W4A5_SE_PIECEWISE,
                build);
            recorded_close(r);
        }
        modes |= build->code_bits == 8 ? 1 : 2;
    }
    cr_assert_eq(modes, 3, "an instance for each of the two modes");
    bench_report();
}
