// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/cycles.h"

enum { CONV_LATENCY = 29, CONV_LATENCY_ONE = 28, FRONT_END = 19, LOAD = 3, BEHIND = 38 };

uint64_t se_conv_cycles(uint64_t d_inner, uint64_t tokens, uint64_t latency) {
    return latency +
           (d_inner == 1 ? 2 * tokens + CONV_LATENCY_ONE : tokens * d_inner + CONV_LATENCY);
}

static uint64_t max(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

enum se_status se_scan_cycles(uint64_t lanes, uint64_t d_state, uint64_t d_inner, uint64_t tokens,
                              struct se_lookup_pace lookup, uint64_t *cycles,
                              struct se_error *err) {
    if (!lanes || !d_state || !tokens || d_inner <= 2 * lanes) {
        return se_fail(
            err, SE_INVALID,
            "the cycles of a scan need tokens, states and more than two channels a lane");
    }
    uint64_t groups = (d_inner + lanes - 1) / lanes, all = groups * tokens, turn = 2 * d_state;
    uint64_t last_channels = d_inner - (groups - 1) * lanes;
    uint64_t front = FRONT_END + lookup.latency, period = 1 + lookup.waits;
    uint64_t first = max(front + lanes * period, d_state + LOAD);
    uint64_t second = max(front + 2 * lanes * period, first + 1);
    second += (second - first) % 2 == 0; // the other parity
    // Starts of the last group and of the one before: each slot starts a group a turn.
    uint64_t even = first + (all - 1) / 2 * turn, odd = second + (all - 2) / 2 * turn;
    uint64_t last = all % 2 ? even : odd, before = all % 2 ? odd : even;
    // No group starts before its channels are there, nor in the turn of the last but one.
    uint64_t channels = tokens * d_inner, whole = front + (channels - last_channels) * period;
    last = max(last, max(front + channels * period, whole - lanes * period + turn));
    before = max(before, whole);
    *cycles = max(last, before + lanes) + turn + BEHIND + last_channels;
    return SE_OK;
}
