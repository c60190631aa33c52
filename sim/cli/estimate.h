// SPDX-License-Identifier: Apache-2.0
// What the kinds of `w4a5se estimate` share.
#pragma once

#include "cli.h"
#include "w4a5se/memory.h"

#include <jansson.h>
#include <stdio.h>

cli_command estimate_memory, estimate_points, estimate_logic, estimate_chip, estimate_schemes,
    estimate_claims, estimate_report;

#define ESTIMATE_TECH_DIRECTORY "data/tech"

// A whole number of at least 1 and at most `most`, which argument `option` gives.
enum se_status estimate_count(const char *option, const char *text, uint64_t most, uint64_t *count,
                              struct se_error *err);

// The index in names, a NULL-terminated list; SE_INVALID lists them.
enum se_status estimate_choice(const char *option, const char *text, const char *const *names,
                               int *index, struct se_error *err);

// {"area_mm2": ..., "access_ns": ..., ...} of one member of the bands.
json_t *estimate_figures_json(const struct se_memory_figures *figures,
                              double (*member)(const struct se_band *));
double estimate_value(const struct se_band *band), estimate_low(const struct se_band *band),
    estimate_high(const struct se_band *band);

// The formula behind a sum, with its numbers and their sources.
void estimate_print_sum(FILE *to, const char *name, const struct se_sum *sum);

// Prints a JSON value, whose reference it takes, on standard output.
enum se_status estimate_print_json(json_t *root, struct se_error *err);
