// SPDX-License-Identifier: Apache-2.0
// The quantiser at the convolution's output and the dual-scale MUX that undoes it
// (docs/numerics.md).
//
//   flag = v > thr_pos or v < -thr_neg          q = clamp(HA(fl(v * inv_s)), base, base + 2^B - 1)
//   u    = fl((float)q * s)                     s = flag ? s2 : s1, s2 = fl(s1 * ratio)
#pragma once

#include "w4a5se/format.h"

struct se_quantizer {
    struct se_format format;
    float s1, ratio;
    float s2, inv_s1, inv_s2; // derived: fl(s1 * ratio), fl(1 / s1), fl(1 / s2)
    float thr_pos, thr_neg;   // +infinity: never an outlier on that side
};

// Whether s can be a scale: it and its reciprocal are finite and above zero.
bool se_is_scale(float s);

// Fills *q from its arguments and derives s2 and the reciprocals. SE_INVALID when a scale is NaN,
// infinite, zero or negative, when a reciprocal is not finite, when ratio < 1 or is not finite,
// when a threshold is NaN, when the thresholds cross (thr_pos < -thr_neg), or when a single-scale
// format comes with a ratio other than 1 or a finite threshold.
enum se_status se_quantizer_init(struct se_quantizer *q, struct se_format format, float s1,
                                 float ratio, float thr_pos, float thr_neg, struct se_error *err);

// The datapath's form: one multiplication by the reciprocal.
uint16_t se_quantize(const struct se_quantizer *q, float v);

// The reference form, HA(fl(v / s)); differs from se_quantize only near ties.
uint16_t se_quantize_divide(const struct se_quantizer *q, float v);

float se_dequantize(const struct se_quantizer *q, uint16_t code);

// True when s2 = s1 * 2^k exactly for k = *log2_ratio in 0..SE_RATIO_LOG2_MAX, so that
// dequantisation is a shift of q and one scale.
enum { SE_RATIO_LOG2_MAX = 7 };
bool se_ratio_is_pow2(const struct se_quantizer *q, int *log2_ratio);

// The integer of the power-of-two form: q * 2^(flag * log2_ratio), in units of s1.
int32_t se_dequantize_integer(const struct se_quantizer *q, int log2_ratio, uint16_t code);

// Outlier rules: each sets thr_pos and thr_neg of an otherwise complete dual-scale quantiser.
enum se_rule {
    SE_RULE_NONE = 0, // single scale
    SE_RULE_R1,       // overflow: HA(fl(v * inv_s1)) leaves [base1, last1]
    SE_RULE_R2,       // |v| above a calibrated percentile
    SE_RULE_R3,       // least error: halfway between the ends of the two ranges
};

// "none", "R1", "R2", "R3", NULL: indexed by enum se_rule.
extern const char *const se_rule_names[];

// R1: thr_pos is the largest float that still rounds to last1 through the multiplication, so that
// the comparison decides exactly as the rounded integer would; thr_neg likewise.
void se_thresholds_overflow(struct se_quantizer *q);

// R2: both thresholds are `magnitude`, the percentile of |v| (>= 0).
void se_thresholds_percentile(struct se_quantizer *q, float magnitude);

// R3: the midpoint between the last level of s1's range and the next level of s2's beyond it, or
// +infinity where s2's range has none.
void se_thresholds_least_error(struct se_quantizer *q);
