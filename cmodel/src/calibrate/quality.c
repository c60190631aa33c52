// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quality.h"

#include "w4a5se/fp32.h"

#include <math.h>

double se_sqnr_db(size_t n, const float *values, const float *u) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        double error = (double)values[i] - (double)u[i];
        signal += (double)values[i] * (double)values[i];
        noise += error * error;
    }
    return noise > 0 ? 10 * log10(signal / noise) : INFINITY;
}

static bool is_clipped(const struct se_quantizer *q, bool flag, float v) {
    int32_t integer = se_f32_to_i32(v * (flag ? q->inv_s2 : q->inv_s1), NULL);
    return integer < se_format_base(&q->format, flag) || integer > se_format_last(&q->format, flag);
}

struct se_quality se_quality_measure(const struct se_quantizer *q, size_t n, const float *values,
                                     const uint16_t *codes, const float *u) {
    struct se_quality quality = {.values = n, .sqnr_db = se_sqnr_db(n, values, u)};
    for (size_t i = 0; i < n; i++) {
        bool flag = se_code_flag(&q->format, codes[i]);
        quality.outliers += flag;
        quality.clipped += is_clipped(q, flag, values[i]);
        quality.outliers_zero += flag && u[i] == 0;
        quality.reciprocal += codes[i] != se_quantize_divide(q, values[i]);
    }
    return quality;
}
