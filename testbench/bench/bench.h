// SPDX-License-Identifier: Apache-2.0
// What the sections of `make bench` share. A section is one file: it times what it is about, all in
// turns, and adds rows. main.c lists the sections.
#pragma once

#include <stddef.h>
#include <time.h>

struct bench_row {
    const char *section, *name;
    double value;
    const char *unit;
    double ratio; // to the row called ratio_to of the same section; 0 where there is none
    const char *ratio_to;
};

enum { BENCH_ROWS = 200, BENCH_TASKS = 32, BENCH_REPETITIONS = 41 };

struct bench {
    size_t rows;
    struct bench_row row[BENCH_ROWS];
};

// Rows beyond BENCH_ROWS end the program.
void bench_add(struct bench *bench, struct bench_row row);

struct bench_task {
    const char *name;
    void (*run)(const void *argument);
    const void *argument;
    const char *ratio_to; // another task's name, or NULL
};

// Runs each task once in turn, BENCH_REPETITIONS times over, after one round that does not count;
// adds a row for each: the median of its seconds times `scale`, and the median of its
// ratios, each of which is of one round. So what else the machine does weighs on both sides alike.
// Seconds are those of `clock`: CLOCK_THREAD_CPUTIME_ID, or CLOCK_MONOTONIC for threads that share
// the work.
void bench_tasks(struct bench *bench, const char *section, clockid_t clock, size_t tasks,
                 const struct bench_task *task, double scale, const char *unit);

void bench_fp(struct bench *bench);
void bench_scan(struct bench *bench);
void bench_rtl_units(struct bench *bench);
void bench_engines(struct bench *bench);
void bench_models(struct bench *bench);
