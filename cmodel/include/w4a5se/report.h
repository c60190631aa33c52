// SPDX-License-Identifier: Apache-2.0
// Reports: files that a run writes about itself, whole or not at all.
#pragma once

#include "w4a5se/status.h"

#include <stdio.h>

struct json_t; // jansson's

// When and where a run took place.
struct se_origin {
    char date[32];       // "2026-01-31 23:59 UTC"
    char host[128];      // system, release and machine
    char processor[128]; // as /proc/cpuinfo names it
};

struct se_origin se_origin_now(void);

// Writes DIRECTORY/NAME, which `print` fills from data. SE_INVALID when the path is too long, else
// as se_file_open and se_file_commit.
enum se_status se_report_text(const char *directory, const char *name,
                              void (*print)(const void *data, FILE *to), const void *data,
                              struct se_error *err);

// The same of a JSON value, whose reference it takes; NULL (a value that could not be made) is
// SE_INVALID.
enum se_status se_report_json(const char *directory, const char *name, struct json_t *root,
                              struct se_error *err);
