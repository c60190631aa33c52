// SPDX-License-Identifier: Apache-2.0
// The scans against the reference in bits and in real numbers, cases by hand, and the identities:
// one call or many, scalar or vector.
#include "scan_case.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

TestSuite(scan);

static const enum se_state_mode modes[] = {SE_STATE_FP32, SE_STATE_INT8_FINAL, SE_STATE_INT8_STEP};
enum { MODES = sizeof modes / sizeof *modes };

static void expect_states(const struct scan_case *k, const float *h, const float *expected,
                          const char *what, int seed) {
    for (size_t i = 0; i < k->d_inner * k->d_state; i++) {
        cr_assert(se_f32_bits(h[i]) == se_f32_bits(expected[i]),
                  "%s, seed %d, h of channel %zu, n %zu: %08" PRIX32 ", expected %08" PRIX32, what,
                  seed, i / k->d_state, i % k->d_state, se_f32_bits(h[i]),
                  se_f32_bits(expected[i]));
    }
}

static void expect_results(const struct scan_case *k, const uint16_t *y, const uint16_t *expected,
                           const char *what, int seed) {
    for (size_t i = 0; i < k->tokens * k->d_inner; i++) {
        cr_assert(y[i] == expected[i],
                  "%s, seed %d, y of token %zu, channel %zu: %04" PRIX16 ", expected %04" PRIX16,
                  what, seed, i / k->d_inner, i % k->d_inner, y[i], expected[i]);
    }
}

// ---- against the reference in bits --------------------------------------------------------------

static unsigned check_bits(const struct scan_case *k, bool gate, enum se_state_mode mode,
                           int seed) {
    struct se_scan scan = scan_case_scan(k, gate, mode);
    struct ref_scan reference = scan_case_reference(k, gate, mode);
    struct se_error err = {""};
    cr_assert(se_scan_check(&scan, &err) == SE_OK, "%s", err.message);
    float *h = scan_case_states(k), *expected_h = scan_case_states(k);
    uint16_t *y = scan_array(k->tokens * k->d_inner, sizeof *y);
    uint16_t *expected = scan_array(k->tokens * k->d_inner, sizeof *y);
    unsigned flags = 0, expected_flags = 0;
    se_scan_run(&scan, h, k->tokens, k->u, k->dt, k->b, k->c, gate ? k->z : NULL, y, &flags);
    ref_scan_bits(&reference, (uint32_t *)expected_h, expected, &expected_flags);
    expect_results(k, y, expected, "scan", seed);
    expect_states(k, h, expected_h, "scan", seed);
    cr_assert(flags == expected_flags, "seed %d: flags %02X, expected %02X", seed, flags,
              expected_flags);
    free(h), free(expected_h), free(y), free(expected);
    return flags;
}

Test(scan, is_the_reference_bit_for_bit) {
    unsigned long updates = 0;
    unsigned seen = 0;
    for (int seed = 0; seed < 240; seed++) {
        uint64_t state = (uint64_t)seed;
        size_t d_inner = (size_t)ref_random_int(&state, 1, 12);
        size_t d_state = seed % 3 == 0 ? 16 : (size_t)ref_random_int(&state, 1, 20);
        struct scan_case k =
            scan_case_new(&state, seed % 2 ? SCAN_WILD : SCAN_REALISTIC, d_inner, d_state, 5);
        seen |= check_bits(&k, seed / 2 % 2, modes[seed / 4 % MODES], seed);
        updates += d_inner * d_state * 5;
        scan_case_free(&k);
    }
    cr_expect(seen == (SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_UNDERFLOW | SE_FP_INEXACT),
              "flags seen: %02X", seen);
    printf("scan: %lu state updates compared\n", updates);
}

