// SPDX-License-Identifier: Apache-2.0
// The scan engine against se_scan_run: results, state, flags and counters, whatever the shapes, the
// pauses and what came before; its cycles against their formula.
#include "scan_engine.h"

#include "../reference/scan_cycles.h"
#include "compare.h"
#include "stimulus.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(scan_engine);

typedef const struct se_scan_engine_build *build_t;

static size_t build_count(void) {
    size_t n = 0;
    while (se_scan_engine_build_at(n)) {
        n++;
    }
    return n;
}

static build_t build_named(const char *name) {
    for (size_t i = 0; se_scan_engine_build_at(i); i++) {
        if (!strcmp(se_scan_engine_build_at(i)->name, name)) {
            return se_scan_engine_build_at(i);
        }
    }
    cr_assert_fail("no build %s", name);
    return NULL;
}

static void *zeroed(size_t n, size_t size) {
    void *memory = calloc(n + 1, size);
    cr_assert(memory, "out of memory");
    return memory;
}

// ---- a layer ------------------------------------------------------------------------------------

struct layer {
    struct se_scan scan;
    float *A, *D, *dt_bias;
    bool has_codes; // else u is FP32
    struct se_quantizer quantizer;
};

static float signed_scale(struct stimulus *s, int first, int last) {
    return stimulus_scale(s, first, last) * (stimulus_below(s, 2) ? 1 : -1);
}

static float any_float(struct stimulus *s) {
    return se_f32_from_bits(stimulus_float(s));
}

// Magnitudes of a trained model, or, when wild, one parameter in four is any pattern at all.
static float parameter(struct stimulus *s, bool wild, int first, int last) {
    return wild && stimulus_below(s, 4) == 0 ? any_float(s) : signed_scale(s, first, last);
}

static float scale(struct stimulus *s, bool wild, int first, int last) {
    return wild && stimulus_below(s, 4) == 0 ? stimulus_scale(s, -126, 126)
                                             : stimulus_scale(s, first, last);
}

static struct layer layer_new(build_t build, size_t d_inner, bool wild, struct stimulus *s) {
    size_t states = d_inner * build->d_state;
    struct layer l = {.A = zeroed(states, sizeof(float)),
                      .D = zeroed(d_inner, sizeof(float)),
                      .dt_bias = zeroed(d_inner, sizeof(float)),
                      .has_codes = stimulus_below(s, 4) != 0};
    for (size_t i = 0; i < states; i++) {
        l.A[i] = wild ? parameter(s, wild, -3, 4) : -stimulus_scale(s, -3, 4);
    }
    for (size_t d = 0; d < d_inner; d++) {
        l.D[d] = parameter(s, wild, -2, 1);
        l.dt_bias[d] = parameter(s, wild, -3, 2);
    }
    l.quantizer = stimulus_quantizer(s, build->code_bits);
    if (!wild) {
        l.quantizer.s1 = stimulus_scale(s, -6, -2);
        l.quantizer.s2 = l.quantizer.s1 * (l.quantizer.format.dual ? 3.5f : 1);
    }
    l.scan = (struct se_scan){.d_inner = d_inner,
                              .d_state = build->d_state,
                              .A = l.A,
                              .D = l.D,
                              .dt_bias = l.dt_bias,
                              .s_dt = scale(s, wild, -8, -4),
                              .s_b = scale(s, wild, -8, -4),
                              .s_c = scale(s, wild, -8, -4),
                              .s_z = scale(s, wild, -7, -4),
                              .gate = stimulus_below(s, 4) != 0,
                              .state_mode = build->state_int8 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                              .s_h = scale(s, wild, -8, -2)};
    return l;
}

static void layer_free(struct layer *l) {
    free(l->A);
    free(l->D);
    free(l->dt_bias);
}

// ---- tokens -------------------------------------------------------------------------------------

struct tokens {
    size_t n, channels, states; // channels: of all tokens; states: beats of B and C
    bool *starts;
    uint16_t *codes, *y;
    float *u; // what the model reads; of the codes where there are codes
    int8_t *dt, *b, *c, *z;
};

static int8_t any_int8(struct stimulus *s) {
    return stimulus_below(s, 16) ? (int8_t)stimulus_draw(s) : -128;
}

