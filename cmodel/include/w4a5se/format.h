// SPDX-License-Identifier: Apache-2.0
// Codes: what is stored. A code is {flag, B bits}; the flag is present in dual-scale formats only.
//
// The low B bits are q mod 2^B, and q = base + ((bits - base) mod 2^B), so a range [base, base +
// 2^B - 1] may start anywhere; base = -2^(B-1) is plain two's complement.
#pragma once

#include "w4a5se/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SE_CODE_BITS_MIN = 4, SE_CODE_BITS_MAX = 8 };

struct se_format {
    int code_bits; // B, 4..8
    bool dual;     // a flag chooses between two scales
    int base1;     // first integer of the range with flag 0, -2^B .. 2^B - 1
    int base2;     // first integer of the range with flag 1; equals base1 when !dual
};

// SE_INVALID names the field out of range.
enum se_status se_format_check(const struct se_format *format, struct se_error *err);

// A signed single-scale format (INTn), or a dual one with both bases two's complement.
struct se_format se_format_signed(int code_bits, bool dual);

// Bits a stored code takes: B, plus one for the flag.
static inline int se_format_width(const struct se_format *f) {
    return f->code_bits + (f->dual ? 1 : 0);
}

static inline int se_format_levels(const struct se_format *f) {
    return 1 << f->code_bits;
}

static inline int se_format_base(const struct se_format *f, bool flag) {
    return flag ? f->base2 : f->base1;
}

static inline int se_format_last(const struct se_format *f, bool flag) {
    return se_format_base(f, flag) + se_format_levels(f) - 1;
}

static inline bool se_code_flag(const struct se_format *f, uint16_t code) {
    return (code >> f->code_bits) & 1;
}

// q must lie in the flag's range.
static inline uint16_t se_code_pack_q(const struct se_format *f, bool flag, int q) {
    unsigned mask = (1u << f->code_bits) - 1;
    return (uint16_t)(((unsigned)flag << f->code_bits) | ((unsigned)q & mask));
}

static inline int se_code_q(const struct se_format *f, uint16_t code) {
    unsigned mask = (1u << f->code_bits) - 1;
    int base = se_format_base(f, se_code_flag(f, code));
    return base + (int)(((unsigned)code - (unsigned)base) & mask);
}

// Dense packing: `width` bits a code (1..16), little-endian, first code in the least significant
// bits; the last byte is padded with zeros. Eight 5-bit codes make 5 bytes.
static inline size_t se_packed_bytes(size_t n, int width) {
    return (n * (size_t)width + 7) / 8;
}

// codes[n] -> bytes[se_packed_bytes(n, width)]
void se_pack(int width, size_t n, const uint16_t *codes, uint8_t *bytes);

// bytes[se_packed_bytes(n, width)] -> codes[n]
void se_unpack(int width, size_t n, const uint8_t *bytes, uint16_t *codes);
