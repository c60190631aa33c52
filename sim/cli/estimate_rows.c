// SPDX-License-Identifier: Apache-2.0
#include "estimate_rows.h"

#include "w4a5se/cycles.h"

#include <string.h>

static double *put(double *to, struct se_band b) {
    to[0] = b.value;
    to[1] = b.low;
    to[2] = b.high;
    return to + 3;
}

static struct table_row *add_row(struct table *t, const char *name, const char *kind) {
    struct table_row *row = &t->row[t->rows++];
    *row = (struct table_row){.name = name, .kind = kind};
    return row;
}

static void fill_memories(const struct se_chip_cost *cost, struct table *t) {
    static const char *const columns[] = {
        "instances",    "words",          "word_bits",       "bits",    "area_mm2",
        "area_mm2_low", "area_mm2_high",  "access_ns",       "read_pj", "write_pj",
        "leakage_mw",   "leakage_mw_low", "leakage_mw_high", "reads",   "writes",
        "token_nj",     "token_nj_low",   "token_nj_high",   NULL};
    *t = (struct table){.name = "memories",
                        .title = "Memories (reads and writes: words a token and layer)",
                        .columns = columns};
    for (size_t i = 0; i < cost->memories; i++) {
        const struct se_chip_memory_cost *m = &cost->memory[i];
        const struct se_memory_estimate *e = &m->estimate;
        const struct se_band *q = e->by_kind[e->kind].q;
        double *v = add_row(t, m->memory.name, se_memory_kind_names[e->kind])->v;
        *v++ = (double)m->memory.instances;
        *v++ = (double)e->words;
        *v++ = (double)m->memory.memory.word_bits;
        *v++ = se_chip_memory_bits(&m->memory);
        v = put(v, m->area);
        *v++ = q[SE_MEMORY_ACCESS].value;
        *v++ = q[SE_MEMORY_READ].value;
        *v++ = q[SE_MEMORY_WRITE].value;
        v = put(v, m->leakage);
        *v++ = m->memory.reads;
        *v++ = m->memory.writes;
        put(v, m->energy);
    }
}

static void fill_logic(const struct se_chip_cost *cost, struct table *t) {
    static const char *const columns[] = {
        "instances",     "ge", "ge_error", "nearest", "area_mm2", "area_mm2_low", "area_mm2_high",
        "operations",    "pj", "pj_low",   "pj_high", "waits",    "token_nj",     "token_nj_low",
        "token_nj_high", NULL};
    *t =
        (struct table){.name = "logic",
                       .title = "Logic (GE of one, its own parts included; operations a token and "
                                "layer; waits: cycles a token; energies measured by toggles, or by "
                                "gates; nearest: 1 where the parameters are not the chip's)",
                       .columns = columns};
    for (size_t i = 0; i < cost->blocks; i++) {
        const struct se_chip_block_cost *b = &cost->block[i];
        double *v = add_row(t, b->block, b->measured ? "measured" : "by gates")->v;
        *v++ = b->instances;
        *v++ = b->ge;
        *v++ = b->ge_error;
        *v++ = b->nearest;
        v = put(v, b->area);
        *v++ = b->operations;
        v = put(v, b->pj);
        *v++ = b->waits;
        put(v, b->energy);
    }
}

static void add_engine(const struct se_chip_cost *cost, const char *name,
                       const struct se_chip_engine_cost *engine, struct table *t) {
    double ge = 0;
    struct se_band area = {0, 0, 0}, energy = {0, 0, 0};
    for (size_t i = 0; i < cost->blocks; i++) {
        const struct se_chip_block_cost *b = &cost->block[i];
        if (!strcmp(b->of, name)) {
            ge += b->ge * b->instances;
            area = se_band_sum(area, b->area);
            energy = se_band_sum(energy, b->energy);
        }
    }
    double *v = add_row(t, name, "logic")->v;
    *v++ = ge;
    v = put(v, area);
    v = put(v, engine->ns);
    *v++ = (double)engine->cycles;
    v = put(v, se_band_scaled(engine->token_ns, 1e-3));
    put(v, energy);
}

static void fill_engines(const struct se_chip_cost *cost, struct table *t) {
    static const char *const columns[] = {"ge",
                                          "area_mm2",
                                          "area_mm2_low",
                                          "area_mm2_high",
                                          "clock_ns",
                                          "clock_ns_low",
                                          "clock_ns_high",
                                          "cycles",
                                          "token_us",
                                          "token_us_low",
                                          "token_us_high",
                                          "token_nj",
                                          "token_nj_low",
                                          "token_nj_high",
                                          NULL};
    *t = (struct table){.name = "engines",
                        .title = "Engines (cycles: one token of one layer, with a table where the "
                                 "chip has some; token: all layers)",
                        .columns = columns};
    add_engine(cost, SE_CHIP_CONV_ENGINE, &cost->conv, t);
    add_engine(cost, SE_CHIP_SCAN_ENGINE, &cost->scan, t);
}

