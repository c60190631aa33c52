// SPDX-License-Identifier: Apache-2.0
// How far the scan in binary32 is from real numbers, on values like a trained model's.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>
#include <stdint.h>

struct scan_shape {
    const char *name;
    size_t d_inner, d_state, tokens;
};

// Of relative errors |value - exact| / |exact|, zeros left out.
struct scan_error_row {
    double mean, p999, max; // p999: the 99.9th percentile
    double rms;             // root of sum (value - exact)^2 / sum exact^2
    double of_bound;        // the largest error over what running error analysis allows it
};

struct scan_errors {
    struct scan_error_row states, y, y16; // h after the last token; y before and after to_f16
};

// Steps log-uniform in 0.001 to 0.1 when q_dt is 0, A[d][n] = -(n + 1) as models start from (-1 to
// -16 for 16 states), u of SiLU's shape, codes uniform, gate on, h from 0. SE_NO_MEMORY.
enum se_status scan_error_measure(const struct scan_shape *shape, uint64_t seed,
                                  struct scan_errors *errors, struct se_error *err);
