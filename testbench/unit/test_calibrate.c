// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/calibrate.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 20000, FEW = 1000 };

static float values[MANY];

// What the convolution's output looks like: a Gaussian (a sum of twelve uniform numbers) of
// deviation 1.5 through SiLU.
static void fill_with_silu(size_t n, uint64_t seed) {
    uint64_t state = seed;
    for (size_t i = 0; i < n; i++) {
        double gaussian = -6;
        for (int k = 0; k < 12; k++) {
            gaussian += (double)(ref_random(&state) >> 11) * 0x1p-53;
        }
        double x = 1.5 * gaussian;
        values[i] = (float)(x / (1 + exp(-x)));
    }
}

static struct se_samples prepare(size_t n) {
    struct se_samples samples;
    struct se_error err = {""};
    cr_assert(se_samples_init(&samples, n, values, &err) == SE_OK, "%s", err.message);
    return samples;
}

static float absmax(size_t n) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fabsf(values[i]) > largest ? fabsf(values[i]) : largest;
    }
    return largest;
}

// Error of the quantiser as the datapath would make it.
static double measured_error(const struct se_quantizer *q, size_t n) {
    double error = 0;
    for (size_t i = 0; i < n; i++) {
        double e = (double)values[i] - (double)se_dequantize(q, se_quantize(q, values[i]));
        error += e * e;
    }
    return error;
}

static double db_above(double error, double best) {
    return 10 * log10(error / best);
}

// ---- samples ------------------------------------------------------------------------------------

Test(calibrate, samples_are_sorted_with_running_sums) {
    static const float mixed[] = {3, -1, 0.5f, -4, 2};
    static const float sorted[] = {-4, -1, 0.5f, 2, 3}, magnitudes[] = {0.5f, 1, 2, 3, 4};
    static const double sum[] = {0, -4, -5, -4.5, -2.5, 0.5};
    static const double squares[] = {0, 16, 17, 17.25, 21.25, 30.25};
    memcpy(values, mixed, sizeof mixed);
    struct se_samples samples = prepare(5);
    cr_expect_eq(samples.n, (size_t)5);
    for (int i = 0; i < 5; i++) {
        cr_expect(samples.sorted[i] == sorted[i] && samples.magnitudes[i] == magnitudes[i], "%d",
                  i);
    }
    for (int i = 0; i <= 5; i++) {
        cr_expect(samples.sum[i] == sum[i] && samples.squares[i] == squares[i], "%d", i);
    }
    cr_expect_eq(values[0], 3.0f, "the caller's values stay as they are");
    se_samples_free(&samples);
}

static void expect_samples_refused(size_t n, const char *word) {
    struct se_samples samples;
    struct se_error err = {""};
    cr_expect_eq(se_samples_init(&samples, n, values, &err), SE_INVALID);
    cr_expect(strstr(err.message, word), "\"%s\" lacks %s", err.message, word);
    cr_expect_eq(se_samples_init(&samples, n, values, NULL), SE_INVALID);
}

Test(calibrate, samples_that_cannot_be_used) {
    fill_with_silu(100, 51);
    expect_samples_refused(0, "value");
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        values[37] = bad[i];
        expect_samples_refused(100, "37");
        values[37] = 1;
        values[99] = bad[i];
        expect_samples_refused(100, "99");
        values[99] = 1;
        values[0] = bad[i];
        expect_samples_refused(100, "value 0 ");
        values[0] = 1;
    }
    memset(values, 0, sizeof values);
    values[3] = -0.0f;
    expect_samples_refused(10, "zero");
    expect_samples_refused(1, "zero");
    values[9] = 0x1p-149f;
    struct se_samples samples = prepare(10);
    se_samples_free(&samples);
}

