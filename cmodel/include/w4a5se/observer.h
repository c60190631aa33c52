// SPDX-License-Identifier: Apache-2.0
// Observers: they see what a tensor holds, batch by batch, and give its static scale of INT8.
#pragma once

#include "w4a5se/rows.h"

enum se_observer_kind {
    SE_OBSERVER_ABSMAX = 0,   // the largest magnitude is 127
    SE_OBSERVER_MINMAX,       // the largest value at most 127, the smallest at least -128
    SE_OBSERVER_PERCENTILE,   // a batch's quantile `alpha` of magnitudes, averaged, is 127
    SE_OBSERVER_LEAST_ERROR,  // least squared error over a selection of the values
    SE_OBSERVER_OUTLIER_AWARE // the averaged quantile 0.99 is 120: outliers have 121 to 127
};

// "absmax", "minmax", "percentile", "least-error", "outlier-aware", NULL.
extern const char *const se_observer_names[];

struct se_observer_options {
    enum se_observer_kind kind;
    double alpha; // in (0, 1], for SE_OBSERVER_PERCENTILE
    double sigma; // in (0, 1]: average += sigma * (quantile - average), from the first one on
};

// Quamba's for small models: percentile 0.99999 with sigma 0.01; and absmax.
extern const struct se_observer_options se_observer_percentile, se_observer_absmax;

enum se_status se_observer_check(const struct se_observer_options *options, struct se_error *err);

struct se_observer {
    struct se_observer_options options;
    float low, high; // of all values, and 0
    double average;  // of the batches' quantiles
    size_t batches;
    float *batch; // magnitudes of the present one, where quantiles are taken
    size_t used, room;
    struct se_rows kept; // where errors are
};

// A zeroed observer with its options set is a new one.
void se_observer_free(struct se_observer *observer);

// More of the present batch. SE_INVALID when a value is not finite; SE_NO_MEMORY.
enum se_status se_observer_see(struct se_observer *observer, size_t n, const float *values,
                               struct se_error *err);

// Ends a batch of one value or more; the quantile is interpolated, as torch.quantile's.
void se_observer_end_batch(struct se_observer *observer);

// The scale; of what has only been zero, 1e-5 / 127, as Quamba has it.
enum se_status se_observer_scale(const struct se_observer *observer, float *scale,
                                 struct se_error *err);