static void draw_int8(struct stimulus *s, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = any_int8(s);
    }
}

// start_percent: chance that a token after the first starts a sequence.
static struct tokens tokens_new(const struct layer *l, size_t n, bool wild, unsigned start_percent,
                                struct stimulus *s) {
    struct tokens t = {.n = n, .channels = n * l->scan.d_inner, .states = n * l->scan.d_state};
    t.starts = zeroed(n, sizeof *t.starts);
    t.codes = zeroed(t.channels, sizeof *t.codes);
    t.u = zeroed(t.channels, sizeof *t.u);
    t.y = zeroed(t.channels, sizeof *t.y);
    t.dt = zeroed(t.channels, 1);
    t.z = zeroed(t.channels, 1);
    t.b = zeroed(t.states, 1);
    t.c = zeroed(t.states, 1);
    for (size_t i = 1; i < n; i++) {
        t.starts[i] = stimulus_below(s, 100) < start_percent;
    }
    uint32_t codes = 1u << se_format_width(&l->quantizer.format);
    for (size_t i = 0; i < t.channels; i++) {
        t.codes[i] = (uint16_t)stimulus_below(s, codes);
        t.u[i] =
            l->has_codes ? se_dequantize(&l->quantizer, t.codes[i]) : parameter(s, wild, -6, 2);
    }
    draw_int8(s, t.channels, t.dt);
    draw_int8(s, t.channels, t.z);
    draw_int8(s, t.states, t.b);
    draw_int8(s, t.states, t.c);
    return t;
}

static void tokens_free(struct tokens *t) {
    free(t->starts);
    free(t->codes);
    free(t->u);
    free(t->y);
    free(t->dt);
    free(t->b);
    free(t->c);
    free(t->z);
}

static struct se_scan_beats beats_of(const struct layer *l, const struct tokens *t, bool first) {
    return (struct se_scan_beats){.tokens = t->n,
                                  .first = first,
                                  .starts = t->starts,
                                  .codes = l->has_codes ? t->codes : NULL,
                                  .u = t->u,
                                  .dt = t->dt,
                                  .b = t->b,
                                  .c = t->c,
                                  .z = t->z,
                                  .y = t->y};
}

// ---- engine and model side by side --------------------------------------------------------------

struct pair {
    struct se_scan_engine *engine;
    build_t build;
    struct se_rtl_options options;
    const struct layer *layer;
    float *h; // the model's
};

static struct pair pair_open(build_t build, struct se_rtl_options options) {
    struct pair pair = {.build = build, .options = options};
    struct se_error err = {""};
    if (options.seed == 0) {
        options.seed = stimulus_seed();
    }
    cr_assert_eq(se_scan_engine_open(&pair.engine, build, &options, &err), SE_OK, "%s",
                 err.message);
    return pair;
}

static void load(struct pair *pair, const struct layer *l) {
    struct se_error err = {""};
    free(pair->h);
    pair->layer = l;
    pair->h = zeroed(l->scan.d_inner * l->scan.d_state, sizeof(float));
    cr_assert_eq(
        se_scan_engine_load(pair->engine, &l->scan, l->has_codes ? &l->quantizer : NULL, &err),
        SE_OK, "%s", err.message);
}

static void pair_close(struct pair *pair) {
    se_scan_engine_close(pair->engine);
    free(pair->h);
}

struct results {
    size_t channels, states;
    uint16_t *y;
    float *h;
    unsigned flags;
};

static struct results results_new(const struct layer *l, const struct tokens *t) {
    struct results r = {.channels = t->channels, .states = l->scan.d_inner * l->scan.d_state};
    r.y = zeroed(r.channels, sizeof *r.y);
    r.h = zeroed(r.states, sizeof *r.h);
    return r;
}

static void results_free(struct results *r) {
    free(r->y);
    free(r->h);
}

// Runs the model; the pair's h goes on.
static void run_model(struct pair *pair, const struct tokens *t, bool first, struct results *r) {
    const struct se_scan *scan = &pair->layer->scan;
    for (size_t i = 0; i < t->n; i++) {
        size_t channel = i * scan->d_inner, n = i * scan->d_state;
        if (t->starts[i] || (first && i == 0)) {
            memset(pair->h, 0, r->states * sizeof *pair->h);
        }
        se_scan_run(scan, pair->h, 1, t->u + channel, t->dt + channel, t->b + n, t->c + n,
                    t->z + channel, r->y + channel, &r->flags);
    }
    memcpy(r->h, pair->h, r->states * sizeof *r->h);
}