Test(calibrate, percentile_is_the_nearest_rank_by_hand) {
    static const float ten[] = {-7, 3, 10, -1, 6, 2, -9, 4, 8, -5};
    static const struct {
        double percentile;
        float magnitude;
    } cases[] = {{100, 10}, {99.9, 10}, {91, 10}, {90.5, 10}, {90, 9},  {89, 9},
                 {80, 8},   {70, 7},    {60, 6},  {51, 6},    {50, 5},  {49, 5},
                 {20, 2},   {11, 2},    {10, 1},  {1, 1},     {1e-9, 1}};
    memcpy(values, ten, sizeof ten);
    struct se_samples samples = prepare(10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float magnitude = se_samples_percentile(&samples, cases[i].percentile);
        cr_expect(magnitude == cases[i].magnitude, "percentile %g: %g, by hand %g",
                  cases[i].percentile, (double)magnitude, (double)cases[i].magnitude);
    }
    se_samples_free(&samples);
}

// Whole percentiles of 1, 2, ... n: the answer is the least k with 100 k >= p n.
Test(calibrate, percentile_counts_exactly) {
    for (int n = 1; n <= 1000; n = n < 100 ? n + 1 : n + 100) {
        for (int i = 0; i < n; i++) {
            values[i] = (float)(i & 1 ? -(i + 1) : i + 1);
        }
        struct se_samples samples = prepare((size_t)n);
        for (int p = 1; p <= 100; p++) {
            int expected = (p * n + 99) / 100;
            float magnitude = se_samples_percentile(&samples, p);
            cr_assert(magnitude == (float)expected, "percentile %d of 1..%d: %g, expected %d", p, n,
                      (double)magnitude, expected);
        }
        se_samples_free(&samples);
    }
}

// ---- squared error ------------------------------------------------------------------------------

static struct se_quantizer random_quantizer(uint64_t *state) {
    int bits = ref_random_int(state, 4, 8), levels = 1 << bits;
    bool dual = ref_random_int(state, 0, 3) > 0, plain = ref_random_int(state, 0, 1);
    int base1 = plain ? -levels / 2 : ref_random_int(state, -levels, levels - 1);
    int base2 = plain || !dual ? base1 : ref_random_int(state, -levels, levels - 1);
    struct se_format format = {bits, dual, base1, base2};
    float s1 = se_f32_from_bits(ref_random_positive(state, 0, 4)) / (float)(4 * levels);
    float ratio = dual ? se_f32_from_bits(ref_random_positive(state, 0, 4)) : 1;
    struct se_quantizer q;
    cr_assert(se_quantizer_init(&q, format, s1, ratio, INFINITY, INFINITY, NULL) == SE_OK);
    switch (dual ? ref_random_int(state, 0, 4) : 4) {
    case 0:
        se_thresholds_overflow(&q);
        break;
    case 1:
        se_thresholds_least_error(&q);
        break;
    case 2:
        se_thresholds_percentile(&q, fabsf(values[ref_random_int(state, 0, MANY - 1)]));
        break;
    case 3: // of their own, exactly at a sample
        q.thr_pos = fabsf(values[ref_random_int(state, 0, MANY - 1)]);
        q.thr_neg = fabsf(values[ref_random_int(state, 0, MANY - 1)]);
        break;
    }
    return q;
}

Test(calibrate, squared_error_is_what_the_datapath_makes) {
    uint64_t state = 52;
    fill_with_silu(MANY, 53);
    struct se_samples samples = prepare(MANY);
    double worst = 0;
    for (int i = 0; i < 400; i++) {
        struct se_quantizer q = random_quantizer(&state);
        double expected = measured_error(&q, MANY), error = se_squared_error(&samples, &q);
        double relative = fabs(error - expected) / expected;
        worst = relative > worst ? relative : worst;
        cr_assert(relative < 1e-6,
                  "B %d bases %d %d s1 %08" PRIX32 " ratio %08" PRIX32 " thresholds %08" PRIX32
                  " %08" PRIX32 " (seed 52): %.9g, datapath %.9g",
                  q.format.code_bits, q.format.base1, q.format.base2, se_f32_bits(q.s1),
                  se_f32_bits(q.ratio), se_f32_bits(q.thr_pos), se_f32_bits(q.thr_neg), error,
                  expected);
    }
    printf("calibrate: 400 squared errors, worst relative difference %.2g\n", worst);
    se_samples_free(&samples);
}

