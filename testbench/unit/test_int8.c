// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/int8.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>

TestSuite(int8);

Test(int8, ties_range_ends_and_specials_by_hand) {
    static const struct {
        float x;
        int8_t away, even, truncate;
    } cases[] = {
        {0.5f, 1, 0, 0},
        {-0.5f, -1, 0, 0},
        {1.5f, 2, 2, 1},
        {2.5f, 3, 2, 2},
        {-2.5f, -3, -2, -2},
        {0.49999997f, 0, 0, 0},
        {2.9f, 3, 3, 2},
        {127.4f, 127, 127, 127},
        {127.5f, 127, 127, 127},
        {-128.5f, -128, -128, -128},
        {-127.5f, -128, -128, -127},
        {1e30f, 127, 127, 127},
        {-INFINITY, -128, -128, -128},
        {NAN, 0, 0, 0},
        {-0.0f, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int8_t expected[] = {cases[i].away, cases[i].even, cases[i].truncate};
        for (int rounding = SE_ROUND_AWAY; rounding <= SE_ROUND_TRUNCATE; rounding++) {
            int8_t q = se_i8_round((enum se_rounding)rounding, cases[i].x);
            cr_expect(q == expected[rounding], "%g, %s: %d", (double)cases[i].x,
                      se_rounding_names[rounding], q);
        }
    }
}

// The nearest integer, in integers: a float is m * 2^e.
static int8_t reference(enum se_rounding rounding, float x) {
    if (isnan(x)) {
        return 0;
    }
    if (fabsf(x) >= 512) {
        return x < 0 ? -128 : 127;
    }
    int64_t fixed = (int64_t)((double)fabsf(x) * 0x1p40), one = INT64_C(1) << 40;
    int64_t whole = fixed / one, rest = fixed % one;
    bool sticky = (double)fabsf(x) * 0x1p40 != (double)fixed;
    bool above = rest > one / 2 || (rest == one / 2 && sticky), tie = rest == one / 2 && !sticky;
    if (rounding != SE_ROUND_TRUNCATE &&
        (above || (tie && (rounding == SE_ROUND_AWAY || whole % 2)))) {
        whole++;
    }
    int64_t q = x < 0 ? -whole : whole;
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

Test(int8, is_the_reference_on_corners_random_and_near_ties) {
    uint64_t state = 1;
    enum { N = 40000 };
    static float x[N];
    static int8_t q[N];
    for (size_t i = 0; i < N; i++) {
        uint32_t bits = i < ref_corner_count() ? ref_corner(i) : ref_random_f32(&state);
        x[i] = se_f32_from_bits(bits);
        if (i % 2) {
            float tie = (float)ref_random_int(&state, -300, 300) / 2;
            x[i] = nextafterf(tie, tie + (float)ref_random_int(&state, -1, 1));
        }
    }
    for (int r = SE_ROUND_AWAY; r <= SE_ROUND_TRUNCATE; r++) {
        enum se_rounding rounding = (enum se_rounding)r;
        se_i8_activations(rounding, N, x, 1, q);
        for (size_t i = 0; i < N; i++) {
            int8_t expected = reference(rounding, x[i]);
            cr_assert(q[i] == expected && se_i8_round(rounding, x[i]) == expected,
                      "%s of %.9g: %d, expected %d", se_rounding_names[r], (double)x[i], q[i],
                      expected);
        }
    }
}

Test(int8, activations_multiply_by_the_reciprocal_and_parameters_divide) {
    // fl(1/3) * 4.5 is 1.5000001, and 4.5 / 3 is 1.5.
    float x = 4.5f, s = 3;
    int8_t q;
    se_i8_activations(SE_ROUND_AWAY, 1, &x, 1 / s, &q);
    cr_expect(q == 2);
    float w[] = {4.5f, 7.5f, -7.5f, 381, -390};
    int8_t codes[5];
    se_i8_parameters(5, w, s, codes);
    cr_expect(codes[0] == 2 && codes[1] == 2 && codes[2] == -2 && codes[3] == 127 &&
              codes[4] == -128);
}

Test(int8, absmax_has_a_floor) {
    const float w[] = {0.5f, -0.75f, 0.25f}, none[] = {0, -0.0f, 1e-6f};
    cr_expect(se_i8_absmax(3, w) == 0.75f);
    cr_expect(se_i8_absmax(3, none) == 1e-5f);
}
