// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate schemes`: ways to give the scan's input its scales, side by side.
#include "estimate_schemes.h"

#include "accuracy.h"
#include "design_notes.h"
#include "estimate.h"
#include "w4a5se/cycles.h"
#include "w4a5se/rotation.h"

#include <math.h>
#include <string.h>

// ---- costs --------------------------------------------------------------------------------------

struct comparing {
    struct se_chip chip; // without a lookup, INT8 codes
    struct se_chip_prices *prices;
    struct se_chip_cost base;
};

// What another chip has more than the one without scales.
// A time with the band of a level of logic.
static struct se_band in_time(const struct comparing *c, double ns) {
    const struct se_band *gate = &c->prices->tech.c[SE_TECH_GATE_DELAY].band;
    return se_band_scaled(*gate, ns / gate->value);
}

static enum se_status compare(struct comparing *c, const struct se_chip *other,
                              struct scheme_cost *s, struct se_chip_cost *with,
                              struct se_error *err) {
    enum se_status status = se_chip_cost(other, c->prices, with, err);
    if (!status) {
        s->ge = with->ge - c->base.ge;
        s->memory_area = se_band_difference(with->memory_area, c->base.memory_area);
        s->logic_area = se_band_difference(with->logic_area, c->base.logic_area);
        s->area = se_band_difference(with->area, c->base.area);
        s->energy = se_band_scaled(se_band_difference(with->energy, c->base.energy),
                                   1.0 / other->model.layers);
    }
    return status;
}

// One scale, or `words` words, a layer: a small memory of all layers', read once a layer.
static enum se_status add_layer_scales(struct comparing *c, uint64_t words, struct scheme_cost *s,
                                       struct se_error *err) {
    enum { WORD = 32 };
    const struct se_memory memory = {(uint64_t)c->chip.model.layers * words * WORD, WORD,
                                     SE_PORTS_1RW};
    struct se_memory_estimate e;
    enum se_status status = se_memory_estimate(&c->prices->tech, c->chip.device, &memory, &e, err);
    if (!status) {
        const struct se_band *q = e.by_kind[e.kind].q;
        s->table_bits += (double)(words * WORD);
        s->memory_area = se_band_sum(s->memory_area, q[SE_MEMORY_AREA]);
        s->area = se_band_sum(s->area, q[SE_MEMORY_AREA]);
        s->energy = se_band_sum(s->energy, se_band_scaled(q[SE_MEMORY_READ], (double)words * 1e-3));
    }
    return status;
}

// The longest access time of a memory that the chip with a lookup has and the other has not.
static double table_ns(const struct se_chip_cost *with, const struct se_chip_cost *base) {
    double ns = 0;
    for (size_t i = 0; i < with->memories; i++) {
        bool known = false;
        for (size_t k = 0; k < base->memories; k++) {
            known = known || !strcmp(with->memory[i].memory.name, base->memory[k].memory.name);
        }
        const struct se_memory_estimate *e = &with->memory[i].estimate;
        ns = known ? ns : fmax(ns, e->by_kind[e->kind].q[SE_MEMORY_ACCESS].value);
    }
    return ns;
}

// A cycle of a lookup by itself takes as long as its search or its slowest table.
static enum se_status cost_lookup(struct comparing *c, const struct se_chip *other,
                                  struct scheme_cost *s, struct se_error *err) {
    char block[60];
    struct se_chip_cost with;
    struct se_chip_block_cost search;
    double ns = 0;
    snprintf(block, sizeof block, "scale_search_%s", se_chip_lookup_names[other->lookup]);
    enum se_status status = compare(c, other, s, &with, err);
    if (!status) {
        status = se_chip_block_cost(other, c->prices, block, &search, &ns, err);
    }
    if (!status) {
        const struct se_lookup_pace pace = se_chip_lookup_pace(other);
        s->table_bits = (with.bits - c->base.bits) / other->table_layers;
        s->first_cycles = (double)(pace.latency + pace.waits);
        s->first_ns = in_time(c, s->first_cycles * fmax(ns, table_ns(&with, &c->base)));
        s->channel_cycles = (double)(1 + pace.waits);
    }
    return status;
}

