// SPDX-License-Identifier: Apache-2.0
// The convolution engine against se_conv_run and se_quantize: codes, values, INT8 for x_proj and
// flags, whatever the shapes, the pauses and what came before.
#include "conv_engine.h"

#include "compare.h"
#include "stimulus.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(conv_engine);

enum { D_INNER_MAX = SE_CONV_ENGINE_D_INNER_MAX, LATENCY = 29 };

// ---- a layer, and what runs through it ----------------------------------------------------------

struct layer {
    struct se_conv conv;
    int8_t w[D_INNER_MAX * SE_CONV_WIDTH];
    float b[D_INNER_MAX];
    struct se_quantizer q, x_proj;
};

static struct se_quantizer single_scale(struct se_format format, float inv_s) {
    return (struct se_quantizer){.format = format,
                                 .inv_s1 = inv_s,
                                 .inv_s2 = inv_s,
                                 .thr_pos = INFINITY,
                                 .thr_neg = INFINITY};
}

static float any_float(struct stimulus *s) {
    return se_f32_from_bits(stimulus_float(s));
}

// The convolution's magnitudes in a trained model: sums of up to 2^16 come to some units.
static void make_ordinary(struct layer *layer, int code_bits, struct stimulus *s) {
    layer->conv.s_wx = stimulus_scale(s, -16, -10);
    for (size_t c = 0; c < layer->conv.d_inner; c++) {
        layer->b[c] = stimulus_scale(s, -6, 1) * (stimulus_below(s, 2) ? 1 : -1);
    }
    layer->q = stimulus_quantizer(s, code_bits);
    layer->q.inv_s1 = stimulus_scale(s, 0, code_bits);
    layer->q.inv_s2 = layer->q.inv_s1 / 4;
    layer->x_proj = single_scale(se_format_signed(8, false), stimulus_scale(s, 1, 8));
}

// Any pattern, NaNs and infinities among them, in every FP32 word.
static void make_wild(struct layer *layer, int code_bits, struct stimulus *s) {
    layer->conv.s_wx = any_float(s);
    for (size_t c = 0; c < layer->conv.d_inner; c++) {
        layer->b[c] = any_float(s);
    }
    layer->q = stimulus_quantizer(s, code_bits);
    if (stimulus_below(s, 2)) {
        layer->q.inv_s1 = any_float(s);
        layer->q.inv_s2 = any_float(s);
        layer->q.thr_pos = any_float(s);
        layer->q.thr_neg = any_float(s);
    }
    layer->x_proj = single_scale(se_format_signed(8, false), any_float(s));
}

static struct layer *layer_new(size_t d_inner, int code_bits, bool wild, struct stimulus *s) {
    struct layer *layer = calloc(1, sizeof *layer);
    cr_assert(layer);
    layer->conv = (struct se_conv){.d_inner = d_inner, .w = layer->w, .b = layer->b};
    for (size_t i = 0; i < d_inner * SE_CONV_WIDTH; i++) {
        layer->w[i] = stimulus_below(s, 16) ? (int8_t)stimulus_draw(s) : -128;
    }
    (wild ? make_wild : make_ordinary)(layer, code_bits, s);
    return layer;
}

// x and the three streams that come of it, from the engine or from the model.
struct streams {
    size_t n;
    int8_t *x, *x_proj;
    uint16_t *codes;
    float *values;
};

static struct streams streams_new(size_t n) {
    struct streams streams = {.n = n,
                              .x = calloc(n + 1, 1),
                              .x_proj = calloc(n + 1, 1),
                              .codes = calloc(n + 1, sizeof(uint16_t)),
                              .values = calloc(n + 1, sizeof(float))};
    cr_assert(streams.x && streams.x_proj && streams.codes && streams.values);
    return streams;
}

static void streams_free(struct streams *streams) {
    free(streams->x);
    free(streams->x_proj);
    free(streams->codes);
    free(streams->values);
}

static void draw_x(struct streams *streams, struct stimulus *s) {
    for (size_t i = 0; i < streams->n; i++) {
        streams->x[i] = stimulus_below(s, 16) ? (int8_t)stimulus_draw(s) : -128;
    }
}

// ---- engine and model side by side --------------------------------------------------------------