static void run_engine(struct pair *pair, const struct tokens *t, bool first, struct results *r) {
    struct se_error err = {""};
    struct se_scan_beats beats = beats_of(pair->layer, t, first);
    beats.y = r->y;
    memset(r->y, 0xA5, r->channels * sizeof *r->y);
    se_scan_engine_clear(pair->engine);
    enum se_status status = se_scan_engine_run(pair->engine, &beats, &err);
    cr_assert_eq(status, SE_OK, "d_inner %zu, %zu tokens, SE_SEED=%" PRIu64 ": %s",
                 pair->layer->scan.d_inner, t->n, stimulus_seed(), err.message);
    r->flags = se_scan_engine_flags(pair->engine);
    se_scan_engine_read_state(pair->engine, r->h);
}

// How many words are equal before the first that differs, all of them when none does: results, then
// states, then the flags. err names the word.
static size_t compare(const struct pair *pair, const struct results *expected,
                      const struct results *got, struct se_error *err) {
    size_t d_inner = pair->layer->scan.d_inner, d_state = pair->layer->scan.d_state;
    for (size_t i = 0; i < expected->channels; i++) {
        if (expected->y[i] != got->y[i]) {
            se_fail(err, SE_INVALID,
                    "%s, d_inner %zu: y of token %zu, channel %zu: expected %04X, got %04X",
                    pair->build->name, d_inner, i / d_inner, i % d_inner, expected->y[i],
                    got->y[i]);
            return i;
        }
    }
    for (size_t i = 0; i < expected->states; i++) {
        if (se_f32_bits(expected->h[i]) != se_f32_bits(got->h[i])) {
            se_fail(err, SE_INVALID,
                    "%s, d_inner %zu: state of channel %zu, n %zu: expected %08" PRIX32
                    ", got %08" PRIX32,
                    pair->build->name, d_inner, i / d_state, i % d_state,
                    se_f32_bits(expected->h[i]), se_f32_bits(got->h[i]));
            return expected->channels + i;
        }
    }
    if (expected->flags != got->flags) {
        se_fail(err, SE_INVALID, "%s, d_inner %zu: flags: expected %02X, got %02X",
                pair->build->name, d_inner, expected->flags, got->flags);
        return expected->channels + expected->states;
    }
    return expected->channels + expected->states + 1;
}

static struct scan_shape shape_of(const struct pair *pair, size_t tokens) {
    return (struct scan_shape){.lanes = (size_t)pair->build->lanes,
                               .d_state = pair->build->d_state,
                               .d_inner = pair->layer->scan.d_inner,
                               .tokens = tokens};
}

// The engine's counters are what its driver saw and, where nobody paused, what the formula says.
static void expect_counters(const struct pair *pair, size_t tokens) {
    struct scan_shape shape = shape_of(pair, tokens);
    struct se_scan_counters counters = se_scan_engine_counters(pair->engine);
    uint64_t cycles = se_scan_engine_run_cycles(pair->engine);
    cr_assert_eq(counters.cycles, cycles, "%s counted %" PRIu64 " cycles, its driver %" PRIu64,
                 pair->build->name, counters.cycles, cycles);
    cr_assert_eq(counters.updates, tokens * shape.d_inner * shape.d_state);
    if (pair->options.stall_percent == 0) {
        cr_assert_eq(counters.stalls, 0);
    }
    if (pair->options.stall_percent == 0 && pair->options.idle_percent == 0) {
        cr_assert_eq(cycles, scan_cycles(&shape),
                     "%s, d_inner %zu, %zu tokens: %" PRIu64 " cycles, expected %" PRIu64,
                     pair->build->name, shape.d_inner, tokens, cycles, scan_cycles(&shape));
        if (shape.d_inner > 2 * shape.lanes) {
            cr_assert_eq(scan_cycles_closed(&shape), cycles);
        }
        bench_count(1);
    }
}

