// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate claims`: the design notes' figures, worked out again from their own constants,
// beside this project's.
#include "estimate_claims.h"

#include "design_notes.h"
#include "estimate.h"
#include "report_value.h"

#include "w4a5se/observation.h"
#include "w4a5se/report.h"
#include "w4a5se/scale_table.h"

#include <math.h>
#include <string.h>

// ---- the notes' own arithmetic ------------------------------------------------------------------

// The notes' constants that are no memory's, and the tables they speak of.
static const double COMPARE_NS = 0.5, BOUND_READ_NS = 0.3, SELECT_NS = 0.5, SCALE_READ_NS = 1,
                    CLOCK_NS = 2, MAC_PJ = 0.2, DIE_MM2 = 65, MB = 10;

enum {
    GROUPS = 8,
    CLUSTERS = 4,
    WORD = 32,
    TABLE_BYTES = (GROUPS * CLUSTERS + 2 * GROUPS * CLUSTERS * CLUSTERS) * 4,
    NOTES_LAYERS = 64,
    TABLES_BYTES = NOTES_LAYERS * TABLE_BYTES,
    SMALL_TABLE_BYTES = (GROUPS * 2 + 2 * GROUPS * 2 * 2) * 4,
    LOOKUP_WORDS = CLUSTERS + CLUSTERS * CLUSTERS + 1,
    CONV_CHANNELS = 2560,
    CONV_MACS = 4 * CONV_CHANNELS,
    CODE_BITS = 4,
    INT8_BITS = 8,
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

// What the notes' constants give for a claim; NAN where they assume it.
static double work_out(const char *id, const struct se_tech *notes) {
    const double kib = TABLES_BYTES / 1024.0,
                 area = tables(notes, SE_PORTS_1RW, SE_MEMORY_AREA).value,
                 word = tables(notes, SE_PORTS_1RW, SE_MEMORY_READ).value;
    const double sequential = 2 * CLUSTERS * (COMPARE_NS + BOUND_READ_NS) + SCALE_READ_NS;
    const double conv_nj = CONV_MACS * MAC_PJ * 1e-3, lookup_nj = LOOKUP_WORDS * word * 1e-3;
    const struct {
        const char *id;
        double value;
    } answers[] = {
        {"sram_density", area / kib},
        {"sram_read_energy", word / WORD},
        {"index_bytes_layer", TABLE_BYTES},
        {"index_bytes_model", kib},
        {"index_area", area},
        {"index_area_parallel", tables(notes, SE_PORTS_1RW1R, SE_MEMORY_AREA).value},
        {"index_area_32", area / 4},
        {"quamba1_area", memory(notes, NOTES_LAYERS * 4, SE_PORTS_1RW, SE_MEMORY_AREA).value},
        {"die_share", 100 * area / DIE_MM2},
        {"lut_area", 16 * 64 * 4 / 1024.0},
        {"latency_seq", sequential},
        {"latency_par", COMPARE_NS + SELECT_NS + SCALE_READ_NS},
        {"latency_lut", memory(notes, 4096, SE_PORTS_1RW, SE_MEMORY_ACCESS).value},
        {"cycles_seq", sequential / CLOCK_NS},
        {"gates_seq", 8 * 200 + 8 * 100 + 500},
        {"gates_par", 3200 + 400 + 1600},
        {"lookup_bits", LOOKUP_WORDS * WORD},
        {"lookup_energy_seq", lookup_nj},
        {"lookup_energy_par", 2 * lookup_nj},
        {"conv_energy", conv_nj},
        {"lookup_share_conv", 100 * lookup_nj / conv_nj},
        {"flag_overhead", 100.0 / INT8_BITS},
        {"traffic_saving", 100 * (1 - 5 / MB)},
        {"traffic_total", NOTES_LAYERS * MB},
        {"hybrid_saving", 100.0 / 2},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            return answers[i].value;
        }
    }
    return NAN;
}

// ---- ours ---------------------------------------------------------------------------------------

// A figure and where it comes from; no source: nothing is known.
struct answer {
    struct se_band value;
    const char *source;
};

static const char memories[] = "memory model (7nm, reports/memory.md)",
                  gates[] = "logic model (reports/logic.md)",
                  compared[] = "`w4a5se estimate schemes`", arithmetic[] = "arithmetic",
                  chips[] = "`w4a5se estimate`";

