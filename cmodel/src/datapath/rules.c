// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"
#include "w4a5se/quantizer.h"

#include <math.h>

const char *const se_rule_names[] = {"none", "R1", "R2", "R3", NULL};

// Floats in increasing order: 0 is -infinity, 0xFF000000 is +infinity.
static float nth_float(uint32_t n) {
    uint32_t bits = n < 0x7F800000 ? UINT32_C(0xFF800000) - n : n - 0x7F800000;
    return se_f32_from_bits(bits);
}

// The largest float v for which HA(fl(v * inv_s)) <= limit; the rounded product is monotone in v.
static float last_rounding_to(float inv_s, int limit) {
    uint32_t within = 0, beyond = UINT32_C(0xFF000000);
    while (beyond - within > 1) {
        uint32_t middle = within + (beyond - within) / 2;
        if (se_f32_to_i32(nth_float(middle) * inv_s, NULL) <= limit) {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    return nth_float(within);
}

void se_thresholds_overflow(struct se_quantizer *q) {
    q->thr_pos = last_rounding_to(q->inv_s1, se_format_last(&q->format, false));
    // HA is odd, so the lower end is the upper end of the mirrored range.
    q->thr_neg = last_rounding_to(q->inv_s1, -se_format_base(&q->format, false));
}

void se_thresholds_percentile(struct se_quantizer *q, float magnitude) {
    q->thr_pos = magnitude;
    q->thr_neg = magnitude;
}

// Halfway from `end` (times s1) to the first multiple of s2 beyond it in [first, last].
static float midpoint_beyond(int end, int first, int last, double s1, double s2) {
    for (int level = first; level <= last; level++) {
        if (level * s2 > end * s1) {
            return (float)((level * s2 + end * s1) / 2);
        }
    }
    return INFINITY;
}

void se_thresholds_least_error(struct se_quantizer *q) {
    const struct se_format *f = &q->format;
    int first1 = se_format_base(f, false), last1 = se_format_last(f, false);
    int first2 = se_format_base(f, true), last2 = se_format_last(f, true);
    q->thr_pos = midpoint_beyond(last1, first2, last2, q->s1, q->s2);
    q->thr_neg = midpoint_beyond(-first1, -last2, -first2, q->s1, q->s2);
}
