// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip_cost.h"

#include "memo.h"

#include "w4a5se/cycles.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LENGTH = 400, PATH_LENGTH = SE_CHIP_DIRECTORY + 16, FP32_BITS = 32 };

const char SE_CHIP_CONV_ENGINE[] = "conv_engine", SE_CHIP_SCAN_ENGINE[] = "scan_engine";

// ---- what the chips of a technology share -------------------------------------------------------

static void folder_of(const struct se_chip_prices *prices, const char *name, char *path) {
    snprintf(path, PATH_LENGTH, "%s/%s", prices->directory, name);
}

// In the library in which all blocks were measured.
static enum se_status load_energies(struct se_chip_prices *p, struct se_error *err) {
    static const char name[] = "osu018";
    char folder[PATH_LENGTH];
    folder_of(p, "energy", folder);
    enum se_status status = se_tech_load(p->directory, name, &p->measured, err);
    return status ? status : se_gate_energies_load(folder, name, &p->energies, err);
}

enum se_status se_chip_prices_load(const char *directory, const char *name,
                                   struct se_chip_prices *prices, struct se_error *err) {
    *prices = (struct se_chip_prices){.memories = NULL};
    if (strlen(directory) >= sizeof prices->directory) {
        return se_fail(err, SE_INVALID, "the path of the technologies is too long");
    }
    strcpy(prices->directory, directory);
    enum se_status status = se_tech_load(directory, name, &prices->tech, err);
    if (!status) {
        status = se_tech_load(directory, prices->tech.logic, &prices->library, err);
    }
    return status ? status : load_energies(prices, err);
}

void se_chip_prices_free(struct se_chip_prices *prices) {
    memo_free(&prices->memories);
    memo_free(&prices->logic);
}

// ---- memories -----------------------------------------------------------------------------------

static enum se_status estimate_memory(struct se_chip_prices *p, enum se_device device,
                                      const struct se_memory *memory,
                                      struct se_memory_estimate *estimate, struct se_error *err) {
    const uint64_t key[] = {memory->bits, memory->word_bits, memory->ports, device};
    const struct se_memory_estimate *known = memo_find(&p->memories, sizeof key, key);
    if (known) {
        *estimate = *known;
        return SE_OK;
    }
    enum se_status status = se_memory_estimate(&p->tech, device, memory, estimate, err);
    if (!status && !memo_add(&p->memories, sizeof key, key, sizeof *estimate, estimate)) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for an estimate");
    }
    return status;
}

static enum se_status cost_memories(const struct se_chip *chip, struct se_chip_prices *p,
                                    struct se_chip_cost *cost, struct se_error *err) {
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    enum se_status status = SE_OK;
    cost->memories = se_chip_memories(chip, memories);
    cost->dram_bits = se_chip_dram_bits(chip, cost->memories, memories);
    for (size_t i = 0; i < cost->memories && !status; i++) {
        struct se_chip_memory_cost *m = &cost->memory[i];
        m->memory = memories[i];
        status = estimate_memory(p, chip->device, &m->memory.memory, &m->estimate, err);
        if (!status) {
            const struct se_band *q = m->estimate.by_kind[m->estimate.kind].q;
            double instances = (double)m->memory.instances, layers = m->memory.layers * 1e-3;
            m->area = se_band_scaled(q[SE_MEMORY_AREA], instances);
            m->leakage = se_band_scaled(q[SE_MEMORY_LEAKAGE], instances);
            m->energy = se_band_sum(se_band_scaled(q[SE_MEMORY_READ], m->memory.reads * layers),
                                    se_band_scaled(q[SE_MEMORY_WRITE], m->memory.writes * layers));
            cost->bits += se_chip_memory_bits(&m->memory);
            cost->memory_area = se_band_sum(cost->memory_area, m->area);
            cost->leakage = se_band_sum(cost->leakage, m->leakage);
            cost->memory_energy = se_band_sum(cost->memory_energy, m->energy);
        }
    }
    return status;
}

// ---- logic --------------------------------------------------------------------------------------

