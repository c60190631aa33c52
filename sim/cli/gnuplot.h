// SPDX-License-Identifier: Apache-2.0
// Pictures by gnuplot, whole or not at all.
#pragma once

#include "w4a5se/status.h"

#include <stdio.h>

// Writes DIRECTORY/NAME from the script that `put` makes of data; the script sets its terminal, and
// ends a multiplot with `unset output`. SE_IO when gnuplot is not there or fails, SE_INVALID when
// the path is too long.
enum se_status gnuplot_draw(const char *directory, const char *name,
                            void (*put)(const void *data, FILE *to), const void *data,
                            struct se_error *err);
