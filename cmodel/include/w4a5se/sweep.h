// SPDX-License-Identifier: Apache-2.0
// A sweep: the formats that the main job compares, from a YAML file.
//
//   formats:
//   - name: w4a5-se         # a mode's name; rows may share it
//     code_bits: 4          # 4..8
//     rule: R1              # none (one scale, the default), R1, R2 or R3
//     bases: signed         # signed (the default) or free
//     scale: percentile     # absmax, percentile or least-error (the default)
//     percentile: 99        # for percentile and R2; 99 where absent
//     ratio: 16             # for R1..R3: a number, free (the default) or pow2
#pragma once

#include "w4a5se/calibrate.h"

enum { SE_SWEEP_MAX = 128, SE_SWEEP_NAME = 32 };

struct se_sweep {
    size_t n;
    struct se_sweep_format {
        char name[SE_SWEEP_NAME];
        struct se_calibration calibration;
    } formats[SE_SWEEP_MAX];
};

// SE_IO when the file cannot be read, SE_INVALID, naming file, format and key, when it is no sweep.
enum se_status se_sweep_load(const char *path, struct se_sweep *sweep, struct se_error *err);
