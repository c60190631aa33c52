// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/observer.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

TestSuite(observer);

static float scale_of(struct se_observer *o) {
    float s = NAN;
    struct se_error err = {""};
    cr_assert(se_observer_scale(o, &s, &err) == SE_OK, "%s", err.message);
    return s;
}

static void see(struct se_observer *o, size_t n, const float *values) {
    struct se_error err = {""};
    cr_assert(se_observer_see(o, n, values, &err) == SE_OK, "%s", err.message);
}

Test(observer, absmax_and_minmax_by_hand) {
    const float first[] = {0.5f, -2.56f}, second[] = {2.0f, 0.1f};
    struct se_observer absmax = {.options = {SE_OBSERVER_ABSMAX, 1, 1}};
    struct se_observer minmax = {.options = {SE_OBSERVER_MINMAX, 1, 1}};
    see(&absmax, 2, first);
    see(&absmax, 2, second);
    see(&minmax, 2, first);
    see(&minmax, 2, second);
    cr_expect(scale_of(&absmax) == 2.56f / 127);
    cr_expect(scale_of(&minmax) == 2.56f / 128);
    const float high = 2.55f;
    see(&minmax, 1, &high);
    cr_expect(scale_of(&minmax) == 2.55f / 127);
}

// 0 to 100 in any order: the quantile 0.25 is 25, and 0.505 is 50.5.
Test(observer, percentile_is_interpolated_and_averaged) {
    float values[101];
    for (int i = 0; i <= 100; i++) {
        values[i] = (float)(i * 37 % 101) * (i % 2 ? 1 : -1);
    }
    struct se_observer o = {.options = {SE_OBSERVER_PERCENTILE, 0.505, 0.25}};
    see(&o, 60, values);
    see(&o, 41, values + 60);
    se_observer_end_batch(&o);
    cr_expect(fabsf(scale_of(&o) - 50.5f / 127) < 1e-7f);
    const float same[] = {10, 10, 10};
    see(&o, 3, same);
    se_observer_end_batch(&o);
    cr_expect(fabsf(scale_of(&o) - (50.5f + 0.25f * (10 - 50.5f)) / 127) < 1e-7f);
    se_observer_end_batch(&o); // of nothing
    cr_expect(o.batches == 2);
    se_observer_free(&o);
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

Test(observer, percentile_is_that_of_sorting) {
    enum { MOST = 3000 };
    static float values[MOST], sorted[MOST];
    uint64_t state = 1;
    for (int seed = 0; seed < 200; seed++) {
        size_t n = (size_t)ref_random_int(&state, 1, MOST);
        int range = ref_random_int(&state, 0, 1) ? 5 : 100000; // many ties, or few
        for (size_t i = 0; i < n; i++) {
            values[i] = (float)ref_random_int(&state, -range, range);
            sorted[i] = fabsf(values[i]);
        }
        qsort(sorted, n, sizeof *sorted, ascending);
        double alpha = (double)ref_random_int(&state, 1, 1000) / 1000;
        double place = alpha * (double)(n - 1), below = floor(place);
        double low = (double)sorted[(size_t)below], high = (double)sorted[(size_t)ceil(place)];
        double expected = fmax(low + (place - below) * (high - low), 1e-5) / 127;
        struct se_observer o = {.options = {SE_OBSERVER_PERCENTILE, alpha, 0.01}};
        see(&o, n, values);
        se_observer_end_batch(&o);
        cr_assert(fabs((double)scale_of(&o) - expected) <= expected * 1e-6, "%zu, %g", n, alpha);
        se_observer_free(&o);
    }
}

Test(observer, outlier_aware_leaves_seven_codes_for_one_per_cent) {
    float values[1000];
    for (int i = 0; i < 1000; i++) {
        values[i] = i < 991 ? 1.2f : 100;
    }
    struct se_observer o = {.options = {SE_OBSERVER_OUTLIER_AWARE, 1, 1}};
    see(&o, 1000, values);
    se_observer_end_batch(&o);
    cr_expect(fabsf(scale_of(&o) - 0.01f) < 1e-7f);
    se_observer_free(&o);
}

// The scale of least error is no worse than 200 others.
Test(observer, least_error_is_the_least) {
    enum { N = 5000 };
    static float values[N];
    uint64_t state = 9;
    for (size_t i = 0; i < N; i++) {
        float v = 0;
        for (int k = 0; k < 4; k++) {
            v += (float)ref_random_int(&state, -1000, 1000) / 1000;
        }
        values[i] = i % 500 ? v : 5 * v;
    }
    struct se_observer o = {.options = {SE_OBSERVER_LEAST_ERROR, 1, 1}};
    see(&o, N, values);
    float best = scale_of(&o);
    double error[201];
    for (int k = 0; k <= 200; k++) {
        float s = k == 200 ? best : 0.001f * exp2f((float)k / 25);
        error[k] = 0;
        for (size_t i = 0; i < N; i++) {
            double q = fmin(fmax(round((double)values[i] / (double)s), -128), 127);
            error[k] += pow((double)values[i] - q * (double)s, 2);
        }
    }
    for (int k = 0; k < 200; k++) {
        cr_expect(error[200] <= error[k] * 1.000001, "%d: %g beside %g", k, error[k], error[200]);
    }
    se_observer_free(&o);
}

Test(observer, zeros_have_a_scale_and_nan_is_refused) {
    const float zeros[4] = {0}, bad[] = {1, NAN};
    struct se_error err;
    for (int kind = 0; kind <= SE_OBSERVER_OUTLIER_AWARE; kind++) {
        struct se_observer o = {.options = {(enum se_observer_kind)kind, 0.5, 0.5}};
        see(&o, 4, zeros);
        se_observer_end_batch(&o);
        cr_expect(scale_of(&o) == 1e-5f / 127, "%s", se_observer_names[kind]);
        cr_expect(se_observer_see(&o, 2, bad, &err) == SE_INVALID);
        se_observer_free(&o);
    }
}

Test(observer, rows_are_evenly_chosen) {
    enum { COLUMNS = SE_ROWS_VALUES / 8 };
    static float row[COLUMNS];
    struct se_rows rows = {0};
    struct se_error err;
    for (int r = 0; r < 37; r++) {
        row[0] = row[COLUMNS - 1] = (float)r;
        cr_assert(se_rows_add(&rows, 1, COLUMNS, row, &err) == SE_OK);
    }
    cr_expect(rows.n == 5 && rows.stride == 8 && rows.seen == 37); // 0, 8, 16, 24, 32
    for (size_t r = 0; r < rows.n; r++) {
        cr_expect(rows.values[r * COLUMNS] == (float)(8 * r));
        cr_expect(rows.values[(r + 1) * COLUMNS - 1] == (float)(8 * r));
    }
    se_rows_free(&rows);
}

Test(observer, options_have_their_ranges) {
    struct se_error err;
    const struct se_observer_options bad[] = {{SE_OBSERVER_PERCENTILE, 0, 0.01},
                                              {SE_OBSERVER_PERCENTILE, 1.1, 0.01},
                                              {SE_OBSERVER_PERCENTILE, NAN, 0.01},
                                              {SE_OBSERVER_PERCENTILE, 1, 0}};
    for (size_t i = 0; i < 4; i++) {
        cr_expect(se_observer_check(&bad[i], &err) == SE_INVALID);
    }
    cr_expect(se_observer_check(&se_observer_percentile, &err) == SE_OK);
}
