// SPDX-License-Identifier: Apache-2.0
// The scan engine with a scale lookup, in every form, against se_scan_run on what
// se_input_dequantize makes of the codes in the piecewise modes, a quantiser a channel.
#include "scan_engine.h"

#include "../reference/scan_clock.h"
#include "../reference/scan_cycles.h"
#include "compare.h"
#include "piecewise.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

TestSuite(scan_lookup, .timeout = 600);

enum { D_STATE = 16, TOKENS_MAX = 6 };
enum { CHANNELS = TOKENS_MAX * PIECEWISE_CHANNELS, STATES = PIECEWISE_CHANNELS * D_STATE };

typedef const struct se_scan_engine_build *build_t;

// An engine, with the layer that it is configured for, and what runs through both.
struct rig {
    build_t build;
    struct se_scan_engine *engine;
    struct stimulus stimulus;
    struct se_format format;
    struct se_scan scan;
    float A[STATES], D[PIECEWISE_CHANNELS], dt_bias[PIECEWISE_CHANNELS];
    struct piecewise live, next;
    uint16_t codes[CHANNELS], expected[CHANNELS], got[CHANNELS];
    float u[CHANNELS], h[STATES], got_h[STATES];
    int8_t dt[CHANNELS], z[CHANNELS], b[TOKENS_MAX * D_STATE], c[TOKENS_MAX * D_STATE];
    unsigned flags;
};

static void load_layer(struct rig *b) {
    struct stimulus *s = &b->stimulus;
    struct se_error err = {""};
    b->scan = (struct se_scan){.d_inner = se_scale_channels(&b->build->lookup->shape),
                               .d_state = D_STATE,
                               .A = b->A,
                               .D = b->D,
                               .dt_bias = b->dt_bias,
                               .s_dt = stimulus_scale(s, -8, -4),
                               .s_b = stimulus_scale(s, -8, -4),
                               .s_c = stimulus_scale(s, -8, -4),
                               .s_z = stimulus_scale(s, -7, -4),
                               .gate = stimulus_below(s, 2)};
    for (size_t i = 0; i < STATES; i++) {
        b->A[i] = -stimulus_scale(s, -3, 4);
    }
    for (size_t d = 0; d < PIECEWISE_CHANNELS; d++) {
        b->D[d] = stimulus_scale(s, -2, 1);
        b->dt_bias[d] = stimulus_scale(s, -3, 2);
    }
    cr_assert_eq(se_scan_engine_load(b->engine, &b->scan, b->live.by_scale, &err), SE_OK, "%s",
                 err.message);
}

static struct rig *rig_new(build_t build, struct se_rtl_options options, uint64_t stream) {
    struct rig *b = calloc(1, sizeof *b);
    struct se_error err = {""};
    cr_assert(b);
    b->build = build;
    b->stimulus = stimulus_open(stream);
    b->format = piecewise_format(build->code_bits, &b->stimulus);
    options.seed = stimulus_seed() + stream;
    cr_assert_eq(se_scan_engine_open(&b->engine, build, &options, &err), SE_OK, "%s", err.message);
    piecewise_draw(&b->live, build->lookup, b->format, &b->stimulus);
    load_layer(b);
    return b;
}

static void rig_free(struct rig *b) {
    se_scan_engine_close(b->engine);
    free(b);
}

static void make_live(struct rig *b) {
    struct se_error err = {""};
    cr_assert_eq(se_scan_engine_load_table(b->engine, &b->live.table.table, b->live.by_scale, &err),
                 SE_OK, "%s", err.message);
    cr_assert_not(se_scan_engine_table_error(b->engine));
}

static void load_table(struct rig *b) {
    piecewise_draw(&b->live, b->build->lookup, b->format, &b->stimulus);
    make_live(b);
}

static void draw_int8(struct rig *b, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)stimulus_draw(&b->stimulus);
    }
}