static unsigned expect_tokens(struct pair *pair, const struct tokens *t, bool first) {
    struct se_error err = {""};
    struct results expected = results_new(pair->layer, t), got = results_new(pair->layer, t);
    run_model(pair, t, first, &expected);
    run_engine(pair, t, first, &got);
    size_t words = expected.channels + expected.states + 1;
    cr_assert_eq(compare(pair, &expected, &got, &err), words, "SE_SEED=%" PRIu64 ": %s",
                 stimulus_seed(), err.message);
    expect_counters(pair, t->n);
    bench_count(words);
    results_free(&expected);
    results_free(&got);
    return expected.flags;
}

static void expect_random(struct pair *pair, size_t tokens, bool first, bool wild,
                          unsigned start_percent, struct stimulus *s) {
    struct tokens t = tokens_new(pair->layer, tokens, wild, start_percent, s);
    expect_tokens(pair, &t, first);
    tokens_free(&t);
}

// A state that the engine can hold, in the engine and in the model.
static void draw_state(struct pair *pair, bool wild, struct stimulus *s) {
    const struct se_scan *scan = &pair->layer->scan;
    for (size_t i = 0; i < scan->d_inner * scan->d_state; i++) {
        pair->h[i] =
            pair->build->state_int8 ? (float)any_int8(s) * scan->s_h : parameter(s, wild, -6, 3);
    }
    se_scan_engine_write_state(pair->engine, pair->h);
}

// ---- results ------------------------------------------------------------------------------------

// Every small d_inner; the second call goes on with the state of the first.
static void expect_small_shapes(const char *name) {
    struct pair pair = pair_open(build_named(name), (struct se_rtl_options){0});
    for (size_t d_inner = 1; d_inner <= 40; d_inner++) {
        struct stimulus s = stimulus_open(70000 + d_inner);
        struct layer l = layer_new(pair.build, d_inner, false, &s);
        load(&pair, &l);
        expect_random(&pair, 4, true, false, 0, &s);
        expect_random(&pair, 2, false, false, 0, &s);
        layer_free(&l);
    }
    pair_close(&pair);
    bench_report();
}

Test(scan_engine, small_shapes_1) {
    expect_small_shapes("scan_engine_1");
}
Test(scan_engine, small_shapes_2) {
    expect_small_shapes("scan_engine_2");
}
Test(scan_engine, small_shapes_4) {
    expect_small_shapes("scan_engine_4");
}
Test(scan_engine, small_shapes_8) {
    expect_small_shapes("scan_engine_8");
}
Test(scan_engine, small_shapes_16) {
    expect_small_shapes("scan_engine_16");
}
Test(scan_engine, small_shapes_int8) {
    expect_small_shapes("scan_engine_int8");
}
Test(scan_engine, small_shapes_128) {
    expect_small_shapes("scan_engine_128");
}

// Every build at its largest d_inner.
Test(scan_engine, largest_d_inner) {
    for (size_t i = 0; i < build_count(); i++) {
        struct stimulus s = stimulus_open(70100 + i);
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        struct layer l = layer_new(pair.build, pair.build->d_inner_max, false, &s);
        load(&pair, &l);
        draw_state(&pair, false, &s);
        expect_random(&pair, 1, false, false, 0, &s);
        layer_free(&l);
        pair_close(&pair);
    }
    bench_report();
}

// What is written is what is read, any pattern, with no token between.
Test(scan_engine, state_is_written_and_read) {
    for (size_t i = 0; i < build_count(); i++) {
        struct stimulus s = stimulus_open(70200 + i);
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        struct layer l = layer_new(pair.build, 37, false, &s);
        size_t states = l.scan.d_inner * l.scan.d_state;
        float *read = zeroed(states, sizeof *read);
        load(&pair, &l);
        draw_state(&pair, true, &s);
        se_scan_engine_read_state(pair.engine, read);
        cr_expect_arr_eq(read, pair.h, states * sizeof *read, "%s", pair.build->name);
        bench_count(states);
        free(read);
        layer_free(&l);
        pair_close(&pair);
    }
    bench_report();
}

