// SPDX-License-Identifier: Apache-2.0
// `w4a5se formats`: what other formats of 4 to 6 bits would make of the scan's input. Each is
// calibrated on one part of recorded activations, by least squared error, and judged on the other.
#include "cli.h"
#include "recording.h"
#include "svg.h"

#include "w4a5se/codebook_formats.h"
#include "w4a5se/evaluate.h"
#include "w4a5se/quality.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *data, *reports, *model, *text;
    unsigned long bytes;
};

enum { OPT_BYTES = 256 };

static const struct argp_option option_list[] = {
    {"data", 'd', "DIR", 0,
     "layerN.calibration.npy and layerN.test.npy (default data/small-mamba/activations)", 0},
    {"model", 'm', "DIR", 0, "Whose activations these are (default data/small-mamba)", 0},
    {"text", 't', "FILE", 0, "What the model foresees (default data/small-mamba/test.txt)", 0},
    {"bytes", OPT_BYTES, "N", 0,
     "Of the text, from its start (default 20000); 0: none, SQNR only, of any activations", 0},
    {"reports", 'r', "DIR", 0, "Reports go here (default reports)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'd':
        o->data = arg;
        return 0;
    case 'm':
        o->model = arg;
        return 0;
    case 't':
        o->text = arg;
        return 0;
    case OPT_BYTES:
        o->bytes = cli_count(state, "--bytes", arg);
        return 0;
    case 'r':
        o->reports = arg;
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
    "Compares formats of 4 to 6 bits for the scan's input on recorded activations, and by how well "
    "their model then foresees a text: integers, floats, FLINT, APoT, W4A5-SE and the best "
    "codebook of as many levels."
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

// ---- what is compared ----

enum { ROWS_MAX = 48, LAYERS_MAX = 64 };

// A row has one of: a published format, free levels, two scales.
struct row {
    const char *name;
    int bits; // stored
    const struct se_codebook_format *format;
    size_t free_levels;
    bool dual;
    struct se_calibration calibration; // of a dual one
    double bits_a_token;               // of the text, the model otherwise in float32
    struct layer {
        double sqnr_db, calibration_db, noise;
        struct se_codebook codebook;   // of what is no dual one
        struct se_quantizer quantizer; // of a dual one
    } layers[LAYERS_MAX];
};

struct table {
    const struct options *o;
    size_t n_rows, n_layers;
    struct row rows[ROWS_MAX];
    double signal; // sum of squares over all layers
    double bits;   // a token, of the float model; 0 where there is no text
    size_t tokens; // that were foreseen
};

static void add_dual(struct table *t, const char *name, bool free_bases,
                     enum se_ratio_choice ratio) {
    t->rows[t->n_rows++] = (struct row){.name = name,
                                        .bits = 5,
                                        .dual = true,
                                        .calibration = {.code_bits = 4,
                                                        .dual = true,
                                                        .free_bases = free_bases,
                                                        .rule = SE_RULE_R3,
                                                        .scale = SE_SCALE_LEAST_ERROR,
                                                        .ratio_choice = ratio}};
}

static void list_rows(struct table *t) {
    for (const struct se_codebook_format *f = se_codebook_formats; f->name; f++) {
        t->rows[t->n_rows++] = (struct row){.name = f->name, .bits = f->bits, .format = f};
    }
    add_dual(t, "w4a5-se, ratio 2^k", false, SE_RATIO_POW2);
    add_dual(t, "w4a5-se", false, SE_RATIO_FREE);
    add_dual(t, "w4a5-se-offset, ratio 2^k", true, SE_RATIO_POW2);
    add_dual(t, "w4a5-se-offset", true, SE_RATIO_FREE);
    static const char *const bounds[] = {"lloyd-max, 16 levels", "lloyd-max, 32 levels",
                                         "lloyd-max, 64 levels"};
    for (int bits = 4; bits <= 6; bits++) {
        t->rows[t->n_rows++] =
            (struct row){.name = bounds[bits - 4], .bits = bits, .free_levels = (size_t)1 << bits};
    }
}

static enum se_status fit(const struct row *row, const struct se_samples *samples,
                          struct layer *layer, struct se_error *err) {
    float levels[SE_CODEBOOK_MAX];
    if (row->dual) {
        return se_calibrate(samples, &row->calibration, &layer->quantizer, err);
    }
    if (row->format) {
        return se_codebook_calibrate(samples, row->format, &layer->codebook, err);
    }
    enum se_status status = se_codebook_fit(samples, row->free_levels, levels, err);
    return status == SE_OK ? se_codebook_init(&layer->codebook, row->free_levels, levels, 1, err)
                           : status;
}

static void apply(const struct row *row, const struct layer *layer, size_t n, const float *y,
                  float *u) {
    if (!row->dual) {
        se_codebook_apply(&layer->codebook, n, y, u);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        u[i] = se_dequantize(&layer->quantizer, se_quantize(&layer->quantizer, y[i]));
    }
}

static double calibration_error(const struct row *row, const struct layer *layer,
                                const struct se_samples *samples) {
    const struct se_codebook *c = &layer->codebook;
    return row->dual ? se_squared_error(samples, &layer->quantizer)
                     : se_levels_squared_error(samples, c->n, c->levels, (double)c->scale);
}

static enum se_status measure_layer(struct table *t, size_t l, const struct recording_layer *r,
                                    float *u, struct se_error *err) {
    struct se_samples samples;
    size_t n = r->test.tokens * r->test.channels;
    double signal = 0;
    for (size_t i = 0; i < n; i++) {
        signal += (double)r->test.values[i] * (double)r->test.values[i];
    }
    if (signal == 0) {
        return se_fail(err, SE_INVALID, "every value of its test part is zero");
    }
    t->signal += signal;
    enum se_status status = se_samples_init(
        &samples, r->calibration.tokens * r->calibration.channels, r->calibration.values, err);
    if (status != SE_OK) {
        return status;
    }
    for (size_t i = 0; i < t->n_rows && status == SE_OK; i++) {
        struct layer *layer = &t->rows[i].layers[l];
        status = fit(&t->rows[i], &samples, layer, err);
        if (status == SE_OK) {
            apply(&t->rows[i], layer, n, r->test.values, u);
            layer->sqnr_db = se_sqnr_db(n, r->test.values, u);
            layer->noise = signal / pow(10, layer->sqnr_db / 10);
            layer->calibration_db = 10 * log10(samples.squares[samples.n] /
                                               calibration_error(&t->rows[i], layer, &samples));
        }
    }
    se_samples_free(&samples);
    return status;
}

static enum se_status measure(struct table *t, const struct recording *recording,
                              struct se_error *err) {
    const struct cli_progress progress = cli_progress_start("calibrate and compare");
    enum se_status status = SE_OK;
    struct se_error cause;
    t->n_layers = recording->n_layers;
    if (t->n_layers > LAYERS_MAX) {
        return se_fail(err, SE_INVALID, "%s has %zu layers; at most %d are compared", t->o->data,
                       t->n_layers, LAYERS_MAX);
    }
    for (size_t l = 0; l < t->n_layers && status == SE_OK; l++) {
        const struct activations *test = &recording->layers[l].test;
        float *u = malloc(test->tokens * test->channels * sizeof *u);
        cli_progress_show(&progress, (double)l, (double)t->n_layers);
        status = u ? measure_layer(t, l, &recording->layers[l], u, &cause)
                   : se_fail(&cause, SE_NO_MEMORY, "no memory for its values");
        free(u);
        if (status != SE_OK) {
            se_fail(err, status, "%s, layer %zu: %s", t->o->data, l, cause.message);
        }
    }
    cli_progress_show(&progress, 1, 1);
    return status;
}

// ---- on a text ----

static void change_u(const void *row, size_t l, size_t n, float *u) {
    const struct row *r = row;
    apply(r, &r->layers[l], n, u, u);
}

static enum se_status foresee(struct table *t, const struct se_model *model,
                              const struct se_text *text, struct se_error *err) {
    static struct se_candidate candidates[ROWS_MAX];
    static struct se_evaluation results[ROWS_MAX];
    struct se_evaluation reference;
    struct cli_progress progress = cli_progress_start("foresee the text");
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (model->config.layers != t->n_layers) {
        return se_fail(err, SE_INVALID, "%s has %zu layers and %s %zu", t->o->model,
                       model->config.layers, t->o->data, t->n_layers);
    }
    for (size_t i = 0; i < t->n_rows; i++) {
        candidates[i] = (struct se_candidate){
            .change_u = change_u, .context = &t->rows[i], .name = t->rows[i].name};
    }
    enum se_status status = se_evaluate(model, text, t->o->bytes, t->n_rows, candidates,
                                        processors > 0 ? (size_t)processors : 1, cli_progress_share,
                                        &progress, &reference, results, err);
    cli_progress_show(&progress, 1, 1);
    if (status == SE_OK) {
        t->bits = se_evaluation_bits(&reference);
        t->tokens = reference.tokens;
        for (size_t i = 0; i < t->n_rows; i++) {
            t->rows[i].bits_a_token = se_evaluation_bits(&results[i]);
        }
        se_evaluations_free(t->n_rows, results);
    }
    return status;
}

static enum se_status measure_text(struct table *t, struct se_error *err) {
    struct se_model model = {0};
    struct se_text text = {0};
    enum se_status status = SE_OK;
    if (t->o->bytes) {
        status = se_model_load(t->o->model, &model, err);
    }
    if (status == SE_OK && t->o->bytes) {
        status = se_text_load(t->o->text, &text, err);
    }
    if (status == SE_OK && t->o->bytes) {
        status = foresee(t, &model, &text, err);
    }
    se_text_free(&text);
    se_model_free(&model);
    return status;
}

// ---- figures ----

static double overall_db(const struct table *t, const struct row *row) {
    double noise = 0;
    for (size_t l = 0; l < t->n_layers; l++) {
        noise += row->layers[l].noise;
    }
    return 10 * log10(t->signal / noise);
}

// The largest integer that a multiplier meets on a layer; 0 where levels are no integers.
static double largest_integer(const struct row *row, const struct layer *layer) {
    const struct se_format *f = &layer->quantizer.format;
    const struct se_codebook *c = &layer->codebook;
    if (row->free_levels || (row->dual && row->calibration.ratio_choice != SE_RATIO_POW2)) {
        return 0;
    }
    if (!row->dual) {
        return (double)fmaxf(c->levels[c->n - 1], -1 - c->levels[0]);
    }
    int one = se_format_last(f, false), two = se_format_last(f, true);
    return fmax(one, fmax(two, -1 - f->base2) * (double)layer->quantizer.ratio);
}

// Bits, sign included, of the integers that stand for the levels.
static int integer_bits(const struct table *t, const struct row *row) {
    double largest = 0;
    for (size_t l = 0; l < t->n_layers; l++) {
        largest = fmax(largest, largest_integer(row, &row->layers[l]));
    }
    return largest > 0 ? 2 + ilogb(largest) : 0;
}

static void print_rows(const struct table *t, int bits, FILE *to) {
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct row *row = &t->rows[i];
        int width = integer_bits(t, row);
        if (row->bits != bits) {
            continue;
        }
        fprintf(to, "| %s | %d |", row->name, row->bits);
        for (size_t l = 0; l < t->n_layers; l++) {
            fprintf(to, " %.2f |", row->layers[l].sqnr_db);
        }
        fprintf(to, " %.2f | ", overall_db(t, row));
        fprintf(to, width ? "%d |" : "- |", width);
        if (t->tokens) {
            fprintf(to, " %.5f | %+.5f |", row->bits_a_token, row->bits_a_token - t->bits);
        }
        fputc('\n', to);
    }
}

static void print_markdown(const void *data, FILE *to) {
    const struct table *t = data;
    fprintf(to,
            "# Formats of 4 to 6 bits for the scan's input\n\n`make formats`, %s; data: `%s`.\n\n"
            "SQNR in dB on the test part. Scales, and whatever else a format leaves free, are "
            "those of the least squared error on the calibration part; w4a5-se takes rule R3. "
            "Where levels come from: [numerics](../docs/numerics.md#codebooks).\n\n"
            "| format | bits stored |",
            se_origin_now().date, t->o->data);
    for (size_t l = 0; l < t->n_layers; l++) {
        fprintf(to, " layer %zu |", l);
    }
    fputs(" all layers | integer bits |", to);
    fputs(t->tokens ? " bits a byte | over float32 |\n|---|---:|" : "\n|---|---:|", to);
    for (size_t l = 0; l < t->n_layers; l++) {
        fputs("---:|", to);
    }
    fputs(t->tokens ? "---:|---:|---:|---:|\n" : "---:|---:|\n", to);
    for (int bits = 4; bits <= 6; bits++) {
        print_rows(t, bits, to);
    }
    if (t->tokens) {
        fprintf(to,
                "\n- bits a byte: of %zu bytes of `%s`, foreseen by `%s` with nothing but the "
                "scan's input quantised; %.5f in float32.\n",
                t->tokens, t->o->text, t->o->model, t->bits);
    } else {
        fputc('\n', to);
    }
    fputs("- -skewed: negative magnitudes are 2^-k of the positive ones, k calibrated. -offset: no "
          "sign bit, every level moved down by a calibrated z.\n"
          "- all layers: signal and noise of all layers added up.\n"
          "- integer bits: of the signed integer that a level is in units of the scale, and so of "
          "an integer multiplier's operand; - where levels are no integers.\n"
          "- lloyd-max: the best codebook of so many levels on the calibration part, which bounds "
          "every other row of as many bits there.\n\n"
          "![SQNR over bits](formats.svg)\n",
          to);
}

static json_t *layer_json(const struct row *row, const struct layer *layer) {
    json_t *root = json_pack("{s:f, s:f}", "sqnr_db", layer->sqnr_db, "calibration_sqnr_db",
                             layer->calibration_db);
    if (row->dual) {
        json_object_update_new(root, cli_json_quantizer(&layer->quantizer));
        return root;
    }
    json_t *levels = json_array();
    for (size_t i = 0; i < layer->codebook.n; i++) {
        json_array_append_new(levels, json_real((double)layer->codebook.levels[i]));
    }
    json_object_set_new(root, "scale", json_real((double)layer->codebook.scale));
    json_object_set_new(root, "levels", levels);
    return root;
}

static json_t *table_json(const struct table *t) {
    json_t *rows = json_array();
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct row *row = &t->rows[i];
        json_t *layers = json_array();
        for (size_t l = 0; l < t->n_layers; l++) {
            json_array_append_new(layers, layer_json(row, &row->layers[l]));
        }
        json_t *one = json_pack("{s:s, s:i, s:i, s:f, s:o}", "format", row->name, "bits", row->bits,
                                "integer_bits", integer_bits(t, row), "sqnr_db", overall_db(t, row),
                                "layers", layers);
        if (t->tokens) {
            json_object_set_new(one, "bits_a_token", json_real(row->bits_a_token));
        }
        json_array_append_new(rows, one);
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:f, s:o}", "command", "w4a5se formats",
                     "date", se_origin_now().date, "data", t->o->data, "model", t->o->model, "text",
                     t->o->text, "tokens", (json_int_t)t->tokens, "float32_bits_a_token", t->bits,
                     "formats", rows);
}

