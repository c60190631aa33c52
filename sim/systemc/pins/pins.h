// SPDX-License-Identifier: Apache-2.0
// A layer through w4a5se_top at its pins, in SystemC, as a C library.
#pragma once

#include "top.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SE_PINS_RUNS_MAX = 4 };

struct se_pins_job {
    const struct se_layer *layer;
    size_t runs; // one after the other, up to SE_PINS_RUNS_MAX
    const struct se_top_streams *streams;
    float *h; // [d_inner][d_state]: the scan's state at the end
    void (*first)(const struct se_top_bus *registers); // after reset; NULL: nothing
};

// Clock cycles since the start, a cycle of reset included, at the end of each step: tables written;
// each of the runs; counters and state read.
struct se_pins_result {
    uint64_t loaded, run[SE_PINS_RUNS_MAX], finished;
    struct se_host_counters counters;
};

// Pauses as se_top_open's for the same options, so that cycles can be compared. SystemC allows one
// such run a process; a second is SE_INVALID, as is what se_top_run and top_host.h refuse.
enum se_status se_pins_run(const struct se_rtl_options *options, const struct se_pins_job *job,
                           struct se_pins_result *result, struct se_error *err);

#ifdef __cplusplus
}
#endif
