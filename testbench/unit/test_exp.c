// SPDX-License-Identifier: Apache-2.0
// exp and log1p against MPFR: a fixed sample of their inputs, both sides of every exponent
// boundary, special values; SiLU and softplus against MPFR.
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>

TestSuite(exp);

struct function {
    const char *name;
    float (*scalar)(float);
    int (*exact)(mpfr_t, const mpfr_t, mpfr_rnd_t);
    double most_ulps;
    uint32_t last; // inputs above are outside the domain
};

static const struct function exponential = {"exp", se_f32_exp, mpfr_exp, 0.502, 0xFFFFFFFF};
static const struct function logarithm = {"log1p", se_f32_log1p, mpfr_log1p, 0.508, 0x3F800000};

// One ulp of binary32 where `exact` is.
static double ulp_at(const mpfr_t exact) {
    long exponent = mpfr_zero_p(exact) ? -200 : mpfr_get_exp(exact);
    return ldexp(1, exponent - 24 > -149 ? (int)exponent - 24 : -149);
}

static double ulps_off(const struct function *f, float x, float y) {
    mpfr_t exact;
    mpfr_init2(exact, 100);
    mpfr_set_flt(exact, x, MPFR_RNDN);
    f->exact(exact, exact, MPFR_RNDN);
    double ulp = ulp_at(exact), off;
    if (isinf(y) || mpfr_cmp_d(exact, 0x1.ffffffp127) >= 0) {
        off = isinf(y) && mpfr_cmp_d(exact, 0x1.ffffffp127) >= 0 ? 0 : INFINITY;
    } else {
        mpfr_sub_d(exact, exact, (double)y, MPFR_RNDN);
        off = fabs(mpfr_get_d(exact, MPFR_RNDN)) / ulp;
    }
    mpfr_clear(exact);
    return off;
}

static void check(const struct function *f, uint32_t bits, double *worst) {
    float x = se_f32_from_bits(bits), y = f->scalar(x);
    if (isnan(x) || bits > f->last) {
        cr_assert(se_f32_bits(y) == 0x7FC00000 || bits == 0x80000000,
                  "%s of %08" PRIX32 " is %08" PRIX32, f->name, bits, se_f32_bits(y));
    } else if (!isinf(x)) {
        double off = ulps_off(f, x, y);
        *worst = off > *worst ? off : *worst;
        cr_assert(off <= f->most_ulps, "%s of %08" PRIX32 " is %08" PRIX32 ", %.6f ulp off",
                  f->name, bits, se_f32_bits(y), off);
    }
}

// 1/1024 of the inputs in [2^-32, 128) of both signs, where results are not trivial, 1/65536 of the
// others, and five floats about every power of two.
static void check_sample(const struct function *f) {
    double worst = 0;
    unsigned long n = 0;
    for (uint64_t at = 0; at < UINT64_C(1) << 32; n++) {
        uint32_t bits = (uint32_t)at, size = bits & 0x7FFFFFFF;
        check(f, bits + (uint32_t)at * 2654435761u % 1024u, &worst);
        at += size >= 0x2F800000 && size < 0x43000000 ? 1024 : 65536;
    }
    for (uint32_t boundary = 0; boundary < 512; boundary++) {
        for (uint32_t side = 0; side < 5; side++, n++) {
            check(f, (boundary << 23) + side - 2, &worst);
        }
    }
    printf("%s: %lu inputs, at most %.6f ulp\n", f->name, n, worst);
}

Test(exp, exp_of_a_sample_against_mpfr) {
    check_sample(&exponential);
}

Test(exp, log1p_of_a_sample_against_mpfr) {
    check_sample(&logarithm);
}

// The worst inputs that the exhaustive runs found.
Test(exp, worst_inputs) {
    double worst = 0;
    check(&exponential, 0xBB14FED3, &worst);
    cr_expect_float_eq(worst, 0.501596, 1e-6);
    worst = 0;
    check(&logarithm, 0x3974374F, &worst);
    cr_expect_float_eq(worst, 0.506871, 1e-6);
}

