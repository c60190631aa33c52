// SPDX-License-Identifier: Apache-2.0
// Cycles of scan_engine from its first channel in to its last result out, both included, when
// neither its senders nor its receiver pause (docs/engines.md, "scan_engine"): stepped from group
// to group, and in closed form.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct scan_shape {
    size_t lanes, d_state, d_inner, tokens;
    size_t lookup; // latency of a scale lookup without waits; 0: none
};

// For any shape with tokens above 0.
uint64_t scan_cycles(const struct scan_shape *shape);

// For shapes with three groups or more, d_inner > 2 * lanes.
uint64_t scan_cycles_closed(const struct scan_shape *shape);
