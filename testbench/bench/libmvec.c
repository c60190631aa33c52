// SPDX-License-Identifier: Apache-2.0
// Built with -O3 -ffast-math, so that the compiler takes libmvec's functions.
#include "glibc.h"

#include <math.h>

#define NARROW __attribute__((target("prefer-vector-width=256")))
#define WIDE __attribute__((target("prefer-vector-width=512")))

NARROW void libmvec_exp_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = expf(x[i]);
    }
}

WIDE void libmvec_exp_n_wide(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = expf(x[i]);
    }
}

NARROW void libmvec_log1p_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = log1pf(x[i]);
    }
}

WIDE void libmvec_log1p_n_wide(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = log1pf(x[i]);
    }
}
