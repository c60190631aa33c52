// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate claims`: the design notes' figures, worked out again from their own constants,
// beside this project's estimates.
#include "estimate.h"
#include "estimate_logic.h"

#include "w4a5se/chip.h"
#include "w4a5se/report.h"

#include <math.h>
#include <string.h>

struct options {
    const char *claims, *directory, *models, *synth, *reports;
    bool json;
};

enum { OPT_DIRECTORY = 256, OPT_MODELS, OPT_SYNTH, OPT_JSON };

static const struct argp_option option_list[] = {
    {"claims", 'c', "FILE", 0, "Default data/design_notes_claims.json", 0},
    {"reports", 'r', "DIR", 0, "Write claims.md and claims.json here", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"synth", OPT_SYNTH, "FILE", 0, "Gates of the engines (default reports/synth.json)", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'c':
        o->claims = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case OPT_DIRECTORY:
        o->directory = arg;
        return 0;
    case OPT_MODELS:
        o->models = arg;
        return 0;
    case OPT_SYNTH:
        o->synth = arg;
        return 0;
    case OPT_JSON:
        o->json = true;
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
    "Each figure of the design notes, what their constants give for it (technology "
    "design-notes-7nm), "
    "and what this project estimates at 7 nm for mamba2-8b unless the claim says otherwise.",
    NULL,
    NULL,
    NULL};

// What claims are worked out from: the notes' technology and ours, their tables and the model's.
struct basis {
    struct se_tech notes, ours;
    struct se_chip chip; // mamba2-8b
    struct synthesised logic;
};

// The notes' constants that are no memory's.
static const double COMPARE_NS = 0.5, BOUND_READ_NS = 0.3, CLOCK_NS = 2, MAC_PJ = 0.2, DIE_MM2 = 65;
// Gates of an INT8 multiplier and MAC with registers, synthesised for ASAP7; MACs of the notes'
// layer.
static const double MULTIPLY_ADD_GATES = 660, MAC_GATES = 1428, CONV_MACS = 10240;

enum {
    GROUPS = 8,
    CLUSTERS = 4,
    WORD = 32,
    TABLE_BYTES = (GROUPS * CLUSTERS + 2 * GROUPS * CLUSTERS * CLUSTERS) * 4,
    NOTES_LAYERS = 64,
    TABLES_BYTES = NOTES_LAYERS * TABLE_BYTES,
    SMALL_TABLE_BYTES = (GROUPS * 2 + 2 * GROUPS * 2 * 2) * 4,
    LOOKUP_WORDS = 4 + 16 + 1,
};

static struct se_band exactly(double value) {
    return (struct se_band){value, value, value};
}

static struct se_band memory(const struct se_tech *tech, uint64_t bytes, enum se_ports ports,
                             enum se_memory_quantity quantity) {
    struct se_memory_estimate e;
    const struct se_memory m = {bytes * 8, WORD, ports};
    if (se_memory_estimate(tech, SE_DEVICE_TYPICAL, &m, &e, NULL)) {
        return exactly(NAN);
    }
    return e.by_kind[e.kind].q[quantity];
}

static struct se_band tables(const struct se_tech *tech, enum se_ports ports,
                             enum se_memory_quantity quantity) {
    return memory(tech, TABLES_BYTES, ports, quantity);
}

static double layer_bytes(const struct basis *b, const char *name) {
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    size_t n = se_chip_memories(&b->chip, memories);
    double bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits += !strcmp(memories[i].name, name) ? se_chip_memory_bits(&memories[i]) : 0;
    }
    return bits / 8 / b->chip.model.layers;
}

static double table_bytes(const struct basis *b) {
    return layer_bytes(b, "head bounds") + layer_bytes(b, "dim bounds") + layer_bytes(b, "scales");
}

// What the notes' constants give, and what ours do: NAN where it is no matter of arithmetic or
// nothing here estimates it.
struct answer {
    double notes;
    struct se_band ours;
};

