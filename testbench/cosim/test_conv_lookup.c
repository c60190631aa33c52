// SPDX-License-Identifier: Apache-2.0
// The convolution engine with a scale lookup, in every form, against se_layer_front in the
// piecewise modes, which has a quantiser a channel.
#include "conv_engine.h"

#include "compare.h"
#include "piecewise.h"
#include "w4a5se/fp32.h"
#include "w4a5se/layer.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

TestSuite(conv_lookup, .timeout = 600);

enum { TOKENS_MAX = 6, VALUES = TOKENS_MAX * PIECEWISE_CHANNELS, LATENCY = 29 };
enum { INSIDE_MAX = 35 }; // beats that wait in the engine

typedef const struct se_conv_engine_build *build_t;

struct values {
    int8_t x_proj[VALUES];
    uint16_t codes[VALUES];
    float y[VALUES];
};

// An engine, with the layer that it is configured for.
struct rig {
    build_t build;
    struct se_conv_engine *engine;
    struct stimulus stimulus;
    size_t d_inner;
    struct se_format format;
    struct se_layer layer;
    int8_t w[PIECEWISE_CHANNELS * SE_CONV_WIDTH], history[PIECEWISE_CHANNELS * SE_CONV_HISTORY];
    float b[PIECEWISE_CHANNELS];
    struct piecewise live, next;
    int8_t x[VALUES];
    struct values expected, got;
};

static void load_layer(struct rig *b) {
    struct se_error err = {""};
    b->layer.conv = (struct se_conv){.d_inner = b->d_inner,
                                     .w = b->w,
                                     .s_wx = stimulus_scale(&b->stimulus, -14, -10),
                                     .b = b->b};
    for (size_t i = 0; i < b->d_inner * SE_CONV_WIDTH; i++) {
        b->w[i] = (int8_t)stimulus_draw(&b->stimulus);
    }
    for (size_t i = 0; i < b->d_inner; i++) {
        b->b[i] = stimulus_scale(&b->stimulus, -6, 1);
    }
    cr_assert_eq(se_conv_engine_load(b->engine, &b->layer.conv, b->live.by_scale,
                                     b->live.x_proj.inv_s1, &err),
                 SE_OK, "%s", err.message);
}

static struct rig *rig_new(build_t build, struct se_rtl_options options, uint64_t stream) {
    struct rig *b = calloc(1, sizeof *b);
    struct se_error err = {""};
    cr_assert(b);
    b->build = build;
    b->stimulus = stimulus_open(stream);
    b->d_inner = se_scale_channels(&build->lookup->shape);
    b->format = piecewise_format(build->code_bits, &b->stimulus);
    options.seed = stimulus_seed() + stream;
    cr_assert_eq(se_conv_engine_open_lookup(&b->engine, build, &options, &err), SE_OK, "%s",
                 err.message);
    piecewise_draw(&b->live, build->lookup, b->format, &b->stimulus);
    load_layer(b);
    return b;
}

static void rig_free(struct rig *b) {
    se_conv_engine_close(b->engine);
    free(b);
}

static void draw_table(struct rig *b, struct piecewise *p) {
    struct se_quantizer x_proj = b->live.x_proj; // the engine's
    piecewise_draw(p, b->build->lookup, b->format, &b->stimulus);
    p->x_proj = x_proj;
}

static void make_live(struct rig *b) {
    struct se_error err = {""};
    cr_assert_eq(se_conv_engine_load_table(b->engine, &b->live.table.table, b->live.by_scale, &err),
                 SE_OK, "%s", err.message);
    cr_assert_not(se_conv_engine_table_error(b->engine));
}

static void load_table(struct rig *b) {
    draw_table(b, &b->live);
    make_live(b);
}

// Tokens first .. last - 1 of b->x in the model, whose history goes on.
static void expect_model(struct rig *b, const struct piecewise *p, size_t first, size_t last) {
    static float u[VALUES];
    size_t at = first * b->d_inner;
    const struct se_layer_values values = {.y = b->expected.y + at,
                                           .codes = b->expected.codes + at,
                                           .u = u,
                                           .x_proj = b->expected.x_proj + at};
    b->layer.input = p->input;
    se_layer_front(&b->layer, b->history, last - first, b->x + at, &values, NULL);
}

