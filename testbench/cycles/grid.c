// SPDX-License-Identifier: Apache-2.0
#include "grid.h"

#include "../reference/corners.h"
#include "conv_engine.h"
#include "lookup.h"
#include "scan_engine.h"
#include "top.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *const cycles_block_names[] = {"conv_engine",           "conv_engine with lookup",
                                          "scan_engine",           "scan_engine with lookup",
                                          "scale_lookup, walks",   "scale_lookup, one request",
                                          "w4a5se_top, x to code", "w4a5se_top, code to y"};

struct grid {
    uint64_t seed;
    size_t n;
    struct cycles_row *rows;
};

static size_t draw(struct grid *g, size_t low, size_t high) {
    return (size_t)ref_random_int(&g->seed, (int)low, (int)high);
}

static struct cycles_row *add(struct grid *g, enum cycles_block block, size_t index,
                              const char *instance, size_t d_inner, size_t tokens) {
    if (g->n == CYCLES_ROWS_MAX) {
        abort();
    }
    struct cycles_row *row = &g->rows[g->n++];
    *row =
        (struct cycles_row){.block = block, .index = index, .d_inner = d_inner, .tokens = tokens};
    snprintf(row->instance, sizeof row->instance, "%s", instance);
    return row;
}

// ---- conv_engine --------------------------------------------------------------------------------

static void add_conv(struct grid *g, size_t code_bits, size_t d_inner, size_t tokens) {
    char name[40];
    snprintf(name, sizeof name, "conv_engine_%zu", code_bits);
    add(g, CYCLES_CONV, code_bits, name, d_inner, tokens);
}

static void add_convs(struct grid *g) {
    static const size_t code_bits[] = {4, 5, 6, 8};
    static const size_t d_inner[] = {1, 2, 3, 64, 300}, tokens[] = {1, 2, 7};
    for (size_t i = 0; i < 4; i++) {
        for (size_t d = 0; d < 5; d++) {
            for (size_t t = 0; t < 3; t++) {
                add_conv(g, code_bits[i], d_inner[d], tokens[t]);
            }
        }
        add_conv(g, code_bits[i], draw(g, 4, 200), draw(g, 1, 20));
        add_conv(g, code_bits[i], SE_CONV_ENGINE_D_INNER_MAX, 3);
    }
}

// ---- scan_engine --------------------------------------------------------------------------------

static void add_scan(struct grid *g, size_t i, size_t d_inner, size_t tokens) {
    const struct se_scan_engine_build *build = se_scan_engine_build_at(i);
    struct cycles_row *row = add(g, CYCLES_SCAN, i, build->name, d_inner, tokens);
    row->lanes = (size_t)build->lanes;
    row->d_state = build->d_state;
}

// A token of one group, of two and of more, the last one full, with one channel and with others.
static void add_scans(struct grid *g) {
    static const size_t tokens[] = {1, 2, 4, 13};
    for (size_t i = 0; se_scan_engine_build_at(i); i++) {
        size_t lanes = (size_t)se_scan_engine_build_at(i)->lanes, last = 0;
        size_t d_inner[] = {1, lanes, lanes + 1, 2 * lanes, 2 * lanes + 1, 7 * lanes - 1};
        for (size_t d = 0; d < 6; d++) {
            for (size_t t = 0; t < 4 && d_inner[d] > last; t++) {
                add_scan(g, i, d_inner[d], tokens[t]);
            }
            last = d_inner[d] > last ? d_inner[d] : last;
        }
        for (int k = 0; k < 8; k++) {
            add_scan(g, i, draw(g, 1, k % 2 ? 2 * lanes : 90), draw(g, 1, 9));
        }
        add_scan(g, i, 300, 3);
    }
}

// ---- scale lookups ------------------------------------------------------------------------------

static uint64_t table_seed(struct grid *g) {
    return ref_random(&g->seed) | 1;
}

static void add_engine_lookups(struct grid *g) {
    static const size_t tokens[] = {1, 2, 3, 5, 8, 12};
    const struct se_conv_engine_build *conv;
    const struct se_scan_engine_build *scan;
    for (size_t t = 0; t < 6; t++) {
        for (size_t i = 0; (conv = se_conv_engine_lookup_at(i)); i++) {
            add(g, CYCLES_CONV_LOOKUP, i, conv->name, se_scale_channels(&conv->lookup->shape),
                tokens[t])
                ->table = table_seed(g);
        }
        for (size_t i = 0; (scan = se_scan_engine_lookup_at(i)); i++) {
            struct cycles_row *row = add(g, CYCLES_SCAN_LOOKUP, i, scan->name,
                                         se_scale_channels(&scan->lookup->shape), tokens[t]);
            row->lanes = (size_t)scan->lanes;
            row->d_state = scan->d_state;
            row->table = table_seed(g);
        }
    }
}

static void add_lookups(struct grid *g) {
    const struct se_lookup_type *type;
    for (size_t i = 0; (type = se_lookup_at(i)); i++) {
        char name[40];
        snprintf(name, sizeof name, "scale_lookup_%s_%s", se_lookup_names[type->form], type->name);
        size_t channels = se_scale_channels(&type->shape);
        for (size_t walks = 1; walks <= 2; walks++) {
            add(g, CYCLES_WALK, i, name, channels, walks)->table = table_seed(g);
        }
        add(g, CYCLES_REQUEST, i, name, 1, 1)->table = table_seed(g);
    }
}

// ---- w4a5se_top ---------------------------------------------------------------------------------

static void add_top(struct grid *g, size_t d_inner, size_t tokens) {
    add(g, CYCLES_TOP_CONV, 0, "w4a5se_top_4", d_inner, tokens);
    struct cycles_row *row = add(g, CYCLES_TOP_SCAN, 0, "w4a5se_top_4", d_inner, tokens);
    row->lanes = SE_TOP_LANES;
    row->d_state = SE_TOP_D_STATE;
}

// With 5 bits a code the last one of 7, 13, 20 and 26 channels lies across two words.
static void add_tops(struct grid *g) {
    static const size_t d_inner[] = {1, 2, 4, 5, 7, 8, 9, 13, 20, 26, 32, 100};
    static const size_t tokens[] = {1, 3, 10};
    for (size_t d = 0; d < sizeof d_inner / sizeof *d_inner; d++) {
        for (size_t t = 0; t < 3; t++) {
            add_top(g, d_inner[d], tokens[t]);
        }
    }
    add_top(g, draw(g, 1, 64), draw(g, 1, 12));
    add_top(g, SE_TOP_D_INNER_MAX, 2);
}

size_t cycles_grid(uint64_t seed, struct cycles_row rows[CYCLES_ROWS_MAX]) {
    struct grid g = {.seed = seed, .rows = rows};
    add_convs(&g);
    add_scans(&g);
    add_engine_lookups(&g);
    add_lookups(&g);
    add_tops(&g);
    return g.n;
}

enum se_status cycles_check(size_t n, const struct cycles_row *rows, struct se_error *err) {
    for (size_t i = 0; i < n; i++) {
        const struct cycles_row *r = &rows[i];
        if (r->simulated != r->formula) {
            return se_fail(err, SE_INVALID,
                           "%s, %s, d_inner %zu, tokens %zu, table %" PRIu64 ": %" PRIu64
                           " cycles in simulation, %" PRIu64 " by the formula",
                           cycles_block_names[r->block], r->instance, r->d_inner, r->tokens,
                           r->table, r->simulated, r->formula);
        }
    }
    return SE_OK;
}
