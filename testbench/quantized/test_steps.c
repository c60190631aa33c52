// SPDX-License-Identifier: Apache-2.0
// Every step of the quantised model against its reference, from the values that the step read:
// norms in double, linears in 64-bit integers, the datapath by the references of its own tests. In
// the end the whole forward pass is these steps.
#include "checks.h"
#include "small.h"

#include "../reference/conv.h"
#include "../reference/scan.h"

#include "w4a5se/dtype.h"
#include "w4a5se/fp32.h"
#include "w4a5se/linear.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(quantized_steps);

enum { TOKENS = 19, LAYERS = 4, D_MODEL = 128, D_INNER = 256, D_STATE = 16, DT_RANK = 8 };

struct subject {
    const struct se_quantized_model *m;
    const struct se_quantized_run *run;
    struct se_quantized_values v;
    size_t layer;
    size_t near_ties; // where a sum in another order may round to the neighbour
};

static float scale(const struct subject *s, enum se_model_point point) {
    return s->m->layers[s->layer].scales->points[point];
}

static void check_in_proj(struct subject *s) {
    const struct se_quantized_linear *l = &s->m->layers[s->layer].in_proj;
    float s_in = scale(s, SE_POINT_IN_PROJ);
    if (s->m->weight_bits == 8) {
        check_w8(l, s->m->model->layers[s->layer].in_proj);
    }
    check_linear("x", TOKENS, D_INNER, D_MODEL, l->w, l->s_w, s_in, scale(s, SE_POINT_X), s->v.in,
                 s->v.x);
    check_linear("z", TOKENS, D_INNER, D_MODEL, l->w + D_INNER * D_MODEL, l->s_w + D_INNER, s_in,
                 scale(s, SE_POINT_Z), s->v.in, s->v.z);
}

static void check_conv(struct subject *s) {
    static int8_t w[D_INNER * SE_CONV_WIDTH];
    static float b[D_INNER];
    static uint32_t expected[TOKENS * D_INNER];
    const struct se_model_layer *from = &s->m->model->layers[s->layer];
    const struct se_input *input = &s->run->inputs[s->layer];
    struct ref_quantizer codes = ref_quantizer_of(input->quantizers),
                         int8 = check_int8(scale(s, SE_POINT_U));
    check_conv_weights(D_INNER * SE_CONV_WIDTH, from->conv_w, w);
    for (size_t i = 0; i < D_INNER; i++) {
        b[i] = check_stored(from->conv_b[i], D_INNER, from->conv_b);
    }
    unsigned flags = 0;
    ref_conv_bits(D_INNER, TOKENS, w,
                  check_absmax(D_INNER * SE_CONV_WIDTH, from->conv_w) * scale(s, SE_POINT_X), b,
                  s->v.x, expected, &flags);
    for (size_t i = 0; i < TOKENS * D_INNER; i++) {
        uint32_t y = se_f32_bits(se_f32_silu(se_f32_from_bits(expected[i])));
        uint32_t code = ref_quantize(&codes, y), u = ref_dequantize(&codes, code);
        cr_assert(se_f32_bits(s->v.front.y[i]) == y && s->v.front.codes[i] == code &&
                  se_f32_bits(s->v.front.u[i]) == u);
        uint32_t read = ref_quantize(&int8, input->x_proj_from_code ? u : y);
        cr_assert(s->v.front.x_proj[i] == ref_code_integer(&int8, read));
    }
}

static void check_x_proj(struct subject *s) {
    const struct se_quantized_layer *layer = &s->m->layers[s->layer];
    const struct se_quantized_linear *l = &layer->x_proj;
    const int8_t *b = l->w + DT_RANK * D_INNER, *c = b + D_STATE * D_INNER;
    float s_u = scale(s, SE_POINT_U);
    check_linear("dt_low", TOKENS, DT_RANK, D_INNER, l->w, l->s_w, s_u, scale(s, SE_POINT_DT_LOW),
                 s->v.front.x_proj, s->v.dt_low);
    check_linear("B", TOKENS, D_STATE, D_INNER, b, l->s_w + DT_RANK, s_u, scale(s, SE_POINT_B),
                 s->v.front.x_proj, s->v.b);
    check_linear("C", TOKENS, D_STATE, D_INNER, c, l->s_w + DT_RANK + D_STATE, s_u,
                 scale(s, SE_POINT_C), s->v.front.x_proj, s->v.c);
    check_w8(&layer->dt_proj, s->m->model->layers[s->layer].dt_proj);
    check_linear("dt", TOKENS, D_INNER, DT_RANK, layer->dt_proj.w, layer->dt_proj.s_w,
                 scale(s, SE_POINT_DT_LOW), scale(s, SE_POINT_DT), s->v.dt_low, s->v.dt);
}

static void check_scan(struct subject *s, const float *h) {
    static float A[D_INNER * D_STATE], D[D_INNER], dt_bias[D_INNER], s_h[D_INNER * D_STATE];
    static uint32_t state[D_INNER * D_STATE];
    static uint16_t y[TOKENS * D_INNER];
    const struct se_model_layer *from = &s->m->model->layers[s->layer];
    for (size_t i = 0; i < D_INNER * D_STATE; i++) {
        A[i] = -se_f32_exp(check_stored(from->A_log[i], D_INNER * D_STATE, from->A_log));
        s_h[i] = scale(s, SE_POINT_H);
    }
    for (size_t i = 0; i < D_INNER; i++) {
        D[i] = check_stored(from->D[i], D_INNER, from->D);
        dt_bias[i] = check_stored(from->dt_bias[i], D_INNER, from->dt_bias);
    }
    float s_b = scale(s, SE_POINT_B), s_c = scale(s, SE_POINT_C);
    const struct ref_scan scan = {D_INNER,
                                  D_STATE,
                                  1,
                                  A,
                                  s_h,
                                  D,
                                  dt_bias,
                                  &s_b,
                                  &s_c,
                                  scale(s, SE_POINT_DT),
                                  scale(s, SE_POINT_Z),
                                  true,
                                  s->run->state_mode == SE_STATE_INT8_STEP ? REF_STATE_STEP
                                                                           : REF_STATE_EXACT,
                                  TOKENS,
                                  s->v.front.u,
                                  s->v.dt,
                                  s->v.z,
                                  s->v.b,
                                  s->v.c};
    unsigned flags = 0;
    memset(state, 0, sizeof state);
    ref_scan_bits(&scan, state, y, &flags);
    cr_assert_arr_eq(s->v.y, y, sizeof y);
    cr_assert_arr_eq(h, state, sizeof state);
}

