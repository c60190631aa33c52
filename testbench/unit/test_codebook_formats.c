// SPDX-License-Identifier: Apache-2.0
// Published formats as codebooks: levels from their definitions, and calibration beside exhaustive
// search.
#include "w4a5se/codebook_formats.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct se_codebook_format *find(const char *name) {
    const struct se_codebook_format *f = se_codebook_formats;
    while (f->name && strcmp(f->name, name)) {
        f++;
    }
    cr_assert(f->name, "there is no format %s", name);
    return f;
}

// expected[n]: the levels, in units of `unit`.
static void expect_levels(const char *name, int shift, float unit, size_t n,
                          const float *expected) {
    float levels[SE_CODEBOOK_MAX];
    size_t count = se_codebook_format_levels(find(name), shift, levels);
    cr_expect(count == n, "%s: %zu levels, not %zu", name, count, n);
    for (size_t i = 0; i < n && i < count; i++) {
        cr_expect(levels[i] * unit == expected[i], "%s, level %zu: %g instead of %g", name, i,
                  (double)(levels[i] * unit), (double)expected[i]);
    }
}

// The tables as their sources print them.
Test(codebook_formats, levels_by_hand) {
    static const float int4[] = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7};
    static const float e2m1[] = {-6, -4, -3, -2, -1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    static const float ue2m2[] = {0, 0.25f, 0.5f, 0.75f, 1, 1.25f, 1.5f, 1.75f,
                                  2, 2.5f,  3,    3.5f,  4, 5,     6,    7};
    static const float ue3m1[] = {0, 0.125f, 0.25f, 0.375f, 0.5f, 0.75f, 1,  1.5f,
                                  2, 3,      4,     6,      8,    12,    16, 24};
    static const float flint4[] = {-16, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 16};
    static const float unsigned_flint4[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32, 64};
    static const float apot4[] = {-0.625f, -0.5f,  -0.375f, -0.25f, -0.1875f, -0.125f, -0.0625f, 0,
                                  0.0625f, 0.125f, 0.1875f, 0.25f,  0.375f,   0.5f,    0.625f};
    // 0, 1/2, 1/8, 1/32 plus 0, 1/4, 1/16, 1/64
    static const float unsigned_apot4[] = {
        0,       0.015625f, 0.03125f, 0.046875f, 0.0625f, 0.09375f,  0.125f,  0.140625f,
        0.1875f, 0.25f,     0.28125f, 0.375f,    0.5f,    0.515625f, 0.5625f, 0.75f};
    expect_levels("int4", 0, 1, 16, int4);
    expect_levels("e2m1", 0, 0.5f, 15, e2m1);
    expect_levels("ue2m2-offset", 0, 0.25f, 16, ue2m2);
    expect_levels("ue3m1-offset", 0, 0.125f, 16, ue3m1);
    expect_levels("flint4", 0, 1, 15, flint4);
    expect_levels("flint4-offset", 0, 1, 16, unsigned_flint4);
    expect_levels("apot4", 0, 0x1p-4f, 15, apot4);
    expect_levels("apot4-offset", 0, 0x1p-6f, 16, unsigned_apot4);
}

Test(codebook_formats, shifts_by_hand) {
    static const float skewed[] = {-1.5f, -1, -0.75f, -0.5f, -0.375f, -0.25f, -0.125f, 0,
                                   0.5f,  1,  1.5f,   2,     3,       4,      6};
    static const float offset[] = {-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    expect_levels("e2m1-skewed", 2, 0.125f, 15, skewed);
    expect_levels("int4-offset", 3, 1, 16, offset);
}

// A code is a level; only a sign bit may spend two codes on zero.
Test(codebook_formats, levels_ascend_and_fill_the_bits) {
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        bool has_sign = f->sides == SE_SIDES_SKEWED ||
                        (f->sides == SE_SIDES_SIGNED && f->magnitudes != SE_MAGNITUDES_INT);
        for (int shift = 0; shift <= (f->sides == SE_SIDES_SIGNED ? 0 : SE_SKEW_MAX); shift++) {
            float levels[SE_CODEBOOK_MAX];
            size_t n = se_codebook_format_levels(f, shift, levels);
            cr_expect(n == (size_t)(1 << f->bits) - has_sign, "%s: %zu levels", f->name, n);
            for (size_t i = 1; i < n; i++) {
                cr_expect(levels[i] > levels[i - 1] && levels[i] == rintf(levels[i]),
                          "%s, level %zu is %g", f->name, i, (double)levels[i]);
            }
        }
    }
}