static struct answer answer_memory(const char *id, const struct claims_basis *b) {
    const struct se_tech *t = &b->prices.tech;
    const double kib = TABLES_BYTES / 1024.0;
    const struct se_band area = tables(t, SE_PORTS_1RW, SE_MEMORY_AREA),
                         word = tables(t, SE_PORTS_1RW, SE_MEMORY_READ);
    const struct {
        const char *id;
        struct se_band value;
    } answers[] = {
        {"sram_density", se_band_scaled(area, 1 / kib)},
        {"sram_read_energy", se_band_scaled(word, 1.0 / WORD)},
        {"index_area", area},
        {"index_area_parallel", tables(t, SE_PORTS_1RW1R, SE_MEMORY_AREA)},
        {"index_area_32",
         memory(t, NOTES_LAYERS * SMALL_TABLE_BYTES, SE_PORTS_1RW, SE_MEMORY_AREA)},
        {"quamba1_area", memory(t, NOTES_LAYERS * 4, SE_PORTS_1RW, SE_MEMORY_AREA)},
        {"die_share", se_band_scaled(area, 100 / DIE_MM2)},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            return (struct answer){answers[i].value, memories};
        }
    }
    return (struct answer){exactly(NAN), NULL};
}

// A channel's share of a scheme's energy, nJ.
static struct se_band of_channel(const struct claims_basis *b, enum scheme scheme) {
    return se_band_scaled(b->schemes.at[scheme].energy, 1.0 / b->chip.model.d_inner);
}

// One scheme's figure with the same of another as its low or high end.
static struct answer answer_scheme(const char *id, const struct claims_basis *b) {
    const struct scheme_cost *s = b->schemes.at;
    const struct scheme_cost *fp32 = &s[SCHEME_ROTATION_FP32], *integer = &s[SCHEME_ROTATION_INT];
    const struct {
        const char *id;
        struct se_band value;
    } answers[] = {
        {"latency_seq", s[SCHEME_SEQUENTIAL].first_ns},
        {"latency_par", s[SCHEME_PARALLEL].first_ns},
        {"latency_lut", s[SCHEME_LUT].first_ns},
        {"compares_worst", exactly(s[SCHEME_SEQUENTIAL].first_cycles - 1)},
        {"lookup_energy_seq", of_channel(b, SCHEME_SEQUENTIAL)},
        {"lookup_energy_par", of_channel(b, SCHEME_PARALLEL)},
        {"rotation_area", {fp32->area.value, integer->area.low, fp32->area.high}},
        {"rotation_energy", {fp32->energy.value, integer->energy.low, fp32->energy.high}},
        {"rotation_latency", {fp32->first_ns.value, integer->first_ns.low, fp32->first_ns.high}},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            return (struct answer){answers[i].value, compared};
        }
    }
    return (struct answer){exactly(NAN), NULL};
}

// Tables of the chip, 32 bits an entry, in bytes a layer.
static double table_bytes(const struct claims_basis *b) {
    const struct se_chip_model *m = &b->chip.model;
    const struct se_scale_shape shape = {
        (size_t)m->groups, (size_t)b->chip.head_groups, (size_t)b->chip.dim_groups,
        (size_t)(m->d_inner / m->headdim / m->groups), (size_t)m->headdim};
    enum { BANKS = 2 };
    return (double)se_lookup_memory_bits(&shape, SE_LOOKUP_SEQUENTIAL, WORD, WORD) / BANKS / 8;
}

static double state_scale_bytes(const struct se_chip_cost *c, int layers) {
    double bits = 0;
    for (size_t i = 0; i < c->memories; i++) {
        const struct se_chip_memory *m = &c->memory[i].memory;
        bits += strcmp(m->name, "state scales") ? 0 : se_chip_memory_bits(m);
    }
    return bits / 8 / layers;
}

// % of the tables' area that half the layers without tables save: all layers on chip, or two.
static enum se_status hybrid_saving(struct claims_basis *b, struct se_band *saving,
                                    struct se_error *err) {
    double saved[2];
    enum se_status status = SE_OK;
    for (int buffered = 0; buffered < 2 && !status; buffered++) {
        struct se_chip_cost cost[3]; // no tables, half, all
        struct se_chip chip = b->chip;
        chip.double_buffered = buffered;
        for (int i = 0; i < 3 && !status; i++) {
            chip.table_layers = chip.model.layers * i / 2;
            status = se_chip_cost(&chip, &b->prices, &cost[i], err);
        }
        double none = cost[0].memory_area.value;
        saved[buffered] = status ? 0
                                 : 100 * (cost[2].memory_area.value - cost[1].memory_area.value) /
                                       (cost[2].memory_area.value - none);
    }
    *saving = (struct se_band){saved[0], saved[1], saved[0]};
    return status;
}

