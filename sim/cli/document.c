// SPDX-License-Identifier: Apache-2.0
#include "document.h"

#include "cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 4000, CELL_TEXT = 400, CELL = 96 };

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1320px;margin:2em auto;padding:0 1em;"
    "color:#1f2328}"
    "h1,h2{line-height:1.25}h2{margin-top:2em;border-bottom:1px solid #d0d7de}"
    "table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}"
    "th,td{border:1px solid #d0d7de;padding:3px 8px;vertical-align:top}"
    "th{background:#f6f8fa;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}"
    "tr:nth-child(even) td{background:#fafbfc}code{background:#f6f8fa;padding:0 3px}"
    "small{color:#57606a}figure{margin:1em "
    "0}img{max-width:100%}figcaption{color:#57606a;font-size:13px}";

// ---- text ---------------------------------------------------------------------------------------

static void put_plain(FILE *to, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        default:
            fputc(text[i], to);
        }
    }
}

// [text](address) at `text`: its length, or 0.
static size_t put_link(FILE *to, const char *text) {
    const char *middle = strstr(text, "]("), *end = middle ? strchr(middle, ')') : NULL;
    if (*text != '[' || !end) {
        return 0;
    }
    fprintf(to, "<a href=\"%.*s\">", (int)(end - middle - 2), middle + 2);
    put_plain(to, text + 1, (size_t)(middle - text - 1));
    fputs("</a>", to);
    return (size_t)(end + 1 - text);
}

static void put_html(FILE *to, const char *text) {
    bool code = false;
    while (*text) {
        size_t link = code ? 0 : put_link(to, text);
        if (link) {
            text += link;
        } else if (*text == '`') {
            code = !code;
            fputs(code ? "<code>" : "</code>", to);
            text++;
        } else {
            put_plain(to, text++, 1);
        }
    }
}

static void put(const struct document *d, const char *text) {
    if (d->html) {
        put_html(d->to, text);
    } else {
        fputs(text, d->to);
    }
}

// A cell: what stands behind a line's end is a remark on what stands before it.
static void put_cell(const struct document *d, const char *cell) {
    char value[CELL_TEXT];
    const size_t length = strcspn(cell, "\n");
    snprintf(value, sizeof value, "%.*s", (int)length, cell);
    put(d, value);
    if (cell[length]) {
        fputs(d->html ? "<br><small>" : " (", d->to);
        put(d, cell + length + 1);
        fputs(d->html ? "</small>" : ")", d->to);
    }
}

void document_begin(const struct document *d, const char *title) {
    if (d->html) {
        fprintf(d->to,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n"
                "<style>%s</style>\n</head>\n<body>\n<h1>%s</h1>\n",
                title, style, title);
    } else {
        fprintf(d->to, "# %s\n", title);
    }
}

void document_end(const struct document *d) {
    if (d->html) {
        fputs("</body>\n</html>\n", d->to);
    }
}

void document_heading(const struct document *d, const char *text) {
    fprintf(d->to, d->html ? "<h2>%s</h2>\n" : "\n## %s\n", text);
}

void document_text(const struct document *d, const char *format, ...) {
    char text[TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fputs(d->html ? "<p>" : "\n", d->to);
    put(d, text);
    fputs(d->html ? "</p>\n" : "\n", d->to);
}

// ---- tables -------------------------------------------------------------------------------------

void document_table_begin(const struct document *d, size_t n, const char *const *columns,
                          size_t texts) {
    fputs(d->html ? "<table>\n<tr>" : "\n|", d->to);
    for (size_t i = 0; i < n; i++) {
        fputs(d->html ? "<th>" : " ", d->to);
        put(d, columns[i]);
        fputs(d->html ? "</th>" : " |", d->to);
    }
    if (d->html) {
        fputs("</tr>\n", d->to);
        return;
    }
    fputs("\n|", d->to);
    for (size_t i = 0; i < n; i++) {
        fputs(i < texts ? "---|" : "---:|", d->to);
    }
    fputc('\n', d->to);
}

void document_row(const struct document *d, size_t n, const char *const *cells, size_t texts) {
    fputs(d->html ? "<tr>" : "|", d->to);
    for (size_t i = 0; i < n; i++) {
        fputs(!d->html ? " " : i < texts ? "<td>" : "<td class=\"n\">", d->to);
        put_cell(d, cells[i]);
        fputs(d->html ? "</td>" : " |", d->to);
    }
    fputs(d->html ? "</tr>\n" : "\n", d->to);
}

void document_table_end(const struct document *d) {
    if (d->html) {
        fputs("</table>\n", d->to);
    }
}

static bool has_band(const struct table *t, size_t column) {
    return t->columns[column + 1] && strstr(t->columns[column + 1], "_low");
}

static void cell_of(const struct table *t, const double *v, size_t column, char *cell) {
    *cell = 0;
    if (isnan(v[column])) {
        return;
    }
    if (has_band(t, column) && v[column + 1] != v[column + 2]) {
        snprintf(cell, CELL, "%.4g\n%.3g to %.3g", v[column], v[column + 1], v[column + 2]);
    } else {
        snprintf(cell, CELL, "%.4g", v[column]);
    }
}

void document_table(const struct document *d, const struct table *t) {
    enum { TEXTS = 2, COLUMNS = TABLE_COLUMNS + TEXTS };
    const char *columns[COLUMNS] = {"", ""}, *cells[COLUMNS];
    char texts[COLUMNS][CELL];
    size_t n = TEXTS;
    for (size_t c = 0; t->columns[c]; c += has_band(t, c) ? 3 : 1) {
        columns[n++] = t->columns[c];
    }
    document_table_begin(d, n, columns, TEXTS);
    for (size_t r = 0; r < t->rows; r++) {
        cells[0] = t->row[r].name;
        cells[1] = t->row[r].kind;
        n = TEXTS;
        for (size_t c = 0; t->columns[c]; c += has_band(t, c) ? 3 : 1) {
            cell_of(t, t->row[r].v, c, texts[n]);
            cells[n] = texts[n];
            n++;
        }
        document_row(d, n, cells, TEXTS);
    }
    document_table_end(d);
}

// ---- pictures -----------------------------------------------------------------------------------

static void put_base64(FILE *to, FILE *from) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char in[3];
    for (size_t n; (n = fread(in, 1, sizeof in, from)) > 0;) {
        uint32_t bits = (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) |
                        (n > 2 ? (uint32_t)in[2] : 0);
        for (size_t i = 0; i < 4; i++) {
            fputc(i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=', to);
        }
    }
}

void document_picture(const struct document *d, const char *name, const char *caption) {
    char path[CLI_PATH_MAX], file[100];
    snprintf(file, sizeof file, "%s.svg", name);
    if (!d->html) {
        fprintf(d->to, "\n![%s](%s)\n", caption, file);
        return;
    }
    FILE *picture = cli_path(path, d->directory, file, NULL) ? NULL : fopen(path, "rb");
    if (picture) {
        fprintf(d->to, "<figure><img alt=\"%s\" src=\"data:image/svg+xml;base64,", caption);
        put_base64(d->to, picture);
        fprintf(d->to, "\"><figcaption>%s</figcaption></figure>\n", caption);
        fclose(picture);
    }
}
