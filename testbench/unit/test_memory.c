// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/memory_points.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const TECHNOLOGIES[] = {
    "design-notes-7nm", "7nm", "asap7", "22nm", "32nm", "45nm", "130nm", "sky130", "osu018"};
enum { N_TECHNOLOGIES = sizeof TECHNOLOGIES / sizeof *TECHNOLOGIES };

static struct se_tech load(const char *name) {
    struct se_tech tech;
    struct se_error err = {""};
    cr_assert_eq(se_tech_load("data/tech", name, &tech, &err), SE_OK, "%s", err.message);
    return tech;
}

static struct se_memory_estimate estimate(const struct se_tech *tech, enum se_device device,
                                          uint64_t bits, uint64_t word_bits, enum se_ports ports) {
    struct se_memory_estimate e;
    struct se_error err = {""};
    const struct se_memory m = {bits, word_bits, ports};
    cr_assert_eq(se_memory_estimate(tech, device, &m, &e, &err), SE_OK, "%s", err.message);
    return e;
}

// ---- against memories whose cost is known -------------------------------------------------------

static struct se_memory_point points[SE_MEMORY_POINTS_MAX];

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Ascending relative errors of a quantity at the points of a node and device.
static size_t errors_of(size_t n, int node, enum se_device device, int quantity, double *errors) {
    char name[16];
    size_t found = 0;
    snprintf(name, sizeof name, "%dnm", node);
    struct se_tech tech = load(name);
    for (size_t i = 0; i < n; i++) {
        const struct se_memory_point *p = &points[i];
        if (p->node_nm == node && p->device == device) {
            struct se_memory_estimate e =
                estimate(&tech, device, p->memory.bits, p->memory.word_bits, p->memory.ports);
            cr_expect_eq(e.kind, SE_MEMORY_SRAM);
            struct se_band b = e.by_kind[SE_MEMORY_SRAM].q[quantity];
            errors[found++] = fabs(b.value / p->q[quantity] - 1);
        }
    }
    qsort(errors, found, sizeof *errors, ascending);
    return found;
}

Test(memory, errors_at_the_points_of_cacti) {
    static const struct {
        int quantity;
        double median, worst;
    } BOUNDS[] = {{SE_MEMORY_AREA, 0.10, 0.25},
                  {SE_MEMORY_ACCESS, 0.20, 0.30},
                  {SE_MEMORY_READ, 0.20, 0.40},
                  {SE_MEMORY_WRITE, 0.20, 0.40},
                  {SE_MEMORY_LEAKAGE, 0.20, 0.40}};
    double errors[SE_MEMORY_POINTS_MAX];
    size_t n;
    cr_assert_eq(se_memory_points_load("data/tech/sram/points.csv", &n, points, NULL), SE_OK);
    for (int node = 22; node <= 45; node += 23) {
        for (int device = SE_DEVICE_HP; device <= SE_DEVICE_LSTP; device++) {
            for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++) {
                size_t found =
                    errors_of(n, node, (enum se_device)device, BOUNDS[i].quantity, errors);
                cr_assert_eq(found, 20u);
                double median = (errors[9] + errors[10]) / 2;
                cr_expect(median <= BOUNDS[i].median && errors[19] <= BOUNDS[i].worst,
                          "%d nm %s %s: median %g, worst %g", node, se_device_names[device],
                          se_memory_quantity_names[BOUNDS[i].quantity], median, errors[19]);
            }
        }
    }
}

Test(memory, the_macros_of_ihp_are_within_30_percent) {
    double errors[SE_MEMORY_POINTS_MAX];
    size_t n;
    cr_assert_eq(se_memory_points_load("data/tech/sram/points.csv", &n, points, NULL), SE_OK);
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        cr_assert_eq(errors_of(n, 130, SE_DEVICE_TYPICAL, q, errors), 10u);
        cr_expect_leq(errors[9], 0.30, "%s: worst %g", se_memory_quantity_names[q], errors[9]);
    }
}

