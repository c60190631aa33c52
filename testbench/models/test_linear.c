// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/linear.h"

#include <criterion/criterion.h>

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static float next(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + 1;
    return (float)((int32_t)(*state >> 32)) * 0x1p-31f;
}

static float *values(size_t n, uint64_t seed) {
    float *made = malloc((n + 1) * sizeof *made);
    cr_assert(made);
    for (size_t i = 0; i < n; i++) {
        made[i] = next(&seed);
    }
    return made;
}

// Each product and sum may be off by half an ulp of the sum of magnitudes.
static void check_shape(size_t rows, size_t inputs, size_t outputs, bool biased) {
    float *x = values(rows * inputs, 1), *w = values(outputs * inputs, 2), *b = values(outputs, 3);
    float *y = malloc((rows * outputs + 1) * sizeof *y);
    y[rows * outputs] = 77;
    se_linear(rows, inputs, outputs, x, w, biased ? b : NULL, y);
    for (size_t i = 0; i < rows * outputs; i++) {
        size_t r = i / outputs, o = i % outputs;
        long double sum = biased ? b[o] : 0, size = fabsl(sum);
        for (size_t k = 0; k < inputs; k++) {
            long double product = (long double)x[r * inputs + k] * w[o * inputs + k];
            sum += product;
            size += fabsl(product);
        }
        cr_assert(fabsl(y[i] - sum) <= size * (FLT_EPSILON / 2) * ((long double)inputs + 1),
                  "%zu rows, %zu inputs, %zu outputs: [%zu][%zu] is %g, not %Lg", rows, inputs,
                  outputs, r, o, y[i], sum);
        cr_assert(biased || y[i] == se_dot(inputs, x + r * inputs, w + o * inputs));
    }
    cr_expect_eq(y[rows * outputs], 77);
    free(x);
    free(w);
    free(b);
    free(y);
}

Test(linear, every_small_shape) {
    for (size_t rows = 1; rows <= 19; rows += rows < 6 ? 1 : 6) {
        for (size_t inputs = 1; inputs <= 26; inputs++) {
            for (size_t outputs = 1; outputs <= 35; outputs += outputs < 12 ? 1 : 5) {
                check_shape(rows, inputs, outputs, (inputs + outputs) % 2);
            }
        }
    }
}

Test(linear, large_shapes) {
    check_shape(33, 1536, 80, false);
    check_shape(16, 8192, 17, true);
    check_shape(18, 8193, 17, true); // more inputs than are taken with a lane a row
}

Test(linear, infinities_and_nans_stay_in_their_place) {
    enum { ROWS = 5, INPUTS = 11, OUTPUTS = 9 };
    float *x = values(ROWS * INPUTS, 1), *w = values(OUTPUTS * INPUTS, 2), y[ROWS * OUTPUTS];
    x[2 * INPUTS + 10] = INFINITY;
    w[4 * INPUTS + 3] = NAN;
    se_linear(ROWS, INPUTS, OUTPUTS, x, w, NULL, y);
    for (size_t i = 0; i < ROWS * OUTPUTS; i++) {
        bool nan = i % OUTPUTS == 4, infinite = i / OUTPUTS == 2;
        cr_expect(nan ? isnan(y[i]) : infinite ? isinf(y[i]) : isfinite(y[i]), "%zu: %g", i, y[i]);
    }
    free(x);
    free(w);
}

static long double silu(long double x) {
    return x / (1 + expl(-x));
}

static void check_norm(size_t rows, size_t columns, size_t groups, bool gated, float magnitude) {
    float *x = values(rows * columns, 5), *z = values(rows * columns, 6), *w = values(columns, 7);
    float *y = malloc(rows * columns * sizeof *y);
    const float eps = 1e-5f;
    size_t size = columns / groups;
    for (size_t i = 0; i < rows * columns; i++) {
        x[i] *= magnitude;
        z[i] *= 8;
    }
    if (gated) {
        se_gated_rms_norm(rows, columns, groups, x, z, w, eps, y);
    } else {
        se_rms_norm(rows, columns, x, w, eps, y);
    }
    for (size_t first = 0; first < rows * columns; first += size) {
        long double squares = 0;
        for (size_t i = first; i < first + size; i++) {
            long double in = x[i] * (gated ? silu(z[i]) : 1);
            squares += in * in;
        }
        for (size_t i = first; i < first + size; i++) {
            long double in = x[i] * (gated ? silu(z[i]) : 1);
            long double wanted =
                in / sqrtl(squares / (long double)size + (long double)eps) * w[i % columns];
            cr_assert(fabsl(y[i] - wanted) <= 2e-6L * fabsl(wanted), "%g, not %Lg", y[i], wanted);
        }
    }
    se_rms_norm(rows, columns, x, w, eps, y);
    se_rms_norm(rows, columns, x, w, eps, x);
    cr_expect_eq(memcmp(x, y, rows * columns * sizeof *x), 0, "in place");
    free(x);
    free(y);
    free(z);
    free(w);
}

Test(linear, norms) {
    for (size_t columns = 1; columns < 40; columns++) {
        check_norm(3, columns, 1, false, 1);
        check_norm(3, columns, 1, true, 30);
        check_norm(2, 4 * columns, 4, true, 2);
    }
    check_norm(2, 2560, 1, false, 1e-4f); // near eps
    check_norm(2, 5120, 8, true, 1000);
}

Test(linear, norm_of_zeros) {
    const float x[3] = {0, -0.0f, 0}, w[3] = {1, 2, 3};
    float y[3] = {1, 1, 1};
    se_rms_norm(1, 3, x, w, 1e-5f, y);
    cr_expect(y[0] == 0 && y[1] == 0 && y[2] == 0);
}
