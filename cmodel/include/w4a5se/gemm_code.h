// SPDX-License-Identifier: Apache-2.0
// GEMM on codes as they are stored, dual-scale ones too: every sum of products is an exact integer
// (docs/numerics.md, "GEMM on codes").
//
// Two forms of the sum over n columns, w 8-bit weights and q, flag those of the codes:
//   wide    sum w * (q << (flag ? k : 0))                for a ratio of 2^k: one accumulator
//   split   sum1 of w * q with flag 0, sum2 with flag 1  for any ratio: two accumulators
// With a ratio of 2^k the first is sum1 + sum2 * 2^k of the second.
#pragma once

#include "w4a5se/quantizer.h"

// Both sums must stay within 32 bits (se_gemm_code_bound).
int32_t se_code_dot_wide(const struct se_format *format, int log2_ratio, size_t n, const int8_t *w,
                         const uint16_t *codes);

struct se_code_sums {
    int32_t sum1, sum2;
};
struct se_code_sums se_code_dot_split(const struct se_format *format, size_t n, const int8_t *w,
                                      const uint16_t *codes);

// The largest magnitude that a sum of n products of 8-bit weights can have: with log2_ratio of the
// wide form (0 for one scale), with -1 of either sum of the split form.
int64_t se_gemm_code_bound(const struct se_format *format, int log2_ratio, size_t n);

// A weight matrix: 8-bit weights or fewer bits, a scale for each row and group of columns.
struct se_gemm_code {
    const struct se_quantizer *quantizer; // of the codes
    size_t rows, columns, group;          // group: columns that share a scale
    const int8_t *w;                      // [rows][columns]
    const float *scales;                  // [rows][columns / group]
};

// SE_INVALID names the size that is 0, a group that does not divide the columns, or sums of a group
// that may leave 32 bits.
enum se_status se_gemm_code_check(const struct se_gemm_code *g, struct se_error *err);

// codes[tokens][columns] -> y[tokens][rows]. From y = 0 on, groups ascending, s the group's scale:
//   ratio 2^k, or one scale   y = fma(fl(s * s1), (float)sum, y)
//   any other                 y = fma(fl(s * s2), (float)sum2, fma(fl(s * s1), (float)sum1, y))
// SE_NO_MEMORY when there is none for a token's integers.
enum se_status se_gemm_code(const struct se_gemm_code *g, size_t tokens, const uint16_t *codes,
                            float *y, struct se_error *err);
