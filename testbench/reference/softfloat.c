// SPDX-License-Identifier: Apache-2.0
#include "softfloat.h"

#include <stddef.h>

enum { FRACTION_BITS = 23, LEAST_EXPONENT = -126, GREATEST_EXPONENT = 127 };

static const uint32_t sign_bit = UINT32_C(0x80000000);

static void raise_flags(unsigned *flags, unsigned raised) {
    if (flags) {
        *flags |= raised;
    }
}

static uint32_t magnitude(uint32_t a) {
    return a & ~sign_bit;
}

static bool is_infinite(uint32_t a) {
    return magnitude(a) == REF_F32_INFINITY;
}

static bool is_zero(uint32_t a) {
    return magnitude(a) == 0;
}

bool ref_f32_is_nan(uint32_t a) {
    return magnitude(a) > REF_F32_INFINITY;
}

bool ref_f32_is_signalling(uint32_t a) {
    return ref_f32_is_nan(a) && (a & UINT32_C(0x00400000)) == 0;
}

static int64_t ordinal(uint32_t a) {
    return a & sign_bit ? -(int64_t)magnitude(a) : (int64_t)magnitude(a);
}

bool ref_f32_less(uint32_t a, uint32_t b) {
    return !ref_f32_is_nan(a) && !ref_f32_is_nan(b) && ordinal(a) < ordinal(b);
}

uint32_t ref_f32_step(uint32_t a, int steps) {
    int64_t to = ordinal(a) + steps;
    if (to > REF_F32_INFINITY) {
        to = REF_F32_INFINITY;
    } else if (to < -(int64_t)REF_F32_INFINITY) {
        to = -(int64_t)REF_F32_INFINITY;
    }
    return to < 0 ? sign_bit | (uint32_t)-to : (uint32_t)to;
}

uint32_t ref_f32_next_up(uint32_t a) {
    return ref_f32_step(a, 1);
}

// A finite number as significand * 2^exponent.
struct parts {
    uint32_t sign;
    uint64_t significand;
    int exponent;
};

static struct parts unpack(uint32_t a) {
    uint32_t field = magnitude(a) >> FRACTION_BITS, fraction = a & UINT32_C(0x007FFFFF);
    return (struct parts){
        .sign = a & sign_bit,
        .significand = field ? fraction | UINT32_C(0x00800000) : fraction,
        .exponent = (field ? (int)field : 1) - 127 - FRACTION_BITS,
    };
}

// significand / 2^drop to nearest even; drop >= 1 and significand < 2^63.
static uint64_t shift_nearest_even(uint64_t significand, int drop, bool *inexact) {
    if (drop > 63) {
        *inexact = significand != 0;
        return 0;
    }
    uint64_t kept = significand >> drop;
    uint64_t rest = significand - (kept << drop), half = UINT64_C(1) << (drop - 1);
    *inexact = rest != 0;
    return kept + (rest > half || (rest == half && (kept & 1)));
}

// significand * 2^exponent, significand not 0 and below 2^63; a quotient's remainder is ORed into
// its last bit, which lies far below the rounding position.
static uint32_t round_and_pack(uint32_t sign, uint64_t significand, int exponent, unsigned *flags) {
    while (significand < UINT64_C(1) << 62) {
        significand <<= 1;
        exponent--;
    }
    int leading = exponent + 62; // the value lies in [2^leading, 2^(leading + 1))
    bool inexact;
    uint64_t unbounded = shift_nearest_even(significand, 62 - FRACTION_BITS, &inexact);
    bool carries = unbounded == UINT64_C(1) << (FRACTION_BITS + 1);
    if (leading + carries > GREATEST_EXPONENT) {
        raise_flags(flags, REF_OVERFLOW | REF_INEXACT);
        return sign | REF_F32_INFINITY;
    }
    if (leading >= LEAST_EXPONENT) {
        raise_flags(flags, inexact ? REF_INEXACT : 0);
        // Adding the significand with its leading one counts one into the exponent field.
        return sign | (((uint32_t)(leading + 126) << FRACTION_BITS) + (uint32_t)unbounded);
    }
    bool tiny = leading + carries < LEAST_EXPONENT;
    int drop = 62 - FRACTION_BITS + (LEAST_EXPONENT - leading);
    uint64_t denormal = shift_nearest_even(significand, drop, &inexact);
    raise_flags(flags, inexact ? REF_INEXACT | (tiny ? REF_UNDERFLOW : 0u) : 0u);
    return sign | (uint32_t)denormal;
}

