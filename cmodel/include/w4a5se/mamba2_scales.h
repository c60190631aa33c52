// SPDX-License-Identifier: Apache-2.0
// The scales of a Mamba-2 layer that are not one a point (docs/numerics.md, "Quantised Mamba-2").
#pragma once

#include "w4a5se/grouping.h"
#include "w4a5se/model.h"

struct se_mamba2_scales {
    struct se_scale_shape shape; // its groups are the model's
    struct se_grouping grouping; // of u's channels; scales are the magnitudes that they cover
    size_t d_state;
    float in_b, in_c; // INT8 scales of B and C in front of the convolution
    float *b, *c;     // [groups], behind it
    float *state;     // [groups][head_groups][dim_groups][d_state]
};

// One piece of memory, zeroed, that free releases; NULL where there is none. The shape is legal.
struct se_mamba2_scales *se_mamba2_scales_new(const struct se_scale_shape *shape, size_t d_state);

// A copy of `from` (may be NULL, which gives NULL and SE_OK).
enum se_status se_mamba2_scales_copy(const struct se_mamba2_scales *from,
                                     struct se_mamba2_scales **copy, struct se_error *err);

// SE_INVALID names what is no legal table, permutation or scale.
enum se_status se_mamba2_scales_check(const struct se_mamba2_scales *scales, struct se_error *err);

// Whether they are of a model's shape; scales may be NULL, which is right for Mamba-1 alone.
// SE_INVALID says what is not.
enum se_status se_mamba2_scales_fit(const struct se_mamba2_scales *scales,
                                    const struct se_model_config *config, struct se_error *err);

// The grouping as a table.
struct se_scale_table se_mamba2_table(const struct se_mamba2_scales *scales);

// Of each channel, in the model's order: magnitudes[channels], and s_h[channels][d_state].
void se_grouping_expand(const struct se_scale_shape *shape, const struct se_grouping *grouping,
                        float *magnitudes);
void se_mamba2_state_expand(const struct se_mamba2_scales *scales, float *s_h);
