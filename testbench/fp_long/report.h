// SPDX-License-Identifier: Apache-2.0
// A sweep's counts as text, JSON and Markdown.
#pragma once

#include "sweep.h"

#include <stdio.h>

void fp_report_print(const struct fp_sweep *sweep, FILE *to);

// DIR/fp.json and DIR/fp.md.
enum se_status fp_report_write(const struct fp_sweep *sweep, const char *directory,
                               struct se_error *err);
