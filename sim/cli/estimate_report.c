// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate report`: estimates.md, estimates.json and index.html, with the claims, schemes,
// memories, lookups and the sweep of chips.
#include "estimate.h"

#include "design_notes.h"
#include "document.h"
#include "estimate_claims.h"
#include "estimate_rows.h"
#include "svg.h"
#include "sweep.h"
#include "w4a5se/report.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct claims_options claims;
    const char *sweep, *to, *tech;
};

// Models whose chips are described.
static const char *const model_names[] = {"mamba-130m", "mamba-2.8b", "mamba2-130m", "mamba2-2.7b",
                                          "mamba2-8b"};
enum { MODELS = sizeof model_names / sizeof *model_names, FIRST_MAMBA2 = 2 };

// The tables' shapes and storage, of one scheme after the other in the notes: all, fewer groups,
// half of the layers.
static const struct storage {
    const char *name;
    enum se_chip_lookup lookup;
    int head_groups, dim_groups;
    bool int32_bounds, half_layers, double_buffered;
    int scale_bits;
} storages[] = {
    {"bounds of 32 bits, FP32 scales", SE_CHIP_SEQUENTIAL, 4, 4, true, false, false, 32},
    {"narrow bounds, FP32 scales", SE_CHIP_SEQUENTIAL, 4, 4, false, false, false, 32},
    {"narrow bounds, FP16 scales", SE_CHIP_SEQUENTIAL, 4, 4, false, false, false, 16},
    {"parallel: rows of bounds", SE_CHIP_PARALLEL, 4, 4, false, false, false, 32},
    {"cursor: runs", SE_CHIP_CURSOR, 4, 4, false, false, false, 32},
    {"LUT: an index a channel", SE_CHIP_LUT, 4, 4, false, false, false, 32},
    {"fewer groups, 2 x 2", SE_CHIP_SEQUENTIAL, 2, 2, false, false, false, 32},
    {"half of the layers without tables", SE_CHIP_SEQUENTIAL, 4, 4, false, true, false, 32},
    {"two layers on chip", SE_CHIP_SEQUENTIAL, 4, 4, false, false, true, 32},
    {"two layers, bounds of 32 bits", SE_CHIP_SEQUENTIAL, 4, 4, true, false, true, 32},
};
enum { STORAGES = sizeof storages / sizeof *storages };

struct report {
    const struct options *options;
    struct se_origin origin;
    struct se_chip_prices prices;
    struct se_chip_model models[MODELS];
    struct schemes schemes[2]; // mamba2-8b, mamba2-2.7b
    struct table scheme_tables[2], storage_tables[MODELS], lookup_tables[MODELS], shares;
    struct sweep sweep;
    json_t *claims;
};

// ---- tables' storage ----------------------------------------------------------------------------

static enum se_status fill_storage(struct report *r, const struct se_chip_model *model,
                                   struct table *t, struct se_error *err) {
    static const char *const columns[] = {"bits a layer", "KiB",           "area_mm2",
                                          "area_mm2_low", "area_mm2_high", "token_nj",
                                          "token_nj_low", "token_nj_high", NULL};
    *t = (struct table){.name = "storage", .title = model->name, .columns = columns};
    struct se_chip chip = se_chip_default(model);
    struct se_chip_cost without, with;
    chip.mode = SE_INPUT_INT8; // a word a scale
    chip.code_width = se_input_mode_bits(SE_INPUT_INT8);
    enum se_status status = SE_OK;
    for (size_t i = 0; i < STORAGES && !status; i++) {
        const struct storage *s = &storages[i];
        chip.double_buffered = s->double_buffered;
        chip.lookup = SE_CHIP_NONE;
        status = se_chip_cost(&chip, &r->prices, &without, err);
        chip.lookup = s->lookup;
        chip.head_groups = s->head_groups;
        chip.dim_groups = s->dim_groups;
        chip.int32_bounds = s->int32_bounds;
        chip.scale_bits = s->scale_bits;
        chip.table_layers = s->half_layers ? model->layers / 2 : model->layers;
        if (!status) {
            status = se_chip_cost(&chip, &r->prices, &with, err);
        }
        const double layers = s->double_buffered ? 2 : chip.table_layers;
        const double v[] = {(with.bits - without.bits) / layers,
                            (with.bits - without.bits) / 8192,
                            with.memory_area.value - without.memory_area.value,
                            with.memory_area.low - without.memory_area.low,
                            with.memory_area.high - without.memory_area.high,
                            with.memory_energy.value - without.memory_energy.value,
                            with.memory_energy.low - without.memory_energy.low,
                            with.memory_energy.high - without.memory_energy.high};
        struct table_row *row = &t->row[t->rows++];
        *row = (struct table_row){.name = s->name, .kind = se_chip_lookup_names[s->lookup]};
        memcpy(row->v, v, sizeof v);
    }
    return status;
}

