// SPDX-License-Identifier: Apache-2.0
// The selective scan of Mamba-1 and its gate (docs/numerics.md, "Selective scan"). Channel d, one
// token:
//
//   dt = softplus(fma(s_dt, q_dt, dt_bias))      du = fl(dt * u)      y = fl(D * u)
//   n ascending:  h[n] = fma(exp(fl(dt * A[n])), h[n], fl(fl(s_b * q_b[n]) * du))
//                 y    = fma(h[n], fl(s_c * q_c[n]), y)
//   out = to_f16(fl(fl(y * z) / fl(1 + exp(-z)))), z = fl(s_z * q_z);  without the gate to_f16(y)
#pragma once

#include "w4a5se/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SE_SCAN_STATES_MAX = 256 };

#ifdef __cplusplus
extern "C" {
#endif

enum se_state_mode {
    SE_STATE_FP32 = 0,   // h is carried exactly
    SE_STATE_INT8_FINAL, // the call ends the sequence: h is rounded, half away from zero, after it
    SE_STATE_INT8_STEP,  // h is rounded, half to even, after each token; y is made before
};

// "fp32", "int8-final", "int8-step", NULL: indexed by enum se_state_mode.
extern const char *const se_state_mode_names[];

struct se_scan {
    size_t d_inner, d_state;  // d_state at most SE_SCAN_STATES_MAX
    const float *A;           // [d_inner][d_state], -exp(s_A * q_A)
    const float *D, *dt_bias; // [d_inner]
    float s_dt, s_b, s_c;
    float s_z; // with the gate
    bool gate;
    enum se_state_mode state_mode;
    float s_h; // in the INT8 modes
};

// SE_INVALID names a size out of range, a scale that is not a finite number above zero, or an s_h
// whose reciprocal overflows. The functions below take what this accepts.
enum se_status se_scan_check(const struct se_scan *scan, struct se_error *err);

// The specification. h[d_inner][d_state] is read and left for the next call: one call or one a
// token give the same bits (with int8-final, all calls but the last take fp32). Rounded states are
// fl(q * s_h). u[tokens][d_inner], dt[tokens][d_inner], b and c[tokens][d_state],
// z[tokens][d_inner] (may be NULL without the gate) -> y[tokens][d_inner], binary16. flags (may be
// NULL) collects those of fma(s_dt, q_dt, dt_bias), dt * u, D * u, dt * A, B * du, the two
// recurrences, y * z and to_f16.
void se_scan_run(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                 const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, uint16_t *y,
                 unsigned *flags);

// The same, y in binary32 before to_f16.
void se_scan_run_f32(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                     const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, float *y,
                     unsigned *flags);

// se_scan_run bit for bit in vector instructions, without flags.
void se_scan_run_fast(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                      const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z,
                      uint16_t *y);

// Channels [first, last) of it; all arrays as above. Threads may share the arrays, a range each.
void se_scan_run_channels(const struct se_scan *scan, size_t first, size_t last, float *h,
                          size_t tokens, const float *u, const int8_t *dt, const int8_t *b,
                          const int8_t *c, const int8_t *z, uint16_t *y);

// q = clamp(round(fl(h * fl(1/s_h))), -128, 127), half away from zero for int8-final and half to
// even for int8-step; a NaN gives 0.
int8_t se_state_quantize(enum se_state_mode mode, float h, float s_h);

#ifdef __cplusplus
}
#endif
