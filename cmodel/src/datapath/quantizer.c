// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantizer.h"

#include "w4a5se/fp32.h"

#include <math.h>

bool se_is_scale(float s) {
    return isfinite(s) && s > 0 && isfinite(1 / s);
}

static enum se_status check_scale(const char *name, float s, struct se_error *err) {
    if (!isfinite(s) || s <= 0) {
        return se_fail(err, SE_INVALID, "%s is %g; a scale is a finite number above zero", name,
                       (double)s);
    }
    if (!isfinite(1.0f / s)) {
        return se_fail(err, SE_INVALID, "%s is %g; its reciprocal overflows binary32", name,
                       (double)s);
    }
    return SE_OK;
}

static enum se_status check_ratio(float ratio, bool dual, struct se_error *err) {
    if (!isfinite(ratio) || ratio < 1) {
        return se_fail(err, SE_INVALID, "ratio is %g; it is a finite number, 1 or more",
                       (double)ratio);
    }
    if (!dual && ratio != 1) {
        return se_fail(err, SE_INVALID, "ratio is %g, but a format without the flag has one scale",
                       (double)ratio);
    }
    return SE_OK;
}

static enum se_status check_thresholds(float thr_pos, float thr_neg, bool dual,
                                       struct se_error *err) {
    if (isnan(thr_pos) || isnan(thr_neg)) {
        return se_fail(err, SE_INVALID, "%s is not a number",
                       isnan(thr_pos) ? "thr_pos" : "thr_neg");
    }
    if (thr_pos < -thr_neg) {
        return se_fail(err, SE_INVALID, "thresholds cross: thr_pos %g lies below -thr_neg %g",
                       (double)thr_pos, (double)-thr_neg);
    }
    if (!dual && !(thr_pos == INFINITY && thr_neg == INFINITY)) {
        return se_fail(err, SE_INVALID,
                       "%s is not +infinity, but a format without the flag has no outliers",
                       thr_pos == INFINITY ? "thr_neg" : "thr_pos");
    }
    return SE_OK;
}

enum se_status se_quantizer_init(struct se_quantizer *q, struct se_format format, float s1,
                                 float ratio, float thr_pos, float thr_neg, struct se_error *err) {
    enum se_status status = se_format_check(&format, err);
    if (status == SE_OK) {
        status = check_scale("s1", s1, err);
    }
    if (status == SE_OK) {
        status = check_ratio(ratio, format.dual, err);
    }
    if (status == SE_OK) {
        status = check_scale("s2 (s1 * ratio)", s1 * ratio, err);
    }
    if (status == SE_OK) {
        status = check_thresholds(thr_pos, thr_neg, format.dual, err);
    }
    if (status != SE_OK) {
        return status;
    }
    float s2 = s1 * ratio;
    *q = (struct se_quantizer){.format = format,
                               .s1 = s1,
                               .ratio = ratio,
                               .s2 = s2,
                               .inv_s1 = 1.0f / s1,
                               .inv_s2 = 1.0f / s2,
                               .thr_pos = thr_pos,
                               .thr_neg = thr_neg};
    return SE_OK;
}

static bool is_outlier(const struct se_quantizer *q, float v) {
    return v > q->thr_pos || v < -q->thr_neg;
}

static uint16_t round_and_clamp(const struct se_format *f, bool flag, float scaled) {
    int integer = se_f32_to_i32(scaled, NULL);
    int first = se_format_base(f, flag), last = se_format_last(f, flag);
    integer = integer < first ? first : integer > last ? last : integer;
    return se_code_pack_q(f, flag, integer);
}

uint16_t se_quantize(const struct se_quantizer *q, float v) {
    bool flag = is_outlier(q, v);
    return round_and_clamp(&q->format, flag, v * (flag ? q->inv_s2 : q->inv_s1));
}

uint16_t se_quantize_divide(const struct se_quantizer *q, float v) {
    bool flag = is_outlier(q, v);
    return round_and_clamp(&q->format, flag, v / (flag ? q->s2 : q->s1));
}

float se_dequantize(const struct se_quantizer *q, uint16_t code) {
    float s = se_code_flag(&q->format, code) ? q->s2 : q->s1;
    return se_f32_canonical((float)se_code_q(&q->format, code) * s);
}

bool se_ratio_is_pow2(const struct se_quantizer *q, int *log2_ratio) {
    int exponent;
    bool pow2 = frexpf(q->ratio, &exponent) == 0.5f && exponent - 1 <= SE_RATIO_LOG2_MAX;
    *log2_ratio = exponent - 1;
    return pow2;
}

int32_t se_dequantize_integer(const struct se_quantizer *q, int log2_ratio, uint16_t code) {
    int32_t integer = se_code_q(&q->format, code);
    return se_code_flag(&q->format, code) ? integer * (1 << log2_ratio) : integer;
}