static void draw_tokens(struct rig *b) {
    for (size_t i = 0; i < CHANNELS; i++) {
        b->codes[i] = (uint16_t)stimulus_below(&b->stimulus, 1u << se_format_width(&b->format));
    }
    draw_int8(b, CHANNELS, b->dt);
    draw_int8(b, CHANNELS, b->z);
    draw_int8(b, sizeof b->b, b->b);
    draw_int8(b, sizeof b->c, b->c);
    memset(b->h, 0, sizeof b->h);
    b->flags = 0;
}

// Tokens first .. last - 1 in the model, whose state goes on.
static void expect_model(struct rig *b, const struct piecewise *p, size_t first, size_t last) {
    size_t at = first * b->scan.d_inner, n = first * D_STATE;
    se_input_dequantize(&p->input, b->scan.d_inner, last - first, b->codes + at, b->u + at);
    se_scan_run(&b->scan, b->h, last - first, b->u + at, b->dt + at, b->b + n, b->c + n, b->z + at,
                b->expected + at, &b->flags);
}

static struct se_scan_beats beats_of(struct rig *b, size_t tokens) {
    return (struct se_scan_beats){.tokens = tokens,
                                  .first = true,
                                  .codes = b->codes,
                                  .dt = b->dt,
                                  .b = b->b,
                                  .c = b->c,
                                  .z = b->z,
                                  .y = b->got};
}

static void run_engine(struct rig *b, size_t tokens) {
    struct se_error err = {""};
    struct se_scan_beats beats = beats_of(b, tokens);
    se_scan_engine_clear(b->engine);
    cr_assert_eq(se_scan_engine_run(b->engine, &beats, &err), SE_OK, "%s", err.message);
}

static void compare(struct rig *b, size_t tokens) {
    size_t d_inner = b->scan.d_inner;
    for (size_t i = 0; i < tokens * d_inner; i++) {
        cr_assert_eq(b->expected[i], b->got[i],
                     "%s, token %zu, channel %zu: y is %04X, not %04X (SE_SEED=%" PRIu64 ")",
                     b->build->name, i / d_inner, i % d_inner, b->expected[i], b->got[i],
                     stimulus_seed());
    }
    cr_assert_eq(se_scan_engine_flags(b->engine), b->flags);
    bench_count(tokens * d_inner + 1);
}

static void compare_state(struct rig *b) {
    size_t states = b->scan.d_inner * D_STATE;
    se_scan_engine_read_state(b->engine, b->got_h);
    for (size_t i = 0; i < states; i++) {
        cr_assert_eq(se_f32_bits(b->h[i]), se_f32_bits(b->got_h[i]),
                     "%s: state of channel %zu, n %zu", b->build->name, i / D_STATE, i % D_STATE);
    }
    bench_count(states);
}

static void expect_tokens(struct rig *b, size_t tokens) {
    draw_tokens(b);
    expect_model(b, &b->live, 0, tokens);
    run_engine(b, tokens);
    compare(b, tokens);
}

// ---- results ------------------------------------------------------------------------------------

static void expect_tables(size_t i, struct se_rtl_options options, int tables, size_t tokens) {
    struct rig *b = rig_new(se_scan_engine_lookup_at(i), options, 91000 + 100 * i);
    for (int t = 0; t < tables; t++) {
        load_table(b);
        expect_tokens(b, tokens);
        if (t % 25 == 0) {
            compare_state(b);
        }
    }
    rig_free(b);
}

Test(scan_lookup, a_hundred_tables_in_every_form) {
    for (size_t i = 0; se_scan_engine_lookup_at(i); i++) {
        expect_tables(i, (struct se_rtl_options){0}, 100, 1);
    }
    bench_report();
}

Test(scan_lookup, stall_matrix) {
    static const unsigned percents[][2] = {{50, 0}, {0, 50}, {50, 50}, {90, 0}, {0, 90}};
    for (size_t i = 0; se_scan_engine_lookup_at(i); i++) {
        for (size_t k = 0; k < sizeof percents / sizeof *percents; k++) {
            struct se_rtl_options options = {.idle_percent = percents[k][0],
                                             .stall_percent = percents[k][1],
                                             .random_initial_state = true};
            expect_tables(i, options, 2, 2);
        }
    }
    bench_report();
}

