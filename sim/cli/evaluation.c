// SPDX-License-Identifier: Apache-2.0
#include "evaluation.h"

#include "cli.h"
#include "w4a5se/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const evaluation_scheme_names[] = {"float", "w8a8", "w4a8", NULL};

struct evaluation_settings evaluation_chip(enum evaluation_scheme scheme) {
    return (struct evaluation_settings){.scheme = scheme,
                                        .rotated = scheme != SCHEME_FLOAT,
                                        .y = SE_Y_INT8,
                                        .y_rounding = SE_ROUND_EVEN};
}

// ---- options ----

struct evaluation_options evaluation_defaults(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct evaluation_options){.model = "data/small-mamba",
                                       .text = "data/small-mamba/test.txt",
                                       .calibration_text = "data/small-mamba/calibration.txt",
                                       .reports = "reports",
                                       .calibration_bytes = 65536,
                                       .threads = processors > 0 ? (size_t)processors : 1};
}

enum { OPT_CALIBRATE_ON = 512, OPT_BYTES, OPT_CALIBRATION_BYTES, OPT_THREADS };

static const struct argp_option option_list[] = {
    {"model", 'm', "DIR", 0, "config.json and model.safetensors (default data/small-mamba)", 0},
    {"text", 't', "FILE", 0, "Judged on this text (default data/small-mamba/test.txt)", 0},
    {"calibrate-on", OPT_CALIBRATE_ON, "FILE", 0,
     "Calibrated on this one (default data/small-mamba/calibration.txt)", 0},
    {"bytes", OPT_BYTES, "N", 0, "Judge on the first N tokens only (default all, of sweep 32768)",
     0},
    {"calibration-bytes", OPT_CALIBRATION_BYTES, "N", 0,
     "Calibrate on the first N tokens only (default 65536, of sweep 16384)", 0},
    {"threads", OPT_THREADS, "N", 0, "Threads (default: one a processor)", 0},
    {"reports", 'r', "DIR", 0, "Reports go here (default reports)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct evaluation_options *o = state->input;
    switch (key) {
    case 'm':
        o->model = arg;
        return 0;
    case 't':
        o->text = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case OPT_CALIBRATE_ON:
        o->calibrates = "--calibrate-on";
        o->calibration_text = arg;
        return 0;
    case OPT_BYTES:
        o->bytes = cli_count(state, "--bytes", arg);
        return 0;
    case OPT_CALIBRATION_BYTES:
        o->calibrates = "--calibration-bytes";
        o->calibration_bytes = cli_count(state, "--calibration-bytes", arg);
        return 0;
    case OPT_THREADS:
        o->threads = cli_count(state, "--threads", arg);
        if (o->threads < 1 || o->threads > 256) {
            argp_error(state, "--threads takes 1 to 256");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp evaluation_argp = {option_list, parse, NULL, NULL, NULL, NULL, NULL};

// ---- rows ----

enum se_status evaluation_open(struct evaluation *e, const struct evaluation_options *options,
                               struct se_error *err) {
    e->options = options;
    e->n = 0;
    enum se_status status = se_model_load(options->model, &e->model, err);
    return status ? status : se_text_load(options->text, &e->text, err);
}

void evaluation_close(struct evaluation *e) {
    for (size_t i = 0; i < e->n; i++) {
        se_evaluations_free(1, &e->rows[i].result);
    }
    se_text_free(&e->text);
    se_model_free(&e->model);
}

size_t evaluation_add(struct evaluation *e, const struct se_model_calibration *calibration,
                      const struct se_calibrated_mode *mode, struct evaluation_settings settings,
                      const char *format, ...) {
    struct evaluation_row *row = &e->rows[e->n];
    va_list args;
    *row = (struct evaluation_row){.settings = settings, .calibration = calibration, .mode = mode};
    va_start(args, format);
    vsnprintf(row->label, sizeof row->label, format, args);
    va_end(args);
    return e->n++;
}

enum se_status evaluation_observe(struct evaluation *e, const char *label,
                                  const struct se_observation_options *options,
                                  struct se_observation *observation, struct se_error *err) {
    struct cli_progress progress = cli_progress_start(label);
    struct se_text text;
    enum se_status status = se_text_load(e->options->calibration_text, &text, err);
    if (!status) {
        status =
            se_observe(&e->model, &text, options, cli_progress_share, &progress, observation, err);
        e->calibrated = observation->tokens;
        se_text_free(&text);
    }
    return status;
}

// ---- candidates ----

// Quantised models that rows share, and the rows' inputs.
struct prepared {
    size_t models;
    struct se_quantized_model model[EVALUATION_ROWS];
    const struct se_layer_scales *scales[EVALUATION_ROWS];
    struct se_input *inputs[EVALUATION_ROWS];
    struct se_quantizer *storage[EVALUATION_ROWS];
    struct se_candidate candidates[EVALUATION_ROWS];
    struct se_evaluation results[EVALUATION_ROWS];
};

static enum se_status find_model(struct prepared *p, const struct se_model *model,
                                 const struct evaluation_row *row,
                                 const struct se_quantized_model **found, struct se_error *err) {
    int bits = row->settings.scheme == SCHEME_W4A8 ? 4 : 8;
    *found = NULL;
    if (row->settings.scheme == SCHEME_FLOAT) {
        return SE_OK;
    }
    for (size_t i = 0; i < p->models; i++) {
        if (p->scales[i] == row->calibration->scales && p->model[i].weight_bits == bits &&
            p->model[i].rotated == row->settings.rotated) {
            *found = &p->model[i];
            return SE_OK;
        }
    }
    enum se_status status = se_quantized_model_init(
        &p->model[p->models], model, bits, row->settings.rotated, row->calibration->scales, err);
    if (!status) {
        p->scales[p->models] = row->calibration->scales;
        *found = &p->model[p->models++];
    }
    return status;
}

static enum se_status prepare_row(struct prepared *p, const struct se_model *model,
                                  const struct evaluation_row *row, size_t i,
                                  struct se_error *err) {
    const struct evaluation_settings *s = &row->settings;
    struct se_candidate *candidate = &p->candidates[i];
    enum se_status status = se_model_calibration_check(row->calibration, model, err);
    p->inputs[i] = calloc(model->config.layers, sizeof *p->inputs[i]);
    if (!status && !p->inputs[i]) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", model->config.layers);
    }
    if (!status) {
        status = se_model_inputs(row->calibration, row->mode, s->x_proj_from_code, p->inputs[i],
                                 &p->storage[i], err);
    }
    if (!status) {
        status = find_model(p, model, row, &candidate->quantized, err);
    }
    candidate->call = s->call;
    candidate->name = row->label;
    candidate->run = (struct se_quantized_run){.inputs = p->inputs[i],
                                               .state_mode = s->state_mode,
                                               .y = s->y,
                                               .y_rounding = s->y_rounding};
    return status;
}

static void free_prepared(struct prepared *p) {
    for (size_t i = 0; i < EVALUATION_ROWS; i++) {
        free(p->inputs[i]);
        free(p->storage[i]);
    }
    for (size_t i = 0; i < p->models; i++) {
        se_quantized_model_free(&p->model[i]);
    }
    free(p);
}

enum se_status evaluation_run(struct evaluation *e, const char *label, struct se_error *err) {
    struct cli_progress progress = cli_progress_start(label);
    struct prepared *p = calloc(1, sizeof *p);
    enum se_status status =
        p ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu candidates", e->n);
    for (size_t i = 0; i < e->n && !status; i++) {
        status = prepare_row(p, &e->model, &e->rows[i], i, err);
    }
    if (!status) {
        status = se_evaluate(&e->model, &e->text, e->options->bytes, e->n, p->candidates,
                             e->options->threads, cli_progress_share, &progress, &e->reference,
                             p->results, err);
        cli_progress_show(&progress, 1, 1);
        e->seconds = cli_seconds() - progress.start;
    }
    for (size_t i = 0; i < e->n && !status; i++) {
        e->rows[i].result = p->results[i];
    }
    if (p) {
        free_prepared(p);
    }
    return status;
}

// ---- tables ----

const char *evaluation_unit(const struct evaluation *e) {
    return e->text.bytes ? "byte" : "token";
}

void evaluation_origin(FILE *to, const struct evaluation *e) {
    const struct evaluation_options *o = e->options;
    struct se_origin origin = se_origin_now();
    fprintf(to,
            "%s on %s: %zu %ss foreseen, calibrated on %s (%zu tokens).\n"
            "%s, %s, %s; %zu threads, %.0f s for the evaluation.\n",
            o->model, o->text, e->reference.tokens, evaluation_unit(e), o->calibration_text,
            e->calibrated, origin.date, origin.host, origin.processor, o->threads, e->seconds);
}

static double share_more(const struct se_evaluation *a, const struct se_evaluation *base) {
    return 100 * (se_evaluation_bits(a) / se_evaluation_bits(base) - 1);
}

static void print_row(FILE *to, const struct evaluation *e, const struct evaluation_row *row,
                      const struct se_evaluation *base) {
    const struct se_evaluation *r = &row->result;
    fprintf(to, "| %s | %.5f | %+.5f | %.5f | %+.2f | %.2f |", row->label, se_evaluation_bits(r),
            se_evaluation_bits(r) - se_evaluation_bits(&e->reference), se_evaluation_bits_error(r),
            share_more(r, base), 100 * (double)r->agree / (double)r->tokens);
    for (size_t l = 0; l < e->model.config.layers; l++) {
        double db = se_evaluation_sqnr_db(r, l);
        if (db == INFINITY) {
            fputs(" exact", to);
        } else {
            fprintf(to, " %.1f", db);
        }
    }
    fputs(" |\n", to);
}

void evaluation_head(FILE *to, const struct evaluation *e, size_t base) {
    fprintf(to,
            "| | bits a %s | over float32 | +- | %% over %s | same first choice %% | "
            "SQNR of u by layer, dB |\n|---|---:|---:|---:|---:|---:|---|\n",
            evaluation_unit(e), e->rows[base].label);
}

void evaluation_rows(FILE *to, const struct evaluation *e, size_t first, size_t n, size_t base) {
    for (size_t i = first; i < first + n; i++) {
        print_row(to, e, &e->rows[i], &e->rows[base].result);
    }
}

void evaluation_table(FILE *to, const struct evaluation *e, size_t first, size_t n, size_t base) {
    evaluation_head(to, e, base);
    evaluation_rows(to, e, first, n, base);
}

static json_t *row_json(const struct evaluation *e, const struct evaluation_row *row) {
    const struct evaluation_settings *s = &row->settings;
    const struct se_evaluation *r = &row->result;
    json_t *layers = json_array();
    for (size_t l = 0; l < e->model.config.layers; l++) {
        json_array_append_new(layers, cli_json_number(se_evaluation_sqnr_db(r, l)));
    }
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:o}", "label", row->label,
                  "scheme", evaluation_scheme_names[s->scheme], "mode",
                  se_input_mode_names[row->mode->mode], "rule", se_rule_names[row->mode->rule],
                  "ratio", se_ratio_names[row->mode->ratio], "bits", se_evaluation_bits(r),
                  "bits_over_float", se_evaluation_bits(r) - se_evaluation_bits(&e->reference),
                  "bits_over_float_error", se_evaluation_bits_error(r), "agreement",
                  (double)r->agree / (double)r->tokens, "sqnr_db", layers);
    if (s->scheme != SCHEME_FLOAT) {
        json_object_update_new(
            root, json_pack("{s:b, s:s, s:s, s:s, s:s}", "hadamard", (int)s->rotated, "x_proj",
                            s->x_proj_from_code ? "code" : "int8", "y", se_y_format_names[s->y],
                            "y_rounding", se_rounding_names[s->y_rounding], "state",
                            se_state_mode_names[s->state_mode]));
    }
    return root;
}

json_t *evaluation_json(const struct evaluation *e, size_t first, size_t n) {
    json_t *rows = json_array();
    for (size_t i = first; i < first + n; i++) {
        json_array_append_new(rows, row_json(e, &e->rows[i]));
    }
    return rows;
}
