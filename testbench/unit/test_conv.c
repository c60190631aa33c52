// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/conv.h"

#include "../reference/conv.h"
#include "../reference/corners.h"
#include "../reference/real.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

TestSuite(conv);

enum { WIDTH = 24, TOKENS = 40 };

struct inputs {
    size_t d_inner, tokens;
    float s_wx, b[WIDTH];
    int8_t w[WIDTH * SE_CONV_WIDTH], x[TOKENS * WIDTH];
};

static struct inputs random_inputs(int seed, bool wild) {
    uint64_t state = (uint64_t)seed;
    struct inputs in = {.d_inner = (size_t)ref_random_int(&state, 1, WIDTH),
                        .tokens = (size_t)ref_random_int(&state, 0, TOKENS)};
    in.s_wx =
        se_f32_from_bits(wild ? ref_random_f32(&state) : ref_random_positive(&state, -16, -12));
    for (size_t c = 0; c < WIDTH; c++) {
        in.b[c] = se_f32_from_bits(wild ? ref_random_f32(&state)
                                        : ref_random_positive(&state, -4, 0) | (uint32_t)c << 31);
    }
    int limit = seed % 4 == 0 ? 0 : 127; // extremes only, or all codes
    for (size_t i = 0; i < sizeof in.w; i++) {
        in.w[i] = (int8_t)(limit ? ref_random_int(&state, -128, 127)
                                 : -128 + 255 * ref_random_int(&state, 0, 1));
    }
    for (size_t i = 0; i < sizeof in.x; i++) {
        in.x[i] = (int8_t)(limit ? ref_random_int(&state, -128, 127)
                                 : -128 + 255 * ref_random_int(&state, 0, 1));
    }
    return in;
}

static struct se_conv conv_of(const struct inputs *in) {
    return (struct se_conv){.d_inner = in->d_inner, .w = in->w, .s_wx = in->s_wx, .b = in->b};
}

// SiLU has its own place in the library, but here it is its formula again.
static uint32_t silu_bits(uint32_t v) {
    float x = se_f32_from_bits(v);
    float below = se_f32_add(1, se_f32_exp(-x), NULL);
    return se_f32_bits(se_f32_div(x, below, NULL));
}

Test(conv, is_the_reference_bit_for_bit) {
    unsigned long outputs = 0;
    unsigned seen = 0;
    for (int seed = 0; seed < 400; seed++) {
        struct inputs in = random_inputs(seed, seed % 2);
        struct se_conv conv = conv_of(&in);
        int8_t history[WIDTH * SE_CONV_HISTORY] = {0};
        float y[TOKENS * WIDTH];
        uint32_t v[TOKENS * WIDTH];
        unsigned flags = 0, expected = 0;
        se_conv_run(&conv, history, in.tokens, in.x, y, &flags);
        ref_conv_bits(in.d_inner, in.tokens, in.w, in.s_wx, in.b, in.x, v, &expected);
        for (size_t i = 0; i < in.tokens * in.d_inner; i++, outputs++) {
            cr_assert(se_f32_bits(y[i]) == silu_bits(v[i]),
                      "seed %d, token %zu, channel %zu: %08" PRIX32 " from v %08" PRIX32, seed,
                      i / in.d_inner, i % in.d_inner, se_f32_bits(y[i]), v[i]);
        }
        cr_assert(flags == expected, "seed %d: flags %02X, expected %02X", seed, flags, expected);
        seen |= flags;
    }
    // An integer times a float plus a float is a multiple of 2^-149: where it is tiny it is exact.
    cr_expect(seen == (SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_INEXACT), "flags seen: %02X", seen);
    printf("conv: %lu outputs compared\n", outputs);
}

// v has a bound of half an ulp, then 1 + exp(-v) and the quotient have theirs.
Test(conv, is_within_its_error_bound_of_real_numbers) {
    long double worst = 0;
    for (int seed = 1; seed < 200; seed++) {
        struct inputs in = random_inputs(seed, false);
        struct se_conv conv = conv_of(&in);
        int8_t history[WIDTH * SE_CONV_HISTORY] = {0};
        float y[TOKENS * WIDTH];
        se_conv_run(&conv, history, in.tokens, in.x, y, NULL);
        for (size_t i = 0; i < in.tokens * in.d_inner; i++) {
            size_t t = i / in.d_inner, c = i % in.d_inner;
            int sum = 0;
            for (size_t k = 0; k < SE_CONV_WIDTH; k++) {
                sum += t + k < 3 ? 0 : in.w[4 * c + k] * in.x[(t + k - 3) * in.d_inner + c];
            }
            struct ref_real v =
                ref_real_fma(ref_exact(in.s_wx), ref_exact((float)sum), ref_exact(in.b[c]));
            struct ref_real minus = {-v.value, v.error};
            struct ref_real silu = ref_real_div(v, ref_real_add(ref_exact(1), ref_real_exp(minus)));
            long double off = fabsl(y[i] - silu.value);
            cr_assert(off <= silu.error, "seed %d, output %zu is %Lg off, bound %Lg", seed, i, off,
                      silu.error);
            worst = fmaxl(worst, off / silu.error);
        }
    }
    cr_expect(worst > 0.5L, "the bound is never nearly met: %Lg", worst);
}