Test(memory, points_that_are_none) {
    static const char *const LINES[] = {
        "cacti,22,hp,128,32,1RW,0,1,1,1,1",     "cacti,22,hp,128,32,1RW,1,-1,1,1,1",
        "cacti,22,hp,128,32,1RW,1,1,nan,1,1",   "cacti,22,hp,128,32,1RW,1,1,1,inf,1",
        "cacti,22,hp,-128,32,1RW,1,1,1,1,1",    "cacti,22,hp,0,32,1RW,1,1,1,1,1",
        "cacti,22,hp,128,5000,1RW,1,1,1,1,1",   "cacti,22,warm,128,32,1RW,1,1,1,1,1",
        "cacti,22,hp,128,32,2RW,1,1,1,1,1",     "cacti,22,hp,128,32,1RW,1,1,1,1",
        "cacti,22,hp,99999999,32,1RW,1,1,1,1,1"};
    for (size_t i = 0; i <= sizeof LINES / sizeof *LINES; i++) {
        char path[] = "/tmp/se_test_XXXXXX";
        struct se_error err = {""};
        size_t n;
        FILE *out = fdopen(mkstemp(path), "w");
        cr_assert(out);
        fprintf(out,
                "source,node_nm,device,words,word_bits,ports,area_mm2,access_ns,read_pj,write_pj,"
                "leakage_mw\n%s\n",
                i ? LINES[i - 1] : "cacti,22,hp,128,32,1RW,1,1,1,1,1");
        fclose(out);
        enum se_status status = se_memory_points_load(path, &n, points, &err);
        remove(path);
        cr_expect_eq(status, i ? SE_INVALID : SE_OK, "%s", i ? LINES[i - 1] : err.message);
        cr_expect(!i || (strstr(err.message, path) && strstr(err.message, "line 2")), "%s",
                  err.message);
    }
}

// ---- by hand ------------------------------------------------------------------------------------

static struct se_tech zero_tech(void) {
    struct se_tech tech = {.name = "made", .models = 1};
    tech.sram[0].device = SE_DEVICE_TYPICAL;
    for (int i = 0; i < SE_TECH_CONSTANTS; i++) {
        tech.c[i].band = (struct se_band){1, 1, 1};
    }
    tech.sram[0].c[SE_SRAM_FITTED_BITS].band = (struct se_band){1, 1, 1e9};
    tech.sram[0].c[SE_SRAM_FITTED_WORD].band = (struct se_band){1, 1, 1e9};
    tech.sram[0].c[SE_SRAM_BEYOND].band = (struct se_band){2, 2, 2};
    return tech;
}

static void set(struct se_constant *c, double value, double low, double high) {
    c->band = (struct se_band){value, low, high};
}

static void expect_band(struct se_band b, double value, double low, double high) {
    cr_expect(fabs(b.value - value) <= 1e-12 * value && fabs(b.low - low) <= 1e-12 * low &&
                  fabs(b.high - high) <= 1e-12 * high,
              "%g (%g to %g) where %g (%g to %g) is due", b.value, b.low, b.high, value, low, high);
}

