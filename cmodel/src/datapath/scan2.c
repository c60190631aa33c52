// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scan2.h"

#include "recurrence.h"
#include "w4a5se/fp32.h"

static enum se_status check_scales(const char *name, size_t n, const float *s,
                                   struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        status = se_scan_check_scale(name, s[i], err);
    }
    return status;
}

static enum se_status check_state_scales(const struct se_scan2 *scan, struct se_error *err) {
    enum se_status status = SE_OK;
    size_t n = scan->state_mode == SE_STATE_FP32 ? 0 : scan->heads * scan->headdim * scan->d_state;
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        status = se_scan_check_state_scale(scan->s_h[i], err);
    }
    return status;
}

enum se_status se_scan2_check(const struct se_scan2 *scan, struct se_error *err) {
    enum se_status status = se_scan_check_sizes(scan->heads * scan->headdim, scan->d_state, err);
    if (status == SE_OK && (scan->groups == 0 || scan->heads % scan->groups)) {
        return se_fail(err, SE_INVALID, "%zu heads do not divide into %zu groups", scan->heads,
                       scan->groups);
    }
    if (status == SE_OK) {
        status = se_scan_check_scale("s_dt", scan->s_dt, err);
    }
    if (status == SE_OK) {
        status = check_scales("s_b", scan->groups, scan->s_b, err);
    }
    if (status == SE_OK) {
        status = check_scales("s_c", scan->groups, scan->s_c, err);
    }
    return status == SE_OK ? check_state_scales(scan, err) : status;
}

static void run_head(const struct se_scan2 *scan, size_t head, float dt, const float *u,
                     struct se_codes b, struct se_codes c, float *h, uint16_t *y, unsigned *flags) {
    for (size_t i = 0; i < scan->headdim; i++) {
        float sum = se_scan_channel(scan->d_state, dt, u[i], scan->D[head], &scan->A[head], 0, b, c,
                                    h + i * scan->d_state, flags);
        y[i] = se_f32_to_f16(sum, flags);
    }
}

void se_scan2_run(const struct se_scan2 *scan, float *h, size_t tokens, const float *u,
                  const int8_t *dt, const int8_t *b, const int8_t *c, uint16_t *y,
                  unsigned *flags) {
    const size_t heads = scan->heads, d_state = scan->d_state, states = scan->headdim * d_state;
    for (size_t t = 0; t < tokens; t++) {
        for (size_t head = 0; head < heads; head++) {
            size_t group = head / (heads / scan->groups);
            size_t first = (t * heads + head) * scan->headdim; // channel
            size_t codes = (t * scan->groups + group) * d_state;
            float step = se_scan_dt(scan->s_dt, dt[t * heads + head], scan->dt_bias[head], flags);
            run_head(scan, head, step, u + first, (struct se_codes){scan->s_b[group], b + codes},
                     (struct se_codes){scan->s_c[group], c + codes}, h + head * states, y + first,
                     flags);
        }
        if (scan->state_mode == SE_STATE_INT8_STEP) {
            se_state_round(scan->state_mode, heads * states, scan->s_h, 1, h);
        }
    }
    if (scan->state_mode == SE_STATE_INT8_FINAL) {
        se_state_round(scan->state_mode, heads * states, scan->s_h, 1, h);
    }
}
