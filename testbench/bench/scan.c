// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a state update of the scan, gate included, on one core: the median of turns, in turns
// with the plain loops.
#include "plain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TURNS = 9, ROWS = 4, WIDTH = 1536, STATES = 128, TOKENS = 32 };

static float A[WIDTH * STATES], D[WIDTH], dt_bias[WIDTH], h[WIDTH * STATES], u[TOKENS * WIDTH];
static int8_t dt[TOKENS * WIDTH], z[TOKENS * WIDTH], b[TOKENS * STATES], c[TOKENS * STATES];
static uint16_t y16[TOKENS * WIDTH];
static float y32[TOKENS * WIDTH];

static void scalar(const struct se_scan *scan, size_t tokens) {
    unsigned flags = 0;
    se_scan_run(scan, h, tokens, u, dt, b, c, z, y16, &flags);
}

static void fast(const struct se_scan *scan, size_t tokens) {
    se_scan_run_fast(scan, h, tokens, u, dt, b, c, z, y16);
}

static void plain(const struct se_scan *scan, size_t tokens) {
    plain_scan(scan, h, tokens, u, dt, b, c, z, y32);
}

static void ofast(const struct se_scan *scan, size_t tokens) {
    plain_scan_ofast(scan, h, tokens, u, dt, b, c, z, y32);
}

static const struct {
    const char *name;
    void (*run)(const struct se_scan *, size_t tokens);
} rows[ROWS] = {{"se_scan_run", scalar},
                {"se_scan_run_fast", fast},
                {"plain loop, expf", plain},
                {"plain loop, -Ofast", ofast}};

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b_) {
    double x = *(const double *)a, y = *(const double *)b_;
    return (x > y) - (x < y);
}

static void measure(const char *name, struct se_scan scan, size_t tokens) {
    double ns[ROWS][TURNS];
    double updates = (double)(scan.d_inner * scan.d_state * tokens);
    for (int turn = 0; turn < TURNS; turn++) {
        for (int row = 0; row < ROWS; row++) {
            double start = now_ns();
            rows[row].run(&scan, tokens);
            ns[row][turn] = (now_ns() - start) / updates;
        }
    }
    for (int row = 0; row < ROWS; row++) {
        qsort(ns[row], TURNS, sizeof *ns[row], by_value);
        printf("%-32s %-20s %7.3f %7.3f ns a state update\n", name, rows[row].name, ns[row][0], ns[row][TURNS / 2]);
    }
}

int main(void) {
    for (size_t i = 0; i < WIDTH * STATES; i++) {
        A[i] = -(float)(1 + i % 16);
    }
    for (size_t d = 0; d < WIDTH; d++) {
        D[d] = 1;
        dt_bias[d] = -6.9f + 4.6f * (float)(d * 7919 % WIDTH) / WIDTH;
    }
    for (size_t i = 0; i < TOKENS * WIDTH; i++) {
        u[i] = (float)((int)(i * 7919 % 1000) - 270) / 250;
        dt[i] = (int8_t)(i * 31 % 256);
        z[i] = (int8_t)(i * 37 % 256);
    }
    for (size_t i = 0; i < TOKENS * STATES; i++) {
        b[i] = (int8_t)(i * 41 % 256);
        c[i] = (int8_t)(i * 43 % 256);
    }
    struct se_scan scan = {.d_inner = WIDTH,
                           .d_state = 16,
                           .A = A,
                           .D = D,
                           .dt_bias = dt_bias,
                           .s_dt = 0.005f,
                           .s_b = 0.01f,
                           .s_c = 0.01f,
                           .s_z = 0.03f,
                           .gate = true};
    measure("prefill, 1536 x 16", scan, TOKENS);
    measure("decode, 1536 x 16", scan, 1);
    scan.d_state = STATES;
    measure("prefill, 1536 x 128", scan, TOKENS);
    return 0;
}
