// SPDX-License-Identifier: Apache-2.0
// exp, log1p, SiLU and softplus of the C library over arrays, beside glibc's.
#include "bench.h"
#include "glibc.h"
#include "w4a5se/fp32.h"

enum { N = 4096, CALLS = 16 };

struct job {
    void (*function)(size_t, const float *, float *);
    const float *x;
};

static void run(const void *argument) {
    static float y[N];
    const struct job *job = argument;
    for (int call = 0; call < CALLS; call++) {
        job->function(N, job->x, y);
        __asm__ volatile("" ::"r"(y) : "memory");
    }
}

static void exp_one_by_one(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = se_f32_exp(x[i]);
    }
}

static void log1p_one_by_one(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = se_f32_log1p(x[i]);
    }
}

void bench_fp(struct bench *bench) {
    static float x[N], some_tiny[N], t[N];
    for (int i = 0; i < N; i++) {
        t[i] = (float)(i * 7919 % N) / N;
        x[i] = t[i] * 160 - 80;
        some_tiny[i] = i % 16 ? x[i] : -90;
    }
    static const char vector_exp[] = "libmvec expf, 256 bits";
    static const char vector_log1p[] = "libmvec log1pf, 256 bits";
    const struct bench_task exp_tasks[] = {
        {vector_exp, run, &(struct job){libmvec_exp_n, x}, vector_exp},
        {"libmvec expf, 512 bits", run, &(struct job){libmvec_exp_n_wide, x}, vector_exp},
        {"se_f32_exp_n", run, &(struct job){se_f32_exp_n, x}, vector_exp},
        {"se_f32_exp_n, 1 in 16 subnormal", run, &(struct job){se_f32_exp_n, some_tiny},
         vector_exp},
        {"se_f32_silu_n", run, &(struct job){se_f32_silu_n, x}, vector_exp},
        {"se_f32_softplus_n", run, &(struct job){se_f32_softplus_n, x}, vector_exp},
        {"glibc expf", run, &(struct job){libm_exp_n, x}, vector_exp},
        {"se_f32_exp", run, &(struct job){exp_one_by_one, x}, vector_exp},
    };
    const struct bench_task log1p_tasks[] = {
        {vector_log1p, run, &(struct job){libmvec_log1p_n, t}, vector_log1p},
        {"libmvec log1pf, 512 bits", run, &(struct job){libmvec_log1p_n_wide, t}, vector_log1p},
        {"se_f32_log1p_n", run, &(struct job){se_f32_log1p_n, t}, vector_log1p},
        {"glibc log1pf", run, &(struct job){libm_log1p_n, t}, vector_log1p},
        {"se_f32_log1p", run, &(struct job){log1p_one_by_one, t}, vector_log1p},
    };
    const double ns_each = 1e9 / N / CALLS;
    bench_tasks(bench, "exp", CLOCK_THREAD_CPUTIME_ID, sizeof exp_tasks / sizeof *exp_tasks,
                exp_tasks, ns_each, "ns a number");
    bench_tasks(bench, "log1p", CLOCK_THREAD_CPUTIME_ID, sizeof log1p_tasks / sizeof *log1p_tasks,
                log1p_tasks, ns_each, "ns a number");
}
