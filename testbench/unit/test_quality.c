// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quality.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdint.h>

enum { N = 10 };

static struct se_quantizer quantizer(struct se_format format, float s1, float ratio, float thr) {
    struct se_quantizer q;
    struct se_error err = {""};
    cr_assert(se_quantizer_init(&q, format, s1, ratio, thr, thr, &err) == SE_OK, "%s", err.message);
    return q;
}

static struct se_quality measure(const struct se_quantizer *q, size_t n, const float *values) {
    uint16_t codes[N];
    float u[N];
    for (size_t i = 0; i < n; i++) {
        codes[i] = se_quantize(q, values[i]);
        u[i] = se_dequantize(q, codes[i]);
    }
    return se_quality_measure(q, n, values, codes, u);
}

// s1 = 1, s2 = 16, bases -8, thresholds 7.25.
//   v       flag  integer  u      counted
//   3       0     3        3
//   -7      0     -7       -7
//   7.25    0     7        7
//   7.75    1     0        0      outlier, outlier at zero
//   -7.5    1     0        0      outlier, outlier at zero
//   100     1     6        96     outlier
//   119.9   1     7        112    outlier
//   120     1     8 -> 7   112    outlier, clipped
//   -150    1     -9 -> -8 -128   outlier, clipped
//   0.5     0     1        1
Test(quality, counters_by_hand) {
    static const float values[N] = {3, -7, 7.25f, 7.75f, -7.5f, 100, 119.9f, 120, -150, 0.5f};
    struct se_quantizer q = quantizer(se_format_signed(4, true), 1, 16, 7.25f);
    struct se_quality quality = measure(&q, N, values);
    cr_expect_eq(quality.values, (size_t)10);
    cr_expect_eq(quality.outliers, (size_t)6, "outliers %zu", quality.outliers);
    cr_expect_eq(quality.outliers_zero, (size_t)2, "outliers_zero %zu", quality.outliers_zero);
    cr_expect_eq(quality.clipped, (size_t)2, "clipped %zu", quality.clipped);
    cr_expect_eq(quality.reciprocal, (size_t)0, "reciprocal %zu", quality.reciprocal);
    // signal 9 + 49 + 52.5625 + 60.0625 + 56.25 + 10000 + 14376.01 + 14400 + 22500 + 0.25;
    // noise 0 + 0 + 0.0625 + 60.0625 + 56.25 + 16 + 62.41 + 64 + 484 + 0.25
    cr_expect_float_eq(quality.sqnr_db, 10 * log10(61503.135 / 743.035), 1e-5, "SQNR %.9f",
                       quality.sqnr_db);
}

// In 20.5 / 41 the quotient is a tie, 20.5 * fl(1/41) lies below it; 143.5 = 3.5 * 41 likewise.
Test(quality, codes_that_the_division_gives_differently) {
    static const float values[4] = {20.5f, 143.5f, 41, 30};
    struct se_quantizer q = quantizer(se_format_signed(4, false), 41, 1, INFINITY);
    struct se_quality quality = measure(&q, 4, values);
    cr_expect_eq(quality.reciprocal, (size_t)2, "reciprocal %zu", quality.reciprocal);
    cr_expect_eq(quality.outliers, (size_t)0);
    cr_expect_eq(quality.clipped, (size_t)0);
}

Test(quality, clipped_follows_the_range_with_its_base) {
    // [-4, 11]: 11.49 stays, 11.5 and 300 do not; -4.49 stays, -4.5 does not.
    static const float values[6] = {11.49f, 11.5f, 300, -4.49f, -4.5f, 0};
    struct se_quantizer q = quantizer((struct se_format){4, false, -4, -4}, 1, 1, INFINITY);
    struct se_quality quality = measure(&q, 6, values);
    cr_expect_eq(quality.clipped, (size_t)3, "clipped %zu", quality.clipped);
    cr_expect_eq(quality.outliers_zero, (size_t)0, "a zero without the flag is no outlier");
}

Test(quality, sqnr_by_hand) {
    static const float values[3] = {3, 4, 0}, u[3] = {3, 3.5f, 0};
    cr_expect_float_eq(se_sqnr_db(3, values, u), 20, 1e-12); // 25 / 0.25
    cr_expect_float_eq(se_sqnr_db(2, values, u), 20, 1e-12);
    cr_expect_float_eq(se_sqnr_db(2, (float[]){1, 0}, (float[]){0, 0}), 0, 1e-12);
    cr_expect_float_eq(se_sqnr_db(1, (float[]){1}, (float[]){11}), -20, 1e-12);
}

Test(quality, sqnr_is_infinite_without_error) {
    static const float values[3] = {3, -4, 0};
    cr_expect_eq(se_sqnr_db(3, values, values), INFINITY);
    double silent = se_sqnr_db(1, values + 2, values + 2);
    cr_expect(silent == INFINITY, "zeros kept as zeros have no error, yet the ratio is %g", silent);
}
