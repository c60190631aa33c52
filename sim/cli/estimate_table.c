// SPDX-License-Identifier: Apache-2.0
#include "estimate_table.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_WIDTH = 16, KIND_WIDTH = 10, NUMBER_WIDTH = 11 };

enum { NUMBER_TEXT = 32 };

// A figure that there is not is left blank.
static const char *number(char *text, const char *format, double value) {
    *text = 0;
    if (!isnan(value)) {
        snprintf(text, NUMBER_TEXT, format, value);
    }
    return text;
}

// A screen has no room for the bands of many columns.
static bool is_shown(const struct table *t, size_t column) {
    return !strstr(t->columns[column], "_low") && !strstr(t->columns[column], "_high");
}

static int wider(int width, const char *text) {
    return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void print_text(const struct table *t, FILE *to) {
    char text[NUMBER_TEXT];
    int name = NAME_WIDTH, kind = KIND_WIDTH;
    for (size_t r = 0; r < t->rows; r++) {
        name = wider(name, t->row[r].name);
        kind = wider(kind, t->row[r].kind);
    }
    fprintf(to, "\n%s\n%-*s %-*s", t->title, name, "", kind, "");
    for (size_t c = 0; t->columns[c]; c++) {
        if (is_shown(t, c)) {
            fprintf(to, " %*s", wider(NUMBER_WIDTH, t->columns[c]), t->columns[c]);
        }
    }
    fprintf(to, "\n");
    for (size_t r = 0; r < t->rows; r++) {
        fprintf(to, "%-*s %-*s", name, t->row[r].name, kind, t->row[r].kind);
        for (size_t c = 0; t->columns[c]; c++) {
            if (is_shown(t, c)) {
                fprintf(to, " %*s", wider(NUMBER_WIDTH, t->columns[c]),
                        number(text, "%.4g", t->row[r].v[c]));
            }
        }
        fprintf(to, "\n");
    }
}

static void print_markdown(const struct table *t, FILE *to) {
    char text[NUMBER_TEXT];
    fprintf(to, "\n## %s\n\n| | |", t->title);
    for (size_t c = 0; t->columns[c]; c++) {
        fprintf(to, " %s |", t->columns[c]);
    }
    fprintf(to, "\n|---|---|");
    for (size_t c = 0; t->columns[c]; c++) {
        fprintf(to, "---:|");
    }
    fprintf(to, "\n");
    for (size_t r = 0; r < t->rows; r++) {
        fprintf(to, "| %s | %s |", t->row[r].name, t->row[r].kind);
        for (size_t c = 0; t->columns[c]; c++) {
            fprintf(to, " %s |", number(text, "%.4g", t->row[r].v[c]));
        }
        fprintf(to, "\n");
    }
}

// Names hold commas.
static void print_csv(const struct table *t, FILE *to) {
    char text[NUMBER_TEXT];
    fprintf(to, "table,name,kind");
    for (size_t c = 0; t->columns[c]; c++) {
        fprintf(to, ",%s", t->columns[c]);
    }
    fprintf(to, "\n");
    for (size_t r = 0; r < t->rows; r++) {
        fprintf(to, "%s,\"%s\",%s", t->name, t->row[r].name, t->row[r].kind);
        for (size_t c = 0; t->columns[c]; c++) {
            fprintf(to, ",%s", number(text, "%.9g", t->row[r].v[c]));
        }
        fprintf(to, "\n");
    }
}

void table_print(const struct table *table, enum table_format format, FILE *to) {
    static void (*const print[])(const struct table *, FILE *) = {print_text, print_markdown,
                                                                  print_csv};
    print[format](table, to);
}

json_t *table_json(const struct table *t) {
    json_t *rows = json_array();
    for (size_t r = 0; r < t->rows; r++) {
        json_t *row = json_pack("{s:s, s:s}", "name", t->row[r].name, "kind", t->row[r].kind);
        for (size_t c = 0; t->columns[c]; c++) {
            json_object_set_new(row, t->columns[c],
                                isnan(t->row[r].v[c]) ? json_null() : json_real(t->row[r].v[c]));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

void table_choose_format(struct argp_state *state, enum table_format asked,
                         enum table_format *format) {
    if (*format != TABLE_TEXT && *format != asked) {
        argp_error(state, "only one of --markdown, --csv and --json can be printed");
    }
    *format = asked;
}
