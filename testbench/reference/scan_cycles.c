// SPDX-License-Identifier: Apache-2.0
#include "scan_cycles.h"

#include <stdbool.h>

// Cycles, counted from the cycle of the first channel beat.
enum {
    FRONT_END = 19, // a channel comes in; it is written into its group's entry
    LOAD = 4,       // the last beat of B and C comes in; the token's groups may start
    READ_DU = 6,    // an update is issued; its last look at the entry
    READ_C = 10,    // and at C
    LANE = 14,      // and its y can be sent
    BACK_END = 26,  // y is sent; the result comes out
    FLIGHT_MAX = 4, // entries
    BANKS = 2,      // of B and C
    HISTORY = 4,    // groups and tokens that later ones look back to
};

static uint64_t max(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static size_t group_count(const struct scan_shape *s) {
    return (s->d_inner + s->lanes - 1) / s->lanes;
}

static size_t last_channels(const struct scan_shape *s) {
    return s->d_inner - (group_count(s) - 1) * s->lanes;
}

// The first cycle from `earliest` on in which a slot is free. A slot has every other cycle; group
// `index` finds it taken by the last one that started in a cycle of the same parity.
static uint64_t free_slot(const struct scan_shape *s, const uint64_t *start, size_t index,
                          uint64_t earliest) {
    uint64_t turn = 2 * s->d_state;
    if (index == 0) {
        return earliest;
    }
    uint64_t last = start[(index - 1) % HISTORY];
    if (group_count(s) == 1) { // its next state needs the last one
        return max(earliest, last + turn - 1);
    }
    uint64_t before = index == 1 ? 0 : start[(index - 2) % HISTORY];
    for (uint64_t cycle = max(earliest, last + 1);; cycle++) {
        bool with_last = (cycle - last) % 2 == 0;
        bool taken = with_last ? cycle < last + turn : index > 1 && cycle < before + turn;
        if (!taken) {
            return cycle;
        }
    }
}

uint64_t scan_cycles(const struct scan_shape *s) {
    size_t groups = group_count(s);
    uint64_t last_issue = 2 * (s->d_state - 1);        // after a group's start
    uint64_t start[HISTORY] = {0}, ended[BANKS] = {0}; // ended: the last group of a token started
    uint64_t next_fill = FRONT_END + s->lookup, next_load = 0, ready = 0, next_send = 0;
    for (size_t index = 0; index < s->tokens * groups; index++) {
        size_t token = index / groups, group = index % groups;
        size_t channels = group == groups - 1 ? last_channels(s) : s->lanes;
        if (group == 0) {
            if (token >= BANKS) {
                next_load = max(next_load, ended[token % BANKS] + last_issue + READ_C + 1);
            }
            next_load += s->d_state;
            ready = next_load - 1 + LOAD;
        }
        if (index >= FLIGHT_MAX) {
            next_fill = max(next_fill, start[index % FLIGHT_MAX] + last_issue + READ_DU + 1);
        }
        next_fill += channels;
        start[index % HISTORY] = free_slot(s, start, index, max(next_fill, ready));
        if (group == groups - 1) {
            ended[token % BANKS] = start[index % HISTORY];
        }
        next_send = max(next_send, start[index % HISTORY] + last_issue + LANE) + channels;
    }
    return next_send - 1 + BACK_END + 1;
}

uint64_t scan_cycles_closed(const struct scan_shape *s) {
    size_t n = s->tokens * group_count(s);
    uint64_t front = FRONT_END + s->lookup;
    uint64_t first = max(front + s->lanes, s->d_state - 1 + LOAD);
    uint64_t second = max(front + 2 * s->lanes, first + 1);
    second += (second - first) % 2 == 0;
    uint64_t turn = 2 * s->d_state;
    uint64_t last = (n % 2 ? first : second) + (n - 1) / 2 * turn;
    uint64_t before = (n % 2 ? second : first) + (n - 2) / 2 * turn;
    return max(last, before + s->lanes) + turn + LANE + BACK_END - 2 + last_channels(s);
}