static unsigned check_bits2(const struct scan_case *k, enum se_state_mode mode, int seed) {
    size_t headdim = k->d_inner / k->heads;
    float *A = scan_array(k->heads, sizeof *A), *D = scan_array(k->heads, sizeof *D);
    float *dt_bias = scan_array(k->heads, sizeof *dt_bias);
    int8_t *dt = scan_array(k->tokens * k->heads, 1);
    for (size_t i = 0; i < k->heads; i++) {
        A[i] = k->A[i * headdim * k->d_state];
        D[i] = k->D[i * headdim];
        dt_bias[i] = k->dt_bias[i * headdim];
        for (size_t t = 0; t < k->tokens; t++) {
            dt[t * k->heads + i] = k->dt[t * k->d_inner + i * headdim];
        }
    }
    struct se_scan2 scan = {.groups = k->groups,
                            .heads = k->heads,
                            .headdim = headdim,
                            .d_state = k->d_state,
                            .A = A,
                            .D = D,
                            .dt_bias = dt_bias,
                            .s_dt = k->s_dt,
                            .s_b = k->s_b,
                            .s_c = k->s_c,
                            .state_mode = mode,
                            .s_h = mode == SE_STATE_FP32 ? NULL : k->s_h};
    struct se_error err = {""};
    cr_assert(se_scan2_check(&scan, &err) == SE_OK, "%s", err.message);
    struct ref_scan reference = scan_case_reference(k, false, mode);
    float *h = scan_case_states(k), *expected_h = scan_case_states(k);
    uint16_t *y = scan_array(k->tokens * k->d_inner, sizeof *y);
    uint16_t *expected = scan_array(k->tokens * k->d_inner, sizeof *y);
    unsigned flags = 0, expected_flags = 0;
    se_scan2_run(&scan, h, k->tokens, k->u, dt, k->b, k->c, y, &flags);
    ref_scan_bits(&reference, (uint32_t *)expected_h, expected, &expected_flags);
    expect_results(k, y, expected, "Mamba-2", seed);
    expect_states(k, h, expected_h, "Mamba-2", seed);
    cr_assert(flags == expected_flags, "seed %d: flags %02X, expected %02X", seed, flags,
              expected_flags);
    float *fast_h = scan_case_states(k);
    se_scan2_run_fast(&scan, fast_h, k->tokens, k->u, dt, k->b, k->c, y);
    expect_results(k, y, expected, "Mamba-2, fast", seed);
    expect_states(k, fast_h, expected_h, "Mamba-2, fast", seed);
    free(A), free(D), free(dt_bias), free(dt), free(h), free(expected_h), free(y), free(expected);
    free(fast_h);
    return flags;
}

Test(scan, of_mamba2_is_the_reference_bit_for_bit) {
    static const size_t shapes[][4] = {// groups, heads, headdim, d_state
                                       {1, 1, 1, 1}, {1, 2, 4, 128},  {2, 4, 3, 7}, {3, 3, 5, 16},
                                       {2, 6, 2, 5}, {1, 1, 64, 128}, {2, 2, 67, 6}};
    unsigned seen = 0;
    for (int seed = 0; seed < 126; seed++) {
        uint64_t state = (uint64_t)seed;
        const size_t *s = shapes[seed % 7];
        struct scan_case k = scan_case_new2(&state, seed / 7 % 2 ? SCAN_WILD : SCAN_REALISTIC, s[0],
                                            s[1], s[2], s[3], 3);
        seen |= check_bits2(&k, modes[seed / 14 % MODES], seed);
        scan_case_free(&k);
    }
    cr_expect(seen == (SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_UNDERFLOW | SE_FP_INEXACT),
              "flags seen: %02X", seen);
}

// ---- against real numbers -----------------------------------------------------------------------

static float f16_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float size =
        exponent ? ldexpf((float)(1024 + fraction), exponent - 25) : ldexpf((float)fraction, -24);
    return bits >> 15 ? -size : size;
}