// ---- applying ----

static float applied(const struct se_codebook *codebook, float y) {
    float u;
    se_codebook_apply(codebook, 1, &y, &u);
    return u;
}

Test(codebook_formats, ties_go_away_from_zero) {
    static const float levels[] = {-6, -4, -1, 0, 1, 4, 6}; // scale 1/2: ties at odd quarters
    struct se_codebook c;
    cr_assert(se_codebook_init(&c, 7, levels, 0.5f, NULL) == SE_OK);
    cr_expect(applied(&c, 0.25f) == 0.5f && applied(&c, -0.25f) == -0.5f);
    cr_expect(applied(&c, 1.25f) == 2 && applied(&c, -1.25f) == -2);
    cr_expect(applied(&c, 2.5f) == 3 && applied(&c, -2.5f) == -3);
    cr_expect(applied(&c, nextafterf(0.25f, 0)) == 0 && applied(&c, nextafterf(-2.5f, 0)) == -2);
    cr_expect(applied(&c, INFINITY) == 3 && applied(&c, -INFINITY) == -3);
    cr_expect(applied(&c, NAN) == 0 && applied(&c, 0) == 0);
}

Test(codebook_formats, never_decreases) {
    uint64_t state = 84;
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        float levels[SE_CODEBOOK_MAX], before = -INFINITY;
        int shift = f->sides == SE_SIDES_SIGNED ? 0 : ref_random_int(&state, 0, 7);
        size_t n = se_codebook_format_levels(f, shift, levels);
        struct se_codebook c;
        float scale = (float)ref_random_int(&state, 1, 9999) / 1024;
        cr_assert(se_codebook_init(&c, n, levels, scale, NULL) == SE_OK);
        for (int i = -4000; i <= 4000; i++) {
            float u = applied(&c, (float)i / 3000 * levels[n - 1] * scale);
            cr_assert(u >= before, "%s (seed 84): %g after %g", f->name, (double)u, (double)before);
            before = u;
        }
        cr_expect(before == levels[n - 1] * scale, "%s never reaches its last level", f->name);
    }
}

// Every base that an INT format may have, values of all sizes and both sides of every tie.
Test(codebook_formats, integers_are_the_quantiser_bit_for_bit) {
    uint64_t state = 85;
    unsigned long checks = 0;
    for (int round = 0; round < 600; round++) {
        int bits = 4 + round % 5, base = ref_random_int(&state, -(1 << bits), (1 << bits) - 1);
        float scale = (float)ref_random_int(&state, 1, 99999) * exp2f((float)(round % 40 - 30));
        const struct se_format format = {bits, false, base, base};
        struct se_quantizer q;
        struct se_codebook c;
        float levels[SE_CODEBOOK_MAX];
        for (int i = 0; i < 1 << bits; i++) {
            levels[i] = (float)(base + i);
        }
        cr_assert(se_quantizer_init(&q, format, scale, 1, INFINITY, INFINITY, NULL) == SE_OK);
        cr_assert(se_codebook_init(&c, (size_t)1 << bits, levels, scale, NULL) == SE_OK);
        for (int i = 0; i < 400; i++, checks++) {
            float tie = ((float)ref_random_int(&state, -70, 70) + 0.5f) * scale;
            float v = i % 4 == 0   ? se_f32_from_bits((uint32_t)ref_random(&state))
                      : i % 4 == 1 ? tie
                      : i % 4 == 2 ? nextafterf(tie, ref_random(&state) & 1 ? 1e9f : -1e9f)
                                   : (float)ref_random_int(&state, -99999, 99999) / 999 * scale;
            float expected = se_dequantize(&q, se_quantize(&q, v)), got = applied(&c, v);
            cr_assert(se_f32_bits(expected) == se_f32_bits(got),
                      "round %d (seed 85), base %d, scale %a, v %a: %a instead of %a", round, base,
                      (double)scale, (double)v, (double)got, (double)expected);
        }
    }
    printf("codebook formats: %lu values as the quantiser's\n", checks);
}