// s1 = 1, s2 = 4, base -8. Errors: 0.25 -> 0: 0.0625; 3.5 -> 4: 0.25; 7.5 = thr_pos -> 7: 0.25;
// 9 -> 8: 1; 40 -> 28: 144; -8.25 -> -8: 0.0625; -9 = -thr_neg -> -8: 1; -13.5 -> -12: 2.25.
Test(calibrate, squared_error_by_hand) {
    static const float eight[] = {0.25f, 3.5f, 7.5f, 9, 40, -8.25f, -9, -13.5f};
    memcpy(values, eight, sizeof eight);
    struct se_samples samples = prepare(8);
    struct se_quantizer q;
    cr_assert(se_quantizer_init(&q, se_format_signed(4, true), 1, 4, 7.5f, 9, NULL) == SE_OK);
    cr_expect_float_eq(se_squared_error(&samples, &q), 148.875, 1e-9);
    se_samples_free(&samples);
}

// The running sums cancel here: what is left must be rounding alone.
Test(calibrate, values_on_the_levels_have_no_error) {
    uint64_t state = 54;
    for (int round = 0; round < 50; round++) {
        float s1 = se_f32_from_bits(ref_random_positive(&state, -4, 2));
        for (int i = 0; i < FEW; i++) {
            values[i] = (float)ref_random_int(&state, -8, 7) * s1;
        }
        struct se_samples samples = prepare(FEW);
        struct se_quantizer q;
        cr_assert(se_quantizer_init(&q, se_format_signed(4, false), s1, 1, INFINITY, INFINITY,
                                    NULL) == SE_OK);
        double error = se_squared_error(&samples, &q), signal = samples.squares[FEW];
        cr_assert(fabs(error) < 1e-12 * signal, "s1 %08" PRIX32 " (seed 54): %g of %g",
                  se_f32_bits(s1), error, signal);
        se_samples_free(&samples);
    }
}

// ---- calibration against a brute-force grid -----------------------------------------------------

// Error on real numbers, written out here; gives up once it exceeds `limit`.
static double real_error(size_t n, double s1, double s2, int base1, int base2, double pos,
                         double neg, double limit) {
    double error = 0;
    for (size_t i = 0; i < n && error < limit; i++) {
        double v = values[i];
        int outlier = v > pos || v < -neg;
        double s = outlier ? s2 : s1;
        int base = outlier ? base2 : base1;
        double q = fmin(fmax(floor(v / s + 0.5), base), base + 15);
        error += (v - q * s) * (v - q * s);
    }
    return error;
}

static double midpoint_beyond(double end, double side, double s2, int base2) {
    double nearest = INFINITY;
    for (int level = base2; level <= base2 + 15; level++) {
        double beyond = side * level * s2;
        nearest = beyond > end && beyond < nearest ? beyond : nearest;
    }
    return (end + nearest) / 2;
}

struct grid {
    bool dual, free_bases;
    double ratio_step; // between neighbouring ratios; 2: powers of two
    int ratios;
};

// 4 bits, rule R3; scales a tenth of an octave apart over three octaves and a half.
static double best_on_grid(size_t n, const struct grid *g) {
    double best = INFINITY, largest = absmax(n);
    int low1 = g->free_bases ? -6 : -8, high1 = g->free_bases ? 0 : -8;
    int low2 = g->free_bases ? -3 : -8, high2 = g->free_bases ? 15 : -8;
    for (int base1 = low1; base1 <= high1; base1++) {
        for (int i = 0; i < 35; i++) {
            double s1 = largest / (base1 + 15) * exp2(-0.1 * i);
            if (!g->dual) {
                best = fmin(best, real_error(n, s1, s1, base1, base1, INFINITY, INFINITY, best));
            }
            for (int k = 0; g->dual && k < g->ratios; k++) {
                double s2 = s1 * pow(g->ratio_step, k);
                for (int base2 = low2; base2 <= high2; base2++) {
                    double pos = midpoint_beyond((base1 + 15) * s1, 1, s2, base2);
                    double neg = midpoint_beyond(-base1 * s1, -1, s2, base2);
                    best = fmin(best, real_error(n, s1, s2, base1, base2, pos, neg, best));
                }
            }
        }
    }
    return best;
}

