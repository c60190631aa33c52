// SPDX-License-Identifier: Apache-2.0
// `w4a5se sweep`: many chips, what each costs, and which of them no other beats.
#pragma once

#include "accuracy.h"
#include "cli.h"
#include "w4a5se/chip_cost.h"
#include "w4a5se/chip_sweep.h"

#include <stdio.h>

cli_command sweep_calibration;

// What of a chip's cost is kept; energies and areas with their bands.
struct sweep_row {
    struct se_chip chip;
    double memory_kib, kge, leakage_mw, dram_kib;
    struct se_band memory_mm2, logic_mm2, area_mm2, token_us, token_nj;
    double over_int8;    // %, NAN where it was not measured
    size_t workload;     // chips of one model, shape, technology and device compete
    bool area_accuracy;  // on the front of least area and least bits a byte
    bool energy_latency; // on the front of least energy and least time
};

struct sweep {
    const char *path, *name; // of the file; its name without folder and ending
    struct se_chip_sweep chips;
    size_t n; // rows
    struct sweep_row *rows;
    size_t unbuildable, alike; // combinations left out: refused; a chip that is there already
    struct se_error reason;    // of the first that was refused
    size_t workloads;
    size_t threads;
    double seconds;
};

struct sweep_options {
    const char *models, *directory, *modes;
    size_t threads;
};

// Costs every chip. SE_INVALID, and no rows, for a value that no chip can have or with which none
// of the combinations can be built. sweep_free releases it.
enum se_status sweep_run(const char *path, const struct sweep_options *options, struct sweep *sweep,
                         struct se_error *err);
void sweep_free(struct sweep *sweep);

// Sets the rows' workload and marks the fronts.
enum se_status sweep_mark(struct sweep *sweep, struct se_error *err);

// NAME.csv, NAME.md, NAME-area.svg and NAME-energy.svg in a directory.
enum se_status sweep_write(const struct sweep *sweep, const char *directory, struct se_error *err);

// "mamba2-8b in 7nm (typical)" of a workload's first row.
const char *sweep_workload_name(const struct sweep *sweep, size_t workload, size_t size,
                                char *text);