struct pair {
    struct se_conv_engine *engine;
    const struct layer *layer;
    int8_t history[D_INNER_MAX * SE_CONV_HISTORY];
    unsigned flags; // the model's, since the engine's were cleared
};

static struct pair *pair_open(int code_bits, struct se_rtl_options options) {
    struct pair *pair = calloc(1, sizeof *pair);
    struct se_error err = {""};
    cr_assert(pair);
    if (options.seed == 0) {
        options.seed = stimulus_seed();
    }
    cr_assert_eq(se_conv_engine_open(&pair->engine, code_bits, &options, &err), SE_OK, "%s",
                 err.message);
    return pair;
}

static void pair_close(struct pair *pair) {
    se_conv_engine_close(pair->engine);
    free(pair);
}

static void load(struct pair *pair, const struct layer *layer) {
    struct se_error err = {""};
    pair->layer = layer;
    cr_assert_eq(
        se_conv_engine_load(pair->engine, &layer->conv, &layer->q, layer->x_proj.inv_s1, &err),
        SE_OK, "%s", err.message);
}

static void expect_model(struct pair *pair, size_t sequences, size_t tokens, bool first,
                         struct streams *golden) {
    const struct layer *layer = pair->layer;
    size_t beats = tokens * layer->conv.d_inner;
    for (size_t i = 0; i < sequences; i++) {
        if (first) {
            memset(pair->history, 0, sizeof pair->history);
        }
        se_conv_run(&layer->conv, pair->history, tokens, golden->x + i * beats,
                    golden->values + i * beats, &pair->flags);
    }
    for (size_t i = 0; i < golden->n; i++) {
        golden->codes[i] = se_quantize(&layer->q, golden->values[i]);
        golden->x_proj[i] = (int8_t)se_code_q(&layer->x_proj.format,
                                              se_quantize(&layer->x_proj, golden->values[i]));
    }
}

// The first beat in which a stream differs, n where none does; err names stream, token and channel.
static size_t compare(const struct layer *layer, const struct streams *golden,
                      const struct streams *got, struct se_error *err) {
    for (size_t i = 0; i < golden->n; i++) {
        uint32_t expected[] = {se_f32_bits(golden->values[i]), golden->codes[i],
                               (uint8_t)golden->x_proj[i]};
        uint32_t found[] = {se_f32_bits(got->values[i]), got->codes[i], (uint8_t)got->x_proj[i]};
        for (int k = 0; k < 3; k++) {
            if (expected[k] != found[k]) {
                static const char *const names[] = {"value", "code", "x_proj"};
                se_fail(err, SE_INVALID,
                        "%s of token %zu, channel %zu of %zu: expected %08" PRIX32
                        ", got %08" PRIX32 " (SE_SEED=%" PRIu64 ")",
                        names[k], i / layer->conv.d_inner, i % layer->conv.d_inner,
                        layer->conv.d_inner, expected[k], found[k], stimulus_seed());
                return i;
            }
        }
    }
    return golden->n;
}

static void run_engine(struct pair *pair, size_t sequences, size_t tokens, bool first,
                       struct streams *got) {
    struct se_error err = {""};
    enum se_status status =
        first ? se_conv_engine_run_sequences(pair->engine, sequences, tokens, got->x, got->codes,
                                             got->values, got->x_proj, &err)
              : se_conv_engine_run(pair->engine, tokens, false, got->x, got->codes, got->values,
                                   got->x_proj, &err);
    cr_assert_eq(status, SE_OK, "d_inner %zu, SE_SEED=%" PRIu64 ": %s", pair->layer->conv.d_inner,
                 stimulus_seed(), err.message);
}

static void expect_equal(struct pair *pair, const struct streams *golden,
                         const struct streams *got) {
    struct se_error err = {""};
    cr_assert_eq(compare(pair->layer, golden, got, &err), golden->n, "%s", err.message);
    cr_assert_eq(se_conv_engine_flags(pair->engine), pair->flags, "flags %02X, expected %02X",
                 se_conv_engine_flags(pair->engine), pair->flags);
    bench_count(3 * golden->n);
}

