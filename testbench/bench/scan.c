// SPDX-License-Identifier: Apache-2.0
// The scan, gate included, beside plain loops, and that of Mamba-2: nanoseconds a state update.
#include "bench.h"
#include "plain.h"

#include "w4a5se/scan2.h"

enum { WIDTH = 1536, STATES = 128, TOKENS = 32 };

static float A[WIDTH * STATES], D[WIDTH], dt_bias[WIDTH], h[WIDTH * STATES], u[TOKENS * WIDTH];
static int8_t dt[TOKENS * WIDTH], z[TOKENS * WIDTH], b[TOKENS * STATES], c[TOKENS * STATES];
static uint16_t y16[TOKENS * WIDTH];
static float y32[TOKENS * WIDTH];

struct job {
    struct se_scan scan;
    size_t tokens, calls;
};

static void scalar(const void *argument) {
    const struct job *job = argument;
    unsigned flags = 0;
    se_scan_run(&job->scan, h, job->tokens, u, dt, b, c, z, y16, &flags);
}

static void fast(const void *argument) {
    const struct job *job = argument;
    for (size_t call = 0; call < job->calls; call++) {
        se_scan_run_fast(&job->scan, h, job->tokens, u, dt, b, c, z, y16);
    }
}

static void plain(const void *argument) {
    const struct job *job = argument;
    for (size_t call = 0; call < job->calls; call++) {
        plain_scan(&job->scan, h, job->tokens, u, dt, b, c, z, y32);
    }
}

static void ofast(const void *argument) {
    const struct job *job = argument;
    for (size_t call = 0; call < job->calls; call++) {
        plain_scan_ofast(&job->scan, h, job->tokens, u, dt, b, c, z, y32);
    }
}

// Steps of 0.001 to 0.1 where the code is 0, A of -1 to -16.
static void fill(void) {
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
}

static void measure(struct bench *bench, const char *section, size_t d_state, size_t tokens) {
    const size_t updates = WIDTH * d_state * tokens;
    struct job job = {.scan = {.d_inner = WIDTH,
                               .d_state = d_state,
                               .A = A,
                               .D = D,
                               .dt_bias = dt_bias,
                               .s_dt = 0.005f,
                               .s_b = 0.01f,
                               .s_c = 0.01f,
                               .s_z = 0.03f,
                               .gate = true},
                      .tokens = tokens,
                      .calls = 1 + 500000 / updates};
    const struct bench_task tasks[] = {
        {"plain loop, expf", plain, &job, NULL},
        {"plain loop, -Ofast", ofast, &job, "plain loop, expf"},
        {"se_scan_run_fast", fast, &job, "plain loop, expf"},
        {"se_scan_run_fast, to -Ofast", fast, &job, "plain loop, -Ofast"},
    };
    const struct bench_task reference = {"se_scan_run, with flags", scalar, &job, NULL};
    bench_tasks(bench, section, CLOCK_THREAD_CPUTIME_ID, sizeof tasks / sizeof *tasks, tasks,
                1e9 / (double)(updates * job.calls), "ns");
    bench_tasks(bench, section, CLOCK_THREAD_CPUTIME_ID, 1, &reference, 1e9 / (double)updates,
                "ns");
}

struct job2 {
    struct se_scan2 scan;
    size_t tokens;
};

static void scalar2(const void *argument) {
    const struct job2 *job = argument;
    se_scan2_run(&job->scan, h, job->tokens, u, dt, b, c, y16, NULL);
}

static void fast2(const void *argument) {
    const struct job2 *job = argument;
    se_scan2_run_fast(&job->scan, h, job->tokens, u, dt, b, c, y16);
}

static void measure_mamba2(struct bench *bench, const char *section, size_t tokens) {
    static const float s = 0.01f;
    const struct job2 job = {.scan = {.groups = 1,
                                      .heads = 24,
                                      .headdim = WIDTH / 24,
                                      .d_state = STATES,
                                      .A = A,
                                      .D = D,
                                      .dt_bias = dt_bias,
                                      .s_dt = 0.005f,
                                      .s_b = &s,
                                      .s_c = &s},
                             .tokens = tokens};
    const struct bench_task tasks[] = {
        {"se_scan2_run", scalar2, &job, NULL},
        {"se_scan2_run_fast", fast2, &job, "se_scan2_run"},
    };
    bench_tasks(bench, section, CLOCK_THREAD_CPUTIME_ID, 2, tasks,
                1e9 / (double)(WIDTH * STATES * tokens), "ns");
}

void bench_scan(struct bench *bench) {
    fill();
    measure(bench, "scan, a state update, 1536 channels of 16 states, 32 tokens", 16, TOKENS);
    measure(bench, "scan, a state update, 1536 channels of 16 states, 1 token", 16, 1);
    measure(bench, "scan, a state update, 1536 channels of 128 states, 4 tokens", STATES, 4);
    measure_mamba2(bench, "scan of Mamba-2, a state update, 24 heads of 64, 128 states, 4 tokens",
                   4);
    measure_mamba2(bench, "scan of Mamba-2, a state update, 24 heads of 64, 128 states, 1 token",
                   1);
}
