// SPDX-License-Identifier: Apache-2.0
#include "../unit/folder.h"
#include "examples.h"
#include "reference.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(model_forward, .init = enter_directory, .fini = leave_directory);

enum { TOKENS = 75, VOCAB_MOST = 64 };

static uint32_t ids[TOKENS];

static void load(const struct synthetic *m, enum se_dtype dtype, size_t shards,
                 struct se_model *model, struct se_model_state *state) {
    struct se_error err = {""};
    synthetic_write(m, ".", dtype, shards);
    cr_assert_eq(se_model_load(".", model, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_model_state_alloc(model, state, &err), SE_OK, "%s", err.message);
    for (size_t i = 0; i < TOKENS; i++) {
        ids[i] = (uint32_t)((7 * i * i + 3 * i) % m->sizes.vocab);
    }
}

static void forward(const struct se_model *model, struct se_model_state *state, size_t tokens,
                    const uint32_t *from, size_t last, float *logits,
                    const struct se_model_tap *tap) {
    struct se_error err = {""};
    cr_assert_eq(se_model_forward(model, state, tokens, from, last, logits, tap, &err), SE_OK, "%s",
                 err.message);
}

// Rounding leaves four digits of the largest logit, with fused products or without.
static void expect_near(size_t n, const float *got, const long double *wanted) {
    long double largest = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxl(largest, fabsl(wanted[i]));
        worst = fmaxl(worst, fabsl(got[i] - wanted[i]));
        cr_assert(isfinite(got[i]));
    }
    cr_expect_lt(worst, 5e-5L * largest, "off by %Lg, the largest is %Lg", worst, largest);
    cr_expect_gt(largest, 0.1L);
}

static void check_against_reference(struct synthetic *m, enum se_dtype dtype, size_t shards) {
    struct se_model model;
    struct se_model_state state;
    static float logits[TOKENS * VOCAB_MOST];
    static long double wanted[TOKENS * VOCAB_MOST];
    load(m, dtype, shards, &model, &state);
    forward(&model, &state, TOKENS, ids, TOKENS, logits, NULL);
    reference_logits(m, TOKENS, ids, wanted);
    expect_near(TOKENS * m->sizes.vocab, logits, wanted);
    se_model_state_free(&state);
    se_model_free(&model);
    synthetic_free(m);
    free(m);
}

Test(model_forward, mamba1_is_the_reference) {
    check_against_reference(example_mamba1(), SE_DTYPE_F32, 1);
}

Test(model_forward, mamba1_of_bfloat16_shards) {
    check_against_reference(example_mamba1(), SE_DTYPE_BF16, 3);
}

Test(model_forward, mamba2_is_the_reference) {
    struct synthetic *m = example_mamba2();
    m->sizes.dt_min = 0;
    m->sizes.dt_max = INFINITY;
    check_against_reference(m, SE_DTYPE_F16, 1);
}

Test(model_forward, mamba2_of_one_group_and_many_heads) {
    struct synthetic *m = example_mamba2();
    synthetic_free(m);
    m->sizes.groups = 1;
    m->sizes.heads = 21;
    m->sizes.headdim = 2;
    m->sizes.dt_min = 0;
    m->sizes.dt_max = INFINITY;
    m->bias = true;
    m->tied = false;
    synthetic_fill(m, 5);
    check_against_reference(m, SE_DTYPE_F32, 2);
}

