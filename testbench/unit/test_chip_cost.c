// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip_cost.h"
#include "w4a5se/rotation.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GATE_FJ = 32 }; // of osu018 here

static char home[64], repository[4096];

static void run(const char *format, const char *argument) {
    char line[600];
    snprintf(line, sizeof line, format, home, argument);
    cr_assert_eq(system(line), 0, "%s", line);
}

// A block of `ge` gates times an expression, as the logic model's files have it.
static void put_block_times(const char *name, const char *times, double ge, const char *parameters,
                            const char *parts) {
    char path[200];
    snprintf(path, sizeof path, "%s/tech/logic/osu018/%s.yaml", home, name);
    FILE *to = fopen(path, "w");
    cr_assert(to);
    fprintf(to,
            "library: osu018_stdcells\ngate_area: 24\nge_error: 0.1\nns_error: 0\nparameters: %s\n"
            "terms:\n- {what: gates, times: \"%s\", ge: %g, flip_flops: 1, ns: 2}\nparts: %s\n",
            parameters, times, ge, parts);
    fclose(to);
}

static void put_block(const char *name, double ge, const char *parameters, const char *parts) {
    put_block_times(name, "1", ge, parameters, parts);
}

// Technologies with blocks whose gates are known: the convolution 100 and 10 of a part, the scan 20
// and 1000 a lane, the top 5000 and 1 to 4 of its parts, a cursor 7 of up to 20 heads in a stage
// of 70.
static void make_technologies(void) {
    static const char *const ALONE[] = {"code_pack", "code_unpack", "axi_lite", "top_registers"};
    strcpy(home, "/tmp/se_test_XXXXXX");
    cr_assert(mkdtemp(home) && getcwd(repository, sizeof repository));
    run("cp -r data/tech %s/tech%s", "");
    run("rm -r %s/tech/logic/osu018/*%s", "");
    run("sed -i 's/name: gate_energy, value: [0-9.]*/name: gate_energy, value: 32/' "
        "%s/tech/osu018.yaml%s",
        "");
    run("mkdir -p %s/tech/energy%s", "");
    for (size_t i = 0; i < 4; i++) {
        put_block(ALONE[i], (double)i + 1, "[]", "[]");
    }
    put_block("conv_taps", 10, "[]", "[]");
    put_block("conv_engine", 100, "[]", "[{block: conv_taps, times: \"1\", given: \"\"}]");
    put_block("scan_lane", 1000, "[]", "[]");
    put_block("scan_engine", 20, "[{name: LANES, least: 1, most: 16, default: 4}]",
              "[{block: scan_lane, times: \"LANES\", given: \"\"}]");
    put_block("scale_lookup_cursor", 7, "[{name: HEADS, least: 2, most: 20, default: 16}]", "[]");
    put_block("scale_stage", 70, "[{name: WIDTH, least: 32, most: 49, default: 32}]",
              "[{block: scale_lookup_cursor, times: \"1\", given: \"\"}]");
    put_block("w4a5se_top", 5000, "[]", "[{block: conv_engine, times: \"1\", given: \"\"}]");
    put_block("fp32_add", 500, "[{name: LATENCY, least: 0, most: 3, default: 2}]", "[]");
    put_block("adder", 90, "[{name: WIDTH, least: 8, most: 64, default: 32}]", "[]");
    run("printf 'library: osu018_stdcells\nvoltage: 1.8\nblocks:\n"
        "- {block: scan_lane, operation: state update, pj: 50, parameters: \"D_STATE=128\", "
        "operations: 10, vectors: by hand}\n"
        "- {block: scan_lane, operation: idle cycle, pj: 2, parameters: \"LANES=4,D_STATE=16\", "
        "operations: 10, vectors: by hand}\n"
        "- {block: scan_lane, operation: state update, pj: 32, parameters: \"LANES=4,D_STATE=16\", "
        "operations: 10, vectors: by hand}\n"
        "- {block: conv_engine (rest), operation: channel, pj: 7, parameters: \"\", "
        "operations: 10, vectors: by hand}\n' >%s/tech/energy/osu018.yaml%s",
        "");
}