// Sylvester's matrix of 256 in double.
static void rotate(const double *y, double *turned) {
    for (size_t i = 0; i < D_INNER; i++) {
        turned[i] = 0;
        for (size_t j = 0; j < D_INNER; j++) {
            turned[i] += (__builtin_parityl(i & j) ? -1 : 1) * y[j] / 16;
        }
    }
}

static void check_out(struct subject *s, const float *before) {
    const struct se_quantized_layer *layer = &s->m->layers[s->layer];
    float s_y = s->m->rotated ? layer->scales->rotated : scale(s, SE_POINT_Y);
    double y[D_INNER], turned[D_INNER];
    for (size_t t = 0; t < TOKENS; t++) {
        for (size_t i = 0; i < D_INNER; i++) {
            turned[i] = y[i] = (double)se_f16_to_f32(s->v.y[t * D_INNER + i]);
        }
        if (s->m->rotated) {
            rotate(y, turned);
        }
        for (size_t i = 0; i < D_INNER; i++) {
            check_rounded("y8", turned[i] * (double)(1 / s_y), 1e-3, s->v.y8[t * D_INNER + i],
                          &s->near_ties);
        }
    }
    check_out_proj(&layer->out_proj, TOKENS, s_y, s->v.y8, before, s->v.out, s->v.residual);
}

// Steps from an empty state, checked; then the same by one call.
static void check_run(const struct small *small, int bits, bool rotated,
                      const struct se_quantized_run *run) {
    struct se_quantized_model m = small_quantized(small, bits, rotated);
    struct se_quantized_state state;
    struct se_error err = {""};
    struct subject s = {.m = &m, .run = run};
    static float before[TOKENS * D_MODEL], logits[2][256];
    const uint32_t *ids = small->test.ids + 1000;
    cr_assert(se_quantized_run_check(&m, run, &err) == SE_OK, "%s", err.message);
    cr_assert(se_quantized_values_alloc(&small->model, &s.v, &err) == SE_OK);
    cr_assert(se_quantized_state_alloc(&small->model, &state, &err) == SE_OK);
    for (size_t t = 0; t < TOKENS; t++) {
        memcpy(s.v.residual + t * D_MODEL, small->model.embedding + ids[t] * D_MODEL,
               D_MODEL * sizeof(float));
    }
    for (s.layer = 0; s.layer < LAYERS; s.layer++) {
        float *h = state.h + s.layer * D_INNER * D_STATE;
        memcpy(before, s.v.residual, sizeof before);
        se_quantized_in(&m, s.layer, TOKENS, &s.v);
        check_norm(TOKENS, D_MODEL, before, small->model.layers[s.layer].norm,
                   small->model.config.norm_eps, scale(&s, SE_POINT_IN_PROJ), s.v.in, &s.near_ties);
        check_in_proj(&s);
        se_quantized_conv(&m, run, s.layer, state.history + s.layer * D_INNER * SE_CONV_HISTORY,
                          TOKENS, &s.v);
        check_conv(&s);
        se_quantized_x_proj(&m, s.layer, TOKENS, &s.v);
        check_x_proj(&s);
        se_quantized_scan(&m, run, s.layer, h, true, TOKENS, &s.v);
        check_scan(&s, h);
        se_quantized_out(&m, run, s.layer, TOKENS, &s.v);
        check_out(&s, before);
    }
    cr_expect(s.near_ties < TOKENS * LAYERS * 4, "%zu near-ties", s.near_ties);
    float last[D_MODEL];
    se_rms_norm(1, D_MODEL, s.v.residual + (TOKENS - 1) * D_MODEL, small->model.final_norm,
                small->model.config.norm_eps, last);
    se_linear(1, D_MODEL, 256, last, small->model.head, NULL, logits[0]);
    se_quantized_state_reset(&small->model, &state);
    cr_assert(se_quantized_forward(&m, run, &state, &s.v, TOKENS, ids, 1, logits[1], NULL, NULL,
                                   &err) == SE_OK);
    cr_assert_arr_eq(logits[0], logits[1], sizeof logits[0]);
    se_quantized_state_free(&state);
    se_quantized_values_free(&s.v);
    se_quantized_model_free(&m);
}

Test(quantized_steps, are_their_references) {
    static const enum se_input_mode modes[] = {SE_INPUT_INT8, SE_INPUT_W4A5_SE, SE_INPUT_INT5};
    struct small small;
    small_open(&small);
    for (size_t i = 0; i < 3; i++) {
        struct small_inputs in = small_inputs(&small, modes[i], i == 1);
        struct se_quantized_run run = {in.inputs, i == 2 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                                       SE_Y_INT8, SE_ROUND_EVEN};
        check_run(&small, 8, i != 1, &run);
        check_run(&small, 4, i == 1, &run);
        small_free_inputs(&in);
    }
    small_close(&small);
}
