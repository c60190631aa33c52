// SPDX-License-Identifier: Apache-2.0
// From magnitudes of channels to a scale table (w4a5se/scale_table.h), offline, as Quamba2 does it:
// sort the channels of each head, cluster heads whose sorted channels are alike, then cut the
// dimensions of each cluster. Groups become contiguous by a permutation of channels, which the
// weights around the convolution absorb.
#pragma once

#include "w4a5se/scale_table.h"

// magnitudes[channels] of values[tokens][channels]: of each channel the nearest rank that at least
// `percentile` % of its magnitudes do not exceed; percentile in (0, 100], 100: the largest.
// SE_INVALID names a value that is not finite; SE_NO_MEMORY.
enum se_status se_channel_magnitudes(size_t tokens, size_t channels, const float *values,
                                     double percentile, float *magnitudes, struct se_error *err);

// Where a grouping goes: the arrays of a table, and which channel stands at each place of it.
struct se_grouping {
    uint32_t *head_range;  // [groups][head_groups]
    uint32_t *dim_range;   // [groups][head_groups][dim_groups]
    float *scales;         // [groups][head_groups][dim_groups]
    uint16_t *permutation; // [channels]: the channel at place i; it stays in its group and head
};

// A channel's magnitude m (absmax or a percentile) is covered by a scale of m / last or more. The
// noise of a uniform quantiser goes with the square of its scale: heads are merged two by two where
// that raises the sum of squared scales over channels least, and each cluster's dimensions are cut
// where that sum is least. Head groups stand in the order of their largest scale, dimensions in
// that of their magnitude. A group without a channel, or of zeros only, gets the table's largest
// scale. SE_INVALID names a wrong size, more than 65536 channels, a magnitude that is negative or
// not finite, one too small to have a scale, or says that all are zero; SE_NO_MEMORY.
enum se_status se_group_channels(const struct se_scale_shape *shape, const float *magnitudes,
                                 float last, const struct se_grouping *grouping,
                                 struct se_error *err);