// 1000 words of 16 bits; cells of 0.25 um2: 0.25 * (0 + 2 * 16000 + 2000 * 16) = 16000 um2, which
// are 0.016 mm2.
Test(memory, sums_by_hand) {
    struct se_tech tech = zero_tech();
    struct se_constant *c = tech.sram[0].c;
    set(&c[SE_SRAM_CELL], 0.25, 0.25, 0.5);
    set(&c[SE_SRAM_AREA_BIT], 2, 1, 3);
    set(&c[SE_SRAM_AREA_WORD], 2000, 0, 2000);
    set(&c[SE_SRAM_AREA2_BASE], 640000, 640000, 640000);
    set(&c[SE_SRAM_ACCESS_BASE], 1, 1, 1);
    set(&c[SE_SRAM_ACCESS_EDGE], 10, 10, 10);
    set(&c[SE_SRAM_WRITE_ROOT], 0.5, 0.5, 0.5);
    set(&c[SE_SRAM_LEAK_AREA], 3, 2, 4);
    struct se_memory_figures f =
        estimate(&tech, SE_DEVICE_TYPICAL, 16000, 16, SE_PORTS_1RW).by_kind[SE_MEMORY_SRAM];
    expect_band(f.q[SE_MEMORY_AREA], 0.016, 0.004, 0.040);
    expect_band(f.q[SE_MEMORY_LEAKAGE], 0.048, 0.032, 0.064);
    double root = sqrt(16000) / 2, time = 1 + 10 * sqrt(0.016);
    expect_band(f.q[SE_MEMORY_WRITE], root, root, root);
    expect_band(f.q[SE_MEMORY_ACCESS], time, time, time);
    f = estimate(&tech, SE_DEVICE_TYPICAL, 16000, 16, SE_PORTS_1RW1R).by_kind[SE_MEMORY_SRAM];
    expect_band(f.q[SE_MEMORY_AREA], 0.16, 0.16, 0.32);
    // larger than what was fitted, the bands by a factor of 2
    cr_expect(!estimate(&tech, SE_DEVICE_TYPICAL, 16000, 16, SE_PORTS_1RW).extrapolated);
    c[SE_SRAM_FITTED_BITS].band.high = 15999;
    struct se_memory_estimate e = estimate(&tech, SE_DEVICE_TYPICAL, 16000, 16, SE_PORTS_1RW);
    cr_expect(e.extrapolated);
    expect_band(e.by_kind[SE_MEMORY_SRAM].q[SE_MEMORY_AREA], 0.016, 0.002, 0.080);
    expect_band(e.by_kind[SE_MEMORY_FLIP_FLOPS].q[SE_MEMORY_AREA], 0.016, 0.016, 0.016);
    c[SE_SRAM_FITTED_BITS].band.high = 16000;
    c[SE_SRAM_FITTED_WORD].band.low = 17;
    cr_expect(estimate(&tech, SE_DEVICE_TYPICAL, 16000, 16, SE_PORTS_1RW).extrapolated);
}

// Where only energy counts and each bank costs b a column, banks of bits / banks cells and
// word_bits columns are best: the energy bits / banks + b * word_bits * banks is least at banks^2 =
// bits / (b * word_bits).
Test(memory, an_organisation_by_hand) {
    struct se_tech tech = zero_tech();
    set(&tech.organisation[SE_ORGANISATION_DELAY_BASE], 1e12, 1e12, 1e12);
    set(&tech.organisation[SE_ORGANISATION_ENERGY_BANK], 2, 2, 2);
    set(&tech.organisation[SE_ORGANISATION_PORT_READ], 3, 3, 3);
    set(&tech.sram[0].c[SE_SRAM_READ_CELL], 1, 1, 1);
    // 8192 / (2 * 16) is the square of 16 banks, of 512 cells each
    struct se_memory_estimate e = estimate(&tech, SE_DEVICE_TYPICAL, 8192, 16, SE_PORTS_1RW);
    cr_expect_float_eq(e.by_kind[SE_MEMORY_SRAM].q[SE_MEMORY_READ].value, 512, 1e-3);
    cr_expect(fabs(e.columns - 16) < 1e-6 && fabs(e.rows - 32) < 1e-4, "%.9g x %.9g", e.columns,
              e.rows);
    e = estimate(&tech, SE_DEVICE_TYPICAL, 8192, 16, SE_PORTS_1RW1R);
    cr_expect_float_eq(e.by_kind[SE_MEMORY_SRAM].q[SE_MEMORY_READ].value, 3 * 512, 3e-3);
}

