// SPDX-License-Identifier: Apache-2.0
// The input modes against the quantiser's reference, and what one mode must share with another.
#include "w4a5se/input.h"

#include "../reference/corners.h"
#include "../reference/of_quantizer.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

TestSuite(input);

enum { CHANNELS = 7, TOKENS = 300, VALUES = CHANNELS * TOKENS };

static struct se_quantizer quantizer(int bits, bool dual, int base1, int base2, float s1) {
    struct se_quantizer q;
    struct se_error err = {""};
    struct se_format format = {bits, dual, base1, base2};
    cr_assert(se_quantizer_init(&q, format, s1, dual ? 3.5f : 1, INFINITY, INFINITY, &err) == SE_OK,
              "%s", err.message);
    if (dual) {
        se_thresholds_least_error(&q);
    }
    return q;
}

// The format of each mode, written out again.
static struct se_quantizer quantizer_for(enum se_input_mode mode, float s1) {
    switch (mode) {
    case SE_INPUT_INT8_SE:
    case SE_INPUT_INT8_SE_UNIFORM:
        return quantizer(8, true, -128, -128, s1);
    case SE_INPUT_INT4:
        return quantizer(4, false, -8, -8, s1);
    case SE_INPUT_INT5:
        return quantizer(5, false, -16, -16, s1);
    case SE_INPUT_INT5_OFFSET:
        return quantizer(5, false, -3, -3, s1);
    case SE_INPUT_INT6_OFFSET:
        return quantizer(6, false, -5, -5, s1);
    case SE_INPUT_W4A5_SE:
        return quantizer(4, true, -8, -8, s1);
    case SE_INPUT_W4A5_SE_OFFSET:
    case SE_INPUT_W4A5_SE_PIECEWISE:
        return quantizer(4, true, -4, 3, s1);
    default:
        return quantizer(8, false, -128, -128, s1);
    }
}

// Values as the convolution gives them, near ties, and any bit pattern.
static void fill_values(uint64_t *state, float s1, float *y) {
    for (size_t i = 0; i < VALUES; i++) {
        switch (i % 3) {
        case 0:
            y[i] = (float)ref_random_int(state, -280, 5000) / 1000;
            break;
        case 1:
            y[i] = s1 * (float)ref_random_int(state, -600, 600) / 2;
            break;
        default:
            y[i] = se_f32_canonical(se_f32_from_bits(ref_random_f32(state)));
        }
    }
}

// INT8 whose one scale is s2.
static struct ref_quantizer uniform_reference(const struct se_quantizer *q) {
    struct ref_quantizer r = {.code_bits = 8,
                              .base1 = -128,
                              .base2 = -128,
                              .s1 = se_f32_bits(q->s2),
                              .ratio = 0x3F800000,
                              .thr_pos = 0x7F800000,
                              .thr_neg = 0x7F800000};
    cr_assert(ref_quantizer_derive(&r));
    return r;
}

static void check_mode(enum se_input_mode mode, int seed) {
    static float y[VALUES], u[VALUES], from_codes[VALUES];
    static uint16_t codes[VALUES];
    uint64_t state = (uint64_t)seed;
    struct se_quantizer quantizers[CHANNELS];
    for (size_t c = 0; c < CHANNELS; c++) {
        quantizers[c] = quantizer_for(mode, 0.02f * (float)(c + 1));
    }
    struct se_input input = {.mode = mode, .quantizers = quantizers};
    struct se_error err = {""};
    cr_assert(se_input_check(&input, CHANNELS, &err) == SE_OK, "%s", err.message);
    fill_values(&state, 0.02f, y);
    se_input_run(&input, CHANNELS, TOKENS, y, codes, u, NULL);
    se_input_dequantize(&input, CHANNELS, TOKENS, codes, from_codes);
    for (size_t i = 0; i < VALUES; i++) {
        const struct se_quantizer *q = &quantizers[se_input_is_piecewise(mode) ? i % CHANNELS : 0];
        struct ref_quantizer r =
            mode == SE_INPUT_INT8_SE_UNIFORM ? uniform_reference(q) : ref_quantizer_of(q);
        uint32_t code = ref_quantize(&r, se_f32_bits(y[i])), expected = ref_dequantize(&r, code);
        cr_assert(codes[i] == code && se_f32_bits(u[i]) == expected &&
                      se_f32_bits(from_codes[i]) == expected,
                  "%s, seed %d, y %08" PRIX32 ": code %03X, u %08" PRIX32
                  ", from the code %08" PRIX32 "; expected %03" PRIX32 ", %08" PRIX32,
                  se_input_mode_names[mode], seed, se_f32_bits(y[i]), codes[i], se_f32_bits(u[i]),
                  se_f32_bits(from_codes[i]), code, expected);
    }
}

