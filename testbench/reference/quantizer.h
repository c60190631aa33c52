// SPDX-License-Identifier: Apache-2.0
// The quantiser and its inverse, written a second time on integer arithmetic and bit patterns.
#pragma once

#include "softfloat.h"

struct ref_quantizer {
    int code_bits;
    bool dual;
    int base1, base2;
    uint32_t s1, ratio, thr_pos, thr_neg; // binary32
    uint32_t s2, inv_s1, inv_s2;          // derived by ref_quantizer_derive
};

// True when both scales are above zero and finite, and so are their reciprocals.
bool ref_quantizer_derive(struct ref_quantizer *q);

// first = base, last = base + 2^B - 1 of the flag's range.
int ref_quantizer_first(const struct ref_quantizer *q, bool flag);
int ref_quantizer_last(const struct ref_quantizer *q, bool flag);

bool ref_is_outlier(const struct ref_quantizer *q, uint32_t v);

// HA(fl(v * inv_s)) clamped; stored as {flag, q mod 2^B}.
uint32_t ref_quantize(const struct ref_quantizer *q, uint32_t v);

// HA(fl(v / s)) clamped.
uint32_t ref_quantize_divide(const struct ref_quantizer *q, uint32_t v);

// The integer a code stands for, found by searching its range.
int ref_code_integer(const struct ref_quantizer *q, uint32_t code);

// fl((float)q * s)
uint32_t ref_dequantize(const struct ref_quantizer *q, uint32_t code);
