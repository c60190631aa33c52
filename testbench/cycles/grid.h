// SPDX-License-Identifier: Apache-2.0
// Configurations whose cycles are simulated and counted by the library's formulas (cycles.h).
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>
#include <stdint.h>

enum cycles_block {
    CYCLES_CONV,
    CYCLES_CONV_LOOKUP, // with a table
    CYCLES_SCAN,
    CYCLES_SCAN_LOOKUP,
    CYCLES_WALK,    // a lookup alone, every channel in order; tokens: walks
    CYCLES_REQUEST, // and one request
    CYCLES_TOP_CONV,
    CYCLES_TOP_SCAN,
    CYCLES_BLOCKS,
};
extern const char *const cycles_block_names[]; // by enum cycles_block

struct cycles_row {
    enum cycles_block block;
    size_t index;           // of the instance in its block's list; of CYCLES_CONV its code_bits
    char instance[40];      // its name
    size_t lanes, d_state;  // of a scan, else 0
    size_t d_inner, tokens; // of a lookup alone, requests of a walk and walks
    uint64_t table;         // a table's seed; 0: none
    uint64_t simulated, formula;
};

enum { CYCLES_ROWS_MAX = 1024 };

// The configurations, without cycles; returns how many. The seed draws some shapes and all tables.
size_t cycles_grid(uint64_t seed, struct cycles_row rows[CYCLES_ROWS_MAX]);

// Fills a row's cycles. SE_INVALID when the simulation fails: a block that stops, or whose own
// counter is not what its driver saw.
enum se_status cycles_simulate(struct cycles_row *row, struct se_error *err);
enum se_status cycles_count(struct cycles_row *row, struct se_error *err);

// SE_INVALID names the first configuration whose two numbers differ.
enum se_status cycles_check(size_t n, const struct cycles_row *rows, struct se_error *err);