static void remove_technologies(void) {
    run("rm -r %s%s", "");
}

TestSuite(chip_cost, .init = make_technologies, .fini = remove_technologies);

static struct se_chip chip_of(const char *name) {
    struct se_chip_model model;
    struct se_error err = {""};
    cr_assert_eq(se_chip_model_load("data/models.yaml", name, &model, &err), SE_OK, "%s",
                 err.message);
    return se_chip_default(&model);
}

static void cost_of(const struct se_chip *chip, const char *tech, struct se_chip_cost *cost) {
    char directory[100];
    static struct se_chip_prices prices; // costs point into it
    struct se_error err = {""};
    snprintf(directory, sizeof directory, "%s/tech", home);
    cr_assert_eq(se_chip_prices_load(directory, tech, &prices, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_chip_check(chip, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_chip_cost(chip, &prices, cost, &err), SE_OK, "%s", err.message);
    se_chip_prices_free(&prices);
}

static const struct se_chip_block_cost *block_named(const struct se_chip_cost *c,
                                                    const char *name) {
    for (size_t i = 0; i < c->blocks; i++) {
        if (!strcmp(c->block[i].block, name)) {
            return &c->block[i];
        }
    }
    cr_assert_fail("there is no block %s", name);
    return NULL;
}

// osu018: 24 um2 a gate, 70 % of the area cells; the energy of a lane was measured.
Test(chip_cost, logic_by_hand) {
    struct se_chip chip = chip_of("mamba-130m");
    struct se_chip_cost c;
    cost_of(&chip, "osu018", &c);
    cr_expect_eq(c.ge, 100 + 10 + 20 + 4 * 1000 + 1 + 2 + 3 + 4 + 5000);
    cr_expect_float_eq(c.logic_area.value, c.ge * 24 / 0.7 * 1e-6, 1e-12);
    const struct se_chip_block_cost *lane = block_named(&c, "scan_lane"),
                                    *taps = block_named(&c, "conv_taps");
    cr_expect(lane->measured && lane->instances == 4 && lane->operations == 1536 * 16);
    cr_expect_float_eq(lane->pj.value, 32, 1e-9);
    // and 2 pJ in each cycle that the scan takes longer than an update a cycle
    const double waits = 24 * (4 * (double)c.scan.cycles - 1536 * 16);
    cr_expect(waits > 0 && lane->waits == waits);
    cr_expect_float_eq(lane->energy.value, (32 * 1536 * 16 * 24 + 2 * waits) * 1e-3, 1e-6);
    cr_expect(!taps->measured && taps->operations == 1536);
    cr_expect_float_eq(block_named(&c, "conv_engine")->pj.value, 7, 1e-9); // what it adds
    // four lanes wait while the convolution works
    cr_expect_float_eq(c.idle_energy.value, 4 * 2 * 24 * (double)c.conv.cycles * 1e-3, 1e-6);
    cr_expect_float_eq(taps->pj.value, 10 * GATE_FJ * 1e-3, 1e-9);
    cr_expect_float_eq(taps->area.high / taps->area.value, 1.1 * 0.7 / 0.6, 1e-9);
    // 1536 + 29 cycles (docs/engines.md), of 2 ns or of the slowest memory's access
    double conv_ns = 2, scan_ns = 2;
    for (size_t i = 0; i < c.memories; i++) {
        const struct se_memory_estimate *e = &c.memory[i].estimate;
        const double ns = e->by_kind[e->kind].q[SE_MEMORY_ACCESS].value;
        if (!strncmp(c.memory[i].memory.name, "conv", 4)) {
            conv_ns = fmax(conv_ns, ns);
        } else {
            scan_ns = fmax(scan_ns, ns);
        }
    }
    cr_expect(scan_ns > 2); // at 180 nm
    cr_expect_eq(c.conv.cycles, 1565u);
    cr_expect_float_eq(c.token_ns.value,
                       24 * ((double)c.conv.cycles * conv_ns + (double)c.scan.cycles * scan_ns),
                       1e-6);
    cr_expect_float_eq(c.leakage_energy.value, c.leakage.value * c.token_ns.value * 1e-3, 1e-6);
}

// Another technology takes the gates by its ratio, the measured energy by its energy a gate.
Test(chip_cost, another_technology_by_hand) {
    struct se_chip chip = chip_of("mamba-130m");
    struct se_chip_cost here, there;
    struct se_tech tech, measured;
    cost_of(&chip, "osu018", &here);
    cost_of(&chip, "45nm", &there);
    cr_assert_eq(se_tech_load("data/tech", "45nm", &tech, NULL), SE_OK);
    cr_assert_eq(se_tech_load("data/tech", "osu018", &measured, NULL), SE_OK);
    measured.c[SE_TECH_GATE_ENERGY].band.value = GATE_FJ;
    const struct se_constant *c = tech.c, *m = measured.c;
    cr_expect_float_eq(block_named(&there, "scan_lane")->pj.value,
                       32 * c[SE_TECH_GATE_ENERGY].band.value / m[SE_TECH_GATE_ENERGY].band.value,
                       1e-9);
    cr_expect_float_eq(there.logic_area.value,
                       here.ge * c[SE_TECH_GATE_RATIO].band.value *
                           c[SE_TECH_GATE_AREA].band.value / c[SE_TECH_UTILISATION].band.value *
                           1e-6,
                       1e-12);
}

// 8 lanes have twice the gates of the block whose energy was measured at 4, whose clock takes 8 pJ
// a cycle, 2 pJ of the 3 pJ of each of its four updates: twice as much. The other 1 pJ are as many.
Test(chip_cost, energy_follows_the_gates) {
    struct se_chip chip = chip_of("mamba-130m");
    struct se_chip_cost c;
    put_block_times("scan_engine", "LANES * D_STATE", 0.1,
                    "[{name: LANES, least: 1, most: 16, default: 4}, "
                    "{name: D_STATE, least: 16, most: 128, default: 16}]",
                    "[{block: scan_lane, times: \"LANES\", given: \"\"}]");
    run("printf -- '- {block: scan_engine (rest), operation: state update, pj: 3, parameters: "
        "\"LANES=4\", operations: 40, vectors: by hand}\n"
        "- {block: scan_engine (rest), operation: idle cycle, pj: 8, parameters: \"LANES=4\", "
        "operations: 10, vectors: by hand}\n' >>%s/tech/energy/osu018.yaml%s",
        "");
    chip.lanes = 8;
    cost_of(&chip, "osu018", &c);
    const struct se_chip_block_cost *rest = block_named(&c, "scan_engine");
    const double updates = 24 * 1536 * 16, waits = 24 * (double)c.scan.cycles - updates * 10 / 40;
    cr_expect_float_eq(rest->pj.value, 2 * 2 + 1, 1e-9);
    cr_expect_float_eq(rest->waits, waits, 1e-6);
    cr_expect_float_eq(rest->energy.value, (5 * updates + 16 * waits) * 1e-3, 1e-6);
    // the entry does not say how many states: the RTL's 16; 128 have eight times the gates
    chip.model.d_state = 128;
    cost_of(&chip, "osu018", &c);
    cr_expect_float_eq(block_named(&c, "scan_engine")->pj.value, 8 * (2 * 2 + 1), 1e-9);
}

// The nearest by the ratios of the parameters; a search among one is not near to one among several.
Test(chip_cost, the_nearest_energy) {
    static const struct se_gate_energies energies = {
        .n = 5,
        .at = {{"search", "idle cycle", "HEAD_GROUPS=4,DIM_GROUPS=4", "", 1, 1},
               {"search", "lookup", "HEAD_GROUPS=1,DIM_GROUPS=1", "", 2, 1},
               {"search", "lookup", "HEAD_GROUPS=4,DIM_GROUPS=4", "", 3, 1},
               {"search", "lookup", "HEAD_GROUPS=4,DIM_GROUPS=4,CHECK_ORDER=0", "", 4, 1},
               {"other", "lookup", "HEAD_GROUPS=8,DIM_GROUPS=8", "", 5, 1}}};
    static const struct {
        double head, dim, order, pj;
    } CASES[] = {{1, 1, 1, 2}, {4, 4, 1, 3}, {8, 8, 1, 3}, {2, 2, 1, 3},
                 {2, 8, 0, 4}, {1, 4, 1, 3}, {4, 1, 1, 3}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct se_named_number values[] = {{"HEAD_GROUPS", CASES[i].head},
                                                 {"DIM_GROUPS", CASES[i].dim},
                                                 {"CHECK_ORDER", CASES[i].order}};
        const struct se_gate_energy *e = se_gate_energy_find(&energies, "search", 3, values);
        cr_assert(e);
        cr_expect_eq(e->pj, CASES[i].pj, "%g x %g: %g", CASES[i].head, CASES[i].dim, e->pj);
    }
    cr_expect_eq(se_gate_energy_idle(&energies, &energies.at[2]), &energies.at[0]);
    cr_expect_null(se_gate_energy_idle(&energies, &energies.at[1]));
}

// Two layers that fit move nothing.
Test(chip_cost, two_layers_need_no_dram) {
    struct se_chip chip = chip_of("mamba-130m"), same;
    struct se_chip_cost moved, held;
    chip.model.layers = chip.table_layers = 2;
    same = chip;
    chip.double_buffered = true;
    cost_of(&chip, "7nm", &moved);
    cost_of(&same, "7nm", &held);
    cr_expect(moved.dram_bits == 0 && moved.bits == held.bits);
    chip.model.layers = chip.table_layers = 3;
    cost_of(&chip, "7nm", &moved);
    cr_expect(moved.dram_bits > 0 && moved.bits == held.bits);
}

// Nothing of logic grows where a node is smaller, but that osu018's paths are shorter than
// sky130's.
Test(chip_cost, nodes_are_in_order) {
    static const char *const NODES[] = {"7nm", "22nm", "32nm", "45nm", "130nm", "180nm"};
    struct se_tech small, large;
    for (size_t i = 0; i + 1 < sizeof NODES / sizeof *NODES; i++) {
        cr_assert_eq(se_tech_load("data/tech", NODES[i], &small, NULL), SE_OK);
        cr_assert_eq(se_tech_load("data/tech", NODES[i + 1], &large, NULL), SE_OK);
        const enum se_tech_constant constants[] = {SE_TECH_GATE_AREA, SE_TECH_GATE_DELAY,
                                                   SE_TECH_GATE_ENERGY};
        for (size_t k = 0; k < 3; k++) {
            const struct se_band *a = &small.c[constants[k]].band, *b = &large.c[constants[k]].band;
            cr_expect(a->value < b->value ||
                          (constants[k] == SE_TECH_GATE_DELAY && large.node_nm == 180),
                      "%s of %s", small.c[constants[k]].name, NODES[i]);
        }
    }
}

Test(chip_cost, totals_are_sums) {
    struct se_chip chip = chip_of("mamba2-130m");
    struct se_chip_cost c;
    double area = 0, energy = 0, bits = 0;
    chip.double_buffered = true;
    cost_of(&chip, "22nm", &c);
    for (size_t i = 0; i < c.memories; i++) {
        area += c.memory[i].area.high;
        energy += c.memory[i].energy.low;
        bits += se_chip_memory_bits(&c.memory[i].memory);
    }
    for (size_t i = 0; i < c.blocks; i++) {
        area += c.block[i].area.high;
        energy += c.block[i].energy.low;
    }
    cr_expect_float_eq(c.area.high / area, 1, 1e-12);
    cr_expect_float_eq(c.energy.low / (energy + c.dram_energy.low), 1, 1e-12);
    cr_expect_eq(c.bits, bits);
    cr_expect(c.dram_bits > 0 && c.dram_energy.low > 0);
}

// 24 heads are more than the cursor was synthesised for; both engines have one.
Test(chip_cost, says_where_parameters_are_only_near) {
    struct se_chip chip = chip_of("mamba2-130m");
    struct se_chip_cost c;
    cost_of(&chip, "22nm", &c);
    cr_expect(block_named(&c, "scale_lookup_cursor")->nearest);
    size_t cursors = 0; // one in each engine
    for (size_t i = 0; i < c.blocks; i++) {
        cursors += !strcmp(c.block[i].block, "scale_lookup_cursor");
    }
    cr_expect_eq(cursors, 2u);
    cr_expect_eq(c.ge, 100 + 10 + 20 + 4 * 1000 + 1 + 2 + 3 + 4 + 5000 + 2 * (7 + 70));
    cr_expect(!block_named(&c, "scan_lane")->nearest);
    cr_expect_eq(block_named(&c, "scan_lane")->measured->pj, 50); // at 128 states
    chip.model.headdim = 128;                                     // 12 heads
    cost_of(&chip, "22nm", &c);
    cr_expect(!block_named(&c, "scale_lookup_cursor")->nearest);
}

// Half the layers have a table: half the bits and half the reads; none: no lookup at all.
Test(chip_cost, layers_without_tables) {
    struct se_chip chip = chip_of("mamba2-8b");
    struct se_chip_cost all, half, none, without;
    cost_of(&chip, "22nm", &all);
    chip.table_layers = 28;
    cost_of(&chip, "22nm", &half);
    chip.table_layers = 0;
    cost_of(&chip, "22nm", &none);
    chip.lookup = SE_CHIP_NONE;
    chip.table_layers = 56;
    cost_of(&chip, "22nm", &without);
    cr_expect_float_eq((all.bits - none.bits) / (half.bits - none.bits), 2, 1e-9);
    cr_expect_float_eq((all.memory_energy.value - none.memory_energy.value) /
                           (half.memory_energy.value - none.memory_energy.value),
                       2, 1e-6);
    // a layer with a table takes its waits, the others not; a half has none of the piecewise
    // accuracy
    cr_expect_float_eq((all.token_ns.value - none.token_ns.value) /
                           (half.token_ns.value - none.token_ns.value),
                       2, 1e-6);
    cr_expect_eq(none.bits, without.bits);
    cr_expect_eq(none.ge, without.ge);
    cr_expect_eq(none.token_ns.value, without.token_ns.value);
}

Test(chip_cost, words_of_a_scale) {
    struct se_chip chip = chip_of("mamba2-8b");
    struct se_chip_cost one, six;
    cost_of(&chip, "22nm", &six); // two scales, for both engines
    chip.mode = SE_INPUT_INT8;
    cost_of(&chip, "22nm", &one);
    chip.mode = SE_INPUT_W4A5_SE_OFFSET;
    cr_expect_eq(six.bits - one.bits, 56.0 * 128 * 5 * 32);
}

Test(chip_cost, refusals) {
    char directory[100];
    struct se_chip_prices prices;
    struct se_chip_cost c;
    struct se_error err = {""};
    struct se_chip chip = chip_of("mamba-130m");
    snprintf(directory, sizeof directory, "%s/tech", home);
    cr_expect_eq(se_chip_prices_load(directory, "28nm", &prices, &err), SE_INVALID);
    cr_expect(strstr(err.message, "28nm"));
    run("rm %s/tech/logic/osu018/code_pack.yaml%s", "");
    cr_assert_eq(se_chip_prices_load(directory, "22nm", &prices, &err), SE_OK);
    cr_expect_eq(se_chip_cost(&chip, &prices, &c, &err), SE_INVALID);
    cr_expect(strstr(err.message, "code_pack"), "%s", err.message);
    se_chip_prices_free(&prices);
    run("sed -i 's/pj: 32/pj: nan/' %s/tech/energy/osu018.yaml%s", "");
    cr_expect_eq(se_chip_prices_load(directory, "22nm", &prices, &err), SE_INVALID);
    cr_expect(strstr(err.message, "scan_lane") && strstr(err.message, "pj"), "%s", err.message);
    run("rm %s/tech/energy/osu018.yaml%s", "");
    cr_expect(se_chip_prices_load(directory, "22nm", &prices, &err) != SE_OK);
}

// ---- rotations ----------------------------------------------------------------------------------

static enum se_status rotate(uint64_t channels, bool fp32, int word_bits, int streams,
                             struct se_rotation_cost *cost, struct se_error *err) {
    char directory[100];
    struct se_tech tech;
    const struct se_rotation r = {channels, fp32, word_bits, streams};
    snprintf(directory, sizeof directory, "%s/tech", home);
    cr_assert_eq(se_tech_load(directory, "osu018", &tech, NULL), SE_OK);
    return se_rotation_cost(directory, &tech, &tech, &r, cost, err);
}

// 8 = 2^3: three stages of two adders with 1, 2 and 4 words; 24 additions, the last of 8 inputs'
// sums 7 + 3 * 3 cycles later.
Test(chip_cost, a_rotation_of_a_power_of_two_by_hand) {
    struct se_rotation_cost c;
    cr_assert_eq(rotate(8, true, 32, 1, &c, NULL), SE_OK);
    cr_expect(c.blocks == 1 && c.stages == 3 && c.adders == 6 && c.words == 7);
    cr_expect(c.additions == 24 && c.latency == 16 && c.cycles == 24);
    cr_expect_eq(c.adder_ge, 500);
    cr_expect_float_eq(c.logic_area.value, 6 * 500 * 24 / 0.7 * 1e-6, 1e-12);
    cr_expect_float_eq(c.logic_energy.value, 24 * 500 * GATE_FJ * 1e-6, 1e-9);
    cr_assert_eq(rotate(8, false, 11, 2, &c, NULL), SE_OK);
    cr_expect(c.adder_ge == 90 && c.adders == 12 && c.latency == 4 + 3 && c.cycles == 7 + 4);
}

// 24 = 12 * 2: twelve adders and sums of 2 places in two banks behind one stage.
Test(chip_cost, a_rotation_with_paleys_matrix_by_hand) {
    struct se_rotation_cost c;
    cr_assert_eq(rotate(24, true, 32, 1, &c, NULL), SE_OK);
    cr_expect(c.blocks == 12 && c.stages == 1 && c.adders == 2 + 12);
    cr_expect(c.words == 1 + 2 * 24 && c.additions == 24 * (1 + 12));
    cr_expect(c.latency == 1 + 3 + 24 && c.cycles == 28 + 24);
}

Test(chip_cost, rotations_that_are_none) {
    struct se_rotation_cost c;
    struct se_error err = {""};
    cr_expect_eq(rotate(7, true, 32, 1, &c, &err), SE_INVALID);
    cr_expect(strstr(err.message, "7 channels"), "%s", err.message);
    cr_expect_eq(rotate(8, true, 32, 0, &c, &err), SE_INVALID);
    cr_expect_eq(rotate(8, true, 32, 9, &c, &err), SE_INVALID);
    cr_expect_eq(rotate(8, false, 65, 1, &c, &err), SE_INVALID);
    cr_expect(strstr(err.message, "WIDTH of adder is 65"), "%s", err.message);
}