// A block's gates with a chip's parameters, and those of it without its parts.
struct gates {
    double ge, own_ge, ge_error, ns, ns_error;
    double parts[SE_LOGIC_PARTS_MAX]; // how many of each
};

// What the RTL's parameters are for a chip.
static size_t parameters_of(const struct se_chip *c, struct se_named_number *values) {
    const struct se_chip_model *m = &c->model;
    const bool table = se_chip_has_tables(c);
    const struct se_named_number all[] = {
        {"CODE_BITS", se_chip_code_bits(c)},
        {"WIDTH", c->code_width},
        {"LANES", c->lanes},
        {"D_STATE", m->d_state},
        {"D_INNER_MAX", (double)se_chip_conv_channels(m)},
        {"DEPTH", (double)m->d_inner / c->lanes * m->d_state},
        {"STATE_INT8", c->int8_state},
        {"FP32_INPUT", 0},
        {"SCALE_PER_CHANNEL", table},
        {"GROUPS", m->groups},
        {"HEAD_GROUPS", c->head_groups},
        {"DIM_GROUPS", c->dim_groups},
        {"HEADS", (double)m->d_inner / m->headdim / m->groups},
        {"HEADDIM", m->headdim},
        {"BOUND_BITS", c->int32_bounds ? FP32_BITS : 0},
        {"LOOKUP", c->lookup},
        {"SCALE_WORDS", se_chip_scale_words(c)},
        {"CHECK_ORDER", 0}, // scale_stage keeps it
    };
    memcpy(values, all, sizeof all);
    return sizeof all / sizeof *all;
}

enum { CHIP_PARAMETERS = 24, UNIT_PARAMETERS = 4 };

// What a chip has at its top: a block with its parts, of which the RTL decides some parameters.
struct unit {
    const char *block, *of;                        // of: an engine, or ""
    bool alone;                                    // its parts are units of their own
    struct se_named_number given[UNIT_PARAMETERS]; // up to a name that is empty
};

// The values of a block's parameters that a chip decides, brought into what was synthesised.
static size_t fit_parameters(const struct se_chip *chip, const struct unit *unit,
                             const struct se_logic_block *block, struct se_named_number *given,
                             bool *nearest) {
    struct se_named_number all[CHIP_PARAMETERS];
    size_t n = parameters_of(chip, all), found = 0;
    *nearest = false;
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < UNIT_PARAMETERS && *unit->given[i].name; i++) {
            all[k] = strcmp(all[k].name, unit->given[i].name) ? all[k] : unit->given[i];
        }
    }
    for (size_t i = 0; i < block->parameters; i++) {
        const struct se_logic_parameter *p = &block->parameter[i];
        for (size_t k = 0; k < n; k++) {
            if (!strcmp(all[k].name, p->name)) {
                given[found] = all[k];
                given[found].value = fmin(fmax(all[k].value, p->least), p->most);
                *nearest = *nearest || given[found].value != all[k].value;
                found++;
            }
        }
    }
    return found;
}

static enum se_status estimate_gates(const struct se_chip_prices *p,
                                     const struct se_logic_block *block,
                                     const struct se_named_number *values, struct gates *gates,
                                     struct se_error *err) {
    char folder[PATH_LENGTH];
    struct se_logic_block own = *block, part;
    struct se_logic_figures whole, alone;
    struct se_named_number of_part[SE_LOGIC_PARAMETERS_MAX];
    folder_of(p, "logic", folder);
    own.parts = 0;
    enum se_status status = se_logic_estimate(folder, p->tech.logic, block, values, &whole, err);
    if (!status) {
        status = se_logic_estimate(folder, p->tech.logic, &own, values, &alone, err);
    }
    for (size_t i = 0; i < block->parts && !status; i++) {
        status = se_logic_part(folder, p->tech.logic, block, values, i, &gates->parts[i], &part,
                               of_part, err);
    }
    if (!status) {
        gates->ge = whole.q[SE_LOGIC_GE];
        gates->own_ge = alone.q[SE_LOGIC_GE];
        gates->ge_error = whole.ge_error;
        gates->ns = whole.q[SE_LOGIC_NS];
        gates->ns_error = whole.ns_error;
    }
    return status;
}