// As Python writes the limits: a bare Infinity, and a number.
static void check_limits(const char *more, float low, float high) {
    struct synthetic *m = example_mamba2();
    struct se_model model;
    struct se_model_state state;
    struct se_error err = {""};
    static float logits[TOKENS * VOCAB_MOST];
    static long double wanted[TOKENS * VOCAB_MOST];
    char text[CONFIG_TEXT];
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    synthetic_config(m, more, text);
    put_text_file(".", "config.json", text);
    cr_assert_eq(se_model_load(".", &model, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_model_state_alloc(&model, &state, &err), SE_OK);
    m->sizes.dt_min = low;
    m->sizes.dt_max = high;
    for (size_t i = 0; i < TOKENS; i++) {
        ids[i] = (uint32_t)(i * i % m->sizes.vocab);
    }
    forward(&model, &state, TOKENS, ids, TOKENS, logits, NULL);
    reference_logits(m, TOKENS, ids, wanted);
    expect_near(TOKENS * m->sizes.vocab, logits, wanted);
    se_model_state_free(&state);
    se_model_free(&model);
    synthetic_free(m);
    free(m);
}

Test(model_forward, limits_of_dt) {
    check_limits(", \"time_step_limit\": [0.0, Infinity], \"note\": \"Infinity \\\" Infinity\"", 0,
                 INFINITY);
    check_limits(", \"time_step_limit\": [0.125, {\"__float__\": \"Infinity\"}]", 0.125f, INFINITY);
    check_limits(", \"time_step_limit\": [0.125, 0.25]", 0.125f, 0.25f);
}

// The original code's configuration, names and padded vocabulary.
static void check_original(enum se_model_kind kind) {
    struct synthetic *m = malloc(sizeof *m);
    *m = (struct synthetic){.sizes = {.kind = kind,
                                      .vocab = 48,
                                      .d_model = 20,
                                      .layers = 2,
                                      .d_inner = 40,
                                      .d_state = 6,
                                      .dt_rank = 2,
                                      .norm_eps = 1e-5f,
                                      .dt_max = INFINITY},
                            .original = true,
                            .tied = true};
    if (kind == SE_MODEL_MAMBA2) {
        m->sizes.dt_rank = 0;
        m->sizes.heads = 4;
        m->sizes.headdim = 10;
        m->sizes.groups = 2;
    }
    synthetic_fill(m, 9);
    check_against_reference(m, SE_DTYPE_F32, 1);
}

Test(model_forward, original_mamba1) {
    check_original(SE_MODEL_MAMBA1);
}

Test(model_forward, original_mamba2) {
    check_original(SE_MODEL_MAMBA2);
}

// One call, one a token, and calls of uneven lengths: the same bits.
static void check_pieces(struct synthetic *m) {
    static const size_t lengths[] = {1, 2, 3, 4, 5, 16, 17, 33, TOKENS};
    struct se_model model;
    struct se_model_state state;
    static float whole[TOKENS * VOCAB_MOST], pieces[TOKENS * VOCAB_MOST];
    size_t vocab = m->sizes.vocab;
    load(m, SE_DTYPE_F16, 1, &model, &state);
    forward(&model, &state, TOKENS, ids, TOKENS, whole, NULL);
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        se_model_state_reset(&model, &state);
        for (size_t t = 0, n; t < TOKENS; t += n) {
            n = TOKENS - t < lengths[l] ? TOKENS - t : lengths[l];
            forward(&model, &state, n, ids + t, n, pieces + t * vocab, NULL);
        }
        cr_expect_eq(memcmp(whole, pieces, TOKENS * vocab * sizeof *whole), 0, "pieces of %zu",
                     lengths[l]);
    }
    for (size_t last = 0; last <= TOKENS; last += 25) {
        se_model_state_reset(&model, &state);
        forward(&model, &state, TOKENS, ids, last, last ? pieces : NULL, NULL);
        cr_expect_eq(memcmp(whole + (TOKENS - last) * vocab, pieces, last * vocab * sizeof *whole),
                     0, "the last %zu", last);
    }
    se_model_state_free(&state);
    se_model_free(&model);
    synthetic_free(m);
    free(m);
}

Test(model_forward, mamba1_in_pieces) {
    check_pieces(example_mamba1());
}

Test(model_forward, mamba2_in_pieces) {
    check_pieces(example_mamba2());
}

