// SPDX-License-Identifier: Apache-2.0
// The convolution with a lane a channel: blocks of channels keep their weights and history in
// 16-bit rows for all tokens.
#include "w4a5se/conv.h"

#include "w4a5se/fp32.h"

#include <math.h>
#include <string.h>

enum { LANES = 256 };

struct block {
    size_t n;
    int16_t w[SE_CONV_WIDTH][LANES], x[SE_CONV_WIDTH][LANES]; // the oldest sample first
    float b[LANES];
};

static void load(const struct se_conv *conv, const int8_t *history, size_t first,
                 struct block *block) {
    for (size_t c = 0; c < block->n; c++) {
        for (size_t i = 0; i < SE_CONV_WIDTH; i++) {
            block->w[i][c] = conv->w[(first + c) * SE_CONV_WIDTH + i];
        }
        for (size_t i = 0; i < SE_CONV_HISTORY; i++) {
            block->x[i + 1][c] = history[(first + c) * SE_CONV_HISTORY + i];
        }
    }
    memcpy(block->b, conv->b + first, block->n * sizeof(float));
}

static void store(const struct block *block, size_t first, int8_t *history) {
    for (size_t c = 0; c < block->n; c++) {
        for (size_t i = 0; i < SE_CONV_HISTORY; i++) {
            history[(first + c) * SE_CONV_HISTORY + i] = (int8_t)block->x[i + 1][c];
        }
    }
}

// One token: the newest samples in, SiLU's inputs out.
static void step(struct block *restrict block, float s_wx, const int8_t *restrict x,
                 float *restrict v) {
    memmove(block->x[0], block->x[1], sizeof block->x[0] * SE_CONV_HISTORY);
    for (size_t c = 0; c < block->n; c++) {
        block->x[SE_CONV_HISTORY][c] = x[c];
    }
    for (size_t c = 0; c < block->n; c++) {
        int32_t sum = 0;
        for (size_t i = 0; i < SE_CONV_WIDTH; i++) {
            sum += block->w[i][c] * block->x[i][c];
        }
        v[c] = fmaf(s_wx, (float)sum, block->b[c]);
    }
}

void se_conv_run_fast(const struct se_conv *conv, int8_t *history, size_t tokens, const int8_t *x,
                      float *y) {
    for (size_t first = 0; first < conv->d_inner && tokens > 0; first += LANES) {
        struct block block;
        block.n = conv->d_inner - first < LANES ? conv->d_inner - first : LANES;
        load(conv, history, first, &block);
        for (size_t t = 0; t < tokens; t++) {
            float *row = y + t * conv->d_inner + first;
            step(&block, conv->s_wx, x + t * conv->d_inner + first, row);
            se_f32_silu_n(block.n, row, row);
        }
        store(&block, first, history);
    }
}