// The model of a block, read once, and its gates for a chip, estimated once for its parameters;
// `nearest` where these are only the nearest that were synthesised.
static enum se_status gates_of(struct se_chip_prices *p, const struct se_chip *chip,
                               const struct unit *unit, const char *name,
                               const struct se_logic_block **block, const struct gates **gates,
                               bool *nearest, struct se_error *err) {
    char folder[PATH_LENGTH], key[KEY_LENGTH];
    struct se_logic_block loaded;
    struct se_named_number given[SE_LOGIC_PARAMETERS_MAX], values[SE_LOGIC_PARAMETERS_MAX];
    struct gates found = {0};
    enum se_status status = SE_OK;
    folder_of(p, "logic", folder);
    *block = memo_find(&p->logic, strlen(name), name);
    if (!*block) {
        status = se_logic_load(folder, p->tech.logic, name, &loaded, err);
        *block = status ? NULL : memo_add(&p->logic, strlen(name), name, sizeof loaded, &loaded);
    }
    if (status || !*block) {
        return status ? status : se_fail(err, SE_NO_MEMORY, "no memory for %s", name);
    }
    size_t n = fit_parameters(chip, unit, *block, given, nearest), used = 0;
    used = (size_t)snprintf(key, sizeof key, "%s:", name);
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(key + used, sizeof key - used, "%g ", given[i].value);
    }
    *gates = memo_find(&p->logic, used, key);
    if (*gates) {
        return SE_OK;
    }
    status = se_logic_parameters(*block, n, given, values, err);
    if (!status) {
        status = estimate_gates(p, *block, values, &found, err);
    }
    *gates = status ? NULL : memo_add(&p->logic, used, key, sizeof found, &found);
    return status || *gates ? status : se_fail(err, SE_NO_MEMORY, "no memory for %s", name);
}

// ---- blocks -------------------------------------------------------------------------------------

// How often a token of a layer has each block work.
static double operations_of(const struct se_chip *c, const char *block, const char **operation) {
    enum { CONV_CHANNEL, CHANNEL, UPDATE, STATE, NONE };
    static const struct {
        const char *block;
        int count;
    } counts[] = {
        {"conv_taps", CONV_CHANNEL},
        {"conv_activation", CONV_CHANNEL},
        {"conv_quantize", CONV_CHANNEL},
        {"conv_engine", CONV_CHANNEL},
        {"scan_lane", UPDATE},
        {"scan_engine", UPDATE},
        {"scan_bc", STATE},
        {"axi_lite", NONE},
        {"top_registers", NONE},
    };
    static const char *const words[] = {"channel", "channel", "state update", "B and C of a state",
                                        "access, none while tokens stream"};
    const double channels = c->model.d_inner;
    const double numbers[] = {(double)se_chip_conv_channels(&c->model), channels,
                              channels * c->model.d_state,
                              (double)c->model.d_state * c->model.groups, 0};
    int count = CHANNEL;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        count = strcmp(counts[i].block, block) ? count : counts[i].count;
    }
    *operation = words[count];
    return numbers[count];
}

static struct se_band product(struct se_band a, struct se_band b) {
    return (struct se_band){a.value * b.value, a.low * b.low, a.high * b.high};
}

// The block that was measured for one: for a lookup its search, since what loads and checks a table
// rests.
static void searched(const struct se_chip_block_cost *b, size_t size, char *name) {
    const char *form = strstr(b->block, "lookup_");
    snprintf(name, size, "%s%s", form ? "scale_search_" : b->block,
             form ? form + strlen("lookup_") : "");
}

