// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate`: memories, logic, latency and energy of a chip for a model.
#include "estimate.h"
#include "estimate_rows.h"

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

// ---- the command --------------------------------------------------------------------------------

static enum se_status load(const struct options *o, struct chip_estimate *e, struct se_error *err) {
    enum se_status status;
    if (o->config) {
        status = se_chip_load(o->config, o->models, &e->chip, err);
    } else {
        struct se_chip_model model;
        status = se_chip_model_load(o->models, o->model, &model, err);
        if (!status) {
            e->chip = se_chip_default(&model);
            status = se_chip_check(&e->chip, err);
        }
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

static void explain_memory(const struct chip_estimate *e, size_t i) {
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

static void explain_engine(const struct chip_estimate *e, const struct table_row *row,
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

static enum se_status explain(const struct chip_estimate *e, const struct options *o,
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

static void print_head(const struct chip_estimate *e, int format) {
    const struct se_chip *c = &e->chip;
    if (format != TABLE_CSV) {
        printf("%s%s in %s (%s), %d lanes, lookup %s, %s state, %s\n",
               format == TABLE_MARKDOWN ? "# " : "", c->model.name, e->tech.name,
               se_device_names[c->device], c->lanes, se_chip_lookup_names[c->lookup],
               c->int8_state ? "INT8" : "FP32",
               c->double_buffered ? "two layers on chip" : "all layers on chip");
    }
}

static enum se_status print(const struct chip_estimate *e, int format, struct se_error *err) {
    const struct table *tables[] = {&e->memory_table, &e->logic_table, &e->lookup_table,
                                    &e->total_table};
    const size_t n = sizeof tables / sizeof *tables;
    if (format == FORMAT_JSON) {
        json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "model", e->chip.model.name,
                                 "source", e->chip.model.source, "tech", e->tech.name, "device",
                                 se_device_names[e->chip.device], "lookup",
                                 se_chip_lookup_names[e->chip.lookup], "lanes", e->chip.lanes);
        for (size_t i = 0; i < n; i++) {
            json_object_set_new(root, tables[i]->name, table_json(tables[i]));
        }
        return estimate_print_json(root, err);
    }
    print_head(e, format);
    for (size_t i = 0; i < n; i++) {
        if (tables[i]->rows > 0) {
            table_print(tables[i], (enum table_format)format, stdout);
        }
    }
    return SE_OK;
}

int estimate_chip(int argc, char **argv) {
    static struct chip_estimate e;
    struct options o = {.models = "data/models.yaml",
                        .directory = ESTIMATE_TECH_DIRECTORY,
                        .synth = "reports/synth.json"};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = load(&o, &e, &err);
    if (!status) {
        status = chip_estimate(&e, &err);
    }
    if (!status) {
        status = o.why ? explain(&e, &o, &err) : print(&e, o.format, &err);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
