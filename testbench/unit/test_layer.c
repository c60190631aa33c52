// SPDX-License-Identifier: Apache-2.0
// The layer is its parts in order, in every mode; fp32-sim-int8 is int8; calls may be cut anywhere.
#include "w4a5se/layer.h"

#include "../reference/conv.h"
#include "../reference/corners.h"
#include "../reference/of_quantizer.h"
#include "scan_case.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

TestSuite(layer);

enum { WIDTH = 11, STATES = 16, TOKENS = 12, VALUES = WIDTH * TOKENS };

struct workload {
    struct scan_case scan;
    int8_t w[WIDTH * SE_CONV_WIDTH], x[VALUES];
    float bias[WIDTH];
    struct se_quantizer quantizers[WIDTH], x_proj;
};

struct results {
    int8_t history[WIDTH * SE_CONV_HISTORY], x_proj[VALUES];
    float h[WIDTH * STATES], y[VALUES], u[VALUES];
    uint16_t codes[VALUES], out[VALUES];
    unsigned flags;
};

static struct se_quantizer quantizer(int bits, bool dual, bool offset, float s1) {
    struct se_format format = se_format_signed(bits, dual);
    struct se_quantizer q;
    struct se_error err = {""};
    if (offset) {
        format.base1 = -4;
        format.base2 = dual ? 3 : -4;
    }
    cr_assert(se_quantizer_init(&q, format, s1, dual ? 4 : 1, INFINITY, INFINITY, &err) == SE_OK,
              "%s", err.message);
    if (dual) {
        se_thresholds_least_error(&q);
    }
    return q;
}

static struct workload workload(uint64_t *state, enum se_input_mode mode) {
    static const struct {
        int bits;
        bool dual, offset;
    } formats[SE_INPUT_MODES] = {{8, false, false}, {8, false, false}, {8, false, false},
                                 {8, false, false}, {8, true, false},  {8, true, false},
                                 {4, false, false}, {5, false, false}, {5, false, true},
                                 {6, false, true},  {4, true, false},  {4, true, true},
                                 {4, true, true}};
    struct workload k = {.scan = scan_case_new(state, SCAN_REALISTIC, WIDTH, STATES, TOKENS)};
    for (size_t c = 0; c < WIDTH; c++) {
        k.bias[c] = (float)ref_random_int(state, -100, 100) / 100;
        k.quantizers[c] = quantizer(formats[mode].bits, formats[mode].dual, formats[mode].offset,
                                    0.01f * (float)ref_random_int(state, 2, 9));
    }
    for (size_t i = 0; i < sizeof k.w; i++) {
        k.w[i] = (int8_t)ref_random_int(state, -128, 127);
    }
    for (size_t i = 0; i < VALUES; i++) {
        k.x[i] = (int8_t)ref_random_int(state, -128, 127);
    }
    k.x_proj = formats[mode].bits == 8 && !formats[mode].dual ? k.quantizers[0]
                                                              : quantizer(8, false, false, 0.03f);
    return k;
}

static struct se_layer layer_of(const struct workload *k, enum se_input_mode mode,
                                enum se_state_mode state_mode) {
    return (struct se_layer){.conv = {WIDTH, k->w, 5e-5f, k->bias},
                             .input = {mode, k->quantizers, &k->x_proj, false},
                             .scan = scan_case_scan(&k->scan, true, state_mode)};
}

static void run(const struct se_layer *layer, const struct workload *k, size_t tokens_a_call,
                struct results *r) {
    const struct scan_case *s = &k->scan;
    struct se_error err = {""};
    cr_assert(se_layer_check(layer, &err) == SE_OK, "%s", err.message);
    memset(r, 0, sizeof *r);
    struct se_layer_state state = {r->history, r->h};
    for (size_t t = 0; t < TOKENS; t += tokens_a_call) {
        size_t n = TOKENS - t < tokens_a_call ? TOKENS - t : tokens_a_call, at = t * WIDTH;
        struct se_layer_values values = {r->y + at, r->codes + at, r->u + at, r->x_proj + at};
        se_layer_run(layer, &state, n, k->x + at, s->dt + at, s->b + t * STATES, s->c + t * STATES,
                     s->z + at, &values, r->out + at, &r->flags);
    }
}

// Everything but the codes, which fp32-sim-int8 has none of.
static void expect_equal(const struct results *a, const struct results *b) {
    cr_assert_arr_eq(a->y, b->y, sizeof a->y);
    cr_assert_arr_eq(a->u, b->u, sizeof a->u);
    cr_assert_arr_eq(a->x_proj, b->x_proj, sizeof a->x_proj);
    cr_assert_arr_eq(a->out, b->out, sizeof a->out);
    cr_assert_arr_eq(a->h, b->h, sizeof a->h);
    cr_assert_arr_eq(a->history, b->history, sizeof a->history);
    cr_assert(a->flags == b->flags);
}