// The gates of the block that was measured: its parameters as the entry lists them, the others the
// RTL's defaults; brought into what was synthesised.
static enum se_status gates_measured(struct se_chip_prices *p, const struct se_logic_block *block,
                                     const struct se_gate_energy *measured, struct gates *gates,
                                     struct se_error *err) {
    struct se_named_number given[SE_LOGIC_PARAMETERS_MAX], values[SE_LOGIC_PARAMETERS_MAX], one;
    const char *text = measured->parameters;
    size_t n = 0;
    int length;
    while (sscanf(text, " %31[^=]=%lf%n", one.name, &one.value, &length) == 2) {
        for (size_t i = 0; i < block->parameters; i++) {
            const struct se_logic_parameter *is = &block->parameter[i];
            if (!strcmp(is->name, one.name) && n < SE_LOGIC_PARAMETERS_MAX) {
                given[n] = one;
                given[n++].value = fmin(fmax(one.value, is->least), is->most);
            }
        }
        text += length;
        text += *text == ',';
    }
    enum se_status status = se_logic_parameters(block, n, given, values, err);
    return status ? status : estimate_gates(p, block, values, gates, err);
}

// Gates of the chip's block over those of the one that was measured, by the logic model.
static enum se_status ratio_of_gates(const struct se_chip *chip, struct se_chip_prices *p,
                                     const char *name, bool without_parts,
                                     const struct se_gate_energy *measured, double *ratio,
                                     struct se_error *err) {
    const struct unit here = {name, "", false, {{{0}, 0}}};
    const struct se_logic_block *block;
    const struct gates *ours, *theirs;
    struct gates found = {0};
    char key[KEY_LENGTH];
    bool nearest;
    enum se_status status = gates_of(p, chip, &here, name, &block, &ours, &nearest, err);
    if (status) {
        return status;
    }
    const size_t used =
        (size_t)snprintf(key, sizeof key, "measured %s:%s", name, measured->parameters);
    theirs = memo_find(&p->logic, used, key);
    if (!theirs) {
        status = gates_measured(p, block, measured, &found, err);
        theirs = status ? NULL : memo_add(&p->logic, used, key, sizeof found, &found);
    }
    if (!theirs) {
        return status ? status : se_fail(err, SE_NO_MEMORY, "no memory for %s", name);
    }
    *ratio = without_parts ? ours->own_ge / theirs->own_ge : ours->ge / theirs->ge;
    return SE_OK;
}

// Energy by toggles: of the operations, and of the cycles of b's engine beyond those that they took
// in the run.
static enum se_status price_measured(const struct se_chip *chip, struct se_chip_prices *p,
                                     double engine_cycles, struct se_chip_block_cost *b,
                                     struct se_error *err) {
    char block[SE_NAME_LENGTH + 16];
    const bool whole_engine = !strcmp(b->block, b->of);
    const struct se_gate_energy *idle = se_gate_energy_idle(&p->energies, b->measured);
    searched(b, sizeof block, block);
    enum se_status status =
        ratio_of_gates(chip, p, block, whole_engine, b->measured, &b->measured_ratio, err);
    if (status) {
        return status;
    }
    const struct se_band unit =
        se_band_scaled(p->tech.c[SE_TECH_GATE_ENERGY].band,
                       b->measured_ratio / p->measured.c[SE_TECH_GATE_ENERGY].band.value);
    // in the run; a lane takes an update in each cycle, the other blocks are there once
    const double cycles = !idle ? 0
                          : !strcmp(b->block, "scan_lane")
                              ? 1
                              : idle->operations / b->measured->operations,
                 work = b->operations * b->layers;
    // what toggles beyond the clock pins; of scan_engine a lane's share, for it has that many
    // updates a cycle
    double lanes = chip->lanes;
    if (whole_engine) {
        sscanf(b->measured->parameters, "LANES=%lf", &lanes);
    }
    const double clock = idle ? fmin(idle->pj * cycles, b->measured->pj) : 0;
    b->measured_pj = clock + (b->measured->pj - clock) * lanes / chip->lanes;
    b->waits = idle && engine_cycles > 0 ? b->instances * engine_cycles - work * cycles : 0;
    b->pj = se_band_scaled(unit, b->measured_pj);
    b->idle_pj = se_band_scaled(unit, idle ? idle->pj : 0);
    b->energy = se_band_scaled(
        unit, fmax(b->measured_pj * work + (idle ? idle->pj * b->waits : 0), 0) * 1e-3);
    return SE_OK;
}