static int by_sqnr(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// A dot a format, in order of SQNR, 6 bits above 5 above 4.
static void put_plot(const void *data, FILE *to) {
    const struct table *t = data;
    int place = 0;
    fputs("$dots << EOD\n", to);
    for (int bits = 4; bits <= 6; bits++) {
        struct place {
            double db;
            const char *name;
        } places[ROWS_MAX];
        size_t n = 0;
        for (size_t i = 0; i < t->n_rows; i++) {
            if (t->rows[i].bits == bits) {
                places[n++] = (struct place){overall_db(t, &t->rows[i]), t->rows[i].name};
            }
        }
        qsort(places, n, sizeof *places, by_sqnr);
        for (size_t i = 0; i < n; i++) {
            fprintf(to, "%g %d \"%s\" %d\n", places[i].db, place++, places[i].name, bits);
        }
    }
    fprintf(to,
            "EOD\nset terminal svg size 800,760 background rgb 'white' font 'sans,12'\n"
            "set xlabel 'SQNR over all layers, dB'\nset yrange [-1:%d]\nset grid\n"
            "set border 3\nset tics nomirror out\nset key bottom right\n"
            "plot for [b=4:6] $dots using ($4 == b ? $1 : NaN):2:ytic(3) with points pt 7 ps 0.8 "
            "title sprintf('%%d bits', b)\n",
            place);
}

static enum se_status write_reports(const struct table *t, struct se_error *err) {
    enum se_status status = se_report_json(t->o->reports, "formats.json", table_json(t), err);
    if (status == SE_OK) {
        status = se_report_text(t->o->reports, "formats.md", print_markdown, t, err);
    }
    return status == SE_OK ? svg_draw(t->o->reports, "formats.svg", put_plot, t, err) : status;
}

int cmd_formats(int argc, char **argv) {
    struct options o = {.data = "data/small-mamba/activations",
                        .reports = "reports",
                        .model = "data/small-mamba",
                        .text = "data/small-mamba/test.txt",
                        .bytes = 20000};
    static struct table table;
    struct recording recording;
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    table.o = &o;
    list_rows(&table);
    enum se_status status = recording_load(o.data, &recording, &err);
    if (status == SE_OK) {
        status = cli_make_directory(o.reports, &err);
    }
    if (status == SE_OK) {
        status = measure(&table, &recording, &err);
    }
    recording_free(&recording);
    if (status == SE_OK) {
        status = measure_text(&table, &err);
    }
    if (status == SE_OK) {
        status = write_reports(&table, &err);
    }
    if (status != SE_OK) {
        return cli_fail(&err);
    }
    printf("reports: %s/formats.md, formats.json, formats.svg\n", o.reports);
    return CLI_OK;
}