static void expect_as_good_as_grid(const char *what, size_t n, uint64_t seed,
                                   const struct se_calibration *options, const struct grid *g) {
    fill_with_silu(n, seed);
    struct se_samples samples = prepare(n);
    struct se_quantizer q;
    struct se_error err = {""};
    cr_assert(se_calibrate(&samples, options, &q, &err) == SE_OK, "%s: %s", what, err.message);
    double error = measured_error(&q, n), best = best_on_grid(n, g);
    printf("calibrate: %s (seed %" PRIu64 "): s1 %g, ratio %g, bases %d %d, %+.3f dB from the "
           "grid's best\n",
           what, seed, (double)q.s1, (double)q.ratio, q.format.base1, q.format.base2,
           db_above(error, best));
    cr_expect(db_above(error, best) < 0.05, "%s (seed %" PRIu64 "): %.3f dB worse than the grid",
              what, seed, db_above(error, best));
    cr_expect(q.format.code_bits == 4 && q.format.dual == options->dual);
    cr_expect(options->free_bases || (q.format.base1 == -8 && q.format.base2 == -8));
    // The quantiser must be one that se_quantizer_init makes of the same numbers.
    struct se_quantizer again;
    cr_assert(se_quantizer_init(&again, q.format, q.s1, q.ratio, q.thr_pos, q.thr_neg, &err) ==
                  SE_OK,
              "%s: %s", what, err.message);
    cr_expect(again.s2 == q.s2 && again.inv_s1 == q.inv_s1 && again.inv_s2 == q.inv_s2);
    se_samples_free(&samples);
}

static const struct se_calibration int4 = {
    .code_bits = 4, .scale = SE_SCALE_LEAST_ERROR, .ratio_choice = SE_RATIO_FIXED, .ratio = 1};
static const struct se_calibration dual = {.code_bits = 4,
                                           .dual = true,
                                           .rule = SE_RULE_R3,
                                           .scale = SE_SCALE_LEAST_ERROR,
                                           .ratio_choice = SE_RATIO_FREE};

Test(calibrate, int4_is_as_good_as_a_grid) {
    struct se_calibration offset = int4;
    offset.free_bases = true;
    for (uint64_t seed = 60; seed < 65; seed++) {
        expect_as_good_as_grid("INT4", FEW, seed, &int4, &(struct grid){0});
        expect_as_good_as_grid("INT4 offset", FEW, seed, &offset,
                               &(struct grid){.free_bases = true});
    }
}

Test(calibrate, dual_signed_is_as_good_as_a_grid) {
    for (uint64_t seed = 65; seed < 70; seed++) {
        expect_as_good_as_grid("dual R3 signed", FEW, seed, &dual,
                               &(struct grid){true, false, 1.1, 30});
    }
}

Test(calibrate, dual_with_free_bases_is_as_good_as_a_grid) {
    struct se_calibration options = dual;
    options.free_bases = true;
    expect_as_good_as_grid("dual R3 free bases", 400, 70, &options,
                           &(struct grid){true, true, 1.15, 14});
}

Test(calibrate, power_of_two_ratio_is_one_and_as_good_as_a_grid) {
    struct se_calibration options = dual;
    options.ratio_choice = SE_RATIO_POW2;
    for (uint64_t seed = 71; seed < 74; seed++) {
        expect_as_good_as_grid("dual R3 power of two", FEW, seed, &options,
                               &(struct grid){true, false, 2, 8});
        struct se_samples samples = prepare(FEW);
        struct se_quantizer q;
        int log2_ratio = -1, exponent;
        cr_assert(se_calibrate(&samples, &options, &q, NULL) == SE_OK);
        cr_expect(frexpf(q.ratio, &exponent) == 0.5f && exponent >= 1 && exponent <= 8,
                  "ratio %08" PRIX32, se_f32_bits(q.ratio));
        cr_expect(se_ratio_is_pow2(&q, &log2_ratio) && log2_ratio == exponent - 1);
        se_samples_free(&samples);
    }
}

