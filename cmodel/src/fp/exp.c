// SPDX-License-Identifier: Apache-2.0
// The exponential of the datapath (docs/numerics.md, "exp"). The scalar function is the
// specification: the integers of rtl/fp/fp32_exp.sv, step by step. The batch function computes the
// same integers in lanes of 32 bits, some of them held in `float`, exactly.
#include "look_up.h"
#include "w4a5se/fp32.h"

#include <math.h>
#include <stdbool.h>

#include "exp_tables.inc"

// Fraction bits: of everything before the last product; of the coarse factor; of the fine factor.
enum { F = 35, FACTOR = 8, FINE = 11 };
enum { COARSE_WIDTH = F - 6, FINE_WIDTH = F - FINE };

// ln(2) * 2^45; odd, so that no multiple of it below 2^9 rounds from a tie.
static const int64_t ln2 = INT64_C(0x162E42FEFA39);
enum { LN2_GUARD = 10 };

// |x| * 2^35, truncated, for |x| < 128.
static int64_t fixed_point(uint32_t bits) {
    int exponent = (int)(bits >> 23 & 255);
    int64_t top = (int64_t)((bits & 0x7FFFFF) | 0x800000) << 18;
    int distance = 133 - exponent;
    return distance < 42 ? top >> distance : 0;
}

// exp(d1) - 1 for |d1| < 2^-6.6: the nearest factor 1 + j/2^11, and a parabola for what it leaves.
static inline int32_t expm1_fine(int32_t d1, int32_t offset) {
    int32_t j = d1 >> FINE_WIDTH; // the nearest: coarse offsets include the half
    int32_t d2 = (d1 & ((1 << FINE_WIDTH) - 1)) - (1 << (FINE_WIDTH - 1)) + offset;
    int32_t size = (d2 ^ (d2 >> 31)) >> 12, high = size >> 6, low = size & 63;
    int32_t half_square = high * ((high << 6) + 2 * low) >> 6; // low^2 is left out
    int32_t p = d2 + half_square;
    return p + j * (1 << FINE_WIDTH) + ((p >> 6) * j >> 5);
}

// mantissa * 2^(k - 43) with one rounding, by the guard bit alone.
static float round_and_pack(uint64_t mantissa, int k) {
    int above_one = (int)(mantissa >> 43), shift = k < -125 ? -125 - k : above_one;
    uint32_t aligned = (uint32_t)(mantissa >> 18) >> (shift < 26 ? shift : 26);
    int exponent = k < -125 ? 0 : k + 125 + above_one; // the hidden one adds 1
    int64_t bits = (int64_t)exponent * (1 << 23) + (aligned >> 1) + (aligned & 1);
    return se_f32_from_bits(bits >= 0x7F800000 ? 0x7F800000 : (uint32_t)bits);
}

float se_f32_exp(float x) {
    uint32_t bits = se_f32_bits(x), size = bits & 0x7FFFFFFF;
    int32_t sign = (int32_t)(bits >> 31);
    if (size > 0x7F800000) {
        return se_f32_from_bits(SE_F32_CANONICAL_NAN);
    }
    if (size >= 0x43000000) { // |x| >= 128
        return sign ? 0.0f : se_f32_from_bits(0x7F800000);
    }
    // x = +-k * ln(2) + r, |r| < 0.38
    int64_t fixed = fixed_point(bits);
    int32_t k = (int32_t)(((fixed >> 30) * 1477 + 17123) >> 15);
    int64_t rest = fixed * (1 << LN2_GUARD) + (1 << (LN2_GUARD - 1)) - k * ln2;
    int64_t r = (rest >> LN2_GUARD) ^ -(int64_t)sign;
    // exp(r) = (1 + factor/2^8) * exp(d1)
    int interval = (int)(r >> COARSE_WIDTH) & 63;
    int32_t d1 = (int32_t)(r & ((1 << COARSE_WIDTH) - 1)) + exp_coarse[interval] + sign;
    int64_t q = expm1_fine(d1, exp_fine[d1 >> FINE_WIDTH & 63]);
    int64_t mantissa = ((1 << FACTOR) + exp_factor[interval]) * ((INT64_C(1) << F) + q);
    return round_and_pack((uint64_t)mantissa, sign ? -k : k);
}

// ---- the batch ----

// Below it no result is subnormal and none overflows; the others are left to the scalar function.
static const float ordinary = 87;

// Added to a smaller number, 1.5 * 2^23 leaves it rounded to an integer in the low bits.
static const float to_integer = 0x1.8p23f, to_interval = 0x1.8p23f * (1 << COARSE_WIDTH);
enum { TO_INTEGER_BITS = 0x4B400000, TO_INTERVAL_BITS = 0x59C00000 };

// The nearest float to ln(2), and what ln(2) of 45 bits is below it, in units of 2^-F.
static const float ln2_head = 0x1.62e43p-1f, ln2_excess = 67015 * 0x1p-10f;

typedef uint16_t half __attribute__((may_alias));

