// SPDX-License-Identifier: Apache-2.0
// The counts of the sweep and of the RTL as text, JSON and Markdown.
#pragma once

#include "sweep.h"
#include "units.h"

#include <stdio.h>

void fp_report_print(const struct fp_sweep *sweep, const struct fp_rtl *rtl, FILE *to);

// DIR/fp.json and DIR/fp.md.
enum se_status fp_report_write(const struct fp_sweep *sweep, const struct fp_rtl *rtl,
                               const char *directory, struct se_error *err);
