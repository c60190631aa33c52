// SPDX-License-Identifier: Apache-2.0
// The same scan, gate included, as anyone would write it with libm: what the model's speed is
// measured against. A[d_inner][d_state], h alike; dt and z as codes; y in binary32.
#pragma once

#include "w4a5se/scan.h"

// A loop over channels and states with expf, built as the library is.
void plain_scan(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z, float *y);

// The same text, built with -Ofast: vector instructions, libmvec's expf.
void plain_scan_ofast(const struct se_scan *scan, float *h, size_t tokens, const float *u,
                      const int8_t *dt, const int8_t *b, const int8_t *c, const int8_t *z,
                      float *y);
