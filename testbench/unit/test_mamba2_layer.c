// SPDX-License-Identifier: Apache-2.0
// A layer of Mamba-2 with every kind of looked-up scale: convolution of x, B and C, piecewise input
// modes by a table, B and C by group, states by the table and n, and the scan; against references
// that take each channel's scale from how the table was laid out.
#include "w4a5se/conv.h"
#include "w4a5se/input.h"
#include "w4a5se/int8.h"
#include "w4a5se/scan2.h"

#include "../reference/conv.h"
#include "../reference/corners.h"
#include "../reference/quantizer.h"
#include "../reference/scale_table.h"
#include "../reference/scan.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

TestSuite(mamba2_layer);

enum {
    GROUPS = 2,
    HEADS = 10, // of both
    HEADDIM = 12,
    WIDTH = HEADS * HEADDIM,
    D_STATE = 16,
    STATES = GROUPS * D_STATE,
    CHANNELS = WIDTH + 2 * STATES,
    TOKENS = 30,
};

static const struct se_scale_shape shape = {GROUPS, 4, 4, HEADS / GROUPS, HEADDIM};

struct layer {
    struct random_table table;
    float state_scales[GROUPS * 16 * D_STATE];
    int8_t w[CHANNELS * SE_CONV_WIDTH], x[TOKENS * CHANNELS]; // x, B, C one after the other
    float bias[CHANNELS], s_wx[3];
    int8_t dt[TOKENS * HEADS];
    float A[HEADS], D[HEADS], dt_bias[HEADS], s_b[GROUPS], s_c[GROUPS];
};

struct results {
    uint16_t codes[TOKENS * WIDTH], y[TOKENS * WIDTH];
    float u[TOKENS * WIDTH], h[WIDTH * D_STATE];
    int8_t b[TOKENS * STATES], c[TOKENS * STATES];
};

static float uniform(uint64_t *state, float low, float high) {
    return low + (high - low) * (float)ref_random_int(state, 0, 1 << 20) * 0x1p-20f;
}

static void codes(uint64_t *state, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)ref_random_int(state, -128, 127);
    }
}

static void draw(uint64_t *state, struct layer *l) {
    random_table(&l->table, &shape, SE_SCALE_FP32, state);
    for (size_t i = 0; i < se_scale_count(&shape); i++) {
        l->table.scales[i] = 0.004f + 0.0007f * (float)i;
    }
    for (size_t i = 0; i < se_scale_count(&shape) * D_STATE; i++) {
        l->state_scales[i] = uniform(state, 0.001f, 0.02f);
    }
    codes(state, sizeof l->w, l->w);
    codes(state, sizeof l->x, l->x);
    codes(state, sizeof l->dt, l->dt);
    for (size_t i = 0; i < CHANNELS; i++) {
        l->bias[i] = uniform(state, -0.3f, 0.3f);
    }
    for (size_t i = 0; i < 3; i++) {
        l->s_wx[i] = uniform(state, 3e-5f, 6e-5f);
    }
    for (size_t i = 0; i < HEADS; i++) {
        l->A[i] = uniform(state, -4, -0.5f);
        l->D[i] = uniform(state, -1, 1);
        l->dt_bias[i] = uniform(state, -3, 0);
    }
    for (size_t g = 0; g < GROUPS; g++) {
        l->s_b[g] = uniform(state, 0.005f, 0.02f);
        l->s_c[g] = uniform(state, 0.005f, 0.02f);
    }
}

static struct se_quantizer quantizer(enum se_input_mode mode) {
    struct se_format format;
    struct se_quantizer one;
    bool offset = se_input_format(mode, &format);
    if (offset) {
        format.base1 = -4; // to 11
        format.base2 = 3;  // of 4 times the scale: 12 and more
    }
    cr_assert(se_quantizer_init(&one, format, 1, offset ? 4 : 1, INFINITY, INFINITY, NULL) ==
              SE_OK);
    return one;
}

// Where part p of a token's channels begins, and how many they are.
static size_t first_of(size_t p) {
    return p == 0 ? 0 : WIDTH + (p - 1) * STATES;
}

static size_t size_of(size_t p) {
    return p == 0 ? WIDTH : STATES;
}

// ---- what is tested -----------------------------------------------------------------------------

