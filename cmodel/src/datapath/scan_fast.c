// SPDX-License-Identifier: Apache-2.0
// The scan with a lane a channel. States are transposed, so that y still sums over n in order; a
// block keeps its A and h in that form for all tokens. Every operation is the scalar one, so only
// the payload of a NaN can differ on the way: it is canonical again where a value leaves.
#include "w4a5se/scan.h"

#include "recurrence.h"
#include "transpose.h"
#include "w4a5se/fp32.h"
#include "w4a5se/fp32_batch.h"

#include <math.h>
#include <string.h>

// Channels of a block; tokens whose steps and gates are made together; states that exp takes at a
// time.
enum { LANES = 64, TOKENS = 4, STATES = 16 };

typedef float lanes[LANES] __attribute__((aligned(64)));

struct inputs {
    const float *u;
    const int8_t *dt, *b, *c, *z;
};

struct block {
    const struct se_scan *scan;
    size_t first, n; // channels [first, first + n)
    lanes D, dt_bias;
    lanes A[SE_SCAN_STATES_MAX], h[SE_SCAN_STATES_MAX]; // transposed
};

static void fill(size_t n, const float *from, lanes to) {
    memset(to, 0, sizeof(lanes));
    memcpy(to, from, n * sizeof *from);
}

static void fill_codes(size_t n, const int8_t *from, int8_t *to) {
    memset(to, 0, LANES);
    memcpy(to, from, n);
}

static void canonical(size_t n, float *x) {
    for (size_t i = 0; i < n; i++) {
        x[i] = se_f32_canonical(x[i]);
    }
}

static void scale_codes(size_t n, float scale, const int8_t *restrict q, float *restrict value) {
    for (size_t i = 0; i < n; i++) {
        value[i] = scale * (float)q[i];
    }
}

// softplus(fma(s_dt, q_dt, dt_bias)); dt[tokens]
static void steps(const struct block *block, size_t tokens, const int8_t *dt, lanes *step) {
    for (size_t t = 0; t < tokens; t++) {
        int8_t q[LANES];
        fill_codes(block->n, dt + t * block->scan->d_inner, q);
        for (size_t i = 0; i < LANES; i++) {
            step[t][i] = fmaf(block->scan->s_dt, (float)q[i], block->dt_bias[i]);
        }
    }
    se_f32_softplus_n(tokens * LANES, step[0], step[0]);
}

// Half to even. Adding 0 drops the sign of a zero, as an integer does.
static void round_lanes(float s_h, float *restrict h) {
    const float inv_s_h = 1 / s_h;
    for (size_t i = 0; i < LANES; i++) {
        float q = rintf(h[i] * inv_s_h);
        q = q < -128 ? -128 : q;
        q = q > 127 ? 127 : q;
        h[i] = ((q == q ? q : 0) + 0.0f) * s_h;
    }
}

static void update(struct block *block, const float *restrict dt, const float *restrict u,
                   const int8_t *b, const int8_t *c, float *restrict y) {
    const struct se_scan *scan = block->scan;
    lanes du, decay[STATES];
    float B[STATES], C[STATES];
    for (size_t i = 0; i < LANES; i++) {
        du[i] = dt[i] * u[i];
        y[i] = block->D[i] * u[i];
    }
    for (size_t n = 0; n < scan->d_state; n += STATES) {
        size_t states = scan->d_state - n < STATES ? scan->d_state - n : STATES;
        scale_codes(states, scan->s_b, b + n, B);
        scale_codes(states, scan->s_c, c + n, C);
        for (size_t k = 0; k < states; k++) {
            for (size_t i = 0; i < LANES; i++) {
                decay[k][i] = dt[i] * block->A[n + k][i];
            }
        }
        se_f32_exp_n(states * LANES, decay[0], decay[0]);
        for (size_t k = 0; k < states; k++) {
            float *restrict h = block->h[n + k];
            for (size_t i = 0; i < LANES; i++) {
                h[i] = fmaf(decay[k][i], h[i], B[k] * du[i]);
                y[i] = fmaf(h[i], C[k], y[i]);
            }
            if (scan->state_mode == SE_STATE_INT8_STEP) {
                round_lanes(scan->s_h, h);
            }
        }
    }
}

