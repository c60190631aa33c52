// SPDX-License-Identifier: Apache-2.0
// bench-test DIRECTORY: runs every section, prints its rows, writes them to DIRECTORY/bench.*.
#include "report.h"

static void (*const sections[])(struct bench *) = {bench_fp, bench_scan, bench_models,
                                                   bench_rtl_units, bench_engines};

int main(int argc, char **argv) {
    static struct bench bench;
    struct se_error err;
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        sections[i](&bench);
    }
    bench_print(&bench, stdout);
    if (bench_write(&bench, argv[1], &err) != SE_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        return 1;
    }
    return 0;
}
