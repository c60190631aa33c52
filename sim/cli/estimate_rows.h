// SPDX-License-Identifier: Apache-2.0
// The rows of a chip's estimate: memories, logic, engines, lookups, totals.
#pragma once

#include "estimate_table.h"
#include "w4a5se/chip_cost.h"

struct chip_tables {
    struct table memories, logic, engines, lookups, totals; // no lookups: Mamba-1
};

// Of a chip and its cost; the lookups' rows are those of the same chip with another lookup.
enum se_status chip_tables(const struct se_chip *chip, struct se_chip_prices *prices,
                           const struct se_chip_cost *cost, struct chip_tables *tables,
                           struct se_error *err);