// ---- where area and energy go -------------------------------------------------------------------

enum share { STATE, PARAMETERS, TABLES, BUFFERS, CONV_LOGIC, SCAN_LOGIC, OTHER_LOGIC, SHARES };
static const char *const share_names[SHARES] = {"states",
                                                "parameters",
                                                "scale tables",
                                                "history, codes, B and C",
                                                "logic of the convolution",
                                                "logic of the scan",
                                                "lookups, packing"};

static enum share share_of_memory(const char *name) {
    static const struct {
        const char *name;
        enum share share;
    } known[] = {{"state", STATE},       {"state scales", STATE}, {"head bounds", TABLES},
                 {"dim bounds", TABLES}, {"index", TABLES},       {"head runs", TABLES},
                 {"dim runs", TABLES},   {"scales", TABLES},      {"conv history", BUFFERS},
                 {"codes", BUFFERS},     {"B, C", BUFFERS}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!strcmp(name, known[i].name)) {
            return known[i].share;
        }
    }
    return PARAMETERS;
}

static enum share share_of_block(const struct se_chip_block_cost *b) {
    return !strncmp(b->block, "scale_", 6)       ? OTHER_LOGIC
           : !strcmp(b->of, SE_CHIP_CONV_ENGINE) ? CONV_LOGIC
           : !strcmp(b->of, SE_CHIP_SCAN_ENGINE) ? SCAN_LOGIC
                                                 : OTHER_LOGIC;
}

// A row of area and one of energy a model: % of each share, then all.
static enum se_status add_shares(struct report *r, const struct se_chip_model *model,
                                 struct se_error *err) {
    const struct se_chip chip = se_chip_default(model);
    struct se_chip_cost cost;
    enum se_status status = se_chip_cost(&chip, &r->prices, &cost, err);
    double area[SHARES] = {0}, energy[SHARES] = {0};
    for (size_t i = 0; i < cost.memories; i++) {
        enum share s = share_of_memory(cost.memory[i].memory.name);
        area[s] += cost.memory[i].area.value;
        energy[s] += cost.memory[i].energy.value;
    }
    for (size_t i = 0; i < cost.blocks; i++) {
        enum share s = share_of_block(&cost.block[i]);
        area[s] += cost.block[i].area.value;
        energy[s] += cost.block[i].energy.value;
    }
    for (int of_energy = 0; of_energy < 2 && !status; of_energy++) {
        const double total = of_energy ? cost.energy.value : cost.area.value;
        struct table_row *row = &r->shares.row[r->shares.rows++];
        *row = (struct table_row){.name = model->name,
                                  .kind = of_energy ? "energy, nJ a token" : "area, mm2"};
        for (int s = 0; s < SHARES; s++) {
            row->v[s] = 100 * (of_energy ? energy[s] : area[s]) / total;
        }
        row->v[SHARES] = total;
    }
    return status;
}

