// SPDX-License-Identifier: Apache-2.0
#include "operands.h"

#include "../reference/corners.h"
#include "../reference/softfloat.h"

#include <stddef.h>

static const uint32_t sign_bit = UINT32_C(0x80000000), one_half = UINT32_C(0x3F000000);

static uint32_t random_sign(uint64_t *state) {
    return (uint32_t)(ref_random(state) >> 32) & sign_bit;
}

// A number with this exponent field, brought into 0..254.
static uint32_t with_field(uint64_t *state, int field) {
    uint32_t inside = (uint32_t)(field < 0 ? 0 : field > 254 ? 254 : field);
    return random_sign(state) | inside << 23 | (ref_random_positive(state, 0, 0) & 0x007FFFFF);
}

static int field_of(uint32_t a) {
    return (int)(a >> 23 & 255);
}

// A positive number of 12 significant bits: products of two are often ties or exact.
static uint32_t random_short(uint64_t *state, int low, int high) {
    return ref_random_positive(state, low, high) & 0xFFFFF000;
}

static uint32_t step_around(uint64_t *state, uint32_t a, int reach) {
    return ref_f32_is_nan(a) ? a : ref_f32_step(a, ref_random_int(state, -reach, reach));
}

static uint32_t around_least_normal(uint64_t *state) {
    return (uint32_t)ref_random_int(state, 0x007FFFFC, 0x00800003);
}

static uint32_t around_greatest(uint64_t *state) {
    return (uint32_t)ref_random_int(state, 0x7F7FFFFC, 0x7F7FFFFF);
}

// a and b whose product is about `target`; a's exponent lies between low and high.
static void factors_of(uint64_t *state, uint32_t target, int low, int high, uint32_t *in) {
    uint32_t a = ref_random_positive(state, low, high);
    in[0] = a ^ random_sign(state);
    in[1] = step_around(state, ref_f32_div(target, a, NULL), 4) ^ random_sign(state);
}

static void independent(uint64_t *state, int n, uint32_t *in) {
    for (int i = 0; i < n; i++) {
        in[i] = ref_random_f32(state);
    }
}

void fp_draw_mul(uint64_t *state, uint32_t *in) {
    switch (ref_random_int(state, 0, 7)) {
    case 0:
        factors_of(state, around_least_normal(state), -126, 0, in);
        break;
    case 1:
        factors_of(state, around_greatest(state), 1, 127, in);
        break;
    case 2: // subnormal
        factors_of(state, (uint32_t)ref_random_int(state, 1, 0x007FFFFF), -126, 0, in);
        break;
    case 3:
        in[0] = random_short(state, -126, 127) ^ random_sign(state);
        in[1] = random_short(state, -126, 127) ^ random_sign(state);
        break;
    default:
        independent(state, 2, in);
    }
}

// Half an ulp of a, or a neighbour of that.
static uint32_t half_ulp(uint64_t *state, uint32_t a) {
    int field = field_of(a) - 24;
    uint32_t half = field > 0 ? (uint32_t)field << 23 : 1;
    return step_around(state, half, 1) ^ random_sign(state);
}

void fp_draw_add(uint64_t *state, uint32_t *in) {
    independent(state, 2, in);
    switch (ref_random_int(state, 0, 7)) {
    case 0: // cancellation: exact, by an ulp, by a few
        in[1] = step_around(state, in[0], 8) ^ sign_bit;
        break;
    case 1:
    case 2: // exponents within a significand's length of each other
        in[1] = with_field(state, field_of(in[0]) + ref_random_int(state, -27, 27));
        break;
    case 3: // subnormal and barely normal
        in[0] = with_field(state, ref_random_int(state, 0, 26));
        in[1] = with_field(state, ref_random_int(state, 0, 3));
        break;
    case 4: // about the greatest number and the ulp that overflows it
        in[0] = around_greatest(state) ^ random_sign(state);
        in[1] = with_field(state, ref_random_int(state, 228, 254));
        break;
    case 5: // ties
        in[1] = half_ulp(state, in[0]);
        break;
    default:
        break;
    }
    if (ref_random_int(state, 0, 1)) {
        uint32_t a = in[0];
        in[0] = in[1];
        in[1] = a;
    }
}

