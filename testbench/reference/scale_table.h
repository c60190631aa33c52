// SPDX-License-Identifier: Apache-2.0
// Random legal scale tables together with every channel's index, which is not looked up: the groups
// are laid out member after member, and bounds are where they end.
#pragma once

#include "w4a5se/scale_table.h"

enum {
    RANDOM_TABLE_SCALES = 128,
    RANDOM_TABLE_CHANNELS = 8192,
};

struct random_table {
    struct se_scale_table table; // points into this struct
    uint32_t head_range[RANDOM_TABLE_SCALES], dim_range[RANDOM_TABLE_SCALES];
    float scales[RANDOM_TABLE_SCALES];
    uint32_t index[RANDOM_TABLE_CHANNELS];
};

// Empty groups and groups of one member are frequent. Scales are all different, and exact in the
// format.
void random_table(struct random_table *table, const struct se_scale_shape *shape,
                  enum se_scale_format format, uint64_t *state);
