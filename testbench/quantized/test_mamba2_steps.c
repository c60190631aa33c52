// SPDX-License-Identifier: Apache-2.0
// Every step of a quantised Mamba-2 against its reference, from the values that the step read, as
// test_steps.c does it for Mamba-1.
#include "checks.h"
#include "small.h"

#include "../reference/conv.h"
#include "../reference/scan.h"

#include "w4a5se/dtype.h"
#include "w4a5se/fp32.h"
#include "w4a5se/linear.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

TestSuite(mamba2_steps);

enum {
    TOKENS = 21,
    D_MODEL = MAMBA2_D_MODEL,
    D_INNER = MAMBA2_D_INNER,
    GROUPS = MAMBA2_GROUPS,
    HEADS = MAMBA2_HEADS,
    HEADDIM = MAMBA2_HEADDIM,
    D_STATE = MAMBA2_D_STATE,
    STATES = GROUPS * D_STATE,
    CHANNELS = D_INNER + 2 * STATES,
};

struct subject {
    const struct se_quantized_model *m;
    const struct se_quantized_run *run;
    const struct se_model_layer *from;
    const struct se_layer_scales *scales;
    struct se_quantized_values v;
    size_t layer;
    size_t near_ties;
};

static void check_in_proj(struct subject *s) {
    const struct se_quantized_linear *l = &s->m->layers[s->layer].in_proj;
    const struct {
        const char *what;
        size_t rows;
        float s_y;
        const int8_t *codes;
    } parts[] = {{"z", D_INNER, s->scales->points[SE_POINT_Z], s->v.z},
                 {"x", D_INNER, s->scales->points[SE_POINT_X], s->v.x},
                 {"in_b", STATES, s->scales->mamba2->in_b, s->v.in_b},
                 {"in_c", STATES, s->scales->mamba2->in_c, s->v.in_c},
                 {"dt", HEADS, s->scales->points[SE_POINT_DT], s->v.dt}};
    if (s->m->weight_bits == 8) {
        check_w8(l, s->from->in_proj);
    }
    for (size_t i = 0, first = 0; i < sizeof parts / sizeof *parts; first += parts[i++].rows) {
        check_linear(parts[i].what, TOKENS, parts[i].rows, D_MODEL, l->w + first * D_MODEL,
                     l->s_w + first, s->scales->points[SE_POINT_IN_PROJ], parts[i].s_y, s->v.in,
                     parts[i].codes);
    }
}

// SiLU's output of convolution channels [first, first + n), of x[TOKENS][n].
static void convolve(const struct subject *s, size_t first, size_t n, float s_x, const int8_t *x,
                     uint32_t *y) {
    int8_t w[CHANNELS * SE_CONV_WIDTH];
    float b[CHANNELS];
    unsigned flags = 0;
    const float *weights = s->from->conv_w + first * SE_CONV_WIDTH;
    check_conv_weights(n * SE_CONV_WIDTH, weights, w);
    for (size_t i = 0; i < n; i++) {
        b[i] = check_stored(s->from->conv_b[first + i], n, s->from->conv_b + first);
    }
    ref_conv_bits(n, TOKENS, w, check_absmax(n * SE_CONV_WIDTH, weights) * s_x, b, x, y, &flags);
    for (size_t i = 0; i < TOKENS * n; i++) {
        y[i] = se_f32_bits(se_f32_silu(se_f32_from_bits(y[i])));
    }
}

static void check_conv(struct subject *s) {
    static uint32_t y[TOKENS * CHANNELS];
    const struct se_input *input = &s->run->inputs[s->layer];
    convolve(s, 0, D_INNER, s->scales->points[SE_POINT_X], s->v.x, y);
    for (size_t i = 0; i < TOKENS * D_INNER; i++) {
        size_t channel = se_input_is_piecewise(input->mode) ? i % D_INNER : 0;
        struct ref_quantizer q = ref_quantizer_of(&input->quantizers[channel]);
        uint32_t code = ref_quantize(&q, y[i]);
        cr_assert(se_f32_bits(s->v.front.y[i]) == y[i] && s->v.front.codes[i] == code &&
                  se_f32_bits(s->v.front.u[i]) == ref_dequantize(&q, code));
    }
    const struct {
        size_t first;
        float s_x;
        const int8_t *x, *codes;
        const float *scales;
    } parts[] = {
        {D_INNER, s->scales->mamba2->in_b, s->v.in_b, s->v.b, s->scales->mamba2->b},
        {D_INNER + STATES, s->scales->mamba2->in_c, s->v.in_c, s->v.c, s->scales->mamba2->c}};
    for (size_t p = 0; p < 2; p++) {
        convolve(s, parts[p].first, STATES, parts[p].s_x, parts[p].x, y);
        for (size_t i = 0; i < TOKENS * STATES; i++) {
            struct ref_quantizer q = check_int8(parts[p].scales[i % STATES / D_STATE]);
            cr_assert(parts[p].codes[i] == ref_code_integer(&q, ref_quantize(&q, y[i])));
        }
    }
}

