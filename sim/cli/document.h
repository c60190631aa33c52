// SPDX-License-Identifier: Apache-2.0
// A report written as Markdown or as one HTML page that needs no other file.
#pragma once

#include "estimate_table.h"

#include <stdbool.h>

struct document {
    FILE *to;
    bool html;
    const char *directory; // where pictures are
};

// A page's head with its title, and its end (nothing in Markdown but the title).
void document_begin(const struct document *d, const char *title);
void document_end(const struct document *d);

void document_heading(const struct document *d, const char *text);

// A paragraph; `backquoted` words are code, [text](address) is a link.
__attribute__((format(printf, 2, 3))) void document_text(const struct document *d,
                                                         const char *format, ...);

// A table of texts: begin with the columns, whose first `texts` are words and the others numbers.
// What stands in a cell behind a line's end is a remark on what stands before it.
void document_table_begin(const struct document *d, size_t n, const char *const *columns,
                          size_t texts);
void document_row(const struct document *d, size_t n, const char *const *cells, size_t texts);
void document_table_end(const struct document *d);

// An estimate's table: columns NAME, NAME_low, NAME_high become one, value and band.
void document_table(const struct document *d, const struct table *table);

// DIRECTORY/NAME.svg: a link in Markdown, the picture itself in HTML, nothing where it is missing.
void document_picture(const struct document *d, const char *name, const char *caption);