static void compare(const struct rig *b, size_t tokens) {
    const struct values *e = &b->expected, *g = &b->got;
    for (size_t i = 0; i < tokens * b->d_inner; i++) {
        cr_assert(se_f32_bits(e->y[i]) == se_f32_bits(g->y[i]) && e->codes[i] == g->codes[i] &&
                      e->x_proj[i] == g->x_proj[i],
                  "%s, token %zu, channel %zu: value %a, code %02X, x_proj %d, not %a, %02X, %d "
                  "(SE_SEED=%" PRIu64 ")",
                  b->build->name, i / b->d_inner, i % b->d_inner, (double)e->y[i], e->codes[i],
                  e->x_proj[i], (double)g->y[i], g->codes[i], g->x_proj[i], stimulus_seed());
    }
    bench_count(3 * tokens * b->d_inner);
}

static void draw_x(struct rig *b) {
    for (size_t i = 0; i < VALUES; i++) {
        b->x[i] = (int8_t)stimulus_draw(&b->stimulus);
    }
    memset(b->history, 0, sizeof b->history);
}

static void run_engine(struct rig *b, size_t tokens) {
    struct se_error err = {""};
    cr_assert_eq(se_conv_engine_run(b->engine, tokens, true, b->x, b->got.codes, b->got.y,
                                    b->got.x_proj, &err),
                 SE_OK, "%s", err.message);
}

static void expect_tokens(struct rig *b, size_t tokens) {
    draw_x(b);
    expect_model(b, &b->live, 0, tokens);
    run_engine(b, tokens);
    compare(b, tokens);
}

// ---- results ------------------------------------------------------------------------------------

Test(conv_lookup, a_hundred_tables_in_every_form) {
    static const unsigned percents[] = {0, 0, 30, 80};
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 90000 + i);
        for (int t = 0; t < 100; t++) {
            struct se_conv_pauses pauses = {
                .idle_percent = percents[stimulus_below(&b->stimulus, 4)],
                .code_stall_percent = percents[stimulus_below(&b->stimulus, 4)],
                .x_proj_stall_percent = percents[stimulus_below(&b->stimulus, 4)]};
            se_conv_engine_pause(b->engine, &pauses);
            load_table(b);
            expect_tokens(b, 1 + t % 3);
        }
        rig_free(b);
    }
    bench_report();
}

Test(conv_lookup, stall_matrix) {
    static const unsigned idle[] = {0, 50, 90};
    static const unsigned stall[][2] = {{0, 0}, {50, 0}, {0, 50}, {50, 50}, {90, 0}, {90, 90}};
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct se_rtl_options options = {.random_initial_state = true};
        struct rig *b = rig_new(build, options, 90100 + i);
        load_table(b);
        for (size_t k = 0; k < 3 * sizeof stall / sizeof *stall; k++) {
            struct se_conv_pauses pauses = {.idle_percent = idle[k % 3],
                                            .code_stall_percent = stall[k / 3][0],
                                            .x_proj_stall_percent = stall[k / 3][1]};
            se_conv_engine_pause(b->engine, &pauses);
            expect_tokens(b, 2);
        }
        rig_free(b);
    }
    bench_report();
}

// ---- cycles -------------------------------------------------------------------------------------

// Nothing but its latency is added by a lookup that takes a channel a cycle; the sequential one
// adds its compares, each of which it counts.
Test(conv_lookup, cycles_and_stalls) {
    static const uint64_t latency[] = {[SE_LOOKUP_SEQUENTIAL] = 1,
                                       [SE_LOOKUP_PARALLEL] = 2,
                                       [SE_LOOKUP_LUT] = 2,
                                       [SE_LOOKUP_CURSOR] = 1};
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 90200 + i);
        enum se_lookup_form form = build->lookup->form;
        for (size_t tokens = 1; tokens <= TOKENS_MAX; tokens++) {
            load_table(b);
            se_conv_engine_clear_flags(b->engine);
            expect_tokens(b, tokens);
            uint64_t waits = form == SE_LOOKUP_SEQUENTIAL ? tokens * piecewise_waits(&b->live) : 0;
            uint64_t cycles = LATENCY + latency[form] + tokens * b->d_inner + waits;
            cr_assert_eq(se_conv_engine_lookup_stalls(b->engine), waits,
                         "%s stalled for %" PRIu64 " cycles, not %" PRIu64, build->name,
                         se_conv_engine_lookup_stalls(b->engine), waits);
            cr_assert_eq(se_conv_engine_run_cycles(b->engine), cycles,
                         "%s took %" PRIu64 " cycles, not %" PRIu64, build->name,
                         se_conv_engine_run_cycles(b->engine), cycles);
        }
        rig_free(b);
    }
    bench_report();
}

