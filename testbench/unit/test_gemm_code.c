// SPDX-License-Identifier: Apache-2.0
// GEMM on codes: both forms of the sum against 64-bit integers, the results against real numbers.
#include "w4a5se/gemm_code.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 5120, ROWS = 7, TOKENS = 3 };

static int8_t w[ROWS * COLUMNS_MAX];
static uint16_t codes[TOKENS * COLUMNS_MAX];

// The integer of a code as docs/numerics.md defines it, without a shift or mask.
static int64_t value_of(const struct se_format *f, uint16_t code) {
    int levels = 1 << f->code_bits, base = code >= levels ? f->base2 : f->base1;
    for (int q = base; q < base + levels; q++) {
        if (((q - code) % levels + levels) % levels == 0) {
            return q;
        }
    }
    cr_assert_fail("no integer has code %d", code);
    return 0;
}

static int64_t reference(const struct se_format *f, int64_t ratio, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += w[i] * value_of(f, codes[i]) * (codes[i] >> f->code_bits ? ratio : 1);
    }
    return sum;
}

static struct se_format random_format(uint64_t *state) {
    int bits = ref_random_int(state, 4, 8), levels = 1 << bits;
    return (struct se_format){bits, true, ref_random_int(state, -levels, levels - 1),
                              ref_random_int(state, -levels, levels - 1)};
}

static void fill(uint64_t *state, const struct se_format *f, size_t n) {
    for (size_t i = 0; i < n; i++) {
        w[i] = (int8_t)ref_random_int(state, -128, 127);
        codes[i] = (uint16_t)ref_random_int(state, 0, (2 << f->code_bits) - 1);
    }
}

Test(gemm_code, by_hand) {
    const struct se_format f = {4, true, -4, 4}; // 0..11 stand for q, 12..15 for -4..-1 or 12..15
    static const int8_t weights[] = {2, -3, 5, 100};
    static const uint16_t some[] = {3, 16 + 5, 15, 16 + 15}; // 3, 5 (flag), -1, 15 (flag)
    cr_expect_eq(se_code_dot_wide(&f, 2, 4, weights, some), 6 - 15 * 4 - 5 + 1500 * 4);
    struct se_code_sums sums = se_code_dot_split(&f, 4, weights, some);
    cr_expect(sums.sum1 == 1 && sums.sum2 == 1485, "%d %d", sums.sum1, sums.sum2);
    cr_expect_eq(se_gemm_code_bound(&f, 2, 4), 4 * 128 * 19 * 4);
    cr_expect_eq(se_gemm_code_bound(&f, -1, 4), 4 * 128 * 19);
}

Test(gemm_code, both_sums_equal_integers) {
    uint64_t state = 91;
    for (int round = 0; round < 4000; round++) {
        const struct se_format f = random_format(&state);
        size_t n = (size_t)ref_random_int(&state, 1, 300);
        int k = ref_random_int(&state, 0, SE_RATIO_LOG2_MAX);
        fill(&state, &f, n);
        int64_t expected = reference(&f, (int64_t)1 << k, n);
        int32_t wide = se_code_dot_wide(&f, k, n, w, codes);
        const struct se_code_sums s = se_code_dot_split(&f, n, w, codes);
        cr_assert(wide == expected && s.sum1 + ((int64_t)s.sum2 << k) == expected,
                  "round %d (seed 91), %zu columns, k %d: %d and %d, %d instead of %lld", round, n,
                  k, wide, s.sum1, s.sum2, (long long)expected);
        cr_assert_eq(s.sum1, reference(&f, 0, n));
    }
}

