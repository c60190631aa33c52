// SPDX-License-Identifier: Apache-2.0
// The same random operand sets through the Verilated units, result and flags compared with the C
// model, which the sweep compares with the reference.
#pragma once

#include "../fp/operations.h"
#include "w4a5se/status.h"

enum { FP_BLOCKS_MAX = 16 };

struct fp_rtl {
    uint64_t sets, seed; // operand sets for each block and operation
    size_t blocks;
    double seconds; // processor time of everything
    struct fp_rtl_result {
        const char *block;
        const struct fp_operation *operation;
        struct fp_tally tally; // expected: the C model's
        double cpu_seconds;
    } results[FP_BLOCKS_MAX];
};

// Fills in blocks, seconds and results. Errors as se_rtl_open and se_rtl_stream.
enum se_status fp_rtl_run(struct fp_rtl *rtl, struct se_error *err);

uint64_t fp_rtl_differences(const struct fp_rtl *rtl);
