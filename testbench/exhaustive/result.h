// SPDX-License-Identifier: Apache-2.0
// What a shard of inputs, or several added up, gave; and the file that keeps one line a shard.
#pragma once

#include "functions.h"

#include "w4a5se/status.h"

#include <time.h>

enum { SHARDS = 256, SHARD_LOG2 = 24 };

enum count {
    INPUTS,
    SPECIAL,         // NaN, infinities, numbers outside the domain
    SPECIAL_WRONG,   // of these, with another result than promised
    CORRECT,         // numbers with correctly rounded results; conversions: equal to the reference
    BY_MPFR,         // so near a tie that MPFR decided
    SUBNORMAL,       // results that are, or should be, subnormal
    SUBNORMAL_WRONG, // of these, not correctly rounded
    FALLS,           // neighbours whose results are in the wrong order
    BATCH_DIFFERS,   // from the scalar function
    DIFFERENCES,     // from the reference of a conversion; of RTL from C
    COUNTS
};

struct worst {
    double value;
    uint32_t input;
};

struct result {
    uint64_t count[COUNTS];
    struct worst ulps[REGIONS_MAX], relative[REGIONS_MAX];
    uint32_t first_difference; // an input, where DIFFERENCES is not 0
};

void result_add(struct result *sum, const struct result *r);

// The shards of a file, added up, and what they were run on.
enum { RUNS_MAX = 16, RUN_TEXT = 512 };

struct tally {
    struct result sum;
    bool done[SHARDS];
    unsigned shards;
    time_t first, last; // when shards were finished
    unsigned runs;
    char run[RUNS_MAX][RUN_TEXT]; // each kind of host and tools once
};

// A file that does not exist is one without lines. A cut-off line is not counted. SE_IO when it
// cannot be read.
enum se_status result_read(const char *path, struct tally *tally, struct se_error *err);

// Each appends one line in one write, so that processes can share the file.
enum se_status result_append_shard(const char *path, unsigned shard, const struct result *r,
                                   struct se_error *err);
enum se_status result_append_run(const char *path, const char *text, struct se_error *err);
