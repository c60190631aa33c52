// SPDX-License-Identifier: Apache-2.0
// Cycles of the scale lookups, the engines and w4a5se_top, exact for runs in which nobody pauses:
// senders offer a beat in every cycle, receivers take each at once. Counted from the cycle in which
// the first beat is taken to the one in which the last beat leaves, both included
// (docs/architecture.md and docs/engines.md, "Cycles"). `make cycles` compares with simulation.
#pragma once

#include "w4a5se/scale_table.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- scale lookups ------------------------------------------------------------------------------

// From the cycle in which a request is offered to that of its answer, without the sequential
// search's waits: 1 (sequential, cursor) or 2 (parallel, lut).
uint64_t se_lookup_latency(enum se_lookup_form form);

// What the sequential search adds to a channel, in head group hg and dim group dg of a legal table:
// min(hg + 1, head_groups - 1) + min(dg + 1, dim_groups - 1).
uint64_t se_lookup_channel_waits(const struct se_scale_table *table, size_t channel);

// The same of all channels, once each, and the most that a channel of any table of a shape waits.
struct se_lookup_waits {
    uint64_t total, most;
    double mean;
};
struct se_lookup_waits se_lookup_waits(const struct se_scale_table *table);
uint64_t se_lookup_waits_most(const struct se_scale_shape *shape);

// Requests that follow one another, from the cycle in which the first is offered; waits: of all of
// them together, 0 unless sequential. A whole walk: se_scale_channels requests and the total above.
// A cursor must have been open for a cycle.
uint64_t se_lookup_cycles(enum se_lookup_form form, uint64_t requests, uint64_t waits);

// A lookup in an engine, all 0 without one: its latency, and waits that each channel has alike.
struct se_lookup_pace {
    uint64_t latency, waits;
};

// ---- conv_engine --------------------------------------------------------------------------------

// d_inner and tokens above 0, a lookup of that latency; a sequential lookup's waits add up.
uint64_t se_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t latency);

// With a table, which gives d_inner.
uint64_t se_conv_table_cycles(uint64_t tokens, enum se_lookup_form form,
                              const struct se_scale_table *table);

// ---- scan_engine --------------------------------------------------------------------------------

// What its counter cycles_o says: it begins when the first channel is taken, whose own waits are
// over by then. SE_INVALID where a number is 0 or lanes exceed d_state, which no engine has.
//
// In closed form where a token has three groups of `lanes` channels or more and the lookup is no
// slower than the lanes, lanes * (1 + waits) <= d_state; else the engine's rules are stepped from
// channel to channel, until the tokens repeat.
enum se_status se_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner, uint64_t tokens,
                              struct se_lookup_pace lookup, uint64_t *cycles, struct se_error *err);

// With a table, which gives d_inner and, to a sequential lookup, each channel's waits.
enum se_status se_scan_table_cycles(uint64_t lanes, uint64_t d_state, uint64_t tokens,
                                    enum se_lookup_form form, const struct se_scale_table *table,
                                    uint64_t *cycles, struct se_error *err);

// ---- w4a5se_top ---------------------------------------------------------------------------------

// From the first beat of s_axis_x to the last of m_axis_code, codes packed; code_width: bits of a
// code with its flag.
uint64_t se_top_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t code_width);

// From the first beats of s_axis_code, s_axis_dtz and s_axis_bc, offered in the same cycle, to the
// last of m_axis_y. SE_INVALID as se_scan_cycles.
enum se_status se_top_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner,
                                  uint64_t tokens, uint64_t *cycles, struct se_error *err);

#ifdef __cplusplus
}
#endif
