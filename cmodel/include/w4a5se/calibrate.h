// SPDX-License-Identifier: Apache-2.0
// From recorded activations to a quantiser: scales, ratio, bases and thresholds.
#pragma once

#include "w4a5se/quantizer.h"

// Activations prepared for calibration: sorted, with running sums, so that the squared error of any
// quantiser costs a few binary searches.
struct se_samples {
    size_t n;
    float *sorted;         // [n] ascending
    float *magnitudes;     // [n] ascending |v|
    double *sum, *squares; // [n + 1] running sums of v and v^2
};

// Copies values[n]. SE_INVALID when n is 0, when a value is not finite (the message gives its
// index) or when all are zero.
enum se_status se_samples_init(struct se_samples *samples, size_t n, const float *values,
                               struct se_error *err);
void se_samples_free(struct se_samples *samples);

// Nearest rank: the smallest magnitude that at least `percentile` % of the values do not exceed;
// percentile in (0, 100].
float se_samples_percentile(const struct se_samples *samples, double percentile);

// Sum of squared errors over the samples. Boundaries are taken in real arithmetic; a sample on a
// near-tie may be counted for the other neighbour, which changes the sum by less than its rounding.
double se_squared_error(const struct se_samples *samples, const struct se_quantizer *q);

// The same of levels[n] * scale, ascending, each sample on the nearest.
double se_levels_squared_error(const struct se_samples *samples, size_t n, const float *levels,
                               double scale);

enum se_scale_method {
    SE_SCALE_ABSMAX,      // s1 covers the largest magnitude
    SE_SCALE_PERCENTILE,  // s1 covers the percentile of magnitudes
    SE_SCALE_LEAST_ERROR, // s1 by least squared error, together with whatever else is free
};

enum se_ratio_choice { SE_RATIO_FIXED, SE_RATIO_FREE, SE_RATIO_POW2 };

struct se_calibration {
    int code_bits; // 4..8
    bool dual;
    bool free_bases;   // bases by least squared error; else two's complement
    enum se_rule rule; // R1..R3 for dual formats, SE_RULE_NONE otherwise
    enum se_scale_method scale;
    double percentile; // for SE_SCALE_PERCENTILE and SE_RULE_R2, in (0, 100]
    enum se_ratio_choice ratio_choice;
    float ratio; // for SE_RATIO_FIXED, 1 or more
};

// SE_INVALID names the option that is out of range or does not fit the others.
enum se_status se_calibration_check(const struct se_calibration *options, struct se_error *err);

// Searches a grid, then refines the best points (docs/numerics.md, "Calibration"). s1 covers a
// magnitude m when last1 * s1 = m with two's complement bases; with free ones, when the range
// reaches m, or the extreme value where that is nearer, on both sides of zero. SE_INVALID names the
// option at fault.
enum se_status se_calibrate(const struct se_samples *samples, const struct se_calibration *options,
                            struct se_quantizer *q, struct se_error *err);

// "absmax", "percentile", "least-error", NULL: indexed by enum se_scale_method.
extern const char *const se_scale_names[];
