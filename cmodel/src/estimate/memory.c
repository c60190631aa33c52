// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/memory.h"

#include <math.h>

enum { SEARCH_ROUNDS = 40, MULTIPLEXER_GATES = 2 };

const char *const se_ports_names[] = {"1RW", "1RW1R", NULL};
const char *const se_memory_kind_names[] = {"SRAM", "flip-flops", NULL};
const char *const se_memory_quantity_names[] = {"area_mm2", "access_ns",  "read_pj",
                                                "write_pj", "leakage_mw", NULL};

// How an array is divided; the numbers are not whole, the best of all.
struct organisation {
    const struct se_constant *c;
    double bits, word_bits;
    double banks, columns;
};

static double log_cost(const struct organisation *o) {
    const struct se_constant *c = o->c;
    double rows = o->bits / o->banks / o->columns, root = sqrt(o->banks);
    double edge = sqrt(c[SE_ORGANISATION_EDGE_BIT].band.value * o->bits +
                       c[SE_ORGANISATION_EDGE_WORD].band.value * o->word_bits);
    double energy = o->columns * (rows + c[SE_ORGANISATION_ENERGY_BANK].band.value * o->banks) +
                    c[SE_ORGANISATION_ENERGY_WORD].band.value * o->word_bits;
    double delay = c[SE_ORGANISATION_DELAY_BASE].band.value + rows +
                   c[SE_ORGANISATION_DELAY_COLUMN].band.value * o->columns / root +
                   c[SE_ORGANISATION_DELAY_EDGE].band.value * edge +
                   c[SE_ORGANISATION_DELAY_BANK].band.value * root;
    return log(energy) + 2 * log(delay);
}

typedef double cost_at(struct organisation *, double);

// The place of a convex cost's minimum, by golden section; either end may be it.
static double minimise(cost_at *cost, struct organisation *o, double low, double high) {
    const double golden = (sqrt(5) - 1) / 2;
    double a = low, b = high, x = b - golden * (b - a), y = a + golden * (b - a);
    double at_x = cost(o, x), at_y = cost(o, y);
    for (int i = 0; i < SEARCH_ROUNDS; i++) {
        if (at_x < at_y) {
            b = y, y = x, at_y = at_x, x = b - golden * (b - a), at_x = cost(o, x);
        } else {
            a = x, x = y, at_x = at_y, y = a + golden * (b - a), at_y = cost(o, y);
        }
    }
    double best = (a + b) / 2, least = cost(o, best);
    best = cost(o, low) <= least ? low : best;
    return cost(o, high) < fmin(least, cost(o, low)) ? high : best;
}

static double cost_of_columns(struct organisation *o, double log_multiplexed) {
    o->columns = o->word_bits * exp(log_multiplexed);
    return log_cost(o);
}

// With the best columns for the banks; at least one row.
static double cost_of_banks(struct organisation *o, double log_banks) {
    o->banks = exp(log_banks);
    double most = log(o->bits / o->word_bits) - log_banks;
    return cost_of_columns(o, minimise(cost_of_columns, o, 0, fmax(most, 0)));
}

static struct organisation organise(const struct se_tech *tech, const struct se_memory *m) {
    struct organisation o = {tech->organisation, (double)m->bits, (double)m->word_bits, 1, 1};
    cost_of_banks(&o, minimise(cost_of_banks, &o, 0, log(o.bits / o.word_bits)));
    return o;
}