// Largest error over its bound: below 1, and not so small that the bound could not fail.
static long double check_real(const struct scan_case *k, bool gate, int seed) {
    struct se_scan scan = scan_case_scan(k, gate, SE_STATE_FP32);
    struct ref_scan reference = scan_case_reference(k, gate, SE_STATE_FP32);
    size_t states = k->d_inner * k->d_state, results = k->tokens * k->d_inner;
    float *h = scan_case_states(k);
    uint16_t *y = scan_array(results, sizeof *y);
    struct ref_real *real_h = scan_array(states, sizeof *real_h);
    struct ref_real *real_y = scan_array(results, sizeof *real_y);
    for (size_t i = 0; i < states; i++) {
        real_h[i] = ref_exact(k->h[i]);
    }
    se_scan_run(&scan, h, k->tokens, k->u, k->dt, k->b, k->c, k->z, y, NULL);
    ref_scan_real(&reference, real_h, NULL, real_y);
    long double worst = 0;
    for (size_t i = 0; i < states; i++) {
        long double off = fabsl(h[i] - real_h[i].value);
        cr_assert(off <= real_h[i].error, "seed %d, h[%zu] is %Lg off, bound %Lg", seed, i, off,
                  real_h[i].error);
        worst = fmaxl(worst, off / real_h[i].error);
    }
    for (size_t i = 0; i < results; i++) {
        long double off = fabsl(f16_value(y[i]) - real_y[i].value);
        cr_assert(off <= real_y[i].error, "seed %d, y[%zu] is %Lg off, bound %Lg", seed, i, off,
                  real_y[i].error);
        worst = fmaxl(worst, off / real_y[i].error);
    }
    free(h), free(y), free(real_h), free(real_y);
    return worst;
}

Test(scan, is_within_its_error_bound_of_real_numbers) {
    long double worst = 0;
    for (int seed = 0; seed < 40; seed++) {
        uint64_t state = (uint64_t)seed;
        size_t d_state = seed % 4 == 3 ? 128 : 16;
        struct scan_case k = scan_case_new(&state, SCAN_REALISTIC, 8, d_state, 40);
        worst = fmaxl(worst, check_real(&k, seed % 2, seed));
        scan_case_free(&k);
    }
    cr_expect(worst > 0.5L, "the bound is never nearly met: %Lg", worst);
}

// ---- by hand ------------------------------------------------------------------------------------

// Scales of 1, so that codes are values.
static struct se_scan one_channel(size_t d_state, const float *A, const float *D,
                                  const float *bias) {
    return (struct se_scan){.d_inner = 1,
                            .d_state = d_state,
                            .A = A,
                            .D = D,
                            .dt_bias = bias,
                            .s_dt = 1,
                            .s_b = 1,
                            .s_c = 1,
                            .s_z = 1,
                            .s_h = 0.25f};
}

// A = 0: nothing decays. dt_bias 200: dt = 200. h = 1 + (3 * (200 * 0.5)) = 301; with C = 2 and
// D * u = 1, y = 2 * 301 + 1 = 603 = 0x60B6 (1.1777... * 2^9: 603 = 512 + 91, 91 * 2 = 182 = B6).
Test(scan, sums_by_hand) {
    float A = 0, D = 2, bias = 200, h = 1, u = 0.5f;
    int8_t dt = 0, b = 3, c = 2;
    uint16_t y;
    unsigned flags = 0;
    struct se_scan scan = one_channel(1, &A, &D, &bias);
    se_scan_run(&scan, &h, 1, &u, &dt, &b, &c, NULL, &y, &flags);
    cr_expect(h == 301 && y == 0x60B6 && flags == 0, "h %g, y %04X, flags %02X", (double)h, y,
              flags);
}

// y starts with D * u and takes the states in ascending order: 2^24 + 1 - 2^24, in that order, is 0
// in binary32, and 1 in any other.
Test(scan, takes_skip_and_states_in_order) {
    float A[2] = {0, 0}, D = 0x1p24f, bias = 0, h[2] = {1, 0x1p24f}, u = 1;
    int8_t dt = -128, b[2] = {0, 0}, c[2] = {1, -1};
    uint16_t y;
    unsigned flags = 0;
    struct se_scan scan = one_channel(2, A, &D, &bias);
    se_scan_run(&scan, h, 1, &u, &dt, b, c, NULL, &y, &flags);
    cr_expect(y == 0 && flags == SE_FP_INEXACT, "y %04X, flags %02X", y, flags);
}

