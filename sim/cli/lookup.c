// SPDX-License-Identifier: Apache-2.0
// `w4a5se lookup`: what each scale lookup takes, measured in its RTL; writes reports/lookup.*.
#include "cli.h"

#include "design_notes.h"
#include "lookup.h"
#include "lookup_costs.h"
#include "w4a5se/fp32.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 20, WRITTEN_TABLES = 2, SCALES_MAX = 128, CHANNELS_MAX = 8192 };

struct options {
    const char *reports, *claims_path, *technology, *words;
    json_t *claims;
    unsigned long seed;
};

static const struct argp_option option_list[] = {
    {"reports", 'r', "DIR", 0, "Write lookup.md and lookup.json here (default reports)", 0},
    {"claims", 'c', "FILE", 0,
     "Expectations to report beside the figures (default " DESIGN_NOTES_PATH ")", 0},
    {"technology", 't', "FILE", 0,
     "Energy of read bits and of gates (default data/tech/lookup_energy.json)", 0},
    {"words", 'w', "DIR", 0,
     "Measure nothing; write the words of the first tables here, FORM-SHAPE.hex", 0},
    {"seed", 's', "N", 0, "Of the random tables (default 1)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'r':
        o->reports = arg;
        return 0;
    case 'c':
        o->claims_path = arg;
        return 0;
    case 't':
        o->technology = arg;
        return 0;
    case 'w':
        o->words = arg;
        return 0;
    case 's':
        o->seed = cli_count(state, "--seed", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {option_list,
                                 parse,
                                 NULL,
                                 "Walks every channel of random tables through each scale lookup's "
                                 "RTL, compares every scale with "
                                 "the model's, and reports cycles and memory bits.",
                                 NULL,
                                 NULL,
                                 NULL};

struct table {
    struct se_scale_table table; // points into this struct
    uint32_t head_range[SCALES_MAX], dim_range[SCALES_MAX];
    float scales[SCALES_MAX];
};

static uint32_t draw(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// Any cuts are as likely as any others, so that groups are seldom empty and seldom equal.
static void cut(uint64_t *state, size_t n, uint32_t size, uint32_t *bounds) {
    for (size_t i = 0; i + 1 < n; i++) {
        bounds[i] = draw(state) % (size + 1);
    }
    bounds[n - 1] = size;
    qsort(bounds, n, sizeof *bounds, ascending);
}

static void draw_table(struct table *t, const struct se_scale_shape *s, uint64_t *state) {
    t->table = (struct se_scale_table){*s, t->head_range, t->dim_range, t->scales};
    for (size_t g = 0; g < s->groups; g++) {
        cut(state, s->head_groups, (uint32_t)s->heads, t->head_range + g * s->head_groups);
    }
    for (size_t r = 0; r < se_scale_rows(s); r++) {
        cut(state, s->dim_groups, (uint32_t)s->headdim, t->dim_range + r * s->dim_groups);
    }
    for (size_t i = 0; i < se_scale_count(s); i++) {
        t->scales[i] = ldexpf((float)(128 + i), -10); // exact in BF16 and FP16
    }
}

struct figures {
    uint64_t least, most, walks, lookups; // latency of a lookup; cycles of all walks
    uint64_t words;                       // to write a table
};

// One table through one lookup; every answer must be the model's.
static enum se_status walk(struct se_lookup *lookup, const struct se_lookup_type *type,
                           const struct table *t, struct figures *f, struct se_error *err) {
    static uint32_t words[CHANNELS_MAX + SCALES_MAX], channels[CHANNELS_MAX], index[CHANNELS_MAX];
    static float scales[CHANNELS_MAX];
    static uint64_t offered[CHANNELS_MAX], answered[CHANNELS_MAX];
    size_t n = se_scale_channels(&type->shape);
    f->words = se_lookup_words(&type->shape, type->form);
    enum se_status status = se_lookup_convert(&t->table, type->form, type->format, words, err);
    const struct se_lookup_job load = {.n_words = f->words, .words = words, .swap = true};
    const struct se_lookup_job job = {.n = n,
                                      .channels = channels,
                                      .index = index,
                                      .scales = scales,
                                      .offered = offered,
                                      .answered = answered};
    for (size_t c = 0; c < n; c++) {
        channels[c] = (uint32_t)c;
    }
    if (!status) {
        status = se_lookup_run(lookup, &load, err);
    }
    for (int twice = 0; twice < 2 && !status;
         twice++) { // a cursor's first walk waits for its start
        status = se_lookup_run(lookup, &job, err);
    }
    for (size_t c = 0; c < n && !status; c++) {
        if (scales[c] != se_scale_of(&t->table, c)) {
            return se_fail(err, SE_INVALID,
                           "scale_lookup_%s %s: channel %zu got scale %.9g, not %.9g",
                           se_lookup_names[type->form], type->name, c, (double)scales[c],
                           (double)se_scale_of(&t->table, c));
        }
        uint64_t cycles = answered[c] - offered[c];
        f->least = cycles < f->least ? cycles : f->least;
        f->most = cycles > f->most ? cycles : f->most;
    }
    f->walks += answered[n - 1] - answered[0];
    f->lookups += n - 1;
    return status;
}

static enum se_status measure(const struct se_lookup_type *type, uint64_t seed, struct figures *f,
                              struct se_error *err) {
    static struct table table;
    struct se_lookup *lookup;
    const struct se_rtl_options options = {0};
    enum se_status status = se_lookup_open(&lookup, type, &options, err);
    if (status) {
        return status;
    }
    *f = (struct figures){.least = UINT64_MAX};
    for (int t = 0; t < TABLES && !status; t++) {
        draw_table(&table, &type->shape, &seed);
        status = walk(lookup, type, &table, f, err);
    }
    se_lookup_close(lookup);
    return status;
}

struct words {
    size_t n; // of a table
    uint32_t of[WRITTEN_TABLES][CHANNELS_MAX + SCALES_MAX];
};

// A line a word, and a comment between two tables.
static void print_words(const void *data, FILE *to) {
    const struct words *words = data;
    for (int t = 0; t < WRITTEN_TABLES; t++) {
        fputs(t ? "//\n" : "", to);
        for (size_t i = 0; i < words->n; i++) {
            fprintf(to, "%08x\n", words->of[t][i]);
        }
    }
}

// The tables that measure() begins with.
static enum se_status write_words(const struct options *o, struct se_error *err) {
    static struct table table;
    static struct words words;
    enum se_status status = cli_make_directory(o->words, err);
    for (size_t i = 0; se_lookup_at(i) && !status; i++) {
        const struct se_lookup_type *type = se_lookup_at(i);
        uint64_t state = o->seed;
        char name[64];
        words.n = se_lookup_words(&type->shape, type->form);
        for (int t = 0; t < WRITTEN_TABLES && !status; t++) {
            draw_table(&table, &type->shape, &state);
            status = se_lookup_convert(&table.table, type->form, type->format, words.of[t], err);
        }
        snprintf(name, sizeof name, "%s-%s.hex", se_lookup_names[type->form], type->name);
        status = status ? status : se_report_text(o->words, name, print_words, &words, err);
    }
    return status;
}

static json_t *row_of(const struct se_lookup_type *type, const struct figures *f) {
    int scale_bits = type->format == SE_SCALE_FP32 ? 32 : 16;
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:f, s:I, s:I, s:I, s:I}", "shape", type->name, "form",
        se_lookup_names[type->form], "cycles_min", (json_int_t)f->least, "cycles_max",
        (json_int_t)f->most, "cycles_mean_of_walk", (double)f->walks / (double)f->lookups,
        "memory_bits",
        (json_int_t)se_lookup_memory_bits(&type->shape, type->form, type->bound_bits, scale_bits),
        "memory_bits_narrow_fp32",
        (json_int_t)se_lookup_memory_bits(&type->shape, type->form, 0, 32), "memory_bits_all_32",
        (json_int_t)se_lookup_memory_bits(&type->shape, type->form, 32, 32), "table_words",
        (json_int_t)f->words);
}

static void print_claims(FILE *to, const struct options *o, const json_t *rows,
                         const json_t *costs) {
    size_t i;
    const json_t *claim;
    fprintf(to,
            "\n## What the design notes expected\n\n"
            "From `%s`. Measured: the rows of 8x4x4 above. A dash: nothing here measures it.\n\n"
            "| claim | value | how the notes come to it | measured |\n|---|---:|---|---|\n",
            o->claims_path);
    json_array_foreach(o->claims, i, claim) {
        if (!json_object_get(claim, "lookup")) {
            continue;
        }
        fprintf(to, "| %s | %g %s | %s |", json_string_value(json_object_get(claim, "claim")),
                json_number_value(json_object_get(claim, "value")),
                json_string_value(json_object_get(claim, "unit")),
                json_string_value(json_object_get(claim, "basis")));
        lookup_claim_print(to, claim, rows, costs);
    }
}

static void print_costs(FILE *to, const struct options *o, const json_t *costs) {
    fprintf(
        to,
        "\n## Cost\n\n"
        "Bounds as narrow as they can be, FP32 scales. Search: GE with its registers, and the "
        "slowest path between its memories ([synth.md](synth.md), `make synth`). Block: the "
        "lookup with what checks and loads a table, without its memories. Search pJ: its gates' "
        "in a walk, and bits that memories read, a lookup ([power.md](power.md), `make power`, the "
        "first tables). All: these gates scaled to 45 nm and a read bit's energy, low, typical and "
        "high, by `%s`, which names the sources. cursor_unchecked: CHECK_ORDER 0, for a sender "
        "that keeps the order.\n\n"
        "| table | lookup | search GE | of it logic | flip-flops | ns | block GE | search pJ "
        "| bits read | all pJ, low | typical | high |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        o->technology);
    lookup_costs_print(to, costs);
}

struct report {
    const struct options *options;
    struct se_origin origin;
    json_t *rows, *costs;
};

static void print_markdown(const void *data, FILE *to) {
    const struct report *r = data;
    const struct options *o = r->options;
    const json_t *rows = r->rows;
    size_t i;
    json_t *row;
    fprintf(
        to,
        "# Scale lookups\n\n`make lookup` (seed %lu), %s; %s.\n\n"
        "%d random tables a row, every channel in order, each scale compared with the model's. "
        "Latency: from the cycle in which a request is offered to that of its answer. Mean: "
        "cycles a lookup over a layer's walk. Bits: memories of both banks, bounds as narrow as "
        "they can be or all of 32 bits, FP32 scales. Words: what the write port takes for a "
        "table.\n\n"
        "| table | lookup | latency min | max | mean of a walk | bits | bits, 32 wide | words "
        "|\n|---|---|---:|---:|---:|---:|---:|---:|\n",
        o->seed, r->origin.date, se_rtl_version(), TABLES);
    json_array_foreach(rows, i, row) {
        fprintf(to, "| %s | %s | %lld | %lld | %.3f | %lld | %lld | %lld |\n",
                json_string_value(json_object_get(row, "shape")),
                json_string_value(json_object_get(row, "form")),
                json_integer_value(json_object_get(row, "cycles_min")),
                json_integer_value(json_object_get(row, "cycles_max")),
                json_real_value(json_object_get(row, "cycles_mean_of_walk")),
                json_integer_value(json_object_get(row, "memory_bits_narrow_fp32")),
                json_integer_value(json_object_get(row, "memory_bits_all_32")),
                json_integer_value(json_object_get(row, "table_words")));
    }
    print_costs(to, o, r->costs);
    print_claims(to, o, rows, r->costs);
}

static enum se_status write_reports(const struct report *r, struct se_error *err) {
    enum se_status status =
        se_report_json(r->options->reports, "lookup.json",
                       json_pack("{s:s, s:I, s:s, s:i, s:O, s:O}", "date", r->origin.date, "seed",
                                 (json_int_t)r->options->seed, "verilator", se_rtl_version(),
                                 "tables", TABLES, "lookups", r->rows, "costs", r->costs),
                       err);
    return status ? status
                  : se_report_text(r->options->reports, "lookup.md", print_markdown, r, err);
}

int cmd_lookup(int argc, char **argv) {
    struct options o = {.reports = "reports",
                        .claims_path = DESIGN_NOTES_PATH,
                        .technology = "data/tech/lookup_energy.json",
                        .seed = 1};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (o.words) {
        return write_words(&o, &err) ? cli_fail(&err) : CLI_OK;
    }
    struct report report = {.options = &o, .origin = se_origin_now(), .rows = json_array()};
    enum se_status status = design_notes_load(o.claims_path, &o.claims, &err);
    if (!status) {
        status = lookup_costs(o.reports, o.technology, &report.costs, &err);
    }
    if (!status) {
        status = cli_make_directory(o.reports, &err);
    }
    for (size_t i = 0; se_lookup_at(i) && !status; i++) {
        struct figures f;
        status = measure(se_lookup_at(i), o.seed, &f, &err);
        if (!status) {
            json_array_append_new(report.rows, row_of(se_lookup_at(i), &f));
        }
    }
    if (!status) {
        status = write_reports(&report, &err);
    }
    if (!status) {
        print_markdown(&report, stdout);
    }
    json_decref(report.rows);
    json_decref(report.costs);
    json_decref(o.claims);
    return status ? cli_fail(&err) : CLI_OK;
}