// Each freedom contains the choices without it.
Test(calibrate, more_freedom_is_never_worse) {
    fill_with_silu(FEW, 75);
    struct se_samples samples = prepare(FEW);
    struct se_calibration fixed = dual, pow2 = dual;
    fixed.ratio_choice = SE_RATIO_FIXED;
    fixed.ratio = 16;
    pow2.ratio_choice = SE_RATIO_POW2;
    const struct se_calibration *order[] = {&fixed, &pow2, &dual};
    double before = INFINITY;
    for (int i = 0; i < 3; i++) {
        struct se_quantizer q;
        cr_assert(se_calibrate(&samples, order[i], &q, NULL) == SE_OK);
        double error = measured_error(&q, FEW);
        cr_expect(db_above(error, before) < 0.05, "choice %d: %g after %g", i, error, before);
        cr_expect(i > 0 || q.ratio == 16.0f);
        before = error;
    }
    se_samples_free(&samples);
}

// ---- the methods that fix s1 --------------------------------------------------------------------

static struct se_quantizer calibrated(const struct se_samples *samples,
                                      struct se_calibration options) {
    struct se_quantizer q;
    struct se_error err = {""};
    cr_assert(se_calibrate(samples, &options, &q, &err) == SE_OK, "%s", err.message);
    return q;
}

Test(calibrate, absmax_and_percentile_cover_exactly) {
    fill_with_silu(FEW, 76);
    struct se_samples samples = prepare(FEW);
    float largest = absmax(FEW), p99 = samples.magnitudes[989]; // rank 990 of 1000
    for (int bits = 4; bits <= 8; bits++) {
        float last = (float)((1 << (bits - 1)) - 1); // the level farthest out on the shorter side
        for (int flag = 0; flag <= 1; flag++) {
            struct se_calibration o = flag ? dual : int4;
            o.code_bits = bits;
            o.ratio_choice = SE_RATIO_FIXED;
            o.ratio = flag ? 4 : 1;
            o.scale = SE_SCALE_ABSMAX;
            struct se_quantizer q = calibrated(&samples, o);
            cr_expect(q.s1 == largest / last, "absmax, B %d: s1 %08" PRIX32 ", expected %08" PRIX32,
                      bits, se_f32_bits(q.s1), se_f32_bits(largest / last));
            o.scale = SE_SCALE_PERCENTILE;
            o.percentile = 99;
            q = calibrated(&samples, o);
            cr_expect(q.s1 == p99 / last, "percentile, B %d: s1 %08" PRIX32 ", expected %08" PRIX32,
                      bits, se_f32_bits(q.s1), se_f32_bits(p99 / last));
        }
    }
    se_samples_free(&samples);
}

// "Covers": the level farthest out on each side of zero reaches the values on that side.
Test(calibrate, absmax_covers_with_free_bases) {
    fill_with_silu(FEW, 77);
    for (size_t i = 0; i < FEW; i++) {
        values[i] = i % 2 ? values[i] : -values[i]; // both sides reach far
    }
    struct se_samples samples = prepare(FEW);
    struct se_calibration o = int4;
    o.free_bases = true;
    o.scale = SE_SCALE_ABSMAX;
    struct se_quantizer q = calibrated(&samples, o);
    double below = -q.format.base1 * (double)q.s1, above = (q.format.base1 + 15) * (double)q.s1;
    double least = samples.sorted[0], greatest = samples.sorted[FEW - 1];
    cr_expect(above > greatest * (1 - 0x1p-22) && below > -least * (1 - 0x1p-22),
              "base1 %d, s1 %08" PRIX32 ": covers %g to %g, values go from %g to %g",
              q.format.base1, se_f32_bits(q.s1), -below, above, least, greatest);
    se_samples_free(&samples);
}