// One prefill, and the same tokens one call each; sequences that start in mid-stream.
Test(scan_engine, sequences) {
    static const size_t shapes[] = {1, 2, 5, 16, 33};
    for (size_t i = 0; i < build_count(); i++) {
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            struct stimulus s = stimulus_open(70300 + 10 * i + k);
            struct layer l = layer_new(pair.build, shapes[k], false, &s);
            load(&pair, &l);
            draw_state(&pair, false, &s);
            expect_random(&pair, 12, k % 2, false, 40, &s);
            for (int call = 0; call < 4; call++) {
                expect_random(&pair, 1, false, false, 0, &s);
            }
            layer_free(&l);
        }
        pair_close(&pair);
    }
    bench_report();
}

// Shapes, parameters (any pattern, NaNs and infinities among them), states, pauses.
Test(scan_engine, random) {
    enum { CONFIGURATIONS = 200 };
    static const unsigned percents[] = {0, 0, 0, 30, 80};
    for (uint64_t k = 0; k < CONFIGURATIONS; k++) {
        struct stimulus s = stimulus_open(71000 + k);
        build_t build = se_scan_engine_build_at(k % build_count());
        struct pair pair = pair_open(
            build, (struct se_rtl_options){.random_initial_state = true,
                                           .seed = stimulus_seed() + k,
                                           .idle_percent = percents[stimulus_below(&s, 5)],
                                           .stall_percent = percents[stimulus_below(&s, 5)]});
        bool wild = stimulus_below(&s, 3) == 0;
        struct layer l =
            layer_new(build, 1 + stimulus_below(&s, build->d_state == 128 ? 12 : 40), wild, &s);
        load(&pair, &l);
        bool first = stimulus_below(&s, 2);
        if (!first) {
            draw_state(&pair, wild, &s);
        }
        expect_random(&pair, 1 + stimulus_below(&s, 6), first, wild, 25, &s);
        expect_random(&pair, 1 + stimulus_below(&s, 3), false, wild, 25, &s);
        layer_free(&l);
        pair_close(&pair);
    }
    bench_report();
}

// ---- flags --------------------------------------------------------------------------------------

// Overflow in one operation alone, everything about it exact or quiet: dt = 0 or 2^100, du, B = C =
// 1, z = 1.
static const struct {
    const char *operation;
    float s_dt, dt_bias, u, D, A, h, s_b, s_c;
    bool gate;
} overflows[] = {
    {"fma(s_dt, q_dt, dt_bias)", 0x1p127f, 0x1p127f, 1, 0, -1, 0, 1, 1, false},
    {"dt * u", 1, 0x1p100f, 0x1p100f, 0, -1, 0, 1, 1, false},
    {"D * u", 1, -200, 0x1p100f, 0x1p100f, -1, 0, 1, 1, false},
    {"dt * A", 1, 0x1p100f, 0, 0, -0x1p100f, 0, 1, 1, false},
    {"B * du", 1, 0x1p100f, 1, 0, -1, 0, 0x1p100f, 1, false},
    {"h", 1, 0x1p100f, 0x1p26f, 0, 0, 0x1.fffffep127f, 0x1p1f, 0x1p-120f, false},
    {"y", 1, -200, 0x1p100f, 0x1p27f, 0, 0x1p120f, 1, 0x1p7f, false},
    {"y * z", 1, -200, 0x1p100f, 0x1p27f, -1, 0, 1, 1, true},
    {"to_f16", 1, -200, 1, 0x1p16f, -1, 0, 1, 1, false},
};

static struct layer quiet_layer(const struct pair *pair, size_t d_inner, struct stimulus *s) {
    struct layer l = layer_new(pair->build, d_inner, false, s);
    l.has_codes = false;
    for (size_t d = 0; d < d_inner; d++) {
        l.D[d] = 0;
        l.dt_bias[d] = -200; // dt = 0
    }
    for (size_t i = 0; i < d_inner * pair->build->d_state; i++) {
        l.A[i] = -1;
    }
    return l;
}