// z = 0 halves nothing: y * 0 / 2 = 0. A large z passes y * z; a very negative one gives -0, by the
// overflow of exp(-z).
Test(scan, gates_by_hand) {
    static const struct {
        int8_t z;
        uint16_t y;
    } cases[] = {{0, 0x0000}, {100, 0x5640}, {-100, 0x8000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float A = 0, D = 1, bias = 0, h = 0, u = 1;
        int8_t dt = 0, b = 0, c = 0;
        uint16_t y;
        unsigned flags = 0;
        struct se_scan scan = one_channel(1, &A, &D, &bias);
        scan.gate = true;
        se_scan_run(&scan, &h, 1, &u, &dt, &b, &c, &cases[i].z, &y, &flags);
        cr_expect(y == cases[i].y && flags == 0, "z %d: y %04X, flags %02X", cases[i].z, y, flags);
    }
}

// No history, nothing in: h stays 0 and y is D * u.
Test(scan, starts_from_zero) {
    float A[16], D = 3, bias = -4, h[16] = {0}, u = 0.5f;
    int8_t dt = 7, b[16] = {0}, c[16];
    uint16_t y;
    for (int n = 0; n < 16; n++) {
        A[n] = -1 - n;
        c[n] = (int8_t)(n - 8);
    }
    struct se_scan scan = one_channel(16, A, &D, &bias);
    se_scan_run(&scan, h, 1, &u, &dt, b, c, NULL, &y, NULL);
    cr_expect(y == 0x3E00, "y %04X", y); // 1.5
    for (int n = 0; n < 16; n++) {
        cr_expect(se_f32_bits(h[n]) == 0, "h[%d] %08" PRIX32, n, se_f32_bits(h[n]));
    }
}

// s_h = 1/4. y always comes from the state before it is rounded.
Test(scan, rounds_states_by_hand) {
    static const struct {
        float h, step, final;
    } cases[] = {
        {0.125f, 0, 0.25f},                                    // 0.5
        {0.375f, 0.5f, 0.5f},                                  // 1.5
        {0.625f, 0.5f, 0.75f},                                 // 2.5
        {-0.125f, 0, -0.25f},                                  // -0.5: +0
        {-0.625f, -0.5f, -0.75f},                              // -2.5
        {0.126f, 0.25f, 0.25f},                                // 0.504
        {31.625f, 31.5f, 31.75f},                              // 126.5
        {31.875f, 31.75f, 31.75f},                             // 127.5: 128 is clamped
        {1e30f, 31.75f, 31.75f},   {INFINITY, 31.75f, 31.75f}, // clamped
        {-32.125f, -32, -32},                                  // -128.5
        {-1e30f, -32, -32},        {-INFINITY, -32, -32},      // clamped
        {0x1p-149f, 0, 0},         {-0x1p-149f, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int mode = SE_STATE_INT8_FINAL; mode <= SE_STATE_INT8_STEP; mode++) {
            float A = 0, D = 0, bias = 0, h = cases[i].h, fast_h = h, u = 0;
            float expected = mode == SE_STATE_INT8_STEP ? cases[i].step : cases[i].final;
            int8_t dt = 0, b = 0, c = 1;
            uint16_t y, fast_y;
            struct se_scan scan = one_channel(1, &A, &D, &bias);
            scan.state_mode = (enum se_state_mode)mode;
            se_scan_run(&scan, &h, 1, &u, &dt, &b, &c, NULL, &y, NULL);
            se_scan_run_fast(&scan, &fast_h, 1, &u, &dt, &b, &c, NULL, &fast_y);
            cr_expect(se_f32_bits(h) == se_f32_bits(expected), "%s of %g: %g, not %g",
                      se_state_mode_names[mode], (double)cases[i].h, (double)h, (double)expected);
            cr_expect(se_f32_bits(fast_h) == se_f32_bits(expected), "%s of %g, fast: %g",
                      se_state_mode_names[mode], (double)cases[i].h, (double)fast_h);
            cr_expect(y == se_f32_to_f16(cases[i].h, NULL) && fast_y == y);
        }
    }
    cr_expect(se_state_quantize(SE_STATE_INT8_STEP, NAN, 0.25f) == 0);
    cr_expect(se_state_quantize(SE_STATE_INT8_FINAL, NAN, 0.25f) == 0);
}

// Each place that reports flags, alone: softplus(200) is 200, so that all other operations are
// exact.
Test(scan, reports_flags_where_it_should) {
    static const struct {
        const char *what;
        float A, D, bias, h, u, s_dt, s_b;
        int8_t dt, b;
        unsigned flags;
    } cases[] = {
        {"nothing", 0, 0, 200, 0, 0, 1, 1, 0, 0, 0},
        {"fma(s_dt, q_dt, dt_bias)", 0, 0, 200, 0, 0, 0.1f, 1, 1, 0, SE_FP_INEXACT},
        {"dt * u overflows", 0, 0, 200, 0, 0x1p127f, 1, 1, 0, 0,
         SE_FP_OVERFLOW | SE_FP_INEXACT | SE_FP_INVALID}, // then 0 * infinity in B * du
        {"D * u", 0, 0x1.000002p0f, 200, 0, 0x1.8p0f, 1, 1, 0, 0, SE_FP_INEXACT},
        {"dt * A underflows", 0x1p-149f, 0, -5, 0, 0, 1, 1, 0, 0, SE_FP_UNDERFLOW | SE_FP_INEXACT},
        {"B * du", 0, 0, 200, 0, 0x1p-140f, 1, 0x1p-20f, 0, 1, SE_FP_UNDERFLOW | SE_FP_INEXACT},
        {"s_b * q_b reports none", 0, 0, 200, 0, 0, 1, 0x1.000002p0f, 0, 3, 0},
        {"fma(a, h, b)", 0, 0, 200, 0x1p24f, 1, 1, 0x1.000002p0f, 0, 1, SE_FP_INEXACT},
        {"signalling h", 0, 0, 200, 0, 0, 1, 1, 0, 0, SE_FP_INVALID},
        {"to_f16", 0, 0x1p20f, 200, 0, 1, 1, 1, 0, 0, SE_FP_OVERFLOW | SE_FP_INEXACT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float A = cases[i].A, D = cases[i].D, bias = cases[i].bias, h = cases[i].h, u = cases[i].u;
        int8_t dt = cases[i].dt, b = cases[i].b, c = 0;
        uint16_t y;
        unsigned flags = 0;
        struct se_scan scan = one_channel(1, &A, &D, &bias);
        scan.s_dt = cases[i].s_dt;
        scan.s_b = cases[i].s_b;
        if (strcmp(cases[i].what, "signalling h") == 0) {
            h = se_f32_from_bits(0x7F800001);
        }
        se_scan_run(&scan, &h, 1, &u, &dt, &b, &c, NULL, &y, &flags);
        cr_expect(flags == cases[i].flags, "%s: flags %02X, expected %02X", cases[i].what, flags,
                  cases[i].flags);
    }
}

Test(scan, carries_nan_and_infinity) {
    float A = -1, D = 1, bias = -3, u = 1;
    int8_t dt = 0, b = 1, c = 1;
    static const struct {
        uint32_t h, after;
        uint16_t y;
    } cases[] = {{0xFF812345, SE_F32_CANONICAL_NAN, SE_F16_CANONICAL_NAN},
                 {0x7F800000, 0x7F800000, 0x7C00},
                 {0xFF800000, 0xFF800000, 0xFC00}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float h = se_f32_from_bits(cases[i].h), fast_h = h;
        uint16_t y, fast_y;
        struct se_scan scan = one_channel(1, &A, &D, &bias);
        se_scan_run(&scan, &h, 1, &u, &dt, &b, &c, NULL, &y, NULL);
        se_scan_run_fast(&scan, &fast_h, 1, &u, &dt, &b, &c, NULL, &fast_y);
        cr_expect(se_f32_bits(h) == cases[i].after && y == cases[i].y, "%08" PRIX32 " %04X",
                  se_f32_bits(h), y);
        cr_expect(se_f32_bits(fast_h) == cases[i].after && fast_y == cases[i].y);
    }
}

// ---- identities ---------------------------------------------------------------------------------

static void check_token_by_token(const struct scan_case *k, enum se_state_mode mode, int seed) {
    struct se_scan scan = scan_case_scan(k, true, mode), step = scan;
    float *h = scan_case_states(k), *step_h = scan_case_states(k);
    uint16_t *y = scan_array(k->tokens * k->d_inner, sizeof *y);
    uint16_t *step_y = scan_array(k->tokens * k->d_inner, sizeof *y);
    unsigned flags = 0, step_flags = 0;
    se_scan_run(&scan, h, k->tokens, k->u, k->dt, k->b, k->c, k->z, y, &flags);
    for (size_t t = 0; t < k->tokens; t++) {
        size_t at = t * k->d_inner, codes = t * k->d_state;
        bool ends = t + 1 == k->tokens;
        step.state_mode = mode == SE_STATE_INT8_FINAL && !ends ? SE_STATE_FP32 : mode;
        se_scan_run(&step, step_h, 1, k->u + at, k->dt + at, k->b + codes, k->c + codes, k->z + at,
                    step_y + at, &step_flags);
    }
    expect_results(k, step_y, y, "token by token", seed);
    expect_states(k, step_h, h, "token by token", seed);
    cr_expect(flags == step_flags);
    free(h), free(step_h), free(y), free(step_y);
}

Test(scan, of_one_call_is_that_of_a_call_a_token) {
    for (int seed = 0; seed < 60; seed++) {
        uint64_t state = (uint64_t)seed;
        size_t d_inner = (size_t)ref_random_int(&state, 1, 20);
        size_t d_state = (size_t)ref_random_int(&state, 1, 20);
        struct scan_case k =
            scan_case_new(&state, seed % 2 ? SCAN_WILD : SCAN_REALISTIC, d_inner, d_state, 9);
        check_token_by_token(&k, modes[seed / 2 % MODES], seed);
        scan_case_free(&k);
    }
}

static void check_fast(const struct scan_case *k, bool gate, enum se_state_mode mode, int seed) {
    struct se_scan scan = scan_case_scan(k, gate, mode);
    float *h = scan_case_states(k), *fast_h = scan_case_states(k), *range_h = scan_case_states(k);
    uint16_t *y = scan_array(k->tokens * k->d_inner, sizeof *y);
    uint16_t *fast_y = scan_array(k->tokens * k->d_inner, sizeof *y);
    uint16_t *range_y = scan_array(k->tokens * k->d_inner, sizeof *y);
    const int8_t *z = gate ? k->z : NULL;
    size_t middle = k->d_inner / 3;
    se_scan_run(&scan, h, k->tokens, k->u, k->dt, k->b, k->c, z, y, NULL);
    se_scan_run_fast(&scan, fast_h, k->tokens, k->u, k->dt, k->b, k->c, z, fast_y);
    se_scan_run_channels(&scan, middle, k->d_inner, range_h, k->tokens, k->u, k->dt, k->b, k->c, z,
                         range_y);
    se_scan_run_channels(&scan, 0, middle, range_h, k->tokens, k->u, k->dt, k->b, k->c, z, range_y);
    expect_results(k, fast_y, y, "fast", seed);
    expect_states(k, fast_h, h, "fast", seed);
    expect_results(k, range_y, y, "in ranges", seed);
    expect_states(k, range_h, h, "in ranges", seed);
    free(h), free(fast_h), free(range_h), free(y), free(fast_y), free(range_y);
}

Test(scan, in_vector_instructions_is_the_scalar_one) {
    static const size_t shapes[][2] = {{64, 16},  {65, 16},  {63, 128},
                                       {130, 17}, {256, 16}, {3, 256}};
    unsigned long updates = 0;
    for (int seed = 0; seed < 360; seed++) {
        uint64_t state = (uint64_t)seed;
        size_t d_inner = (size_t)ref_random_int(&state, 1, 40), tokens = (size_t)(seed % 7);
        size_t d_state = seed % 4 == 0   ? 16
                         : seed % 4 == 1 ? 128
                                         : (size_t)ref_random_int(&state, 1, 40);
        if (seed % 10 == 9) {
            d_inner = shapes[seed / 10 % 6][0];
            d_state = shapes[seed / 10 % 6][1];
        }
        struct scan_case k =
            scan_case_new(&state, seed % 3 ? SCAN_WILD : SCAN_REALISTIC, d_inner, d_state, tokens);
        check_fast(&k, seed / 3 % 2, modes[seed / 6 % MODES], seed);
        updates += d_inner * d_state * tokens;
        scan_case_free(&k);
    }
    printf("scan: %lu state updates, vector against scalar\n", updates);
}

// ---- checks -------------------------------------------------------------------------------------

static void expect_refused(const struct se_scan *scan, const char *message) {
    struct se_error err = {""};
    cr_expect(se_scan_check(scan, &err) == SE_INVALID, "%s: accepted", message);
    cr_expect(strstr(err.message, message), "\"%s\" does not name %s", err.message, message);
}

Test(scan, refuses_what_it_cannot_run) {
    float zero = 0;
    struct se_scan good = one_channel(1, &zero, &zero, &zero), scan;
    cr_expect(se_scan_check(&good, NULL) == SE_OK);
    scan = good, scan.d_inner = 0, expect_refused(&scan, "d_inner");
    scan = good, scan.d_state = 0, expect_refused(&scan, "d_state");
    scan = good, scan.d_state = SE_SCAN_STATES_MAX + 1, expect_refused(&scan, "d_state");
    scan = good, scan.s_dt = 0, expect_refused(&scan, "s_dt");
    scan = good, scan.s_b = -1, expect_refused(&scan, "s_b");
    scan = good, scan.s_c = NAN, expect_refused(&scan, "s_c");
    scan = good, scan.s_z = INFINITY;
    cr_expect(se_scan_check(&scan, NULL) == SE_OK, "s_z matters with the gate only");
    scan.gate = true, expect_refused(&scan, "s_z");
    scan = good, scan.s_h = 0x1p-140f;
    cr_expect(se_scan_check(&scan, NULL) == SE_OK, "s_h matters in the INT8 modes only");
    scan.state_mode = SE_STATE_INT8_STEP, expect_refused(&scan, "s_h");

    float s = 1;
    struct se_error err = {""};
    struct se_scan2 heads = {
        .groups = 2, .heads = 3, .headdim = 4, .d_state = 8, .s_dt = 1, .s_b = &s, .s_c = &s};
    cr_expect(se_scan2_check(&heads, &err) == SE_INVALID && strstr(err.message, "groups"));
    heads.groups = 0;
    cr_expect(se_scan2_check(&heads, &err) == SE_INVALID);
    heads.groups = 1;
    cr_expect(se_scan2_check(&heads, &err) == SE_OK);
    s = -1;
    cr_expect(se_scan2_check(&heads, &err) == SE_INVALID && strstr(err.message, "s_b"));
}

Test(scan, names_its_state_modes) {
    cr_expect_str_eq(se_state_mode_names[SE_STATE_FP32], "fp32");
    cr_expect_str_eq(se_state_mode_names[SE_STATE_INT8_FINAL], "int8-final");
    cr_expect_str_eq(se_state_mode_names[SE_STATE_INT8_STEP], "int8-step");
}