// `sequences` of `tokens` each (or, not first, more tokens of the last one), random x.
static void expect_sequences(struct pair *pair, size_t sequences, size_t tokens, bool first,
                             struct stimulus *s) {
    struct streams golden = streams_new(sequences * tokens * pair->layer->conv.d_inner);
    struct streams got = streams_new(golden.n);
    draw_x(&golden, s);
    memcpy(got.x, golden.x, golden.n);
    expect_model(pair, sequences, tokens, first, &golden);
    run_engine(pair, sequences, tokens, first, &got);
    expect_equal(pair, &golden, &got);
    streams_free(&golden);
    streams_free(&got);
}

static void expect_tokens(struct pair *pair, size_t tokens, bool first, struct stimulus *s) {
    expect_sequences(pair, 1, tokens, first, s);
}

static const int all_code_bits[] = {4, 5, 8};
enum { INSTANCES = sizeof all_code_bits / sizeof *all_code_bits };
static const size_t directed[] = {1, 2, 3, 4, 5, 64, D_INNER_MAX};
enum { DIRECTED = sizeof directed / sizeof *directed };

static size_t tokens_of(size_t d_inner) {
    return d_inner < 100 ? 60 : 6;
}

// ---- results ------------------------------------------------------------------------------------

Test(conv_engine, directed_shapes) {
    for (int i = 0; i < INSTANCES; i++) {
        struct pair *pair = pair_open(all_code_bits[i], (struct se_rtl_options){0});
        struct stimulus s = stimulus_open(60000 + (uint64_t)i);
        for (size_t k = 0; k < DIRECTED; k++) {
            struct layer *layer = layer_new(directed[k], all_code_bits[i], false, &s);
            load(pair, layer);
            expect_tokens(pair, tokens_of(directed[k]), true, &s);
            free(layer);
        }
        pair_close(pair);
    }
    bench_report();
}

// The ends of the integer sum: 4 * 128 * 128 and 4 * -128 * 127.
Test(conv_engine, largest_sums) {
    static const int8_t ends[] = {-128, 127, -1, 0, 1};
    enum { N = 5, TOKENS = 8 };
    struct stimulus s = stimulus_open(60100);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    struct layer *layer = layer_new(N, 4, false, &s);
    for (int k = 0; k < N; k++) {
        memset(layer->w, ends[k], sizeof layer->w);
        load(pair, layer);
        struct streams golden = streams_new(N * TOKENS), got = streams_new(N * TOKENS);
        for (size_t i = 0; i < golden.n; i++) {
            golden.x[i] = got.x[i] = ends[i % N];
        }
        expect_model(pair, 1, TOKENS, true, &golden);
        run_engine(pair, 1, TOKENS, true, &got);
        expect_equal(pair, &golden, &got);
        streams_free(&golden);
        streams_free(&got);
    }
    free(layer);
    pair_close(pair);
    bench_report();
}

static struct se_conv_pauses random_pauses(struct stimulus *s) {
    static const unsigned percents[] = {0, 0, 10, 50, 90};
    return (struct se_conv_pauses){.idle_percent = percents[stimulus_below(s, 5)],
                                   .code_stall_percent = percents[stimulus_below(s, 5)],
                                   .x_proj_stall_percent = percents[stimulus_below(s, 5)]};
}

// Random shapes, parameters and pauses; sequences one behind the other and in several calls.
Test(conv_engine, random) {
    enum { SEEDS = 150 };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct stimulus s = stimulus_open(61000 + seed);
        int code_bits = all_code_bits[seed % INSTANCES];
        struct pair *pair = pair_open(code_bits, (struct se_rtl_options){.seed = seed + 1});
        for (int k = 0; k < 4; k++) {
            size_t d_inner = 1 + stimulus_below(&s, stimulus_below(&s, 2) ? 8 : 200);
            struct layer *layer = layer_new(d_inner, code_bits, stimulus_below(&s, 2), &s);
            struct se_conv_pauses pauses = random_pauses(&s);
            load(pair, layer);
            se_conv_engine_pause(pair->engine, &pauses);
            se_conv_engine_clear_flags(pair->engine);
            pair->flags = 0;
            expect_sequences(pair, 1 + stimulus_below(&s, 4), 1 + stimulus_below(&s, 9), true, &s);
            expect_tokens(pair, 1 + stimulus_below(&s, 3), false, &s);
            free(layer);
        }
        pair_close(pair);
    }
    bench_report();
}

