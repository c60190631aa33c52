// SPDX-License-Identifier: Apache-2.0
// Sums against 64-bit integers, the scheme's codes against their definition in long double, and how
// close it comes to the float product.
#include "w4a5se/quantized_linear.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(quantized_linear);

static const struct shape {
    size_t outputs, inputs, tokens;
} shapes[] = {{1, 1, 1},     {3, 5, 7},    {40, 256, 9}, {512, 128, 4},
              {257, 384, 5}, {2, 1025, 6}, {3, 2048, 3}, {17, 130, 0}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static float *random_weights(uint64_t *state, size_t n) {
    float *w = malloc(n * sizeof *w);
    for (size_t i = 0; i < n; i++) {
        w[i] = ldexpf((float)ref_random_int(state, -1000, 1000), ref_random_int(state, -16, -10));
    }
    return w;
}

static int8_t *random_codes(uint64_t *state, size_t n) {
    int8_t *x = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        x[i] = (int8_t)(ref_random_int(state, 0, 3) ? ref_random_int(state, -128, 127)
                                                    : -128 + 255 * ref_random_int(state, 0, 1));
    }
    return x;
}

static struct se_quantized_linear make(int bits, size_t outputs, size_t inputs,
                                       const float *weights) {
    struct se_quantized_linear linear;
    struct se_error err = {""};
    cr_assert(se_quantized_linear_init(&linear, bits, outputs, inputs, weights, &err) == SE_OK,
              "%s", err.message);
    return linear;
}

static int64_t exact_sum(const struct se_quantized_linear *l, size_t o, const int8_t *x) {
    int64_t sum = 0;
    for (size_t i = 0; i < l->inputs; i++) {
        sum += (int64_t)l->w[o * l->inputs + i] * x[i];
    }
    return sum;
}

