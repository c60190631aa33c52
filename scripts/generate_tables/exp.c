// SPDX-License-Identifier: Apache-2.0
// Tables of fp32_exp (docs/numerics.md, "exp"), computed with MPFR and written once for C and once
// for the RTL.
#include "tables.h"

enum { F = 35, COARSE_LOG2 = 6, FACTOR_BITS = 8, FINE_LOG2 = 11 };

// Mean of what the later steps truncate, in units of 2^-F: the coarse table gives it back.
static const double truncated_mean = 0.5;

// The short factor nearest exp at the middle of coarse interval i, less 1, in units of 2^-8.
static int coarse_factor(int i) {
    mpfr_t x;
    mpfr_init2(x, TABLE_PRECISION);
    mpfr_set_d(x, (i + 0.5) / (1 << COARSE_LOG2), MPFR_RNDN);
    mpfr_expm1(x, x, MPFR_RNDN);
    long f = table_round_scaled(x, FACTOR_BITS);
    mpfr_clear(x);
    return (int)(f > 127 ? 127 : f < -128 ? -128 : f);
}

// i * 2^-6 - ln(1 + f * 2^-8) in units of 2^-F, with the half step that makes `fine` a rounding.
static long coarse_offset(int i, int f) {
    mpfr_t x, y;
    mpfr_inits2(TABLE_PRECISION, x, y, (mpfr_ptr)NULL);
    mpfr_set_d(x, (double)f / (1 << FACTOR_BITS), MPFR_RNDN);
    mpfr_log1p(x, x, MPFR_RNDN);
    mpfr_d_sub(x, (double)i / (1 << COARSE_LOG2), x, MPFR_RNDN);
    mpfr_set_d(y, truncated_mean, MPFR_RNDN);
    mpfr_div_2ui(y, y, F, MPFR_RNDN);
    mpfr_add(x, x, y, MPFR_RNDN);
    long offset = table_round_scaled(x, F) + (1L << (F - FINE_LOG2 - 1));
    mpfr_clears(x, y, (mpfr_ptr)NULL);
    return offset;
}

// j * 2^-11 - ln(1 + j * 2^-11) in units of 2^-F.
static long fine_offset(int j) {
    mpfr_t x, y;
    mpfr_inits2(TABLE_PRECISION, x, y, (mpfr_ptr)NULL);
    mpfr_set_d(x, (double)j / (1 << FINE_LOG2), MPFR_RNDN);
    mpfr_log1p(y, x, MPFR_RNDN);
    mpfr_sub(x, x, y, MPFR_RNDN);
    long offset = table_round_scaled(x, F);
    mpfr_clears(x, y, (mpfr_ptr)NULL);
    return offset;
}

// Entries that no input reaches are don't-cares in the ROM and 0 in C.
static void entries(int reach, long (*value)(int), long *out) {
    for (int i = -32; i < 32; i++) {
        out[i & 63] = i >= -reach - 1 && i <= reach ? value(i) : 0;
    }
}

static long factor_entry(int i) {
    return coarse_factor(i);
}
static long coarse_entry(int i) {
    return coarse_offset(i, coarse_factor(i));
}
static long fine_entry(int j) {
    return fine_offset(j);
}

// What the batch adds to 2^k * q's share to get the result's bits: the factor, doubled where it is
// below 1, so that it has 9 bits, and the exponent that goes with it.
static long batch_power(int i) {
    long factor = (1 << FACTOR_BITS) + coarse_factor(i);
    return i < 0 ? (125L << 23) + (factor << 16) : (126L << 23) + (factor << 15);
}

// d2 - d1: the fine entry less the middle of its interval.
static long batch_fine(int j) {
    return fine_offset(j) - j * (1L << (F - FINE_LOG2)) - (1L << (F - FINE_LOG2 - 1));
}

void generate_exp(FILE *c, FILE *sv) {
    // |r| < 0.3791 reaches coarse intervals -25 to 24; |j| stays at or below 20.
    const int coarse_reach = 24, fine_reach = 20;
    long factor[64], power[64], coarse[64], fine[64], middle[64];
    entries(coarse_reach, factor_entry, factor);
    entries(coarse_reach, batch_power, power);
    entries(coarse_reach, coarse_entry, coarse);
    entries(fine_reach, fine_entry, fine);
    entries(fine_reach, batch_fine, middle);
    fine[-21 & 63] = middle[-21 & 63] = 0;
    table_c(c, "exp_factor", "int32_t", 64, factor);
    table_c(c, "exp_coarse", "int32_t", 64, coarse);
    table_c(c, "exp_fine", "int32_t", 64, fine);
    table_c(c, "exp_batch_power", "int32_t", 64, power);
    table_c(c, "exp_batch_fine", "int32_t", 64, middle);
    table_sv(sv, "exp_factor", 6, 8, 64, factor);
    table_sv(sv, "exp_coarse", 6, 30, 64, coarse);
    table_sv(sv, "exp_fine", 6, 21, 64, fine);
}
