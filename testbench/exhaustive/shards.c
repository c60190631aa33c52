// SPDX-License-Identifier: Apache-2.0
#include "shards.h"

#include <glob.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- which results may be added up

// FNV-1a.
static bool add_file(const char *path, uint64_t *hash) {
    FILE *in = fopen(path, "r");
    if (!in) {
        return false;
    }
    for (int c = getc(in); c != EOF; c = getc(in)) {
        *hash = (*hash ^ (uint64_t)c) * UINT64_C(0x100000001B3);
    }
    return fclose(in) == 0;
}

static bool add_files(const char *pattern, uint64_t *hash) {
    glob_t found;
    bool good = glob(pattern, 0, NULL, &found) == 0;
    for (size_t i = 0; good && i < found.gl_pathc; i++) {
        good = add_file(found.gl_pathv[i], hash);
    }
    globfree(&found);
    return good;
}

enum se_status shards_path(const char *folder, const struct function *f, const char *side,
                           const char *patterns, char path[static SHARDS_PATH],
                           struct se_error *err) {
    char list[SHARDS_PATH], *rest = NULL;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    snprintf(list, sizeof list, "%s", patterns);
    for (char *p = strtok_r(list, " ", &rest); p; p = strtok_r(NULL, " ", &rest)) {
        if (!add_files(p, &hash)) {
            return se_fail(err, SE_IO, "%s: cannot read %s", f->name, p);
        }
    }
    int length =
        snprintf(path, SHARDS_PATH, "%s/%s-%s-%016" PRIx64 ".txt", folder, f->name, side, hash);
    return length < SHARDS_PATH ? SE_OK : se_fail(err, SE_INVALID, "%s is too long", folder);
}

// What checks C decides the results with it.
enum se_status shards_path_c(const char *folder, const struct function *f,
                             char path[static SHARDS_PATH], struct se_error *err) {
    char patterns[SHARDS_PATH];
    snprintf(patterns, sizeof patterns,
             "%s testbench/exhaustive_c/*.[ch] testbench/exhaustive/functions.[ch]", f->sources);
    return shards_path(folder, f, "c", patterns, path, err);
}

// The RTL is what Verilator made of it, without its tracing.
enum se_status shards_path_rtl(const char *folder, const struct function *f,
                               char path[static SHARDS_PATH], struct se_error *err) {
    char patterns[SHARDS_PATH];
    snprintf(patterns, sizeof patterns, "%s build/verilated/%s/V%s___024root__DepSet*.cpp",
             f->sources, f->block, f->block);
    return shards_path(folder, f, "rtl", patterns, path, err);
}

static void describe_run(const char *tools, char text[static RUN_TEXT]) {
    char line[256], processor[128] = "unknown processor";
    FILE *in = fopen("/proc/cpuinfo", "r");
    while (in && fgets(line, sizeof line, in)) {
        if (sscanf(line, "model name : %127[^\n]", processor) == 1) {
            break;
        }
    }
    if (in) {
        fclose(in);
    }
    snprintf(text, RUN_TEXT, "%s; GCC %s, glibc %s, %s", processor, __VERSION__,
             gnu_get_libc_version(), tools);
}

// ---- processes that share the shards

struct shared {
    atomic_uint next, finished;
    unsigned left;
    double start;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void show_progress(const struct shared *shared, const char *name, const char *side) {
    unsigned n = shared->finished;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%s, %s: %u of %u shards, %.0f s left", name, side, n, shared->left,
                (now() - shared->start) * (shared->left - n) / n);
    }
}

static enum se_status work(const struct function *f, const char *side, const char *path,
                           const bool *done, struct shared *shared, check_shard *check,
                           struct se_error *err) {
    enum se_status status = SE_OK;
    for (unsigned shard = shared->next++; shard < SHARDS && status == SE_OK;
         shard = shared->next++) {
        struct result r = {0};
        if (done[shard]) {
            continue;
        }
        status = check(f, shard, &r, err);
        if (status == SE_OK) {
            status = result_append_shard(path, shard, &r, err);
            shared->finished++;
            show_progress(shared, f->name, side);
        }
    }
    return status;
}

static void print_summary(const struct function *f, const char *side, const struct tally *tally) {
    const uint64_t *n = tally->sum.count;
    printf("%s, %s: %u of %d shards, %" PRIu64 " inputs, %" PRIu64 " differences", f->name, side,
           tally->shards, SHARDS, n[INPUTS], n[DIFFERENCES]);
    if (n[CORRECT] && !f->conversion) {
        printf(", at most %.6f ulp (%08" PRIX32 ")", tally->sum.ulps[f->promised].value,
               tally->sum.ulps[f->promised].input);
    }
    if (n[DIFFERENCES]) {
        printf(", the first at %08" PRIX32, tally->sum.first_difference);
    }
    printf("\n");
}

enum se_status shards_run(const struct function *f, const char *side, const char *path,
                          unsigned jobs, const char *tools, check_shard *check,
                          struct se_error *err) {
    struct tally tally;
    char text[RUN_TEXT];
    enum se_status status = result_read(path, &tally, err);
    if (status == SE_OK && tally.shards < SHARDS) {
        describe_run(tools, text);
        status = result_append_run(path, text, err);
    }
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (status != SE_OK || shared == MAP_FAILED) {
        return status != SE_OK ? status : se_fail(err, SE_NO_MEMORY, "no memory to share");
    }
    shared->left = SHARDS - tally.shards;
    shared->start = now();
    fflush(stdout);
    for (unsigned job = 0; job < jobs && tally.shards < SHARDS; job++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            status = work(f, side, path, tally.done, shared, check, err);
            if (status != SE_OK) {
                fprintf(stderr, "\n%s\n", err->message);
            }
            _exit(status != SE_OK);
        }
    }
    while (wait(NULL) > 0) {
    }
    if (shared->finished && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
    munmap(shared, sizeof *shared);
    status = result_read(path, &tally, err);
    if (status != SE_OK) {
        return status;
    }
    print_summary(f, side, &tally);
    return tally.shards == SHARDS ? SE_OK
                                  : se_fail(err, SE_INVALID, "%s, %s: %u of %d shards are left",
                                            f->name, side, SHARDS - tally.shards, SHARDS);
}
