// SPDX-License-Identifier: Apache-2.0
// An independent binary32 in integer arithmetic only, for tests to compare the C model and the RTL
// with. Operands and results are bit patterns. Nearest even, gradual underflow, underflow detected
// after rounding, every NaN result is 0x7FC00000.
//
// `flags` accumulates (ORs) REF_* and may be NULL.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    REF_INEXACT = 1,
    REF_UNDERFLOW = 2,
    REF_OVERFLOW = 4,
    REF_DIVIDE_BY_ZERO = 8,
    REF_INVALID = 16,
};

enum {
    REF_F32_INFINITY = 0x7F800000,
    REF_F32_NAN = 0x7FC00000,
    REF_F32_ONE = 0x3F800000,
    REF_F16_INFINITY = 0x7C00,
    REF_F16_NAN = 0x7E00,
};

bool ref_f32_is_nan(uint32_t a);
bool ref_f32_is_signalling(uint32_t a);

// a < b as numbers: both zeros are equal, false when either is NaN.
bool ref_f32_less(uint32_t a, uint32_t b);

// The next number up (+infinity stays; both zeros give the least subnormal); a is not NaN.
uint32_t ref_f32_next_up(uint32_t a);

// The number `steps` away, upwards or downwards when negative; -0 and +0 are one number.
uint32_t ref_f32_step(uint32_t a, int steps);

// A signalling NaN operand and infinity * 0 are invalid.
uint32_t ref_f32_mul(uint32_t a, uint32_t b, unsigned *flags);

// Also invalid: infinity - infinity. x - x is +0, -0 + -0 is -0.
uint32_t ref_f32_add(uint32_t a, uint32_t b, unsigned *flags);
uint32_t ref_f32_sub(uint32_t a, uint32_t b, unsigned *flags);

// a * b + c, rounded once; infinity * 0 is invalid also when c is a NaN.
uint32_t ref_f32_fma(uint32_t a, uint32_t b, uint32_t c, unsigned *flags);

// Also invalid: 0 / 0, infinity / infinity. Finite / 0 is a division by zero.
uint32_t ref_f32_div(uint32_t a, uint32_t b, unsigned *flags);

// Bits of the binary16 number.
uint32_t ref_f32_to_f16(uint32_t a, unsigned *flags);

uint32_t ref_i32_to_f32(int32_t i, unsigned *flags);

// Half away from zero, saturating; NaN gives 0. NaN and saturation are invalid and nothing else;
// any other rounding is inexact.
int32_t ref_f32_to_i32(uint32_t a, unsigned *flags);

// Half away from zero, saturating at +-INT64_MAX; NaN gives 0.
int64_t ref_f32_to_integer(uint32_t a);
