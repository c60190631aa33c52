// SPDX-License-Identifier: Apache-2.0
// Operands that arithmetic tends to get wrong, as binary32 bit patterns, and seeded random ones.
#pragma once

#include <stddef.h>
#include <stdint.h>

size_t ref_corner_count(void);

// i below ref_corner_count(): each pattern of the table, then the same with the sign set.
uint32_t ref_corner(size_t i);

// splitmix64: any seed will do, and the sequence is the same everywhere.
uint64_t ref_random(uint64_t *state);

// Uniform in [low, high].
int ref_random_int(uint64_t *state, int low, int high);

// A quarter uniform bit patterns (so NaN and infinity occur); the rest with exponents clustered
// where products underflow, are subnormal, are near 1, are near an integer or overflow, and with
// significands that are uniform, sparse or nearly all ones.
uint32_t ref_random_f32(uint64_t *state);

// A positive normal number in [2^low, 2^(high + 1)).
uint32_t ref_random_positive(uint64_t *state, int low, int high);
