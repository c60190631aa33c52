// SPDX-License-Identifier: Apache-2.0
#include "softfloat.h"

#include <stddef.h>

enum { FRACTION_BITS = 23 };

struct format {
    int fraction_bits, least_exponent, greatest_exponent; // of normal numbers
};

static const struct format binary32 = {FRACTION_BITS, -126, 127}, binary16 = {10, -14, 15};

static const uint32_t sign_bit = UINT32_C(0x80000000);

__extension__ typedef unsigned __int128 uint128;

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

// The magnitude significand * 2^exponent as bits of the format, significand not 0 and below 2^63;
// what lies below its last bit (a quotient's remainder, say) is ORed into that bit, which must be
// far below the rounding position.
static uint32_t round_magnitude(struct format format, uint64_t significand, int exponent,
                                unsigned *flags) {
    int shift = __builtin_clzll(significand) - 1;
    significand <<= shift;
    int leading = exponent - shift + 62; // the value lies in [2^leading, 2^(leading + 1))
    int surplus = 62 - format.fraction_bits, shortfall = format.least_exponent - leading;
    bool inexact;
    uint64_t unbounded = shift_nearest_even(significand, surplus, &inexact);
    bool carries = unbounded == UINT64_C(1) << (format.fraction_bits + 1);
    if (leading + carries > format.greatest_exponent) {
        raise_flags(flags, REF_OVERFLOW | REF_INEXACT);
        return (uint32_t)(format.greatest_exponent - format.least_exponent + 2)
               << format.fraction_bits;
    }
    if (shortfall <= 0) {
        raise_flags(flags, inexact ? REF_INEXACT : 0);
        // Adding the significand with its leading one counts one into the exponent field.
        return ((uint32_t)-shortfall << format.fraction_bits) + (uint32_t)unbounded;
    }
    bool tiny = leading + carries < format.least_exponent;
    uint64_t denormal = shift_nearest_even(significand, surplus + shortfall, &inexact);
    raise_flags(flags, inexact ? REF_INEXACT | (tiny ? REF_UNDERFLOW : 0u) : 0u);
    return (uint32_t)denormal;
}

