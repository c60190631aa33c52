// SPDX-License-Identifier: Apache-2.0
// The four scale lookups against tables whose every index is known by construction.
#include "lookup.h"

#include "../reference/scale_table.h"
#include "stimulus.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

TestSuite(lookup);

static size_t compared; // by this test: Criterion gives each a process

static void report(void) {
    printf("%zu lookups compared\n", compared);
    cr_assert_gt(compared, 0, "nothing was compared");
}

enum { CHANNELS = RANDOM_TABLE_CHANNELS, WORDS = CHANNELS + RANDOM_TABLE_SCALES + 1 };

// A lookup on the bench, and the table that is live in it.
struct bench {
    const struct se_lookup_type *type;
    struct se_lookup *lookup;
    struct stimulus stimulus;
    struct random_table table;
    uint32_t words[WORDS];
    size_t n_words;
    uint32_t channels[CHANNELS], index[CHANNELS];
    float scales[CHANNELS];
    uint64_t offered[CHANNELS], answered[CHANNELS];
};

static struct bench *bench_new(const struct se_lookup_type *type, struct se_rtl_options options,
                               uint64_t stream) {
    struct bench *b = calloc(1, sizeof *b);
    struct se_error err = {""};
    cr_assert(b);
    b->type = type;
    b->stimulus = stimulus_open(stream);
    options.seed = stimulus_seed() + stream;
    cr_assert_eq(se_lookup_open(&b->lookup, type, &options, &err), SE_OK, "%s", err.message);
    return b;
}

static void bench_free(struct bench *b) {
    se_lookup_close(b->lookup);
    free(b);
}

static size_t channels_of(const struct bench *b) {
    return b->type->shape.groups * b->type->shape.heads * b->type->shape.headdim;
}

static void run(struct bench *b, struct se_lookup_job job) {
    struct se_error err = {""};
    job.channels = b->channels, job.index = b->index, job.scales = b->scales;
    job.offered = b->offered, job.answered = b->answered;
    cr_assert_eq(se_lookup_run(b->lookup, &job, &err), SE_OK, "%s", err.message);
}

static void draw_table(struct bench *b, struct random_table *table) {
    struct se_error err = {""};
    random_table(table, &b->type->shape, b->type->format, &b->stimulus.state);
    b->n_words = se_lookup_words(&b->type->shape, b->type->form);
    cr_assert_leq(b->n_words, WORDS);
    cr_assert_eq(se_lookup_convert(&table->table, b->type->form, b->type->format, b->words, &err),
                 SE_OK, "%s", err.message);
}

// Answers first .. first + n - 1 are what the table says of their channels.
static void expect(const struct bench *b, const struct random_table *table, size_t first,
                   size_t n) {
    for (size_t i = first; i < first + n; i++) {
        uint32_t channel = b->channels[i], index = table->index[channel];
        cr_assert(b->index[i] == index && b->scales[i] == table->scales[index],
                  "%s %s, request %zu: channel %u has index %u, scale %a, not %u, %a",
                  se_lookup_names[b->type->form], b->type->name, i, channel, index,
                  (double)table->scales[index], b->index[i], (double)b->scales[i]);
    }
    compared += n;
}

static void load(struct bench *b) {
    draw_table(b, &b->table);
    run(b, (struct se_lookup_job){.n_words = b->n_words, .words = b->words, .swap = true});
    cr_assert_not(se_lookup_table_error(b->lookup));
}

static void walk(struct bench *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        b->channels[i] = (uint32_t)i;
    }
    run(b, (struct se_lookup_job){.n = n});
    expect(b, &b->table, 0, n);
}

Test(lookup, every_channel_of_100_tables, .timeout = 600) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        struct bench *b = bench_new(se_lookup_at(i), (struct se_rtl_options){0}, 100 + i);
        for (int t = 0; t < 100; t++) {
            load(b);
            walk(b, channels_of(b));
        }
        bench_free(b);
    }
    report();
}

static void random_channels(struct bench *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        b->channels[i] = b->type->form == SE_LOOKUP_CURSOR
                             ? (uint32_t)(i % channels_of(b))
                             : stimulus_below(&b->stimulus, (uint32_t)channels_of(b));
    }
}

