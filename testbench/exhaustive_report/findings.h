// SPDX-License-Identifier: Apache-2.0
// What the finished shards say about each function, and its special values now.
#pragma once

#include "../exhaustive/shards.h"

#include <stdio.h>

enum { FUNCTIONS_MAX = 8 };

struct finding {
    const struct function *f;
    struct tally c, rtl; // of the sources as they are; without shards where none were run
    uint32_t special[SPECIALS_MAX]; // results now
    bool broken;                    // something promised does not hold
};

struct findings {
    size_t n;
    struct finding of[FUNCTIONS_MAX];
};

enum se_status findings_read(const char *folder, struct findings *findings, struct se_error *err);

// data: struct findings.
void findings_write_markdown(const void *data, FILE *to);

// A new reference.
struct json_t *findings_json(const struct findings *findings);
