// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate`: memories, logic, latency and energy of a chip for a model.
#include "estimate.h"
#include "estimate_rows.h"

#include <string.h>

struct options {
    const char *config, *model, *models, *tech, *device, *why, *directory;
    enum table_format format;
};

enum {
    OPT_MODELS = 256,
    OPT_TECH,
    OPT_DEVICE,
    OPT_WHY,
    OPT_DIRECTORY,
    OPT_MARKDOWN,
    OPT_CSV,
    OPT_JSON
};

static const struct argp_option option_list[] = {
    {"config", 'c', "FILE", 0, "The chip (YAML, docs/formats.md)", 0},
    {"model", 'm', "NAME", 0, "Or the default chip for a model", 0},
    {"tech", OPT_TECH, "NAME", 0, "Technology, instead of the configuration's", 0},
    {"device", OPT_DEVICE, "KIND", 0, "Transistors of the memories: hp, lstp or typical", 0},
    {"why", OPT_WHY, "ITEM", 0,
     "Print the formulas behind a memory, a block, time, area, energy, DRAM, leakage or idle", 0},
    {"markdown", OPT_MARKDOWN, NULL, 0, "Print Markdown", 0},
    {"csv", OPT_CSV, NULL, 0, "Print CSV", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    const char **const texts[] = {&o->models, &o->tech, &o->device, &o->why, &o->directory};
    static const enum table_format formats[] = {TABLE_MARKDOWN, TABLE_CSV, TABLE_JSON};
    if (key >= OPT_MODELS && key <= OPT_DIRECTORY) {
        *texts[key - OPT_MODELS] = arg;
        return 0;
    }
    if (key >= OPT_MARKDOWN && key <= OPT_JSON) {
        table_choose_format(state, formats[key - OPT_MARKDOWN], &o->format);
        return 0;
    }
    switch (key) {
    case 'c':
        o->config = arg;
        return 0;
    case 'm':
        o->model = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option and is no kind of estimate", arg);
        return EINVAL;
    case ARGP_KEY_END:
        if (!o->config == !o->model) {
            argp_error(state, o->model ? "--config and --model both name the chip"
                                       : "one of --config and --model is needed");
        }
        if (o->why && o->format != TABLE_TEXT) {
            argp_error(state, "--why is printed as text only");
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
    "What a chip with the convolution and the scan of a model costs: each memory, each block of "
    "logic, cycles, energy for a token, DRAM traffic.\n\n"
    "  w4a5se estimate memory   one memory\n"
    "  w4a5se estimate points   the SRAM model beside memories whose cost is known\n"
    "  w4a5se estimate logic    one block's gates\n"
    "  w4a5se estimate schemes  ways to find scales, or do without, side by side\n"
    "  w4a5se estimate claims   the design notes' figures beside these\n"
    "  w4a5se estimate report   all of it in reports/estimates.md and reports/index.html\n"
    "  w4a5se sweep             many chips",
    NULL,
    NULL,
    NULL};

// ---- the command --------------------------------------------------------------------------------

struct chip_estimate {
    struct se_chip chip;
    struct se_chip_prices prices;
    struct se_chip_cost cost;
    struct chip_tables tables;
};

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
    return status ? status
                  : se_chip_prices_load(o->directory, o->tech ? o->tech : e->chip.tech, &e->prices,
                                        err);
}

static void explain_memory(const struct se_chip *chip, double beyond,
                           const struct se_chip_memory_cost *cost) {
    const struct se_memory_estimate *e = &cost->estimate;
    const struct se_memory_figures *f = &e->by_kind[e->kind];
    const struct se_chip_memory *m = &cost->memory;
    printf("%s: %s; %llu of %llu words of %llu bits, %s, %s; %s\n", m->name, m->what,
           (unsigned long long)m->instances, (unsigned long long)e->words,
           (unsigned long long)m->memory.word_bits, se_ports_names[m->memory.ports],
           se_memory_kind_names[e->kind],
           !m->of_layer                             ? "shared by the layers"
           : chip->double_buffered && m->layers > 2 ? "two layers on chip"
                                                    : "each layer that has one has its own");
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        for (size_t k = 0; k < f->models; k++) {
            estimate_print_sum(stdout, se_memory_quantity_names[q], &f->sums[k][q]);
        }
    }
    if (f->models > 1) {
        printf("typical is the geometric mean of the devices\n");
    }
    if (e->extrapolated) {
        printf("of a size that was not fitted: ends of the bands * and / %.3g\n", beyond);
    }
    printf("all %llu: %.4g, %.4g to %.4g mm2; leakage %.4g, %.4g to %.4g mW\n",
           (unsigned long long)m->instances, cost->area.value, cost->area.low, cost->area.high,
           cost->leakage.value, cost->leakage.low, cost->leakage.high);
    printf(
        "token_nj = (%g reads * %.4g pJ + %g writes * %.4g pJ) * %d layers / 1000 = %.4g, %.4g to "
        "%.4g\n",
        m->reads, f->q[SE_MEMORY_READ].value, m->writes, f->q[SE_MEMORY_WRITE].value, m->layers,
        cost->energy.value, cost->energy.low, cost->energy.high);
}

static void print_constants(const struct se_tech *tech, size_t n,
                            const enum se_tech_constant *used) {
    for (size_t i = 0; i < n; i++) {
        const struct se_constant *c = &tech->c[used[i]];
        printf("  %-12s %.4g, %.4g to %.4g %s: %s\n", c->name, c->band.value, c->band.low,
               c->band.high, c->unit, c->source);
    }
}

static void explain_block(const struct chip_estimate *e, const struct se_chip_block_cost *b) {
    static const enum se_tech_constant used[] = {SE_TECH_GATE_RATIO, SE_TECH_GATE_AREA,
                                                 SE_TECH_UTILISATION, SE_TECH_GATE_ENERGY};
    const struct se_gate_energy *measured = b->measured;
    printf(
        "%s%s%s: %g of %.0f GE, +-%.1f %%, by data/tech/logic/%s/%s.yaml (`w4a5se estimate logic "
        "--block %s --lib %s --why`)%s\n"
        "area = instances * GE * gate_ratio * gate_area / utilisation * 1e-6 = %.4g, %.4g to %.4g "
        "mm2\n",
        b->block, *b->of ? " of " : "", b->of, b->instances, b->ge, 100 * b->ge_error,
        e->prices.tech.logic, b->block, b->block, e->prices.tech.logic,
        b->nearest ? ", at the nearest parameters that were synthesised" : "", b->area.value,
        b->area.low, b->area.high);
    if (measured) {
        printf("pj = %.4g (%s, measured %.4g at %s; %s) * %.3g (GE of %s over that one's) * "
               "gate_energy / "
               "%.4g fJ/GE of %s = %.4g, %.4g to %.4g; a cycle that one waits: %.4g\n",
               b->measured_pj, measured->operation, measured->pj, measured->parameters,
               measured->vectors, b->measured_ratio,
               strstr(b->block, "lookup") ? "its search" : "this block",
               e->prices.measured.c[SE_TECH_GATE_ENERGY].band.value, e->prices.energies.library,
               b->pj.value, b->pj.low, b->pj.high, b->idle_pj.value);
    } else {
        printf(
            "pj = GE * gate_ratio * gate_energy / 1000 = %.4g, %.4g to %.4g: random operands, an "
            "upper end\n",
            b->pj.value, b->pj.low, b->pj.high);
    }
    printf("token_nj = (pj * %g (%s) * %d layers", b->operations, b->operation, b->layers);
    if (measured) {
        printf(" + waiting cycle * %g (beyond the run's)", b->waits);
    }
    printf(") / 1000 = %.4g, %.4g to %.4g\n", b->energy.value, b->energy.low, b->energy.high);
    print_constants(&e->prices.tech, sizeof used / sizeof *used, used);
}

static void explain_engine(const struct chip_estimate *e, const char *name,
                           const struct se_chip_engine_cost *engine) {
    const int layers = e->chip.model.layers,
              tables = se_chip_has_tables(&e->chip) ? e->chip.table_layers : 0;
    const struct se_band *ns = &engine->ns, *token = &engine->token_ns;
    printf(
        "%s = (%d layers with a table * %llu cycles + %d without * %llu) * %.4g, %.4g to %.4g ns "
        "(%s) = %.6g, %.6g to %.6g ns\n",
        name, tables, (unsigned long long)engine->cycles, layers - tables,
        (unsigned long long)engine->plain_cycles, ns->value, ns->low, ns->high, engine->limit,
        token->value, token->low, token->high);
}

static void explain_time(const struct chip_estimate *e) {
    static const enum se_tech_constant used[] = {SE_TECH_GATE_DELAY};
    const struct se_band *token = &e->cost.token_ns;
    printf("time = conv_engine + scan_engine = %.6g, %.6g to %.6g ns\n", token->value, token->low,
           token->high);
    explain_engine(e, SE_CHIP_CONV_ENGINE, &e->cost.conv);
    explain_engine(e, SE_CHIP_SCAN_ENGINE, &e->cost.scan);
    printf("cycles: docs/engines.md; ns: the longest path of the engine's blocks (`w4a5se estimate "
           "logic --lib %s`) * gate_delay / %.4g ns of %s, or the access of its slowest memory "
           "(--why of that memory)\n",
           e->prices.library.name, e->prices.library.c[SE_TECH_GATE_DELAY].band.value,
           e->prices.library.name);
    print_constants(&e->prices.tech, 1, used);
}

static void print_band(const char *name, const struct se_band *b) {
    printf("  %-24s %10.4g, %.4g to %.4g\n", name, b->value, b->low, b->high);
}

// The summands of a total, of which each has its own --why.
static void explain_total(const struct chip_estimate *e, bool energy) {
    const struct se_chip_cost *c = &e->cost;
    const struct se_band *total = energy ? &c->energy : &c->area;
    printf("%s = %.4g, %.4g to %.4g %s, the sum of\n", energy ? "energy" : "area", total->value,
           total->low, total->high, energy ? "nJ a token" : "mm2");
    for (size_t i = 0; i < c->memories; i++) {
        const struct se_band *b = energy ? &c->memory[i].energy : &c->memory[i].area;
        print_band(c->memory[i].memory.name, b);
    }
    for (size_t i = 0; i < c->blocks; i++) {
        const struct se_band *b = energy ? &c->block[i].energy : &c->block[i].area;
        print_band(c->block[i].block, b);
    }
    if (energy) {
        const enum se_tech_constant used[] = {SE_TECH_DRAM_ENERGY};
        printf("  %-24s %10.4g, %.4g to %.4g: %.6g bits * dram_energy\n", "DRAM",
               c->dram_energy.value, c->dram_energy.low, c->dram_energy.high, c->dram_bits);
        print_constants(&e->prices.tech, 1, used);
    }
}

static void explain_area(const struct chip_estimate *e) {
    explain_total(e, false);
}

static void explain_energy(const struct chip_estimate *e) {
    explain_total(e, true);
}

static void explain_dram(const struct chip_estimate *e) {
    static const enum se_tech_constant used[] = {SE_TECH_DRAM_ENERGY};
    printf("DRAM = %.6g bits a token: %s\n", e->cost.dram_bits,
           e->cost.dram_bits > 0
               ? "what each layer has of its own is read, and written back where it changes"
               : "every layer is on chip");
    const struct se_band *b = &e->cost.dram_energy;
    printf("DRAM energy = bits * dram_energy / 1000 = %.4g, %.4g to %.4g nJ\n", b->value, b->low,
           b->high);
    print_constants(&e->prices.tech, 1, used);
}

static void explain_leakage(const struct chip_estimate *e) {
    const struct se_chip_cost *c = &e->cost;
    const struct se_band *b = &c->leakage, *energy = &c->leakage_energy;
    printf("leakage = %.4g, %.4g to %.4g mW, of the memories (logic's is not known), the sum of\n",
           b->value, b->low, b->high);
    for (size_t i = 0; i < c->memories; i++) {
        print_band(c->memory[i].memory.name, &c->memory[i].leakage);
    }
    printf("leakage energy = leakage * time of a token = %.4g, %.4g to %.4g nJ\n", energy->value,
           energy->low, energy->high);
}

static void explain_idle(const struct chip_estimate *e) {
    const struct se_chip_cost *c = &e->cost;
    printf(
        "idle = %.4g, %.4g to %.4g nJ a token: instances * pJ of a waiting cycle * cycles a token "
        "of the other engine (conv_engine %.0f, scan_engine %.0f)\n",
        c->idle_energy.value, c->idle_energy.low, c->idle_energy.high, c->conv.token_cycles,
        c->scan.token_cycles);
    for (size_t i = 0; i < c->blocks; i++) {
        if (c->block[i].idle_pj.value > 0 && *c->block[i].of) {
            printf("  %g *", c->block[i].instances);
            print_band(c->block[i].block, &c->block[i].idle_pj);
        }
    }
}

static const struct {
    const char *name;
    void (*explain)(const struct chip_estimate *e);
} TOTALS[] = {{"time", explain_time}, {"area", explain_area},       {"energy", explain_energy},
              {"DRAM", explain_dram}, {"leakage", explain_leakage}, {"idle", explain_idle}};

static enum se_status explain(const struct chip_estimate *e, const char *why,
                              struct se_error *err) {
    char names[(SE_CHIP_MEMORIES_MAX + SE_CHIP_BLOCKS_MAX + 8) * (SE_NAME_LENGTH + 2)] = "";
    for (size_t i = 0; i < e->cost.memories; i++) {
        const char *name = e->cost.memory[i].memory.name;
        if (!strcmp(why, name)) {
            explain_memory(&e->chip, e->prices.tech.sram[0].c[SE_SRAM_BEYOND].band.value,
                           &e->cost.memory[i]);
            return SE_OK;
        }
        strcat(strcat(names, name), "; ");
    }
    bool found = false;
    for (size_t i = 0; i < e->cost.blocks; i++) { // both engines may have one
        const char *name = e->cost.block[i].block;
        if (!strcmp(why, name)) {
            explain_block(e, &e->cost.block[i]);
            found = true;
        }
        if (!strstr(names, name)) {
            strcat(strcat(names, name), "; ");
        }
    }
    if (found) {
        return SE_OK;
    }
    for (size_t i = 0; i < sizeof TOTALS / sizeof *TOTALS; i++) {
        if (!strcmp(why, TOTALS[i].name)) {
            TOTALS[i].explain(e);
            return SE_OK;
        }
        strcat(strcat(names, TOTALS[i].name), "; ");
    }
    names[strlen(names) - 2] = '\0';
    return se_fail(err, SE_INVALID, "--why is '%.40s', which is none of %s", why, names);
}

static void print_head(const struct chip_estimate *e, int format) {
    const struct se_chip *c = &e->chip;
    if (format == TABLE_CSV) {
        return;
    }
    printf("%s%s in %s (%s), %d lanes, %s, lookup %s, %s state, %s\n",
           format == TABLE_MARKDOWN ? "# " : "", c->model.name, e->prices.tech.name,
           se_device_names[c->device], c->lanes,
           c->mode == SE_CHIP_NO_MODE ? "codes of a given width" : se_input_mode_names[c->mode],
           se_chip_lookup_names[c->lookup], c->int8_state ? "INT8" : "FP32",
           c->double_buffered ? "two layers on chip" : "all layers on chip");
    for (size_t i = 0; i < e->cost.blocks; i++) {
        if (e->cost.block[i].nearest) {
            printf("%s: at the nearest parameters that were synthesised\n", e->cost.block[i].block);
        }
    }
}

static enum se_status print(const struct chip_estimate *e, int format, struct se_error *err) {
    const struct table *tables[] = {&e->tables.memories, &e->tables.logic, &e->tables.engines,
                                    &e->tables.lookups, &e->tables.totals};
    const size_t n = sizeof tables / sizeof *tables;
    if (format == TABLE_JSON) {
        json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "model", e->chip.model.name,
                                 "source", e->chip.model.source, "tech", e->prices.tech.name,
                                 "device", se_device_names[e->chip.device], "lookup",
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
    struct options o = {.models = "data/models.yaml", .directory = ESTIMATE_TECH_DIRECTORY};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = load(&o, &e, &err);
    if (!status) {
        status = se_chip_cost(&e.chip, &e.prices, &e.cost, &err);
    }
    if (!status && !o.why) {
        status = chip_tables(&e.chip, &e.prices, &e.cost, &e.tables, &err);
    }
    if (!status) {
        status = o.why ? explain(&e, o.why, &err) : print(&e, o.format, &err);
    }
    se_chip_prices_free(&e.prices);
    return status ? cli_fail(&err) : CLI_OK;
}