static bool answer_memory(const char *id, const struct basis *b, struct answer *a) {
    const struct se_tech *notes = &b->notes, *ours = &b->ours;
    double kib = TABLES_BYTES / 1024.0;
    double area = tables(notes, SE_PORTS_1RW, SE_MEMORY_AREA).value;
    const struct {
        const char *id;
        double notes;
        struct se_band ours;
    } answers[] = {
        {"sram_density", area / kib,
         se_band_scaled(tables(ours, SE_PORTS_1RW, SE_MEMORY_AREA), 1 / kib)},
        {"sram_read_energy", tables(notes, SE_PORTS_1RW, SE_MEMORY_READ).value / WORD,
         se_band_scaled(tables(ours, SE_PORTS_1RW, SE_MEMORY_READ), 1.0 / WORD)},
        {"index_bytes_layer", TABLE_BYTES, exactly(table_bytes(b))},
        {"index_bytes_model", kib, exactly(table_bytes(b) * b->chip.model.layers / 1024)},
        {"index_area", area, tables(ours, SE_PORTS_1RW, SE_MEMORY_AREA)},
        {"index_area_parallel", tables(notes, SE_PORTS_1RW1R, SE_MEMORY_AREA).value,
         tables(ours, SE_PORTS_1RW1R, SE_MEMORY_AREA)},
        {"index_area_32", area / 4,
         memory(ours, NOTES_LAYERS * SMALL_TABLE_BYTES, SE_PORTS_1RW, SE_MEMORY_AREA)},
        {"quamba1_area", memory(notes, 256, SE_PORTS_1RW, SE_MEMORY_AREA).value,
         memory(ours, 256, SE_PORTS_1RW, SE_MEMORY_AREA)},
        {"die_share", 100 * area / DIE_MM2,
         se_band_scaled(tables(ours, SE_PORTS_1RW, SE_MEMORY_AREA), 100 / DIE_MM2)},
        {"lut_area", 1024 * 4 / 1024.0, exactly(80 * 64 * 4 / 1024.0)},
        {"latency_lut", memory(notes, 4096, SE_PORTS_1RW, SE_MEMORY_ACCESS).value,
         memory(ours, 4096, SE_PORTS_1RW, SE_MEMORY_ACCESS)},
        {"state_scales", NAN, exactly(layer_bytes(b, "state scales"))},
        {"hybrid_saving", 100.0 * 32 / NOTES_LAYERS, exactly(NAN)},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            *a = (struct answer){answers[i].notes, answers[i].ours};
            return true;
        }
    }
    return false;
}

static bool answer_lookup(const char *id, const struct basis *b, struct answer *a) {
    struct se_band word = tables(&b->ours, SE_PORTS_1RW, SE_MEMORY_READ);
    double notes_word = tables(&b->notes, SE_PORTS_1RW, SE_MEMORY_READ).value;
    double sequential_ns = 8 * (COMPARE_NS + BOUND_READ_NS) + 1;
    double conv_nj = CONV_MACS * MAC_PJ * 1e-3, lookup_nj = LOOKUP_WORDS * notes_word * 1e-3;
    struct se_band mac =
        se_band_scaled(b->ours.c[SE_TECH_GATE_ENERGY].band, MULTIPLY_ADD_GATES * CONV_MACS * 1e-6);
    double engines = (b->logic.conv_ge + b->logic.scan_ge) / 1000;
    const struct {
        const char *id;
        double notes;
        struct se_band ours;
    } answers[] = {
        {"latency_seq", sequential_ns, exactly(NAN)},
        {"latency_par", COMPARE_NS + 0.5 + 1, exactly(NAN)},
        {"cycles_seq", sequential_ns / CLOCK_NS, exactly(NAN)},
        {"gates_seq", 8 * 200 + 8 * 100 + 500, exactly(NAN)},
        {"gates_par", 3200 + 400 + 1600, exactly(NAN)},
        {"lookup_bits", LOOKUP_WORDS * WORD, exactly((4 + 4 + 1) * WORD)},
        {"lookup_energy_seq", lookup_nj, se_band_scaled(word, LOOKUP_WORDS * 1e-3)},
        {"lookup_energy_par", 2 * lookup_nj, se_band_scaled(word, LOOKUP_WORDS * 1e-3)},
        {"conv_energy", conv_nj, mac},
        {"lookup_share_conv", 100 * lookup_nj / conv_nj, exactly(NAN)},
        {"mac_area", NAN, se_band_scaled(se_tech_gate_mm2(&b->ours), MAC_GATES)},
        {"ssm_gates", NAN, exactly(engines)},
        {"flag_overhead", 100 / 8.0, exactly(100 / 4.0)},
        {"traffic_saving", 100 * (1 - 5 / 10.0), exactly(100 * (1 - 5 / 8.0))},
        {"traffic_total", NOTES_LAYERS * 10, exactly(NOTES_LAYERS * 2 * (10 - 10 * 5 / 8.0))},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            *a = (struct answer){answers[i].notes, answers[i].ours};
            return true;
        }
    }
    return false;
}

