// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void bench_add(struct bench *bench, struct bench_row row) {
    if (bench->rows == BENCH_ROWS) {
        stop("more rows than BENCH_ROWS");
    }
    bench->row[bench->rows++] = row;
}

static double seconds_of(clockid_t clock, const struct bench_task *task) {
    struct timespec start, end;
    clock_gettime(clock, &start);
    task->run(task->argument);
    clock_gettime(clock, &end);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, BENCH_REPETITIONS, sizeof *values, ascending);
    return values[BENCH_REPETITIONS / 2];
}

static size_t task_called(const char *name, size_t tasks, const struct bench_task *task) {
    size_t i = 0;
    while (i < tasks && strcmp(task[i].name, name)) {
        i++;
    }
    if (i == tasks) {
        stop("a ratio to a task that is not there");
    }
    return i;
}

void bench_tasks(struct bench *bench, const char *section, clockid_t clock, size_t tasks,
                 const struct bench_task *task, double scale, const char *unit) {
    double seconds[BENCH_TASKS][BENCH_REPETITIONS], values[BENCH_REPETITIONS];
    if (tasks > BENCH_TASKS) {
        stop("more tasks than BENCH_TASKS");
    }
    for (int round = -1; round < BENCH_REPETITIONS; round++) {
        for (size_t i = 0; i < tasks; i++) {
            seconds[i][round < 0 ? 0 : round] = seconds_of(clock, &task[i]);
        }
    }
    for (size_t i = 0; i < tasks; i++) {
        struct bench_row row = {
            .section = section, .name = task[i].name, .unit = unit, .ratio_to = task[i].ratio_to};
        if (row.ratio_to) {
            const double *other = seconds[task_called(row.ratio_to, tasks, task)];
            for (int r = 0; r < BENCH_REPETITIONS; r++) {
                values[r] = seconds[i][r] / other[r];
            }
            row.ratio = median(values);
        }
        memcpy(values, seconds[i], sizeof values);
        row.value = scale * median(values);
        bench_add(bench, row);
    }
}