// Area and energy of b->instances of b->ge gates, of an engine that works so many cycles a token.
static enum se_status price(const struct se_chip *chip, struct se_chip_prices *p,
                            double engine_cycles, struct se_chip_block_cost *b,
                            struct se_error *err) {
    const struct se_tech *t = &p->tech;
    struct se_named_number values[CHIP_PARAMETERS];
    char name[SE_NAME_LENGTH + 16];
    const size_t n = parameters_of(chip, values);
    searched(b, sizeof name, name);
    strcat(name, strcmp(b->block, b->of) ? "" : " (rest)");
    const struct se_band ratio = t->c[SE_TECH_GATE_RATIO].band,
                         model = {1, 1 - b->ge_error, 1 + b->ge_error};
    b->area =
        se_band_scaled(product(product(ratio, model), se_tech_gate_mm2(t)), b->ge * b->instances);
    b->measured = se_gate_energy_find(&p->energies, name, n, values);
    b->operations = operations_of(chip, b->block, &b->operation);
    // searches and their stages work in layers with a table
    b->layers = strncmp(b->block, "scale_", 6) ? chip->model.layers : chip->table_layers;
    if (b->measured) {
        return price_measured(chip, p, engine_cycles, b, err);
    }
    b->pj = se_band_scaled(product(ratio, t->c[SE_TECH_GATE_ENERGY].band), b->ge * 1e-3);
    b->energy = se_band_scaled(b->pj, b->operations * b->layers * 1e-3);
    return SE_OK;
}

struct adding {
    const struct se_chip *chip;
    struct se_chip_prices *prices;
    struct se_chip_cost *cost;
};

static enum se_status add_block(const struct adding *a, const char *block, const char *of,
                                double instances, double ge, const struct gates *gates,
                                bool nearest, struct se_error *err) {
    const struct se_chip_cost *cost = a->cost;
    if (cost->blocks == SE_CHIP_BLOCKS_MAX) {
        return se_fail(err, SE_INVALID, "a chip of more than %d blocks", SE_CHIP_BLOCKS_MAX);
    }
    struct se_chip_block_cost *b = &a->cost->block[a->cost->blocks++];
    *b = (struct se_chip_block_cost){.of = of,
                                     .instances = instances,
                                     .ge = ge,
                                     .ge_error = gates->ge_error,
                                     .nearest = nearest};
    snprintf(b->block, sizeof b->block, "%s", block);
    enum se_status status = price(a->chip, a->prices,
                                  of == SE_CHIP_CONV_ENGINE   ? cost->conv.token_cycles
                                  : of == SE_CHIP_SCAN_ENGINE ? cost->scan.token_cycles
                                                              : 0,
                                  b, err);
    a->cost->ge += ge * instances;
    a->cost->logic_area = se_band_sum(a->cost->logic_area, b->area);
    a->cost->logic_energy = se_band_sum(a->cost->logic_energy, b->energy);
    return status;
}

// A path in this technology.
static struct se_band path_of(const struct se_chip_prices *p, const struct gates *gates) {
    const struct se_band model = {1, 1 - gates->ns_error, 1 + gates->ns_error};
    return se_band_scaled(product(p->tech.c[SE_TECH_GATE_DELAY].band, model),
                          gates->ns / p->library.c[SE_TECH_GATE_DELAY].band.value);
}

// A unit as its parts and what it adds to them; its path.
static enum se_status add_unit(const struct adding *a, const struct unit *unit, struct se_band *ns,
                               struct se_error *err) {
    const struct se_logic_block *block, *part;
    const struct gates *gates, *of_part;
    bool near, part_near;
    enum se_status status =
        gates_of(a->prices, a->chip, unit, unit->block, &block, &gates, &near, err);
    for (size_t i = 0; !status && !unit->alone && i < block->parts; i++) {
        if (gates->parts[i] > 0) {
            status = gates_of(a->prices, a->chip, unit, block->part[i].block, &part, &of_part,
                              &part_near, err);
        }
        if (!status && gates->parts[i] > 0) {
            status = add_block(a, part->name, unit->of, gates->parts[i], of_part->ge, of_part,
                               part_near, err);
        }
    }
    if (!status) {
        *ns = path_of(a->prices, gates);
        status = add_block(a, unit->block, unit->of, 1, gates->own_ge, gates, near, err);
    }
    return status;
}

