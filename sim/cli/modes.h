// SPDX-License-Identifier: Apache-2.0
// What `w4a5se modes` has evaluated, and its report.
#pragma once

#include "evaluation.h"

enum { MODES_NOTES_MAX = 32 };

struct modes {
    struct evaluation *e;
    struct se_observation observation;
    struct se_model_calibration calibration;
    struct se_calibrated_mode notes[MODES_NOTES_MAX];
    size_t n_notes;
    // Where the sections' rows begin.
    size_t scheme[3], chip, rules, rules_end, notes_first, end;
};

// fp32-sim-int8 and int8 gave the same numbers in every scheme.
bool modes_simulation_is_int8(const struct modes *modes);

void modes_print_findings(FILE *to, const struct modes *modes);

// modes.md and modes.json.
enum se_status modes_write_reports(const struct modes *modes, struct se_error *err);
