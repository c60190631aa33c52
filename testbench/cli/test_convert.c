// SPDX-License-Identifier: Apache-2.0
// calibrate, quantize, dequantize: results worked out by hand, and RTL beside model.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(convert, .init = scratch_begin, .fini = scratch_end);

static void expect_codes(const char *name, const char *shape, size_t n, const uint8_t *expected) {
    const uint8_t *codes = get_npy(name, "|u1", shape, n);
    for (size_t i = 0; i < n; i++) {
        cr_expect(codes[i] == expected[i], "%s[%zu] is %02X, expected %02X", name, i, codes[i],
                  expected[i]);
    }
}

static void expect_values(const char *name, const char *shape, size_t n, const float *expected) {
    const char *data = get_npy(name, "<f4", shape, n * sizeof *expected);
    for (size_t i = 0; i < n; i++) {
        float value;
        memcpy(&value, data + i * sizeof value, sizeof value);
        cr_expect(memcmp(&value, &expected[i], sizeof value) == 0, "%s[%zu] is %g, expected %g",
                  name, i, (double)value, (double)expected[i]);
    }
}

// s1 = 1/2 and s2 = 2, so both reciprocals are exact.
static const char dual_config[] = "code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: 3.75\nthr_neg: 4.25\n";

// v, its code {flag, q mod 16}, and the code's value.
static const struct {
    float v;
    uint8_t code;
    float u;
} by_hand[16] = {
    {0.0f, 0x00, 0},
    {0.25f, 0x01, 0.5f},        // 0.5 -> 1, half away from zero
    {-0.25f, 0x0F, -0.5f},      // -0.5 -> -1
    {0.2f, 0x00, 0},            // 0.4 -> 0
    {3.5f, 0x07, 3.5f},         // 7
    {3.75f, 0x07, 3.5f},        // at the threshold, not above: 7.5 -> 8 -> clamped to 7
    {0x1.e00002p1f, 0x12, 4},   // the next float: outlier, 1.875 -> 2
    {4.0f, 0x12, 4},            // outlier, 2
    {-4.25f, 0x08, -4},         // at the threshold: -8.5 -> -9 -> clamped to -8
    {-0x1.100002p2f, 0x1E, -4}, // the next float: outlier, -2.125 -> -2
    {-5.0f, 0x1D, -6},          // outlier, -2.5 -> -3
    {100.0f, 0x17, 14},         // outlier, 50 -> 7
    {INFINITY, 0x17, 14},       //
    {-INFINITY, 0x18, -16},     //
    {NAN, 0x00, 0},             // compares false with both, and rounds to 0
    {0x1p-149f, 0x00, 0},       //
};

static void put_by_hand(const char *shape, float *u, uint8_t *codes) {
    float values[16];
    for (int i = 0; i < 16; i++) {
        values[i] = by_hand[i].v;
        codes[i] = by_hand[i].code;
        u[i] = by_hand[i].u;
    }
    put_npy("v.npy", "<f4", "False", shape, sizeof values, values);
}

Test(convert, codes_and_values_worked_by_hand_in_every_shape) {
    static const char *const shapes[] = {"(16,)", "(2, 8)", "(4, 4)", "(2, 2, 4)", "(16, 1)"};
    static const char *const engines[] = {"model", "rtl"};
    float u[16];
    uint8_t codes[16];
    put_text("c.yaml", dual_config);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        put_by_hand(shapes[s], u, codes);
        for (size_t e = 0; e < 2; e++) {
            struct command c = expect_success(
                "$W quantize -e %s -c $T/c.yaml -i $T/v.npy -o $T/q.npy", engines[e]);
            cr_expect(!*c.out, "quantize prints %s", c.out);
            expect_codes("q.npy", shapes[s], 16, codes);
            expect_success("$W dequantize -e %s -c $T/c.yaml -i $T/q.npy -o $T/u.npy", engines[e]);
            expect_values("u.npy", shapes[s], 16, u);
        }
    }
}

