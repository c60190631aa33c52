// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/codebook.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 3000 };

static float values[MANY];

static struct se_samples prepare(size_t n) {
    struct se_samples samples;
    struct se_error err = {""};
    cr_assert(se_samples_init(&samples, n, values, &err) == SE_OK, "%s", err.message);
    return samples;
}

static void fit(const struct se_samples *samples, size_t n_levels, float *levels) {
    struct se_error err = {""};
    cr_assert(se_codebook_fit(samples, n_levels, levels, &err) == SE_OK, "%s", err.message);
    for (size_t k = 1; k < n_levels; k++) {
        cr_assert(levels[k] >= levels[k - 1], "level %zu is %a after %a", k, (double)levels[k],
                  (double)levels[k - 1]);
    }
}

// Squared error with every value on its nearest level.
static long double codebook_error(size_t n, size_t n_levels, const float *levels) {
    long double error = 0;
    for (size_t i = 0; i < n; i++) {
        long double least = INFINITY;
        for (size_t k = 0; k < n_levels; k++) {
            long double e = (long double)values[i] - levels[k];
            least = e * e < least ? e * e : least;
        }
        error += least;
    }
    return error;
}

static long double cell_error(const float *sorted, size_t from, size_t to) {
    long double mean = 0, error = 0;
    for (size_t i = from; i < to; i++) {
        mean += sorted[i];
    }
    mean /= (long double)(to - from);
    for (size_t i = from; i < to; i++) {
        error += (sorted[i] - mean) * (sorted[i] - mean);
    }
    return error;
}

// The least error over every way to cut sorted[from..n) into so many cells.
static long double exhaustive(const float *sorted, size_t from, size_t n, size_t cells) {
    if (cells == 1) {
        return cell_error(sorted, from, n);
    }
    long double best = INFINITY;
    for (size_t cut = from + 1; cut + cells - 1 <= n; cut++) {
        long double e = cell_error(sorted, from, cut) + exhaustive(sorted, cut, n, cells - 1);
        best = e < best ? e : best;
    }
    return best;
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

Test(codebook, equals_exhaustive_search_on_small_sets) {
    uint64_t state = 81;
    unsigned long checks = 0;
    for (int round = 0; round < 600; round++) {
        size_t n = (size_t)ref_random_int(&state, 1, 12);
        for (size_t i = 0; i < n; i++) { // few distinct numbers, clusters, or anything
            int integer = ref_random_int(&state, -20, 20);
            values[i] = round % 3 == 0   ? (float)(integer / 5)
                        : round % 3 == 1 ? (float)integer * (integer & 1 ? 10.0f : 0.125f)
                                         : (float)ref_random_int(&state, -999999, 999999) / 4096;
        }
        values[0] += 0.3f; // not all zero
        struct se_samples samples = prepare(n);
        float sorted[12], levels[6];
        memcpy(sorted, values, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, by_value);
        for (size_t n_levels = 1; n_levels <= 6 && n_levels <= n; n_levels++, checks++) {
            fit(&samples, n_levels, levels);
            long double error = codebook_error(n, n_levels, levels);
            long double best = exhaustive(sorted, 0, n, n_levels);
            long double rounding = 1e-12L * cell_error(sorted, 0, n) + 1e-12L;
            cr_assert(error <= best * (1 + 1e-6L) + rounding,
                      "round %d (seed 81), %zu values, %zu levels: error %Lg, best %Lg", round, n,
                      n_levels, error, best);
            cr_assert(error >= best * (1 - 1e-6L) - rounding, "the exhaustive search is wrong");
        }
        se_samples_free(&samples);
    }
    printf("codebook: %lu fits equal exhaustive search\n", checks);
}

Test(codebook, by_hand) {
    static const float six[] = {10, 0, 11, 0, 10.5f, 0};
    float levels[6];
    memcpy(values, six, sizeof six);
    struct se_samples samples = prepare(6);
    fit(&samples, 1, levels);
    cr_expect_float_eq(levels[0], 5.25f, 0);
    fit(&samples, 2, levels);
    cr_expect(levels[0] == 0 && levels[1] == 10.5f, "%g %g", (double)levels[0], (double)levels[1]);
    fit(&samples, 4, levels);
    cr_expect(levels[0] == 0 && levels[1] == 10 && levels[2] == 10.5f && levels[3] == 11);
    fit(&samples, 6, levels);
    cr_expect(levels[0] == 0 && levels[2] == 0 && levels[5] == 11);
    se_samples_free(&samples);
}

static void lloyd_step(size_t n, size_t n_levels, float *levels) {
    double sum[256] = {0};
    size_t count[256] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t nearest = 0;
        for (size_t k = 1; k < n_levels; k++) {
            if (fabs((double)values[i] - levels[k]) < fabs((double)values[i] - levels[nearest])) {
                nearest = k;
            }
        }
        sum[nearest] += values[i];
        count[nearest]++;
    }
    for (size_t k = 0; k < n_levels; k++) {
        levels[k] = count[k] ? (float)(sum[k] / (double)count[k]) : levels[k];
    }
}

