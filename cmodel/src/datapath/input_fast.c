// SPDX-License-Identifier: Apache-2.0
// The input modes with a lane a channel.
#include "w4a5se/input.h"

#include "../fp/round_away.h"
#include "w4a5se/fp32.h"
#include "w4a5se/int8.h"

#include <string.h>

enum { LANES = 256 };

// The quantisers of a block of channels; first and last are the ends of a flag's range.
struct block {
    size_t n;
    int code_bits;
    float thr_pos[LANES], thr_neg[LANES], inv_s1[LANES], inv_s2[LANES], s1[LANES], s2[LANES];
    float first1[LANES], last1[LANES], first2[LANES], last2[LANES];
};

static void set(struct block *b, size_t c, const struct se_quantizer *q) {
    const struct se_format *f = &q->format;
    b->thr_pos[c] = q->thr_pos;
    b->thr_neg[c] = q->thr_neg;
    b->inv_s1[c] = q->inv_s1;
    b->inv_s2[c] = q->inv_s2;
    b->s1[c] = q->s1;
    b->s2[c] = q->s2;
    b->first1[c] = (float)se_format_base(f, false);
    b->last1[c] = (float)se_format_last(f, false);
    b->first2[c] = (float)se_format_base(f, true);
    b->last2[c] = (float)se_format_last(f, true);
}

static void load(const struct se_input *input, size_t first, struct block *b) {
    bool piecewise = se_input_is_piecewise(input->mode);
    for (size_t c = 0; c < b->n; c++) {
        struct se_quantizer q = input->quantizers[piecewise ? first + c : 0];
        if (input->mode == SE_INPUT_INT8_SE_UNIFORM) {
            q = se_input_uniform(&q);
        }
        set(b, c, &q);
        b->code_bits = q.format.code_bits;
    }
}

static void quantize(const struct block *restrict b, const float *restrict y,
                     uint16_t *restrict codes, float *restrict u) {
    const int mask = (1 << b->code_bits) - 1;
    for (size_t c = 0; c < b->n; c++) {
        float v = y[c];
        int flag = (v > b->thr_pos[c]) | (v < -b->thr_neg[c]);
        float first = flag ? b->first2[c] : b->first1[c], last = flag ? b->last2[c] : b->last1[c];
        float q = se_round_away(v * (flag ? b->inv_s2[c] : b->inv_s1[c]));
        q = q == q ? q : 0;
        q = q < first ? first : q;
        q = q > last ? last : q;
        // + 0: an integer has no negative zero.
        u[c] = se_f32_canonical((q + 0.0f) * (flag ? b->s2[c] : b->s1[c]));
        codes[c] = (uint16_t)(flag << b->code_bits | ((int)q & mask));
    }
}

static void simulate_int8(const struct block *restrict b, const float *restrict y,
                          float *restrict u) {
    for (size_t c = 0; c < b->n; c++) {
        float q = se_round_away(y[c] * b->inv_s1[c]);
        q = q == q ? q : 0;
        q = q < -128 ? -128 : q;
        q = q > 127 ? 127 : q;
        u[c] = se_f32_canonical((q + 0.0f) * b->s1[c]);
    }
}

static void run_block(const struct se_input *input, size_t first, size_t n, size_t d_inner,
                      size_t tokens, const float *y, uint16_t *codes, float *u) {
    struct block block;
    block.n = n;
    load(input, first, &block);
    for (size_t t = 0; t < tokens; t++) {
        uint16_t row_codes[LANES];
        float row[LANES];
        size_t i = t * d_inner + first;
        if (input->mode == SE_INPUT_FP32_SIM_INT8) {
            simulate_int8(&block, y + i, row);
        } else {
            quantize(&block, y + i, row_codes, row);
        }
        memcpy(u + i, row, n * sizeof *row);
        if (codes && input->mode != SE_INPUT_FP32_SIM_INT8) {
            memcpy(codes + i, row_codes, n * sizeof *row_codes);
        }
    }
}

void se_input_run_fast(const struct se_input *input, size_t d_inner, size_t tokens, const float *y,
                       uint16_t *codes, float *u, int8_t *x_proj) {
    const size_t n = tokens * d_inner;
    if (x_proj && !input->x_proj_from_code) {
        se_i8_activations(SE_ROUND_AWAY, n, y, input->x_proj->inv_s1, x_proj);
    }
    if (input->mode == SE_INPUT_FP32) {
        memmove(u, y, n * sizeof *u);
    } else {
        for (size_t first = 0; first < d_inner; first += LANES) {
            run_block(input, first, d_inner - first < LANES ? d_inner - first : LANES, d_inner,
                      tokens, y, codes, u);
        }
    }
    if (x_proj && input->x_proj_from_code) {
        se_i8_activations(SE_ROUND_AWAY, n, u, input->x_proj->inv_s1, x_proj);
    }
}
