// SPDX-License-Identifier: Apache-2.0
// Tables of an estimate: named rows of numbers, printed as text, Markdown, CSV or JSON.
#pragma once

#include <argp.h>
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

enum table_format { TABLE_TEXT, TABLE_MARKDOWN, TABLE_CSV, TABLE_JSON };

// Not JSON.
void table_print(const struct table *table, enum table_format format, FILE *to);

// [{"name": ..., "kind": ..., COLUMN: number, ...}, ...]
json_t *table_json(const struct table *table);

// Takes the format that an option asks for; of two of them it complains.
void table_choose_format(struct argp_state *state, enum table_format asked,
                         enum table_format *format);
