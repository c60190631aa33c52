// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scan.h"

#include "recurrence.h"
#include "w4a5se/fp32.h"

const char *const se_state_mode_names[] = {"fp32", "int8-final", "int8-step", NULL};

enum se_status se_scan_check(const struct se_scan *scan, struct se_error *err) {
    enum se_status status = se_scan_check_sizes(scan->d_inner, scan->d_state, err);
    if (status == SE_OK) {
        status = se_scan_check_scale("s_dt", scan->s_dt, err);
    }
    if (status == SE_OK) {
        status = se_scan_check_scale("s_b", scan->s_b, err);
    }
    if (status == SE_OK) {
        status = se_scan_check_scale("s_c", scan->s_c, err);
    }
    if (status == SE_OK && scan->gate) {
        status = se_scan_check_scale("s_z", scan->s_z, err);
    }
    if (status == SE_OK && scan->state_mode != SE_STATE_FP32) {
        status = se_scan_check_state_scale(scan->s_h, err);
    }
    return status;
}

struct inputs {
    const float *u;
    const int8_t *dt, *b, *c, *z;
};

// Token t of channel d, with its gate; h[d_state] is the channel's.
static float channel(const struct se_scan *scan, struct inputs in, size_t t, size_t d, float *h,
                     unsigned *flags) {
    size_t i = t * scan->d_inner + d, codes = t * scan->d_state;
    struct se_codes b = {scan->s_b, in.b + codes}, c = {scan->s_c, in.c + codes};
    float dt = se_scan_dt(scan->s_dt, in.dt[i], scan->dt_bias[d], flags);
    float y = se_scan_channel(scan->d_state, dt, in.u[i], scan->D[d], scan->A + d * scan->d_state,
                              1, b, c, h, flags);
    if (!scan->gate) {
        return y;
    }
    return se_scan_gate(y, se_codes_value((struct se_codes){scan->s_z, in.z}, i), flags);
}

// y16 where it is not NULL, else y32.
static void run(const struct se_scan *scan, float *h, size_t tokens, struct inputs in, float *y32,
                uint16_t *y16, unsigned *flags) {
    const size_t states = scan->d_inner * scan->d_state;
    for (size_t t = 0; t < tokens; t++) {
        for (size_t d = 0; d < scan->d_inner; d++) {
            size_t i = t * scan->d_inner + d;
            float y = channel(scan, in, t, d, h + d * scan->d_state, flags);
            if (y16) {
                y16[i] = se_f32_to_f16(y, flags);
            } else {
                y32[i] = y;
            }
        }
        if (scan->state_mode == SE_STATE_INT8_STEP) {
            se_state_round(scan->state_mode, states, &scan->s_h, 0, h);
        }
    }
    if (scan->state_mode == SE_STATE_INT8_FINAL) {
        se_state_round(scan->state_mode, states, &scan->s_h, 0, h);
    }
}

void se_scan_run(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                 const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, uint16_t *y,
                 unsigned *flags) {
    run(scan, h, tokens, (struct inputs){u, dt, b, c, z}, NULL, y, flags);
}

void se_scan_run_f32(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                     const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, float *y,
                     unsigned *flags) {
    run(scan, h, tokens, (struct inputs){u, dt, b, c, z}, y, NULL, flags);
}
