// SPDX-License-Identifier: Apache-2.0
// Every step of the quantised model against its reference, from the values that the step read:
// norms in double, linears in 64-bit integers, the datapath by the references of its own tests. In
// the end the whole forward pass is these steps.
#include "small.h"

#include "../reference/conv.h"
#include "../reference/quantizer.h"
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

static double even(double x) {
    double below = floor(x), rest = x - below;
    double q = rest > 0.5 || (rest == 0.5 && fmod(below, 2) != 0) ? below + 1 : below;
    return q < -128 ? -128 : q > 127 ? 127 : q;
}

// q is x rounded to even, or its neighbour where x is within `slack` of a tie.
static void expect_rounded(struct subject *s, const char *what, double x, double slack, int q) {
    bool near_tie = fabs(fabs(x - trunc(x)) - 0.5) < slack;
    s->near_ties += near_tie;
    cr_assert(near_tie ? fabs(x - q) < 0.5 + slack : q == (int)even(x), "%s: %d for %.9g", what, q,
              x);
}

static float scale(const struct subject *s, enum se_model_point point) {
    return s->m->layers[s->layer].scales->points[point];
}

static void check_norm(struct subject *s, const float *residual) {
    const float *weight = s->m->model->layers[s->layer].norm;
    double inv_s = (double)(1 / scale(s, SE_POINT_IN_PROJ));
    for (size_t t = 0; t < TOKENS; t++) {
        double squares = 0;
        for (size_t i = 0; i < D_MODEL; i++) {
            squares += pow((double)residual[t * D_MODEL + i], 2);
        }
        double norm = 1 / sqrt(squares / D_MODEL + (double)s->m->model->config.norm_eps);
        for (size_t i = 0; i < D_MODEL; i++) {
            double x = (double)residual[t * D_MODEL + i] * norm * (double)weight[i] * inv_s;
            expect_rounded(s, "in", x, 1e-3, s->v.in[t * D_MODEL + i]);
        }
    }
}

// y[tokens][outputs] of x[tokens][inputs], weights w and their scales, from s_x to s_y.
static void check_linear(const char *what, size_t outputs, size_t inputs, const int8_t *w,
                         const float *s_w, float s_x, float s_y, const int8_t *x, const int8_t *y) {
    for (size_t t = 0; t < TOKENS; t++) {
        for (size_t o = 0; o < outputs; o++) {
            int64_t sum = 0;
            for (size_t i = 0; i < inputs; i++) {
                sum += w[o * inputs + i] * x[t * inputs + i];
            }
            float multiplier = s_w[o] * s_x / s_y;
            double scaled = (double)(float)((double)sum * (double)multiplier);
            cr_assert(y[t * outputs + o] == (int)even(scaled), "%s, token %zu, output %zu", what, t,
                      o);
        }
    }
}

// INT8 weights are the checkpoint's over one scale, half to even.
static void check_w8(const struct se_quantized_linear *l, const float *weights) {
    float largest = 0;
    for (size_t i = 0; i < l->outputs * l->inputs; i++) {
        largest = fmaxf(largest, fabsf(weights[i]));
    }
    for (size_t i = 0; i < l->outputs * l->inputs; i++) {
        float quotient = weights[i] / (largest / 127);
        cr_assert(l->w[i] == (int)even((double)quotient) && l->s_w[i / l->inputs] == largest / 127);
    }
}

static void check_in_proj(struct subject *s) {
    const struct se_quantized_linear *l = &s->m->layers[s->layer].in_proj;
    float s_in = scale(s, SE_POINT_IN_PROJ);
    if (s->m->weight_bits == 8) {
        check_w8(l, s->m->model->layers[s->layer].in_proj);
    }
    check_linear("x", D_INNER, D_MODEL, l->w, l->s_w, s_in, scale(s, SE_POINT_X), s->v.in, s->v.x);
    check_linear("z", D_INNER, D_MODEL, l->w + D_INNER * D_MODEL, l->s_w + D_INNER, s_in,
                 scale(s, SE_POINT_Z), s->v.in, s->v.z);
}

static struct ref_quantizer reference_of(const struct se_quantizer *q) {
    struct ref_quantizer ref = {.code_bits = q->format.code_bits,
                                .dual = q->format.dual,
                                .base1 = q->format.base1,
                                .base2 = q->format.base2,
                                .s1 = se_f32_bits(q->s1),
                                .ratio = se_f32_bits(q->ratio),
                                .thr_pos = se_f32_bits(q->thr_pos),
                                .thr_neg = se_f32_bits(q->thr_neg)};
    cr_assert(ref_quantizer_derive(&ref));
    return ref;
}