static void put_shares(const void *data, FILE *to) {
    static const char *const colours[SHARES] = {"1f6feb", "8ab4f8", "d9480f", "adb5bd",
                                                "2b8a3e", "8ce99a", "862e9c"};
    const struct report *r = data;
    fputs("$shares << EOD\n", to);
    for (size_t i = 0; i < r->shares.rows; i++) {
        const struct table_row *row = &r->shares.row[i];
        const char *size = strchr(row->name, '-'); // a line each: family, size, what is shared
        fprintf(to, "\"%.*s\\n%s\\n%.*s\"", (int)(size - row->name), row->name, size + 1,
                (int)strcspn(row->kind, ","), row->kind);
        for (int s = 0; s < SHARES; s++) {
            fprintf(to, " %g", row->v[s]);
        }
        fputc('\n', to);
    }
    fputs("EOD\nset terminal svg size 1080,460 background rgb 'white' font 'sans,12'\n"
          "set style data histograms\nset style histogram rowstacked\nset style fill solid\n"
          "set boxwidth 0.75\nset border 3\nset tics nomirror out\nset ylabel '%'\n"
          "set yrange [0:100]\nset key outside right\nset xtics scale 0 font ',9'\nplot ",
          to);
    for (int s = 0; s < SHARES; s++) {
        fprintf(to, "%s$shares using %d%s lc rgb '#%s' title '%s'", s ? ", " : "", s + 2,
                s ? "" : ":xtic(1)", colours[s], share_names[s]);
    }
    fputs("\n", to);
}

// ---- collecting ---------------------------------------------------------------------------------

static enum se_status collect_model(struct report *r, size_t i, struct se_error *err) {
    static struct chip_tables tables;
    const struct se_chip chip = se_chip_default(&r->models[i]);
    struct se_chip_cost cost;
    enum se_status status = add_shares(r, &r->models[i], err);
    if (!status && i >= FIRST_MAMBA2) {
        status = fill_storage(r, &r->models[i], &r->storage_tables[i], err);
        if (!status) {
            status = se_chip_cost(&chip, &r->prices, &cost, err);
        }
        if (!status) {
            status = chip_tables(&chip, &r->prices, &cost, &tables, err);
            r->lookup_tables[i] = tables.lookups;
        }
    }
    return status;
}

static enum se_status collect_schemes(struct report *r, struct se_error *err) {
    static const size_t models[] = {MODELS - 1, MODELS - 2};
    char path[CLI_PATH_MAX];
    struct accuracy accuracy;
    enum se_status status = cli_path(path, r->options->claims.reports, "modes.json", err);
    if (!status) {
        status = accuracy_load(path, &accuracy, err);
    }
    for (size_t i = 0; i < 2 && !status; i++) {
        const struct se_chip chip = se_chip_default(&r->models[models[i]]);
        status = schemes_cost(&chip, &r->prices, &accuracy, r->claims, &r->schemes[i], err);
        if (!status) {
            schemes_table(&r->schemes[i], &r->scheme_tables[i]);
        }
    }
    return status;
}

static enum se_status collect(struct report *r, struct se_error *err) {
    static const char *share_columns[SHARES + 2];
    memcpy(share_columns, share_names, sizeof share_names);
    share_columns[SHARES] = "all";
    r->shares = (struct table){.name = "shares", .title = "", .columns = share_columns};
    enum se_status status =
        se_chip_prices_load(r->options->claims.directory, r->options->tech, &r->prices, err);
    for (size_t i = 0; i < MODELS && !status; i++) {
        status = se_chip_model_load(r->options->claims.models, model_names[i], &r->models[i], err);
        if (!status) {
            status = collect_model(r, i, err);
        }
    }
    if (!status) {
        status = claims_answer(&r->options->claims, &r->claims, err);
    }
    if (!status) {
        status = collect_schemes(r, err);
    }
    if (!status) {
        char modes[CLI_PATH_MAX];
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        struct sweep_options how = {r->options->claims.models, r->options->claims.directory, modes,
                                    processors > 0 ? (size_t)processors : 1};
        status = cli_path(modes, r->options->claims.reports, "modes.json", err);
        status = status ? status : sweep_run(r->options->sweep, &how, &r->sweep, err);
    }
    return status;
}

// ---- the document -------------------------------------------------------------------------------

