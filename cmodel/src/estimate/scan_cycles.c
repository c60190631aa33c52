// SPDX-License-Identifier: Apache-2.0
#include "scan_cycles.h"

#include "w4a5se/cycles.h"

#include <stdbool.h>
#include <string.h>

enum {
    FRONT_END = 19, // a channel enters the front end; its group's entry takes it
    LOAD = 4,       // the last beat of B and C comes in; the token's groups may start
    READ_DU = 6,    // an update is issued; its last look at the entry
    READ_C = 10,    // and at C
    LANE = 14,      // and its y can be sent
    BACK_END = 26,  // y is sent; the result comes out
    ENTRIES = 4,    // groups between the front end and their last update
    BANKS = 2,      // of B and C
};

// Cycles, counted from the first beat of B and C; of what comes several times, the latest first.
enum at {
    TAKEN,                   // the last channel, by the lookup
    ENTERED,                 // and by the front end
    LOADED,                  // the cycle after the last beat of the token's B and C
    SENT,                    // and after the last y
    START,                   // of the last groups
    ENDED = START + ENTRIES, // of the last tokens: their last group's start
    INSIDE = ENDED + BANKS,  // channels in the front end, the oldest first: when it is through
    TIMES = INSIDE + FRONT_END + 1,
};

static const int64_t NEVER = INT64_MIN / 4;

struct steps {
    const struct scan_run *run;
    int64_t at[TIMES];
    size_t inside;
    uint64_t filling; // the channel of a token that is the oldest inside
};

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

// The newest of a list of n.
static void put_first(int64_t *list, size_t n, int64_t value) {
    memmove(list + 1, list, (n - 1) * sizeof *list);
    list[0] = value;
}

// The first cycle of the slot that has `cycle` in which none of the last groups has it.
static int64_t slot_from(const struct steps *s, int64_t cycle) {
    for (int i = 0; i < 2; i++) {
        if ((cycle - s->at[START + i]) % 2 == 0) {
            cycle = later(cycle, s->at[START + i] + 2 * (int64_t)s->run->d_state);
        }
    }
    return cycle;
}

static int64_t start_from(const struct steps *s, int64_t earliest) {
    if (s->run->d_inner <= s->run->lanes) { // a token's only group needs the last one's state
        return later(earliest, s->at[START] + 2 * (int64_t)s->run->d_state - 1);
    }
    int64_t cycle = later(earliest, s->at[START] + 1);
    int64_t one = slot_from(s, cycle), other = slot_from(s, cycle + 1);
    return one < other ? one : other;
}

// A group whose last channel of `channels` is in since the cycle before `full`.
static void start_group(struct steps *s, int64_t full, uint64_t channels, bool first, bool last) {
    int64_t d_state = (int64_t)s->run->d_state, last_issue = 2 * (d_state - 1);
    if (first) { // its B and C find the bank of the token before the last
        int64_t bank = s->at[ENDED + BANKS - 1] + last_issue + READ_C + 1;
        s->at[LOADED] = later(s->at[LOADED], bank) + d_state;
    }
    int64_t start = start_from(s, later(full, s->at[LOADED] - 1 + LOAD));
    put_first(s->at + START, ENTRIES, start);
    if (last) {
        put_first(s->at + ENDED, BANKS, start);
    }
    s->at[SENT] = later(s->at[SENT], start + last_issue + LANE) + (int64_t)channels;
}

// The oldest channel inside goes into its group's entry; a group's first one waits until that is
// free, and all that are inside wait with it. Returns the cycle.
static int64_t fill(struct steps *s) {
    uint64_t lanes = s->run->lanes, lane = s->filling % lanes;
    int64_t free = s->at[START + ENTRIES - 1] + 2 * ((int64_t)s->run->d_state - 1) + READ_DU + 1;
    int64_t held = lane == 0 ? later(0, free - s->at[INSIDE]) : 0;
    int64_t filled = s->at[INSIDE] + held;
    s->inside--;
    for (size_t i = 0; i < s->inside; i++) {
        s->at[INSIDE + i] = s->at[INSIDE + i + 1] + held;
    }
    bool last = s->filling + 1 == s->run->d_inner;
    if (last || lane + 1 == lanes) {
        start_group(s, filled + 1, lane + 1, s->filling < lanes, last);
    }
    s->filling = last ? 0 : s->filling + 1;
    return filled;
}

// The next channel comes. The search for it begins when the one before is taken, and ends no sooner
// than that one enters; it enters a cycle later, unless the front end is held.
static void enter(struct steps *s, uint64_t waits) {
    s->at[TAKEN] = later(s->at[TAKEN] + 1 + (int64_t)waits, s->at[ENTERED]);
    int64_t enters = s->at[TAKEN] + 1;
    while (s->inside && s->at[INSIDE] <= enters) {
        enters = later(enters, fill(s));
    }
    s->at[ENTERED] = enters;
    s->at[INSIDE + s->inside++] = enters + FRONT_END;
}

static uint64_t waits_of(const struct scan_run *run, uint64_t channel) {
    return run->table ? se_lookup_channel_waits(run->table, channel) : run->waits;
}

// Whether b is where a was, so many cycles later.
static bool repeats(const struct steps *a, const struct steps *b) {
    int64_t cycles = b->at[TAKEN] - a->at[TAKEN];
    bool same = a->inside == b->inside;
    for (size_t i = 0; i < INSIDE + a->inside && same; i++) {
        same = b->at[i] - a->at[i] == cycles;
    }
    return same;
}

static void skip(struct steps *s, int64_t cycles) {
    for (int i = 0; i < TIMES; i++) {
        s->at[i] += cycles;
    }
}

// All tokens enter. What follows from where the engine stands is the same for each: once it stands
// where it stood after an earlier token, the tokens between repeat.
static void enter_tokens(struct steps *s) {
    const struct scan_run *run = s->run;
    struct steps earlier = *s;
    for (uint64_t token = 0, then = 0; token < run->tokens; token++) {
        for (uint64_t channel = 0; channel < run->d_inner; channel++) {
            enter(s, waits_of(run, channel));
        }
        if (token > then && repeats(&earlier, s)) {
            uint64_t times = (run->tokens - 1 - token) / (token - then);
            skip(s, (int64_t)times * (s->at[TAKEN] - earlier.at[TAKEN]));
            token += times * (token - then);
        } else if ((token & (token + 1)) == 0) {
            earlier = *s;
            then = token;
        }
    }
}

uint64_t scan_cycles_stepped(const struct scan_run *run) {
    struct steps s = {.run = run};
    int64_t first = (int64_t)run->lead;
    for (int i = 0; i < TIMES; i++) {
        s.at[i] = NEVER;
    }
    s.at[LOADED] = s.at[SENT] = 0;
    s.at[TAKEN] = first + (int64_t)run->latency - 2 - (int64_t)waits_of(run, 0);
    enter_tokens(&s);
    while (s.inside) {
        fill(&s);
    }
    return (uint64_t)(s.at[SENT] - 1 + BACK_END - first + 1);
}
