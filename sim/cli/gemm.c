// SPDX-License-Identifier: Apache-2.0
// `w4a5se gemm`: x_proj and out_proj on codes as they are stored. What integer sums of dual-scale
// codes lose beside INT8 activations, and what their cells cost.
#include "cli.h"
#include "recording.h"

#include "w4a5se/calibrate.h"
#include "w4a5se/gemm_code.h"
#include "w4a5se/npy.h"
#include "w4a5se/quality.h"
#include "w4a5se/report.h"
#include "w4a5se/safetensors.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *model, *data, *y, *synth, *reports;
};

static const struct argp_option option_list[] = {
    {"model", 'm', "FILE", 0, "Weights (default data/small-mamba/model.safetensors)", 0},
    {"data", 'd', "DIR", 0,
     "x_proj's input: layerN.calibration.npy and layerN.test.npy (default "
     "data/small-mamba/activations)",
     0},
    {"y", 'y', "DIR", 0, "out_proj's input: layerN.npy, whose first half is to calibrate", 0},
    {"synth", 's', "FILE", 0, "Area of the cells (default reports/synth.json)", 0},
    {"reports", 'r', "DIR", 0, "Reports go here (default reports)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'm':
        o->model = arg;
        return 0;
    case 'd':
        o->data = arg;
        return 0;
    case 'y':
        o->y = arg;
        return 0;
    case 's':
        o->synth = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->y, "--y");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {option_list,
                                 parse,
                                 NULL,
                                 "Measures x_proj and out_proj on codes: integer sums over "
                                 "quantised activations and weights, against real numbers."
                                 "\vExit status: 0 success, 1 bad input or sums that differ, 2 "
                                 "wrong usage.",
                                 NULL,
                                 NULL,
                                 NULL};

// ---- what is compared ----

static const struct format {
    const char *name;
    struct se_calibration calibration;
} formats[] = {
    {"int8", {.code_bits = 8, .scale = SE_SCALE_LEAST_ERROR, .ratio = 1}},
    {"int5-offset",
     {.code_bits = 5, .free_bases = true, .scale = SE_SCALE_LEAST_ERROR, .ratio = 1}},
    {"w4a5-se, ratio 2^k",
     {.code_bits = 4,
      .dual = true,
      .rule = SE_RULE_R3,
      .scale = SE_SCALE_LEAST_ERROR,
      .ratio_choice = SE_RATIO_POW2}},
    {"w4a5-se",
     {.code_bits = 4,
      .dual = true,
      .rule = SE_RULE_R3,
      .scale = SE_SCALE_LEAST_ERROR,
      .ratio_choice = SE_RATIO_FREE}},
    {"w4a5-se-offset, ratio 2^k",
     {.code_bits = 4,
      .dual = true,
      .free_bases = true,
      .rule = SE_RULE_R3,
      .scale = SE_SCALE_LEAST_ERROR,
      .ratio_choice = SE_RATIO_POW2}},
    {"w4a5-se-offset",
     {.code_bits = 4,
      .dual = true,
      .free_bases = true,
      .rule = SE_RULE_R3,
      .scale = SE_SCALE_LEAST_ERROR,
      .ratio_choice = SE_RATIO_FREE}},
};

// Weights: bits, and columns that share a scale (0: all of a row).
static const struct weights {
    const char *name;
    int bits;
    size_t group;
} weights[] = {{"INT8, a scale a row", 8, 0}, {"INT4, a scale for 64 columns", 4, 64}};

enum {
    FORMATS = sizeof formats / sizeof *formats,
    WEIGHTS = sizeof weights / sizeof *weights,
    MATRICES = 2, // of a layer
    LAYERS_MAX = 64,
};

static const char *const matrices[MATRICES] = {"x_proj", "out_proj"};

struct figures {
    double sqnr_db;
    struct se_quantizer quantizer;
    int64_t largest;     // of the sums
    size_t sums, differ; // in one accumulator and joined of two
};

struct results {
    const struct options *o;
    size_t n_layers;
    struct figures figures[LAYERS_MAX][MATRICES][WEIGHTS][FORMATS];
    json_t *synth; // NULL where there is none
};

// A matrix of floats with the activations it is multiplied with.
struct product {
    size_t rows, columns;
    float *w; // [rows][columns]
    struct activations calibration, test;
    float *exact; // [test.tokens][rows], in double and rounded once
};

// ---- reading ----

static enum se_status read_weights(const struct se_safetensors *model, const struct options *o,
                                   size_t layer, const char *matrix, struct product *p,
                                   struct se_error *err) {
    char name[128];
    snprintf(name, sizeof name, "backbone.layers.%zu.mixer.%s.weight", layer, matrix);
    const struct se_tensor *t = se_safetensors_find(model, name);
    if (!t || t->ndim != 2 || t->count == 0 || !se_dtype_is_float(t->dtype)) {
        return se_fail(err, SE_INVALID, "%s has no float matrix %s", o->model, name);
    }
    p->rows = t->shape[0];
    p->columns = t->shape[1];
    p->w = malloc(t->count * sizeof *p->w);
    if (!p->w) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %s", name);
    }
    se_dtype_to_f32(t->dtype, t->count, t->data, p->w);
    return SE_OK;
}