enum se_status se_chip_block_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                                  const char *block, struct se_chip_block_cost *cost, double *ns,
                                  struct se_error *err) {
    const struct unit unit = {block, "", false, {{{0}, 0}}};
    const struct se_logic_block *model;
    const struct gates *gates;
    bool nearest;
    enum se_status status = gates_of(prices, chip, &unit, block, &model, &gates, &nearest, err);
    if (!status) {
        *cost = (struct se_chip_block_cost){.of = "",
                                            .instances = 1,
                                            .ge = gates->ge,
                                            .ge_error = gates->ge_error,
                                            .nearest = nearest};
        snprintf(cost->block, sizeof cost->block, "%s", block);
        *ns = path_of(prices, gates).value;
        status = price(chip, prices, 0, cost, err);
    }
    return status;
}

// An engine's clock is no shorter than a path or an access.
static void limit(struct se_chip_engine_cost *engine, struct se_band ns, const char *what) {
    engine->limit = ns.value > engine->ns.value ? what : engine->limit;
    engine->ns = (struct se_band){fmax(engine->ns.value, ns.value), fmax(engine->ns.low, ns.low),
                                  fmax(engine->ns.high, ns.high)};
}

// w4a5se_top, and where there are tables a scale_stage in each engine, in front of conv_quantize
// with the words that it reads, and of scan_front.
static enum se_status cost_logic(const struct adding *a, struct se_error *err) {
    static const struct unit units[] = {
        {SE_CHIP_CONV_ENGINE, SE_CHIP_CONV_ENGINE, false, {{{0}, 0}}},
        {SE_CHIP_SCAN_ENGINE, SE_CHIP_SCAN_ENGINE, false, {{{0}, 0}}},
        {"scale_stage", SE_CHIP_CONV_ENGINE, false, {{"WIDTH", 32}, {"SCALE_WORDS", 4}}},
        {"scale_stage", SE_CHIP_SCAN_ENGINE, false, {{"WIDTH", 49}, {"SCALE_WORDS", 2}}},
        {"code_pack", "", false, {{{0}, 0}}},
        {"code_unpack", "", false, {{{0}, 0}}},
        {"axi_lite", "", false, {{{0}, 0}}},
        {"top_registers", "", false, {{{0}, 0}}},
        {"w4a5se_top", "", true, {{{0}, 0}}},
    };
    const bool tables = se_chip_has_tables(a->chip);
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof units / sizeof *units && !status; i++) {
        struct se_band ns = {0, 0, 0};
        if (strcmp(units[i].block, "scale_stage") != 0 || tables) {
            status = add_unit(a, &units[i], &ns, err);
        }
        if (units[i].of == SE_CHIP_CONV_ENGINE) {
            limit(&a->cost->conv, ns, units[i].block);
        } else if (units[i].of == SE_CHIP_SCAN_ENGINE) {
            limit(&a->cost->scan, ns, units[i].block);
        }
    }
    return status;
}

// ---- time and totals ----------------------------------------------------------------------------

struct se_lookup_pace se_chip_lookup_pace(const struct se_chip *c) {
    static const enum se_lookup_form forms[] = {[SE_CHIP_SEQUENTIAL] = SE_LOOKUP_SEQUENTIAL,
                                                [SE_CHIP_PARALLEL] = SE_LOOKUP_PARALLEL,
                                                [SE_CHIP_LUT] = SE_LOOKUP_LUT,
                                                [SE_CHIP_CURSOR] = SE_LOOKUP_CURSOR};
    if (!se_chip_has_tables(c)) {
        return (struct se_lookup_pace){0, 0};
    }
    const struct se_scale_shape shape = {.head_groups = (size_t)c->head_groups,
                                         .dim_groups = (size_t)c->dim_groups};
    return (struct se_lookup_pace){se_lookup_latency(forms[c->lookup]),
                                   c->lookup == SE_CHIP_SEQUENTIAL ? se_lookup_waits_most(&shape)
                                                                   : 0};
}