Test(convert, ranges_that_start_anywhere) {
    // Range 1 is -4..11 with s1 = 1, range 2 is 3..18 with s2 = 2; outliers lie above 11.5.
    const float v[10] = {11, 12, 36, 38, -4, -9, 31, 1, -0.5f, 11.5f};
    const uint8_t codes[10] = {0x0B,  // 11
                               0x16,  // 12 / 2 = 6
                               0x12,  // 36 / 2 = 18 = 2 modulo 16
                               0x12,  // 19 -> 18
                               0x0C,  // -4 = 12 modulo 16
                               0x0C,  // -9 -> -4
                               0x10,  // 15.5 -> 16 = 0 modulo 16
                               0x01,  //
                               0x0F,  // -0.5 -> -1
                               0x0B}; // 11.5 -> 12 -> 11
    const float u[10] = {11, 12, 36, 36, -4, -4, 32, 1, -1, 11};
    put_text("c.yaml", "code_bits: 4\nbase1: -4\nbase2: 3\ns1: 1\nratio: 2\nthr_pos: 11.5\n");
    put_npy("v.npy", "<f4", "False", "(10,)", sizeof v, v);
    for (int rtl = 0; rtl < 2; rtl++) {
        const char *engine = rtl ? "rtl" : "model";
        expect_success("$W quantize -e %s -c $T/c.yaml -i $T/v.npy -o $T/q.npy", engine);
        expect_codes("q.npy", "(10,)", 10, codes);
        expect_success("$W dequantize -e %s -c $T/c.yaml -i $T/q.npy -o $T/u.npy", engine);
        expect_values("u.npy", "(10,)", 10, u);
    }
}

Test(convert, eight_codes_are_five_bytes) {
    // 07 12 0F 00 1D 17 18 01, five bits each, the first lowest:
    //   010|00111 0|01111|10 1101|0000 00|10111|1 00001|110
    const float v[8] = {3.5f, 4, -0.25f, 0, -5, 100, -INFINITY, 0.25f};
    const float u[8] = {3.5f, 4, -0.5f, 0, -6, 14, -16, 0.5f};
    const uint8_t bytes[5] = {0x47, 0x3E, 0xD0, 0x2F, 0x0E};
    put_text("c.yaml", dual_config);
    put_npy("v.npy", "<f4", "False", "(8,)", sizeof v, v);
    for (int rtl = 0; rtl < 2; rtl++) {
        const char *engine = rtl ? "rtl" : "model";
        expect_success("$W quantize --packed -e %s -c $T/c.yaml -i $T/v.npy -o $T/p.npy", engine);
        expect_codes("p.npy", "(5,)", 5, bytes);
        expect_success(
            "$W dequantize --packed --channels 8 -e %s -c $T/c.yaml -i $T/p.npy -o $T/u.npy",
            engine);
        expect_values("u.npy", "(8,)", 8, u);
    }
    // Rows of 3 codes are 15 bits, 2 bytes each; every row begins a byte.
    const uint8_t rows[4] = {0x47, 0x3E, 0xA0, 0x5F}; // 07 12 0F; 00 1D 17
    put_npy("v.npy", "<f4", "False", "(2, 3)", 24, v);
    expect_success("$W quantize --packed -c $T/c.yaml -i $T/v.npy -o $T/p.npy");
    expect_codes("p.npy", "(2, 2)", 4, rows);
}