// Every column at the weight and the code that make the largest sums, for each k and sign.
Test(gemm_code, extremes_of_5120_columns) {
    static const int bases[][2] = {{-8, -8}, {-4, 3}, {0, 0}, {-16, -16}, {8, -8}, {-4, 15}};
    unsigned held = 0, refused = 0;
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
        for (int k = 1; k <= SE_RATIO_LOG2_MAX; k++) {
            const struct se_format f = {4, true, bases[b][0], bases[b][1]};
            int64_t bound = se_gemm_code_bound(&f, k, COLUMNS_MAX), reached = 0;
            for (int which = 0; which < 4; which++) { // first or last of each range
                int q = which & 1 ? se_format_last(&f, which & 2) : se_format_base(&f, which & 2);
                for (size_t i = 0; i < COLUMNS_MAX; i++) {
                    w[i] = -128;
                    codes[i] = se_code_pack_q(&f, which & 2, q);
                }
                int64_t expected = reference(&f, (int64_t)1 << k, COLUMNS_MAX);
                reached = llabs(expected) > reached ? llabs(expected) : reached;
                if (bound <= INT32_MAX) {
                    const struct se_code_sums s = se_code_dot_split(&f, COLUMNS_MAX, w, codes);
                    cr_expect_eq(se_code_dot_wide(&f, k, COLUMNS_MAX, w, codes), expected);
                    cr_expect_eq(s.sum1 + s.sum2 * (1 << k), expected);
                }
            }
            cr_expect(reached == bound, "bases %d, %d, k %d: bound %lld, reached %lld", bases[b][0],
                      bases[b][1], k, (long long)bound, (long long)reached);
            *(bound <= INT32_MAX ? &held : &refused) += 1;
        }
    }
    cr_expect(held > 0 && refused > 0);
    printf("gemm_code: 5120 columns fit 32 bits in %u cases, not in %u\n", held, refused);
}

// ---- with scales ----

struct matrix {
    struct se_quantizer quantizer;
    struct se_gemm_code g;
    float scales[ROWS * 16];
};

static void random_matrix(uint64_t *state, float ratio, size_t groups, struct matrix *m) {
    const struct se_format f = {4, true, ref_random_int(state, -8, 0), ref_random_int(state, 0, 8)};
    cr_assert(se_quantizer_init(&m->quantizer, f, (float)ref_random_int(state, 1, 9999) / 8192,
                                ratio, INFINITY, INFINITY, NULL) == SE_OK);
    size_t group = (size_t)ref_random_int(state, 1, 40);
    m->g = (struct se_gemm_code){&m->quantizer, ROWS, group * groups, group, w, m->scales};
    for (size_t i = 0; i < ROWS * groups; i++) {
        m->scales[i] = (float)ref_random_int(state, 1, 9999) / 65536;
    }
    fill(state, &f, ROWS * m->g.columns);
    cr_assert(se_gemm_code_check(&m->g, NULL) == SE_OK);
}

// The sum of w * s * u in real numbers, and of the magnitudes.
static long double real_sum(const struct matrix *m, size_t row, size_t token,
                            long double *magnitude) {
    long double sum = 0;
    size_t groups = m->g.columns / m->g.group;
    *magnitude = 0;
    for (size_t i = 0; i < m->g.columns; i++) {
        long double term = (long double)w[row * m->g.columns + i] *
                           m->scales[row * groups + i / m->g.group] *
                           se_dequantize(&m->quantizer, codes[token * m->g.columns + i]);
        sum += term;
        *magnitude += fabsl(term);
    }
    return sum;
}

Test(gemm_code, results_are_the_dequantised_product) {
    uint64_t state = 92;
    static struct matrix m;
    for (int round = 0; round < 600; round++) {
        float ratio = round % 2 ? (float)(1 << (round / 2 % 8)) : 1 + (float)(round % 97) / 7;
        float y[TOKENS * ROWS];
        random_matrix(&state, ratio, (size_t)ref_random_int(&state, 1, 16), &m);
        cr_assert(se_gemm_code(&m.g, TOKENS, codes, y, NULL) == SE_OK);
        for (size_t t = 0; t < TOKENS; t++) {
            for (size_t r = 0; r < ROWS; r++) {
                long double magnitude, sum = real_sum(&m, r, t, &magnitude);
                cr_assert(fabsl(y[t * ROWS + r] - sum) <= 0x1p-20L * magnitude,
                          "round %d (seed 92), ratio %g: %g instead of %Lg", round, (double)ratio,
                          (double)y[t * ROWS + r], sum);
            }
        }
    }
}

// fl(a * b + c): exact in double but for the sum, whose rounding there is made odd.
static float rounded_once(float a, float b, float c) {
    double product = (double)a * (double)b, sum = product + (double)c;
    double lost =
        fabs(product) > fabs((double)c) ? (double)c - (sum - product) : product - (sum - (double)c);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (lost != 0 && !(bits & 1)) {
        bits += (lost > 0) == (sum > 0) ? 1 : (uint64_t)-1;
        memcpy(&sum, &bits, sizeof bits);
    }
    return (float)sum;
}