// Overflow where `channel` is among the d_inner ones that run, none where it is not.
static void expect_overflow(struct pair *pair, size_t k, size_t d_inner, size_t channel,
                            struct stimulus *s) {
    size_t all = 2 * (size_t)pair->build->lanes + 1, d_state = pair->build->d_state;
    struct layer l = quiet_layer(pair, all, s);
    l.scan.s_dt = overflows[k].s_dt;
    l.scan.s_b = overflows[k].s_b;
    l.scan.s_c = overflows[k].s_c;
    l.scan.s_z = 0x1p7f;
    l.scan.gate = overflows[k].gate;
    l.D[channel] = overflows[k].D;
    l.dt_bias[channel] = overflows[k].dt_bias;
    for (size_t n = 0; n < d_state; n++) {
        l.A[channel * d_state + n] = overflows[k].A;
    }
    load(pair, &l);
    for (size_t n = 0; n < d_state; n++) {
        pair->h[channel * d_state + n] = overflows[k].h;
    }
    se_scan_engine_write_state(pair->engine, pair->h);

    l.scan.d_inner = d_inner; // the tables of the others stay
    float *h = pair->h;
    pair->h = NULL;
    load(pair, &l);
    memcpy(pair->h, h, d_inner * d_state * sizeof *h);
    free(h);
    struct tokens t = tokens_new(&l, 1, false, 0, s);
    for (size_t d = 0; d < d_inner; d++) {
        t.u[d] = d == channel ? overflows[k].u : 0;
        t.dt[d] = k == 0 && d == channel;
        t.z[d] = 1;
    }
    memset(t.b, 1, t.states);
    memset(t.c, 1, t.states);
    unsigned flags = expect_tokens(pair, &t, false);
    cr_assert_eq((flags & SE_FP_OVERFLOW) != 0, channel < d_inner, "%s, channel %zu of %zu",
                 overflows[k].operation, channel, d_inner);
    tokens_free(&t);
    layer_free(&l);
}

Test(scan_engine, an_overflow_in_any_operation_and_lane_is_seen_and_none_beside_the_channels) {
    static const char *const names[] = {"scan_engine_1", "scan_engine_4", "scan_engine_8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pair pair = pair_open(build_named(names[i]), (struct se_rtl_options){0});
        struct stimulus s = stimulus_open(72000 + i);
        size_t all = 2 * (size_t)pair.build->lanes + 1;
        for (size_t k = 0; k < sizeof overflows / sizeof *overflows; k++) {
            for (size_t channel = 0; channel < all; channel++) {
                expect_overflow(&pair, k, all, channel, &s);
                expect_overflow(&pair, k, channel + 1, channel, &s);
                if (channel > 0) {
                    expect_overflow(&pair, k, channel, channel, &s);
                }
            }
        }
        pair_close(&pair);
    }
    bench_report();
}

// NaNs, infinities and the ends of the range in each parameter and input: the flags they raise.
Test(scan_engine, special_values) {
    unsigned seen = 0;
    for (size_t i = 0; i < build_count(); i++) {
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        for (uint64_t k = 0; k < 12; k++) {
            struct stimulus s = stimulus_open(72100 + 100 * i + k);
            struct layer l = layer_new(pair.build, 1 + stimulus_below(&s, 20), true, &s);
            load(&pair, &l);
            draw_state(&pair, true, &s);
            struct tokens t = tokens_new(&l, 3, true, 30, &s);
            seen |= expect_tokens(&pair, &t, false);
            tokens_free(&t);
            layer_free(&l);
        }
        pair_close(&pair);
    }
    cr_expect_eq(seen, SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_UNDERFLOW | SE_FP_INEXACT);
    bench_report();
}

// ---- pauses, resets, power-up -------------------------------------------------------------------

Test(scan_engine, stall_matrix) {
    static const unsigned percents[] = {0, 50, 90};
    static const size_t shapes[] = {1, 3, 17, 33};
    for (size_t i = 0; i < build_count(); i++) {
        for (size_t m = 0; m < 9; m++) {
            struct pair pair = pair_open(se_scan_engine_build_at(i),
                                         (struct se_rtl_options){.idle_percent = percents[m / 3],
                                                                 .stall_percent = percents[m % 3]});
            struct stimulus s = stimulus_open(73000 + 10 * i + m);
            struct layer l = layer_new(pair.build, shapes[(i + m) % 4], m % 2, &s);
            load(&pair, &l);
            expect_random(&pair, 5, true, m % 2, 20, &s);
            expect_random(&pair, 2, false, m % 2, 20, &s);
            layer_free(&l);
            pair_close(&pair);
        }
    }
    bench_report();
}