static void expect_refused(size_t n, const float *levels, float scale, const char *needle) {
    struct se_codebook c;
    struct se_error err = {""};
    cr_expect_eq(se_codebook_init(&c, n, levels, scale, &err), SE_INVALID, "%s", needle);
    cr_expect(strstr(err.message, needle), "\"%s\" lacks \"%s\"", err.message, needle);
}

Test(codebook_formats, refusals) {
    float levels[SE_CODEBOOK_MAX + 1];
    for (int i = 0; i <= SE_CODEBOOK_MAX; i++) {
        levels[i] = (float)i;
    }
    expect_refused(0, levels, 1, "not 0");
    expect_refused(SE_CODEBOOK_MAX + 1, levels, 1, "not 257");
    expect_refused(4, levels, 0, "scale is 0");
    expect_refused(4, levels, -1, "scale is -1");
    expect_refused(4, levels, NAN, "scale is");
    expect_refused(4, levels, INFINITY, "scale is inf");
    expect_refused(4, levels, 0x1p-140f, "scale is");
    levels[2] = 1;
    expect_refused(4, levels, 1, "level 2");
    levels[2] = NAN;
    expect_refused(4, levels, 1, "level 2");
}

// ---- calibration ----

enum { SAMPLES = 2000 };

static float values[SAMPLES];

// SiLU of a normal variable with now and then a large one: what the formats are for.
static struct se_samples silu_samples(uint64_t seed) {
    for (size_t i = 0; i < SAMPLES; i++) {
        double gaussian = -6;
        for (int k = 0; k < 12; k++) {
            gaussian += (double)(ref_random(&seed) >> 11) * 0x1p-53;
        }
        gaussian *= i % 50 == 0 ? 3 : 1;
        values[i] = (float)(gaussian / (1 + exp(-gaussian)));
    }
    struct se_samples samples;
    cr_assert(se_samples_init(&samples, SAMPLES, values, NULL) == SE_OK);
    return samples;
}

// Squared error with every value on its nearest level, by trying all.
static long double error_of(size_t n, const float *levels, double scale) {
    long double error = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        long double least = INFINITY;
        for (size_t k = 0; k < n; k++) {
            long double e = (long double)values[i] - (long double)levels[k] * scale;
            least = e * e < least ? e * e : least;
        }
        error += least;
    }
    return error;
}

Test(codebook_formats, error_by_trying_every_level) {
    struct se_samples samples = silu_samples(86);
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        float levels[SE_CODEBOOK_MAX];
        size_t n = se_codebook_format_levels(f, f->sides == SE_SIDES_SIGNED ? 0 : 3, levels);
        for (double scale = 0.003; scale < 1; scale *= 3.1) {
            long double expected = error_of(n, levels, scale);
            double got = se_levels_squared_error(&samples, n, levels, scale);
            cr_expect(fabsl(got - expected) <= 1e-9L * expected, "%s, scale %g: %g, not %Lg",
                      f->name, scale, got, expected);
        }
    }
    se_samples_free(&samples);
}

// Scales half a hundredth apart, far beyond where calibration looks; the shifts that SiLU could
// want.
static double best_on_a_grid(const struct se_samples *samples, const struct se_codebook_format *f) {
    double best = INFINITY;
    for (int shift = 0; shift <= (f->sides == SE_SIDES_SIGNED ? 0 : 24); shift++) {
        float levels[SE_CODEBOOK_MAX];
        size_t n = se_codebook_format_levels(
            f, f->sides == SE_SIDES_SKEWED && shift > SE_SKEW_MAX ? SE_SKEW_MAX : shift, levels);
        for (double scale = 1e-6; scale < 20; scale *= 1.005) {
            best = fmin(best, se_levels_squared_error(samples, n, levels, scale));
        }
    }
    return best;
}

