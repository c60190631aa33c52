// SPDX-License-Identifier: Apache-2.0
// The scan of Mamba-2 with a lane a channel of one head: as scan_fast.c, but a head has one decay
// for all its states, and a state may have a scale of its own.
#include "w4a5se/scan2.h"

#include "recurrence.h"
#include "transpose.h"
#include "w4a5se/fp32.h"
#include "w4a5se/fp32_batch.h"

#include <math.h>
#include <string.h>

enum { LANES = 64 };

typedef float lanes[LANES] __attribute__((aligned(64)));

struct block {
    const struct se_scan2 *scan;
    size_t head, group;
    size_t first, n; // channels [first, first + n), of one head
    lanes h[SE_SCAN_STATES_MAX], s_h[SE_SCAN_STATES_MAX]; // transposed; s_h with int8-step
};

// Half to even. Adding 0 drops the sign of a zero, as an integer does.
static void round_lanes(const float *restrict s_h, float *restrict h) {
    for (size_t i = 0; i < LANES; i++) {
        float q = rintf(h[i] * (1 / s_h[i]));
        q = q < -128 ? -128 : q;
        q = q > 127 ? 127 : q;
        h[i] = ((q == q ? q : 0) + 0.0f) * s_h[i];
    }
}

static void update(struct block *block, float decay, const float *restrict du, struct se_codes b,
                   struct se_codes c, float *restrict y) {
    const bool rounds = block->scan->state_mode == SE_STATE_INT8_STEP;
    for (size_t n = 0; n < block->scan->d_state; n++) {
        const float B = b.scale * (float)b.q[n], C = c.scale * (float)c.q[n];
        float *restrict h = block->h[n];
        for (size_t i = 0; i < LANES; i++) {
            h[i] = fmaf(decay, h[i], B * du[i]);
            y[i] = fmaf(h[i], C, y[i]);
        }
        if (rounds) {
            round_lanes(block->s_h[n], h);
        }
    }
}

static void run_token(struct block *block, const float *from, int8_t q_dt, struct se_codes b,
                      struct se_codes c, uint16_t *out) {
    const struct se_scan2 *scan = block->scan;
    const float D = scan->D[block->head];
    const float dt = se_scan_dt(scan->s_dt, q_dt, scan->dt_bias[block->head], NULL);
    lanes u = {0}, du, y;
    memcpy(u, from, block->n * sizeof *u);
    for (size_t i = 0; i < LANES; i++) {
        du[i] = dt * u[i];
        y[i] = D * u[i];
    }
    update(block, se_f32_exp(dt * scan->A[block->head]), du, b, c, y);
    se_f32_to_f16_n(block->n, y, out);
}

static void run_block(struct block *block, float *h, size_t tokens, const float *u,
                      const int8_t *dt, const int8_t *b, const int8_t *c, uint16_t *y) {
    const struct se_scan2 *scan = block->scan;
    const size_t d_state = scan->d_state, channels = scan->heads * scan->headdim;
    float *own = h + block->first * d_state;
    se_transpose_tiles(block->n, d_state, own, LANES, block->h[0]);
    if (scan->state_mode == SE_STATE_INT8_STEP) {
        se_transpose_tiles(block->n, d_state, scan->s_h + block->first * d_state, LANES,
                           block->s_h[0]);
    }
    for (size_t t = 0; t < tokens; t++) {
        const size_t place = t * channels + block->first;
        const size_t codes = (t * scan->groups + block->group) * d_state;
        run_token(block, u + place, dt[t * scan->heads + block->head],
                  (struct se_codes){scan->s_b[block->group], b + codes},
                  (struct se_codes){scan->s_c[block->group], c + codes}, y + place);
    }
    se_transpose_back(block->n, d_state, LANES, block->h[0], own);
    for (size_t i = 0; i < block->n * d_state; i++) {
        own[i] = se_f32_canonical(own[i]);
    }
}

void se_scan2_run_fast(const struct se_scan2 *scan, float *h, size_t tokens, const float *u,
                       const int8_t *dt, const int8_t *b, const int8_t *c, uint16_t *y) {
    struct block block;
    block.scan = scan;
    for (size_t head = 0; head < scan->heads && tokens > 0; head++) {
        block.head = head;
        block.group = head / (scan->heads / scan->groups);
        for (size_t dim = 0; dim < scan->headdim; dim += LANES) {
            block.first = head * scan->headdim + dim;
            block.n = scan->headdim - dim < LANES ? scan->headdim - dim : LANES;
            run_block(&block, h, tokens, u, dt, b, c, y);
        }
    }
    if (scan->state_mode == SE_STATE_INT8_FINAL) {
        se_state_round(scan->state_mode, scan->heads * scan->headdim * scan->d_state, scan->s_h, 1,
                       h);
    }
}