// A reset after `cycles` cycles of another run, then a clean one, on one instance.
static void expect_after_reset(struct pair *pair, unsigned cycles, struct stimulus *s) {
    struct layer l = layer_new(pair->build, 1 + stimulus_below(s, 20), false, s);
    struct tokens lost = tokens_new(&l, 4, false, 30, s);
    struct se_scan_beats beats = beats_of(&l, &lost, true);
    load(pair, &l);
    se_scan_engine_disturb(pair->engine, &beats, cycles);
    se_scan_engine_reset(pair->engine);
    struct se_scan_counters counters = se_scan_engine_counters(pair->engine);
    cr_assert_eq(counters.cycles + counters.updates + counters.stalls, 0);
    cr_assert_eq(se_scan_engine_flags(pair->engine), 0);
    bool first = cycles % 2;
    if (!first) {
        draw_state(pair, false, s);
    }
    expect_random(pair, 3, first, false, 0, s);
    tokens_free(&lost);
    layer_free(&l);
}

Test(scan_engine, reset_in_mid_stream) {
    for (size_t i = 0; i < build_count(); i++) {
        struct pair pair =
            pair_open(se_scan_engine_build_at(i),
                      (struct se_rtl_options){.idle_percent = 20, .stall_percent = 20});
        for (unsigned cycles = 1; cycles < 400; cycles += 1 + cycles / 6) {
            struct stimulus s = stimulus_open(74000 + 1000 * i + cycles);
            expect_after_reset(&pair, cycles, &s);
        }
        pair_close(&pair);
    }
    bench_report();
}

// Whatever registers and memories hold when power comes, a sequence's state counts as 0.
Test(scan_engine, first_after_power_up) {
    for (size_t i = 0; i < build_count(); i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct stimulus s = stimulus_open(75000 + 10 * i + seed);
            struct pair pair = pair_open(se_scan_engine_build_at(i),
                                         (struct se_rtl_options){.random_initial_state = true,
                                                                 .seed = stimulus_seed() + seed});
            struct layer l = layer_new(pair.build, 1 + stimulus_below(&s, 40), false, &s);
            cr_expect_eq(se_scan_engine_flags(pair.engine), 0);
            load(&pair, &l);
            expect_random(&pair, 3, true, false, 0, &s);
            layer_free(&l);
            pair_close(&pair);
        }
    }
    bench_report();
}

// ---- cycles -------------------------------------------------------------------------------------

// Few channels, where B and C or the recurrence are the limit; many tokens; many groups.
Test(scan_engine, cycles) {
    for (size_t i = 0; i < build_count(); i++) {
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        size_t lanes = (size_t)pair.build->lanes, longest = pair.build->d_state == 128 ? 8 : 40;
        for (uint64_t k = 0; k < 24; k++) {
            struct stimulus s = stimulus_open(76000 + 100 * i + k);
            size_t groups = 1 + k % 8;
            size_t d_inner = (groups - 1) * lanes + 1 + stimulus_below(&s, (uint32_t)lanes);
            struct layer l = layer_new(pair.build, d_inner, false, &s);
            load(&pair, &l);
            expect_random(&pair, 1 + stimulus_below(&s, (uint32_t)(longest / groups) + 2), true,
                          false, 20, &s);
            layer_free(&l);
        }
        pair_close(&pair);
    }
    bench_report();
}

// ---- what is refused, and what must be noticed --------------------------------------------------

Test(scan_engine, an_illegal_d_inner_takes_nothing_and_nothing_hangs) {
    for (size_t i = 0; i < build_count(); i++) {
        struct stimulus s = stimulus_open(77000 + i);
        struct pair pair = pair_open(se_scan_engine_build_at(i), (struct se_rtl_options){0});
        struct layer l = layer_new(pair.build, 9, false, &s);
        struct tokens lost = tokens_new(&l, 3, false, 0, &s);
        struct se_scan_beats beats = beats_of(&l, &lost, true);
        const size_t legal[] = {1, 9, pair.build->d_inner_max};
        const size_t illegal[] = {0, pair.build->d_inner_max + 1, pair.build->d_inner_max * 3 / 2};
        load(&pair, &l);
        for (size_t k = 0; k < 3; k++) {
            cr_expect_not(se_scan_engine_set_d_inner(pair.engine, legal[k]), "%s: %zu",
                          pair.build->name, legal[k]);
            cr_expect(se_scan_engine_set_d_inner(pair.engine, illegal[k]), "%s: %zu",
                      pair.build->name, illegal[k]);
            cr_expect_eq(se_scan_engine_disturb(pair.engine, &beats, 200), 0, "%s took a beat",
                         pair.build->name);
            load(&pair, &l); // and then as if nothing had been
            expect_random(&pair, 3, true, false, 0, &s);
        }
        tokens_free(&lost);
        layer_free(&l);
        pair_close(&pair);
    }
    bench_report();
}