Test(layer, of_one_call_is_that_of_smaller_ones_in_every_mode) {
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        uint64_t state = (uint64_t)mode;
        enum se_state_mode state_mode = mode % 2 ? SE_STATE_INT8_STEP : SE_STATE_FP32;
        struct workload k = workload(&state, (enum se_input_mode)mode);
        struct se_layer layer = layer_of(&k, (enum se_input_mode)mode, state_mode);
        struct results whole, token, five;
        run(&layer, &k, TOKENS, &whole);
        run(&layer, &k, 1, &token);
        run(&layer, &k, 5, &five);
        expect_equal(&whole, &token);
        expect_equal(&whole, &five);
        cr_assert_arr_eq(whole.codes, token.codes, sizeof whole.codes);
        scan_case_free(&k.scan);
    }
}

Test(layer, in_fp32_sim_int8_is_int8) {
    for (int seed = 0; seed < 60; seed++) {
        uint64_t state = (uint64_t)seed;
        enum se_state_mode state_mode = (enum se_state_mode)(seed % 3);
        struct workload k = workload(&state, SE_INPUT_INT8);
        struct se_layer layer = layer_of(&k, SE_INPUT_INT8, state_mode);
        struct results int8, sim;
        run(&layer, &k, TOKENS, &int8);
        layer.input.mode = SE_INPUT_FP32_SIM_INT8;
        run(&layer, &k, TOKENS, &sim);
        expect_equal(&int8, &sim);
        scan_case_free(&k.scan);
    }
}

// The whole chain from the references: convolution, quantiser, scan.
Test(layer, is_its_references_in_a_row) {
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        if (!se_input_has_codes((enum se_input_mode)mode) || mode == SE_INPUT_INT8_SE_UNIFORM) {
            continue; // test_input.c
        }
        uint64_t state = 100 + (uint64_t)mode;
        struct workload k = workload(&state, (enum se_input_mode)mode);
        struct se_layer layer = layer_of(&k, (enum se_input_mode)mode, SE_STATE_INT8_FINAL);
        struct results r;
        run(&layer, &k, TOKENS, &r);
        uint32_t v[VALUES], h[WIDTH * STATES] = {0};
        float u[VALUES];
        uint16_t out[VALUES];
        unsigned flags = 0;
        ref_conv_bits(WIDTH, TOKENS, k.w, layer.conv.s_wx, k.bias, k.x, v, &flags);
        for (size_t i = 0; i < VALUES; i++) {
            const struct se_quantizer *q =
                &k.quantizers[se_input_is_piecewise((enum se_input_mode)mode) ? i % WIDTH : 0];
            const struct ref_quantizer ref = ref_quantizer_of(q);
            uint32_t y = se_f32_bits(se_f32_silu(se_f32_from_bits(v[i])));
            uint32_t code = ref_quantize(&ref, y);
            cr_assert(r.codes[i] == code, "%s, value %zu", se_input_mode_names[mode], i);
            u[i] = se_f32_from_bits(ref_dequantize(&ref, code));
        }
        struct scan_case scan = k.scan;
        scan.u = u;
        struct ref_scan reference = scan_case_reference(&scan, true, SE_STATE_INT8_FINAL);
        ref_scan_bits(&reference, h, out, &flags);
        cr_assert_arr_eq(r.out, out, sizeof out, "%s", se_input_mode_names[mode]);
        cr_assert_arr_eq(r.h, h, sizeof h, "%s", se_input_mode_names[mode]);
        cr_assert(r.flags == flags, "%s", se_input_mode_names[mode]);
        scan_case_free(&k.scan);
    }
}

Test(layer, refuses_parts_that_do_not_fit) {
    uint64_t state = 1;
    struct workload k = workload(&state, SE_INPUT_W4A5_SE);
    struct se_layer good = layer_of(&k, SE_INPUT_W4A5_SE, SE_STATE_FP32), layer = good;
    struct se_error err = {""};
    layer.conv.d_inner = 3;
    cr_expect(se_layer_check(&layer, &err) == SE_INVALID && strstr(err.message, "d_inner"));
    layer = good;
    layer.input.mode = SE_INPUT_INT8;
    cr_expect(se_layer_check(&layer, &err) == SE_INVALID && strstr(err.message, "int8"));
    layer = good;
    layer.scan.s_dt = NAN;
    cr_expect(se_layer_check(&layer, &err) == SE_INVALID && strstr(err.message, "s_dt"));
    scan_case_free(&k.scan);
}
