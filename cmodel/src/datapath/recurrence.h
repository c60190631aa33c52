// SPDX-License-Identifier: Apache-2.0
// What the scans of Mamba-1 and Mamba-2 share: one channel, one token.
#pragma once

#include "w4a5se/scan.h"

// INT8 codes and their scale.
struct se_codes {
    float scale;
    const int8_t *q;
};

// fl(scale * q[i]); no flags.
float se_codes_value(struct se_codes codes, size_t i);

// softplus(fma(s_dt, q_dt, bias))
float se_scan_dt(float s_dt, int8_t q_dt, float bias, unsigned *flags);

// The new state and its sum with C and the skip D * u. A[n * a_step] belongs to state n.
float se_scan_channel(size_t d_state, float dt, float u, float D, const float *A, size_t a_step,
                      struct se_codes b, struct se_codes c, float *h, unsigned *flags);

// h = fl(q * s_h). s_h[n * s_step] belongs to state n.
void se_state_round(enum se_state_mode mode, size_t d_state, const float *s_h, size_t s_step,
                    float *h);

// fl(fl(y * z) / fl(1 + exp(-z)))
float se_scan_gate(float y, float z, unsigned *flags);

enum se_status se_scan_check_sizes(size_t d_inner, size_t d_state, struct se_error *err);

enum se_status se_scan_check_scale(const char *name, float s, struct se_error *err);

enum se_status se_scan_check_state_scale(float s_h, struct se_error *err);