Test(convert, calibration_worked_by_hand) {
    // The magnitudes' 50th percentile by nearest rank is the third of six, 7, which is 7 * s1.
    const float v[6] = {1, 3, 7, 20, -30, 40};
    static const struct {
        const char *options, *lines[6];
        uint8_t codes[6];
        float u[6];
    } cases[] = {
        // R1: the largest float below 7.5, and below 8.5.
        {"--rule R1 --scale percentile --percentile 50 --ratio 4 --bases signed",
         {"code_bits: 4\n", "s1: 1\n", "ratio: 4\n", "thr_pos: 7.49999952\n", "thr_neg: 8.4999990",
          "rule: R1\n"},
         {0x01, 0x03, 0x07, 0x15, 0x18, 0x17},
         {1, 3, 7, 20, -32, 28}},
        // R2: both at the percentile.
        {"--rule R2 --scale percentile --percentile 50 --ratio 4 --bases signed",
         {"code_bits: 4\n", "s1: 1\n", "ratio: 4\n", "thr_pos: 7\n", "thr_neg: 7\n", "rule: R2\n"},
         {0x01, 0x03, 0x07, 0x15, 0x18, 0x17},
         {1, 3, 7, 20, -32, 28}},
        // R3: halfway from 7 to 8, and from 8 to 12.
        {"--rule R3 --scale percentile --percentile 50 --ratio 4 --bases signed",
         {"code_bits: 4\n", "s1: 1\n", "ratio: 4\n", "thr_pos: 7.5\n", "thr_neg: 10\n",
          "rule: R3\n"},
         {0x01, 0x03, 0x07, 0x15, 0x18, 0x17},
         {1, 3, 7, 20, -32, 28}},
        // One scale, 127 * s1 = 40 rounded: 1, 3, 7, 20, -30 are 3.2, 9.5, 22.2, 63.5, -95.25 s1.
        {"--bits 8 --rule none --scale absmax --bases signed",
         {"code_bits: 8\n", "dual: false\n", "base1: -128\n", "s1: 0.314960629\n", "rule: none\n",
          "rule: none\n"},
         {0x03, 0x0A, 0x16, 0x40, 0xA1, 0x7F},
         {0}},
    };
    put_npy("v.npy", "<f4", "False", "(6,)", sizeof v, v);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command c =
            expect_success("$W calibrate -i $T/v.npy -o $T/c.yaml %s", cases[i].options);
        cr_expect(!*c.out, "calibrate --out prints %s", c.out);
        const char *yaml = get_file("c.yaml", NULL);
        for (int k = 0; k < 6; k++) {
            cr_expect(strstr(yaml, cases[i].lines[k]), "%s: no '%s' in\n%s", cases[i].options,
                      cases[i].lines[k], yaml);
        }
        struct command printed =
            expect_success("$W calibrate -i $T/v.npy %s | cat", cases[i].options);
        cr_expect_str_eq(printed.out, yaml, "printed and written configurations differ");
        expect_success("$W quantize -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
        expect_codes("q.npy", "(6,)", 6, cases[i].codes);
        expect_success("$W dequantize -c $T/c.yaml -i $T/q.npy -o $T/u.npy");
        if (cases[i].u[0] != 0) {
            expect_values("u.npy", "(6,)", 6, cases[i].u);
        }
    }
}