static enum se_status load_basis(const struct options *o, struct basis *b, struct se_error *err) {
    struct se_chip_model model;
    enum se_status status = se_tech_load(o->directory, "design-notes-7nm", &b->notes, err);
    if (!status) {
        status = se_tech_load(o->directory, "7nm", &b->ours, err);
    }
    if (!status) {
        status = se_chip_model_load(o->models, "mamba2-8b", &model, err);
    }
    if (!status) {
        b->chip = se_chip_default(&model);
        b->chip.lookup = SE_CHIP_SEQUENTIAL;
        b->chip.int32_bounds = true;
        b->chip.int8_state = true;
        status = se_chip_check(&b->chip, err);
    }
    if (!status) {
        status = synthesised_load(o->synth, b->chip.lanes, &b->logic, err);
    }
    return status;
}

static json_t *number(double value) {
    return isnan(value) ? json_null() : json_real(value);
}

// Adds to a claim what it is worked out to.
static void answer(json_t *claim, const struct basis *b) {
    const char *id = json_string_value(json_object_get(claim, "id"));
    struct answer a = {NAN, exactly(NAN)};
    if (!answer_memory(id, b, &a)) {
        answer_lookup(id, b, &a);
    }
    json_object_set_new(claim, "notes", number(a.notes));
    json_object_set_new(claim, "ours", number(a.ours.value));
    json_object_set_new(claim, "low", number(a.ours.low));
    json_object_set_new(claim, "high", number(a.ours.high));
}

static enum se_status load_claims(const struct options *o, json_t **claims, struct se_error *err) {
    static const char *const texts[] = {"id", "claim", "unit", "basis", "remark"};
    json_error_t cause;
    size_t i;
    json_t *claim;
    *claims = json_load_file(o->claims, 0, &cause);
    if (!*claims) {
        return se_fail(err, SE_INVALID, "%s: %s", o->claims, cause.text);
    }
    json_array_foreach(*claims, i, claim) {
        bool whole = json_is_number(json_object_get(claim, "value"));
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            whole = whole && json_is_string(json_object_get(claim, texts[k]));
        }
        if (!whole) {
            return se_fail(err, SE_INVALID,
                           "%s: entry %zu has not all of id, claim, value, unit, basis, remark",
                           o->claims, i);
        }
    }
    return i ? SE_OK : se_fail(err, SE_INVALID, "%s is no list of claims", o->claims);
}

static void print_cell(FILE *to, const json_t *claim, const char *key) {
    const json_t *value = json_object_get(claim, key);
    if (json_is_number(value)) {
        fprintf(to, " %.4g |", json_number_value(value));
    } else {
        fprintf(to, " |");
    }
}

static void print_markdown(const void *data, FILE *to) {
    static const char *const columns[] = {"value", "notes", "ours", "low", "high"};
    size_t i;
    json_t *claim;
    fprintf(to,
            "# The design notes' figures\n\n"
            "Stated: by the notes. Worked out: from the notes' own constants, technology "
            "design-notes-7nm. Ours: at 7 nm, for mamba2-8b unless the claim says otherwise. By "
            "`w4a5se estimate claims`.\n\n"
            "| claim | unit | stated | worked out | ours | low | high | |\n"
            "|---|---|---:|---:|---:|---:|---:|---|\n");
    json_array_foreach((json_t *)data, i, claim) {
        fprintf(to, "| %s | %s |", json_string_value(json_object_get(claim, "claim")),
                json_string_value(json_object_get(claim, "unit")));
        for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
            print_cell(to, claim, columns[k]);
        }
        fprintf(to, " %s |\n", json_string_value(json_object_get(claim, "remark")));
    }
}

static enum se_status print(const struct options *o, json_t *claims, struct se_error *err) {
    enum se_status status = o->reports ? cli_make_directory(o->reports, err) : SE_OK;
    if (!status && o->reports) {
        status = se_report_json(o->reports, "claims.json", json_incref(claims), err);
    }
    if (!status && o->reports) {
        status = se_report_text(o->reports, "claims.md", print_markdown, claims, err);
    }
    if (!status && o->json) {
        return estimate_print_json(json_incref(claims), err);
    }
    if (!status) {
        print_markdown(claims, stdout);
    }
    return status;
}

int estimate_claims(int argc, char **argv) {
    static struct basis basis;
    struct options o = {.claims = "data/design_notes_claims.json",
                        .directory = ESTIMATE_TECH_DIRECTORY,
                        .models = "data/models.yaml",
                        .synth = "reports/synth.json"};
    struct se_error err;
    json_t *claims = NULL, *claim;
    size_t i;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = load_basis(&o, &basis, &err);
    if (!status) {
        status = load_claims(&o, &claims, &err);
    }
    if (status) {
        json_decref(claims);
        return cli_fail(&err);
    }
    json_array_foreach(claims, i, claim) {
        answer(claim, &basis);
    }
    status = print(&o, claims, &err);
    json_decref(claims);
    return status ? cli_fail(&err) : CLI_OK;
}