// The cell of the table in which place i lies: bounds that are not above it are before it.
static size_t cell(const struct se_mamba2_scales *s, size_t i) {
    size_t heads = s->shape.heads, row = i / (heads * HEADDIM) * s->shape.head_groups, index = row;
    for (size_t k = 0; k < s->shape.head_groups; k++) {
        index += s->grouping.head_range[row + k] <= i / HEADDIM % heads;
    }
    row = index * s->shape.dim_groups;
    index = row;
    for (size_t k = 0; k < s->shape.dim_groups; k++) {
        index += s->grouping.dim_range[row + k] <= i % HEADDIM;
    }
    return index;
}

static void check_scan(struct subject *s, const float *h) {
    static float A[D_INNER * D_STATE], D[D_INNER], dt_bias[D_INNER], s_h[D_INNER * D_STATE];
    static int8_t dt[TOKENS * D_INNER];
    static uint32_t state[D_INNER * D_STATE];
    static uint16_t y[TOKENS * D_INNER];
    const struct se_mamba2_scales *scales = s->scales->mamba2;
    for (size_t i = 0; i < D_INNER; i++) {
        size_t head = i / HEADDIM;
        D[i] = check_stored(s->from->D[head], HEADS, s->from->D);
        dt_bias[i] = check_stored(s->from->dt_bias[head], HEADS, s->from->dt_bias);
        for (size_t t = 0; t < TOKENS; t++) {
            dt[t * D_INNER + i] = s->v.dt[t * HEADS + head];
        }
        for (size_t n = 0; n < D_STATE; n++) {
            A[i * D_STATE + n] =
                -se_f32_exp(check_stored(s->from->A_log[head], HEADS, s->from->A_log));
            s_h[scales->grouping.permutation[i] * D_STATE + n] =
                scales->state[cell(scales, i) * D_STATE + n];
        }
    }
    const struct ref_scan scan = {
        .d_inner = D_INNER,
        .d_state = D_STATE,
        .groups = GROUPS,
        .A = A,
        .s_h = s_h,
        .D = D,
        .dt_bias = dt_bias,
        .s_b = scales->b,
        .s_c = scales->c,
        .s_dt = s->scales->points[SE_POINT_DT],
        .rounding = s->run->state_mode == SE_STATE_INT8_STEP ? REF_STATE_STEP : REF_STATE_EXACT,
        .tokens = TOKENS,
        .u = s->v.front.u,
        .dt = dt,
        .b = s->v.b,
        .c = s->v.c};
    unsigned flags = 0;
    memset(state, 0, sizeof state);
    ref_scan_bits(&scan, state, y, &flags);
    cr_assert_arr_eq(s->v.y, y, sizeof y);
    cr_assert_arr_eq(h, state, sizeof state);
}

// y silu(z) over its root mean square, group by group, in double.
static void gated_norm(const struct subject *s, size_t t, double *normed) {
    enum { PART = D_INNER / GROUPS };
    for (size_t first = 0; first < D_INNER; first += PART) {
        double squares = 0;
        for (size_t i = first; i < first + PART; i++) {
            size_t place = t * D_INNER + i;
            double z = (double)s->scales->points[SE_POINT_Z] * s->v.z[place];
            normed[i] = (double)se_f16_to_f32(s->v.y[place]) * z / (1 + exp(-z));
            squares += normed[i] * normed[i];
        }
        double norm = 1 / sqrt(squares / PART + (double)s->m->model->config.norm_eps);
        for (size_t i = first; i < first + PART; i++) {
            normed[i] *= norm * (double)s->from->gate_norm[i];
        }
    }
}

// Sylvester's matrix of 128.
static void rotate(double *y) {
    double turned[D_INNER] = {0};
    for (size_t i = 0; i < D_INNER; i++) {
        for (size_t j = 0; j < D_INNER; j++) {
            turned[i] += (__builtin_parityl(i & j) ? -1 : 1) * y[j] / sqrt(D_INNER);
        }
    }
    memcpy(y, turned, sizeof turned);
}

