// SPDX-License-Identifier: Apache-2.0
// Pictures drawn by gnuplot, whole or not at all.
#pragma once

#include "w4a5se/status.h"

#include <stdio.h>

// DIRECTORY/NAME from the gnuplot commands that `script` prints, terminal included, output not.
// SE_INVALID when the path is too long, SE_IO when gnuplot is missing or fails.
enum se_status svg_draw(const char *directory, const char *name,
                        void (*script)(const void *data, FILE *to), const void *data,
                        struct se_error *err);