static void write_claims(const struct document *d, const json_t *claims) {
    static const char *const columns[] = {
        "claim",  "unit",       "verdict", "remark", "source of ours",
        "stated", "worked out", "ours",    "low",    "high"};
    static const char *const texts[] = {"claim", "unit", "verdict", "remark", "source"};
    static const char *const numbers[] = {"value", "notes", "ours", "ours_low", "ours_high"};
    enum { TEXTS = 5, COLUMNS = 10, CELL = 32 };
    size_t i;
    const json_t *claim;
    document_heading(d, "The design notes' claims");
    document_text(
        d, "Stated: by the notes. Worked out: by their own constants (`design-notes-7nm`), "
           "empty where they assume a figure; reproduced where that is what they state. "
           "Ours: at 7 nm, mamba2-8b unless the remark says otherwise. [claims.md](claims.md)");
    document_table_begin(d, COLUMNS, columns, TEXTS);
    json_array_foreach((json_t *)claims, i, claim) {
        const char *cells[COLUMNS];
        char figures[COLUMNS][CELL];
        for (size_t k = 0; k < TEXTS; k++) {
            cells[k] = json_string_value(json_object_get(claim, texts[k]));
            const json_t *value = json_object_get(claim, numbers[k]);
            *figures[k] = 0;
            if (json_is_number(value)) {
                snprintf(figures[k], CELL, "%.4g", json_number_value(value));
            }
            cells[TEXTS + k] = figures[k];
        }
        document_row(d, COLUMNS, cells, TEXTS);
    }
    document_table_end(d);
}

static void write_schemes(const struct document *d, const struct report *r) {
    document_heading(d, "Schemes");
    document_text(
        d, "What each adds to a chip with INT8 codes and one scale a layer: the tables of all "
           "layers and the logic, energy a token and layer, how long until the first channel "
           "has its scale (the rotation: its value), cycles between channels; bits a byte over "
           "INT8's where the small model was measured; and what the notes state (energies a "
           "lookup, the rotation's a token). W4A5-SE: packing, unpacking and "
           "the smaller memory of codes; its tables have six words an entry.");
    for (size_t i = 0; i < 2; i++) {
        document_text(d, "%s in %s:", r->models[MODELS - 1 - i].name, r->prices.tech.name);
        document_table(d, &r->scheme_tables[i]);
    }
}

static void write_storage(const struct document *d, const struct report *r) {
    document_heading(d, "SRAM area by configuration of the tables");
    document_text(d,
                  "Tables of scales of 4 x 4 head and dimension groups in each group of the model "
                  "unless said otherwise; all layers on chip unless said otherwise; one word a "
                  "scale. Energy: their reads, a token.");
    for (size_t i = FIRST_MAMBA2; i < MODELS; i++) {
        document_text(d, "%s, %d layers, %d group%s:", r->models[i].name, r->models[i].layers,
                      r->models[i].groups, r->models[i].groups > 1 ? "s" : "");
        document_table(d, &r->storage_tables[i]);
    }
}

static void write_lookups(const struct document *d, const struct report *r) {
    document_heading(d, "Sequential, parallel, LUT and cursor side by side");
    document_text(
        d, "What each adds to the default chip without a lookup: tables of all layers and the "
           "searches in both engines; cycles until the first scale; time that a token takes "
           "longer. Cycles are the RTL's ([cycles.md](cycles.md), [lookup.md](lookup.md)).");
    for (size_t i = FIRST_MAMBA2; i < MODELS; i++) {
        document_text(d, "%s:", r->models[i].name);
        document_table(d, &r->lookup_tables[i]);
    }
}

static void write_shares(const struct document *d, const struct report *r) {
    document_heading(d, "Where area and energy go");
    document_text(d, "Default chips, all layers' states on chip; per cent of the typical figures.");
    document_picture(d, "estimates-shares", "Shares of area and energy");
    document_table(d, &r->shares);
}

static void write_sweep(const struct document *d, const struct report *r) {
    const struct sweep *s = &r->sweep;
    char area[80], energy[80];
    snprintf(area, sizeof area, "%s-area", s->name);
    snprintf(energy, sizeof energy, "%s-energy", s->name);
    document_heading(d, "Many chips");
    document_text(
        d,
        "%zu chips out of %zu combinations (`w4a5se sweep --config %s`), each line a front "
        "that no other chip of the same model beats: [%s.md](%s.md), all rows in "
        "[%s.csv](%s.csv). Accuracy is that of the small model.",
        s->n, s->chips.chips, s->path, s->name, s->name, s->name, s->name);
    document_picture(d, area, "Area against accuracy");
    document_picture(d, energy, "Energy against time");
}