// y of a layer, in halves that share its memory.
static enum se_status read_y(const struct options *o, size_t layer, struct activations *first,
                             struct activations *second, struct se_error *err) {
    char name[64], path[CLI_PATH_MAX];
    size_t count, ndim, shape[SE_NPY_DIMS];
    snprintf(name, sizeof name, "layer%zu.npy", layer);
    enum se_status status = cli_path(path, o->y, name, err);
    if (status == SE_OK) {
        status = se_npy_read_f32(path, &count, &ndim, shape, &first->values, err);
    }
    if (status == SE_OK && (ndim != 2 || shape[0] < 2 || shape[1] == 0)) {
        free(first->values);
        first->values = NULL;
        return se_fail(err, SE_INVALID, "%s: y is [tokens, channels], two tokens at least", path);
    }
    if (status == SE_OK) {
        first->tokens = shape[0] / 2;
        second->tokens = shape[0] - first->tokens;
        first->channels = second->channels = shape[1];
        second->values = first->values + first->tokens * first->channels;
    }
    return status;
}

// ---- measuring ----

static enum se_status multiply_exactly(struct product *p, struct se_error *err) {
    const struct activations *a = &p->test;
    if (a->channels != p->columns || p->calibration.channels != p->columns) {
        return se_fail(err, SE_INVALID, "activations have %zu channels, its matrix %zu columns",
                       a->channels, p->columns);
    }
    p->exact = malloc(a->tokens * p->rows * sizeof *p->exact);
    if (!p->exact) {
        return se_fail(err, SE_NO_MEMORY, "no memory for its results");
    }
    for (size_t t = 0; t < a->tokens; t++) {
        for (size_t m = 0; m < p->rows; m++) {
            double sum = 0;
            for (size_t k = 0; k < p->columns; k++) {
                sum += (double)p->w[m * p->columns + k] * (double)a->values[t * p->columns + k];
            }
            p->exact[t * p->rows + m] = (float)sum;
        }
    }
    return SE_OK;
}

// Symmetric: the largest magnitude of a group becomes the largest integer.
static void quantize_weights(size_t n, size_t group, int bits, const float *w, int8_t *q,
                             float *scales) {
    const int last = (1 << (bits - 1)) - 1;
    for (size_t g = 0; g < n / group; g++) {
        float largest = 0;
        for (size_t i = g * group; i < (g + 1) * group; i++) {
            largest = fmaxf(largest, fabsf(w[i]));
        }
        scales[g] = largest > 0 ? largest / (float)last : 1;
        for (size_t i = g * group; i < (g + 1) * group; i++) {
            q[i] = (int8_t)lrintf(w[i] / scales[g]);
        }
    }
}

