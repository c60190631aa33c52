// SPDX-License-Identifier: Apache-2.0
#include "recurrence.h"

#include "w4a5se/fp32.h"

#include <math.h>

float se_codes_value(struct se_codes codes, size_t i) {
    return se_f32_mul(codes.scale, (float)codes.q[i], NULL);
}

float se_scan_dt(float s_dt, int8_t q_dt, float bias, unsigned *flags) {
    return se_f32_softplus(se_f32_fma(s_dt, (float)q_dt, bias, flags));
}

float se_scan_channel(size_t d_state, float dt, float u, float D, const float *A, size_t a_step,
                      struct se_codes b, struct se_codes c, float *h, unsigned *flags) {
    float du = se_f32_mul(dt, u, flags);
    float y = se_f32_mul(D, u, flags);
    for (size_t n = 0; n < d_state; n++) {
        float decay = se_f32_exp(se_f32_mul(dt, A[n * a_step], flags));
        float input = se_f32_mul(se_codes_value(b, n), du, flags);
        h[n] = se_f32_fma(decay, h[n], input, flags);
        y = se_f32_fma(h[n], se_codes_value(c, n), y, flags);
    }
    return y;
}

int8_t se_state_quantize(enum se_state_mode mode, float h, float s_h) {
    float scaled = h * (1 / s_h);
    float rounded = mode == SE_STATE_INT8_STEP ? rintf(scaled) : roundf(scaled);
    return (int8_t)(rounded < -128 ? -128 : rounded > 127 ? 127 : isnan(rounded) ? 0 : rounded);
}

void se_state_round(enum se_state_mode mode, size_t d_state, const float *s_h, size_t s_step,
                    float *h) {
    for (size_t n = 0; n < d_state; n++) {
        float s = s_h[n * s_step];
        h[n] = (float)se_state_quantize(mode, h[n], s) * s;
    }
}

float se_scan_gate(float y, float z, unsigned *flags) {
    float denominator = se_f32_add(1, se_f32_exp(-z), NULL);
    return se_f32_div(se_f32_mul(y, z, flags), denominator, NULL);
}

enum se_status se_scan_check_sizes(size_t d_inner, size_t d_state, struct se_error *err) {
    if (d_inner == 0) {
        return se_fail(err, SE_INVALID, "d_inner is 0");
    }
    if (d_state == 0 || d_state > SE_SCAN_STATES_MAX) {
        return se_fail(err, SE_INVALID, "d_state is %zu; a channel has 1 to %d states", d_state,
                       SE_SCAN_STATES_MAX);
    }
    return SE_OK;
}

enum se_status se_scan_check_scale(const char *name, float s, struct se_error *err) {
    if (!isfinite(s) || s <= 0) {
        return se_fail(err, SE_INVALID, "%s is %g; a scale is a finite number above zero", name,
                       (double)s);
    }
    return SE_OK;
}

enum se_status se_scan_check_state_scale(float s_h, struct se_error *err) {
    enum se_status status = se_scan_check_scale("s_h", s_h, err);
    if (status == SE_OK && !isfinite(1 / s_h)) {
        return se_fail(err, SE_INVALID, "s_h is %g; its reciprocal overflows binary32",
                       (double)s_h);
    }
    return status;
}
