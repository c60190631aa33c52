// SPDX-License-Identifier: Apache-2.0
// What the co-simulation feeds to the blocks: corner operands and seeded random ones.
#pragma once

#include "w4a5se/quantizer.h"

#include <stddef.h>
#include <stdint.h>

// Every draw of a run follows from this: the environment variable SE_SEED, else a fixed number.
uint64_t stimulus_seed(void);

struct stimulus {
    uint64_t state;
};

// Independent draws for each `stream` of one seed.
struct stimulus stimulus_open(uint64_t stream);

uint64_t stimulus_draw(struct stimulus *s);

// 0 .. n-1
uint32_t stimulus_below(struct stimulus *s, uint32_t n);

// first .. last
int stimulus_between(struct stimulus *s, int first, int last);

// Float patterns at the edges of every binade of interest, both signs, zeros, subnormals,
// infinities, quiet and signalling NaNs.
enum { STIMULUS_CORNERS_MAX = 1024 };
size_t stimulus_corners(uint32_t corners[STIMULUS_CORNERS_MAX]);

// Any pattern, with special values, short significands and the middle exponents more often.
uint32_t stimulus_float(struct stimulus *s);

// A positive number 2^exponent * [1, 2), or exactly 2^exponent; exponent -128 .. 127.
float stimulus_scale(struct stimulus *s, int first_exponent, int last_exponent);

// Operands whose product is subnormal, overflows, is a tie, is next to a limit, or anything.
void stimulus_factors(struct stimulus *s, uint32_t *a, uint32_t *b);

// A legal quantiser: both kinds of format, bases over the whole range, scales from subnormal to
// huge, thresholds by each rule, arbitrary or infinite.
struct se_quantizer stimulus_quantizer(struct stimulus *s, int code_bits);

// A legal dual quantiser with s2 = s1 * 2^log2_ratio.
struct se_quantizer stimulus_quantizer_pow2(struct stimulus *s, int code_bits, int log2_ratio);