// Where only delay counts, rows and columns of one bank are in balance: rows + c * columns with
// rows * columns = bits is least at columns^2 = bits / c.
Test(memory, a_fast_organisation_by_hand) {
    struct se_tech tech = zero_tech();
    set(&tech.organisation[SE_ORGANISATION_ENERGY_WORD], 1e12, 1e12, 1e12);
    set(&tech.organisation[SE_ORGANISATION_DELAY_COLUMN], 4, 4, 4);
    set(&tech.organisation[SE_ORGANISATION_DELAY_BANK], 1e6, 1e6, 1e6);
    struct se_memory_estimate e = estimate(&tech, SE_DEVICE_TYPICAL, 65536, 16, SE_PORTS_1RW);
    cr_expect(fabs(e.columns - 128) < 0.1 && fabs(e.rows - 512) < 0.4, "%g x %g", e.columns,
              e.rows);
}

Test(memory, typical_is_the_mean_of_two_devices) {
    struct se_tech tech = load("22nm");
    struct se_memory_figures f[3];
    for (int d = 0; d < 3; d++) {
        f[d] = estimate(&tech, (enum se_device)d, 32768, 32, SE_PORTS_1RW).by_kind[SE_MEMORY_SRAM];
    }
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        const struct se_band *a = &f[SE_DEVICE_HP].q[q], *b = &f[SE_DEVICE_LSTP].q[q];
        expect_band(f[SE_DEVICE_TYPICAL].q[q], sqrt(a->value * b->value), fmin(a->low, b->low),
                    fmax(a->high, b->high));
    }
}

// ---- every size ---------------------------------------------------------------------------------

// From one word to 64 MB in steps of at most 5 %: nothing shrinks, and nothing jumps, but for the
// change from flip-flops to SRAM.
static void sweep(const struct se_tech *tech, uint64_t word_bits, enum se_ports ports) {
    struct se_memory_estimate before = {0};
    uint64_t last = SE_MEMORY_BITS_MAX / word_bits;
    for (uint64_t words = 1, previous = 0; previous < last; words += 1 + words / 20) {
        words = words < last ? words : last;
        struct se_memory_estimate e =
            estimate(tech, SE_DEVICE_TYPICAL, words * word_bits, word_bits, ports);
        struct se_memory_figures *f = &e.by_kind[e.kind];
        double growth = (double)words / (double)previous;
        cr_expect(!previous || before.kind >= e.kind, "back to flip-flops at %llu words",
                  (unsigned long long)words);
        for (int q = 0; q < SE_MEMORY_QUANTITIES && previous; q++) {
            double now = f->q[q].value, then = before.by_kind[before.kind].q[q].value;
            cr_assert(isfinite(now) && f->q[q].low <= now && now <= f->q[q].high);
            bool same = before.kind == e.kind || q == SE_MEMORY_AREA;
            cr_expect(!same || (now >= then && now <= then * growth * 1.1),
                      "%s, %llu words of %llu bits: %s goes from %g to %g", tech->name,
                      (unsigned long long)words, (unsigned long long)word_bits,
                      se_memory_quantity_names[q], then, now);
        }
        before = e;
        previous = words;
    }
}

Test(memory, grows_with_size_and_without_steps) {
    for (size_t i = 0; i < N_TECHNOLOGIES; i++) {
        struct se_tech tech = load(TECHNOLOGIES[i]);
        for (uint64_t word_bits = 1; word_bits <= SE_MEMORY_WORD_MAX; word_bits *= 8) {
            sweep(&tech, word_bits, SE_PORTS_1RW);
            sweep(&tech, word_bits, SE_PORTS_1RW1R);
        }
    }
}

// The smaller of the two is taken: flip-flops up to some tens of bytes, SRAM from 256 bytes.
Test(memory, flip_flops_are_for_small_memories) {
    for (size_t i = 1; i < N_TECHNOLOGIES; i++) {
        struct se_tech tech = load(TECHNOLOGIES[i]);
        for (uint64_t bits = 32; bits <= 4096; bits += 32) {
            struct se_memory_estimate e =
                estimate(&tech, SE_DEVICE_TYPICAL, bits, 32, SE_PORTS_1RW);
            double sram = e.by_kind[SE_MEMORY_SRAM].q[SE_MEMORY_AREA].value,
                   flops = e.by_kind[SE_MEMORY_FLIP_FLOPS].q[SE_MEMORY_AREA].value;
            cr_expect_eq(e.kind, flops < sram ? SE_MEMORY_FLIP_FLOPS : SE_MEMORY_SRAM);
            cr_expect(bits > 64 || e.kind == SE_MEMORY_FLIP_FLOPS, "%s", tech.name);
            cr_expect(bits < 2048 || e.kind == SE_MEMORY_SRAM, "%s", tech.name);
        }
    }
}

