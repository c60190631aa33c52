// SPDX-License-Identifier: Apache-2.0
#include "scan_case.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <string.h>

void *scan_array(size_t n, size_t size) {
    void *array = calloc(n ? n : 1, size);
    cr_assert(array, "no memory for %zu values", n);
    return array;
}

static double uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * (double)(ref_random(state) >> 11) * 0x1p-53;
}

static void fill_floats(uint64_t *state, enum scan_values values, size_t n, float *x, double low,
                        double high) {
    for (size_t i = 0; i < n; i++) {
        x[i] = values == SCAN_WILD && ref_random_int(state, 0, 3) == 0
                   ? se_f32_from_bits(ref_random_f32(state))
                   : (float)uniform(state, low, high);
    }
}

static void fill_scales(uint64_t *state, enum scan_values values, size_t n, float *x, double low,
                        double high) {
    for (size_t i = 0; i < n; i++) {
        x[i] = values == SCAN_WILD && ref_random_int(state, 0, 3) == 0
                   ? se_f32_from_bits(ref_random_positive(state, -126, 125))
                   : (float)uniform(state, low, high);
    }
}

static void fill_codes(uint64_t *state, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)ref_random_int(state, -128, 127);
    }
}

static struct scan_case allocated(size_t groups, size_t heads, size_t d_inner, size_t d_state,
                                  size_t tokens) {
    size_t states = d_inner * d_state, codes = tokens * groups * d_state, values = tokens * d_inner;
    return (struct scan_case){.d_inner = d_inner,
                              .d_state = d_state,
                              .tokens = tokens,
                              .groups = groups,
                              .heads = heads,
                              .A = scan_array(states, sizeof(float)),
                              .D = scan_array(d_inner, sizeof(float)),
                              .dt_bias = scan_array(d_inner, sizeof(float)),
                              .s_h = scan_array(states, sizeof(float)),
                              .s_b = scan_array(groups, sizeof(float)),
                              .s_c = scan_array(groups, sizeof(float)),
                              .u = scan_array(values, sizeof(float)),
                              .h = scan_array(states, sizeof(float)),
                              .dt = scan_array(values, 1),
                              .z = scan_array(values, 1),
                              .b = scan_array(codes, 1),
                              .c = scan_array(codes, 1)};
}

// dt_bias is the inverse of softplus at 0.001 to 0.1, and s_dt * q moves it by less than 1.
static void fill(uint64_t *state, enum scan_values values, struct scan_case *k) {
    size_t states = k->d_inner * k->d_state, codes = k->tokens * k->groups * k->d_state;
    fill_floats(state, values, states, k->A, -16, -1);
    fill_floats(state, values, k->d_inner, k->D, 0.5, 1.5);
    fill_floats(state, values, k->d_inner, k->dt_bias, -6.9, -2.3);
    fill_floats(state, values, k->tokens * k->d_inner, k->u, -0.28, 5);
    fill_floats(state, values, states, k->h, -1, 1);
    fill_scales(state, values, states, k->s_h, 0.002, 0.02);
    fill_scales(state, values, k->groups, k->s_b, 0.005, 0.02);
    fill_scales(state, values, k->groups, k->s_c, 0.005, 0.02);
    fill_scales(state, values, 1, &k->s_dt, 0.001, 0.008);
    fill_scales(state, values, 1, &k->s_z, 0.01, 0.05);
    fill_codes(state, k->tokens * k->d_inner, k->dt);
    fill_codes(state, k->tokens * k->d_inner, k->z);
    fill_codes(state, codes, k->b);
    fill_codes(state, codes, k->c);
}

struct scan_case scan_case_new(uint64_t *state, enum scan_values values, size_t d_inner,
                               size_t d_state, size_t tokens) {
    struct scan_case k = allocated(1, d_inner, d_inner, d_state, tokens);
    fill(state, values, &k);
    for (size_t i = 1; i < d_inner * d_state; i++) {
        k.s_h[i] = k.s_h[0];
    }
    return k;
}

struct scan_case scan_case_new2(uint64_t *state, enum scan_values values, size_t groups,
                                size_t heads, size_t headdim, size_t d_state, size_t tokens) {
    size_t d_inner = heads * headdim;
    struct scan_case k = allocated(groups, heads, d_inner, d_state, tokens);
    fill(state, values, &k);
    for (size_t d = 0; d < d_inner; d++) {
        size_t first = d / headdim * headdim;
        k.D[d] = k.D[first];
        k.dt_bias[d] = k.dt_bias[first];
        for (size_t n = 0; n < d_state; n++) {
            k.A[d * d_state + n] = k.A[first * d_state];
        }
        for (size_t t = 0; t < tokens; t++) {
            k.dt[t * d_inner + d] = k.dt[t * d_inner + first];
        }
    }
    return k;
}

void scan_case_free(struct scan_case *k) {
    void *arrays[] = {k->A, k->D, k->dt_bias, k->s_h, k->s_b, k->s_c,
                      k->u, k->h, k->dt,      k->z,   k->b,   k->c};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(arrays[i]);
    }
}

struct se_scan scan_case_scan(const struct scan_case *k, bool gate, enum se_state_mode mode) {
    return (struct se_scan){.d_inner = k->d_inner,
                            .d_state = k->d_state,
                            .A = k->A,
                            .D = k->D,
                            .dt_bias = k->dt_bias,
                            .s_dt = k->s_dt,
                            .s_b = k->s_b[0],
                            .s_c = k->s_c[0],
                            .s_z = k->s_z,
                            .gate = gate,
                            .state_mode = mode,
                            .s_h = k->s_h[0]};
}

struct ref_scan scan_case_reference(const struct scan_case *k, bool gate, enum se_state_mode mode) {
    static const enum ref_state_rounding roundings[] = {[SE_STATE_FP32] = REF_STATE_EXACT,
                                                        [SE_STATE_INT8_FINAL] = REF_STATE_FINAL,
                                                        [SE_STATE_INT8_STEP] = REF_STATE_STEP};
    return (struct ref_scan){.d_inner = k->d_inner,
                             .d_state = k->d_state,
                             .groups = k->groups,
                             .A = k->A,
                             .s_h = k->s_h,
                             .D = k->D,
                             .dt_bias = k->dt_bias,
                             .s_b = k->s_b,
                             .s_c = k->s_c,
                             .s_dt = k->s_dt,
                             .s_z = k->s_z,
                             .gate = gate,
                             .rounding = roundings[mode],
                             .tokens = k->tokens,
                             .u = k->u,
                             .dt = k->dt,
                             .z = k->z,
                             .b = k->b,
                             .c = k->c};
}

float *scan_case_states(const struct scan_case *k) {
    size_t n = k->d_inner * k->d_state;
    float *h = scan_array(n, sizeof *h);
    memcpy(h, k->h, n * sizeof *h);
    return h;
}
