// SPDX-License-Identifier: Apache-2.0
// Tables of fp32_log1p (docs/numerics.md, "log1p"), computed with MPFR.
#include "tables.h"

#include <math.h>

enum { F = 45, FACTOR_BITS = 8, FINE_LOG2 = 11, CUBE_LOG2 = 19, COARSE_GRID = 6, BATCH_SPLIT = 22 };

// 1 - factor/2^8 is the reciprocal of 1 + t at the middle of an interval. Intervals are 1/64 wide;
// the first is cut in two, and 1 stands for its lower half.
static long factor_entry(int i) {
    double middle = i == 1 ? 1.5 / 128 : (i / 2 + 0.5) / 64;
    return i == 0 ? 0 : lround(256 - 256 / (1 + middle));
}

// -ln(1 - value) in units of 2^-scale.
static long minus_log(double value, int scale) {
    mpfr_t x;
    mpfr_init2(x, TABLE_PRECISION);
    mpfr_set_d(x, -value, MPFR_RNDN);
    mpfr_log1p(x, x, MPFR_RNDN);
    mpfr_neg(x, x, MPFR_RNDN);
    long entry = table_round_scaled(x, scale);
    mpfr_clear(x);
    return entry;
}

static long coarse_entry(int i) {
    return minus_log((double)factor_entry(i) / (1 << FACTOR_BITS), F - COARSE_GRID);
}

static long fine_entry(int j) {
    return minus_log((double)j / (1 << FINE_LOG2), F);
}

// The cube's third at the middle of a step.
static long cube_entry(int i) {
    mpfr_t x;
    mpfr_init2(x, TABLE_PRECISION);
    mpfr_set_d(x, (i + 0.5) / (1 << CUBE_LOG2), MPFR_RNDN);
    mpfr_pow_ui(x, x, 3, MPFR_RNDN);
    mpfr_div_ui(x, x, 3, MPFR_RNDN);
    long entry = table_round_scaled(x, F);
    mpfr_clear(x);
    return entry;
}

// The batch looks up 64 entries of 32 bits: every other interval, the first of them in its upper
// half, and the logarithms in two parts, worth 2^22 and 1 in units of 2^-F.
static void batch_tables(FILE *c, const long *factor, const long *coarse, const long *fine) {
    long rest[64], coarse_high[64], coarse_low[64], fine_high[64], fine_low[64];
    for (int i = 0; i < 64; i++) {
        int interval = i ? 2 * i : 1;
        rest[i] = (1 << FACTOR_BITS) - factor[interval];
        coarse_high[i] = coarse[interval] >> (BATCH_SPLIT - COARSE_GRID);
        coarse_low[i] = (coarse[interval] << COARSE_GRID) & ((1 << BATCH_SPLIT) - 1);
        fine_high[i] = fine[i] >> BATCH_SPLIT;
        fine_low[i] = fine[i] & ((1 << BATCH_SPLIT) - 1);
    }
    table_c(c, "log1p_batch_rest", "int32_t", 64, rest);
    table_c(c, "log1p_batch_coarse_high", "int32_t", 64, coarse_high);
    table_c(c, "log1p_batch_coarse_low", "int32_t", 64, coarse_low);
    table_c(c, "log1p_batch_fine_high", "int32_t", 64, fine_high);
    table_c(c, "log1p_batch_fine_low", "int32_t", 64, fine_low);
}

void generate_log1p(FILE *c, FILE *sv) {
    // No input reaches |j| above 18, nor a cube beyond 2^-11.59.
    const int fine_reach = 18, cube_reach = 170;
    long factor[128], coarse[128], fine[64] = {0}, cube[256] = {0};
    for (int i = 0; i < 128; i++) {
        factor[i] = factor_entry(i);
        coarse[i] = coarse_entry(i);
    }
    for (int j = -fine_reach; j <= fine_reach; j++) {
        fine[j & 63] = fine_entry(j);
    }
    for (int i = 0; i <= cube_reach; i++) {
        cube[i] = cube_entry(i);
    }
    table_c(c, "log1p_factor", "int32_t", 128, factor);
    table_c(c, "log1p_coarse", "int64_t", 128, coarse);
    table_c(c, "log1p_fine", "int64_t", 64, fine);
    table_c(c, "log1p_cube", "int32_t", 256, cube);
    batch_tables(c, factor, coarse, fine);
    table_sv(sv, "log1p_factor", 7, 8, 128, factor);
    table_sv(sv, "log1p_coarse", 7, 39, 128, coarse);
    table_sv(sv, "log1p_fine", 6, 40, 64, fine);
    table_sv(sv, "log1p_cube", 8, 9, 256, cube);
}
