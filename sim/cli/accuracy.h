// SPDX-License-Identifier: Apache-2.0
// What input modes cost in accuracy, from the report of `w4a5se modes`: measured on the small
// model, as the chip runs it with INT8 weights.
#pragma once

#include "w4a5se/input.h"
#include "w4a5se/status.h"

#include <stdbool.h>

#define ACCURACY_PATH "reports/modes.json"

struct accuracy {
    double bits[SE_INPUT_MODES][2]; // a byte, with states in FP32 or INT8; NAN: not measured
};

// SE_INVALID when the file is no such report.
enum se_status accuracy_load(const char *path, struct accuracy *accuracy, struct se_error *err);

// % of INT8's bits a byte (states in FP32) that a mode has more; NAN where it was not measured, or
// the mode is not one.
double accuracy_over_int8(const struct accuracy *accuracy, int mode, bool int8_state);
