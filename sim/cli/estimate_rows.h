// SPDX-License-Identifier: Apache-2.0
// The rows of a chip's estimate: memories, engines, totals.
#pragma once

#include "estimate_logic.h"
#include "estimate_table.h"
#include "w4a5se/chip.h"

struct chip_estimate {
    // Of the caller:
    struct se_chip chip;
    struct se_tech tech;
    struct synthesised logic;
    double clock_ratio; // of this technology to the synthesised one
    // Of chip_estimate:
    size_t n;
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    struct se_memory_estimate costs[SE_CHIP_MEMORIES_MAX];
    struct table memory_table, logic_table, lookup_table, total_table; // no lookups: Mamba-1
};

enum se_status chip_estimate(struct chip_estimate *e, struct se_error *err);