// ---- tables that come and go --------------------------------------------------------------------

// The next table is written while tokens run, and its swap falls into the middle of one: that token
// keeps its table, the next one has the new.
Test(conv_lookup, the_next_table_is_written_beside_a_layer) {
    static uint32_t words[PIECEWISE_WORDS_MAX];
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        for (unsigned paused = 0; paused < 2; paused++) {
            struct se_rtl_options options = {.idle_percent = 30 * paused,
                                             .stall_percent = 30 * paused};
            struct rig *b = rig_new(build, options, 90300 + 10 * i + paused);
            load_table(b);
            for (int k = 0; k < 10; k++) {
                size_t within =
                    INSIDE_MAX + 5 +
                    stimulus_below(&b->stimulus, (uint32_t)(b->d_inner - 2 * INSIDE_MAX - 10));
                size_t token = 3; // by then every word is there
                draw_x(b);
                draw_table(b, &b->next);
                size_t n = piecewise_words(&b->next, build->lookup, SE_ENGINE_CONV, words);
                se_conv_engine_queue_table(b->engine, words, n, token * b->d_inner + within);
                expect_model(b, &b->live, 0, token + 1);
                expect_model(b, &b->next, token + 1, TOKENS_MAX);
                run_engine(b, TOKENS_MAX);
                compare(b, TOKENS_MAX);
                load_table(b);
            }
            rig_free(b);
        }
    }
    bench_report();
}

// A reset after every number of cycles: the table is gone, beats wait, and the next table is as if
// nothing had been.
Test(conv_lookup, reset_in_mid_stream_drops_the_table) {
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct se_rtl_options options = {.random_initial_state = true};
        struct rig *b = rig_new(build, options, 90400 + i);
        for (unsigned cycles = 1; cycles <= 60; cycles++) {
            load_table(b);
            draw_x(b);
            cr_assert_leq(se_conv_engine_disturb(b->engine, VALUES, b->x, cycles), cycles);
            se_conv_engine_reset(b->engine);
            cr_assert_leq(se_conv_engine_disturb(b->engine, VALUES, b->x, 150), INSIDE_MAX,
                          "%s goes on without a table", build->name);
            se_conv_engine_reset(b->engine);
            make_live(b);
            expect_tokens(b, 1);
        }
        rig_free(b);
    }
    bench_report();
}

Test(conv_lookup, corrupted_tables_are_flagged) {
    static uint32_t words[PIECEWISE_WORDS_MAX];
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 90500 + i);
        for (int k = 0;; k++) {
            draw_table(b, &b->next);
            draw_x(b);
            size_t n = piecewise_words(&b->next, build->lookup, SE_ENGINE_CONV, words);
            if (!piecewise_spoil(build->lookup, SE_ENGINE_CONV, k, words, &n, &b->stimulus)) {
                break;
            }
            se_conv_engine_queue_table(b->engine, words, n, 0);
            run_engine(b, 0);
            cr_assert(se_conv_engine_table_error(b->engine), "%s took illegal table %d",
                      build->name, k);
            cr_assert_eq(se_conv_engine_disturb(b->engine, VALUES, b->x, 100), 0);
            load_table(b);
            expect_tokens(b, 1);
        }
        rig_free(b);
    }
    bench_report();
}

// ---- what is refused ----------------------------------------------------------------------------

Test(conv_lookup, what_does_not_fit_is_refused) {
    static struct piecewise other;
    build_t build;
    for (size_t i = 0; (build = se_conv_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 90600 + i);
        struct se_error err = {""};
        struct se_engine_lookup lookup = *build->lookup;
        lookup.shape.heads /= 2;
        piecewise_draw(&other, &lookup, b->format, &b->stimulus);
        cr_expect_eq(se_conv_engine_load_table(b->engine, &other.table.table, other.by_scale, &err),
                     SE_INVALID);
        b->layer.conv.d_inner = b->d_inner - 1;
        cr_expect_eq(se_conv_engine_load(b->engine, &b->layer.conv, b->live.by_scale, 1, &err),
                     SE_INVALID);
        cr_expect(strstr(err.message, "d_inner"), "%s", err.message);
        cr_expect_eq(se_conv_engine_disturb(b->engine, 50, b->x, 100), 0);
        b->layer.conv.d_inner = b->d_inner; // and then as if nothing had been
        load_table(b);
        load_layer(b);
        expect_tokens(b, 1);
        rig_free(b);
    }
    bench_report();
}