// fl(fl(y * z) / fl(1 + exp(-z))); y[tokens]
static void gate(const struct block *block, size_t tokens, const int8_t *z, lanes *y) {
    lanes exponential[TOKENS];
    for (size_t t = 0; t < tokens; t++) {
        int8_t q[LANES];
        lanes value;
        fill_codes(block->n, z + t * block->scan->d_inner, q);
        scale_codes(LANES, block->scan->s_z, q, value);
        for (size_t i = 0; i < LANES; i++) {
            y[t][i] *= value[i];
            exponential[t][i] = -value[i];
        }
    }
    se_f32_exp_n(tokens * LANES, exponential[0], exponential[0]);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < LANES; i++) {
            y[t][i] /= 1 + exponential[t][i];
        }
    }
}

// The block's part of `in`, from token t on, and of y.
static void run_tokens(struct block *block, size_t t, size_t tokens, const struct inputs *in,
                       uint16_t *y) {
    const struct se_scan *scan = block->scan;
    size_t first = t * scan->d_inner + block->first;
    lanes step[TOKENS], sum[TOKENS], u;
    steps(block, tokens, in->dt + first, step);
    for (size_t k = 0; k < tokens; k++) {
        size_t codes = (t + k) * scan->d_state;
        fill(block->n, in->u + first + k * scan->d_inner, u);
        update(block, step[k], u, in->b + codes, in->c + codes, sum[k]);
    }
    if (scan->gate) {
        gate(block, tokens, in->z + first, sum);
    }
    for (size_t k = 0; k < tokens; k++) {
        se_f32_to_f16_n(block->n, sum[k], y + first + k * scan->d_inner);
    }
}

static void run_block(struct block *block, float *h, size_t tokens, const struct inputs *in,
                      uint16_t *y) {
    const struct se_scan *scan = block->scan;
    const size_t first = block->first, n = block->n, d_state = scan->d_state;
    float *own_h = h + first * d_state;
    fill(n, scan->D + first, block->D);
    fill(n, scan->dt_bias + first, block->dt_bias);
    se_transpose_tiles(n, d_state, scan->A + first * d_state, LANES, block->A[0]);
    se_transpose_tiles(n, d_state, own_h, LANES, block->h[0]);
    for (size_t t = 0; t < tokens; t += TOKENS) {
        run_tokens(block, t, tokens - t < TOKENS ? tokens - t : TOKENS, in, y);
    }
    se_transpose_back(n, d_state, LANES, block->h[0], own_h);
    canonical(n * d_state, own_h);
}

void se_scan_run_channels(const struct se_scan *scan, size_t first, size_t last, float *h,
                          size_t tokens, const float *u, const int8_t *dt, const int8_t *b,
                          const int8_t *c, const int8_t *z, uint16_t *y) {
    const size_t d_state = scan->d_state;
    const struct inputs in = {u, dt, b, c, z};
    for (size_t d = first; d < last && tokens > 0; d += LANES) {
        struct block block;
        block.scan = scan;
        block.first = d;
        block.n = last - d < LANES ? last - d : LANES;
        run_block(&block, h, tokens, &in, y);
    }
    if (scan->state_mode == SE_STATE_INT8_FINAL) {
        se_state_round(scan->state_mode, (last - first) * d_state, &scan->s_h, 0,
                       h + first * d_state);
    }
}

void se_scan_run_fast(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                      const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z,
                      uint16_t *y) {
    se_scan_run_channels(scan, 0, scan->d_inner, h, tokens, u, dt, b, c, z, y);
}