Test(codebook, lloyds_iteration_finds_nothing_better) {
    static const size_t sizes[] = {1, 2, 3, 16, 32, 256};
    uint64_t state = 82;
    for (size_t i = 0; i < MANY; i++) {
        double gaussian = -6;
        for (int k = 0; k < 12; k++) {
            gaussian += (double)(ref_random(&state) >> 11) * 0x1p-53;
        }
        values[i] = (float)(i % 2 ? gaussian : gaussian / (1 + exp(-gaussian)));
    }
    struct se_samples samples = prepare(MANY);
    long double before = INFINITY;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        float levels[256];
        fit(&samples, sizes[i], levels);
        long double error = codebook_error(MANY, sizes[i], levels);
        cr_expect(error < before, "%zu levels: %Lg after %Lg", sizes[i], error, before);
        before = error;
        for (int step = 0; step < 5; step++) {
            lloyd_step(MANY, sizes[i], levels);
        }
        long double refined = codebook_error(MANY, sizes[i], levels);
        cr_expect(refined >= error * (1 - 1e-6L), "%zu levels (seed 82): Lloyd gives %Lg from %Lg",
                  sizes[i], refined, error);
        // Nor does starting elsewhere.
        for (size_t k = 0; k < sizes[i]; k++) {
            levels[k] = samples.sorted[(2 * k + 1) * MANY / (2 * sizes[i])];
        }
        for (int step = 0; step < 20; step++) {
            lloyd_step(MANY, sizes[i], levels);
        }
        refined = codebook_error(MANY, sizes[i], levels);
        cr_expect(refined >= error * (1 - 1e-6L), "%zu levels (seed 82): quantiles give %Lg, %Lg",
                  sizes[i], refined, error);
    }
    se_samples_free(&samples);
}

static void expect_refused(const struct se_samples *samples, size_t n_levels) {
    float levels[257];
    struct se_error err = {""};
    char number[16];
    snprintf(number, sizeof number, "%zu", n_levels);
    cr_expect_eq(se_codebook_fit(samples, n_levels, levels, &err), SE_INVALID, "%zu levels",
                 n_levels);
    cr_expect(strstr(err.message, number), "\"%s\" lacks %s", err.message, number);
}

Test(codebook, refusals) {
    for (int i = 0; i < 300; i++) {
        values[i] = (float)(i + 1);
    }
    struct se_samples samples = prepare(300), few = prepare(3);
    float levels[256];
    expect_refused(&samples, 0);
    expect_refused(&samples, 257);
    expect_refused(&few, 4);
    fit(&samples, 256, levels);
    fit(&few, 3, levels);
    se_samples_free(&samples);
    se_samples_free(&few);
}

Test(codebook, nearest_by_trying_every_level) {
    uint64_t state = 83;
    for (int round = 0; round < 2000; round++) {
        float levels[40];
        size_t n_levels = (size_t)ref_random_int(&state, 1, 40);
        for (size_t k = 0; k < n_levels; k++) {
            levels[k] = (float)ref_random_int(&state, -500, 500) / 16;
        }
        qsort(levels, n_levels, sizeof *levels, by_value);
        for (int i = 0; i < 40; i++) {
            float v = (float)ref_random_int(&state, -600, 600) / 32;
            v = i == 0 ? INFINITY : i == 1 ? -INFINITY : v;
            float nearest = se_codebook_nearest(n_levels, levels, v);
            bool is_level = false, beaten = false;
            for (size_t k = 0; k < n_levels; k++) {
                is_level = is_level || levels[k] == nearest;
                beaten = beaten || fabsf(v - levels[k]) < fabsf(v - nearest);
            }
            bool end = !isinf(v) || nearest == levels[v > 0 ? n_levels - 1 : 0];
            if (!is_level || beaten || !end) {
                cr_assert(0, "v %a (seed 83), %zu levels: %a", (double)v, n_levels,
                          (double)nearest);
            }
        }
    }
}