static void write_document(const struct report *r, FILE *to, bool html) {
    const struct document d = {to, html, r->options->to};
    document_begin(&d, "What the chip costs");
    document_text(&d,
                  "`make estimates`, %s, %s. Technology %s (%s). How the models were made and how "
                  "far they are off: [memory.md](memory.md), [logic.md](logic.md), "
                  "[power.md](power.md), [cycles.md](cycles.md).",
                  r->origin.date, r->origin.processor, r->prices.tech.name, r->prices.tech.note);
    write_claims(&d, r->claims);
    write_schemes(&d, r);
    write_storage(&d, r);
    write_lookups(&d, r);
    write_shares(&d, r);
    write_sweep(&d, r);
    document_end(&d);
}

static void print_markdown(const void *data, FILE *to) {
    write_document(data, to, false);
}

static void print_html(const void *data, FILE *to) {
    write_document(data, to, true);
}

static json_t *to_json(const struct report *r) {
    json_t *root =
        json_pack("{s:s, s:s, s:O, s:o}", "date", r->origin.date, "tech", r->prices.tech.name,
                  "claims", r->claims, "shares", table_json(&r->shares));
    for (size_t i = FIRST_MAMBA2; i < MODELS; i++) {
        json_t *of_model = json_pack("{s:o, s:o}", "storage", table_json(&r->storage_tables[i]),
                                     "lookups", table_json(&r->lookup_tables[i]));
        if (i >= MODELS - 2) {
            json_object_set_new(of_model, "schemes", table_json(&r->scheme_tables[MODELS - 1 - i]));
        }
        json_object_set_new(root, r->models[i].name, of_model);
    }
    return root;
}

static enum se_status write_reports(const struct report *r, struct se_error *err) {
    const char *to = r->options->to;
    enum se_status status = cli_make_directory(to, err);
    status = status ? status : se_report_json(to, "claims.json", json_incref(r->claims), err);
    status = status ? status : se_report_text(to, "claims.md", claims_print, r->claims, err);
    status = status ? status : sweep_write(&r->sweep, to, err);
    status = status ? status : svg_draw(to, "estimates-shares.svg", put_shares, r, err);
    status = status ? status : se_report_json(to, "estimates.json", to_json(r), err);
    status = status ? status : se_report_text(to, "estimates.md", print_markdown, r, err);
    return status ? status : se_report_text(to, "index.html", print_html, r, err);
}

// ---- the command --------------------------------------------------------------------------------

enum { OPT_CLAIMS = 256, OPT_DIRECTORY, OPT_MODELS, OPT_FROM, OPT_SWEEP, OPT_TECH };

static const struct argp_option option_list[] = {
    {"reports", 'r', "DIR", 0, "Write the reports here (default reports)", 0},
    {"from", OPT_FROM, "DIR", 0, "Reports that figures are taken from (default reports)", 0},
    {"sweep", OPT_SWEEP, "FILE", 0, "Chips to sweep (default data/chips.yaml)", 0},
    {"tech", OPT_TECH, "NAME", 0, "Technology of all but the claims (default 7nm)", 0},
    {"claims", OPT_CLAIMS, "FILE", 0, "Default " DESIGN_NOTES_PATH, 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    const char **const texts[] = {&o->claims.path,   &o->claims.directory,
                                  &o->claims.models, &o->claims.reports,
                                  &o->sweep,         &o->tech};
    if (key >= OPT_CLAIMS && key <= OPT_TECH) {
        *texts[key - OPT_CLAIMS] = arg;
        return 0;
    }
    switch (key) {
    case 'r':
        o->to = arg;
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
    "Writes estimates.md, estimates.json and index.html, a page that needs no other file: the "
    "design notes' claims, schemes side by side, SRAM by configuration, lookups, shares, a sweep.",
    NULL,
    NULL,
    NULL};

int estimate_report(int argc, char **argv) {
    static struct report report;
    struct options o = {
        .claims = claims_defaults(), .sweep = "data/chips.yaml", .to = "reports", .tech = "7nm"};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    report.options = &o;
    report.origin = se_origin_now();
    enum se_status status = collect(&report, &err);
    if (!status) {
        status = write_reports(&report, &err);
    }
    if (!status) {
        printf("reports: %s/estimates.md, estimates.json, index.html, claims.md, %s.csv\n", o.to,
               report.sweep.name);
    }
    json_decref(report.claims);
    sweep_free(&report.sweep);
    se_chip_prices_free(&report.prices);
    return status ? cli_fail(&err) : CLI_OK;
}
