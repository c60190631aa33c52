// SPDX-License-Identifier: Apache-2.0
// The scan, channel by channel from the formulas of docs/numerics.md, with every parameter given
// for each channel, so that it serves Mamba-1 and Mamba-2: in bits, with integer arithmetic for all
// but exp and log1p (the library's, which have tests of their own), and in real numbers with a
// bound on the error of binary32.
#pragma once

#include "real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ref_state_rounding { REF_STATE_EXACT, REF_STATE_FINAL, REF_STATE_STEP };

struct ref_scan {
    size_t d_inner, d_state, groups; // channel d belongs to group d * groups / d_inner
    const float *A, *s_h;            // [d_inner][d_state]; s_h where states are rounded
    const float *D, *dt_bias;        // [d_inner]
    const float *s_b, *s_c;          // [groups]
    float s_dt, s_z;
    bool gate;
    enum ref_state_rounding rounding;
    size_t tokens;
    const float *u;       // [tokens][d_inner]
    const int8_t *dt, *z; // [tokens][d_inner]
    const int8_t *b, *c;  // [tokens][groups][d_state]
};

// h[d_inner][d_state] in and out, y[tokens][d_inner]; flags accumulates.
void ref_scan_bits(const struct ref_scan *scan, uint32_t *h, uint16_t *y, unsigned *flags);

// The same in real numbers; states are never rounded to codes. h in and out, y[tokens][d_inner]
// before and after the conversion to binary16 (each may be NULL).
void ref_scan_real(const struct ref_scan *scan, struct ref_real *h, struct ref_real *y32,
                   struct ref_real *y16);
