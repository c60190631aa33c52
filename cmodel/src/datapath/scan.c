// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scan.h"

#include "recurrence.h"
#include "w4a5se/fp32.h"

const char *const se_state_mode_names[] = {"fp32", "int8-final", "int8-step", NULL};

enum se_status se_scan_check(const struct se_scan *scan, struct se_error *err) {
    if (scan->d_inner == 0 || scan->d_state == 0) {
        return se_fail(err, SE_INVALID, "%s is 0", scan->d_inner == 0 ? "d_inner" : "d_state");
    }
    enum se_status status = se_scan_check_scale("s_dt", scan->s_dt, err);
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

void se_scan_run(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                 const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, uint16_t *y,
                 unsigned *flags) {
    const size_t d_inner = scan->d_inner, d_state = scan->d_state;
    for (size_t t = 0; t < tokens; t++) {
        struct se_codes B = {scan->s_b, b + t * d_state}, C = {scan->s_c, c + t * d_state};
        for (size_t d = 0; d < d_inner; d++) {
            size_t i = t * d_inner + d;
            float step = se_scan_dt(scan->s_dt, dt[i], scan->dt_bias[d], flags);
            float sum = se_scan_channel(d_state, step, u[i], scan->D[d], scan->A + d * d_state, 1,
                                        B, C, h + d * d_state, flags);
            if (scan->gate) {
                float gate = se_codes_value((struct se_codes){scan->s_z, z}, i);
                sum = se_scan_gate(sum, gate, flags);
            }
            y[i] = se_f32_to_f16(sum, flags);
        }
        if (scan->state_mode == SE_STATE_INT8_STEP) {
            se_state_round(scan->state_mode, d_inner * d_state, &scan->s_h, 0, h);
        }
    }
    if (scan->state_mode == SE_STATE_INT8_FINAL) {
        se_state_round(scan->state_mode, d_inner * d_state, &scan->s_h, 0, h);
    }
}
