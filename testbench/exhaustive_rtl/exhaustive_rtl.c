// SPDX-License-Identifier: Apache-2.0
// exhaustive-rtl FUNCTION FOLDER [JOBS]: all 2^32 inputs of exp or log1p through the RTL, compared
// bit for bit with the model. Shards and resuming as in testbench/exhaustive.
#include "golden.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHARDS = 256, SHARD_LOG2 = 24, CHUNK = 1 << 16 };

struct bench {
    const struct se_rtl_block *block;
    struct se_rtl *rtl;
    uint32_t in[CHUNK], out[CHUNK], expected[CHUNK];
};

static uint64_t differences(struct bench *b, uint32_t first) {
    struct se_error err;
    for (uint32_t i = 0; i < CHUNK; i++) {
        b->in[i] = first + i;
    }
    se_golden_stream(b->block, NULL, CHUNK, b->in, b->expected);
    if (se_rtl_stream(b->rtl, CHUNK, b->in, CHUNK, b->out, NULL, &err) != SE_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    uint64_t n = 0;
    for (uint32_t i = 0; i < CHUNK; i++) {
        bool differs = b->out[i] != b->expected[i];
        if (differs && n == 0) {
            fprintf(stderr, "\n%08" PRIX32 ": RTL %08" PRIX32 ", model %08" PRIX32 "\n", b->in[i],
                    b->out[i], b->expected[i]);
        }
        n += differs;
    }
    return n;
}

static unsigned read_lines(const char *path, bool *done, uint64_t *differing) {
    unsigned n = 0;
    char line[64];
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in)) {
        unsigned shard;
        uint64_t d;
        if (sscanf(line, "%u %" SCNu64 "\n", &shard, &d) == 2 && strchr(line, '\n') &&
            shard < SHARDS && !done[shard]) {
            done[shard] = true;
            *differing += d;
            n++;
        }
    }
    if (in) {
        fclose(in);
    }
    return n;
}

static void work(const char *name, const char *path, const bool *done, unsigned job,
                 unsigned jobs) {
    static struct bench bench;
    struct se_error err;
    const struct se_rtl_options options = {0};
    bench.block = se_rtl_find(name, 0);
    if (se_rtl_open(&bench.rtl, name, 0, &options, &err) != SE_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    unsigned left = 0, seen = 0, finished = 0;
    time_t start = time(NULL);
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        left += !done[shard];
    }
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        if (done[shard] || seen++ % jobs != job) {
            continue;
        }
        uint64_t n = 0;
        for (uint32_t at = 0; at < 1u << SHARD_LOG2; at += CHUNK) {
            n += differences(&bench, (shard << SHARD_LOG2) + at);
        }
        FILE *out = fopen(path, "a");
        if (!out) {
            perror(path);
            exit(1);
        }
        fprintf(out, "%u %" PRIu64 "\n", shard, n);
        fclose(out);
        finished++;
        if (job == 0) {
            double each = (double)(time(NULL) - start) / finished;
            fprintf(stderr, "\r%s: %u of %u shards, %.0f s left ", name, finished * jobs, left,
                    each * (left / jobs - finished));
        }
    }
    se_rtl_close(bench.rtl);
}

int main(int argc, char **argv) {
    char name[64], path[4096];
    if (argc < 3 || (strcmp(argv[1], "exp") && strcmp(argv[1], "log1p"))) {
        fprintf(stderr, "usage: %s exp|log1p FOLDER [JOBS]\n", argv[0]);
        return 2;
    }
    snprintf(name, sizeof name, "fp32_%s", argv[1]);
    snprintf(path, sizeof path, "%s/%s-rtl.txt", argv[2], argv[1]);
    unsigned jobs = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    bool done[SHARDS] = {false}, finished[SHARDS] = {false};
    uint64_t ignored = 0, differing = 0;
    read_lines(path, done, &ignored);
    for (unsigned job = 0; job < jobs; job++) {
        if (fork() == 0) {
            work(name, path, done, job, jobs);
            exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    unsigned n = read_lines(path, finished, &differing);
    printf("\n%s: RTL and model compared on %u of %d shards of 2^24 inputs, %" PRIu64
           " differences\n",
           name, n, SHARDS, differing);
    printf("%s-rtl: %u passed, %u failed\n", argv[1], differing ? 0 : n,
           differing ? SHARDS : SHARDS - n);
    return differing || n < SHARDS;
}
