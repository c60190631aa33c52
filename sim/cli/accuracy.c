// SPDX-License-Identifier: Apache-2.0
#include "accuracy.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *text_of(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

// A row that differs from the chip in nothing but mode and states.
static bool is_plain(const json_t *row) {
    return !strcmp(text_of(row, "scheme"), "w8a8") && !strcmp(text_of(row, "x_proj"), "int8") &&
           !strcmp(text_of(row, "y"), "int8") && !strcmp(text_of(row, "y_rounding"), "even") &&
           json_is_true(json_object_get(row, "hadamard"));
}

static int mode_of(const json_t *row) {
    int mode = 0;
    while (mode < SE_INPUT_MODES && strcmp(se_input_mode_names[mode], text_of(row, "mode")) != 0) {
        mode++;
    }
    return mode;
}

// A mode has one row of its own, with rule R3 and a free ratio where it has two scales; the first.
static void take(const json_t *row, struct accuracy *accuracy) {
    const int mode = mode_of(row);
    const char *state = text_of(row, "state"), *ratio = text_of(row, "ratio"),
               *rule = text_of(row, "rule");
    const bool int8 = !strcmp(state, "int8-step");
    if (!is_plain(row) || mode == SE_INPUT_MODES || (!int8 && strcmp(state, "fp32") != 0) ||
        (strcmp(rule, "none") != 0 && (strcmp(rule, "R3") != 0 || strcmp(ratio, "free") != 0))) {
        return;
    }
    double *bits = &accuracy->bits[mode][int8];
    *bits = isnan(*bits) ? json_number_value(json_object_get(row, "bits")) : *bits;
}

enum se_status accuracy_load(const char *path, struct accuracy *accuracy, struct se_error *err) {
    json_error_t cause;
    json_t *root = json_load_file(path, 0, &cause), *row;
    size_t i;
    if (!root) {
        return se_fail(err, SE_INVALID, "%s: %s", path, cause.text);
    }
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        accuracy->bits[mode][0] = accuracy->bits[mode][1] = NAN;
    }
    json_array_foreach(json_object_get(root, "rows"), i, row) {
        take(row, accuracy);
    }
    json_decref(root);
    return accuracy->bits[SE_INPUT_INT8][0] > 0
               ? SE_OK
               : se_fail(err, SE_INVALID, "%s has no row of int8 with scheme w8a8", path);
}

double accuracy_over_int8(const struct accuracy *accuracy, int mode, bool int8_state) {
    if (mode < 0 || mode >= SE_INPUT_MODES) {
        return NAN;
    }
    return 100 * (accuracy->bits[mode][int8_state] / accuracy->bits[SE_INPUT_INT8][0] - 1);
}
