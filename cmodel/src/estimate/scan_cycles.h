// SPDX-License-Identifier: Apache-2.0
// The rules of docs/engines.md, "Cycles", stepped: for every shape of scan_engine.
#pragma once

#include "w4a5se/scale_table.h"

struct scan_run {
    uint64_t lanes, d_state, d_inner, tokens;
    uint64_t latency, waits;            // of a lookup; of each channel,
    const struct se_scale_table *table; // or, where not NULL, each its own
    uint64_t lead; // cycles from the first beat of B and C to that of the channels
};

// Cycles from the first channel taken to the last result out, both included.
uint64_t scan_cycles_stepped(const struct scan_run *run);