Test(calibrate, rules_set_the_thresholds) {
    fill_with_silu(FEW, 78);
    struct se_samples samples = prepare(FEW);
    struct se_calibration o = dual;
    o.ratio_choice = SE_RATIO_FIXED;
    o.ratio = 4;
    o.scale = SE_SCALE_ABSMAX;
    o.rule = SE_RULE_R2;
    o.percentile = 90;
    struct se_quantizer q = calibrated(&samples, o);
    cr_expect(q.thr_pos == samples.magnitudes[899] && q.thr_neg == q.thr_pos, "R2: %g, %g",
              (double)q.thr_pos, (double)q.thr_neg);
    o.rule = SE_RULE_R3;
    q = calibrated(&samples, o);
    cr_expect_float_eq(q.thr_pos, 7.5f * q.s1, 1e-5f * q.s1); // 7 s1 and 2 s2
    cr_expect_float_eq(q.thr_neg, 10 * q.s1, 1e-5f * q.s1);   // 8 s1 is a level of s2; 3 s2
    o.rule = SE_RULE_R1;
    q = calibrated(&samples, o);
    cr_expect_float_eq(q.thr_pos, 7.5f * q.s1, 1e-5f * q.s1);
    cr_expect_float_eq(q.thr_neg, 8.5f * q.s1, 1e-5f * q.s1);
    se_samples_free(&samples);
}

Test(calibrate, names) {
    cr_expect_str_eq(se_scale_names[SE_SCALE_ABSMAX], "absmax");
    cr_expect_str_eq(se_scale_names[SE_SCALE_PERCENTILE], "percentile");
    cr_expect_str_eq(se_scale_names[SE_SCALE_LEAST_ERROR], "least-error");
}

// ---- refusals -----------------------------------------------------------------------------------

static void expect_refused(const struct se_samples *samples, struct se_calibration o,
                           const char *word) {
    struct se_quantizer q;
    struct se_error err = {""};
    cr_expect_eq(se_calibrate(samples, &o, &q, &err), SE_INVALID, "accepted; should name %s", word);
    cr_expect(strstr(err.message, word), "\"%s\" lacks %s", err.message, word);
    cr_expect_eq(se_calibrate(samples, &o, &q, NULL), SE_INVALID);
}

static struct se_calibration with_percentile(struct se_calibration o, double percentile) {
    o.percentile = percentile;
    return o;
}

static struct se_calibration with_ratio(struct se_calibration o, float ratio) {
    o.ratio_choice = SE_RATIO_FIXED;
    o.ratio = ratio;
    return o;
}

Test(calibrate, refusals_name_the_option) {
    fill_with_silu(100, 79);
    struct se_samples samples = prepare(100);
    struct se_calibration scale = int4, rule = dual;
    scale.scale = SE_SCALE_PERCENTILE;
    rule.rule = SE_RULE_R2;
    static const double percentiles[] = {0, -1, 100.001, 101, NAN, INFINITY};
    for (int i = 0; i < 6; i++) {
        expect_refused(&samples, with_percentile(scale, percentiles[i]), "percentile");
        expect_refused(&samples, with_percentile(rule, percentiles[i]), "percentile");
    }
    static const float ratios[] = {0.5f, 0, -2, NAN, INFINITY};
    for (int i = 0; i < 5; i++) {
        expect_refused(&samples, with_ratio(dual, ratios[i]), "ratio");
    }
    expect_refused(&samples, with_ratio(int4, 2), "ratio");
    struct se_calibration o = int4;
    o.ratio_choice = SE_RATIO_FREE;
    expect_refused(&samples, o, "ratio");
    for (int r = SE_RULE_R1; r <= SE_RULE_R3; r++) {
        o = with_percentile(int4, 99);
        o.rule = (enum se_rule)r;
        expect_refused(&samples, o, "rule");
    }
    o = dual;
    o.rule = SE_RULE_NONE;
    expect_refused(&samples, o, "rule");
    static const int widths[] = {3, 9, 0, -4};
    for (int i = 0; i < 4; i++) {
        o = int4;
        o.code_bits = widths[i];
        expect_refused(&samples, o, "code_bits");
    }
    se_samples_free(&samples);
}

Test(calibrate, magnitudes_without_a_legal_scale_are_refused) {
    values[0] = 0x1p-140f;
    values[1] = -0x1p-141f;
    struct se_samples samples = prepare(2);
    expect_refused(&samples, int4, "scale");
    se_samples_free(&samples);
}