// Every sum in both forms, where the ratio is 2^k.
static void compare_sums(const struct se_gemm_code *g, size_t tokens, const uint16_t *codes,
                         struct figures *f) {
    const struct se_format *format = &g->quantizer->format;
    int k = 0;
    if (format->dual && !se_ratio_is_pow2(g->quantizer, &k)) {
        return;
    }
    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < g->rows * g->columns; i += g->group, f->sums++) {
            const uint16_t *c = codes + t * g->columns + i % g->columns;
            int32_t sum = se_code_dot_wide(format, k, g->group, g->w + i, c);
            const struct se_code_sums s = se_code_dot_split(format, g->group, g->w + i, c);
            f->differ += sum != s.sum1 + s.sum2 * (1 << k);
            f->largest = llabs(sum) > f->largest ? llabs(sum) : f->largest;
        }
    }
}

static enum se_status measure_format(const struct product *p, const struct se_samples *samples,
                                     const struct format *format, struct se_gemm_code *g,
                                     struct figures *f, struct se_error *err) {
    size_t n = p->test.tokens * p->columns;
    uint16_t *codes = malloc(n * sizeof *codes);
    float *y = malloc(p->test.tokens * p->rows * sizeof *y);
    enum se_status status = codes && y ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for codes");
    if (status == SE_OK) {
        status = se_calibrate(samples, &format->calibration, &f->quantizer, err);
    }
    g->quantizer = &f->quantizer;
    if (status == SE_OK) {
        status = se_gemm_code_check(g, err);
    }
    if (status == SE_OK) {
        for (size_t i = 0; i < n; i++) {
            codes[i] = se_quantize(&f->quantizer, p->test.values[i]);
        }
        status = se_gemm_code(g, p->test.tokens, codes, y, err);
    }
    if (status == SE_OK) {
        f->sqnr_db = se_sqnr_db(p->test.tokens * p->rows, p->exact, y);
        compare_sums(g, p->test.tokens, codes, f);
    }
    free(y);
    free(codes);
    return status;
}

static enum se_status measure_product(const struct product *p,
                                      struct figures figures[WEIGHTS][FORMATS],
                                      struct se_error *err) {
    struct se_samples samples;
    size_t n = p->rows * p->columns;
    int8_t *q = malloc(n);
    float *scales = malloc(n * sizeof *scales);
    enum se_status status = q && scales ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for it");
    if (status == SE_OK) {
        status = se_samples_init(&samples, p->calibration.tokens * p->columns,
                                 p->calibration.values, err);
    }
    if (status == SE_OK) {
        for (size_t w = 0; w < WEIGHTS && status == SE_OK; w++) {
            size_t group = weights[w].group ? weights[w].group : p->columns;
            if (p->columns % group) {
                status = se_fail(err, SE_INVALID, "its %zu columns are no groups of %zu",
                                 p->columns, group);
                break;
            }
            quantize_weights(n, group, weights[w].bits, p->w, q, scales);
            struct se_gemm_code g = {NULL, p->rows, p->columns, group, q, scales};
            for (size_t f = 0; f < FORMATS && status == SE_OK; f++) {
                status = measure_format(p, &samples, &formats[f], &g, &figures[w][f], err);
            }
        }
        se_samples_free(&samples);
    }
    free(scales);
    free(q);
    return status;
}

static enum se_status measure_matrix(struct results *r, const struct se_safetensors *model,
                                     const struct recording_layer *recorded, size_t layer,
                                     int matrix, struct se_error *err) {
    struct product p = {.calibration = recorded->calibration, .test = recorded->test};
    struct activations y = {0};
    struct se_error cause;
    enum se_status status = read_weights(model, r->o, layer, matrices[matrix], &p, err);
    if (status == SE_OK && matrix == 1) {
        status = read_y(r->o, layer, &y, &p.test, err);
        p.calibration = y;
    }
    if (status == SE_OK) {
        status = multiply_exactly(&p, &cause);
        status = status == SE_OK ? measure_product(&p, r->figures[layer][matrix], &cause) : status;
        if (status != SE_OK) {
            se_fail(err, status, "layer %zu, %s: %s", layer, matrices[matrix], cause.message);
        }
    }
    free(p.exact);
    free(p.w);
    free(y.values);
    return status;
}

