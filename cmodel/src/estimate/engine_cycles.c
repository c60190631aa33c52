// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/engine_cycles.h"

enum { CONV_LATENCY = 29, FRONT_END = 19, LOAD = 3, TAIL = 38 };

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

uint64_t se_conv_cycles(size_t channels, size_t tokens) {
    return (uint64_t)channels * tokens + CONV_LATENCY;
}

uint64_t se_scan_cycles(size_t lanes, size_t d_state, size_t channels, size_t tokens) {
    const uint64_t each = (channels + lanes - 1) / lanes, groups = each * tokens;
    const uint64_t last_channels = channels - (each - 1) * lanes, turn = 2 * d_state;
    const uint64_t first = larger(FRONT_END + lanes, d_state + LOAD);
    uint64_t second = larger(FRONT_END + 2 * lanes, first + 1);
    second += (second - first) % 2 == 0;                       // the other slot
    const uint64_t in_first = first + (groups - 1) / 2 * turn; // the last group in either slot
    const uint64_t in_second = second + (groups - 2) / 2 * turn;
    const uint64_t end =
        groups % 2 ? larger(in_first, in_second + lanes) : larger(in_second, in_first + lanes);
    return end + turn + TAIL + last_channels;
}
