// SPDX-License-Identifier: Apache-2.0
// The vector forms of the convolution and of the input modes are the specification bit for bit.
#include "w4a5se/conv.h"
#include "w4a5se/input.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

TestSuite(front_fast);

enum { WIDTH = 600, TOKENS = 7, VALUES = WIDTH * TOKENS };

static const size_t widths[] = {1, 3, 255, 256, 257, 600};
enum { WIDTHS = sizeof widths / sizeof *widths };

static void fill(uint64_t *state, size_t n, int8_t *codes) {
    for (size_t i = 0; i < n; i++) {
        codes[i] = (int8_t)ref_random_int(state, -128, 127);
    }
}

Test(front_fast, conv_is_the_specification) {
    static int8_t w[WIDTH * SE_CONV_WIDTH], x[VALUES], history[2][WIDTH * SE_CONV_HISTORY];
    static float b[WIDTH], y[2][VALUES];
    uint64_t state = 1;
    for (size_t k = 0; k < 8 * WIDTHS; k++) {
        bool wild = k % 2;
        size_t d_inner = widths[k / 8], cut = k % 4;
        struct se_conv conv = {d_inner, w, wild ? se_f32_from_bits(ref_random_f32(&state)) : 2e-4f,
                               b};
        fill(&state, sizeof w, w);
        fill(&state, sizeof x, x);
        fill(&state, sizeof history[0], history[0]);
        memcpy(history[1], history[0], sizeof history[0]);
        for (size_t c = 0; c < d_inner; c++) {
            b[c] = wild ? se_f32_from_bits(ref_random_f32(&state))
                        : (float)ref_random_int(&state, -200, 200) / 64;
        }
        se_conv_run(&conv, history[0], TOKENS, x, y[0], NULL);
        se_conv_run_fast(&conv, history[1], cut, x, y[1]);
        se_conv_run_fast(&conv, history[1], TOKENS - cut, x + cut * d_inner, y[1] + cut * d_inner);
        cr_assert_arr_eq(y[0], y[1], TOKENS * d_inner * sizeof(float));
        cr_assert_arr_eq(history[0], history[1], sizeof history[0]);
    }
}

static struct se_quantizer quantizer(uint64_t *state, enum se_input_mode mode) {
    static const int bits[SE_INPUT_MODES] = {8, 8, 8, 8, 8, 8, 4, 5, 5, 6, 4, 4, 4};
    bool dual =
        mode == SE_INPUT_INT8_SE || mode == SE_INPUT_INT8_SE_UNIFORM || mode >= SE_INPUT_W4A5_SE;
    bool offset = mode == SE_INPUT_INT5_OFFSET || mode == SE_INPUT_INT6_OFFSET ||
                  mode >= SE_INPUT_W4A5_SE_OFFSET;
    struct se_format format = se_format_signed(bits[mode], dual);
    if (offset) {
        format.base1 = ref_random_int(state, -16, 3);
        format.base2 = dual ? ref_random_int(state, -16, 15) : format.base1;
    }
    struct se_quantizer q;
    struct se_error err = {""};
    float s1 = (float)ref_random_int(state, 1, 90) / 256;
    float ratio = dual ? 1 + (float)ref_random_int(state, 0, 80) / 8 : 1;
    cr_assert(se_quantizer_init(&q, format, s1, ratio, INFINITY, INFINITY, &err) == SE_OK, "%s",
              err.message);
    if (dual) {
        ref_random_int(state, 0, 1) ? se_thresholds_least_error(&q) : se_thresholds_overflow(&q);
    }
    return q;
}

Test(front_fast, input_modes_are_the_specification) {
    static float y[VALUES], u[2][VALUES];
    static uint16_t codes[2][VALUES];
    static int8_t x_proj[2][VALUES];
    static struct se_quantizer quantizers[WIDTH];
    struct se_quantizer int8;
    uint64_t state = 2;
    cr_assert(se_quantizer_init(&int8, se_format_signed(8, false), 0.03f, 1, INFINITY, INFINITY,
                                NULL) == SE_OK);
    for (size_t k = 0; k < 6 * SE_INPUT_MODES * WIDTHS; k++) {
        enum se_input_mode mode = (enum se_input_mode)(k % SE_INPUT_MODES);
        size_t d_inner = widths[k / SE_INPUT_MODES % WIDTHS];
        for (size_t c = 0; c < WIDTH; c++) {
            quantizers[c] = quantizer(&state, mode);
        }
        for (size_t i = 0; i < VALUES; i++) {
            float s = quantizers[i % d_inner].s1 * (i % 2 ? 1 : quantizers[i % d_inner].ratio);
            float tie = (float)ref_random_int(&state, -40, 40) / 2 * s;
            y[i] = i % 5 == 0 ? se_f32_from_bits(ref_random_f32(&state))
                              : nextafterf(tie, (float)ref_random_int(&state, -1, 1) * 1e9f);
        }
        memset(codes, 0, sizeof codes);
        struct se_input input = {mode, quantizers, &int8, k % 3 == 0};
        se_input_run(&input, d_inner, TOKENS, y, codes[0], u[0], x_proj[0]);
        se_input_run_fast(&input, d_inner, TOKENS, y, codes[1], u[1], x_proj[1]);
        size_t n = d_inner * TOKENS;
        cr_assert_arr_eq(u[0], u[1], n * sizeof(float), "%s", se_input_mode_names[mode]);
        cr_assert_arr_eq(codes[0], codes[1], n * sizeof(uint16_t), "%s", se_input_mode_names[mode]);
        cr_assert_arr_eq(x_proj[0], x_proj[1], n, "%s", se_input_mode_names[mode]);
    }
}