// The upper half of the product of the low halves; each upper half is 0, or b's is.
static inline void multiply_high(const int32_t *a, const int32_t *b, int32_t *r) {
    const half *x = (const half *)a, *y = (const half *)b;
    half *z = (half *)r;
    for (size_t i = 0; i < 2 * BLOCK; i++) {
        z[i] = (half)((uint32_t)x[i] * y[i] >> 16);
    }
}

// x = k * ln(2) + r: r * 2^35 as an interval of 2^29 and the bits below it, one more where x < 0.
static inline void reduce(const float *x, int32_t *interval, int32_t *rest, int32_t *power) {
    for (size_t i = 0; i < BLOCK; i++) {
        // Moved by half a step and some more, the integer part rounds as the scalar sum floors.
        float steps = truncf(x[i] * 32) + copysignf(0.5f + 0x1p-11f, x[i]);
        float k = fmaf(steps, 1477 * 0x1p-15f, to_integer), multiple = k - to_integer;
        // Exact: r has no bits below those of x and of the head, and is below 1/2.
        float r = fmaf(multiple, -ln2_head * 0x1p35f, x[i] * 0x1p35f), near = r + to_interval;
        float excess = fmaf(multiple, ln2_excess, to_integer);
        int32_t sign = (int32_t)se_f32_bits(x[i]) >> 31;
        int32_t below = (int32_t)(r - (near - to_interval)) +
                        ((int32_t)se_f32_bits(excess) - TO_INTEGER_BITS + sign);
        interval[i] = (int32_t)se_f32_bits(near) + (below >> COARSE_WIDTH);
        rest[i] = (below & ((1 << COARSE_WIDTH) - 1)) - sign;
        power[i] = (int32_t)(se_f32_bits(k) << 23);
    }
}

// q as the scalar function has it; d2 - d1 comes in.
static inline void expm1_block(const int32_t *d1, const int32_t *j, int32_t *d2, int32_t *q) {
    int32_t high[BLOCK], sum[BLOCK];
    for (size_t i = 0; i < BLOCK; i++) {
        d2[i] += d1[i];
        int32_t size = (d2[i] >> 10) ^ (d2[i] >> 31); // its upper 12 bits, four times
        high[i] = size & 0x3F00;
        sum[i] = 2 * (size & 0x3FFC) - high[i];
    }
    multiply_high(sum, high, high);
    for (size_t i = 0; i < BLOCK; i++) {
        int32_t p = d2[i] + high[i];
        q[i] = p + (d1[i] & -(1 << FINE_WIDTH)) + ((p >> 6) * j[i] >> 5);
    }
}

// |x| < ordinary.
__attribute__((always_inline)) static inline void exp_block(const float *x, float *y) {
    int32_t interval[BLOCK], d1[BLOCK], j[BLOCK], power[BLOCK], factor[BLOCK], q[BLOCK], t[BLOCK];
    reduce(x, interval, d1, power);
    look_up(exp_coarse, TO_INTERVAL_BITS, interval, t);
    look_up(exp_batch_power, TO_INTERVAL_BITS, interval, factor);
    for (size_t i = 0; i < BLOCK; i++) {
        d1[i] += t[i];
        j[i] = d1[i] >> FINE_WIDTH;
        power[i] += factor[i];
        factor[i] = (factor[i] >> 15 & 255) | 256;
    }
    look_up(exp_batch_fine, 0, j, t);
    expm1_block(d1, j, t, q);
    // The power's bits have the factor in them; its product with q is added, rounded to an integer.
    multiply_high(q, factor, t);
    for (size_t i = 0; i < BLOCK; i++) {
        int32_t bits = power[i] + (((q[i] >> 16) * factor[i] + t[i] + 8) >> 4);
        y[i] = se_f32_from_bits((uint32_t)bits);
    }
}

static inline bool is_ordinary(float x) {
    return fabsf(x) < ordinary;
}

static inline bool are_ordinary(size_t n, const float *x) {
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t size = se_f32_bits(x[i]) & 0x7FFFFFFF;
        largest = size > largest ? size : largest;
    }
    return largest < se_f32_bits(ordinary);
}

// At most BLOCK numbers, any.
static void exp_some(size_t n, const float *x, float *y) {
    float in[BLOCK] = {0}, out[BLOCK];
    for (size_t i = 0; i < n; i++) {
        in[i] = is_ordinary(x[i]) ? x[i] : 0;
    }
    exp_block(in, out);
    for (size_t i = 0; i < n; i++) {
        y[i] = is_ordinary(x[i]) ? out[i] : se_f32_exp(x[i]);
    }
}

void se_f32_exp_n(size_t n, const float *x, float *y) {
    enum { CHUNK = 4 * BLOCK };
    for (; n >= CHUNK; n -= CHUNK, x += CHUNK, y += CHUNK) {
        bool all = are_ordinary(CHUNK, x);
        for (size_t i = 0; i < CHUNK; i += BLOCK) {
            if (all) {
                exp_block(x + i, y + i);
            } else {
                exp_some(BLOCK, x + i, y + i);
            }
        }
    }
    for (size_t i = 0; i < n; i += BLOCK) {
        exp_some(n - i < BLOCK ? n - i : BLOCK, x + i, y + i);
    }
}