// ---- cycles -------------------------------------------------------------------------------------

// The sequential lookup: by the waits of the live table, clock by clock.
static uint64_t clocked(const struct rig *b, size_t tokens) {
    uint64_t waits[PIECEWISE_CHANNELS];
    for (size_t c = 0; c < b->scan.d_inner; c++) {
        waits[c] = piecewise_channel_waits(&b->live, c);
    }
    return scan_clock_cycles(&(struct scan_clock_shape){.lanes = (size_t)b->build->lanes,
                                                        .d_state = D_STATE,
                                                        .d_inner = b->scan.d_inner,
                                                        .tokens = tokens,
                                                        .waits = waits});
}

// A lookup that takes a channel a cycle adds its latency to the first channel's way and nothing
// else. The sequential one adds its compares: the 8 lanes take a channel in 2 cycles, it gives one
// in 3 or more, so that nothing else ever makes a channel wait.
Test(scan_lookup, cycles_and_stalls) {
    static const size_t latency[] = {
        [SE_LOOKUP_PARALLEL] = 2, [SE_LOOKUP_LUT] = 2, [SE_LOOKUP_CURSOR] = 1};
    build_t build;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 92000 + i);
        bool sequential = build->lookup->form == SE_LOOKUP_SEQUENTIAL;
        for (size_t tokens = 1; tokens <= TOKENS_MAX; tokens++) {
            load_table(b);
            expect_tokens(b, tokens);
            struct se_scan_counters counters = se_scan_engine_counters(b->engine);
            struct scan_shape shape = {.lanes = (size_t)build->lanes,
                                       .d_state = D_STATE,
                                       .d_inner = b->scan.d_inner,
                                       .tokens = tokens};
            uint64_t waits = sequential ? tokens * piecewise_waits(&b->live) : 0;
            cr_assert_eq(counters.lookup_stalls, waits,
                         "%s stalled for %" PRIu64 " cycles, not %" PRIu64, build->name,
                         counters.lookup_stalls, waits);
            cr_assert_eq(counters.stalls, 0);
            cr_assert_eq(counters.cycles, se_scan_engine_run_cycles(b->engine));
            if (!sequential) {
                shape.lookup = latency[build->lookup->form];
                cr_assert_eq(counters.cycles, scan_cycles(&shape),
                             "%s took %" PRIu64 " cycles, not %" PRIu64, build->name,
                             counters.cycles, scan_cycles(&shape));
                cr_assert_eq(scan_cycles_closed(&shape), counters.cycles);
                continue;
            }
            cr_assert_eq(counters.cycles, clocked(b, tokens),
                         "%s took %" PRIu64 " cycles, not %" PRIu64, build->name, counters.cycles,
                         clocked(b, tokens));
        }
        rig_free(b);
    }
    bench_report();
}

// ---- tables that come and go --------------------------------------------------------------------

// The next table is written while tokens run, and its swap falls into the middle of one: that token
// keeps its table, the next one has the new.
Test(scan_lookup, the_next_table_is_written_beside_a_layer) {
    static uint32_t words[PIECEWISE_WORDS_MAX];
    build_t build;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        for (unsigned paused = 0; paused < 2; paused++) {
            struct se_rtl_options options = {.idle_percent = 30 * paused,
                                             .stall_percent = 30 * paused};
            struct rig *b = rig_new(build, options, 93000 + 10 * i + paused);
            load_table(b);
            for (int k = 0; k < 4; k++) {
                uint32_t within = 1 + stimulus_below(&b->stimulus, (uint32_t)b->scan.d_inner - 2);
                size_t token = 3; // by then every word is there
                draw_tokens(b);
                piecewise_draw(&b->next, build->lookup, b->format, &b->stimulus);
                size_t n = piecewise_words(&b->next, build->lookup, SE_ENGINE_SCAN, words);
                se_scan_engine_queue_table(b->engine, words, n, token * b->scan.d_inner + within);
                expect_model(b, &b->live, 0, token + 1);
                expect_model(b, &b->next, token + 1, TOKENS_MAX);
                run_engine(b, TOKENS_MAX);
                compare(b, TOKENS_MAX);
                compare_state(b);
                load_table(b);
            }
            rig_free(b);
        }
    }
    bench_report();
}

