// SPDX-License-Identifier: Apache-2.0
// What the system model found, as files: NAME.json, NAME.csv, NAME.md and NAME.svg.
#pragma once

#include "system.h"

#include <stdio.h>

struct se_system_report {
    const struct se_system *system;
    const struct se_system_result *result;
    const struct se_energy_profile *energy;
};

// Statuses as se_report_text and svg_draw.
enum se_status system_report_write(const struct se_system_report *report, const char *directory,
                                   const char *name, struct se_error *err);

// The Markdown, which is also what the terminal gets.
void system_report_print(const void *report, FILE *to);

// The SVG's gnuplot script: stacked time and energy by layer, roofline, one layer's Gantt chart.
void system_report_plot(const void *report, FILE *to);

// MAC-like operations of a stage: MACs; four a channel of the convolution; four an update.
uint64_t system_stage_operations(const struct se_system_report *report, enum se_stage stage);