// Half to even of a * 2^0 where a is a float of any size.
static int8_t nearest_even(float a) {
    double floor_a = floor((double)a), rest = (double)a - floor_a;
    double q = rest > 0.5 || (rest == 0.5 && fmod(floor_a, 2) != 0) ? floor_a + 1 : floor_a;
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

static void check_run(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                      const float *bias) {
    size_t n = tokens * l->outputs;
    int32_t *acc = malloc((n + 1) * sizeof *acc);
    int8_t *y8 = malloc(n + 1);
    float *y32 = malloc((n + 1) * sizeof *y32);
    se_quantized_linear_sums(l, tokens, x, acc);
    se_quantized_linear_i8(l, tokens, x, y8);
    se_quantized_linear_f32(l, tokens, x, bias, y32);
    for (size_t i = 0; i < n; i++) {
        size_t o = i % l->outputs;
        int64_t sum = exact_sum(l, o, x + i / l->outputs * l->inputs);
        // One rounding of the sum, one of the product: as the formula says, from exact doubles.
        float scaled = (float)((double)(float)sum * (double)l->multiplier[o]);
        cr_assert(acc[i] == sum);
        cr_assert(y8[i] == nearest_even(scaled));
        cr_assert(y32[i] == (bias ? (float)((double)scaled + (double)bias[o]) : scaled));
    }
    free(acc);
    free(y8);
    free(y32);
}

Test(quantized_linear, sums_are_exact_and_rounded_once_each_way) {
    uint64_t state = 2;
    for (size_t k = 0; k < SHAPES * 2; k++) {
        const struct shape s = shapes[k / 2];
        float *weights = random_weights(&state, s.outputs * s.inputs);
        int8_t *x = random_codes(&state, s.tokens * s.inputs);
        float *bias = random_weights(&state, s.outputs);
        struct se_quantized_linear l = make(k % 2 ? 4 : 8, s.outputs, s.inputs, weights);
        se_quantized_linear_scale(&l, 0, s.outputs, 0.013f, 0.37f);
        check_run(&l, s.tokens, x, NULL);
        check_run(&l, s.tokens, x, bias);
        se_quantized_linear_free(&l);
        free(weights);
        free(x);
        free(bias);
    }
}

Test(quantized_linear, the_largest_sum_fits) {
    enum { INPUTS = 131071 };
    float *weights = malloc(INPUTS * sizeof *weights);
    int8_t *x = malloc(INPUTS);
    for (size_t i = 0; i < INPUTS; i++) {
        weights[i] = -1;
    }
    memset(x, -128, INPUTS);
    struct se_quantized_linear l = make(8, 1, INPUTS, weights);
    int32_t acc;
    se_quantized_linear_sums(&l, 1, x, &acc);
    cr_expect(acc == 131071 * 127 * 128);
    se_quantized_linear_free(&l);
    free(weights);
    free(x);
}

Test(quantized_linear, w8_is_one_scale_and_half_to_even) {
    const float weights[] = {1.27f, 0.005f, -0.015f, 0.025f, -1.27f, 0.5f};
    struct se_quantized_linear l = make(8, 2, 3, weights);
    for (size_t i = 0; i < 6; i++) {
        float s = 1.27f / 127;
        float ratio = weights[i] / s;
        cr_expect(l.w[i] == nearest_even(ratio) && l.s_w[i / 3] == s);
    }
    cr_expect(l.w[0] == 127 && l.w[4] == -127 && l.w[5] == 50);
    cr_expect(se_quantized_linear_bits(&l) == 6 * 8 + 32);
    se_quantized_linear_free(&l);
}

// Each output's distinct values: at most 16 a group, and each the rounded product of a code and the
// group's scale.
Test(quantized_linear, w4_with_groups_has_two_levels_of_scales) {
    enum { OUTPUTS = 24, INPUTS = 384 };
    uint64_t state = 3;
    float *weights = random_weights(&state, OUTPUTS * INPUTS);
    struct se_quantized_linear l = make(4, OUTPUTS, INPUTS, weights);
    for (size_t o = 0; o < OUTPUTS; o++) {
        long double largest = 0;
        for (size_t i = 0; i < INPUTS; i++) {
            largest = fmaxl(largest, fabsl((long double)weights[o * INPUTS + i]));
        }
        cr_assert(fabsl((long double)l.s_w[o] - largest / 127) <= largest * 0x1p-24L);
        for (size_t g = 0; g < INPUTS; g += SE_WEIGHT_GROUP) {
            const float *w = weights + o * INPUTS + g;
            long double in_group = 0;
            for (size_t i = 0; i < SE_WEIGHT_GROUP; i++) {
                in_group = fmaxl(in_group, fabsl((long double)w[i]));
            }
            long double step = in_group * 2 / 15, s_group = step / (long double)l.s_w[o];
            for (size_t i = 0; i < SE_WEIGHT_GROUP; i++) {
                long double code = roundl((long double)w[i] / step);
                code = code > 7 ? 7 : code < -8 ? -8 : code;
                long double ideal = code * s_group; // binary16 keeps 11 bits of s_group
                ideal = ideal < -128 ? -128 : ideal;
                bool near_tie =
                    fabsl(fabsl((long double)w[i] / step - truncl((long double)w[i] / step)) -
                          0.5L) < 1e-5L;
                cr_assert(near_tie || fabsl((long double)l.w[o * INPUTS + g + i] - ideal) <=
                                          0.5L + fabsl(ideal) * 0x1p-11L,
                          "%zu %zu: %d for %Lg", o, g + i, l.w[o * INPUTS + g + i], ideal);
            }
        }
    }
    cr_expect(se_quantized_linear_bits(&l) ==
              OUTPUTS * INPUTS * 4 + OUTPUTS * 32 + OUTPUTS * 3 * 16);
    se_quantized_linear_free(&l);
    free(weights);
}

Test(quantized_linear, w4_without_groups_has_sevenths) {
    const float weights[] = {0.7f, -0.7f, 0.1f, 0.32f, -0.05f, 0, 0, 0};
    struct se_quantized_linear l = make(4, 2, 4, weights);
    static const int8_t expected[] = {112, -112, 16, 48, -112, 0, 0, 0};
    cr_expect(memcmp(l.w, expected, sizeof expected) == 0);
    cr_expect(fabsf(l.s_w[0] - 0.1f / 16) < 1e-9f && fabsf(l.s_w[1] - 0.05f / 7 / 16) < 1e-9f);
    se_quantized_linear_free(&l);
}

Test(quantized_linear, comes_near_the_real_product) {
    enum { OUTPUTS = 64, INPUTS = 256, TOKENS = 50 };
    uint64_t state = 5;
    float *weights = random_weights(&state, OUTPUTS * INPUTS);
    int8_t *x = random_codes(&state, TOKENS * INPUTS);
    float *y = malloc(TOKENS * OUTPUTS * sizeof *y);
    for (int bits = 4; bits <= 8; bits += 4) {
        struct se_quantized_linear l = make(bits, OUTPUTS, INPUTS, weights);
        se_quantized_linear_scale(&l, 0, OUTPUTS, 0.02f, 1);
        se_quantized_linear_f32(&l, TOKENS, x, NULL, y);
        double signal = 0, noise = 0;
        for (size_t i = 0; i < TOKENS * OUTPUTS; i++) {
            double exact = 0;
            for (size_t k = 0; k < INPUTS; k++) {
                exact +=
                    (double)weights[i % OUTPUTS * INPUTS + k] * 0.02 * x[i / OUTPUTS * INPUTS + k];
            }
            signal += exact * exact;
            noise += ((double)y[i] - exact) * ((double)y[i] - exact);
        }
        double db = 10 * log10(signal / noise);
        cr_expect(bits == 8 ? db > 35 : db > 14 && db < 30, "%d bits: %g dB", bits, db);
        se_quantized_linear_free(&l);
    }
    free(weights);
    free(x);
    free(y);
}

Test(quantized_linear, refuses_by_name) {
    float weights[] = {1, NAN, 2, 3};
    struct se_quantized_linear l;
    struct se_error err;
    cr_expect(se_quantized_linear_init(&l, 8, 2, 2, weights, &err) == SE_INVALID);
    cr_expect_str_eq(err.message, "weight [0][1] is nan");
    cr_expect(se_quantized_linear_init(&l, 5, 2, 2, weights, &err) == SE_INVALID);
    cr_expect(se_quantized_linear_init(&l, 8, 0, 2, weights, &err) == SE_INVALID);
    cr_expect(se_quantized_linear_init(&l, 8, 1, 131072, weights, &err) == SE_INVALID);
}
