// SPDX-License-Identifier: Apache-2.0
#include "estimate_rows.h"

#include "w4a5se/cycles.h"

static const char *const memory_columns[] = {
    "instances",    "words",          "word_bits",       "bits",    "area_mm2",
    "area_mm2_low", "area_mm2_high",  "access_ns",       "read_pj", "write_pj",
    "leakage_mw",   "leakage_mw_low", "leakage_mw_high", "reads",   "writes",
    "token_nj",     "token_nj_low",   "token_nj_high",   NULL};

static double *put(double *to, struct se_band b) {
    to[0] = b.value;
    to[1] = b.low;
    to[2] = b.high;
    return to + 3;
}

struct totals {
    double bits;
    struct se_band area, leakage, energy; // mm2, mW, nJ a token
};

static void fill_memories(struct chip_estimate *e, struct totals *total) {
    struct table *t = &e->memory_table;
    *t = (struct table){"memories",
                        "Memories (reads and writes: words a token and layer)",
                        memory_columns,
                        e->n,
                        {{0}}};
    for (size_t i = 0; i < e->n; i++) {
        const struct se_chip_memory *m = &e->memories[i];
        const struct se_memory_estimate *c = &e->costs[i];
        const struct se_band *q = c->by_kind[c->kind].q;
        double instances = (double)m->instances, layers = e->chip.model.layers * 1e-3;
        struct se_band area = se_band_scaled(q[SE_MEMORY_AREA], instances),
                       leakage = se_band_scaled(q[SE_MEMORY_LEAKAGE], instances),
                       energy = se_band_sum(se_band_scaled(q[SE_MEMORY_READ], m->reads * layers),
                                            se_band_scaled(q[SE_MEMORY_WRITE], m->writes * layers));
        t->row[i] = (struct table_row){
            m->name,
            se_memory_kind_names[c->kind],
            {instances, (double)c->words, (double)m->memory.word_bits, se_chip_memory_bits(m)}};
        double *v = put(&t->row[i].v[4], area);
        *v++ = q[SE_MEMORY_ACCESS].value;
        *v++ = q[SE_MEMORY_READ].value;
        *v++ = q[SE_MEMORY_WRITE].value;
        v = put(v, leakage);
        *v++ = m->reads;
        *v++ = m->writes;
        put(v, energy);
        total->bits += se_chip_memory_bits(m);
        total->area = se_band_sum(total->area, area);
        total->leakage = se_band_sum(total->leakage, leakage);
        total->energy = se_band_sum(total->energy, energy);
    }
}

static const char *const logic_columns[] = {
    "ge",     "area_mm2", "area_mm2_low", "area_mm2_high", "clock_ns",      "pj_a_cycle",
    "cycles", "token_us", "token_nj",     "token_nj_low",  "token_nj_high", NULL};

static void add_engine(struct chip_estimate *e, const char *name, double ge, double ns,
                       double cycles, struct totals *total) {
    struct table *t = &e->logic_table;
    double layers = e->chip.model.layers, clock = ns * e->clock_ratio;
    struct se_band area = se_band_scaled(se_tech_gate_mm2(&e->tech), ge);
    struct se_band cycle = se_band_scaled(e->tech.c[SE_TECH_GATE_ENERGY].band, ge * 1e-3);
    struct se_band energy = se_band_scaled(cycle, cycles * layers * 1e-3);
    struct table_row *row = &t->row[t->rows++];
    *row = (struct table_row){name, "logic", {ge}};
    double *v = put(&row->v[1], area);
    *v++ = clock;
    *v++ = cycle.value;
    *v++ = cycles;
    *v++ = cycles * layers * clock * 1e-3;
    put(v, energy);
    total->area = se_band_sum(total->area, area);
    total->energy = se_band_sum(total->energy, energy);
}

// Of the sequential search the worst: a compare for each bound.
static struct se_lookup_pace lookup_pace(const struct se_chip *c) {
    static const uint64_t latency[] = {[SE_CHIP_NONE] = 0,
                                       [SE_CHIP_SEQUENTIAL] = 1,
                                       [SE_CHIP_PARALLEL] = 2,
                                       [SE_CHIP_LUT] = 2,
                                       [SE_CHIP_CURSOR] = 1};
    bool waits = c->lookup == SE_CHIP_SEQUENTIAL;
    return (struct se_lookup_pace){latency[c->lookup],
                                   waits ? (uint64_t)(c->head_groups + c->dim_groups - 2) : 0};
}

