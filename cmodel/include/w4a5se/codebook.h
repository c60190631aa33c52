// SPDX-License-Identifier: Apache-2.0
// Codebooks: a value becomes the nearest of any set of levels. What a format with other than evenly
// spaced levels comes to (codebook_formats.h), and the best that any scalar quantiser of so many
// levels can do: a Lloyd-Max codebook, found exactly. Yardsticks, not a part of the datapath.
#pragma once

#include "w4a5se/calibrate.h"

enum { SE_CODEBOOK_MAX = 256 };

struct se_codebook {
    size_t n;
    float levels[SE_CODEBOOK_MAX]; // [n] ascending, in units of the scale
    float scale, inv_scale;        // inv_scale = fl(1 / scale)
};

// Copies levels[n]. SE_INVALID names n outside 1..256, the level that is not finite or not above
// the one before it, or a scale that is not positive and finite or whose reciprocal is not finite.
enum se_status se_codebook_init(struct se_codebook *codebook, size_t n, const float *levels,
                                float scale, struct se_error *err);

// u[i] = fl(level * scale), the level nearest to fl(y[i] * inv_scale); a tie goes to the level
// further from zero, a NaN to the one nearest 0. With the integers of an INT format this is
// se_quantize and se_dequantize, bit for bit. y and u may be the same array.
void se_codebook_apply(const struct se_codebook *codebook, size_t n, const float *y, float *u);

// levels[n] ascending: the codebook with the least squared error over the samples, by dynamic
// programming over the sorted values (divide and conquer, O(n_levels N log N)); exact as far as
// running sums in double go, which lose values some 2^50 below the largest. n_levels is 1..256.
// SE_INVALID when there are fewer samples than levels.
enum se_status se_codebook_fit(const struct se_samples *samples, size_t n_levels, float *levels,
                               struct se_error *err);

// The level nearest to v; a tie goes to the level further from zero, a NaN to the one nearest 0.
float se_codebook_nearest(size_t n_levels, const float *levels, float v);
