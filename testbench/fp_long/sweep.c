// SPDX-License-Identifier: Apache-2.0
#include "sweep.h"

#include "../reference/corners.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 500000 };

struct work {
    pthread_mutex_t lock;
    struct fp_sweep *sweep;
    uint64_t chunks;      // of each operation
    uint64_t taken, done; // over all operations
    double start;
};

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t chunk_state(uint64_t seed, uint64_t operation, uint64_t chunk) {
    uint64_t state = seed;
    state = ref_random(&state) + operation;
    return ref_random(&state) + chunk * UINT64_C(0xD1342543DE82EF95);
}

static struct fp_tally check_chunk(const struct fp_sweep *sweep, uint64_t operation,
                                   uint64_t chunk) {
    struct fp_tally tally = {0};
    uint64_t state = chunk_state(sweep->seed, operation, chunk), left = sweep->sets - chunk * CHUNK;
    fp_check_random(fp_operation_at(operation), left < CHUNK ? left : CHUNK, &state, &tally);
    return tally;
}

static void add(struct fp_sweep_result *result, const struct fp_tally *tally, uint64_t chunk) {
    struct fp_tally *sum = &result->tally;
    if (tally->differences && (!sum->differences || chunk < result->first_chunk)) {
        sum->first = tally->first;
        result->first_chunk = chunk;
    }
    sum->checked += tally->checked;
    sum->differences += tally->differences;
    for (int i = 0; i < FP_FLAG_SETS; i++) {
        sum->by_flags[i] += tally->by_flags[i];
    }
}

// One line, rewritten in place; all done clears it.
static void show_progress(const struct work *work, uint64_t operation) {
    uint64_t all = work->chunks * work->sweep->operations;
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    if (work->done == all) {
        fprintf(stderr, "\r\033[K");
    } else {
        double left = (seconds(CLOCK_MONOTONIC) - work->start) * (double)(all - work->done) /
                      (double)work->done;
        fprintf(stderr, "\r\033[K%s: %.1f %%, %.0f s left", fp_operation_at(operation)->name,
                100 * (double)work->done / (double)all, left);
    }
    fflush(stderr);
}

static void *worker(void *argument) {
    struct work *work = argument;
    struct fp_sweep *sweep = work->sweep;
    pthread_mutex_lock(&work->lock);
    while (work->taken < work->chunks * sweep->operations) {
        uint64_t job = work->taken++, operation = job / work->chunks, chunk = job % work->chunks;
        pthread_mutex_unlock(&work->lock);
        double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        struct fp_tally tally = check_chunk(sweep, operation, chunk);
        double spent = seconds(CLOCK_THREAD_CPUTIME_ID) - start;
        pthread_mutex_lock(&work->lock);
        sweep->results[operation].cpu_seconds += spent;
        add(&sweep->results[operation], &tally, chunk);
        work->done++;
        show_progress(work, operation);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static size_t count_operations(void) {
    size_t n = 0;
    while (n < FP_OPERATIONS_MAX && fp_operation_at(n)) {
        n++;
    }
    return n;
}

enum se_status fp_sweep_run(struct fp_sweep *sweep, struct se_error *err) {
    pthread_t threads[FP_THREADS_MAX];
    struct work work = {.lock = PTHREAD_MUTEX_INITIALIZER, .sweep = sweep};
    int started = 0, failed = 0;
    memset(sweep->results, 0, sizeof sweep->results);
    sweep->operations = count_operations();
    work.chunks = (sweep->sets + CHUNK - 1) / CHUNK;
    work.start = seconds(CLOCK_MONOTONIC);
    while (started < sweep->threads && !failed) {
        failed = pthread_create(&threads[started], NULL, worker, &work);
        started += !failed;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    sweep->seconds = seconds(CLOCK_MONOTONIC) - work.start;
    // Any thread that did start has done the work of all.
    return started > 0 ? SE_OK
                       : se_fail(err, SE_NO_MEMORY, "cannot start a thread: %s", strerror(failed));
}

uint64_t fp_sweep_differences(const struct fp_sweep *sweep) {
    uint64_t differences = 0;
    for (size_t i = 0; i < sweep->operations; i++) {
        differences += sweep->results[i].tally.differences;
    }
    return differences;
}