// One prefill, and the same tokens one call each.
Test(conv_engine, state_is_carried_over_calls) {
    for (size_t k = 0; k < DIRECTED; k++) {
        struct stimulus s = stimulus_open(62000 + k);
        struct pair *pair = pair_open(4, (struct se_rtl_options){0});
        struct layer *layer = layer_new(directed[k], 4, false, &s);
        load(pair, layer);
        expect_tokens(pair, 1, true, &s);
        for (int t = 0; t < 8; t++) {
            expect_tokens(pair, 1, false, &s);
        }
        expect_tokens(pair, 3, false, &s);
        free(layer);
        pair_close(pair);
    }
    bench_report();
}

// Each flag of the fma alone, and none from a layer that raises none.
Test(conv_engine, flags) {
    static const struct {
        float s_wx, b;
        unsigned flags;
    } cases[] = {
        {1, 1, 0},
        {0x1.000002p-20f, 1, SE_FP_INEXACT},
        {0x1p127f, 1, SE_FP_OVERFLOW | SE_FP_INEXACT},
        {0x1.8p-140f, 0x1p-149f, 0}, // a multiple of the least subnormal is never tiny and inexact
        {INFINITY, 0, SE_FP_INVALID},
        {1, INFINITY, 0},
        {1, NAN, 0},
        {NAN, 1, 0},
    };
    struct stimulus s = stimulus_open(63000);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    struct layer *layer = layer_new(3, 4, false, &s);
    struct se_error err = {""};
    int8_t x[3 * 4];
    memset(layer->w, 1, sizeof layer->w);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        layer->conv.s_wx = cases[k].s_wx;
        layer->b[0] = layer->b[1] = layer->b[2] = cases[k].b;
        load(pair, layer);
        se_conv_engine_clear_flags(pair->engine);
        memset(x, cases[k].flags == SE_FP_INVALID ? 0 : 1, sizeof x);
        cr_assert_eq(se_conv_engine_run(pair->engine, 4, true, x, NULL, NULL, NULL, &err), SE_OK);
        cr_expect_eq(se_conv_engine_flags(pair->engine), cases[k].flags, "case %zu: flags %02X", k,
                     se_conv_engine_flags(pair->engine));
        bench_count(1);
    }
    se_conv_engine_clear_flags(pair->engine);
    cr_expect_eq(se_conv_engine_flags(pair->engine), 0);
    free(layer);
    pair_close(pair);
    bench_report();
}

// ---- pauses, resets, power-up -------------------------------------------------------------------

Test(conv_engine, stall_matrix) {
    static const unsigned idle[] = {0, 50}, stall[][2] = {{0, 0},  {50, 0}, {0, 50}, {50, 50},
                                                          {90, 0}, {0, 90}, {90, 90}};
    for (size_t k = 0; k < DIRECTED; k++) {
        struct stimulus s = stimulus_open(64000 + k);
        struct pair *pair = pair_open(4, (struct se_rtl_options){0});
        struct layer *layer = layer_new(directed[k], 4, k % 2, &s);
        load(pair, layer);
        for (int i = 0; i < 2; i++) {
            for (size_t j = 0; j < sizeof stall / sizeof *stall; j++) {
                struct se_conv_pauses pauses = {.idle_percent = idle[i],
                                                .code_stall_percent = stall[j][0],
                                                .x_proj_stall_percent = stall[j][1]};
                se_conv_engine_pause(pair->engine, &pauses);
                expect_tokens(pair, tokens_of(directed[k]) / 2, true, &s);
                expect_tokens(pair, 2, false, &s);
            }
        }
        free(layer);
        pair_close(pair);
    }
    bench_report();
}

// A receiver of one stream that first wants some of the other's beats.
Test(conv_engine, streams_are_independent) {
    for (unsigned behind = 1; behind <= 4; behind++) {
        for (unsigned i = 0; i < 8; i++) {
            struct stimulus s = stimulus_open(65000 + 10 * behind + i);
            struct se_conv_pauses pauses = {.idle_percent = i & 1 ? 60 : 0,
                                            .code_stall_percent = i & 2 ? 60 : 0,
                                            .x_proj_stall_percent = i & 2 ? 60 : 0,
                                            .code_behind = i & 4 ? behind : 0,
                                            .x_proj_behind = i & 4 ? 0 : behind};
            struct pair *pair = pair_open(4, (struct se_rtl_options){0});
            struct layer *layer = layer_new(7, 4, false, &s);
            load(pair, layer);
            se_conv_engine_pause(pair->engine, &pauses);
            expect_tokens(pair, 40, true, &s);
            free(layer);
            pair_close(pair);
        }
    }
    bench_report();
}