static enum se_status cost_rotation(struct comparing *c, bool fp32, struct scheme_cost *s,
                                    struct se_error *err) {
    enum { INT8_BITS = 8, FP32_BITS = 32 };
    struct se_rotation rotation = {(uint64_t)c->chip.model.d_inner, fp32, FP32_BITS, 1};
    struct se_rotation_cost cost;
    if (!fp32) { // a bit more for each doubling of the terms
        rotation.word_bits = INT8_BITS + (int)ceil(log2(c->chip.model.d_inner));
    }
    enum se_status status = se_rotation_cost(c->prices->directory, &c->prices->tech,
                                             &c->prices->library, &rotation, &cost, err);
    if (!status) {
        s->ge = cost.adder_ge * (double)cost.adders;
        s->memory_area = cost.memory_area;
        s->logic_area = cost.logic_area;
        s->area = cost.area;
        s->energy = cost.energy;
        s->first_cycles = (double)cost.latency;
        s->first_ns = in_time(c, s->first_cycles * cost.ns);
        s->channel_cycles = 1;
        status = add_layer_scales(c, 1, s, err);
    }
    return status;
}

// What packs and unpacks codes of 5 bits, which INT8 does not need, and their memory instead of
// INT8's. The engines have two scales in any case.
static enum se_status add_codes(struct comparing *c, const struct se_chip *codes,
                                struct scheme_cost *s, struct se_error *err) {
    static const char *const blocks[] = {"code_pack", "code_unpack"};
    const double share = 1.0 / codes->model.layers;
    struct se_chip_cost with;
    struct se_chip_block_cost b;
    double ns;
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && !status; i++) {
        status = se_chip_block_cost(codes, c->prices, blocks[i], &b, &ns, err);
        if (!status) {
            s->ge += b.ge;
            s->logic_area = se_band_sum(s->logic_area, b.area);
            s->area = se_band_sum(s->area, b.area);
            s->energy = se_band_sum(s->energy, se_band_scaled(b.energy, share));
        }
    }
    if (!status) {
        status = se_chip_cost(codes, c->prices, &with, err);
    }
    if (!status) {
        struct se_band area = se_band_difference(with.memory_area, c->base.memory_area),
                       energy = se_band_difference(with.memory_energy, c->base.memory_energy);
        s->memory_area = se_band_sum(s->memory_area, area);
        s->area = se_band_sum(s->area, area);
        s->energy = se_band_sum(s->energy, se_band_scaled(energy, share));
    }
    return status;
}

static enum se_status cost_w4a5_se(struct comparing *c, enum se_chip_lookup lookup,
                                   struct scheme_cost *s, struct se_error *err) {
    struct se_chip with = c->chip, codes = c->chip;
    enum se_status status;
    codes.mode = SE_INPUT_W4A5_SE_OFFSET;
    codes.code_width = se_input_mode_bits(SE_INPUT_W4A5_SE_OFFSET);
    const int words = se_chip_scale_words(&codes);
    s->channel_cycles = 1;
    if (lookup == SE_CHIP_NONE) {
        status = add_layer_scales(c, (uint64_t)words, s, err);
    } else {
        with.lookup = lookup;
        with.scale_words = words;
        status = cost_lookup(c, &with, s, err);
    }
    s->code_bits = codes.code_width;
    return status ? status : add_codes(c, &codes, s, err);
}

// ---- the schemes --------------------------------------------------------------------------------

static const struct {
    const char *name, *what;
    enum se_chip_lookup lookup;
    int mode; // whose accuracy it has
    struct {
        const char *area, *area2, *energy, *ns, *gates, *gates2; // ids of claims
    } notes; // area times area2, gates plus gates2
} list[SCHEMES] = {
    [SCHEME_QUAMBA1] =
        {"Quamba1", "one scale a layer", SE_CHIP_NONE, SE_INPUT_INT8, {.area = "quamba1_area"}},
    [SCHEME_SEQUENTIAL] = {"Quamba2 sequential",
                           "table, one compare a cycle",
                           SE_CHIP_SEQUENTIAL,
                           SE_INPUT_INT8_PIECEWISE,
                           {.area = "index_area",
                            .energy = "lookup_energy_seq",
                            .ns = "latency_seq",
                            .gates = "gates_seq"}},
    [SCHEME_PARALLEL] = {"Quamba2 parallel",
                         "table, all bounds at once",
                         SE_CHIP_PARALLEL,
                         SE_INPUT_INT8_PIECEWISE,
                         {.area = "index_area_parallel",
                          .energy = "lookup_energy_par",
                          .ns = "latency_par",
                          .gates = "gates_par"}},
    [SCHEME_LUT] = {"LUT",
                    "an index a channel",
                    SE_CHIP_LUT,
                    SE_INPUT_INT8_PIECEWISE,
                    {.area = "lut_area", .area2 = "sram_density", .ns = "latency_lut"}},
    [SCHEME_CURSOR] = {"cursor",
                       "channels in order, no search",
                       SE_CHIP_CURSOR,
                       SE_INPUT_INT8_PIECEWISE,
                       {.area = NULL}},
    [SCHEME_ROTATION_INT] = {"rotation, integers",
                             "Hadamard transform, a channel a cycle",
                             SE_CHIP_NONE,
                             SE_CHIP_NO_MODE,
                             {.area = "rotation_area",
                              .energy = "rotation_energy",
                              .ns = "rotation_latency"}},
    [SCHEME_ROTATION_FP32] = {"rotation, FP32",
                              "the same in FP32",
                              SE_CHIP_NONE,
                              SE_CHIP_NO_MODE,
                              {.area = "rotation_area",
                               .energy = "rotation_energy",
                               .ns = "rotation_latency"}},
    [SCHEME_W4A5_SE] = {"W4A5-SE",
                        "two scales a layer, 5 bits a code",
                        SE_CHIP_NONE,
                        SE_INPUT_W4A5_SE_OFFSET,
                        {.gates = "mux_gates_lane", .gates2 = "pack_gates_lane"}},
    [SCHEME_W4A5_SE_CURSOR] = {"W4A5-SE, cursor",
                               "two scales a table entry",
                               SE_CHIP_CURSOR,
                               SE_INPUT_W4A5_SE_PIECEWISE,
                               {.area = NULL}},
};