static void run(const struct layer *l, enum se_input_mode mode, enum se_state_mode state_mode,
                bool fast, struct results *r) {
    static float y[TOKENS * WIDTH], s1[WIDTH], s_h[WIDTH * D_STATE];
    struct se_quantizer one = quantizer(mode), quantizers[WIDTH];
    struct se_error err = {""};
    se_scale_expand(&l->table.table, s1);
    se_state_scales_expand(&l->table.table, D_STATE, l->state_scales, s_h);
    cr_assert(se_input_piecewise(&one, one.format.dual ? SE_RULE_R3 : SE_RULE_NONE, WIDTH, s1,
                                 quantizers, &err) == SE_OK);
    const struct se_input input = {.mode = mode, .quantizers = quantizers};
    const struct se_scan2 scan = {GROUPS,     HEADS,  HEADDIM, D_STATE, l->A,       l->D,
                                  l->dt_bias, 0.015f, l->s_b,  l->s_c,  state_mode, s_h};
    cr_assert(se_input_check(&input, WIDTH, &err) == SE_OK, "%s", err.message);
    cr_assert(se_scan2_check(&scan, &err) == SE_OK, "%s", err.message);
    for (size_t p = 0; p < 3; p++) {
        int8_t history[WIDTH * SE_CONV_HISTORY] = {0};
        const size_t first = first_of(p), n = size_of(p);
        const struct se_conv conv = {n, l->w + first * SE_CONV_WIDTH, l->s_wx[p], l->bias + first};
        (fast ? se_conv_run_fast(&conv, history, TOKENS, l->x + first * TOKENS, y)
              : se_conv_run(&conv, history, TOKENS, l->x + first * TOKENS, y, NULL));
        if (p == 0) {
            (fast ? se_input_run_fast : se_input_run)(&input, n, TOKENS, y, r->codes, r->u, NULL);
            continue;
        }
        for (size_t i = 0; i < TOKENS * GROUPS; i++) {
            float s = (p == 1 ? l->s_b : l->s_c)[i % GROUPS];
            se_i8_activations(SE_ROUND_AWAY, D_STATE, y + i * D_STATE, 1 / s,
                              (p == 1 ? r->b : r->c) + i * D_STATE);
        }
    }
    memset(r->h, 0, sizeof r->h);
    if (fast) {
        se_scan2_run_fast(&scan, r->h, TOKENS, r->u, l->dt, r->b, r->c, r->y);
    } else {
        se_scan2_run(&scan, r->h, TOKENS, r->u, l->dt, r->b, r->c, r->y, NULL);
    }
}

// ---- the reference ------------------------------------------------------------------------------

// A channel's quantiser. Rule R3: between 11 and 12 times its scale, and no bound below.
static struct ref_quantizer reference(enum se_input_mode mode, float s1) {
    bool dual = mode == SE_INPUT_W4A5_SE_PIECEWISE;
    float last = 11 * s1, next = 3 * (s1 * 4);
    struct ref_quantizer q = {
        .code_bits = dual ? 4 : 8,
        .dual = dual,
        .base1 = dual ? -4 : -128,
        .base2 = dual ? 3 : -128,
        .s1 = se_f32_bits(s1),
        .ratio = se_f32_bits(dual ? 4 : 1),
        .thr_pos = se_f32_bits(dual ? (float)(((double)last + (double)next) / 2) : INFINITY),
        .thr_neg = se_f32_bits(INFINITY)};
    cr_assert(ref_quantizer_derive(&q));
    return q;
}

static void convolve(const struct layer *l, size_t p, uint32_t *y) {
    const size_t first = first_of(p), n = size_of(p);
    unsigned flags = 0;
    ref_conv_bits(n, TOKENS, l->w + first * SE_CONV_WIDTH, l->s_wx[p], l->bias + first,
                  l->x + first * TOKENS, y, &flags);
    for (size_t i = 0; i < TOKENS * n; i++) {
        y[i] = se_f32_bits(se_f32_silu(se_f32_from_bits(y[i])));
    }
}