static void expect_refused(build_t build, const struct layer *l, const char *part) {
    struct pair pair = pair_open(build, (struct se_rtl_options){0});
    struct se_error err = {""};
    cr_expect_eq(
        se_scan_engine_load(pair.engine, &l->scan, l->has_codes ? &l->quantizer : NULL, &err),
        SE_INVALID, "%s", part);
    cr_expect(strstr(err.message, part), "no '%s' in: %s", part, err.message);
    pair_close(&pair);
}

Test(scan_engine, what_a_build_cannot_run_is_refused) {
    struct stimulus s = stimulus_open(77100);
    build_t build = build_named("scan_engine_4");
    struct layer l = layer_new(build, 3, false, &s);
    l.has_codes = true;
    expect_refused(build_named("scan_engine_128"), &l, "d_state");
    expect_refused(build_named("scan_engine_8"), &l, "code_bits");
    expect_refused(build_named("scan_engine_int8"), &l, "state");
    l.scan.d_inner = build->d_inner_max + 1;
    expect_refused(build, &l, "d_inner");
    layer_free(&l);

    struct se_scan_engine *engine = NULL;
    struct se_error err = {""};
    const struct se_rtl_options options = {.stall_percent = 100};
    cr_expect_eq(se_scan_engine_open(&engine, build, &options, &err), SE_INVALID);
    cr_expect_null(engine);
}

// A wrong bit in a golden word is a difference in that very word; so is a wrong table entry.
Test(scan_engine, corruption_is_noticed) {
    enum { D_INNER = 6, TOKENS = 4, CHANNEL = 4 };
    struct stimulus s = stimulus_open(77200);
    struct pair pair = pair_open(build_named("scan_engine_4"), (struct se_rtl_options){0});
    struct layer l = layer_new(pair.build, D_INNER, false, &s);
    struct tokens t = tokens_new(&l, TOKENS, false, 0, &s);
    struct results expected = results_new(&l, &t), got = results_new(&l, &t);
    struct se_error err = {""};
    load(&pair, &l);
    run_model(&pair, &t, true, &expected);
    run_engine(&pair, &t, true, &got);
    size_t words = expected.channels + expected.states + 1;
    cr_assert_eq(compare(&pair, &expected, &got, &err), words, "%s", err.message);

    for (size_t i = 0; i < expected.channels; i++) {
        expected.y[i] ^= 1;
        cr_expect_eq(compare(&pair, &expected, &got, &err), i);
        expected.y[i] ^= 1;
    }
    for (size_t i = 0; i < expected.states; i++) {
        uint32_t bits = se_f32_bits(expected.h[i]);
        expected.h[i] = se_f32_from_bits(bits ^ 1);
        cr_expect_eq(compare(&pair, &expected, &got, &err), expected.channels + i);
        expected.h[i] = se_f32_from_bits(bits);
    }
    expected.flags ^= SE_FP_OVERFLOW;
    cr_expect_eq(compare(&pair, &expected, &got, &err), words - 1);
    expected.flags ^= SE_FP_OVERFLOW;

    l.D[CHANNEL] += 1;
    load(&pair, &l);
    run_engine(&pair, &t, true, &got);
    size_t wrong = compare(&pair, &expected, &got, &err);
    cr_expect_lt(wrong, expected.channels, "a wrong skip changed nothing");
    cr_expect_eq(wrong % D_INNER, CHANNEL);
    bench_count(words);
    results_free(&expected);
    results_free(&got);
    tokens_free(&t);
    layer_free(&l);
    pair_close(&pair);
    bench_report();
}
