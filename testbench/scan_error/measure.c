// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include "../reference/corners.h"
#include "../reference/scan.h"

#include "w4a5se/fp32.h"
#include "w4a5se/scan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct workload {
    float *A, *D, *dt_bias, *u, *h, *y;
    int8_t *dt, *z, *b, *c;
    uint16_t *y16;
    struct ref_real *real_h, *real_y, *real_y16;
    double *relative;
};

static void release(struct workload *w) {
    free(w->A), free(w->D), free(w->dt_bias), free(w->u), free(w->h), free(w->y);
    free(w->dt), free(w->z), free(w->b), free(w->c), free(w->y16);
    free(w->real_h), free(w->real_y), free(w->real_y16), free(w->relative);
}

static bool allocate(const struct scan_shape *s, struct workload *w) {
    size_t states = s->d_inner * s->d_state, values = s->tokens * s->d_inner;
    size_t codes = s->tokens * s->d_state, most = states > values ? states : values;
    *w = (struct workload){.A = calloc(states, sizeof *w->A),
                           .D = calloc(s->d_inner, sizeof *w->D),
                           .dt_bias = calloc(s->d_inner, sizeof *w->dt_bias),
                           .u = calloc(values, sizeof *w->u),
                           .h = calloc(states, sizeof *w->h),
                           .y = calloc(values, sizeof *w->y),
                           .dt = calloc(values, 1),
                           .z = calloc(values, 1),
                           .b = calloc(codes, 1),
                           .c = calloc(codes, 1),
                           .y16 = calloc(values, sizeof *w->y16),
                           .real_h = calloc(states, sizeof *w->real_h),
                           .real_y = calloc(values, sizeof *w->real_y),
                           .real_y16 = calloc(values, sizeof *w->real_y16),
                           .relative = calloc(most, sizeof *w->relative)};
    return w->A && w->D && w->dt_bias && w->u && w->h && w->y && w->dt && w->z && w->b && w->c &&
           w->y16 && w->real_h && w->real_y && w->real_y16 && w->relative;
}

static double uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * (double)(ref_random(state) >> 11) * 0x1p-53;
}

static void fill_codes(uint64_t *state, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)ref_random_int(state, -128, 127);
    }
}

static void fill(const struct scan_shape *s, uint64_t *state, struct workload *w) {
    for (size_t d = 0; d < s->d_inner; d++) {
        double step = exp(uniform(state, log(0.001), log(0.1)));
        w->dt_bias[d] = (float)log(expm1(step)); // softplus of it is the step
        w->D[d] = (float)uniform(state, 0.5, 1.5);
        for (size_t n = 0; n < s->d_state; n++) {
            w->A[d * s->d_state + n] = -(float)(n + 1);
        }
    }
    for (size_t i = 0; i < s->tokens * s->d_inner; i++) {
        double v = uniform(state, -4, 4);
        w->u[i] = (float)(v / (1 + exp(-v)));
    }
    fill_codes(state, s->tokens * s->d_inner, w->dt);
    fill_codes(state, s->tokens * s->d_inner, w->z);
    fill_codes(state, s->tokens * s->d_state, w->b);
    fill_codes(state, s->tokens * s->d_state, w->c);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double f16_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

// `halves` where it is not NULL, else `floats`.
static struct scan_error_row summary(size_t n, const float *floats, const uint16_t *halves,
                                     const struct ref_real *exact, double *relative) {
    struct scan_error_row row = {0};
    long double squares = 0, size = 0, sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < n; i++) {
        double value = halves ? f16_value(halves[i]) : (double)floats[i];
        long double off = fabsl(value - exact[i].value);
        squares += off * off;
        size += exact[i].value * exact[i].value;
        row.of_bound = fmax(row.of_bound, (double)(off / exact[i].error));
        if (exact[i].value != 0) {
            relative[counted++] = (double)(off / fabsl(exact[i].value));
            sum += off / fabsl(exact[i].value);
        }
    }
    if (counted) {
        qsort(relative, counted, sizeof *relative, by_value);
        row.mean = (double)(sum / counted);
        row.p999 = relative[(size_t)(0.999 * (double)(counted - 1))];
        row.max = relative[counted - 1];
        row.rms = (double)sqrtl(squares / size);
    }
    return row;
}

static void run(const struct scan_shape *s, struct workload *w) {
    const float s_b = 0.01f, s_c = 0.01f;
    struct se_scan scan = {.d_inner = s->d_inner,
                           .d_state = s->d_state,
                           .A = w->A,
                           .D = w->D,
                           .dt_bias = w->dt_bias,
                           .s_dt = 0.004f,
                           .s_b = s_b,
                           .s_c = s_c,
                           .s_z = 0.03f,
                           .gate = true};
    struct ref_scan reference = {.d_inner = s->d_inner,
                                 .d_state = s->d_state,
                                 .groups = 1,
                                 .A = w->A,
                                 .D = w->D,
                                 .dt_bias = w->dt_bias,
                                 .s_b = &s_b,
                                 .s_c = &s_c,
                                 .s_dt = scan.s_dt,
                                 .s_z = scan.s_z,
                                 .gate = true,
                                 .tokens = s->tokens,
                                 .u = w->u,
                                 .dt = w->dt,
                                 .z = w->z,
                                 .b = w->b,
                                 .c = w->c};
    se_scan_run_f32(&scan, w->h, s->tokens, w->u, w->dt, w->b, w->c, w->z, w->y, NULL);
    ref_scan_real(&reference, w->real_h, w->real_y, w->real_y16);
    for (size_t i = 0; i < s->tokens * s->d_inner; i++) {
        w->y16[i] = se_f32_to_f16(w->y[i], NULL);
    }
}

enum se_status scan_error_measure(const struct scan_shape *s, uint64_t seed,
                                  struct scan_errors *errors, struct se_error *err) {
    struct workload w;
    size_t states = s->d_inner * s->d_state, values = s->tokens * s->d_inner;
    if (!allocate(s, &w)) {
        release(&w);
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu values and %zu states", values,
                       states);
    }
    fill(s, &seed, &w);
    run(s, &w);
    errors->states = summary(states, w.h, NULL, w.real_h, w.relative);
    errors->y = summary(values, w.y, NULL, w.real_y, w.relative);
    errors->y16 = summary(values, NULL, w.y16, w.real_y16, w.relative);
    release(&w);
    return SE_OK;
}