// A second port and a larger node never make a memory smaller.
Test(memory, ports_and_nodes_are_in_order) {
    static const char *const NODES[] = {"7nm", "22nm", "32nm", "45nm", "130nm"};
    static const uint64_t BITS[] = {256, 4096, 65536, 589824, 1 << 23};
    for (size_t b = 0; b < 5; b++) {
        double smaller = 0;
        for (size_t i = 0; i < 5; i++) {
            struct se_tech tech = load(NODES[i]);
            double area[2];
            for (int ports = 0; ports < 2; ports++) {
                struct se_memory_estimate e =
                    estimate(&tech, SE_DEVICE_TYPICAL, BITS[b], 32, (enum se_ports)ports);
                area[ports] = e.by_kind[e.kind].q[SE_MEMORY_AREA].value;
            }
            cr_expect(area[0] > smaller && area[1] > area[0], "%s, %d bits", NODES[i],
                      (int)BITS[b]);
            smaller = area[0];
        }
    }
}

Test(memory, the_design_notes_constants_as_they_stand) {
    struct se_tech tech = load("design-notes-7nm");
    uint64_t bits = UINT64_C(72) * 1024 * 8;
    struct se_memory_figures one =
        estimate(&tech, SE_DEVICE_TYPICAL, bits, 32, SE_PORTS_1RW).by_kind[SE_MEMORY_SRAM];
    struct se_memory_figures two =
        estimate(&tech, SE_DEVICE_TYPICAL, bits, 32, SE_PORTS_1RW1R).by_kind[SE_MEMORY_SRAM];
    expect_band(one.q[SE_MEMORY_AREA], 2.88, 2.88, 2.88);
    expect_band(two.q[SE_MEMORY_AREA], 4.32, 4.32, 4.32);
    expect_band(one.q[SE_MEMORY_READ], 48, 48, 48);
}

Test(memory, refusals) {
    static const struct {
        struct se_memory memory;
        enum se_device device;
        const char *word;
    } CASES[] = {
        {{0, 32, SE_PORTS_1RW}, SE_DEVICE_HP, "not 0 bits"},
        {{32, 0, SE_PORTS_1RW}, SE_DEVICE_HP, "not 0"},
        {{33, 32, SE_PORTS_1RW}, SE_DEVICE_HP, "whole number of words"},
        {{16, 32, SE_PORTS_1RW}, SE_DEVICE_HP, "whole number of words"},
        {{8192, 8192, SE_PORTS_1RW}, SE_DEVICE_HP, "4096"},
        {{(UINT64_C(1) << 29) + 32, 32, SE_PORTS_1RW}, SE_DEVICE_HP, "64 MB"},
        {{UINT64_MAX, 1, SE_PORTS_1RW}, SE_DEVICE_HP, "64 MB"},
    };
    struct se_tech tech = load("22nm"), one = load("7nm");
    struct se_memory_estimate e;
    struct se_error err;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        err.message[0] = '\0';
        cr_expect_eq(se_memory_estimate(&tech, CASES[i].device, &CASES[i].memory, &e, &err),
                     SE_INVALID);
        cr_expect(strstr(err.message, CASES[i].word), "%zu: %s", i, err.message);
    }
    const struct se_memory m = {8192, 32, SE_PORTS_1RW};
    cr_expect_eq(se_memory_estimate(&one, SE_DEVICE_HP, &m, &e, &err), SE_INVALID);
    cr_expect(strstr(err.message, "no device hp"), "%s", err.message);
}
