// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/cycles.h"

#include "scan_cycles.h"

#include <stdbool.h>

enum { CONV_LATENCY = 29, CONV_LATENCY_ONE = 28, FRONT_END = 19, LOAD = 3, BEHIND = 38 };
enum { WORD = 32 }; // bits of m_axis_code and s_axis_code

static uint64_t max(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t min(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

// ---- scale lookups ------------------------------------------------------------------------------

uint64_t se_lookup_latency(enum se_lookup_form form) {
    return form == SE_LOOKUP_PARALLEL || form == SE_LOOKUP_LUT ? 2 : 1;
}

uint64_t se_lookup_channel_waits(const struct se_scale_table *table, size_t channel) {
    const struct se_scale_shape *s = &table->shape;
    size_t index = se_scale_index(table, channel);
    size_t dim_group = index % s->dim_groups, head_group = index / s->dim_groups % s->head_groups;
    return min(head_group + 1, s->head_groups - 1) + min(dim_group + 1, s->dim_groups - 1);
}

struct se_lookup_waits se_lookup_waits(const struct se_scale_table *table) {
    struct se_lookup_waits waits = {0};
    size_t channels = se_scale_channels(&table->shape);
    for (size_t c = 0; c < channels; c++) {
        uint64_t one = se_lookup_channel_waits(table, c);
        waits.total += one;
        waits.most = max(waits.most, one);
    }
    waits.mean = (double)waits.total / (double)channels;
    return waits;
}

uint64_t se_lookup_waits_most(const struct se_scale_shape *shape) {
    return shape->head_groups - 1 + shape->dim_groups - 1;
}

uint64_t se_lookup_cycles(enum se_lookup_form form, uint64_t requests, uint64_t waits) {
    return se_lookup_latency(form) + requests + waits;
}

// ---- conv_engine --------------------------------------------------------------------------------

uint64_t se_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t latency) {
    return latency +
           (d_inner == 1 ? 2 * tokens + CONV_LATENCY_ONE : tokens * d_inner + CONV_LATENCY);
}

uint64_t se_conv_table_cycles(uint64_t tokens, enum se_lookup_form form,
                              const struct se_scale_table *table) {
    uint64_t waits = form == SE_LOOKUP_SEQUENTIAL ? se_lookup_waits(table).total : 0;
    return se_conv_cycles(se_scale_channels(&table->shape), tokens, se_lookup_latency(form)) +
           tokens * waits;
}

// ---- scan_engine --------------------------------------------------------------------------------

// Whether the slots alone decide when groups start: entries and banks are free, and channels there,
// before they are wanted. A bank is loaded within the three groups' time from d_state 12 on.
static bool lanes_decide(const struct scan_run *r) {
    return !r->table && r->d_inner > 2 * r->lanes && r->d_state >= 12 &&
           r->lanes * (1 + r->waits) <= r->d_state;
}

// Each of the two slots starts a group every 2 d_state cycles.
static uint64_t closed(const struct scan_run *r) {
    uint64_t groups = (r->d_inner + r->lanes - 1) / r->lanes, all = groups * r->tokens;
    uint64_t turn = 2 * r->d_state, last_channels = r->d_inner - (groups - 1) * r->lanes;
    uint64_t front = FRONT_END + r->latency, period = 1 + r->waits;
    uint64_t first = max(front + (r->lanes - 1) * period + 1 + r->lead, r->d_state + LOAD);
    uint64_t second = max(front + (2 * r->lanes - 1) * period + 1 + r->lead, first + 1);
    second += (second - first) % 2 == 0; // the other parity
    uint64_t even = first + (all - 1) / 2 * turn, odd = second + (all - 2) / 2 * turn;
    uint64_t last = all % 2 ? even : odd, before = all % 2 ? odd : even;
    return max(last, before + r->lanes) + turn + BEHIND + last_channels - r->lead;
}

static enum se_status scan_cycles(const struct scan_run *r, uint64_t *cycles,
                                  struct se_error *err) {
    if (!r->lanes || !r->d_inner || !r->tokens || r->lanes > r->d_state) {
        return se_fail(err, SE_INVALID,
                       "the cycles of a scan need tokens, channels and a state for each lane");
    }
    *cycles = lanes_decide(r) ? closed(r) : scan_cycles_stepped(r);
    return SE_OK;
}

enum se_status se_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner, uint64_t tokens,
                              struct se_lookup_pace lookup, uint64_t *cycles,
                              struct se_error *err) {
    const struct scan_run run = {lanes,          d_state,      d_inner, tokens,
                                 lookup.latency, lookup.waits, NULL,    lookup.waits};
    return scan_cycles(&run, cycles, err);
}

enum se_status se_scan_table_cycles(uint64_t lanes, uint64_t d_state, uint64_t tokens,
                                    enum se_lookup_form form, const struct se_scale_table *table,
                                    uint64_t *cycles, struct se_error *err) {
    bool waits = form == SE_LOOKUP_SEQUENTIAL;
    const struct scan_run run = {.lanes = lanes,
                                 .d_state = d_state,
                                 .d_inner = se_scale_channels(&table->shape),
                                 .tokens = tokens,
                                 .latency = se_lookup_latency(form),
                                 .table = waits ? table : NULL,
                                 .lead = waits ? se_lookup_channel_waits(table, 0) : 0};
    return scan_cycles(&run, cycles, err);
}

// ---- w4a5se_top ---------------------------------------------------------------------------------

// A code is packed in the cycle in which it leaves the engine, and its word sent in the next; a
// token's last code that lies across two words holds the codes for a cycle.
uint64_t se_top_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t code_width) {
    uint64_t bits_over = d_inner * code_width % WORD;
    bool across = bits_over > 0 && bits_over < code_width;
    return se_conv_cycles(d_inner, tokens, 0) + 1 + (across ? tokens : 0);
}

// A word is unpacked in the cycle after it came, which is a cycle after the first of B and C.
enum se_status se_top_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner,
                                  uint64_t tokens, uint64_t *cycles, struct se_error *err) {
    enum { UNPACK = 1 };
    const struct scan_run run = {
        .lanes = lanes, .d_state = d_state, .d_inner = d_inner, .tokens = tokens, .lead = UNPACK};
    enum se_status status = scan_cycles(&run, cycles, err);
    if (!status) {
        *cycles += UNPACK;
    }
    return status;
}
