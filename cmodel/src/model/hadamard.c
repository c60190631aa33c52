// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/hadamard.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// COLUMNS of the blocks are mixed at a time.
enum { BLOCKS_MAX = 1024, COLUMNS = 16 };

static bool is_prime(size_t p) {
    for (size_t f = 2; f * f <= p; f++) {
        if (p % f == 0) {
            return false;
        }
    }
    return p > 1;
}

// m, or 0.
static size_t blocks_of(size_t n) {
    size_t odd = n;
    while (odd > 0 && odd % 2 == 0) {
        odd /= 2;
    }
    if (odd <= 1) {
        return odd;
    }
    size_t m = 4 * odd;
    while (n % m == 0 && !is_prime(m - 1)) {
        m *= 2;
    }
    return n % m == 0 && m <= BLOCKS_MAX ? m : 0;
}

// Paley's first construction: q = m - 1 is a prime and 3 mod 4, and H = I + S with S skew, of ones
// around the matrix of quadratic characters of differences.
static void paley(size_t m, float *signs) {
    const size_t q = m - 1;
    for (size_t i = 0; i < m * m; i++) {
        signs[i] = -1;
    }
    for (size_t j = 0; j < m; j++) {
        signs[j] = 1;
    }
    for (size_t i = 0; i < q; i++) {
        float *row = signs + (i + 1) * m + 1;
        for (size_t square = 1; square <= q / 2; square++) {
            row[(i + square * square) % q] = 1;
        }
        row[i] = 1;
    }
}

enum se_status se_hadamard_init(struct se_hadamard *hadamard, size_t n, struct se_error *err) {
    size_t blocks = blocks_of(n);
    if (blocks == 0) {
        return se_fail(err, SE_INVALID,
                       "there is no Hadamard transform of %zu channels here: a power of two, or "
                       "times 4 of 12, 20, 24, ... one more than a prime",
                       n);
    }
    *hadamard =
        (struct se_hadamard){.n = n, .blocks = blocks, .scale = (float)(1 / sqrt((double)n))};
    if (blocks > 1) {
        hadamard->signs = malloc(blocks * blocks * sizeof(float));
        if (!hadamard->signs) {
            return se_fail(err, SE_NO_MEMORY, "no memory for a matrix of %zu", blocks);
        }
        paley(blocks, hadamard->signs);
    }
    return SE_OK;
}

void se_hadamard_free(struct se_hadamard *hadamard) {
    free(hadamard->signs);
    *hadamard = (struct se_hadamard){0};
}

// Sylvester's matrix of a power of two.
static void butterflies(size_t n, float *x) {
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t i = 0; i < n; i += 2 * half) {
            float *restrict low = x + i, *restrict high = low + half;
            for (size_t k = 0; k < half; k++) {
                float a = low[k], b = high[k];
                low[k] = a + b;
                high[k] = a - b;
            }
        }
    }
}

// Columns [first, first + n) of the blocks, each a row of `size`: the sum over blocks in order.
static void mix(const struct se_hadamard *h, size_t size, size_t first, size_t n, float *x) {
    float in[BLOCKS_MAX][COLUMNS];
    for (size_t b = 0; b < h->blocks; b++) {
        memcpy(in[b], x + b * size + first, n * sizeof(float));
    }
    for (size_t r = 0; r < h->blocks; r++) {
        float sum[COLUMNS] = {0};
        for (size_t b = 0; b < h->blocks; b++) {
            float sign = h->signs[r * h->blocks + b];
            for (size_t k = 0; k < n; k++) {
                sum[k] += sign * in[b][k];
            }
        }
        memcpy(x + r * size + first, sum, n * sizeof(float));
    }
}

void se_hadamard_run(const struct se_hadamard *h, size_t rows, float *x) {
    const size_t size = h->n / h->blocks;
    for (size_t r = 0; r < rows; r++, x += h->n) {
        for (size_t b = 0; b < h->blocks; b++) {
            butterflies(size, x + b * size);
        }
        for (size_t c = 0; h->signs && c < size; c += COLUMNS) {
            mix(h, size, c, size - c < COLUMNS ? size - c : COLUMNS, x);
        }
        for (size_t i = 0; i < h->n; i++) {
            x[i] *= h->scale;
        }
    }
}