static uint32_t round_and_pack(uint32_t sign, uint64_t significand, int exponent, unsigned *flags) {
    return sign | round_magnitude(binary32, significand, exponent, flags);
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

// Sums are aligned in 128 bits, the larger operand's leading one at this position.
enum { SUM_LEADING = 125 };

struct addend {
    uint32_t sign;
    uint128 significand;
    int exponent;
};

static struct addend normalised(struct addend x) {
    while (x.significand < (uint128)1 << (SUM_LEADING - 31)) {
        x.significand <<= 32;
        x.exponent -= 32;
    }
    while (x.significand < (uint128)1 << SUM_LEADING) {
        x.significand <<= 1;
        x.exponent--;
    }
    return x;
}

// What is shifted out is ORed into the last bit.
static uint128 shift_sticky(uint128 significand, int drop) {
    if (drop > 127) {
        return significand != 0;
    }
    uint128 kept = significand >> drop;
    return kept | (kept << drop != significand);
}

// x + y, rounded; neither is 0. Operands have at most 48 bits, so bits are lost only where the
// smaller lies 77 places or more below the larger, and no cancellation can bring the last bit near
// the rounding position.
static uint32_t sum_of(struct addend x, struct addend y, unsigned *flags) {
    x = normalised(x);
    y = normalised(y);
    if (x.exponent < y.exponent || (x.exponent == y.exponent && x.significand < y.significand)) {
        struct addend larger = y;
        y = x;
        x = larger;
    }
    uint128 aligned = shift_sticky(y.significand, x.exponent - y.exponent);
    uint128 sum = x.sign == y.sign ? x.significand + aligned : x.significand - aligned;
    if (sum == 0) {
        return 0;
    }
    // A carry may have taken it to 2^127: halved, it is below 2^126 again.
    x = normalised((struct addend){x.sign, shift_sticky(sum, 1), x.exponent + 1});
    return round_and_pack(x.sign, (uint64_t)shift_sticky(x.significand, 64), x.exponent + 64,
                          flags);
}

static struct addend addend_of(uint32_t a) {
    struct parts x = unpack(a);
    return (struct addend){x.sign, x.significand, x.exponent};
}

// a + b where a is a zero of this sign.
static uint32_t zero_plus(uint32_t sign, uint32_t b) {
    return is_zero(b) ? sign & b : b;
}

uint32_t ref_f32_add(uint32_t a, uint32_t b, unsigned *flags) {
    if (ref_f32_is_nan(a) || ref_f32_is_nan(b)) {
        return nan_of(a, b, flags);
    }
    if (is_infinite(a)) {
        return is_infinite(b) && a != b ? invalid(flags) : a;
    }
    if (is_infinite(b)) {
        return b;
    }
    if (is_zero(a)) {
        return zero_plus(a, b);
    }
    return is_zero(b) ? a : sum_of(addend_of(a), addend_of(b), flags);
}

uint32_t ref_f32_sub(uint32_t a, uint32_t b, unsigned *flags) {
    return ref_f32_add(a, b ^ sign_bit, flags);
}

// The infinity, or the NaN, of a * b + c where one of them is not finite.
static uint32_t fma_special(uint32_t a, uint32_t b, uint32_t c, unsigned *flags) {
    uint32_t product = ref_f32_mul(a, b, NULL); // its overflow plays no part beside an infinite c
    bool nan_factor = ref_f32_is_nan(a) || ref_f32_is_nan(b);
    if (ref_f32_is_nan(product) && !nan_factor) {
        return invalid(flags); // infinity * 0, whatever c is
    }
    if (nan_factor || ref_f32_is_nan(c)) {
        return ref_f32_is_signalling(c) ? invalid(flags) : nan_of(a, b, flags);
    }
    bool infinite_product = is_infinite(a) || is_infinite(b);
    if (infinite_product && is_infinite(c) && product != c) {
        return invalid(flags);
    }
    return infinite_product ? product : c;
}

uint32_t ref_f32_fma(uint32_t a, uint32_t b, uint32_t c, unsigned *flags) {
    uint32_t sign = (a ^ b) & sign_bit;
    if (magnitude(a) >= REF_F32_INFINITY || magnitude(b) >= REF_F32_INFINITY ||
        magnitude(c) >= REF_F32_INFINITY) {
        return fma_special(a, b, c, flags);
    }
    if (is_zero(a) || is_zero(b)) {
        return zero_plus(sign, c);
    }
    struct parts x = unpack(a), y = unpack(b);
    struct addend product = {sign, x.significand * y.significand, x.exponent + y.exponent};
    return is_zero(c) ? round_and_pack(sign, x.significand * y.significand, product.exponent, flags)
                      : sum_of(product, addend_of(c), flags);
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
    int shift = __builtin_clzll(x.significand) - 1;
    x.significand <<= shift;
    x.exponent -= shift;
    // The quotient has at least 39 bits, 24 are kept: the remainder only has to break ties.
    uint64_t quotient = x.significand / y.significand;
    uint64_t sticky = x.significand % y.significand != 0;
    return round_and_pack(sign, quotient | sticky, x.exponent - y.exponent, flags);
}

uint32_t ref_f32_to_f16(uint32_t a, unsigned *flags) {
    uint32_t sign = (a & sign_bit) >> 16;
    if (ref_f32_is_nan(a)) {
        raise_flags(flags, ref_f32_is_signalling(a) ? REF_INVALID : 0);
        return REF_F16_NAN;
    }
    if (is_infinite(a)) {
        return sign | REF_F16_INFINITY;
    }
    if (is_zero(a)) {
        return sign;
    }
    struct parts x = unpack(a);
    return sign | round_magnitude(binary16, x.significand, x.exponent, flags);
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