Test(input, modes_are_their_quantisers) {
    unsigned checked = 0;
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        for (int seed = 0; seed < 5 && se_input_has_codes((enum se_input_mode)mode); seed++) {
            check_mode((enum se_input_mode)mode, seed);
            checked++;
        }
    }
    cr_expect(checked == 5 * 11, "%u", checked);
}

Test(input, fp32_is_the_convolution_itself) {
    static float y[VALUES], u[VALUES];
    uint64_t state = 1;
    struct se_input input = {.mode = SE_INPUT_FP32};
    cr_assert(se_input_check(&input, CHANNELS, NULL) == SE_OK);
    fill_values(&state, 0.02f, y);
    se_input_run(&input, CHANNELS, TOKENS, y, NULL, u, NULL);
    cr_expect_arr_eq(u, y, sizeof y);
}

Test(input, fp32_sim_int8_is_int8) {
    static float y[VALUES], u[VALUES], sim_u[VALUES];
    static int8_t x_proj[VALUES], sim_x_proj[VALUES];
    unsigned long values = 0;
    for (int seed = 0; seed < 60; seed++) {
        uint64_t state = (uint64_t)seed;
        float s1 = se_f32_from_bits(
            ref_random_positive(&state, seed % 2 ? -8 : -126, seed % 2 ? -3 : 120));
        struct se_quantizer q = quantizer(8, false, -128, -128, s1);
        struct se_input input = {.mode = SE_INPUT_INT8, .quantizers = &q, .x_proj = &q};
        struct se_input sim = input;
        input.x_proj_from_code = sim.x_proj_from_code = seed / 2 % 2;
        sim.mode = SE_INPUT_FP32_SIM_INT8;
        fill_values(&state, s1, y);
        se_input_run(&input, CHANNELS, TOKENS, y, NULL, u, x_proj);
        se_input_run(&sim, CHANNELS, TOKENS, y, NULL, sim_u, sim_x_proj);
        for (size_t i = 0; i < VALUES; i++, values++) {
            cr_assert(se_f32_bits(u[i]) == se_f32_bits(sim_u[i]) && x_proj[i] == sim_x_proj[i],
                      "seed %d, y %08" PRIX32 ": %08" PRIX32 " and %08" PRIX32, seed,
                      se_f32_bits(y[i]), se_f32_bits(u[i]), se_f32_bits(sim_u[i]));
        }
    }
    printf("input: fp32-sim-int8 is int8 on %lu values\n", values);
}

// In int8 what x_proj reads is the code, from either side of it.
Test(input, x_proj_reads_the_int8_code) {
    static float y[VALUES], u[VALUES];
    static uint16_t codes[VALUES];
    static int8_t x_proj[VALUES];
    for (int from_code = 0; from_code < 2; from_code++) {
        uint64_t state = 5;
        struct se_quantizer q = quantizer(8, false, -128, -128, 0.037f);
        struct se_input input = {SE_INPUT_INT8, &q, &q, from_code};
        fill_values(&state, 0.037f, y);
        se_input_run(&input, CHANNELS, TOKENS, y, codes, u, x_proj);
        for (size_t i = 0; i < VALUES; i++) {
            cr_assert(x_proj[i] == (int8_t)codes[i], "y %08" PRIX32 ": %d, code %02X",
                      se_f32_bits(y[i]), x_proj[i], codes[i]);
        }
    }
}

// s1 = 0.25, s2 = 1: 5 is the outlier code 5, 0.3 and 0.7 the codes 1 and 3, 100 saturates at 7.
// x_proj's scale is 0.1; what tells its two sources apart is 0.7 (7, but 0.75 gives 8) and 100.
Test(input, dual_path_by_hand) {
    struct se_quantizer q, x_proj;
    cr_assert(se_quantizer_init(&q, se_format_signed(4, true), 0.25f, 4, 1.875f, 2, NULL) == SE_OK);
    cr_assert(se_quantizer_init(&x_proj, se_format_signed(8, false), 0.1f, 1, INFINITY, INFINITY,
                                NULL) == SE_OK);
    static const float y[] = {5, 0.3f, 0.7f, -0.25f, 100};
    static const uint16_t expected_codes[] = {0x15, 0x01, 0x03, 0x0F, 0x17};
    static const float expected_u[] = {5, 0.25f, 0.75f, -0.25f, 7};
    static const int8_t from_y[] = {50, 3, 7, -3, 127}, from_u[] = {50, 3, 8, -3, 70};
    for (int from_code = 0; from_code < 2; from_code++) {
        struct se_input input = {SE_INPUT_W4A5_SE, &q, &x_proj, from_code};
        uint16_t codes[5];
        float u[5];
        int8_t out[5];
        se_input_run(&input, 1, 5, y, codes, u, out);
        for (int i = 0; i < 5; i++) {
            int8_t expected = from_code ? from_u[i] : from_y[i];
            cr_expect(codes[i] == expected_codes[i] && u[i] == expected_u[i] && out[i] == expected,
                      "%g: code %02X, u %g, x_proj %d", (double)y[i], codes[i], (double)u[i],
                      out[i]);
        }
    }
}