// A reset after every number of cycles up to 60, then clean sequences, on one instance.
Test(conv_engine, reset_in_mid_stream) {
    static const size_t shapes[] = {1, 3, 40};
    for (uint64_t seed = 0; seed <= 3; seed++) {
        struct se_rtl_options options = {.random_initial_state = seed != 0,
                                         .seed = stimulus_seed() + seed};
        struct pair *pair = pair_open(4, options);
        for (unsigned cycles = 1; cycles <= 60; cycles++) {
            struct stimulus s = stimulus_open(66000 + 100 * seed + cycles);
            struct layer *layer = layer_new(shapes[cycles % 3], 4, cycles % 2, &s);
            struct se_conv_pauses pauses = random_pauses(&s);
            struct streams lost = streams_new(100);
            draw_x(&lost, &s);
            load(pair, layer);
            se_conv_engine_pause(pair->engine, &pauses);
            cr_assert_leq(se_conv_engine_disturb(pair->engine, lost.n, lost.x, cycles), cycles);
            se_conv_engine_reset(pair->engine);
            pair->flags = 0;
            expect_sequences(pair, 2, 4, true, &s);
            streams_free(&lost);
            free(layer);
        }
        pair_close(pair);
    }
    bench_report();
}

// Whatever registers and memories hold when power comes, a sequence's history counts as 0.
Test(conv_engine, first_after_power_up) {
    for (int i = 0; i < INSTANCES; i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            for (size_t k = 0; k < DIRECTED; k++) {
                struct stimulus s = stimulus_open(67000 + 100 * seed + 10 * (uint64_t)i + k);
                struct pair *pair = pair_open(
                    all_code_bits[i], (struct se_rtl_options){.random_initial_state = true,
                                                              .seed = stimulus_seed() + seed});
                struct layer *layer = layer_new(directed[k], all_code_bits[i], false, &s);
                cr_expect_eq(se_conv_engine_flags(pair->engine), 0);
                load(pair, layer);
                expect_tokens(pair, 5, true, &s);
                free(layer);
                pair_close(pair);
            }
        }
    }
    bench_report();
}

// ---- cycles -------------------------------------------------------------------------------------

// docs/architecture.md, "Cycles"
static uint64_t formula(size_t tokens, size_t d_inner) {
    uint64_t beats = tokens * d_inner;
    return LATENCY + (d_inner == 1 ? 2 * beats - 1 : beats);
}

Test(conv_engine, cycles) {
    struct stimulus s = stimulus_open(68000);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    for (size_t k = 0; k < 60; k++) {
        size_t d_inner = k < 20              ? k + 1
                         : k < 20 + DIRECTED ? directed[k - 20]
                                             : 1 + stimulus_below(&s, 300);
        struct layer *layer = layer_new(d_inner, 4, false, &s);
        size_t tokens = 1 + stimulus_below(&s, d_inner > 400 ? 8 : 40);
        load(pair, layer);
        expect_tokens(pair, tokens, true, &s);
        cr_expect_eq(se_conv_engine_run_cycles(pair->engine), formula(tokens, d_inner),
                     "%zu tokens of %zu channels took %" PRIu64 " cycles, expected %" PRIu64,
                     tokens, d_inner, se_conv_engine_run_cycles(pair->engine),
                     formula(tokens, d_inner));
        expect_sequences(pair, 3, tokens, true, &s); // the next sequence waits for nothing
        cr_expect_eq(se_conv_engine_run_cycles(pair->engine), formula(3 * tokens, d_inner));
        free(layer);
    }
    pair_close(pair);
    bench_report();
}

// ---- what is refused, and what must be noticed --------------------------------------------------