static uint32_t invalid(unsigned *flags) {
    raise_flags(flags, REF_INVALID);
    return REF_F32_NAN;
}

static uint32_t nan_of(uint32_t a, uint32_t b, unsigned *flags) {
    return ref_f32_is_signalling(a) || ref_f32_is_signalling(b) ? invalid(flags) : REF_F32_NAN;
}

uint32_t ref_f32_mul(uint32_t a, uint32_t b, unsigned *flags) {
    uint32_t sign = (a ^ b) & sign_bit;
    if (ref_f32_is_nan(a) || ref_f32_is_nan(b)) {
        return nan_of(a, b, flags);
    }
    if (is_infinite(a) || is_infinite(b)) {
        return is_zero(a) || is_zero(b) ? invalid(flags) : sign | REF_F32_INFINITY;
    }
    if (is_zero(a) || is_zero(b)) {
        return sign;
    }
    struct parts x = unpack(a), y = unpack(b);
    return round_and_pack(sign, x.significand * y.significand, x.exponent + y.exponent, flags);
}

uint32_t ref_f32_div(uint32_t a, uint32_t b, unsigned *flags) {
    uint32_t sign = (a ^ b) & sign_bit;
    if (ref_f32_is_nan(a) || ref_f32_is_nan(b)) {
        return nan_of(a, b, flags);
    }
    if (is_infinite(a)) {
        return is_infinite(b) ? invalid(flags) : sign | REF_F32_INFINITY;
    }
    if (is_infinite(b)) {
        return sign;
    }
    if (is_zero(b)) {
        if (is_zero(a)) {
            return invalid(flags);
        }
        raise_flags(flags, REF_DIVIDE_BY_ZERO);
        return sign | REF_F32_INFINITY;
    }
    if (is_zero(a)) {
        return sign;
    }
    struct parts x = unpack(a), y = unpack(b);
    while (x.significand < UINT64_C(1) << 62) {
        x.significand <<= 1;
        x.exponent--;
    }
    // The quotient has at least 39 bits, 24 are kept: the remainder only has to break ties.
    uint64_t quotient = x.significand / y.significand;
    uint64_t sticky = x.significand % y.significand != 0;
    return round_and_pack(sign, quotient | sticky, x.exponent - y.exponent, flags);
}

uint32_t ref_i32_to_f32(int32_t i, unsigned *flags) {
    if (i == 0) {
        return 0;
    }
    uint64_t size = i < 0 ? (uint64_t) - (int64_t)i : (uint64_t)i;
    return round_and_pack(i < 0 ? sign_bit : 0, size, 0, flags);
}

// |a| half away from zero, saturating at INT64_MAX; a is finite.
static uint64_t rounded_magnitude(uint32_t a, bool *inexact) {
    struct parts x = unpack(a);
    *inexact = false;
    if (x.exponent >= 0) {
        return x.exponent > 39 ? (uint64_t)INT64_MAX : x.significand << x.exponent;
    }
    int drop = -x.exponent;
    if (drop > 60) {
        *inexact = x.significand != 0;
        return 0;
    }
    uint64_t kept = (x.significand + (UINT64_C(1) << (drop - 1))) >> drop;
    *inexact = x.significand != (x.significand >> drop) << drop;
    return kept;
}

int64_t ref_f32_to_integer(uint32_t a) {
    if (ref_f32_is_nan(a)) {
        return 0;
    }
    bool inexact;
    int64_t size = is_infinite(a) ? INT64_MAX : (int64_t)rounded_magnitude(a, &inexact);
    return a & sign_bit ? -size : size;
}

int32_t ref_f32_to_i32(uint32_t a, unsigned *flags) {
    int64_t integer = ref_f32_to_integer(a);
    if (ref_f32_is_nan(a) || integer > INT32_MAX || integer < INT32_MIN) {
        raise_flags(flags, REF_INVALID);
        return ref_f32_is_nan(a) ? 0 : integer > 0 ? INT32_MAX : INT32_MIN;
    }
    bool inexact;
    rounded_magnitude(a, &inexact);
    raise_flags(flags, inexact ? REF_INEXACT : 0);
    return (int32_t)integer;
}
