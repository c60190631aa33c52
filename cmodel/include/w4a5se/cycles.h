// SPDX-License-Identifier: Apache-2.0
// Cycles of the engines in closed form, for runs without pauses, from the first beat in to the last
// beat out, both included (docs/architecture.md and docs/engines.md, "Cycles").
#pragma once

#include "w4a5se/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A scale lookup in cycles, all 0 without one: latency 1 (sequential, cursor) or 2 (parallel, lut);
// waits: what the sequential search adds to each channel.
struct se_lookup_pace {
    uint64_t latency, waits;
};

// conv_engine, of d_inner and tokens above 0, with a lookup of that latency; waits add up.
uint64_t se_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t latency);

// scan_engine. SE_INVALID unless d_inner > 2 * lanes and the rest is above 0: below three groups of
// channels a token other rules hold. The first channel's waits count too. Where waits make the
// lookup slower than the lanes, the last group may start a cycle later than is counted here.
enum se_status se_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner, uint64_t tokens,
                              struct se_lookup_pace lookup, uint64_t *cycles, struct se_error *err);

#ifdef __cplusplus
}
#endif
