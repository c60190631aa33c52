// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a call of exp, in turns with libmvec's in one run, on one core: the least of many.
#include "libmvec.h"
#include "w4a5se/fp32.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { N = 4096, CALLS = 100, TURNS = 100 };

static void exp_one_by_one(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = se_f32_exp(x[i]);
    }
}

static void log1p_n(size_t n, const float *x, float *y) {
    se_f32_log1p_n(n, x, y);
}

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

int main(void) {
    static float x[N], t[N], y[N];
    static const struct {
        const char *name;
        void (*function)(size_t, const float *, float *);
        const float *operands;
        int calls;
    } rows[] = {{"libmvec expf", libmvec_exp_n, x, CALLS},
                {"se_f32_exp_n", se_f32_exp_n, x, CALLS},
                {"se_f32_exp", exp_one_by_one, x, CALLS / 10},
                {"se_f32_log1p_n", log1p_n, t, CALLS / 10}};
    double least[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i * 7919 % N) / N * 160 - 80;
        t[i] = (float)(i * 7919 % N) / N;
    }
    for (int turn = 0; turn < TURNS; turn++) {
        for (int row = 0; row < 4; row++) {
            double start = now_ns();
            for (int call = 0; call < rows[row].calls; call++) {
                rows[row].function(N, rows[row].operands, y);
                __asm__ volatile("" ::"r"(y) : "memory");
            }
            double each = (now_ns() - start) / rows[row].calls / N;
            least[row] = each < least[row] ? each : least[row];
        }
    }
    for (int row = 0; row < 4; row++) {
        printf("%-16s %6.3f ns a call, %5.2f times libmvec's expf\n", rows[row].name, least[row],
               least[row] / least[0]);
    }
    return 0;
}