// What each lookup adds to a chip without one: tables, searches, cycles.
static enum se_status fill_lookups(const struct se_chip *chip, struct se_chip_prices *prices,
                                   struct table *t, struct se_error *err) {
    static const char *const columns[] = {
        "bits",         "area_mm2",      "area_mm2_low", "area_mm2_high", "ge", "token_nj",
        "token_nj_low", "token_nj_high", "cycles",       "token_us",      NULL};
    *t = (struct table){.name = "lookups",
                        .title = "Lookups, each instead of the chip's: what it adds (cycles: first "
                                 "scale)",
                        .columns = columns};
    struct se_chip other = *chip;
    struct se_chip_cost none, with;
    other.lookup = SE_CHIP_NONE;
    enum se_status status = se_chip_cost(&other, prices, &none, err);
    for (int i = SE_CHIP_SEQUENTIAL; i <= SE_CHIP_CURSOR && chip->model.version == 2 && !status;
         i++) {
        other.lookup = (enum se_chip_lookup)i;
        if (se_chip_check(&other, NULL)) {
            continue; // not to be built with this table
        }
        status = se_chip_cost(&other, prices, &with, err);
        const struct se_lookup_pace pace = se_chip_lookup_pace(&other);
        double *v = add_row(t, se_chip_lookup_names[i], "tables")->v;
        *v++ = with.bits - none.bits;
        v = put(v, se_band_difference(with.area, none.area));
        *v++ = with.ge - none.ge;
        v = put(v, se_band_difference(with.energy, none.energy));
        *v++ = (double)(pace.latency + pace.waits);
        *v++ = (with.token_ns.value - none.token_ns.value) * 1e-3;
    }
    return status;
}

static void add_total(struct table *t, const char *name, const char *unit, struct se_band b) {
    put(add_row(t, name, unit)->v, b);
}

static struct se_band exactly(double value) {
    return (struct se_band){value, value, value};
}

// As far as the blocks' gates are known.
static struct se_band kge_of(const struct se_chip_cost *cost) {
    struct se_band sum = {0, 0, 0};
    for (size_t i = 0; i < cost->blocks; i++) {
        const struct se_chip_block_cost *b = &cost->block[i];
        const struct se_band kge = {1, 1 - b->ge_error, 1 + b->ge_error};
        sum = se_band_sum(sum, se_band_scaled(kge, b->ge * b->instances / 1000));
    }
    return sum;
}

static void fill_totals(const struct se_chip *chip, const struct se_chip_cost *cost,
                        struct table *t) {
    static const char *const columns[] = {"typical", "low", "high", NULL};
    *t = (struct table){.name = "totals", .title = "Totals", .columns = columns};
    add_total(t, "memory", "KiB", exactly(cost->bits / 8192));
    add_total(t, "memory area", "mm2", cost->memory_area);
    add_total(t, "logic area", "mm2", cost->logic_area);
    add_total(t, "area", "mm2", cost->area);
    add_total(t, "logic", "kGE", kge_of(cost));
    add_total(t, "leakage", "mW", cost->leakage);
    add_total(t, "time", "us/token", se_band_scaled(cost->token_ns, 1e-3));
    add_total(t, "time", "us/layer", se_band_scaled(cost->token_ns, 1e-3 / chip->model.layers));
    add_total(t, "DRAM", "KiB/token", exactly(cost->dram_bits / 8192));
    add_total(t, "memory energy", "nJ/token", cost->memory_energy);
    add_total(t, "logic energy", "nJ/token", cost->logic_energy);
    add_total(t, "DRAM energy", "nJ/token", cost->dram_energy);
    add_total(t, "leakage energy", "nJ/token", cost->leakage_energy);
    add_total(t, "idle, clocks on", "nJ/token", cost->idle_energy);
    add_total(t, "energy", "nJ/token", cost->energy);
    add_total(t, "energy", "nJ/layer", se_band_scaled(cost->energy, 1.0 / chip->model.layers));
}

enum se_status chip_tables(const struct se_chip *chip, struct se_chip_prices *prices,
                           const struct se_chip_cost *cost, struct chip_tables *tables,
                           struct se_error *err) {
    fill_memories(cost, &tables->memories);
    fill_logic(cost, &tables->logic);
    fill_engines(cost, &tables->engines);
    fill_totals(chip, cost, &tables->totals);
    return fill_lookups(chip, prices, &tables->lookups, err);
}