// Requests, the next table's words and a swap among them, with every kind of pause; the registers
// begin anywhere.
Test(lookup, tables_change_between_requests, .timeout = 600) {
    static const unsigned pauses[][2] = {{0, 0},   {50, 0},  {0, 50}, {50, 50},
                                         {90, 10}, {10, 90}, {90, 90}};
    static struct random_table next;
    for (size_t i = 0; se_lookup_at(i); i++) {
        for (size_t p = 0; p < sizeof pauses / sizeof *pauses; p++) {
            struct se_rtl_options options = {.idle_percent = pauses[p][0],
                                             .stall_percent = pauses[p][1],
                                             .random_initial_state = true};
            struct bench *b = bench_new(se_lookup_at(i), options, 1000 + 10 * i + p);
            load(b);
            for (int t = 0; t < 12; t++) {
                size_t before = stimulus_below(&b->stimulus, 300);
                size_t after = stimulus_below(&b->stimulus, 300);
                draw_table(b, &next);
                random_channels(b, before);
                for (size_t k = 0; k < after; k++) { // a cursor begins again
                    b->channels[before + k] =
                        b->type->form == SE_LOOKUP_CURSOR
                            ? (uint32_t)k
                            : stimulus_below(&b->stimulus, (uint32_t)channels_of(b));
                }
                run(b, (struct se_lookup_job){.n = before + after,
                                              .n_words = b->n_words,
                                              .words = b->words,
                                              .swap = true,
                                              .swap_after = before});
                expect(b, &b->table, 0, before);
                expect(b, &next, before, after);
                random_table(&b->table, &b->type->shape, b->type->format, &b->stimulus.state);
                load(b);
            }
            bench_free(b);
        }
    }
    report();
}

// A cursor goes on from the last channel to the first.
Test(lookup, walk_after_walk) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        struct bench *b =
            bench_new(se_lookup_at(i),
                      (struct se_rtl_options){.idle_percent = 20, .stall_percent = 20}, 2000 + i);
        load(b);
        for (int n = 0; n < 3; n++) {
            walk(b, channels_of(b));
        }
        bench_free(b);
    }
    report();
}

static unsigned least(size_t a, size_t b) {
    return (unsigned)(a < b ? a : b);
}

// Cycles from the one in which a request is offered to the one in which its answer leaves.
static unsigned due(const struct bench *b, uint32_t channel) {
    const struct se_scale_shape *s = &b->type->shape;
    size_t dim_group = b->table.index[channel] % s->dim_groups;
    size_t head_group = b->table.index[channel] / s->dim_groups % s->head_groups;
    switch (b->type->form) {
    case SE_LOOKUP_SEQUENTIAL:
        return 1 + least(head_group + 1, s->head_groups - 1) +
               least(dim_group + 1, s->dim_groups - 1);
    case SE_LOOKUP_CURSOR:
        return 1;
    default:
        return 2;
    }
}

Test(lookup, cycles_are_as_documented, .timeout = 600) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        struct bench *b = bench_new(se_lookup_at(i), (struct se_rtl_options){0}, 3000 + i);
        bool pipelined = b->type->form != SE_LOOKUP_SEQUENTIAL;
        size_t n = channels_of(b);
        for (int t = 0; t < 10; t++) {
            load(b);
            se_lookup_restart(b->lookup);
            walk(b, n);
            walk(b, n); // the cursor's first channel waited for the restart
            for (size_t k = 0; k < n; k++) {
                cr_assert_eq(b->answered[k] - b->offered[k], due(b, (uint32_t)k),
                             "%s %s: channel %zu took %zu cycles, not %u",
                             se_lookup_names[b->type->form], b->type->name, k,
                             (size_t)(b->answered[k] - b->offered[k]), due(b, (uint32_t)k));
                cr_assert(!pipelined || b->answered[k] - b->answered[0] == k);
            }
        }
        bench_free(b);
    }
    report();
}

