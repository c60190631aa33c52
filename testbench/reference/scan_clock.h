// SPDX-License-Identifier: Apache-2.0
// Cycles of scan_engine with the sequential scale lookup, clock by clock: what its front end, slots
// and banks do in each cycle, in counters and valid bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct scan_clock_shape {
    size_t lanes, d_state, d_inner, tokens;
    const uint64_t *waits; // [d_inner] that the search adds to each channel
};

// From the first channel taken, its waits over, to the last result out, both included.
uint64_t scan_clock_cycles(const struct scan_clock_shape *shape);
