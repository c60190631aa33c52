// SPDX-License-Identifier: Apache-2.0
// What a quantiser did to a set of values.
#pragma once

#include "w4a5se/quantizer.h"

struct se_quality {
    size_t values;
    double sqnr_db;       // 10 log10(sum v^2 / sum (v - u)^2); +infinity without error
    size_t outliers;      // codes with the flag
    size_t clipped;       // values that round to an integer outside the range of their flag
    size_t outliers_zero; // outliers whose dequantised value is 0
    size_t reciprocal;    // codes that the division form would give differently
};

// values[n], codes[n] as se_quantize gave them, u[n] as se_dequantize did.
struct se_quality se_quality_measure(const struct se_quantizer *q, size_t n, const float *values,
                                     const uint16_t *codes, const float *u);

double se_sqnr_db(size_t n, const float *values, const float *u);
