// SPDX-License-Identifier: Apache-2.0
// exhaustive-rtl FOLDER JOBS FUNCTION...: every input through the RTL, result and flags compared
// bit for bit with the C model.
#include "../exhaustive/shards.h"
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16, WORDS = 2 };

struct bench {
    struct se_rtl *rtl;
    uint32_t in[CHUNK], out[WORDS * CHUNK], expected[WORDS * CHUNK];
};

static enum se_status compare_chunk(struct bench *b, uint32_t first, struct result *r,
                                    struct se_error *err) {
    const struct se_rtl_block *block = se_rtl_describe(b->rtl);
    size_t words = (size_t)se_rtl_words(block->out);
    for (uint32_t i = 0; i < CHUNK; i++) {
        b->in[i] = first + i;
    }
    se_golden_stream(block, NULL, CHUNK, b->in, b->expected);
    enum se_status status = se_rtl_stream(b->rtl, CHUNK, b->in, CHUNK, b->out, NULL, err);
    if (status != SE_OK) {
        return status;
    }
    r->count[INPUTS] += CHUNK;
    if (!memcmp(b->out, b->expected, CHUNK * words * sizeof *b->out)) {
        return SE_OK;
    }
    for (uint32_t i = 0; i < CHUNK; i++) {
        if (memcmp(b->out + i * words, b->expected + i * words, words * sizeof *b->out) != 0) {
            r->first_difference = r->count[DIFFERENCES] ? r->first_difference : b->in[i];
            r->count[DIFFERENCES]++;
        }
    }
    return SE_OK;
}

// One instance a process and function.
static enum se_status compare_shard(const struct function *f, unsigned shard, struct result *r,
                                    struct se_error *err) {
    static struct bench bench;
    const struct se_rtl_options options = {0};
    enum se_status status = bench.rtl ? SE_OK : se_rtl_open(&bench.rtl, f->block, 0, &options, err);
    for (uint32_t at = 0; at < UINT32_C(1) << SHARD_LOG2 && status == SE_OK; at += CHUNK) {
        status = compare_chunk(&bench, ((uint32_t)shard << SHARD_LOG2) + at, r, err);
    }
    return status;
}

static enum se_status run(const char *folder, unsigned jobs, const char *name,
                          struct se_error *err) {
    char path[SHARDS_PATH];
    const struct function *f = function_find(name);
    if (!f) {
        return se_fail(err, SE_INVALID, "there is no function '%s'", name);
    }
    if (!se_rtl_find(f->block, 0)) {
        return se_fail(err, SE_INVALID, "there is no RTL block '%s'", f->block);
    }
    enum se_status status = shards_path_rtl(folder, f, path, err);
    return status == SE_OK ? shards_run(f, "rtl", path, jobs, se_rtl_version(), compare_shard, err)
                           : status;
}

int main(int argc, char **argv) {
    struct se_error err;
    int failed = 0;
    if (argc < 4 || atoi(argv[2]) < 1) {
        fprintf(stderr, "usage: %s FOLDER JOBS FUNCTION...\n", argv[0]);
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (run(argv[1], (unsigned)atoi(argv[2]), argv[i], &err) != SE_OK) {
            fprintf(stderr, "%s\n", err.message);
            failed = 1;
        }
    }
    return failed;
}