static enum se_status cost_scheme(struct comparing *c, int scheme, struct scheme_cost *s,
                                  struct se_error *err) {
    struct se_chip other = c->chip;
    *s = (struct scheme_cost){.name = list[scheme].name, .what = list[scheme].what};
    s->code_bits = c->chip.code_width;
    switch (scheme) {
    case SCHEME_QUAMBA1:
        s->channel_cycles = 1;
        return add_layer_scales(c, 1, s, err);
    case SCHEME_ROTATION_INT:
    case SCHEME_ROTATION_FP32:
        return cost_rotation(c, scheme == SCHEME_ROTATION_FP32, s, err);
    case SCHEME_W4A5_SE:
    case SCHEME_W4A5_SE_CURSOR:
        return cost_w4a5_se(c, list[scheme].lookup, s, err);
    default:
        other.lookup = list[scheme].lookup;
        return cost_lookup(c, &other, s, err);
    }
}

static double claimed(const json_t *claims, const char *id) {
    return id ? design_notes_value(claims, id) : NAN;
}

static void add_notes(const json_t *claims, int scheme, struct scheme_cost *s) {
    s->notes.area = claimed(claims, list[scheme].notes.area);
    if (list[scheme].notes.area2) {
        s->notes.area *= claimed(claims, list[scheme].notes.area2);
    }
    s->notes.energy = claimed(claims, list[scheme].notes.energy);
    s->notes.ns = claimed(claims, list[scheme].notes.ns);
    s->notes.gates = claimed(claims, list[scheme].notes.gates);
    if (list[scheme].notes.gates2) {
        s->notes.gates += claimed(claims, list[scheme].notes.gates2);
    }
}

enum se_status schemes_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                            const struct accuracy *accuracy, const json_t *claims,
                            struct schemes *schemes, struct se_error *err) {
    struct comparing c = {.chip = *chip, .prices = prices};
    if (chip->model.version == 1) {
        return se_fail(err, SE_INVALID, "%s is a Mamba-1, which has no heads for a table of scales",
                       chip->model.name);
    }
    c.chip.lookup = SE_CHIP_NONE;
    c.chip.mode = SE_INPUT_INT8;
    c.chip.code_width = se_input_mode_bits(SE_INPUT_INT8);
    enum se_status status = se_chip_cost(&c.chip, prices, &c.base, err);
    for (int i = 0; i < SCHEMES && !status; i++) {
        status = cost_scheme(&c, i, &schemes->at[i], err);
        schemes->at[i].over_int8 = accuracy_over_int8(accuracy, list[i].mode, chip->int8_state) -
                                   accuracy_over_int8(accuracy, SE_INPUT_INT8, chip->int8_state);
        add_notes(claims, i, &schemes->at[i]);
    }
    return status;
}

// ---- the table ----------------------------------------------------------------------------------