static enum se_status fill_logic(struct chip_estimate *e, struct totals *total,
                                 struct se_error *err) {
    const struct se_chip *c = &e->chip;
    const struct se_lookup_pace pace = lookup_pace(c);
    uint64_t scan, channels = (uint64_t)c->model.d_inner; // of the table: without B and C
    uint64_t conv =
        se_conv_cycles(se_chip_conv_channels(&c->model), 1, pace.latency) + channels * pace.waits;
    enum se_status status = se_scan_cycles((uint64_t)c->lanes, (uint64_t)c->model.d_state, channels,
                                           1, pace, &scan, err);
    e->logic_table = (struct table){"logic",
                                    "Engines (cycles: one token of one layer; token: all layers)",
                                    logic_columns,
                                    0,
                                    {{0}}};
    if (!status) {
        add_engine(e, "conv_engine", e->logic.conv_ge, e->logic.conv_ns, (double)conv, total);
        add_engine(e, "scan_engine", e->logic.scan_ge, e->logic.scan_ns, (double)scan, total);
    }
    return status;
}

static const char *const total_columns[] = {"typical", "low", "high", NULL};

static void add_total(struct table *t, const char *name, const char *unit, struct se_band b) {
    struct table_row *row = &t->row[t->rows++];
    *row = (struct table_row){name, unit, {0}};
    put(row->v, b);
}

static enum se_status cost_memories(struct chip_estimate *e, struct se_error *err) {
    enum se_status status = SE_OK;
    e->n = se_chip_memories(&e->chip, e->memories);
    for (size_t i = 0; i < e->n && !status; i++) {
        status =
            se_memory_estimate(&e->tech, e->chip.device, &e->memories[i].memory, &e->costs[i], err);
    }
    return status;
}

// The memories' totals of the same chip with another lookup.
static enum se_status with_lookup(const struct chip_estimate *e, enum se_chip_lookup lookup,
                                  struct totals *total, struct se_error *err) {
    struct chip_estimate other = *e;
    other.chip.lookup = lookup;
    *total = (struct totals){0};
    enum se_status status = cost_memories(&other, err);
    if (!status) {
        fill_memories(&other, total);
    }
    return status;
}

static const char *const lookup_columns[] = {"bits",          "area_mm2", "area_mm2_low",
                                             "area_mm2_high", "token_nj", "token_nj_low",
                                             "token_nj_high", "cycles",   NULL};

static struct se_band difference(struct se_band a, struct se_band b) {
    return (struct se_band){a.value - b.value, a.low - b.low, a.high - b.high};
}

// What the tables of each lookup add to a chip without one.
static enum se_status fill_lookups(struct chip_estimate *e, struct se_error *err) {
    struct table *t = &e->lookup_table;
    struct totals none;
    *t = (struct table){"lookups",
                        "Lookups, each instead of the chip's (cycles: first scale)",
                        lookup_columns,
                        0,
                        {{0}}};
    enum se_status status = with_lookup(e, SE_CHIP_NONE, &none, err);
    for (int i = SE_CHIP_SEQUENTIAL; i <= SE_CHIP_CURSOR && e->chip.model.version == 2 && !status;
         i++) {
        struct totals total;
        struct se_chip chip = e->chip;
        chip.lookup = (enum se_chip_lookup)i;
        status = with_lookup(e, chip.lookup, &total, err);
        struct table_row *row = &t->row[t->rows++];
        *row = (struct table_row){se_chip_lookup_names[i], "tables", {total.bits - none.bits}};
        double *v = put(&row->v[1], difference(total.area, none.area));
        v = put(v, difference(total.energy, none.energy));
        const struct se_lookup_pace pace = lookup_pace(&chip);
        *v = (double)(pace.latency + pace.waits);
    }
    return status;
}

static enum se_status fill(struct chip_estimate *e, struct se_error *err) {
    struct totals total = {0};
    double layers = e->chip.model.layers;
    double moved = se_chip_dram_bits(&e->chip, e->n, e->memories);
    fill_memories(e, &total);
    enum se_status status = fill_logic(e, &total, err);
    struct se_band dram = se_band_scaled(e->tech.c[SE_TECH_DRAM_ENERGY].band, moved * 1e-3);
    struct se_band energy = se_band_sum(total.energy, dram);
    struct table *t = &e->total_table;
    *t = (struct table){"totals", "Totals", total_columns, 0, {{0}}};
    add_total(t, "memory", "KiB", se_band_scaled((struct se_band){1, 1, 1}, total.bits / 8192));
    add_total(t, "area", "mm2", total.area);
    add_total(t, "leakage", "mW", total.leakage);
    add_total(t, "DRAM", "KiB/token", se_band_scaled((struct se_band){1, 1, 1}, moved / 8192));
    add_total(t, "DRAM energy", "nJ/token", dram);
    add_total(t, "energy", "nJ/token", energy);
    add_total(t, "energy", "nJ/layer", se_band_scaled(energy, 1 / layers));
    return status;
}

enum se_status chip_estimate(struct chip_estimate *e, struct se_error *err) {
    enum se_status status = cost_memories(e, err);
    if (!status) {
        status = fill(e, err);
    }
    return status ? status : fill_lookups(e, err);
}
