// SPDX-License-Identifier: Apache-2.0
// Cycles of the engines in closed form, for runs without pauses, from the first beat in to the last
// beat out, both included (docs/architecture.md and docs/engines.md, "Cycles"). `lookup` is the
// latency of a scale lookup that takes a channel a cycle: 0 without one, 1 (cursor), 2 (parallel,
// lut).
#pragma once

#include "w4a5se/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// conv_engine, of d_inner and tokens above 0.
uint64_t se_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t lookup);

// scan_engine. SE_INVALID unless d_inner > 2 * lanes and the rest is above 0: below three groups of
// channels a token other rules hold.
enum se_status se_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner, uint64_t tokens,
                              uint64_t lookup, uint64_t *cycles, struct se_error *err);

#ifdef __cplusplus
}
#endif
