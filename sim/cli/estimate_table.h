// SPDX-License-Identifier: Apache-2.0
// Tables of an estimate: named rows of numbers, printed as text, Markdown, CSV or JSON.
#pragma once

#include <jansson.h>
#include <stdio.h>

enum { TABLE_COLUMNS = 20, TABLE_ROWS = 48 };

struct table {
    const char *name, *title;   // a key for JSON; words
    const char *const *columns; // NULL at the end
    size_t rows;
    struct table_row {
        const char *name, *kind;
        double v[TABLE_COLUMNS];
    } row[TABLE_ROWS];
};

enum table_format { TABLE_TEXT, TABLE_MARKDOWN, TABLE_CSV };

void table_print(const struct table *table, enum table_format format, FILE *to);

// [{"name": ..., "kind": ..., COLUMN: number, ...}, ...]
json_t *table_json(const struct table *table);