Test(scan_lookup, reset_in_mid_stream_drops_the_table) {
    build_t build;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        struct se_rtl_options options = {.random_initial_state = true};
        struct rig *b = rig_new(build, options, 94000 + i);
        for (unsigned cycles = 1; cycles <= 400; cycles += 1 + cycles / 4) {
            load_table(b);
            draw_tokens(b);
            struct se_scan_beats beats = beats_of(b, TOKENS_MAX);
            se_scan_engine_disturb(b->engine, &beats, cycles);
            se_scan_engine_reset(b->engine);
            // B and C fill their two banks.
            cr_assert_leq(se_scan_engine_disturb(b->engine, &beats, 150), 2 * D_STATE,
                          "%s goes on without a table", build->name);
            se_scan_engine_reset(b->engine);
            make_live(b);
            expect_tokens(b, 1);
        }
        rig_free(b);
    }
    bench_report();
}

Test(scan_lookup, corrupted_tables_are_flagged) {
    static uint32_t words[PIECEWISE_WORDS_MAX];
    build_t build;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 95000 + i);
        for (int k = 0;; k++) {
            struct se_scan_beats beats = beats_of(b, TOKENS_MAX);
            piecewise_draw(&b->next, build->lookup, b->format, &b->stimulus);
            draw_tokens(b);
            size_t n = piecewise_words(&b->next, build->lookup, SE_ENGINE_SCAN, words);
            if (!piecewise_spoil(build->lookup, SE_ENGINE_SCAN, k, words, &n, &b->stimulus)) {
                break;
            }
            se_scan_engine_queue_table(b->engine, words, n, 0);
            run_engine(b, 0);
            cr_assert(se_scan_engine_table_error(b->engine), "%s took illegal table %d",
                      build->name, k);
            cr_assert_eq(se_scan_engine_disturb(b->engine, &beats, 100), 0);
            load_table(b);
            expect_tokens(b, 1);
        }
        rig_free(b);
    }
    bench_report();
}

// ---- what is refused ----------------------------------------------------------------------------

Test(scan_lookup, what_does_not_fit_is_refused) {
    static struct piecewise other;
    build_t build;
    for (size_t i = 0; (build = se_scan_engine_lookup_at(i)); i++) {
        struct rig *b = rig_new(build, (struct se_rtl_options){0}, 96000 + i);
        struct se_error err = {""};
        struct se_engine_lookup lookup = *build->lookup;
        struct se_scan scan = b->scan;
        struct se_scan_beats beats = beats_of(b, 1);
        lookup.shape.heads /= 2;
        piecewise_draw(&other, &lookup, b->format, &b->stimulus);
        cr_expect_eq(se_scan_engine_load_table(b->engine, &other.table.table, other.by_scale, &err),
                     SE_INVALID);
        scan.d_inner--;
        cr_expect_eq(se_scan_engine_load(b->engine, &scan, b->live.by_scale, &err), SE_INVALID);
        cr_expect(strstr(err.message, "d_inner"), "%s", err.message);
        cr_expect_eq(se_scan_engine_load(b->engine, &b->scan, NULL, &err), SE_INVALID);
        load_table(b);
        cr_expect(se_scan_engine_set_d_inner(b->engine, scan.d_inner));
        cr_expect_eq(se_scan_engine_disturb(b->engine, &beats, 100), 0);
        cr_expect_not(se_scan_engine_set_d_inner(b->engine, b->scan.d_inner));
        expect_tokens(b, 1);
        rig_free(b);
    }
    bench_report();
}