static double engines_ge(const struct se_chip_cost *c) {
    double ge = 0;
    for (size_t i = 0; i < c->blocks; i++) {
        const struct se_chip_block_cost *b = &c->block[i];
        ge += *b->of ? b->ge * b->instances : 0; // of the engines
    }
    return ge;
}

static struct answer answer_chip(const char *id, const struct claims_basis *b) {
    const double of_conv = CONV_CHANNELS * 1e-3;
    const struct {
        const char *id;
        struct se_band value;
        const char *source;
    } answers[] = {
        {"index_bytes_layer", exactly(table_bytes(b)), arithmetic},
        {"index_bytes_model", exactly(table_bytes(b) * b->chip.model.layers / 1024), arithmetic},
        {"lookup_bits", exactly((b->chip.head_groups - 1 + b->chip.dim_groups - 1 + 1) * WORD),
         arithmetic},
        {"lut_area", exactly(b->widest.d_inner * 4 / 1024.0), arithmetic},
        {"flag_overhead", exactly(100.0 / CODE_BITS), arithmetic},
        {"traffic_saving", exactly(100 - 100.0 * (CODE_BITS + 1) / INT8_BITS), arithmetic},
        {"traffic_total", exactly(2 * NOTES_LAYERS * MB * (1 - (CODE_BITS + 1.0) / INT8_BITS)),
         arithmetic},
        {"percentile_sigma", exactly(se_observation_default().points[SE_POINT_U].sigma),
         "calibrate's default, as the published source has it"},
        {"state_scales", exactly(state_scale_bytes(&b->cost, b->chip.model.layers)), chips},
        {"hybrid_saving", b->hybrid, chips},
        {"mac_area", b->mac.area, gates},
        {"conv_energy", se_band_scaled(b->taps.pj, of_conv), chips},
        {"ssm_gates", exactly(engines_ge(&b->cost) * 1e-3), gates},
        {"pack_gates_lane", exactly(b->pack.ge + b->unpack.ge), gates},
        {"gemm_gates", exactly(b->gemm_macs * b->mac.ge * 1e-3),
         "MACs of reports/system.json by the logic model"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!strcmp(id, answers[i].id)) {
            return (struct answer){answers[i].value, answers[i].source};
        }
    }
    return (struct answer){exactly(NAN), NULL};
}

// ---- out of other reports -----------------------------------------------------------------------

static enum se_status value_at(const json_t *claim, const char *key, const json_t *root,
                               double otherwise, double *value, struct se_error *err) {
    const char *path = json_string_value(json_object_get(claim, key));
    *value = otherwise;
    return path ? report_value(root, path, value, err) : SE_OK;
}