static enum se_status measure(struct results *r, struct se_error *err) {
    struct recording recording = {0};
    struct se_safetensors model = {0};
    enum se_status status = recording_load(r->o->data, &recording, err);
    if (status == SE_OK && recording.n_layers > LAYERS_MAX) {
        status = se_fail(err, SE_INVALID, "%s has more than %d layers", r->o->data, LAYERS_MAX);
    }
    if (status == SE_OK) {
        status = se_safetensors_open(r->o->model, &model, err);
    }
    r->n_layers = recording.n_layers;
    for (size_t l = 0; l < r->n_layers && status == SE_OK; l++) {
        for (int m = 0; m < MATRICES && status == SE_OK; m++) {
            status = measure_matrix(r, &model, &recording.layers[l], l, m, err);
        }
    }
    se_safetensors_close(&model);
    recording_free(&recording);
    return status;
}

// ---- the report ----

static void print_accuracy(const struct results *r, int matrix, FILE *to) {
    fprintf(to, "\n## %s\n\n| activations | weights |", matrices[matrix]);
    for (size_t l = 0; l < r->n_layers; l++) {
        fprintf(to, " dB layer %zu |", l);
    }
    fputs("\n|---|---|", to);
    for (size_t l = 0; l < r->n_layers; l++) {
        fputs("---:|", to);
    }
    for (size_t w = 0; w < WEIGHTS; w++) {
        for (size_t f = 0; f < FORMATS; f++) {
            fprintf(to, "\n| %s | %s |", formats[f].name, weights[w].name);
            for (size_t l = 0; l < r->n_layers; l++) {
                fprintf(to, " %.2f |", r->figures[l][matrix][w][f].sqnr_db);
            }
        }
    }
    fputc('\n', to);
}

static struct figures totals(const struct results *r) {
    struct figures sum = {0};
    for (size_t l = 0; l < r->n_layers; l++) {
        for (size_t i = 0; i < MATRICES * WEIGHTS * FORMATS; i++) {
            const struct figures *f =
                &r->figures[l][i / FORMATS / WEIGHTS][i / FORMATS % WEIGHTS][i % FORMATS];
            sum.sums += f->sums;
            sum.differ += f->differ;
            sum.largest = f->largest > sum.largest ? f->largest : sum.largest;
        }
    }
    return sum;
}

// The cells: their unit in synth.json, what they are, accumulators and the bits of one.
static const struct cell {
    const char *unit, *name;
    int accumulators, bits;
} cells[] = {{"mac_int8", "INT8 x INT8", 1, 28},
             {"mac_signed_wide_2", "two's complement, wide, ratio 4", 1, 26},
             {"mac_signed_wide_7", "two's complement, wide, ratio 128", 1, 31},
             {"mac_signed_split", "two's complement, split, any ratio", 2, 24},
             {"mac_code_wide_2", "any bases, wide, ratio 4", 1, 28},
             {"mac_code_wide_7", "any bases, wide, ratio 128", 1, 33},
             {"mac_code_split", "any bases, split, any ratio", 2, 26}};

static const json_t *find_unit(json_t *synth, const char *name) {
    size_t i;
    json_t *unit;
    json_array_foreach(json_object_get(synth, "units"), i, unit) {
        const char *found = json_string_value(json_object_get(unit, "unit"));
        if (found && !strcmp(found, name)) {
            return unit;
        }
    }
    return NULL;
}

// Of a unit: a flip-flop's area is what registers take, divided by their number.
static double area(const json_t *unit, const struct cell *cell) {
    double logic = json_number_value(json_object_get(unit, "ge_logic"));
    double registers = json_number_value(json_object_get(unit, "ge")) - logic;
    return logic + cell->accumulators * cell->bits * registers /
                       json_number_value(json_object_get(unit, "flip_flops"));
}

