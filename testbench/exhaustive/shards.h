// SPDX-License-Identifier: Apache-2.0
// All 2^32 inputs of a function in 256 shards, in several processes, resumable: a finished shard is
// a line of a file, which is named after what was run, so that results of other sources never mix.
#pragma once

#include "result.h"

enum { SHARDS_PATH = 512 };

// FOLDER/FUNCTION-SIDE-FINGERPRINT.txt; the fingerprint is that of the files, in the order given,
// which the patterns (of glob, separated by blanks) match, as they are now: only a program that is
// up to date, as make leaves it, may add to the file. SE_IO when a pattern matches none.
enum se_status shards_path(const char *folder, const struct function *f, const char *side,
                           const char *patterns, char path[static SHARDS_PATH],
                           struct se_error *err);

// The two sides: C against the reference, and RTL against C. SE_INVALID when the path is too long.
enum se_status shards_path_c(const char *folder, const struct function *f,
                             char path[static SHARDS_PATH], struct se_error *err);
enum se_status shards_path_rtl(const char *folder, const struct function *f,
                               char path[static SHARDS_PATH], struct se_error *err);

typedef enum se_status check_shard(const struct function *f, unsigned shard, struct result *r,
                                   struct se_error *err);

// Runs the shards that the file does not have yet in `jobs` processes. `tools` names what they are
// run with, beside processor, compiler and libc. Prints a summary; SE_INVALID when shards are left.
enum se_status shards_run(const struct function *f, const char *side, const char *path,
                          unsigned jobs, const char *tools, check_shard *check,
                          struct se_error *err);
