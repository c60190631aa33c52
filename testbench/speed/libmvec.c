// SPDX-License-Identifier: Apache-2.0
// Built with -O3 -ffast-math, so that the compiler takes libmvec's vector expf.
#include "libmvec.h"

#include <math.h>

void libmvec_exp_n(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) {
        y[i] = expf(x[i]);
    }
}