// report, at, and as the claim has them: low, high, over, minus, times.
static enum se_status answer_report(const json_t *claim, const char *reports, struct answer *answer,
                                    struct se_error *err) {
    const char *name = json_string_value(json_object_get(claim, "report"));
    const json_t *factor = json_object_get(claim, "times");
    char path[CLI_PATH_MAX];
    json_error_t cause;
    struct se_error why = {""};
    double value, low, high, over, minus;
    enum se_status status = cli_path(path, reports, name, err);
    json_t *root = status ? NULL : json_load_file(path, 0, &cause);
    if (!status && !root) {
        status = se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    if (status) {
        return status;
    }
    if (value_at(claim, "at", root, NAN, &value, &why) ||
        value_at(claim, "low", root, value, &low, &why) ||
        value_at(claim, "high", root, value, &high, &why) ||
        value_at(claim, "over", root, 1, &over, &why) ||
        value_at(claim, "minus", root, 0, &minus, &why)) {
        status = se_fail(err, SE_INVALID, "%s: %s, which the claim %s is read from", path,
                         why.message, json_string_value(json_object_get(claim, "id")));
    } else {
        double times = (factor ? json_number_value(factor) : 1) / over;
        *answer = (struct answer){
            {(value - minus) * times, (low - minus) * times, (high - minus) * times}, name};
    }
    json_decref(root);
    return status;
}

// ---- all claims ---------------------------------------------------------------------------------

static json_t *number(double value) {
    return isnan(value) ? json_null() : json_real(value);
}

static int digits(double ratio) {
    return ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
}

// Whether the notes' arithmetic gives their figure, and how theirs stands to ours.
static void put_verdict(json_t *claim, double stated, double worked, const struct answer *ours) {
    const double rounding = 0.04, exact = 1e-3; // of a figure
    char text[120];
    const char *made = isnan(worked)                                      ? "assumed"
                       : fabs(worked - stated) <= rounding * fabs(stated) ? "reproduced"
                                                                          : "not reproduced";
    double value = ours->value.value;
    if (isnan(value)) {
        snprintf(text, sizeof text, "%s; not known here", made);
    } else if (stated >= ours->value.low - exact * fabs(value) &&
               stated <= ours->value.high + exact * fabs(value)) {
        snprintf(text, sizeof text, "%s; holds", made);
    } else if (value == 0 || stated == 0 || (value < 0) != (stated < 0)) {
        snprintf(text, sizeof text, "%s; ours is %.3g", made, value);
    } else if (fabs(stated) > fabs(value)) {
        snprintf(text, sizeof text, "%s; %.*f times ours", made, digits(stated / value),
                 stated / value);
    } else {
        snprintf(text, sizeof text, "%s; 1/%.*f of ours", made, digits(value / stated),
                 value / stated);
    }
    json_object_set_new(claim, "verdict", json_string(text));
}

static enum se_status answer_claim(json_t *claim, const struct claims_basis *b, const char *reports,
                                   struct se_error *err) {
    const char *id = json_string_value(json_object_get(claim, "id"));
    struct answer (*const models[])(const char *, const struct claims_basis *) = {
        answer_memory, answer_scheme, answer_chip};
    struct answer ours = {exactly(NAN), NULL};
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof models / sizeof *models && !ours.source; i++) {
        ours = models[i](id, b);
    }
    if (json_object_get(claim, "report")) {
        status = answer_report(claim, reports, &ours, err);
    }
    const double worked = work_out(id, &b->notes);
    json_object_set_new(claim, "notes", number(worked));
    json_object_set_new(claim, "ours", number(ours.value.value));
    json_object_set_new(claim, "ours_low", number(ours.value.low));
    json_object_set_new(claim, "ours_high", number(ours.value.high));
    json_object_set_new(claim, "source", json_string(ours.source ? ours.source : ""));
    put_verdict(claim, json_number_value(json_object_get(claim, "value")), worked, &ours);
    return status;
}

static enum se_status load_blocks(struct claims_basis *b, const char *reports,
                                  struct se_error *err) {
    struct se_chip w4a5 = se_chip_default(&b->chip.model);
    const struct {
        const char *name;
        struct se_chip_block_cost *to;
    } blocks[] = {{"mac_int8", &b->mac},
                  {"conv_taps", &b->taps},
                  {"code_pack", &b->pack},
                  {"code_unpack", &b->unpack}};
    double ns;
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && !status; i++) {
        status = se_chip_block_cost(&w4a5, &b->prices, blocks[i].name, blocks[i].to, &ns, err);
    }
    if (!status) {
        const json_t *claim = json_pack("{s:s, s:s, s:s}", "id", "gemm_gates", "report",
                                        "system.json", "at", "/configuration/gemm_macs");
        struct answer macs;
        status = answer_report(claim, reports, &macs, err);
        b->gemm_macs = status ? 0 : macs.value.value;
        json_decref((json_t *)claim);
    }
    return status;
}

static enum se_status load_basis(const struct claims_options *o, const json_t *claims,
                                 struct claims_basis *b, struct se_error *err) {
    struct se_chip_model model;
    struct accuracy accuracy;
    char path[CLI_PATH_MAX];
    enum se_status status = se_tech_load(o->directory, "design-notes-7nm", &b->notes, err);
    if (!status) {
        status = se_chip_prices_load(o->directory, "7nm", &b->prices, err);
    }
    if (!status) {
        status = se_chip_model_load(o->models, "mamba2-2.7b", &b->widest, err);
    }
    if (!status) {
        status = se_chip_model_load(o->models, "mamba2-8b", &model, err);
    }
    if (!status) {
        b->chip = se_chip_default(&model);
        b->chip.lookup = SE_CHIP_SEQUENTIAL;
        b->chip.mode = SE_INPUT_INT8; // as Quamba2 has it
        b->chip.code_width = se_input_mode_bits(SE_INPUT_INT8);
        b->chip.int8_state = true;
        status = se_chip_check(&b->chip, err);
    }
    if (!status) {
        status = se_chip_cost(&b->chip, &b->prices, &b->cost, err);
    }
    if (!status) {
        status = hybrid_saving(b, &b->hybrid, err);
    }
    if (!status) {
        status = cli_path(path, o->reports, "modes.json", err);
    }
    if (!status) {
        status = accuracy_load(path, &accuracy, err);
    }
    if (!status) {
        status = schemes_cost(&b->chip, &b->prices, &accuracy, claims, &b->schemes, err);
    }
    return status ? status : load_blocks(b, o->reports, err);
}