static void expect_front(const struct layer *l, enum se_input_mode mode, struct results *r) {
    static uint32_t y[TOKENS * WIDTH];
    convolve(l, 0, y);
    for (size_t i = 0; i < TOKENS * WIDTH; i++) {
        struct ref_quantizer q = reference(mode, l->table.scales[l->table.index[i % WIDTH]]);
        r->codes[i] = (uint16_t)ref_quantize(&q, y[i]);
        r->u[i] = se_f32_from_bits(ref_dequantize(&q, r->codes[i]));
    }
    for (size_t p = 1; p < 3; p++) {
        convolve(l, p, y);
        for (size_t i = 0; i < TOKENS * STATES; i++) {
            struct ref_quantizer q = reference(SE_INPUT_INT8_PIECEWISE,
                                               (p == 1 ? l->s_b : l->s_c)[i % STATES / D_STATE]);
            (p == 1 ? r->b : r->c)[i] = (int8_t)ref_code_integer(&q, ref_quantize(&q, y[i]));
        }
    }
}

static void expect_scan(const struct layer *l, enum se_state_mode state_mode, struct results *r) {
    static float A[WIDTH * D_STATE], D[WIDTH], dt_bias[WIDTH], s_h[WIDTH * D_STATE];
    static int8_t dt[TOKENS * WIDTH];
    static uint32_t h[WIDTH * D_STATE];
    static const enum ref_state_rounding roundings[] = {REF_STATE_EXACT, REF_STATE_FINAL,
                                                        REF_STATE_STEP};
    for (size_t c = 0; c < WIDTH; c++) {
        D[c] = l->D[c / HEADDIM];
        dt_bias[c] = l->dt_bias[c / HEADDIM];
        for (size_t n = 0; n < D_STATE; n++) {
            A[c * D_STATE + n] = l->A[c / HEADDIM];
            s_h[c * D_STATE + n] = l->state_scales[l->table.index[c] * D_STATE + n];
        }
        for (size_t t = 0; t < TOKENS; t++) {
            dt[t * WIDTH + c] = l->dt[t * HEADS + c / HEADDIM];
        }
    }
    const struct ref_scan scan = {.d_inner = WIDTH,
                                  .d_state = D_STATE,
                                  .groups = GROUPS,
                                  .A = A,
                                  .s_h = s_h,
                                  .D = D,
                                  .dt_bias = dt_bias,
                                  .s_b = l->s_b,
                                  .s_c = l->s_c,
                                  .s_dt = 0.015f,
                                  .rounding = roundings[state_mode],
                                  .tokens = TOKENS,
                                  .u = r->u,
                                  .dt = dt,
                                  .b = r->b,
                                  .c = r->c};
    unsigned flags = 0;
    memset(h, 0, sizeof h);
    ref_scan_bits(&scan, h, r->y, &flags);
    memcpy(r->h, h, sizeof h);
}

static size_t different_codes(const struct results *r) {
    bool seen[256] = {false};
    size_t n = 0;
    for (size_t i = 0; i < TOKENS * WIDTH; i++) {
        n += !seen[r->codes[i] & 255];
        seen[r->codes[i] & 255] = true;
    }
    return n;
}

static void check(const struct layer *l, enum se_input_mode mode, enum se_state_mode state_mode) {
    static struct results expected, got;
    expect_front(l, mode, &expected);
    expect_scan(l, state_mode, &expected);
    cr_assert(different_codes(&expected) > (mode == SE_INPUT_INT8_PIECEWISE ? 100 : 20));
    for (int fast = 0; fast < 2; fast++) {
        run(l, mode, state_mode, fast, &got);
        cr_assert_arr_eq(got.codes, expected.codes, sizeof got.codes);
        cr_assert_arr_eq(got.u, expected.u, sizeof got.u);
        cr_assert_arr_eq(got.b, expected.b, sizeof got.b);
        cr_assert_arr_eq(got.c, expected.c, sizeof got.c);
        cr_assert_arr_eq(got.y, expected.y, sizeof got.y);
        cr_assert_arr_eq(got.h, expected.h, sizeof got.h);
    }
}

Test(mamba2_layer, with_looked_up_scales_is_its_reference) {
    static struct layer layer;
    for (uint64_t seed = 0; seed < 6; seed++) {
        uint64_t state = seed;
        draw(&state, &layer);
        for (int mode = SE_STATE_FP32; mode <= SE_STATE_INT8_STEP; mode++) {
            check(&layer, SE_INPUT_INT8_PIECEWISE, (enum se_state_mode)mode);
            check(&layer, SE_INPUT_W4A5_SE_PIECEWISE, (enum se_state_mode)mode);
        }
    }
}