// INT8 parameters: fl(s * q) of the checkpoint's.
static float stored(float parameter, size_t n, const float *all) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(all[i]));
    }
    float s = largest / 127;
    return s * (float)even((double)(parameter / s));
}

static void check_conv(struct subject *s) {
    static int8_t w[D_INNER * SE_CONV_WIDTH];
    static float b[D_INNER];
    static uint32_t expected[TOKENS * D_INNER];
    const struct se_model_layer *from = &s->m->model->layers[s->layer];
    const struct se_input *input = &s->run->inputs[s->layer];
    struct ref_quantizer codes = reference_of(input->quantizers),
                         int8 = {8,
                                 false,
                                 -128,
                                 -128,
                                 se_f32_bits(scale(s, SE_POINT_U)),
                                 se_f32_bits(1),
                                 se_f32_bits(INFINITY),
                                 se_f32_bits(INFINITY),
                                 0,
                                 0,
                                 0};
    cr_assert(ref_quantizer_derive(&int8));
    float largest = 0;
    for (size_t i = 0; i < D_INNER * SE_CONV_WIDTH; i++) {
        largest = fmaxf(largest, fabsf(from->conv_w[i]));
    }
    for (size_t i = 0; i < D_INNER * SE_CONV_WIDTH; i++) {
        w[i] = (int8_t)even((double)(from->conv_w[i] / (largest / 127)));
    }
    for (size_t i = 0; i < D_INNER; i++) {
        b[i] = stored(from->conv_b[i], D_INNER, from->conv_b);
    }
    unsigned flags = 0;
    ref_conv_bits(D_INNER, TOKENS, w, largest / 127 * scale(s, SE_POINT_X), b, s->v.x, expected,
                  &flags);
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
    check_linear("dt_low", DT_RANK, D_INNER, l->w, l->s_w, s_u, scale(s, SE_POINT_DT_LOW),
                 s->v.front.x_proj, s->v.dt_low);
    check_linear("B", D_STATE, D_INNER, b, l->s_w + DT_RANK, s_u, scale(s, SE_POINT_B),
                 s->v.front.x_proj, s->v.b);
    check_linear("C", D_STATE, D_INNER, c, l->s_w + DT_RANK + D_STATE, s_u, scale(s, SE_POINT_C),
                 s->v.front.x_proj, s->v.c);
    check_w8(&layer->dt_proj, s->m->model->layers[s->layer].dt_proj);
    check_linear("dt", D_INNER, DT_RANK, layer->dt_proj.w, layer->dt_proj.s_w,
                 scale(s, SE_POINT_DT_LOW), scale(s, SE_POINT_DT), s->v.dt_low, s->v.dt);
}

static void check_scan(struct subject *s, const float *h) {
    static float A[D_INNER * D_STATE], D[D_INNER], dt_bias[D_INNER], s_h[D_INNER * D_STATE];
    static uint32_t state[D_INNER * D_STATE];
    static uint16_t y[TOKENS * D_INNER];
    const struct se_model_layer *from = &s->m->model->layers[s->layer];
    for (size_t i = 0; i < D_INNER * D_STATE; i++) {
        A[i] = -se_f32_exp(stored(from->A_log[i], D_INNER * D_STATE, from->A_log));
        s_h[i] = scale(s, SE_POINT_H);
    }
    for (size_t i = 0; i < D_INNER; i++) {
        D[i] = stored(from->D[i], D_INNER, from->D);
        dt_bias[i] = stored(from->dt_bias[i], D_INNER, from->dt_bias);
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
            expect_rounded(s, "y8", turned[i] * (double)(1 / s_y), 1e-3, s->v.y8[t * D_INNER + i]);
        }
        for (size_t o = 0; o < D_MODEL; o++) {
            int64_t sum = 0;
            for (size_t i = 0; i < D_INNER; i++) {
                sum += layer->out_proj.w[o * D_INNER + i] * s->v.y8[t * D_INNER + i];
            }
            float out = (float)((double)sum * (double)(layer->out_proj.s_w[o] * s_y));
            size_t place = t * D_MODEL + o;
            cr_assert(s->v.out[place] == out);
            cr_assert(s->v.residual[place] == before[place] + out);
        }
    }
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
        check_norm(&s, before);
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