void schemes_table(const struct schemes *schemes, struct table *t) {
    static const char *const columns[] = {"table_bits",
                                          "area_mm2",
                                          "area_mm2_low",
                                          "area_mm2_high",
                                          "notes_mm2",
                                          "logic_mm2",
                                          "ge",
                                          "notes_gates",
                                          "token_nj",
                                          "token_nj_low",
                                          "token_nj_high",
                                          "notes_nj",
                                          "first_cycles",
                                          "first_ns",
                                          "first_ns_low",
                                          "first_ns_high",
                                          "notes_ns",
                                          "channel_cycles",
                                          "code_bits",
                                          "over_int8_pct",
                                          NULL};
    *t = (struct table){.name = "schemes",
                        .title = "Schemes (what each adds; area with the tables of all layers, "
                                 "energy a token and layer)",
                        .columns = columns};
    for (int i = 0; i < SCHEMES; i++) {
        const struct scheme_cost *s = &schemes->at[i];
        const double v[] = {s->table_bits,   s->area.value,       s->area.low,     s->area.high,
                            s->notes.area,   s->logic_area.value, s->ge,           s->notes.gates,
                            s->energy.value, s->energy.low,       s->energy.high,  s->notes.energy,
                            s->first_cycles, s->first_ns.value,   s->first_ns.low, s->first_ns.high,
                            s->notes.ns,     s->channel_cycles,   s->code_bits,    s->over_int8};
        struct table_row *row = &t->row[t->rows++];
        *row = (struct table_row){.name = s->name, .kind = s->what};
        memcpy(row->v, v, sizeof v);
    }
}

// ---- the command --------------------------------------------------------------------------------

struct options {
    const char *model, *models, *tech, *directory, *modes, *claims;
    enum table_format format;
};

enum {
    OPT_MODELS = 256,
    OPT_TECH,
    OPT_DIRECTORY,
    OPT_MODES,
    OPT_CLAIMS,
    OPT_MARKDOWN,
    OPT_CSV,
    OPT_JSON
};

static const struct argp_option option_list[] = {
    {"model", 'm', "NAME", 0, "A Mamba-2 (default mamba2-8b)", 0},
    {"tech", OPT_TECH, "NAME", 0, "Technology (default 7nm)", 0},
    {"markdown", OPT_MARKDOWN, NULL, 0, "Print Markdown", 0},
    {"csv", OPT_CSV, NULL, 0, "Print CSV", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"modes", OPT_MODES, "FILE", 0, "Accuracies (default reports/modes.json)", 0},
    {"claims", OPT_CLAIMS, "FILE", 0, "The notes' figures (default " DESIGN_NOTES_PATH ")", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    const char **const texts[] = {&o->models, &o->tech, &o->directory, &o->modes, &o->claims};
    static const enum table_format formats[] = {TABLE_MARKDOWN, TABLE_CSV, TABLE_JSON};
    if (key >= OPT_MODELS && key <= OPT_CLAIMS) {
        *texts[key - OPT_MODELS] = arg;
        return 0;
    }
    if (key >= OPT_MARKDOWN && key <= OPT_JSON) {
        table_choose_format(state, formats[key - OPT_MARKDOWN], &o->format);
        return 0;
    }
    switch (key) {
    case 'm':
        o->model = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "What ways to give the scan's input its scales add to a chip with INT8 codes and one scale a "
    "layer: tables and the four lookups, a Hadamard transform, W4A5-SE; beside the design notes' "
    "figures.",
    NULL,
    NULL,
    NULL};

int estimate_schemes(int argc, char **argv) {
    static struct schemes schemes;
    static struct table table;
    struct options o = {.model = "mamba2-8b",
                        .models = "data/models.yaml",
                        .tech = "7nm",
                        .directory = ESTIMATE_TECH_DIRECTORY,
                        .modes = ACCURACY_PATH,
                        .claims = DESIGN_NOTES_PATH};
    struct se_chip_model model;
    struct se_chip_prices prices = {.memories = NULL};
    struct accuracy accuracy;
    struct se_error err;
    json_t *claims = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = se_chip_model_load(o.models, o.model, &model, &err);
    if (!status) {
        status = se_chip_prices_load(o.directory, o.tech, &prices, &err);
    }
    if (!status) {
        status = accuracy_load(o.modes, &accuracy, &err);
    }
    if (!status) {
        status = design_notes_load(o.claims, &claims, &err);
    }
    if (!status) {
        const struct se_chip chip = se_chip_default(&model);
        status = schemes_cost(&chip, &prices, &accuracy, claims, &schemes, &err);
    }
    if (!status) {
        schemes_table(&schemes, &table);
        if (o.format == TABLE_JSON) {
            status =
                estimate_print_json(json_pack("{s:s, s:s, s:o}", "model", model.name, "tech",
                                              prices.tech.name, table.name, table_json(&table)),
                                    &err);
        } else {
            table_print(&table, (enum table_format)o.format, stdout);
        }
    }
    json_decref(claims);
    se_chip_prices_free(&prices);
    return status ? cli_fail(&err) : CLI_OK;
}