static void sram_sums(const struct se_tech *tech, const struct se_sram_model *model,
                      const struct se_memory *m, double active,
                      struct se_sum sums[SE_MEMORY_QUANTITIES]) {
    const struct se_constant *c = model->c;
    const struct se_constant *area =
        c + (m->ports == SE_PORTS_1RW ? SE_SRAM_AREA_BASE : SE_SRAM_AREA2_BASE);
    double bits = (double)m->bits, word = (double)m->word_bits;
    sums[SE_MEMORY_AREA] = (struct se_sum){
        1e-6,
        &c[SE_SRAM_CELL],
        NULL,
        3,
        {{&area[0], 1, "1"}, {&area[1], bits, "bits"}, {&area[2], word, "word bits"}}};
    double mm2 = se_sum_band(&sums[SE_MEMORY_AREA]).value, edge = sqrt(mm2);
    double ports =
        m->ports == SE_PORTS_1RW ? 1 : tech->organisation[SE_ORGANISATION_PORT_READ].band.value;
    sums[SE_MEMORY_ACCESS] = (struct se_sum){
        1,
        NULL,
        NULL,
        2,
        {{&c[SE_SRAM_ACCESS_BASE], 1, "1"}, {&c[SE_SRAM_ACCESS_EDGE], edge, "mm of edge"}}};
    sums[SE_MEMORY_READ] =
        (struct se_sum){1,
                        NULL,
                        NULL,
                        4,
                        {{&c[SE_SRAM_READ_BASE], 1, "1"},
                         {&c[SE_SRAM_READ_CELL], active * ports, "cells on active bit lines"},
                         {&c[SE_SRAM_READ_WORD], word, "word bits"},
                         {&c[SE_SRAM_READ_EDGE], word * edge, "word bits * mm of edge"}}};
    sums[SE_MEMORY_WRITE] =
        (struct se_sum){1,
                        NULL,
                        NULL,
                        4,
                        {{&c[SE_SRAM_WRITE_BASE], 1, "1"},
                         {&c[SE_SRAM_WRITE_WORD], word, "word bits"},
                         {&c[SE_SRAM_WRITE_ROOT], sqrt(bits), "sqrt(bits)"},
                         {&c[SE_SRAM_WRITE_EDGE], word * edge, "word bits * mm of edge"}}};
    sums[SE_MEMORY_LEAKAGE] = (struct se_sum){
        1,
        NULL,
        NULL,
        2,
        {{&c[SE_SRAM_LEAK_BIT], bits, "bits"}, {&c[SE_SRAM_LEAK_AREA], mm2, "mm2"}}};
}

static void flop_sums(const struct se_tech *tech, const struct se_sram_model *model,
                      const struct se_memory *m, struct se_sum sums[SE_MEMORY_QUANTITIES]) {
    const struct se_constant *c = tech->c;
    double bits = (double)m->bits, word = (double)m->word_bits;
    double gates = c[SE_TECH_FLOP_GATES].band.value;
    size_t further = m->ports == SE_PORTS_1RW1R;
    sums[SE_MEMORY_AREA] = (struct se_sum){
        1e-6,
        &c[SE_TECH_GATE_AREA],
        &c[SE_TECH_UTILISATION],
        1 + further,
        {{&c[SE_TECH_FLOP_GATES], bits, "bits"}, {&c[SE_TECH_FLOP_PORT_GATES], bits, "bits"}}};
    sums[SE_MEMORY_ACCESS] = (struct se_sum){
        1,
        NULL,
        NULL,
        1,
        {{&c[SE_TECH_GATE_DELAY], 2 + log2(bits / word), "levels: 2 + log2(words)"}}};
    sums[SE_MEMORY_READ] = (struct se_sum){
        1e-3,
        NULL,
        NULL,
        1,
        {{&c[SE_TECH_GATE_ENERGY], MULTIPLEXER_GATES * bits, "gates of the multiplexer"}}};
    sums[SE_MEMORY_WRITE] = (struct se_sum){
        1e-3,
        NULL,
        NULL,
        1,
        {{&c[SE_TECH_GATE_ENERGY], gates * word + bits, "gates of a word, and a clock pin a bit"}}};
    sums[SE_MEMORY_LEAKAGE] =
        (struct se_sum){1,
                        NULL,
                        NULL,
                        1,
                        {{&model->c[SE_SRAM_LEAK_BIT], gates * bits, "gates, each as a bit cell"}}};
}

