// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/gemm_code.h"

#include <math.h>
#include <stdlib.h>

enum { WEIGHT_MAX = 128 };

int32_t se_code_dot_wide(const struct se_format *format, int log2_ratio, size_t n, const int8_t *w,
                         const uint16_t *codes) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int shift = se_code_flag(format, codes[i]) ? log2_ratio : 0;
        sum += w[i] * (se_code_q(format, codes[i]) * (1 << shift));
    }
    return sum;
}

struct se_code_sums se_code_dot_split(const struct se_format *format, size_t n, const int8_t *w,
                                      const uint16_t *codes) {
    struct se_code_sums sums = {0, 0};
    for (size_t i = 0; i < n; i++) {
        int32_t product = w[i] * se_code_q(format, codes[i]);
        *(se_code_flag(format, codes[i]) ? &sums.sum2 : &sums.sum1) += product;
    }
    return sums;
}

static int64_t largest_magnitude(const struct se_format *format, bool flag) {
    int first = abs(se_format_base(format, flag)), last = abs(se_format_last(format, flag));
    return first > last ? first : last;
}

int64_t se_gemm_code_bound(const struct se_format *format, int log2_ratio, size_t n) {
    int64_t one = largest_magnitude(format, false);
    int64_t two = format->dual ? largest_magnitude(format, true) : 0;
    two *= log2_ratio > 0 ? 1 << log2_ratio : 1;
    return (int64_t)n * WEIGHT_MAX * (one > two ? one : two);
}

// k where one accumulator serves both ranges, -1 where it takes two.
static int log2_ratio_of(const struct se_quantizer *q) {
    int log2_ratio;
    return !q->format.dual ? 0 : se_ratio_is_pow2(q, &log2_ratio) ? log2_ratio : -1;
}

enum se_status se_gemm_code_check(const struct se_gemm_code *g, struct se_error *err) {
    if (g->rows == 0 || g->columns == 0 || g->group == 0 || g->columns % g->group != 0) {
        return se_fail(err, SE_INVALID,
                       "a matrix of %zu x %zu with groups of %zu columns: sizes are positive and "
                       "groups divide the columns",
                       g->rows, g->columns, g->group);
    }
    int64_t bound =
        g->group > (size_t)INT32_MAX
            ? INT64_MAX
            : se_gemm_code_bound(&g->quantizer->format, log2_ratio_of(g->quantizer), g->group);
    if (bound > INT32_MAX) {
        return se_fail(err, SE_INVALID,
                       "sums over %zu columns may reach %lld, beyond 32 bits: take a smaller ratio "
                       "or smaller groups",
                       g->group, (long long)bound);
    }
    return SE_OK;
}

// A token's integers, decoded once for all rows: of the wide form all in `one`, of the split form
// each in that of its range, the other 0.
static void decode(const struct se_gemm_code *g, int log2_ratio, const uint16_t *codes,
                   int32_t *one, int32_t *two) {
    const struct se_format *format = &g->quantizer->format;
    for (size_t i = 0; i < g->columns; i++) {
        int32_t q = se_code_q(format, codes[i]);
        bool flag = se_code_flag(format, codes[i]);
        one[i] = log2_ratio < 0 && flag ? 0 : q * (1 << (flag && log2_ratio > 0 ? log2_ratio : 0));
        two[i] = flag ? q : 0;
    }
}

static int32_t dot(size_t n, const int8_t *w, const int32_t *q) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += w[i] * q[i];
    }
    return sum;
}

static float row_of(const struct se_gemm_code *g, int log2_ratio, const int8_t *w,
                    const float *scales, const int32_t *one, const int32_t *two) {
    float y = 0;
    for (size_t i = 0; i < g->columns; i += g->group, scales++) {
        y = fmaf(*scales * g->quantizer->s1, (float)dot(g->group, w + i, one + i), y);
        if (log2_ratio < 0) {
            y = fmaf(*scales * g->quantizer->s2, (float)dot(g->group, w + i, two + i), y);
        }
    }
    return y;
}

enum se_status se_gemm_code(const struct se_gemm_code *g, size_t tokens, const uint16_t *codes,
                            float *y, struct se_error *err) {
    int log2_ratio = log2_ratio_of(g->quantizer);
    int32_t *one = malloc(2 * g->columns * sizeof *one);
    if (!one) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu columns", g->columns);
    }
    int32_t *two = one + g->columns;
    for (size_t t = 0; t < tokens; t++) {
        decode(g, log2_ratio, codes + t * g->columns, one, two);
        for (size_t m = 0; m < g->rows; m++) {
            y[t * g->rows + m] = row_of(g, log2_ratio, g->w + m * g->columns,
                                        g->scales + m * (g->columns / g->group), one, two);
        }
    }
    free(one);
    return SE_OK;
}