// The integers of a row in 64 bits, rounded as docs/numerics.md says.
static float expected_row(const struct matrix *m, size_t row, int k) {
    const struct se_gemm_code *g = &m->g;
    const struct se_format *f = &m->quantizer.format;
    float y = 0;
    for (size_t i = 0; i < g->columns; i += g->group) {
        float scale = m->scales[(row * g->columns + i) / g->group];
        int64_t sum1 = 0, sum2 = 0;
        for (size_t c = i; c < i + g->group; c++) {
            int64_t product = w[row * g->columns + c] * value_of(f, codes[c]);
            *(codes[c] >> f->code_bits ? &sum2 : &sum1) += product;
        }
        if (k >= 0) {
            y = rounded_once(scale * m->quantizer.s1, (float)(sum1 + sum2 * (1 << k)), y);
        } else {
            y = rounded_once(scale * m->quantizer.s1, (float)sum1, y);
            y = rounded_once(scale * m->quantizer.s2, (float)sum2, y);
        }
    }
    return y;
}

Test(gemm_code, rows_bit_for_bit) {
    uint64_t state = 93;
    static struct matrix m;
    for (int round = 0; round < 1200; round++) {
        int k = round % (SE_RATIO_LOG2_MAX + 2) - 1;
        float y[ROWS], ratio = k < 0 ? 1.5f + (float)(round % 89) : (float)(1 << k);
        random_matrix(&state, ratio, (size_t)ref_random_int(&state, 1, 16), &m);
        cr_assert(se_gemm_code(&m.g, 1, codes, y, NULL) == SE_OK);
        for (size_t r = 0; r < ROWS; r++) {
            float expected = expected_row(&m, r, k);
            cr_assert(y[r] == expected, "round %d (seed 93), row %zu: %a instead of %a", round, r,
                      (double)y[r], (double)expected);
        }
    }
}

static void expect_refused(struct se_gemm_code g, const char *needle) {
    struct se_error err = {""};
    cr_expect_eq(se_gemm_code_check(&g, &err), SE_INVALID, "%s", needle);
    cr_expect(strstr(err.message, needle), "\"%s\" lacks \"%s\"", err.message, needle);
}

Test(gemm_code, refusals) {
    const struct se_format offset = {4, true, -4, 15}, code8 = {8, true, -128, -128};
    struct se_quantizer q, free_ratio, wide;
    cr_assert(se_quantizer_init(&q, offset, 0.1f, 128, 1, 1, NULL) == SE_OK);
    cr_assert(se_quantizer_init(&free_ratio, offset, 0.1f, 100, 1, 1, NULL) == SE_OK);
    cr_assert(se_quantizer_init(&wide, code8, 0.1f, 100, 1, 1, NULL) == SE_OK);
    expect_refused((struct se_gemm_code){&q, 0, 8, 8, w, NULL}, "0 x 8");
    expect_refused((struct se_gemm_code){&q, 8, 0, 8, w, NULL}, "8 x 0");
    expect_refused((struct se_gemm_code){&q, 8, 8, 0, w, NULL}, "groups of 0");
    expect_refused((struct se_gemm_code){&q, 8, 8, 3, w, NULL}, "groups of 3");
    expect_refused((struct se_gemm_code){&q, 8, 5120, 5120, w, NULL}, "2516582400");
    expect_refused((struct se_gemm_code){&wide, 8, 131072, 131072, w, NULL}, "2147483648");
    expect_refused((struct se_gemm_code){&q, 1, SIZE_MAX, SIZE_MAX, w, NULL}, "32 bits");
    // The same sums in two accumulators, or in groups, stay within.
    cr_expect_eq(
        se_gemm_code_check(&(struct se_gemm_code){&free_ratio, 8, 5120, 5120, w, NULL}, NULL),
        SE_OK);
    cr_expect_eq(se_gemm_code_check(&(struct se_gemm_code){&q, 8, 5120, 128, w, NULL}, NULL),
                 SE_OK);
}