Test(conv, of_one_call_is_that_of_a_call_a_token) {
    for (int seed = 0; seed < 100; seed++) {
        struct inputs in = random_inputs(seed, seed % 2);
        struct se_conv conv = conv_of(&in);
        int8_t history[WIDTH * SE_CONV_HISTORY] = {0}, step_history[WIDTH * SE_CONV_HISTORY] = {0};
        float y[TOKENS * WIDTH], step_y[TOKENS * WIDTH];
        unsigned flags = 0, step_flags = 0;
        se_conv_run(&conv, history, in.tokens, in.x, y, &flags);
        for (size_t t = 0; t < in.tokens; t++) {
            size_t at = t * in.d_inner;
            se_conv_run(&conv, step_history, 1, in.x + at, step_y + at, &step_flags);
        }
        cr_assert_arr_eq(step_y, y, in.tokens * in.d_inner * sizeof *y);
        cr_assert_arr_eq(step_history, history, sizeof history);
        cr_assert(flags == step_flags);
    }
}

// w[0] meets the oldest sample; s_wx = 1 and b = 100: SiLU(v) is v from there up.
Test(conv, by_hand) {
    static const int8_t w[] = {1, 2, 3, 4}, x[] = {1, 0, 0, 0, 0, 10};
    static const float b = 100, expected[] = {104, 103, 102, 101, 100, 140};
    struct se_conv conv = {.d_inner = 1, .w = w, .s_wx = 1, .b = &b};
    int8_t history[SE_CONV_HISTORY] = {0};
    float y[6];
    unsigned flags = 0;
    se_conv_run(&conv, history, 6, x, y, &flags);
    for (int t = 0; t < 6; t++) {
        cr_expect(y[t] == expected[t], "token %d: %g", t, (double)y[t]);
    }
    cr_expect(history[0] == 0 && history[1] == 0 && history[2] == 10 && flags == 0);
}

// The largest sums: 4 * 128 * 128 and -4 * 128 * 127; nothing between saturates or rounds.
Test(conv, sums_are_exact_at_the_extremes) {
    static const int8_t w[] = {-128, -128, -128, -128};
    static const float b = 0;
    struct se_conv conv = {.d_inner = 1, .w = w, .s_wx = 1, .b = &b};
    int8_t low[SE_CONV_HISTORY] = {-128, -128, -128}, high[SE_CONV_HISTORY] = {127, 127, 127};
    int8_t x_low = -128, x_high = 127;
    float y;
    unsigned flags = 0;
    se_conv_run(&conv, low, 1, &x_low, &y, &flags);
    cr_expect(y == 65536, "%g", (double)y);
    se_conv_run(&conv, high, 1, &x_high, &y, &flags);
    cr_expect(se_f32_bits(y) == 0x80000000, "%g", (double)y); // SiLU(-65024)
    cr_expect(flags == 0);
}

Test(conv, carries_nan_and_infinity) {
    static const int8_t w[4] = {0, 0, 0, 1}, one = 1;
    static const struct {
        uint32_t b, s_wx, y;
        unsigned flags;
    } cases[] = {
        {0x7F800000, 0x3F800000, 0x7F800000, 0},             // SiLU(infinity)
        {0xFF800000, 0x3F800000, 0x7FC00000, 0},             // SiLU(-infinity)
        {0xFFC12345, 0x3F800000, 0x7FC00000, 0},             // NaN
        {0x7F812345, 0x3F800000, 0x7FC00000, SE_FP_INVALID}, // signalling
        {0xFF800000, 0x7F800000, 0x7FC00000, SE_FP_INVALID}, // infinity - infinity
        {0x7F7FFFFF, 0x7F7FFFFF, 0x7F800000, SE_FP_OVERFLOW | SE_FP_INEXACT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float b = se_f32_from_bits(cases[i].b), y;
        struct se_conv conv = {
            .d_inner = 1, .w = w, .s_wx = se_f32_from_bits(cases[i].s_wx), .b = &b};
        int8_t history[SE_CONV_HISTORY] = {0};
        unsigned flags = 0;
        se_conv_run(&conv, history, 1, &one, &y, &flags);
        cr_expect(se_f32_bits(y) == cases[i].y && flags == cases[i].flags,
                  "case %zu: %08" PRIX32 ", flags %02X", i, se_f32_bits(y), flags);
    }
}
