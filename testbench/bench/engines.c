// SPDX-License-Identifier: Apache-2.0
// What co-simulation costs beside the bare Verilated engine, and two threads beside one in C.
#include "bench.h"

#include "scan_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 256, STATES = 16, TOKENS = 4, LANES = 4, THREADED_TOKENS = 2048 };
enum { CYCLES = TOKENS * WIDTH * STATES / LANES };

static float A[WIDTH * STATES], D[WIDTH], dt_bias[WIDTH], h[WIDTH * STATES];
static float u[THREADED_TOKENS * WIDTH];
static int8_t dt[THREADED_TOKENS * WIDTH], z[THREADED_TOKENS * WIDTH];
static int8_t b[THREADED_TOKENS * STATES], c[THREADED_TOKENS * STATES];
static uint16_t y[THREADED_TOKENS * WIDTH], y_rtl[TOKENS * WIDTH];
static const struct se_scan scan = {.d_inner = WIDTH,
                                    .d_state = STATES,
                                    .A = A,
                                    .D = D,
                                    .dt_bias = dt_bias,
                                    .s_dt = 0.01f,
                                    .s_b = 0.01f,
                                    .s_c = 0.01f,
                                    .s_z = 0.02f,
                                    .gate = true};

static void stop(const char *message) {
    fprintf(stderr, "bench: %s\n", message);
    exit(1);
}

static void fill(void) {
    unsigned state = 1;
    for (size_t i = 0; i < WIDTH * STATES; i++) {
        A[i] = -1 - (float)(i % STATES);
    }
    for (size_t i = 0; i < WIDTH; i++) {
        D[i] = 1;
        dt_bias[i] = -4 - (float)(i % 3);
    }
    for (size_t i = 0; i < THREADED_TOKENS * WIDTH; i++) {
        state = state * 1664525 + 1013904223;
        u[i] = (float)(state >> 20) / 1024 - 0.25f;
        dt[i] = (int8_t)(state >> 8);
        z[i] = (int8_t)(state >> 16);
        b[i % (THREADED_TOKENS * STATES)] = (int8_t)(state >> 12);
        c[i % (THREADED_TOKENS * STATES)] = (int8_t)(state >> 24);
    }
}

static void bare(const void *engine) {
    se_scan_engine_spin((struct se_scan_engine *)engine, CYCLES);
}

static void driven(const void *engine) {
    struct se_error err;
    const struct se_scan_beats beats = {
        .tokens = TOKENS, .first = true, .u = u, .dt = dt, .b = b, .c = c, .z = z, .y = y_rtl};
    if (se_scan_engine_run((struct se_scan_engine *)engine, &beats, &err) != SE_OK) {
        stop(err.message);
    }
}

static void compared(const void *engine) {
    driven(engine);
    memset(h, 0, sizeof h);
    se_scan_run_fast(&scan, h, TOKENS, u, dt, b, c, z, y);
    if (memcmp(y, y_rtl, sizeof y_rtl) != 0) {
        stop("the scan engine and the model differ");
    }
}

// ---- threads ------------------------------------------------------------------------------------

struct range {
    size_t first, last;
};

static void *channels(void *argument) {
    const struct range *range = argument;
    se_scan_run_channels(&scan, range->first, range->last, h, THREADED_TOKENS, u, dt, b, c, z, y);
    return NULL;
}

static void one_thread(const void *unused) {
    (void)unused;
    struct range all = {0, WIDTH};
    memset(h, 0, sizeof h);
    channels(&all);
}

static void two_threads(const void *unused) {
    (void)unused;
    struct range lower = {0, WIDTH / 2}, upper = {WIDTH / 2, WIDTH};
    pthread_t other;
    memset(h, 0, sizeof h);
    if (pthread_create(&other, NULL, channels, &upper) != 0) {
        stop("no second thread");
    }
    channels(&lower);
    pthread_join(other, NULL);
}

static void bench_threads(struct bench *bench) {
    static const char section[] = "scan in C, 256 channels of 16 states, 2048 tokens, wall clock";
    const struct bench_task tasks[] = {
        {"1 thread", one_thread, NULL, NULL},
        {"2 threads, half the channels each", two_threads, NULL, "1 thread"},
    };
    bench_tasks(bench, section, CLOCK_MONOTONIC, sizeof tasks / sizeof *tasks, tasks,
                1e9 / ((double)WIDTH * STATES * THREADED_TOKENS), "ns an update");
}

void bench_engines(struct bench *bench) {
    static const char section[] = "co-simulation of scan_engine, 4 lanes, 256 channels, 4 tokens";
    const struct se_rtl_options options = {.seed = 1};
    struct se_scan_engine *engine;
    struct se_error err;
    const struct se_scan_engine_build *build = NULL;
    for (size_t i = 0; (build = se_scan_engine_build_at(i)) && build->lanes != LANES; i++) {
    }
    fill();
    if (!build || se_scan_engine_open(&engine, build, &options, &err) != SE_OK ||
        se_scan_engine_load(engine, &scan, NULL, &err) != SE_OK) {
        stop(build ? err.message : "no scan engine of 4 lanes");
    }
    const struct bench_task tasks[] = {
        {.name = "bare engine", .run = bare, .argument = engine},
        {"streams driven and checked", driven, engine, "bare engine"},
        {"and compared with the model", compared, engine, "bare engine"},
    };
    bench_tasks(bench, section, CLOCK_THREAD_CPUTIME_ID, sizeof tasks / sizeof *tasks, tasks,
                1e9 / CYCLES, "ns a cycle");
    se_scan_engine_close(engine);
    bench_threads(bench);
}
