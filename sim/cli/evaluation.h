// SPDX-License-Identifier: Apache-2.0
// What `eval`, `modes` and `sweep` share: a model, a text, rows of candidates and their table.
#pragma once

#include "w4a5se/evaluate.h"
#include "w4a5se/model_calibration.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>

enum evaluation_scheme { SCHEME_FLOAT = 0, SCHEME_W8A8, SCHEME_W4A8 };

// "float", "w8a8", "w4a8", NULL.
extern const char *const evaluation_scheme_names[];

struct evaluation_settings {
    enum evaluation_scheme scheme;
    bool rotated, x_proj_from_code; // and the rest: not with SCHEME_FLOAT
    enum se_y_format y;
    enum se_rounding y_rounding;
    enum se_state_mode state_mode;
    size_t call;
};

// The chip's: the Hadamard transform, y in INT8 half to even, FP32 states.
struct evaluation_settings evaluation_chip(enum evaluation_scheme scheme);

struct evaluation_row {
    char label[96];
    struct evaluation_settings settings;
    const struct se_model_calibration *calibration;
    const struct se_calibrated_mode *mode;
    struct se_evaluation result;
};

enum { EVALUATION_ROWS = 256 };

// The options that the commands share.
struct evaluation_options {
    const char *model, *text, *calibration_text, *reports;
    size_t bytes, calibration_bytes, threads;
    const char *calibrates; // an option that was given and says what to calibrate on, or NULL
};
struct evaluation_options evaluation_defaults(void);
extern const struct argp evaluation_argp; // its input is a struct evaluation_options

struct evaluation {
    const struct evaluation_options *options;
    struct se_model model;
    struct se_text text;
    size_t n;
    struct evaluation_row rows[EVALUATION_ROWS];
    struct se_evaluation reference; // the float model
    size_t calibrated;              // tokens observed, where any were
    double seconds;
};

enum se_status evaluation_open(struct evaluation *evaluation,
                               const struct evaluation_options *options, struct se_error *err);
void evaluation_close(struct evaluation *evaluation);

// Appends a row; its mode must outlive the evaluation. Returns its number.
size_t evaluation_add(struct evaluation *evaluation, const struct se_model_calibration *calibration,
                      const struct se_calibrated_mode *mode, struct evaluation_settings settings,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

// Observes the calibration text.
enum se_status evaluation_observe(struct evaluation *evaluation, const char *label,
                                  const struct se_observation_options *options,
                                  struct se_observation *observation, struct se_error *err);

// Fills in the rows' results.
enum se_status evaluation_run(struct evaluation *evaluation, const char *label,
                              struct se_error *err);

// The head of a Markdown table, for rows whose per cent are of row `base`'s bits; n rows from
// `first` on; both.
void evaluation_head(FILE *to, const struct evaluation *evaluation, size_t base);
void evaluation_rows(FILE *to, const struct evaluation *evaluation, size_t first, size_t n,
                     size_t base);
void evaluation_table(FILE *to, const struct evaluation *evaluation, size_t first, size_t n,
                      size_t base);
json_t *evaluation_json(const struct evaluation *evaluation, size_t first, size_t n);

// "byte" or "token": what the text is made of.
const char *evaluation_unit(const struct evaluation *evaluation);

// Model, text, calibration, tokens, time and place, as Markdown.
void evaluation_origin(FILE *to, const struct evaluation *evaluation);
