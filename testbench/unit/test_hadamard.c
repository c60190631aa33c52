// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/hadamard.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

TestSuite(hadamard);

static struct se_hadamard make(size_t n) {
    struct se_hadamard h;
    struct se_error err = {""};
    cr_assert(se_hadamard_init(&h, n, &err) == SE_OK, "%s", err.message);
    return h;
}

// Unit vectors give the matrix's columns.
static float *columns(const struct se_hadamard *h) {
    float *m = calloc(h->n * h->n, sizeof *m);
    for (size_t i = 0; i < h->n; i++) {
        m[i * h->n + i] = 1;
    }
    se_hadamard_run(h, h->n, m);
    return m;
}

Test(hadamard, every_matrix_is_orthonormal_and_of_one_magnitude) {
    static const size_t sizes[] = {1, 2, 8, 12, 20, 24, 40, 96, 72, 224, 256, 384};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct se_hadamard h = make(sizes[k]);
        float *m = columns(&h);
        for (size_t i = 0; i < h.n * h.n; i++) {
            cr_assert(fabsf(m[i]) == h.scale, "n %zu", h.n);
        }
        for (size_t a = 0; a < h.n; a++) {
            for (size_t b = 0; b <= a; b++) {
                int same = 0;
                for (size_t i = 0; i < h.n; i++) {
                    same += (m[a * h.n + i] > 0) == (m[b * h.n + i] > 0) ? 1 : -1;
                }
                cr_assert(same == (a == b ? (int)h.n : 0), "n %zu: columns %zu and %zu", h.n, a, b);
            }
        }
        free(m);
        se_hadamard_free(&h);
    }
}

Test(hadamard, powers_of_two_are_sylvesters) {
    struct se_hadamard h = make(64);
    float *m = columns(&h);
    for (size_t i = 0; i < 64; i++) {
        for (size_t j = 0; j < 64; j++) {
            float sign = __builtin_parityl(i & j) ? -1 : 1;
            cr_assert(m[i * 64 + j] == sign / 8);
        }
    }
    free(m);
    se_hadamard_free(&h);
}

// What a linear of rotated weights makes of rotated activations is what it made before.
Test(hadamard, rotating_both_sides_leaves_products_as_they_are) {
    static const size_t sizes[] = {256, 1536, 5120};
    uint64_t state = 1;
    for (size_t k = 0; k < 3; k++) {
        struct se_hadamard h = make(sizes[k]);
        float *x = malloc(2 * h.n * sizeof *x), *w = x + h.n;
        double before = 0, after = 0, size = 0;
        for (size_t i = 0; i < 2 * h.n; i++) {
            x[i] = (float)ref_random_int(&state, -1000, 1000) / 128;
        }
        for (size_t i = 0; i < h.n; i++) {
            before += (double)x[i] * (double)w[i];
            size += fabs((double)x[i] * (double)w[i]);
        }
        se_hadamard_run(&h, 2, x);
        for (size_t i = 0; i < h.n; i++) {
            after += (double)x[i] * (double)w[i];
        }
        cr_expect(fabs(after - before) < size * 1e-6, "n %zu: %g, then %g", h.n, before, after);
        free(x);
        se_hadamard_free(&h);
    }
}

Test(hadamard, one_outlier_becomes_many_small_values) {
    struct se_hadamard h = make(1536);
    float *x = calloc(h.n, sizeof *x);
    x[77] = 100;
    se_hadamard_run(&h, 1, x);
    for (size_t i = 0; i < h.n; i++) {
        cr_assert(fabs((double)fabsf(x[i]) - 100 / sqrt(1536)) < 1e-5);
    }
    free(x);
    se_hadamard_free(&h);
}

Test(hadamard, refuses_what_it_has_no_matrix_for) {
    static const size_t sizes[] = {0, 3, 6, 28, 10, 100};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct se_hadamard h;
        struct se_error err;
        cr_expect(se_hadamard_init(&h, sizes[k], &err) == SE_INVALID, "n %zu", sizes[k]);
    }
}
