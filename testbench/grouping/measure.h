// SPDX-License-Identifier: Apache-2.0
// SQNR of formats whose scales come from a table that was grouped on a layer's calibration part.
#pragma once

#include "w4a5se/grouping.h"

enum { CHANNELS_MAX = 1024 };

struct part {
    size_t tokens, channels;
    float *values; // [tokens][channels]
};

enum mode {
    INT8_ABSMAX,
    INT8_HEADROOM,
    INT8_LEAST,
    INT4_ABSMAX,
    INT4_LEAST,
    DUAL,
    DUAL_OFFSET,
    MODES
};
extern const char *const mode_names[MODES];

struct measurement {
    double sqnr_db[MODES];        // on the test part
    double calibration_db[MODES]; // on the part that the scales come from
    uint16_t permutation[CHANNELS_MAX];
};

// SE_INVALID when the parts do not have the shape's channels, or as the functions that are used.
enum se_status measure(const struct se_scale_shape *shape, const struct part *calibration,
                       const struct part *test, struct measurement *result, struct se_error *err);