void fp_draw_fma(uint64_t *state, uint32_t *in) {
    independent(state, 3, in);
    switch (ref_random_int(state, 0, 7)) {
    case 0: // cancellation
        in[2] = step_around(state, ref_f32_mul(in[0], in[1], NULL), 8) ^ sign_bit;
        break;
    case 1:
    case 2: // the addend from far above the product to far below it
        in[0] = ref_random_positive(state, -40, 40) ^ random_sign(state);
        in[1] = ref_random_positive(state, -40, 40) ^ random_sign(state);
        in[2] = with_field(state, field_of(in[0]) + field_of(in[1]) - 127 +
                                      ref_random_int(state, -60, 60));
        break;
    case 3: // a product at the least normal number and a small addend
        factors_of(state, around_least_normal(state), -126, 0, in);
        in[2] = with_field(state, ref_random_int(state, 0, 2));
        break;
    case 4: // an addend at the least normal number and a product down to far below it
        in[0] = ref_random_positive(state, -126, -30) ^ random_sign(state);
        in[1] = ref_random_positive(state, -126, -30) ^ random_sign(state);
        in[2] = around_least_normal(state) ^ random_sign(state);
        break;
    case 5: // an addend at the greatest number and a product of about half its ulp
        factors_of(state, UINT32_C(0x73000000), 1, 100, in);
        in[2] = around_greatest(state) ^ random_sign(state);
        break;
    case 6: { // ties
        uint32_t c = in[2], half = half_ulp(state, c) & ~sign_bit;
        factors_of(state, half, -20, 20, in);
        in[2] = c;
        break;
    }
    default:
        break;
    }
}

void fp_draw_div(uint64_t *state, uint32_t *in) {
    uint32_t b;
    independent(state, 2, in);
    switch (ref_random_int(state, 0, 7)) {
    case 0:
        b = ref_random_positive(state, 0, 127);
        in[0] = step_around(state, ref_f32_mul(around_least_normal(state), b, NULL), 4);
        in[1] = b ^ random_sign(state);
        break;
    case 1:
        b = ref_random_positive(state, -126, -1);
        in[0] = step_around(state, ref_f32_mul(around_greatest(state), b, NULL), 3);
        in[1] = b ^ random_sign(state);
        break;
    case 2: // exact, or an ulp beside it
        b = random_short(state, -60, 60);
        in[0] = step_around(state, ref_f32_mul(random_short(state, -60, 60), b, NULL), 1);
        in[1] = b ^ random_sign(state);
        break;
    case 3: // ties between subnormal numbers: an odd multiple of half the least one
        b = random_short(state, 24, 100);
        in[0] = ref_f32_mul((uint32_t)ref_random_int(state, 0, 4095) | 1,
                            ref_f32_mul(b, one_half, NULL), NULL);
        in[0] = step_around(state, in[0], 1);
        in[1] = b ^ random_sign(state);
        break;
    case 4: // subnormal operands
        in[ref_random_int(state, 0, 1)] = with_field(state, 0);
        break;
    default:
        break;
    }
}

void fp_draw_from_int(uint64_t *state, uint32_t *in) {
    uint32_t any = (uint32_t)ref_random(state);
    int shift = ref_random_int(state, 0, 31);
    uint32_t magnitude = any >> shift;
    if (ref_random_int(state, 0, 1)) { // a last one far up: ties
        magnitude = (magnitude | 1) << shift / 2;
    }
    in[0] = ref_random_int(state, 0, 1) ? magnitude : -magnitude;
}

void fp_draw_to_int(uint64_t *state, uint32_t *in) {
    switch (ref_random_int(state, 0, 3)) {
    case 0:
        in[0] = ref_random_f32(state);
        break;
    case 1: // k + 0.5
        in[0] = ref_i32_to_f32(ref_random_int(state, 0, 0x00FFFFFF) >> ref_random_int(state, 0, 23),
                               NULL);
        in[0] = ref_f32_add(in[0], one_half, NULL);
        in[0] = step_around(state, in[0], 1) ^ random_sign(state);
        break;
    default:
        in[0] = ref_random_positive(state, -3, 33) ^ random_sign(state);
    }
}

void fp_draw_to_f16(uint64_t *state, uint32_t *in) {
    switch (ref_random_int(state, 0, 4)) {
    case 0:
        in[0] = ref_random_f32(state);
        break;
    case 1: // ties between normal numbers
        in[0] = (ref_random_positive(state, -15, 16) & 0xFFFFE000) | 0x1000;
        in[0] = step_around(state, in[0], 1) ^ random_sign(state);
        break;
    case 2: // multiples of half the least subnormal number
        in[0] =
            ref_i32_to_f32(ref_random_int(state, 0, 4096) >> ref_random_int(state, 0, 11), NULL);
        in[0] = ref_f32_mul(in[0], 0x33000000, NULL);
        in[0] = step_around(state, in[0], 1) ^ random_sign(state);
        break;
    default:
        in[0] = ref_random_positive(state, -27, 17) ^ random_sign(state);
    }
}
