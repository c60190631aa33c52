// SPDX-License-Identifier: Apache-2.0
#include "scan_clock.h"

#include <stdbool.h>

enum {
    FRONT = 19,     // stages of the front end
    LANES = 14,     // of the lanes
    ENTRY_FREE = 6, // stage in which the last update of a group frees its entry
    BANK_FREE = 10, // and a token's last one its bank
    DONE = 13,      // and its y is there
    LANDING = 3,    // stages of B and C's dequantisers
    BACK = 26,      // from y to the result
    ENTRIES = 4,
    BANKS = 2,
};

// Channels of a group, and whether it is its token's last; none where channels is 0.
struct group {
    size_t channels;
    bool last;
};

struct update {
    struct group group; // of the last n only
    size_t left;        // updates that follow
    bool valid;
};

struct clock {
    const struct scan_clock_shape *shape;
    uint64_t now, first_taken, last_sent;
    size_t taken, search_left;      // channels that the lookup took; cycles of the search under way
    bool found;                     // its answer waits before the front end
    bool front[FRONT + 1];          // 1 to FRONT
    size_t filled, held, waiting;   // channels; entries full, and of them not started
    struct group entries[ENTRIES];  // that wait to start
    struct update slot[2];          // [0] has this cycle
    struct update stage[LANES + 1]; // 1 to LANES
    size_t loaded, full, ready;     // beats of B and C; banks full, and of them not started
    bool landing[LANDING + 1];      // a token's last beat
    struct group finished[2];       // y of groups, the first one being sent
    size_t finished_n, sent_of_first, sent;
};

static struct group group_of(const struct clock *c, size_t filled) {
    const struct scan_clock_shape *s = c->shape;
    size_t channel = (filled - 1) % s->d_inner, lane = channel % s->lanes;
    bool last = channel == s->d_inner - 1;
    return (struct group){last || lane == s->lanes - 1 ? lane + 1 : 0, last};
}

// The front end moves unless a channel finds no entry at its end.
static void clock_front(struct clock *c, size_t *filled_groups) {
    const struct scan_clock_shape *s = c->shape;
    bool moves = !c->front[FRONT] || c->held < ENTRIES;
    bool fill = c->front[FRONT] && c->held < ENTRIES;
    bool take = c->taken < s->tokens * s->d_inner && !c->search_left && (!c->found || moves);
    if (fill) {
        struct group group = group_of(c, ++c->filled);
        if (group.channels) {
            c->entries[c->waiting] = group;
            (*filled_groups)++;
        }
    }
    for (int i = FRONT; moves && i > 1; i--) {
        c->front[i] = c->front[i - 1];
    }
    if (moves) {
        c->front[1] = c->found;
    }
    c->found = take || (c->found && !moves);
    c->search_left -= c->search_left > 0;
    if (take) {
        c->first_taken = c->taken ? c->first_taken : c->now;
        c->search_left = s->waits[++c->taken % s->d_inner];
    }
}

// A slot without a group takes the one that waits, once its B and C are there.
static bool clock_slots(struct clock *c, bool *token_started) {
    const struct scan_clock_shape *s = c->shape;
    bool alone = s->d_inner <= s->lanes && c->slot[1].valid;
    bool start = !c->slot[0].valid && c->waiting && c->ready && !alone;
    struct update issued = c->slot[0];
    if (start) {
        issued = (struct update){c->entries[0], s->d_state - 1, true};
        *token_started = issued.group.last;
    }
    struct update next = {issued.group, issued.left - 1, issued.valid && issued.left > 0};
    c->slot[0] = c->slot[1];
    c->slot[1] = next;
    for (int i = LANES; i > 1; i--) {
        c->stage[i] = c->stage[i - 1];
    }
    c->stage[1] = issued;
    return start;
}

static bool last_update(const struct update *u) {
    return u->valid && u->left == 0;
}

// A beat of B and C comes in while a bank is free for it. Returns whether it was a token's last.
static bool clock_load(struct clock *c) {
    const struct scan_clock_shape *s = c->shape;
    bool take = c->full < BANKS && c->loaded < s->tokens * s->d_state;
    for (int i = LANDING; i > 1; i--) {
        c->landing[i] = c->landing[i - 1];
    }
    c->loaded += take;
    c->landing[1] = take && c->loaded % s->d_state == 0;
    return c->landing[1];
}

static void clock_send(struct clock *c) {
    if (!c->finished_n) {
        return;
    }
    c->sent++;
    c->last_sent = c->now;
    if (++c->sent_of_first == c->finished[0].channels) {
        c->sent_of_first = 0;
        c->finished[0] = c->finished[1];
        c->finished_n--;
    }
}

static void clock_cycle(struct clock *c) {
    size_t filled_groups = 0;
    bool token_started = false;
    // What stages and counters hold now decides; what they hold next comes after.
    bool entry_free = last_update(&c->stage[ENTRY_FREE]);
    bool bank_free = last_update(&c->stage[BANK_FREE]) && c->stage[BANK_FREE].group.last;
    struct update done = c->stage[DONE];
    bool landed = c->landing[LANDING];
    size_t waiting = c->waiting;
    clock_send(c);
    bool token_loaded = clock_load(c);
    bool start = clock_slots(c, &token_started);
    if (start) {
        for (size_t i = 0; i + 1 < waiting; i++) {
            c->entries[i] = c->entries[i + 1];
        }
        c->waiting--;
    }
    clock_front(c, &filled_groups);
    c->waiting += filled_groups;
    c->held = c->held + filled_groups - entry_free;
    c->full = c->full + token_loaded - bank_free;
    c->ready = c->ready + landed - token_started;
    if (last_update(&done)) {
        c->finished[c->finished_n++] = done.group;
    }
    c->now++;
}

uint64_t scan_clock_cycles(const struct scan_clock_shape *s) {
    struct clock c = {.shape = s, .search_left = s->waits[0]};
    while (c.sent < s->tokens * s->d_inner) {
        clock_cycle(&c);
    }
    return c.last_sent + BACK - c.first_taken + 1;
}
