// SPDX-License-Identifier: Apache-2.0
// The best any scalar quantiser of so many levels can do: a Lloyd-Max codebook, found exactly. A
// yardstick for the formats, not a part of the datapath.
#pragma once

#include "w4a5se/calibrate.h"

// levels[n] ascending: the codebook with the least squared error over the samples, by dynamic
// programming over the sorted values (divide and conquer, O(n_levels N log N)); exact as far as
// running sums in double go, which lose values some 2^50 below the largest. n_levels is 1..256.
// SE_INVALID when there are fewer samples than levels.
enum se_status se_codebook_fit(const struct se_samples *samples, size_t n_levels, float *levels,
                               struct se_error *err);

// The level nearest to v.
float se_codebook_nearest(size_t n_levels, const float *levels, float v);