static void print_cells(const struct results *r, FILE *to) {
    const json_t *baseline = find_unit(r->synth, cells[0].unit);
    if (!baseline) {
        return;
    }
    fprintf(to,
            "\n## Cells\n\nOne multiplier-accumulator of each form, 8-bit weights, synthesised by "
            "`make synth` (%s): logic and accumulators, without the registers that hold its "
            "operands. Accumulators have the bits that 5120 products may take. Codes arrive as "
            "integer and flag: `code_to_int` decodes once a code, not once a cell.\n\n"
            "| cell | accumulators | GE of logic | GE with accumulators | of INT8 | ns |\n"
            "|---|---|---:|---:|---:|---:|\n",
            json_string_value(json_object_get(r->synth, "liberty")));
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const json_t *unit = find_unit(r->synth, cells[i].unit);
        if (unit) {
            fprintf(to, "| %s | %d x %d bits | %lld | %.0f | %.0f %% | %.1f |\n", cells[i].name,
                    cells[i].accumulators, cells[i].bits,
                    (long long)json_integer_value(json_object_get(unit, "ge_logic")),
                    area(unit, &cells[i]), 100 * area(unit, &cells[i]) / area(baseline, &cells[0]),
                    json_number_value(json_object_get(unit, "ns")));
        }
    }
}

static void print_markdown(const void *data, FILE *to) {
    const struct results *r = data;
    const struct figures sum = totals(r);
    fprintf(to,
            "# GEMM on codes\n\n`make gemm`, %s; weights: `%s`.\n\n"
            "SQNR in dB of the product against one of the unquantised weights and activations in "
            "double. Activations are calibrated by least squared error on other tokens than these; "
            "dual scales take rule R3. Sums are exact integers, as "
            "[numerics](../docs/numerics.md#gemm-on-codes) says: %zu in one accumulator and joined "
            "of two, %zu differ; the largest is %lld.\n",
            se_origin_now().date, r->o->model, sum.sums, sum.differ, (long long)sum.largest);
    for (int m = 0; m < MATRICES; m++) {
        print_accuracy(r, m, to);
    }
    print_cells(r, to);
}

static json_t *results_json(const struct results *r) {
    const struct figures sum = totals(r);
    json_t *rows = json_array(), *areas = json_array();
    for (size_t l = 0; l < r->n_layers; l++) {
        for (size_t i = 0; i < MATRICES * WEIGHTS * FORMATS; i++) {
            size_t m = i / FORMATS / WEIGHTS, w = i / FORMATS % WEIGHTS, f = i % FORMATS;
            const struct figures *x = &r->figures[l][m][w][f];
            json_t *row = json_pack("{s:I, s:s, s:s, s:s, s:f}", "layer", (json_int_t)l, "matrix",
                                    matrices[m], "weights", weights[w].name, "activations",
                                    formats[f].name, "sqnr_db", x->sqnr_db);
            json_object_update_new(row, cli_json_quantizer(&x->quantizer));
            json_array_append_new(rows, row);
        }
    }
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const json_t *unit = find_unit(r->synth, cells[i].unit);
        if (unit) {
            json_array_append_new(areas, json_pack("{s:s, s:s, s:f}", "unit", cells[i].unit, "cell",
                                                   cells[i].name, "ge", area(unit, &cells[i])));
        }
    }
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "command", "w4a5se gemm", "date",
                     se_origin_now().date, "model", r->o->model, "sums", (json_int_t)sum.sums,
                     "differ", (json_int_t)sum.differ, "largest_sum", (json_int_t)sum.largest,
                     "products", rows, "cells", areas);
}

int cmd_gemm(int argc, char **argv) {
    struct options o = {"data/small-mamba/model.safetensors", "data/small-mamba/activations", NULL,
                        "reports/synth.json", "reports"};
    static struct results r;
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    r.o = &o;
    r.synth = json_load_file(o.synth, 0, NULL); // without it there is no table of cells
    enum se_status status = measure(&r, &err);
    if (status == SE_OK) {
        status = cli_make_directory(o.reports, &err);
    }
    if (status == SE_OK) {
        status = se_report_json(o.reports, "gemm.json", results_json(&r), &err);
    }
    if (status == SE_OK) {
        status = se_report_text(o.reports, "gemm.md", print_markdown, &r, &err);
    }
    json_decref(r.synth);
    if (status != SE_OK) {
        return cli_fail(&err);
    }
    printf("reports: %s/gemm.md, gemm.json\n", o.reports);
    return totals(&r).differ ? CLI_FAILURE : CLI_OK;
}
