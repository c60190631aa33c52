// SPDX-License-Identifier: Apache-2.0
// A dot product is PARTS partial sums, of every PARTS-th product, and then a tree. Many rows are
// taken TOKENS at a time with a lane a row, which makes the same sums in the same order.
#include "w4a5se/linear.h"

#include "../datapath/transpose.h"

#include <stdint.h>
#include <string.h>

enum { PARTS = 8, TOKENS = 16, FEW = 4, OUTPUTS = 8, INPUTS_MAX = 8192 };

typedef float parts __attribute__((vector_size(PARTS * sizeof(float)), aligned(sizeof(float))));
typedef float quad __attribute__((vector_size(4 * sizeof(float))));
typedef int32_t choice __attribute__((vector_size(4 * sizeof(int32_t))));
typedef float tokens __attribute__((vector_size(TOKENS * sizeof(float)), aligned(sizeof(float))));

// acc += a * b of each, fused: left to the compiler, whether it fuses would depend on the processor
// and differ between one row and many.
static inline void add_parts(parts *acc, parts a, parts b) {
    parts sum;
    for (int i = 0; i < PARTS; i++) {
        sum[i] = __builtin_fmaf(a[i], b[i], (*acc)[i]);
    }
    *acc = sum;
}

static inline void add_tokens(tokens *acc, const float *a, float b) {
    for (int i = 0; i < TOKENS; i++) {
        (*acc)[i] = __builtin_fmaf(a[i], b, (*acc)[i]);
    }
}

// The tree of each of four.
static void sum_parts(const parts *p, float *sums) {
    quad half[4];
    for (size_t o = 0; o < 4; o++) {
        quad halves[2];
        memcpy(halves, &p[o], sizeof halves);
        half[o] = halves[0] + halves[1];
    }
    const choice first = {0, 1, 4, 5}, last = {2, 3, 6, 7}, even = {0, 2, 4, 6}, odd = {1, 3, 5, 7};
    quad a = __builtin_shuffle(half[0], half[1], first) + __builtin_shuffle(half[0], half[1], last);
    quad b = __builtin_shuffle(half[2], half[3], first) + __builtin_shuffle(half[2], half[3], last);
    quad all = __builtin_shuffle(a, b, even) + __builtin_shuffle(a, b, odd);
    memcpy(sums, &all, sizeof all);
}

// `n` products, fewer than PARTS.
static parts load_some(size_t n, const float *from) {
    parts p = {0};
    memcpy(&p, from, n * sizeof *from);
    return p;
}

// y[o] = x . w[o], o < count, which is at most OUTPUTS.
__attribute__((always_inline)) static inline void dots(size_t count, size_t n, const float *x,
                                                       const float *w, float *y) {
    parts acc[OUTPUTS] = {{0}};
    float sums[OUTPUTS];
    size_t whole = n - n % PARTS;
    for (size_t i = 0; i < whole; i += PARTS) {
        for (size_t o = 0; o < count; o++) {
            add_parts(&acc[o], *(const parts *)(x + i), *(const parts *)(w + o * n + i));
        }
    }
    if (whole < n) {
        parts last = load_some(n - whole, x + whole);
        for (size_t o = 0; o < count; o++) {
            add_parts(&acc[o], last, load_some(n - whole, w + o * n + whole));
        }
    }
    for (size_t o = 0; o < count; o += 4) {
        sum_parts(acc + o, sums + o);
    }
    memcpy(y, sums, count * sizeof *y);
}

float se_dot(size_t n, const float *x, const float *w) {
    float sum;
    dots(1, n, x, w, &sum);
    return sum;
}

static void one_row(size_t inputs, size_t outputs, const float *x, const float *w, float *y) {
    size_t o = 0;
    for (; o + OUTPUTS <= outputs; o += OUTPUTS) {
        dots(OUTPUTS, inputs, x, w + o * inputs, y + o);
    }
    for (; o < outputs; o++) {
        dots(1, inputs, x, w + o * inputs, y + o);
    }
}

// sums[o][t] = x[.][t] . w[o], o < count.
__attribute__((always_inline)) static inline void
dots_by_token(size_t count, size_t n, float (*x)[TOKENS], const float *w, float (*sums)[TOKENS]) {
    enum { MOST = 2 };
    tokens acc[MOST][PARTS] = {{{0}}};
    size_t whole = n - n % PARTS;
    for (size_t i = 0; i < whole; i += PARTS) {
        for (size_t p = 0; p < PARTS; p++) {
            for (size_t o = 0; o < count; o++) {
                add_tokens(&acc[o][p], x[i + p], w[o * n + i + p]);
            }
        }
    }
    for (size_t i = whole; i < n; i++) {
        for (size_t o = 0; o < count; o++) {
            add_tokens(&acc[o][i - whole], x[i], w[o * n + i]);
        }
    }
    for (size_t o = 0; o < count; o++) {
        const tokens *a = acc[o];
        *(tokens *)sums[o] = ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
    }
}

// At most TOKENS rows, and inputs at most INPUTS_MAX.
static void some_rows(size_t rows, size_t inputs, size_t outputs, const float *x, const float *w,
                      float *y) {
    float by_token[INPUTS_MAX][TOKENS], sums[TOKENS][TOKENS], tile[TOKENS][TOKENS];
    se_transpose_tiles(rows, inputs, x, TOKENS, by_token[0]);
    for (size_t first = 0, n; first < outputs; first += n) {
        n = outputs - first < TOKENS ? outputs - first : TOKENS;
        const float *weights = w + first * inputs;
        for (size_t o = 0; o + 2 <= n; o += 2) {
            dots_by_token(2, inputs, by_token, weights + o * inputs, sums + o);
        }
        if (n % 2) {
            dots_by_token(1, inputs, by_token, weights + (n - 1) * inputs, sums + n - 1);
        }
        se_transpose_back(rows, n, TOKENS, sums[0], tile[0]);
        for (size_t t = 0; t < rows; t++) {
            memcpy(y + t * outputs + first, tile[0] + t * n, n * sizeof *y);
        }
    }
}

static void add_bias(size_t rows, size_t outputs, const float *bias, float *y) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t o = 0; o < outputs; o++) {
            y[r * outputs + o] += bias[o];
        }
    }
}

void se_linear(size_t rows, size_t inputs, size_t outputs, const float *x, const float *w,
               const float *bias, float *y) {
    for (size_t r = 0, n; r < rows; r += n) {
        n = rows - r < TOKENS ? rows - r : TOKENS;
        if (n < FEW || inputs > INPUTS_MAX) {
            n = 1;
            one_row(inputs, outputs, x + r * inputs, w, y + r * outputs);
        } else {
            some_rows(n, inputs, outputs, x + r * inputs, w, y + r * outputs);
        }
    }
    if (bias) {
        add_bias(rows, outputs, bias, y);
    }
}