Test(input, piecewise_quantisers_follow_s1) {
    static const float s1[] = {0.25f, 0.5f, 2};
    struct se_quantizer one = quantizer(4, true, -8, -8, 1), out[3];
    one.ratio = 4;
    static const struct {
        enum se_rule rule;
        float thr_pos, thr_neg; // at s1 = 1
    } cases[] = {{SE_RULE_NONE, INFINITY, INFINITY}, {SE_RULE_R2, 6, 6}, {SE_RULE_R3, 7.5f, 10}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        se_thresholds_percentile(&one, 6);
        cr_assert(se_input_piecewise(&one, cases[k].rule, 3, s1, out, NULL) == SE_OK);
        for (int i = 0; i < 3; i++) {
            cr_expect(out[i].s1 == s1[i] && out[i].s2 == 4 * s1[i] && out[i].inv_s1 == 1 / s1[i] &&
                          out[i].thr_pos == cases[k].thr_pos * s1[i] &&
                          out[i].thr_neg == cases[k].thr_neg * s1[i],
                      "%s, s1 %g: thresholds %g %g", se_rule_names[cases[k].rule], (double)s1[i],
                      (double)out[i].thr_pos, (double)out[i].thr_neg);
        }
    }
    cr_assert(se_input_piecewise(&one, SE_RULE_R1, 3, s1, out, NULL) == SE_OK);
    cr_expect(out[1].thr_pos < 3.75f && out[1].thr_pos > 3.7499f);
    static const float bad = 0;
    struct se_error err = {""};
    cr_expect(se_input_piecewise(&one, SE_RULE_R3, 1, &bad, out, &err) == SE_INVALID &&
              strstr(err.message, "s1"));
}

Test(input, refuses_formats_that_are_not_the_modes) {
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        for (int other = 0; other < SE_INPUT_MODES; other++) {
            struct se_quantizer q[2] = {quantizer_for((enum se_input_mode)mode, 1),
                                        quantizer_for((enum se_input_mode)other, 1)};
            struct se_input input = {.mode = (enum se_input_mode)mode, .quantizers = q + 1};
            bool same = q[0].format.code_bits == q[1].format.code_bits &&
                        q[0].format.dual == q[1].format.dual;
            bool any_range = mode == SE_INPUT_INT5_OFFSET || mode == SE_INPUT_INT6_OFFSET ||
                             mode == SE_INPUT_W4A5_SE_OFFSET || mode == SE_INPUT_W4A5_SE_PIECEWISE;
            bool fits = same && (any_range || q[0].format.base1 == q[1].format.base1);
            struct se_error err = {""};
            enum se_status status = se_input_check(&input, 1, &err);
            if (mode == SE_INPUT_FP32 || fits) {
                cr_expect(status == SE_OK, "%s: %s", se_input_mode_names[mode], err.message);
            } else {
                cr_expect(status == SE_INVALID && strstr(err.message, se_input_mode_names[mode]),
                          "%s took what is for %s", se_input_mode_names[mode],
                          se_input_mode_names[other]);
            }
        }
    }
    struct se_quantizer int5 = quantizer(5, false, -16, -16, 1);
    struct se_input input = {.mode = SE_INPUT_FP32, .x_proj = &int5};
    struct se_error err = {""};
    cr_expect(se_input_check(&input, 1, &err) == SE_INVALID && strstr(err.message, "x_proj"));
    struct se_quantizer mixed[2] = {quantizer(8, false, -128, -128, 1), int5};
    struct se_input piecewise = {.mode = SE_INPUT_INT8_PIECEWISE, .quantizers = mixed};
    cr_expect(se_input_check(&piecewise, 1, NULL) == SE_OK);
    cr_expect(se_input_check(&piecewise, 2, NULL) == SE_INVALID);
}

Test(input, names_its_modes) {
    static const char *const names[] = {"int8",
                                        "int8-piecewise",
                                        "fp32",
                                        "fp32-sim-int8",
                                        "int8-se",
                                        "int8-se-uniform",
                                        "int4",
                                        "int5",
                                        "int5-offset",
                                        "int6-offset",
                                        "w4a5-se",
                                        "w4a5-se-offset",
                                        "w4a5-se-piecewise"};
    cr_assert(sizeof names / sizeof *names == SE_INPUT_MODES);
    for (int i = 0; i < SE_INPUT_MODES; i++) {
        cr_expect_str_eq(se_input_mode_names[i], names[i]);
    }
    cr_expect_null(se_input_mode_names[SE_INPUT_MODES]);
}