Test(convert, division_differs_where_the_reciprocal_is_short) {
    // fl(1/47) = 11422785 * 2^-29 = (1 - 17 * 2^-29) / 47. So 23.5 times it is 0.5 - 17 * 2^-30,
    // which rounds to 0.5 - 32 * 2^-30, the float below one half: HA gives 0. 23.5 / 47 is 0.5: 1.
    const float v[3] = {23.5f, -23.5f, 24};
    const uint8_t multiplied[3] = {0x00, 0x00, 0x01}, divided[3] = {0x01, 0x0F, 0x01};
    put_text("c.yaml", "code_bits: 4\ns1: 47\n");
    put_npy("v.npy", "<f4", "False", "(3,)", sizeof v, v);
    expect_success("$W quantize -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
    expect_codes("q.npy", "(3,)", 3, multiplied);
    expect_success("$W quantize --engine rtl -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
    expect_codes("q.npy", "(3,)", 3, multiplied);
    expect_success("$W quantize --divide -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
    expect_codes("q.npy", "(3,)", 3, divided);
}

Test(convert, half_precision_activations) {
    // 1, -2, 0.25, the largest, the least subnormal (2^-24), infinity, -infinity, NaN
    const uint16_t halves[8] = {0x3C00, 0xC000, 0x3400, 0x7BFF, 0x0001, 0x7C00, 0xFC00, 0x7E00};
    const uint8_t codes[8] = {0x02, 0x0C, 0x01, 0x17, 0x00, 0x17, 0x18, 0x00};
    put_text("c.yaml", dual_config);
    put_npy("v.npy", "<f2", "False", "(2, 4)", sizeof halves, halves);
    expect_success("$W quantize -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
    expect_codes("q.npy", "(2, 4)", 8, codes);
    put_text("tiny.yaml", "code_bits: 4\ns1: 5.9604644775390625e-8\n"); // 2^-24
    const uint8_t tiny[8] = {0x07, 0x08, 0x07, 0x07, 0x01, 0x07, 0x08, 0x00};
    expect_success("$W quantize -c $T/tiny.yaml -i $T/v.npy -o $T/q.npy");
    expect_codes("q.npy", "(2, 4)", 8, tiny);
}

Test(convert, rtl_and_model_write_the_same_files) {
    // Widths 4, 5, 6, 8 and 9; two's complement and free bases; ratios that are 2^k and not.
    static const struct {
        int width;
        const char *config;
    } configs[] = {
        {4, "code_bits: 4\nbase1: -3\ns1: 0.3\n"},
        {5, "code_bits: 5\ns1: 0.01\n"},
        {5, "code_bits: 4\nbase1: -5\nbase2: 3\ns1: 0.07\nratio: 3.3\nthr_pos: 0.7\nthr_neg: .4\n"},
        {5, "code_bits: 4\ns1: 0.07\nratio: 16\nthr_pos: 0.5\nthr_neg: 0.6\n"},
        {6, "code_bits: 6\nbase1: -20\ns1: 2.5\n"},
        {8, "code_bits: 8\ns1: 0.001\n"},
        {8, "code_bits: 7\nbase1: 100\ns1: 1e-38\nratio: 128\nthr_pos: 2e-36\nthr_neg: 1e-38\n"},
        {9, "code_bits: 8\nbase1: -256\nbase2: 255\ns1: 0.02\nratio: 7\nthr_pos: 0.2\n"},
    };
    enum { TOKENS = 120, CHANNELS = 37 };
    static uint32_t values[TOKENS * CHANNELS];
    uint64_t state = 5;
    for (size_t i = 0; i < TOKENS * CHANNELS; i++) {
        values[i] = next_random_f32(&state, i % 3 ? 124 : 2);
    }
    const uint32_t specials[] = {0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 0x7F800001,
                                 0x00000001, 0x80000001, 0x007FFFFF, 0x80000000, 0x7F7FFFFF};
    memcpy(values, specials, sizeof specials);
    put_npy("v.npy", "<f4", "False", "(120, 37)", sizeof values, values);
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        int width = configs[i].width;
        size_t row = ((size_t)width * CHANNELS + 7) / 8;
        char shape[32];
        put_text("c.yaml", configs[i].config);
        for (int packed = width > 8; packed < 2; packed++) {
            const char *option = packed ? "--packed" : "", *back = packed ? "--channels 37" : "";
            struct command c = expect_success(
                "cd $T && W=$OLDPWD/$W && for e in model rtl; do "
                "$W quantize %s -e $e -c c.yaml -i v.npy -o q.$e.npy && "
                "$W dequantize %s %s -e $e -c c.yaml -i q.$e.npy -o u.$e.npy || exit 1; done; "
                "cmp q.model.npy q.rtl.npy && cmp u.model.npy u.rtl.npy",
                option, option, back);
            cr_expect(strstr(c.err, "all equal"), "nothing said about the comparison: %s", c.err);
            snprintf(shape, sizeof shape, "(120, %zu)", packed ? row : CHANNELS);
            get_npy("q.rtl.npy", "|u1", shape, TOKENS * (packed ? row : CHANNELS));
            get_npy("u.rtl.npy", "<f4", "(120, 37)", sizeof values);
        }
    }
}

Test(convert, a_trace_of_each_block) {
    float u[16];
    uint8_t codes[16];
    put_text("c.yaml", dual_config);
    put_by_hand("(2, 8)", u, codes);
    expect_success("$W quantize --packed -e rtl -t $T/t -c $T/c.yaml -i $T/v.npy -o $T/q.npy");
    expect_success("$W dequantize --packed --channels 8 -e rtl -t $T/t -c $T/c.yaml -i $T/q.npy "
                   "-o $T/u.npy");
    expect_values("u.npy", "(2, 8)", 16, u);
    expect_success("for b in quantizer code_pack code_unpack scale_mux scale_mux_pow2; do "
                   "fst2vcd $T/t/$b.fst 2>&1 | grep -q clk_i || exit 1; done");
}
