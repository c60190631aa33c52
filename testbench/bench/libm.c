// SPDX-License-Identifier: Apache-2.0
#include "glibc.h"

#include <math.h>

void libm_exp_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = expf(x[i]);
    }
}

void libm_log1p_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = log1pf(x[i]);
    }
}