Test(model_forward, bad_arguments_change_nothing) {
    struct synthetic *m = example_mamba1();
    struct se_model model;
    struct se_model_state state;
    struct se_error err = {""};
    float logits[2 * VOCAB_MOST], again[2 * VOCAB_MOST];
    load(m, SE_DTYPE_F32, 1, &model, &state);
    const uint32_t bad[] = {0, (uint32_t)m->sizes.vocab};
    cr_expect_eq(se_model_forward(&model, &state, 2, bad, 1, logits, NULL, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "token 1 is 37, the vocabulary has 37");
    cr_expect_eq(se_model_forward(&model, &state, 1, ids, 2, logits, NULL, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "logits of 2 tokens wanted, 1 given");
    forward(&model, &state, 2, ids, 2, logits, NULL);
    se_model_state_reset(&model, &state);
    forward(&model, &state, 2, ids, 2, again, NULL);
    cr_expect_eq(memcmp(logits, again, 2 * m->sizes.vocab * sizeof *logits), 0);
    se_model_state_free(&state);
    se_model_state_free(&state);
    se_model_free(&model);
    se_model_free(&model);
    synthetic_free(m);
    free(m);
}

// ---- the tap ----

struct seen {
    const struct se_model *model;
    size_t rows[SE_POINT_COUNT], columns[SE_POINT_COUNT], layers[SE_POINT_COUNT];
    float first[SE_POINT_COUNT][TOKENS * VOCAB_MOST]; // layer 0's
    float factor;                                     // what u is multiplied by
};

static void see(void *context, enum se_model_point point, size_t layer, size_t rows, size_t columns,
                const float *values) {
    struct seen *s = context;
    size_t at = s->rows[point] * columns;
    if (layer == 0) {
        cr_assert_leq(at + rows * columns, TOKENS * VOCAB_MOST);
        memcpy(s->first[point] + at, values, rows * columns * sizeof *values);
        s->rows[point] += rows;
    }
    s->columns[point] = columns;
    s->layers[point] = layer + 1 > s->layers[point] ? layer + 1 : s->layers[point];
}

static void scale(void *context, size_t layer, size_t tokens, size_t d_inner, float *u) {
    const struct seen *s = context;
    (void)layer;
    for (size_t i = 0; i < tokens * d_inner; i++) {
        u[i] *= s->factor;
    }
}

static struct seen *tapped(struct synthetic *m, float factor, size_t tokens) {
    struct seen *s = calloc(1, sizeof *s);
    struct se_model model;
    struct se_model_state state;
    float logits[VOCAB_MOST];
    cr_assert(s);
    load(m, SE_DTYPE_F32, 1, &model, &state);
    s->factor = factor;
    const struct se_model_tap tap = {.context = s, .see = see, .change_u = scale};
    forward(&model, &state, tokens, ids, 1, logits, &tap);
    se_model_state_free(&state);
    se_model_free(&model);
    return s;
}

static void expect_shape(const struct seen *s, enum se_model_point point, size_t rows,
                         size_t columns, size_t layers) {
    cr_expect_eq(s->rows[point], rows, "point %d: %zu rows", point, s->rows[point]);
    cr_expect_eq(s->columns[point], columns, "point %d: %zu columns", point, s->columns[point]);
    cr_expect_eq(s->layers[point], layers, "point %d: %zu layers", point, s->layers[point]);
}

// u is SiLU of the convolution of X, and the last state the recurrence's sum over all tokens.
Test(model_forward, tap_of_mamba1) {
    enum { SOME = 40 };
    struct synthetic *m = example_mamba1();
    const struct se_model_config *c = &m->sizes;
    struct seen *s = tapped(m, 1, SOME);
    expect_shape(s, SE_POINT_IN_PROJ, SOME, 20, 3);
    expect_shape(s, SE_POINT_X, SOME, 43, 3);
    expect_shape(s, SE_POINT_Z, SOME, 43, 3);
    expect_shape(s, SE_POINT_U, SOME, 43, 3);
    expect_shape(s, SE_POINT_DT_LOW, SOME, 3, 3);
    expect_shape(s, SE_POINT_DT, SOME, 43, 3);
    expect_shape(s, SE_POINT_B, SOME, 5, 3);
    expect_shape(s, SE_POINT_C, SOME, 5, 3);
    expect_shape(s, SE_POINT_H, 43, 5, 3);
    expect_shape(s, SE_POINT_Y, SOME, 43, 3);
    for (size_t i = 0; i < c->d_inner; i++) {
        for (size_t n = 0; n < c->d_state; n++) {
            double h = 0;
            for (size_t t = 0; t < SOME; t++) {
                size_t at = t * c->d_inner + i;
                double in = s->first[SE_POINT_DT][at] +
                            (double)synthetic_layer(m, 0, "mixer.dt_proj.bias")[i];
                double dt = log1p(exp(in));
                double a = -exp(synthetic_layer(m, 0, "mixer.A_log")[i * c->d_state + n]);
                h = exp(dt * a) * h +
                    dt * s->first[SE_POINT_B][t * c->d_state + n] * s->first[SE_POINT_U][at];
            }
            cr_expect_float_eq(s->first[SE_POINT_H][i * c->d_state + n], h, 1e-5 * (1 + fabs(h)));
        }
    }
    free(s);
    synthetic_free(m);
    free(m);
}

Test(model_forward, tap_of_mamba2) {
    enum { SOME = 40 };
    struct synthetic *m = example_mamba2();
    struct seen *s = tapped(m, 1, SOME);
    expect_shape(s, SE_POINT_IN_PROJ, SOME, 18, 2);
    expect_shape(s, SE_POINT_X, SOME, 42 + 36, 2);
    expect_shape(s, SE_POINT_Z, SOME, 42, 2);
    expect_shape(s, SE_POINT_U, SOME, 42, 2);
    expect_shape(s, SE_POINT_DT_LOW, 0, 0, 0);
    expect_shape(s, SE_POINT_DT, SOME, 6, 2);
    expect_shape(s, SE_POINT_B, SOME, 18, 2);
    expect_shape(s, SE_POINT_C, SOME, 18, 2);
    expect_shape(s, SE_POINT_H, 42, 9, 2);
    expect_shape(s, SE_POINT_Y, SOME, 42, 2);
    free(s);
    synthetic_free(m);
    free(m);
}

// In the first layer, twice the scan's u is twice the state, and nothing before the scan moves.
Test(model_forward, changed_u) {
    enum { SOME = 20 };
    struct synthetic *m = example_mamba1();
    struct seen *one = tapped(m, 1, SOME), *two = tapped(m, 2, SOME);
    for (int p = 0; p < SE_POINT_COUNT; p++) {
        float factor = p == SE_POINT_H || p == SE_POINT_Y ? 2 : 1;
        size_t n = one->rows[p] * one->columns[p];
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(two->first[p][i], factor * one->first[p][i], "point %d", p);
        }
    }
    free(one);
    free(two);
    synthetic_free(m);
    free(m);
}