// Of a token in one layer.
static enum se_status count_cycles(const struct se_chip *c, struct se_lookup_pace pace,
                                   uint64_t *conv, uint64_t *scan, struct se_error *err) {
    const uint64_t channels = (uint64_t)c->model.d_inner; // of the table: without B and C
    *conv =
        se_conv_cycles(se_chip_conv_channels(&c->model), 1, pace.latency) + channels * pace.waits;
    return se_scan_cycles((uint64_t)c->lanes, (uint64_t)c->model.d_state, channels, 1, pace, scan,
                          err);
}

// Cycles of both engines, in a layer with a table and without, and of all layers.
static enum se_status add_cycles(const struct se_chip *c, struct se_chip_cost *cost,
                                 struct se_error *err) {
    const struct se_lookup_pace none = {0, 0};
    const double with = se_chip_has_tables(c) ? c->table_layers : 0,
                 without = c->model.layers - with;
    enum se_status status =
        count_cycles(c, none, &cost->conv.plain_cycles, &cost->scan.plain_cycles, err);
    if (!status) {
        status =
            count_cycles(c, se_chip_lookup_pace(c), &cost->conv.cycles, &cost->scan.cycles, err);
    }
    struct se_chip_engine_cost *const engines[] = {&cost->conv, &cost->scan};
    for (size_t i = 0; i < 2 && !status; i++) {
        engines[i]->token_cycles =
            with * (double)engines[i]->cycles + without * (double)engines[i]->plain_cycles;
    }
    return status;
}

static void time_token(struct se_chip_cost *cost) {
    for (size_t i = 0; i < cost->memories; i++) { // read within a cycle
        const struct se_chip_memory_cost *m = &cost->memory[i];
        limit(strncmp(m->memory.name, "conv ", 5) ? &cost->scan : &cost->conv,
              m->estimate.by_kind[m->estimate.kind].q[SE_MEMORY_ACCESS], m->memory.name);
    }
    cost->conv.token_ns = se_band_scaled(cost->conv.ns, cost->conv.token_cycles);
    cost->scan.token_ns = se_band_scaled(cost->scan.ns, cost->scan.token_cycles);
    cost->token_ns = se_band_sum(cost->conv.token_ns, cost->scan.token_ns);
}

// What the blocks of one engine take while the other works.
static void add_idle(struct se_chip_cost *cost) {
    for (size_t i = 0; i < cost->blocks; i++) {
        const struct se_chip_block_cost *b = &cost->block[i];
        const double cycles = b->of == SE_CHIP_CONV_ENGINE   ? cost->scan.token_cycles
                              : b->of == SE_CHIP_SCAN_ENGINE ? cost->conv.token_cycles
                                                             : 0;
        cost->idle_energy = se_band_sum(cost->idle_energy,
                                        se_band_scaled(b->idle_pj, b->instances * cycles * 1e-3));
    }
}

static void add_up(const struct se_chip_prices *p, struct se_chip_cost *cost) {
    time_token(cost);
    add_idle(cost);
    cost->leakage_energy = product(cost->leakage, se_band_scaled(cost->token_ns, 1e-3));
    cost->dram_energy = se_band_scaled(p->tech.c[SE_TECH_DRAM_ENERGY].band, cost->dram_bits * 1e-3);
    cost->area = se_band_sum(cost->memory_area, cost->logic_area);
    cost->energy =
        se_band_sum(se_band_sum(cost->memory_energy, cost->logic_energy), cost->dram_energy);
}

enum se_status se_chip_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                            struct se_chip_cost *cost, struct se_error *err) {
    *cost = (struct se_chip_cost){.memories = 0};
    const struct adding adding = {chip, prices, cost};
    enum se_status status = cost_memories(chip, prices, cost, err);
    if (!status) {
        status = add_cycles(chip, cost, err);
    }
    if (!status) {
        status = cost_logic(&adding, err);
    }
    if (!status) {
        add_up(prices, cost);
    }
    return status;
}
