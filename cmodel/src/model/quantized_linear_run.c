// SPDX-License-Identifier: Apache-2.0
// The integer sums: loops that become vector code, over 16-bit copies, whose products the processor
// adds in pairs. Four tokens share a row of weights.
#include "w4a5se/quantized_linear.h"

#include "w4a5se/int8.h"

#include <string.h>

enum { TOKENS = 4, OUTPUTS = 256, INPUTS = 1024 };

typedef int32_t sums[TOKENS][OUTPUTS];

static void widen(size_t n, const int8_t *restrict from, int16_t *restrict to) {
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

static int32_t multiply(size_t n, const int16_t *restrict w, const int16_t *restrict x) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += w[i] * x[i];
    }
    return sum;
}

// Adds the products of inputs [first, first + n) to the sums of `outputs` outputs.
static void add_inputs(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                       const int8_t *w, size_t outputs, size_t first, size_t n, sums acc) {
    int16_t wide_x[TOKENS][INPUTS], wide_w[INPUTS];
    for (size_t t = 0; t < tokens; t++) {
        widen(n, x + t * l->inputs + first, wide_x[t]);
    }
    for (size_t o = 0; o < outputs; o++) {
        widen(n, w + o * l->inputs + first, wide_w);
        for (size_t t = 0; t < tokens; t++) {
            acc[t][o] += multiply(n, wide_w, wide_x[t]);
        }
    }
}

// Outputs [first, first + n) of at most TOKENS tokens.
static void tile(const struct se_quantized_linear *l, size_t tokens, const int8_t *x, size_t first,
                 size_t n, sums acc) {
    memset(acc, 0, sizeof(sums));
    for (size_t i = 0; i < l->inputs; i += INPUTS) {
        size_t inputs = l->inputs - i < INPUTS ? l->inputs - i : INPUTS;
        add_inputs(l, tokens, x, l->w + first * l->inputs, n, i, inputs, acc);
    }
}

// Where a tile's row of n sums goes: place is its offset in y[tokens][outputs].
struct sink {
    const float *multiplier, *bias;
    int32_t *sums;
    int8_t *i8;
    float *f32;
};

static void dequantize(size_t n, const int32_t *restrict acc, const float *restrict m,
                       const float *restrict bias, float *restrict y) {
    for (size_t o = 0; o < n; o++) {
        y[o] = (float)acc[o] * m[o];
    }
    for (size_t o = 0; bias && o < n; o++) {
        y[o] += bias[o];
    }
}

static void requantize(size_t n, const int32_t *restrict acc, const float *restrict m,
                       int8_t *restrict y) {
    float scaled[OUTPUTS];
    dequantize(n, acc, m, NULL, scaled);
    se_i8_activations(SE_ROUND_EVEN, n, scaled, 1, y);
}

static void put(const struct sink *sink, size_t first, size_t n, const int32_t *acc, size_t place) {
    if (sink->i8) {
        requantize(n, acc, sink->multiplier + first, sink->i8 + place);
    } else if (sink->f32) {
        dequantize(n, acc, sink->multiplier + first, sink->bias ? sink->bias + first : NULL,
                   sink->f32 + place);
    } else {
        for (size_t o = 0; o < n; o++) {
            sink->sums[place + o] = acc[o];
        }
    }
}

static void run(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                const struct sink *sink) {
    sums acc;
    for (size_t t = 0; t < tokens; t += TOKENS) {
        size_t rows = tokens - t < TOKENS ? tokens - t : TOKENS;
        for (size_t o = 0; o < l->outputs; o += OUTPUTS) {
            size_t n = l->outputs - o < OUTPUTS ? l->outputs - o : OUTPUTS;
            tile(l, rows, x + t * l->inputs, o, n, acc);
            for (size_t k = 0; k < rows; k++) {
                put(sink, o, n, acc[k], (t + k) * l->outputs + o);
            }
        }
    }
}

void se_quantized_linear_sums(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                              int32_t *acc) {
    run(l, tokens, x, &(struct sink){.sums = acc});
}

void se_quantized_linear_i8(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                            int8_t *y) {
    run(l, tokens, x, &(struct sink){.multiplier = l->multiplier, .i8 = y});
}

void se_quantized_linear_f32(const struct se_quantized_linear *l, size_t tokens, const int8_t *x,
                             const float *bias, float *y) {
    run(l, tokens, x, &(struct sink){.multiplier = l->multiplier, .bias = bias, .f32 = y});
}