// The quantities, or the geometric mean of two models'.
static void evaluate(struct se_memory_figures *f) {
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        struct se_band a = se_sum_band(&f->sums[0][q]);
        if (f->models == 2) {
            struct se_band b = se_sum_band(&f->sums[1][q]);
            a = (struct se_band){sqrt(a.value * b.value), fmin(a.low, b.low), fmax(a.high, b.high)};
        }
        f->q[q] = a;
    }
}

static enum se_status check(const struct se_memory *m, struct se_error *err) {
    if (m->word_bits < 1 || m->word_bits > SE_MEMORY_WORD_MAX) {
        return se_fail(err, SE_INVALID, "a word has 1 to %d bits, not %llu", SE_MEMORY_WORD_MAX,
                       (unsigned long long)m->word_bits);
    }
    if (m->bits < 1 || m->bits > SE_MEMORY_BITS_MAX) {
        return se_fail(err, SE_INVALID, "a memory has 1 bit to 64 MB (%d bits), not %llu bits",
                       SE_MEMORY_BITS_MAX, (unsigned long long)m->bits);
    }
    if (m->bits % m->word_bits) {
        return se_fail(err, SE_INVALID, "%llu bits are no whole number of words of %llu bits",
                       (unsigned long long)m->bits, (unsigned long long)m->word_bits);
    }
    return SE_OK;
}

static bool outside(const struct se_constant *range, double value) {
    return value < range->band.low || value > range->band.high;
}

// Bands of a size that lies outside those fitted.
static void widen(double by, struct se_memory_figures *f) {
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        f->q[q] = (struct se_band){f->q[q].value, f->q[q].low / by, f->q[q].high * by};
    }
}

// The macro that holds a memory: of whole words, and never smaller than the smallest.
static struct se_memory macro_of(const struct se_memory *m) {
    struct se_memory macro = *m;
    if (macro.bits < SE_MEMORY_MACRO_BITS) {
        macro.bits = (SE_MEMORY_MACRO_BITS + m->word_bits - 1) / m->word_bits * m->word_bits;
    }
    return macro;
}

enum se_status se_memory_estimate(const struct se_tech *tech, enum se_device device,
                                  const struct se_memory *m, struct se_memory_estimate *estimate,
                                  struct se_error *err) {
    enum se_status status = check(m, err);
    if (status) {
        return status;
    }
    const struct se_memory macro = macro_of(m);
    struct organisation o = organise(tech, &macro);
    double active = o.bits / o.banks;
    struct se_memory_estimate e = {
        .words = m->bits / m->word_bits, .columns = o.columns, .rows = active / o.columns};
    struct se_memory_figures *sram = &e.by_kind[SE_MEMORY_SRAM],
                             *flops = &e.by_kind[SE_MEMORY_FLIP_FLOPS];
    for (size_t i = 0; i < tech->models; i++) {
        if (device == SE_DEVICE_TYPICAL || device == tech->sram[i].device) {
            sram_sums(tech, &tech->sram[i], &macro, active, sram->sums[sram->models++]);
            flop_sums(tech, &tech->sram[i], m, flops->sums[flops->models++]);
        }
    }
    if (sram->models == 0) {
        return se_fail(err, SE_INVALID, "%s has no device %s: only %s", tech->name,
                       se_device_names[device], se_device_names[tech->sram[0].device]);
    }
    evaluate(sram);
    evaluate(flops);
    e.kind = flops->q[SE_MEMORY_AREA].value < sram->q[SE_MEMORY_AREA].value ? SE_MEMORY_FLIP_FLOPS
                                                                            : SE_MEMORY_SRAM;
    const struct se_constant *fitted = tech->sram[0].c;
    if (outside(&fitted[SE_SRAM_FITTED_BITS], (double)macro.bits) ||
        outside(&fitted[SE_SRAM_FITTED_WORD], (double)m->word_bits)) {
        e.extrapolated = e.kind == SE_MEMORY_SRAM;
        widen(fitted[SE_SRAM_BEYOND].band.value, sram);
    }
    *estimate = e;
    return SE_OK;
}