enum se_status claims_answer(const struct claims_options *options, json_t **claims,
                             struct se_error *err) {
    static struct claims_basis basis;
    json_t *claim;
    size_t i;
    enum se_status status = design_notes_load(options->path, claims, err);
    if (!status) {
        status = load_basis(options, *claims, &basis, err);
    }
    json_array_foreach(*claims, i, claim) {
        if (!status) {
            status = answer_claim(claim, &basis, options->reports, err);
        }
    }
    se_chip_prices_free(&basis.prices);
    if (status) {
        json_decref(*claims);
        *claims = NULL;
    }
    return status;
}

// ---- printing -----------------------------------------------------------------------------------

static void print_cell(FILE *to, const json_t *claim, const char *key) {
    const json_t *value = json_object_get(claim, key);
    if (json_is_number(value)) {
        fprintf(to, " %.4g |", json_number_value(value));
    } else {
        fprintf(to, " |");
    }
}

void claims_print(const void *data, FILE *to) {
    static const char *const columns[] = {"value", "notes", "ours", "ours_low", "ours_high"};
    static const char *const texts[] = {"source", "verdict", "remark"};
    size_t i;
    json_t *claim;
    fprintf(to,
            "# The design notes' figures\n\n"
            "Stated: by the notes. Worked out: from the notes' own constants, technology "
            "design-notes-7nm; empty where the notes assume a figure. Ours: at 7 nm, for mamba2-8b "
            "with INT8 states unless the remark says otherwise, with its low and high end. "
            "Reproduced: their arithmetic gives their figure; holds: it lies in our band. By "
            "`w4a5se estimate claims`.\n\n"
            "| claim | unit | stated | worked out | ours | low | high | source | verdict | remark "
            "|\n|---|---|---:|---:|---:|---:|---:|---|---|---|\n");
    json_array_foreach((json_t *)data, i, claim) {
        fprintf(to, "| %s | %s |", json_string_value(json_object_get(claim, "claim")),
                json_string_value(json_object_get(claim, "unit")));
        for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
            print_cell(to, claim, columns[k]);
        }
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            fprintf(to, " %s |", json_string_value(json_object_get(claim, texts[k])));
        }
        fprintf(to, "\n");
    }
}

// ---- the command --------------------------------------------------------------------------------

struct options {
    struct claims_options of;
    const char *to;
    bool json;
};

enum { OPT_DIRECTORY = 256, OPT_MODELS, OPT_FROM, OPT_JSON };

static const struct argp_option option_list[] = {
    {"claims", 'c', "FILE", 0, "Default " DESIGN_NOTES_PATH, 0},
    {"reports", 'r', "DIR", 0, "Write claims.md and claims.json here", 0},
    {"from", OPT_FROM, "DIR", 0, "Reports that figures are taken from (default reports)", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'c':
        o->of.path = arg;
        return 0;
    case 'r':
        o->to = arg;
        return 0;
    case OPT_FROM:
        o->of.reports = arg;
        return 0;
    case OPT_DIRECTORY:
        o->of.directory = arg;
        return 0;
    case OPT_MODELS:
        o->of.models = arg;
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
    "design-notes-7nm), what this project says and by which model or measurement, and a verdict.",
    NULL,
    NULL,
    NULL};

static enum se_status print(const struct options *o, json_t *claims, struct se_error *err) {
    enum se_status status = o->to ? cli_make_directory(o->to, err) : SE_OK;
    if (!status && o->to) {
        status = se_report_json(o->to, "claims.json", json_incref(claims), err);
    }
    if (!status && o->to) {
        status = se_report_text(o->to, "claims.md", claims_print, claims, err);
    }
    if (!status && o->json) {
        return estimate_print_json(json_incref(claims), err);
    }
    if (!status) {
        claims_print(claims, stdout);
    }
    return status;
}

struct claims_options claims_defaults(void) {
    return (struct claims_options){.path = DESIGN_NOTES_PATH,
                                   .directory = ESTIMATE_TECH_DIRECTORY,
                                   .models = "data/models.yaml",
                                   .reports = "reports"};
}

int estimate_claims(int argc, char **argv) {
    struct options o = {.of = claims_defaults()};
    struct se_error err;
    json_t *claims = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = claims_answer(&o.of, &claims, &err);
    if (!status) {
        status = print(&o, claims, &err);
    }
    json_decref(claims);
    return status ? cli_fail(&err) : CLI_OK;
}
