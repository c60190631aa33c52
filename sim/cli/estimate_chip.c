// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate`: memories, logic, latency and energy of a chip for a model.
#include "estimate.h"
#include "estimate_logic.h"
#include "estimate_table.h"

#include "w4a5se/chip.h"
#include "w4a5se/cycles.h"

#include <string.h>

struct options {
    const char *config, *model, *models, *tech, *device, *why, *directory, *synth;
    int format; // enum table_format, or JSON
};

enum { FORMAT_JSON = TABLE_CSV + 1 };

enum {
    OPT_MODELS = 256,
    OPT_TECH,
    OPT_DEVICE,
    OPT_WHY,
    OPT_DIRECTORY,
    OPT_SYNTH,
    OPT_MARKDOWN,
    OPT_CSV,
    OPT_JSON
};

static const struct argp_option option_list[] = {
    {"config", 'c', "FILE", 0, "The chip (YAML, docs/formats.md)", 0},
    {"model", 'm', "NAME", 0, "Or the default chip for a model", 0},
    {"tech", OPT_TECH, "NAME", 0, "Technology, instead of the configuration's", 0},
    {"device", OPT_DEVICE, "KIND", 0, "Transistors: hp, lstp or typical", 0},
    {"why", OPT_WHY, "ITEM", 0, "Print the formulas behind a memory or an engine", 0},
    {"markdown", OPT_MARKDOWN, NULL, 0, "Print Markdown", 0},
    {"csv", OPT_CSV, NULL, 0, "Print CSV", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"synth", OPT_SYNTH, "FILE", 0, "Gates of the engines (default reports/synth.json)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    const char **const texts[] = {&o->models, &o->tech,      &o->device,
                                  &o->why,    &o->directory, &o->synth};
    if (key >= OPT_MODELS && key <= OPT_SYNTH) {
        *texts[key - OPT_MODELS] = arg;
        return 0;
    }
    switch (key) {
    case 'c':
        o->config = arg;
        return 0;
    case 'm':
        o->model = arg;
        return 0;
    case OPT_MARKDOWN:
        o->format = TABLE_MARKDOWN;
        return 0;
    case OPT_CSV:
        o->format = TABLE_CSV;
        return 0;
    case OPT_JSON:
        o->format = FORMAT_JSON;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option and is no kind of estimate", arg);
        return EINVAL;
    case ARGP_KEY_END:
        if (!o->config == !o->model) {
            argp_error(state, "one of --config and --model is needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "What a chip with the convolution and the scan of a model costs: each memory, the engines, "
    "cycles, "
    "energy for a token, DRAM traffic.\n\n"
    "  w4a5se estimate memory   one memory\n"
    "  w4a5se estimate points   the SRAM model beside memories whose cost is known\n"
    "  w4a5se estimate claims   the design notes' figures beside these",
    NULL,
    NULL,
    NULL};

struct estimate {
    struct se_chip chip;
    struct se_tech tech;
    struct synthesised logic;
    double clock_ratio; // of this technology to the synthesised one
    size_t n;
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    struct se_memory_estimate costs[SE_CHIP_MEMORIES_MAX];
    struct table memory_table, logic_table, total_table;
};

// ---- tables
// ---------------------------------------------------------------------------------------

static const char *const memory_columns[] = {
    "instances",    "words",          "word_bits",       "bits",    "area_mm2",
    "area_mm2_low", "area_mm2_high",  "access_ns",       "read_pj", "write_pj",
    "leakage_mw",   "leakage_mw_low", "leakage_mw_high", "reads",   "writes",
    "token_nj",     "token_nj_low",   "token_nj_high",   NULL};

static struct se_band scaled(struct se_band b, double by) {
    return (struct se_band){b.value * by, b.low * by, b.high * by};
}

static struct se_band sum(struct se_band a, struct se_band b) {
    return (struct se_band){a.value + b.value, a.low + b.low, a.high + b.high};
}

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

static void fill_memories(struct estimate *e, struct totals *total) {
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
        struct se_band area = scaled(q[SE_MEMORY_AREA], instances),
                       leakage = scaled(q[SE_MEMORY_LEAKAGE], instances),
                       energy = sum(scaled(q[SE_MEMORY_READ], m->reads * layers),
                                    scaled(q[SE_MEMORY_WRITE], m->writes * layers));
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
        total->area = sum(total->area, area);
        total->leakage = sum(total->leakage, leakage);
        total->energy = sum(total->energy, energy);
    }
}

static const char *const logic_columns[] = {
    "ge",     "area_mm2", "area_mm2_low", "area_mm2_high", "clock_ns",      "pj_a_cycle",
    "cycles", "token_us", "token_nj",     "token_nj_low",  "token_nj_high", NULL};

// um2 a gate when placed: the densest library in the best placed area is the low end.
static struct se_band gate_mm2(const struct se_tech *tech) {
    const struct se_band *area = &tech->c[SE_TECH_GATE_AREA].band,
                         *share = &tech->c[SE_TECH_UTILISATION].band;
    return (struct se_band){area->value / share->value * 1e-6, area->low / share->high * 1e-6,
                            area->high / share->low * 1e-6};
}

static void add_engine(struct estimate *e, const char *name, double ge, double ns, double cycles,
                       struct totals *total) {
    struct table *t = &e->logic_table;
    double layers = e->chip.model.layers, clock = ns * e->clock_ratio;
    struct se_band area = scaled(gate_mm2(&e->tech), ge);
    struct se_band cycle = scaled(e->tech.c[SE_TECH_GATE_ENERGY].band, ge * 1e-3);
    struct se_band energy = scaled(cycle, cycles * layers * 1e-3);
    struct table_row *row = &t->row[t->rows++];
    *row = (struct table_row){name, "logic", {ge}};
    double *v = put(&row->v[1], area);
    *v++ = clock;
    *v++ = cycle.value;
    *v++ = cycles;
    *v++ = cycles * layers * clock * 1e-3;
    put(v, energy);
    total->area = sum(total->area, area);
    total->energy = sum(total->energy, energy);
}

// Latency of a lookup that takes a channel a cycle, and waits of one that does not: at worst a
// compare for each bound.
static uint64_t lookup_latency(const struct se_chip *c) {
    static const uint64_t latency[] = {[SE_CHIP_NONE] = 0,
                                       [SE_CHIP_SEQUENTIAL] = 1,
                                       [SE_CHIP_PARALLEL] = 2,
                                       [SE_CHIP_LUT] = 2,
                                       [SE_CHIP_CURSOR] = 1};
    return latency[c->lookup];
}

static uint64_t lookup_waits(const struct se_chip *c) {
    return c->lookup == SE_CHIP_SEQUENTIAL ? (uint64_t)(c->head_groups + c->dim_groups - 2) : 0;
}

static enum se_status fill_logic(struct estimate *e, struct totals *total, struct se_error *err) {
    const struct se_chip *c = &e->chip;
    uint64_t scan, channels = (uint64_t)c->model.d_inner, latency = lookup_latency(c);
    uint64_t conv =
        se_conv_cycles(se_chip_conv_channels(c), 1, latency) + channels * lookup_waits(c);
    enum se_status status = se_scan_cycles((uint64_t)c->lanes, (uint64_t)c->model.d_state, channels,
                                           1, latency + lookup_waits(c), &scan, err);
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

static enum se_status fill(struct estimate *e, struct se_error *err) {
    struct totals total = {0};
    double layers = e->chip.model.layers;
    double moved = se_chip_dram_bits(&e->chip, e->n, e->memories);
    fill_memories(e, &total);
    enum se_status status = fill_logic(e, &total, err);
    struct se_band dram = scaled(e->tech.c[SE_TECH_DRAM_ENERGY].band, moved * 1e-3);
    struct se_band energy = sum(total.energy, dram);
    struct table *t = &e->total_table;
    *t = (struct table){"totals", "Totals", total_columns, 0, {{0}}};
    add_total(t, "memory", "KiB", scaled((struct se_band){1, 1, 1}, total.bits / 8192));
    add_total(t, "area", "mm2", total.area);
    add_total(t, "leakage", "mW", total.leakage);
    add_total(t, "DRAM", "KiB/token", scaled((struct se_band){1, 1, 1}, moved / 8192));
    add_total(t, "DRAM energy", "nJ/token", dram);
    add_total(t, "energy", "nJ/token", energy);
    add_total(t, "energy", "nJ/layer", scaled(energy, 1 / layers));
    return status;
}

// ---- the command
// ----------------------------------------------------------------------------------

static enum se_status load(const struct options *o, struct estimate *e, struct se_error *err) {
    enum se_status status;
    if (o->config) {
        status = se_chip_load(o->config, o->models, &e->chip, err);
    } else {
        struct se_chip_model model;
        status = se_chip_model_load(o->models, o->model, &model, err);
        e->chip = status ? e->chip : se_chip_default(&model);
    }
    if (!status && o->device) {
        int device;
        status = estimate_choice("--device", o->device, se_device_names, &device, err);
        e->chip.device = (enum se_device)device;
    }
    if (!status) {
        status = se_tech_load(o->directory, o->tech ? o->tech : e->chip.tech, &e->tech, err);
    }
    if (!status) {
        status = synthesised_load(o->synth, e->chip.lanes, &e->logic, err);
    }
    struct se_tech synthesised;
    if (!status) {
        status = se_tech_load(o->directory, "osu018", &synthesised, err);
    }
    if (!status) {
        e->clock_ratio =
            e->tech.c[SE_TECH_GATE_DELAY].band.value / synthesised.c[SE_TECH_GATE_DELAY].band.value;
    }
    return status;
}

static enum se_status estimate(struct estimate *e, struct se_error *err) {
    enum se_status status = SE_OK;
    e->n = se_chip_memories(&e->chip, e->memories);
    for (size_t i = 0; i < e->n && !status; i++) {
        status =
            se_memory_estimate(&e->tech, e->chip.device, &e->memories[i].memory, &e->costs[i], err);
    }
    return status ? status : fill(e, err);
}

static void explain_memory(const struct estimate *e, size_t i) {
    const struct se_memory_estimate *c = &e->costs[i];
    const struct se_memory_figures *f = &c->by_kind[c->kind];
    const struct se_chip_memory *m = &e->memories[i];
    printf("%s: %s; %llu of %llu words of %llu bits, %s, %s; %s\n", m->name, m->what,
           (unsigned long long)m->instances, (unsigned long long)c->words,
           (unsigned long long)m->memory.word_bits, se_ports_names[m->memory.ports],
           se_memory_kind_names[c->kind],
           !m->of_layer              ? "shared by the layers"
           : e->chip.double_buffered ? "two layers on chip"
                                     : "every layer has its own");
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        for (size_t k = 0; k < f->models; k++) {
            estimate_print_sum(stdout, se_memory_quantity_names[q], &f->sums[k][q]);
        }
    }
    printf("token_nj = (%g reads * read_pj + %g writes * write_pj) * %d layers / 1000\n", m->reads,
           m->writes, e->chip.model.layers);
}

static void explain_engine(const struct estimate *e, const struct table_row *row,
                           const char *synth) {
    static const enum se_tech_constant used[] = {SE_TECH_GATE_AREA, SE_TECH_UTILISATION,
                                                 SE_TECH_GATE_DELAY, SE_TECH_GATE_ENERGY};
    printf(
        "%s: %g GE by make synth (%s), %d lanes\n"
        "area = GE * gate_area / utilisation; token_nj = GE * gate_energy * %g cycles * %d layers\n"
        "clock = that of make synth * gate_delay / gate_delay of osu018 = * %.4g\n",
        row->name, row->v[0], synth, e->chip.lanes, row->v[6], e->chip.model.layers,
        e->clock_ratio);
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        const struct se_constant *c = &e->tech.c[used[i]];
        printf("  %-12s %.4g, %.4g to %.4g %s: %s\n", c->name, c->band.value, c->band.low,
               c->band.high, c->unit, c->source);
    }
}

static enum se_status explain(const struct estimate *e, const struct options *o,
                              struct se_error *err) {
    char names[300] = "";
    for (size_t i = 0; i < e->n; i++) {
        if (!strcmp(o->why, e->memories[i].name)) {
            explain_memory(e, i);
            return SE_OK;
        }
        strcat(strcat(names, e->memories[i].name), "; ");
    }
    for (size_t i = 0; i < e->logic_table.rows; i++) {
        if (!strcmp(o->why, e->logic_table.row[i].name)) {
            explain_engine(e, &e->logic_table.row[i], o->synth);
            return SE_OK;
        }
    }
    return se_fail(err, SE_INVALID, "--why is '%.40s', which is none of %sconv_engine; scan_engine",
                   o->why, names);
}

static void print_head(const struct estimate *e, int format) {
    const struct se_chip *c = &e->chip;
    if (format != TABLE_CSV) {
        printf("%s%s in %s (%s), %d lanes, lookup %s, %s state, %s\n",
               format == TABLE_MARKDOWN ? "# " : "", c->model.name, e->tech.name,
               se_device_names[c->device], c->lanes, se_chip_lookup_names[c->lookup],
               c->int8_state ? "INT8" : "FP32",
               c->double_buffered ? "two layers on chip" : "all layers on chip");
    }
}

static enum se_status print(const struct estimate *e, int format, struct se_error *err) {
    const struct table *tables[] = {&e->memory_table, &e->logic_table, &e->total_table};
    if (format == FORMAT_JSON) {
        json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "model", e->chip.model.name,
                                 "source", e->chip.model.source, "tech", e->tech.name, "device",
                                 se_device_names[e->chip.device], "lookup",
                                 se_chip_lookup_names[e->chip.lookup], "lanes", e->chip.lanes);
        for (size_t i = 0; i < 3; i++) {
            json_object_set_new(root, tables[i]->name, table_json(tables[i]));
        }
        return estimate_print_json(root, err);
    }
    print_head(e, format);
    for (size_t i = 0; i < 3; i++) {
        table_print(tables[i], (enum table_format)format, stdout);
    }
    return SE_OK;
}

int estimate_chip(int argc, char **argv) {
    static struct estimate e;
    struct options o = {.models = "data/models.yaml",
                        .directory = ESTIMATE_TECH_DIRECTORY,
                        .synth = "reports/synth.json"};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = load(&o, &e, &err);
    if (!status) {
        status = estimate(&e, &err);
    }
    if (!status) {
        status = o.why ? explain(&e, &o, &err) : print(&e, o.format, &err);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