static void check_out(struct subject *s, const float *before) {
    float s_y = s->m->rotated ? s->scales->rotated : s->scales->points[SE_POINT_Y];
    double y[D_INNER];
    for (size_t t = 0; t < TOKENS; t++) {
        gated_norm(s, t, y);
        if (s->m->rotated) {
            rotate(y);
        }
        for (size_t i = 0; i < D_INNER; i++) {
            check_rounded("y8", y[i] * (double)(1 / s_y), 1e-3, s->v.y8[t * D_INNER + i],
                          &s->near_ties);
        }
    }
    check_out_proj(&s->m->layers[s->layer].out_proj, TOKENS, s_y, s->v.y8, before, s->v.out,
                   s->v.residual);
}

static void check_layer(struct subject *s, struct se_quantized_state *state) {
    float before[TOKENS * D_MODEL], *h = state->h + s->layer * D_INNER * D_STATE;
    s->from = &s->m->model->layers[s->layer];
    s->scales = s->m->layers[s->layer].scales;
    memcpy(before, s->v.residual, sizeof before);
    se_quantized_in(s->m, s->layer, TOKENS, &s->v);
    check_norm(TOKENS, D_MODEL, before, s->from->norm, s->m->model->config.norm_eps,
               s->scales->points[SE_POINT_IN_PROJ], s->v.in, &s->near_ties);
    check_in_proj(s);
    se_quantized_conv(s->m, s->run, s->layer,
                      state->history + s->layer * CHANNELS * SE_CONV_HISTORY, TOKENS, &s->v);
    check_conv(s);
    se_quantized_x_proj(s->m, s->layer, TOKENS, &s->v);
    se_quantized_scan(s->m, s->run, s->layer, h, true, TOKENS, &s->v);
    check_scan(s, h);
    se_quantized_out(s->m, s->run, s->layer, TOKENS, &s->v);
    check_out(s, before);
}

// Steps from an empty state, checked; then the same by one call.
static void check_run(const struct small *small, int bits, bool rotated,
                      const struct se_quantized_run *run) {
    struct se_quantized_model m = small_quantized(small, bits, rotated);
    struct se_quantized_state state;
    struct se_error err = {""};
    struct subject s = {.m = &m, .run = run};
    float last[D_MODEL], logits[2][MAMBA2_VOCAB];
    const uint32_t *ids = small->test.ids + 100;
    cr_assert(se_quantized_run_check(&m, run, &err) == SE_OK, "%s", err.message);
    cr_assert(se_quantized_values_alloc(&small->model, &s.v, &err) == SE_OK);
    cr_assert(se_quantized_state_alloc(&small->model, &state, &err) == SE_OK);
    for (size_t t = 0; t < TOKENS; t++) {
        memcpy(s.v.residual + t * D_MODEL, small->model.embedding + ids[t] * D_MODEL,
               D_MODEL * sizeof(float));
    }
    for (s.layer = 0; s.layer < MAMBA2_LAYERS; s.layer++) {
        check_layer(&s, &state);
    }
    cr_expect(s.near_ties < TOKENS * MAMBA2_LAYERS * 4, "%zu near-ties", s.near_ties);
    se_rms_norm(1, D_MODEL, s.v.residual + (TOKENS - 1) * D_MODEL, small->model.final_norm,
                small->model.config.norm_eps, last);
    se_linear(1, D_MODEL, MAMBA2_VOCAB, last, small->model.head, NULL, logits[0]);
    se_quantized_state_reset(&small->model, &state);
    cr_assert(se_quantized_forward(&m, run, &state, &s.v, TOKENS, ids, 1, logits[1], NULL, NULL,
                                   &err) == SE_OK);
    cr_assert_arr_eq(logits[0], logits[1], sizeof logits[0]);
    se_quantized_state_free(&state);
    se_quantized_values_free(&s.v);
    se_quantized_model_free(&m);
}

Test(mamba2_steps, are_their_references) {
    static const enum se_input_mode modes[] = {SE_INPUT_INT8, SE_INPUT_INT8_PIECEWISE,
                                               SE_INPUT_W4A5_SE, SE_INPUT_W4A5_SE_PIECEWISE};
    struct small small;
    small_open_mamba2(&small);
    for (size_t i = 0; i < 4; i++) {
        struct small_inputs in = small_inputs(&small, modes[i], false);
        struct se_quantized_run run = {in.inputs, i % 2 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                                       SE_Y_INT8, SE_ROUND_EVEN};
        check_run(&small, 8, i > 1, &run);
        check_run(&small, 4, i < 2, &run);
        small_free_inputs(&in);
    }
    small_close(&small);
}