Test(exp, special_values) {
    static const uint32_t cases[][2] = {
        {0x00000000, 0x3F800000}, {0x80000000, 0x3F800000}, {0x7F800000, 0x7F800000},
        {0xFF800000, 0x00000000}, {0x7F800001, 0x7FC00000}, {0xFFC12345, 0x7FC00000},
        {0x7FFFFFFF, 0x7FC00000}, {0x42B17217, 0x7F7FFF84}, {0x42B17218, 0x7F800000},
        {0x43000000, 0x7F800000}, {0x7F7FFFFF, 0x7F800000}, {0xC3000000, 0x00000000},
        {0xC2CFF1B4, 0x00000001}, {0xC2CFF1B5, 0x00000000}, {0xFF7FFFFF, 0x00000000},
        {0x00000001, 0x3F800000}, {0x80000001, 0x3F800000}, {0x3F800000, 0x402DF854},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t y = se_f32_bits(se_f32_exp(se_f32_from_bits(cases[i][0])));
        cr_expect(y == cases[i][1], "exp of %08" PRIX32 " is %08" PRIX32, cases[i][0], y);
    }
    static const uint32_t logs[][2] = {
        {0x00000000, 0x00000000}, {0x80000000, 0x80000000}, {0x3F800000, 0x3F317218},
        {0x3F800001, 0x7FC00000}, {0x80000001, 0x7FC00000}, {0xBF000000, 0x7FC00000},
        {0x7F800000, 0x7FC00000}, {0x7FC00001, 0x7FC00000}, {0x00000001, 0x00000001},
        {0x007FFFFF, 0x007FFFFF}, {0x00800000, 0x00800000}, {0x33800000, 0x33800000},
    };
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        uint32_t y = se_f32_bits(se_f32_log1p(se_f32_from_bits(logs[i][0])));
        cr_expect(y == logs[i][1], "log1p of %08" PRIX32 " is %08" PRIX32, logs[i][0], y);
    }
}

// max(x, 0) + log1p(exp(-|x|)) and x / (1 + exp(-x)) with 150 bits, in ulps of binary32.
static double composed_ulps_off(float x, float y, bool softplus) {
    mpfr_t exact, power;
    mpfr_inits2(150, exact, power, (mpfr_ptr)NULL);
    mpfr_set_d(power, softplus ? -fabs((double)x) : -(double)x, MPFR_RNDN);
    mpfr_exp(power, power, MPFR_RNDN);
    if (softplus) {
        mpfr_log1p(exact, power, MPFR_RNDN);
        mpfr_add_d(exact, exact, x > 0 ? (double)x : 0, MPFR_RNDN);
    } else {
        mpfr_add_ui(power, power, 1, MPFR_RNDN);
        mpfr_d_div(exact, (double)x, power, MPFR_RNDN);
    }
    double ulp = ulp_at(exact);
    mpfr_sub_d(exact, exact, (double)y, MPFR_RNDN);
    double off = fabs(mpfr_get_d(exact, MPFR_RNDN)) / ulp;
    mpfr_clears(exact, power, (mpfr_ptr)NULL);
    return off;
}

Test(exp, silu_and_softplus_of_a_sample_against_mpfr) {
    double worst_silu = 0, worst_softplus = 0;
    for (uint64_t at = 12345; at < UINT64_C(1) << 32; at += 8191) {
        float x = se_f32_from_bits((uint32_t)at);
        if (isfinite(x)) {
            double off = composed_ulps_off(x, se_f32_softplus(x), true);
            worst_softplus = off > worst_softplus ? off : worst_softplus;
        }
        if (isfinite(x) && x > -88.7f) {
            double off = composed_ulps_off(x, se_f32_silu(x), false);
            worst_silu = off > worst_silu ? off : worst_silu;
        }
    }
    printf("silu: at most %.4f ulp; softplus: at most %.4f ulp\n", worst_silu, worst_softplus);
    cr_expect_lt(worst_silu, 2.5);
    cr_expect_lt(worst_softplus, 1.5);
    cr_expect_eq(se_f32_silu(-100), 0.0f);
    cr_expect_eq(se_f32_bits(se_f32_silu(-INFINITY)), 0x7FC00000u);
    cr_expect_eq(se_f32_bits(se_f32_softplus(NAN)), 0x7FC00000u);
    cr_expect_eq(se_f32_softplus(-INFINITY), 0.0f);
    cr_expect_eq(se_f32_softplus(INFINITY), INFINITY);
}