Test(codebook_formats, calibration_finds_the_best_scale_within_a_thousandth) {
    struct se_samples samples = silu_samples(87);
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        struct se_codebook c;
        struct se_error err = {""};
        cr_assert(se_codebook_calibrate(&samples, f, &c, &err) == SE_OK, "%s", err.message);
        double got = se_levels_squared_error(&samples, c.n, c.levels, (double)c.scale);
        double best = best_on_a_grid(&samples, f);
        cr_expect(got <= best * (1 + 1e-3), "%s: error %g, the grid has %g", f->name, got, best);
    }
    se_samples_free(&samples);
}

// Two searches that share only the sums.
Test(codebook_formats, integers_are_calibrated_as_by_se_calibrate) {
    struct se_samples samples = silu_samples(88);
    for (int bits = 4; bits <= 6; bits++) {
        for (int offset = 0; offset <= 1; offset++) {
            const struct se_codebook_format f = {
                "int", SE_MAGNITUDES_INT, offset ? SE_SIDES_OFFSET : SE_SIDES_SIGNED, bits, 0};
            const struct se_calibration o = {
                .code_bits = bits, .free_bases = offset, .scale = SE_SCALE_LEAST_ERROR, .ratio = 1};
            struct se_codebook c;
            struct se_quantizer q;
            cr_assert(se_codebook_calibrate(&samples, &f, &c, NULL) == SE_OK);
            cr_assert(se_calibrate(&samples, &o, &q, NULL) == SE_OK);
            double mine = se_levels_squared_error(&samples, c.n, c.levels, (double)c.scale);
            double theirs = se_squared_error(&samples, &q);
            cr_expect(fabs(mine - theirs) <= 2e-3 * theirs, "%d bits, offset %d: %g and %g", bits,
                      offset, mine, theirs);
        }
    }
    se_samples_free(&samples);
}

Test(codebook_formats, no_format_beats_as_many_free_levels) {
    struct se_samples samples = silu_samples(89);
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        struct se_codebook c;
        float levels[SE_CODEBOOK_MAX];
        size_t n = (size_t)1 << f->bits;
        cr_assert(se_codebook_calibrate(&samples, f, &c, NULL) == SE_OK);
        cr_assert(se_codebook_fit(&samples, n, levels, NULL) == SE_OK);
        long double bound = error_of(n, levels, 1);
        long double error = error_of(c.n, c.levels, (double)c.scale);
        cr_expect(bound <= error, "%s: error %Lg, %zu free levels %Lg", f->name, error, n, bound);
    }
    se_samples_free(&samples);
}

Test(codebook_formats, one_sided_and_extreme_samples) {
    static const float below[] = {-3, -1, -2}, above[] = {1, 2, 0.5f}, tiny[] = {0x1p-149f, 0};
    const struct se_codebook_format *offset = find("int5-offset"), *e2m1 = find("e2m1");
    struct se_samples samples;
    struct se_codebook c;
    struct se_error err = {""};
    cr_assert(se_samples_init(&samples, 3, below, NULL) == SE_OK);
    cr_assert(se_codebook_calibrate(&samples, offset, &c, NULL) == SE_OK);
    cr_expect(fabsf(applied(&c, -3) + 3) < 1e-4f, "%g", (double)applied(&c, -3));
    se_samples_free(&samples);
    cr_assert(se_samples_init(&samples, 3, above, NULL) == SE_OK);
    cr_assert(se_codebook_calibrate(&samples, e2m1, &c, NULL) == SE_OK);
    cr_expect(fabsf(applied(&c, 2) - 2) < 1e-4f, "%g", (double)applied(&c, 2));
    se_samples_free(&samples);
    cr_assert(se_samples_init(&samples, 2, tiny, NULL) == SE_OK);
    cr_expect_eq(se_codebook_calibrate(&samples, e2m1, &c, &err), SE_INVALID);
    cr_expect(strstr(err.message, "e2m1"), "\"%s\" names no format", err.message);
    se_samples_free(&samples);
}
