// SPDX-License-Identifier: Apache-2.0
// Seeded random operand sets for every operation, shared out among threads in chunks. A chunk's
// operands follow from seed, operation and chunk alone, so the counts do not depend on the threads.
#pragma once

#include "../fp/operations.h"
#include "w4a5se/status.h"

enum { FP_OPERATIONS_MAX = 16, FP_THREADS_MAX = 256 };

struct fp_sweep {
    uint64_t sets, seed; // operand sets for each operation
    int threads;         // 1..FP_THREADS_MAX
    size_t operations;
    double seconds; // on the clock
    struct fp_sweep_result {
        struct fp_tally tally;
        uint64_t first_chunk; // that of tally.first
        double cpu_seconds;
    } results[FP_OPERATIONS_MAX];
};

// Fills in operations, seconds and results. Progress goes to standard error when it is a terminal.
enum se_status fp_sweep_run(struct fp_sweep *sweep, struct se_error *err);

uint64_t fp_sweep_differences(const struct fp_sweep *sweep);
