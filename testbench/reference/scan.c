// SPDX-License-Identifier: Apache-2.0
#include "scan.h"

#include "softfloat.h"

#include "w4a5se/fp32.h"

#include <math.h>

static const uint32_t sign_bit = 0x80000000;

static uint32_t exp_bits(uint32_t x) {
    return se_f32_bits(se_f32_exp(se_f32_from_bits(x)));
}

static uint32_t code_bits(float scale, int8_t q) {
    return ref_f32_mul(se_f32_bits(scale), ref_i32_to_f32(q, NULL), NULL);
}

static uint32_t softplus_bits(uint32_t x) {
    uint32_t bend = se_f32_bits(se_f32_log1p(se_f32_from_bits(exp_bits(x | sign_bit))));
    bool above_zero = ref_f32_less(0, x);
    return ref_f32_is_nan(x) ? REF_F32_NAN : ref_f32_add(above_zero ? x : 0, bend, NULL);
}

static int nearest_even(double x) {
    double below = floor(x), above = x - below;
    bool up = above > 0.5 || (above == 0.5 && fmod(below, 2) != 0);
    return (int)below + up;
}

static uint32_t round_state(enum ref_state_rounding rounding, uint32_t h, float s_h) {
    uint32_t scaled = ref_f32_mul(h, ref_f32_div(REF_F32_ONE, se_f32_bits(s_h), NULL), NULL);
    int64_t q = ref_f32_to_integer(scaled);
    if (rounding == REF_STATE_STEP && q > -1000 && q < 1000 && !ref_f32_is_nan(scaled)) {
        q = nearest_even((double)se_f32_from_bits(scaled));
    }
    q = q < -128 ? -128 : q > 127 ? 127 : q;
    return code_bits(s_h, (int8_t)q);
}

// One channel's new states and its sum.
static uint32_t token_bits(const struct ref_scan *s, size_t t, size_t d, uint32_t *h,
                           unsigned *flags) {
    size_t group = d * s->groups / s->d_inner, at = t * s->d_inner + d;
    size_t codes = (t * s->groups + group) * s->d_state;
    uint32_t u = se_f32_bits(s->u[at]);
    uint32_t dt = softplus_bits(ref_f32_fma(se_f32_bits(s->s_dt), ref_i32_to_f32(s->dt[at], NULL),
                                            se_f32_bits(s->dt_bias[d]), flags));
    uint32_t du = ref_f32_mul(dt, u, flags);
    uint32_t y = ref_f32_mul(se_f32_bits(s->D[d]), u, flags);
    for (size_t n = 0; n < s->d_state; n++) {
        uint32_t a = exp_bits(ref_f32_mul(dt, se_f32_bits(s->A[d * s->d_state + n]), flags));
        uint32_t b = ref_f32_mul(code_bits(s->s_b[group], s->b[codes + n]), du, flags);
        h[n] = ref_f32_fma(a, h[n], b, flags);
        y = ref_f32_fma(h[n], code_bits(s->s_c[group], s->c[codes + n]), y, flags);
    }
    return y;
}

static uint32_t gate_bits(uint32_t y, uint32_t z, unsigned *flags) {
    uint32_t below = ref_f32_add(REF_F32_ONE, exp_bits(z ^ sign_bit), NULL);
    return ref_f32_div(ref_f32_mul(y, z, flags), below, NULL);
}

void ref_scan_bits(const struct ref_scan *s, uint32_t *h, uint16_t *y, unsigned *flags) {
    for (size_t d = 0; d < s->d_inner; d++) {
        uint32_t *state = h + d * s->d_state;
        for (size_t t = 0; t < s->tokens; t++) {
            size_t at = t * s->d_inner + d;
            uint32_t sum = token_bits(s, t, d, state, flags);
            if (s->gate) {
                sum = gate_bits(sum, code_bits(s->s_z, s->z[at]), flags);
            }
            y[at] = (uint16_t)ref_f32_to_f16(sum, flags);
            bool last = t + 1 == s->tokens;
            for (size_t n = 0; n < s->d_state; n++) {
                if (s->rounding == REF_STATE_STEP || (s->rounding == REF_STATE_FINAL && last)) {
                    state[n] = round_state(s->rounding, state[n], s->s_h[d * s->d_state + n]);
                }
            }
        }
    }
}

static struct ref_real code_real(float scale, int8_t q) {
    return ref_real_mul(ref_exact(scale), ref_exact(q));
}

static struct ref_real token_real(const struct ref_scan *s, size_t t, size_t d,
                                  struct ref_real *h) {
    size_t group = d * s->groups / s->d_inner, at = t * s->d_inner + d;
    size_t codes = (t * s->groups + group) * s->d_state;
    struct ref_real u = ref_exact(s->u[at]);
    struct ref_real dt = ref_real_softplus(
        ref_real_fma(ref_exact(s->s_dt), ref_exact(s->dt[at]), ref_exact(s->dt_bias[d])));
    struct ref_real du = ref_real_mul(dt, u), y = ref_real_mul(ref_exact(s->D[d]), u);
    for (size_t n = 0; n < s->d_state; n++) {
        struct ref_real a = ref_real_exp(ref_real_mul(dt, ref_exact(s->A[d * s->d_state + n])));
        struct ref_real b = ref_real_mul(code_real(s->s_b[group], s->b[codes + n]), du);
        h[n] = ref_real_fma(a, h[n], b);
        y = ref_real_fma(h[n], code_real(s->s_c[group], s->c[codes + n]), y);
    }
    return y;
}

static struct ref_real gate_real(struct ref_real y, struct ref_real z) {
    struct ref_real below =
        ref_real_add(ref_exact(1), ref_real_exp((struct ref_real){-z.value, z.error}));
    return ref_real_div(ref_real_mul(y, z), below);
}

void ref_scan_real(const struct ref_scan *s, struct ref_real *h, struct ref_real *y32,
                   struct ref_real *y16) {
    for (size_t d = 0; d < s->d_inner; d++) {
        for (size_t t = 0; t < s->tokens; t++) {
            size_t at = t * s->d_inner + d;
            struct ref_real sum = token_real(s, t, d, h + d * s->d_state);
            if (s->gate) {
                sum = gate_real(sum, code_real(s->s_z, s->z[at]));
            }
            if (y32) {
                y32[at] = sum;
            }
            if (y16) {
                y16[at] = ref_real_to_f16(sum);
            }
        }
    }
}
