// SPDX-License-Identifier: Apache-2.0
#include "result.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 2048 };

static void add_worst(struct worst *sum, const struct worst *w) {
    for (int i = 0; i < REGIONS_MAX; i++) {
        sum[i] = w[i].value > sum[i].value ? w[i] : sum[i];
    }
}

void result_add(struct result *sum, const struct result *r) {
    const uint64_t *n = r->count;
    if (n[DIFFERENCES] &&
        (!sum->count[DIFFERENCES] || r->first_difference < sum->first_difference)) {
        sum->first_difference = r->first_difference;
    }
    for (int i = 0; i < COUNTS; i++) {
        sum->count[i] += n[i];
    }
    add_worst(sum->ulps, r->ulps);
    add_worst(sum->relative, r->relative);
}

// ---- lines: "run TEXT" and "shard NUMBER TIME COUNTS... FIRST_DIFFERENCE WORSTS..."

static bool read_worst(const char **at, struct worst *w) {
    for (int i = 0; i < REGIONS_MAX; i++) {
        int length = 0;
        if (sscanf(*at, "%lf:%" SCNx32 "%n", &w[i].value, &w[i].input, &length) != 2) {
            return false;
        }
        *at += length;
    }
    return true;
}

static bool read_shard(const char *at, unsigned *shard, long long *finished, struct result *r) {
    int length = 0;
    if (sscanf(at, "%u %lld%n", shard, finished, &length) != 2 || *shard >= SHARDS) {
        return false;
    }
    at += length;
    for (int i = 0; i < COUNTS; i++, at += length) {
        if (sscanf(at, "%" SCNu64 "%n", &r->count[i], &length) != 1) {
            return false;
        }
    }
    if (sscanf(at, "%" SCNx32 "%n", &r->first_difference, &length) != 1) {
        return false;
    }
    at += length;
    return read_worst(&at, r->ulps) && read_worst(&at, r->relative);
}

static void add_run(struct tally *tally, const char *text) {
    for (unsigned i = 0; i < tally->runs; i++) {
        if (!strcmp(tally->run[i], text)) {
            return;
        }
    }
    if (tally->runs < RUNS_MAX) {
        snprintf(tally->run[tally->runs++], RUN_TEXT, "%.*s", RUN_TEXT - 1, text);
    }
}

static void add_shard(struct tally *tally, const char *text) {
    struct result r;
    unsigned shard;
    long long finished;
    if (!read_shard(text, &shard, &finished, &r) || tally->done[shard]) {
        return;
    }
    tally->done[shard] = true;
    tally->first = !tally->shards || finished < tally->first ? finished : tally->first;
    tally->last = finished > tally->last ? finished : tally->last;
    tally->shards++;
    result_add(&tally->sum, &r);
}

enum se_status result_read(const char *path, struct tally *tally, struct se_error *err) {
    char line[LINE];
    FILE *in = fopen(path, "r");
    *tally = (struct tally){0};
    if (!in) {
        return errno == ENOENT ? SE_OK
                               : se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    while (fgets(line, sizeof line, in)) {
        char *end = strchr(line, '\n');
        if (end) {
            *end = 0;
            if (!strncmp(line, "run ", 4)) {
                add_run(tally, line + 4);
            } else if (!strncmp(line, "shard ", 6)) {
                add_shard(tally, line + 6);
            }
        }
    }
    bool failed = ferror(in);
    fclose(in);
    return failed ? se_fail(err, SE_IO, "cannot read %s", path) : SE_OK;
}

struct line {
    size_t length;
    char text[LINE];
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof line->text - line->length;
    int n = vsnprintf(line->text + line->length, room, format, arguments);
    va_end(arguments);
    line->length += (size_t)n < room ? (size_t)n : room - 1;
}

static void put_worst(struct line *line, const struct worst *w) {
    for (int i = 0; i < REGIONS_MAX; i++) {
        put(line, " %.17g:%08" PRIX32, w[i].value, w[i].input);
    }
}

static enum se_status append(const char *path, const struct line *line, struct se_error *err) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool good = file >= 0 && write(file, line->text, line->length) == (ssize_t)line->length;
    int error = errno;
    if (file >= 0 && close(file) != 0) {
        good = false;
    }
    return good ? SE_OK : se_fail(err, SE_IO, "cannot write %s: %s", path, strerror(error));
}

enum se_status result_append_shard(const char *path, unsigned shard, const struct result *r,
                                   struct se_error *err) {
    struct line line = {0};
    put(&line, "shard %u %lld", shard, (long long)time(NULL));
    for (int i = 0; i < COUNTS; i++) {
        put(&line, " %" PRIu64, r->count[i]);
    }
    put(&line, " %08" PRIX32, r->first_difference);
    put_worst(&line, r->ulps);
    put_worst(&line, r->relative);
    put(&line, "\n");
    return append(path, &line, err);
}

enum se_status result_append_run(const char *path, const char *text, struct se_error *err) {
    struct line line = {0};
    put(&line, "run %.*s\n", RUN_TEXT - 1, text);
    return append(path, &line, err);
}
