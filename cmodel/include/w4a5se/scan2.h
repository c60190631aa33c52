// SPDX-License-Identifier: Apache-2.0
// The recurrence of Mamba-2 (docs/numerics.md, "Mamba-2"): that of scan.h with dt, A, D and dt_bias
// one a head of `headdim` channels, B and C one a group of heads, and no gate.
#pragma once

#include "w4a5se/scan.h"

struct se_scan2 {
    size_t groups, heads, headdim, d_state; // heads: of all groups, a multiple of groups
    const float *A, *D, *dt_bias;           // [heads]
    float s_dt;
    const float *s_b, *s_c; // [groups]
    enum se_state_mode state_mode;
    const float *s_h; // [heads * headdim][d_state], in the INT8 modes
};

// SE_INVALID as se_scan_check, and for heads that do not divide into the groups.
enum se_status se_scan2_check(const struct se_scan2 *scan, struct se_error *err);

// Head i belongs to group i / (heads / groups), channel c to head c / headdim. h[channels][d_state]
// as in se_scan_run. u[tokens][channels], dt[tokens][heads], b and c[tokens][groups][d_state] ->
// y[tokens][channels], binary16; channels = heads * headdim. flags as se_scan_run (may be NULL).
void se_scan2_run(const struct se_scan2 *scan, float *h, size_t tokens, const float *u,
                  const int8_t *dt, const int8_t *b, const int8_t *c, uint16_t *y, unsigned *flags);

// The same bit for bit in vector instructions, without flags.
void se_scan2_run_fast(const struct se_scan2 *scan, float *h, size_t tokens, const float *u,
                       const int8_t *dt, const int8_t *b, const int8_t *c, uint16_t *y);
