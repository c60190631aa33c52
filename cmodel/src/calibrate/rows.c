// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/rows.h"

#include <stdlib.h>
#include <string.h>

static size_t room(size_t columns) {
    return columns < SE_ROWS_VALUES ? SE_ROWS_VALUES / columns : 1;
}

static void keep_every_second(struct se_rows *rows) {
    for (size_t r = 1; 2 * r < rows->n; r++) {
        memcpy(rows->values + r * rows->columns, rows->values + 2 * r * rows->columns,
               rows->columns * sizeof(float));
    }
    rows->n = (rows->n + 1) / 2;
    rows->stride *= 2;
}

enum se_status se_rows_add(struct se_rows *rows, size_t n, size_t columns, const float *values,
                           struct se_error *err) {
    if (!rows->values) {
        *rows = (struct se_rows){.columns = columns,
                                 .stride = 1,
                                 .values = malloc(room(columns) * columns * sizeof(float))};
        if (!rows->values) {
            return se_fail(err, SE_NO_MEMORY, "no memory for %zu values", SE_ROWS_VALUES + columns);
        }
    }
    for (size_t r = 0; r < n; r++, rows->seen++) {
        if (rows->seen % rows->stride == 0 && rows->n == room(columns)) {
            keep_every_second(rows);
        }
        if (rows->seen % rows->stride == 0) {
            memcpy(rows->values + rows->n++ * columns, values + r * columns,
                   columns * sizeof(float));
        }
    }
    return SE_OK;
}

void se_rows_free(struct se_rows *rows) {
    free(rows->values);
    *rows = (struct se_rows){0};
}