Test(conv_engine, an_illegal_d_inner_is_refused_and_nothing_hangs) {
    static const size_t illegal[] = {0, D_INNER_MAX + 1, 2 * D_INNER_MAX, SIZE_MAX};
    struct stimulus s = stimulus_open(69000);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    struct layer *layer = layer_new(D_INNER_MAX, 4, false, &s);
    struct streams lost = streams_new(50);
    draw_x(&lost, &s);
    for (size_t k = 0; k < sizeof illegal / sizeof *illegal; k++) {
        struct se_error err = {""};
        layer->conv.d_inner = illegal[k];
        cr_expect_eq(se_conv_engine_load(pair->engine, &layer->conv, &layer->q, 1, &err),
                     SE_INVALID);
        cr_expect(strstr(err.message, "d_inner"), "%s", err.message);
        cr_expect_eq(se_conv_engine_disturb(pair->engine, lost.n, lost.x, 100), 0,
                     "a beat was accepted with d_inner %zu", illegal[k]);
        layer->conv.d_inner = 9; // and then as if nothing had been
        load(pair, layer);
        expect_tokens(pair, 5, true, &s);
    }
    streams_free(&lost);
    free(layer);
    pair_close(pair);
    bench_report();
}

Test(conv_engine, what_does_not_exist_is_refused) {
    struct se_conv_engine *engine = NULL;
    struct se_error err = {""};
    struct se_rtl_options options = {0};
    cr_expect_eq(se_conv_engine_open(&engine, 7, &options, &err), SE_INVALID);
    cr_expect(strstr(err.message, "code_bits 7"), "%s", err.message);
    options.stall_percent = 100;
    cr_expect_eq(se_conv_engine_open(&engine, 4, &options, &err), SE_INVALID);
    cr_expect_null(engine);

    struct stimulus s = stimulus_open(69100);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    struct layer *layer = layer_new(3, 5, false, &s);
    cr_expect_eq(se_conv_engine_load(pair->engine, &layer->conv, &layer->q, 1, &err), SE_INVALID);
    free(layer);
    pair_close(pair);
}

// A wrong bit in a golden word is a difference in that very word; so is a wrong parameter.
Test(conv_engine, corruption_is_noticed) {
    enum { D_INNER = 6, TOKENS = 10, N = D_INNER * TOKENS };
    struct stimulus s = stimulus_open(69200);
    struct pair *pair = pair_open(4, (struct se_rtl_options){0});
    struct layer *layer = layer_new(D_INNER, 4, false, &s);
    struct streams golden = streams_new(N), got = streams_new(N);
    struct se_error err = {""};
    draw_x(&golden, &s);
    memcpy(got.x, golden.x, N);
    load(pair, layer);
    expect_model(pair, 1, TOKENS, true, &golden);
    run_engine(pair, 1, TOKENS, true, &got);
    expect_equal(pair, &golden, &got);

    for (size_t i = 0; i < N; i++) {
        golden.codes[i] ^= 1;
        cr_expect_eq(compare(layer, &golden, &got, &err), i);
        cr_expect(strstr(err.message, "code of token"), "%s", err.message);
        golden.codes[i] ^= 1;
        golden.x_proj[i] ^= -128;
        cr_expect_eq(compare(layer, &golden, &got, &err), i);
        cr_expect(strstr(err.message, "x_proj of token"), "%s", err.message);
        golden.x_proj[i] ^= -128;
        golden.values[i] = se_f32_from_bits(se_f32_bits(golden.values[i]) ^ 1);
        cr_expect_eq(compare(layer, &golden, &got, &err), i);
        cr_expect(strstr(err.message, "value of token"), "%s", err.message);
        golden.values[i] = se_f32_from_bits(se_f32_bits(golden.values[i]) ^ 1);
    }

    enum { CHANNEL = 4 };
    layer->w[CHANNEL * SE_CONV_WIDTH + 1] ^= 64; // meets x[t-2]: nothing before token 2
    load(pair, layer);
    run_engine(pair, 1, TOKENS, true, &got);
    size_t wrong = compare(layer, &golden, &got, &err);
    cr_expect_geq(wrong, 2 * D_INNER + CHANNEL);
    cr_expect_lt(wrong, N, "a wrong weight changed nothing");
    cr_expect_eq(wrong % D_INNER, CHANNEL);
    streams_free(&golden);
    streams_free(&got);
    free(layer);
    pair_close(pair);
    bench_report();
}
