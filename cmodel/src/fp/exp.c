// SPDX-License-Identifier: Apache-2.0
// The exponential of the datapath (docs/numerics.md, "exp"). The scalar function is the
// specification: the integers of rtl/fp/fp32_exp.sv, step by step. The batch function computes the
// same integers in lanes, partly held in `double`, exactly.
#include "w4a5se/fp32.h"

#include <math.h>

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

static inline int64_t double_bits(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_from_bits(int64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// ---- the batch, BLOCK lanes at a time: plain loops that vectorise, and table look-ups between
// ----

enum { BLOCK = 64 };

#ifdef __AVX512F__
typedef int32_t lanes __attribute__((vector_size(64), aligned(4), may_alias));

// Gathers are slow on many processors; four registers hold a table of 64.
static inline void look_up(const int32_t *table, const int32_t *index, int32_t *out) {
    const lanes *t = (const lanes *)table;
    for (int i = 0; i < BLOCK; i += 16) {
        lanes at = *(const lanes *)(index + i);
        lanes low = __builtin_shuffle(t[0], t[1], at), high = __builtin_shuffle(t[2], t[3], at);
        lanes upper = (at & 32) != 0;
        *(lanes *)(out + i) = (high & upper) | (low & ~upper);
    }
}
#else
static inline void look_up(const int32_t *table, const int32_t *index, int32_t *out) {
    for (int i = 0; i < BLOCK; i++) {
        out[i] = table[index[i] & 63];
    }
}
#endif

static void exp_block(const float *restrict x, float *restrict y) {
    int32_t k[BLOCK], interval[BLOCK], d1[BLOCK], offset[BLOCK], factor[BLOCK], j[BLOCK], q[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        int32_t bits = (int32_t)se_f32_bits(x[i]), sign = bits >> 31, magnitude = bits & 0x7FFFFFFF;
        float size = se_f32_from_bits((uint32_t)(magnitude < 0x43000000 ? magnitude : 0x43000000));
        float multiple = floorf(fmaf(floorf(size * 32), 1477 * 0x1p-15f, 17123 * 0x1p-15f));
        // The integer ends up in the low bits: one rounding, never from a tie.
        double integer = (double)floorf(size * 0x1p35f) + 0x1.8p52;
        int64_t rest = double_bits(fma((double)multiple, -0x162E42FEFA39p-10, integer));
        interval[i] = (int32_t)(rest >> COARSE_WIDTH) ^ sign;
        d1[i] = (((int32_t)rest ^ sign) & ((1 << COARSE_WIDTH) - 1)) - sign;
        k[i] = (((int32_t)multiple ^ sign) - sign) * (1 << 20);
    }
    look_up(exp_coarse, interval, offset);
    look_up(exp_factor_word, interval, factor);
    for (int i = 0; i < BLOCK; i++) {
        d1[i] += offset[i];
        factor[i] += k[i];
        j[i] = d1[i] >> FINE_WIDTH;
    }
    look_up(exp_fine, j, offset);
    for (int i = 0; i < BLOCK; i++) {
        q[i] = expm1_fine(d1[i], offset[i]);
        // The product of factor * 2^k and 1 + q/2^35 would be exact; what is added below its last
        // bit makes the conversion round a tie up, as the guard bit does.
        double scale = double_from_bits((int64_t)((uint64_t)(uint32_t)factor[i] << 32));
        float result = (float)(scale * fma((double)q[i], 0x1p-35, 1 + 0x1p-48));
        y[i] = x[i] == x[i] ? result : se_f32_from_bits(SE_F32_CANONICAL_NAN);
    }
}

void se_f32_exp_n(size_t n, const float *x, float *y) {
    size_t i = 0;
    for (; n - i >= BLOCK; i += BLOCK) {
        float out[BLOCK];
        exp_block(x + i, out);
        memcpy(y + i, out, sizeof out);
    }
    if (i < n) {
        float in[BLOCK] = {0}, out[BLOCK];
        memcpy(in, x + i, (n - i) * sizeof *x);
        exp_block(in, out);
        memcpy(y + i, out, (n - i) * sizeof *y);
    }
}
