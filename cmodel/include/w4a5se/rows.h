// SPDX-License-Identifier: Apache-2.0
// An even selection of the rows of a stream: every 2^k-th, so many that they fit.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

enum { SE_ROWS_VALUES = 1 << 17 }; // kept at most (one row always is)

// Zeroed: nothing seen.
struct se_rows {
    size_t columns, n; // kept: values[n][columns]
    float *values;
    size_t seen, stride;
};

// SE_NO_MEMORY. All calls come with the same columns.
enum se_status se_rows_add(struct se_rows *rows, size_t n, size_t columns, const float *values,
                           struct se_error *err);
void se_rows_free(struct se_rows *rows);