// The words of a legal table, spoilt in the k-th way; false past the last one.
static bool spoil(struct bench *b, int k) {
    const struct se_scale_shape *s = &b->type->shape;
    size_t rows = s->groups * s->head_groups, scales = rows * s->dim_groups;
    uint32_t *scale = b->words + b->n_words - 1 - stimulus_below(&b->stimulus, (uint32_t)scales);
    bool lut = b->type->form == SE_LOOKUP_LUT;
    switch (k) {
    case 0:
        *scale = 0;
        return true;
    case 1:
        *scale |= UINT32_C(0x80000000);
        return true;
    case 2:
        *scale = UINT32_C(0x7F800000);
        return true;
    case 3:
        *scale = UINT32_C(0x7FC00000);
        return true;
    case 4:
        b->n_words--;
        return true;
    case 5:
        b->words[b->n_words++] = UINT32_C(0x3F800000);
        return true;
    case 6: // a row's last head bound, or an index of no group
        b->words[lut ? 5 : s->head_groups - 1]++;
        b->words[lut ? 5 : s->head_groups - 1] |= lut ? UINT32_C(0x100) : 0;
        return true;
    case 7:
        b->words[lut ? 9 : rows + scales - 1]--; // a row's last dim bound
        b->words[lut ? 9 : rows + scales - 1] |= lut ? UINT32_C(0x80000000) : 0;
        return true;
    case 8: // a bit that narrow bounds do not keep
        b->words[stimulus_below(&b->stimulus, (uint32_t)(b->n_words - scales))] |=
            UINT32_C(1) << (16 + stimulus_below(&b->stimulus, 16));
        return true;
    case 9: // a bound above the next, an index that goes back
        if (s->dim_groups > 1) {
            size_t first = lut ? s->headdim - 2 : rows;
            b->words[first] = lut ? (uint32_t)(s->dim_groups - 1) : (uint32_t)s->headdim - 1;
            b->words[first + 1] = lut ? 0 : 1;
        }
        return s->dim_groups > 1;
    default:
        return false;
    }
}

Test(lookup, illegal_tables_are_flagged) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        struct bench *b = bench_new(se_lookup_at(i), (struct se_rtl_options){0}, 4000 + i);
        cr_assert_not(se_lookup_offer(b->lookup, 0, 50), "there is no table yet");
        for (int k = 0; draw_table(b, &b->table), spoil(b, k); k++) {
            for (int again = 0; again < 5; again++) {
                run(b,
                    (struct se_lookup_job){.n_words = b->n_words, .words = b->words, .swap = true});
                cr_assert(se_lookup_table_error(b->lookup), "%s %s took illegal table %d",
                          se_lookup_names[b->type->form], b->type->name, k);
                cr_assert_not(se_lookup_offer(b->lookup, 0, 50));
                load(b);
                walk(b, 200);
                draw_table(b, &b->table);
                spoil(b, k);
            }
        }
        bench_free(b);
    }
    report();
}

// Channels before, after and far from the one that is due.
Test(lookup, cursor_refuses_channels_out_of_order) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        if (se_lookup_at(i)->form != SE_LOOKUP_CURSOR) {
            continue;
        }
        struct bench *b = bench_new(se_lookup_at(i), (struct se_rtl_options){0}, 5000 + i);
        uint32_t n = (uint32_t)channels_of(b);
        load(b);
        for (int k = 0; k < 300; k++) {
            uint32_t done = stimulus_below(&b->stimulus, k % 2 ? 200 : n);
            uint32_t kind = stimulus_below(&b->stimulus, 4), wrong;
            wrong = kind == 0   ? done + 1
                    : kind == 1 ? done + n - 1
                    : kind == 2 ? done ^ (1u << stimulus_below(&b->stimulus, 13))
                                : done + 1 + stimulus_below(&b->stimulus, n - 1);
            wrong %= n;
            if (wrong == done) {
                continue;
            }
            walk(b, done);
            cr_assert_not(se_lookup_order_error(b->lookup));
            cr_assert_not(se_lookup_offer(b->lookup, wrong, 20), "channel %u instead of %u", wrong,
                          done);
            cr_assert(se_lookup_order_error(b->lookup));
            cr_assert_not(se_lookup_offer(b->lookup, done, 20), "the error must be noticed first");
            se_lookup_restart(b->lookup);
            cr_assert_not(se_lookup_order_error(b->lookup));
        }
        bench_free(b);
    }
    report();
}

Test(lookup, reset_forgets_the_table) {
    for (size_t i = 0; se_lookup_at(i); i++) {
        struct bench *b = bench_new(se_lookup_at(i), (struct se_rtl_options){0}, 6000 + i);
        for (int k = 0; k < 20; k++) {
            load(b);
            walk(b, stimulus_below(&b->stimulus, 100));
            draw_table(b, &b->table);
            run(b, (struct se_lookup_job){.n_words =
                                              stimulus_below(&b->stimulus, (uint32_t)b->n_words),
                                          .words = b->words});
            se_lookup_reset(b->lookup);
            cr_assert_not(se_lookup_offer(b->lookup, 0, 50));
        }
        bench_free(b);
    }
    report();
}
