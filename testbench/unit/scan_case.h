// SPDX-License-Identifier: Apache-2.0
// Random scans for the tests: parameters, inputs and states of one call.
#pragma once

#include "../reference/scan.h"

#include "w4a5se/scan2.h"

enum scan_values {
    SCAN_REALISTIC, // steps of 0.001 to 0.1, A of -1 to -16, finite and moderate everything
    SCAN_WILD,      // any bit pattern in A, D, dt_bias, u and h; any finite scale above zero
};

struct scan_case {
    size_t d_inner, d_state, tokens, groups, heads; // heads: d_inner where each channel has its own
    float *A, *D, *dt_bias, *s_h;                   // a channel each
    float *s_b, *s_c;                               // [groups]
    float s_dt, s_z;
    float *u, *h;
    int8_t *dt, *z, *b, *c;
};

// One s_h, one group, a head a channel. Terminates the test where memory is short.
struct scan_case scan_case_new(uint64_t *state, enum scan_values values, size_t d_inner,
                               size_t d_state, size_t tokens);

// Parameters shared by the channels of a head, a scale of B and C a group, an s_h a state.
struct scan_case scan_case_new2(uint64_t *state, enum scan_values values, size_t groups,
                                size_t heads, size_t headdim, size_t d_state, size_t tokens);

void scan_case_free(struct scan_case *k);

struct se_scan scan_case_scan(const struct scan_case *k, bool gate, enum se_state_mode mode);
struct ref_scan scan_case_reference(const struct scan_case *k, bool gate, enum se_state_mode mode);

// A copy of k->h.
float *scan_case_states(const struct scan_case *k);

void *scan_array(size_t n, size_t size); // zeros
