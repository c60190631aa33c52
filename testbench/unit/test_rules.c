// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantizer.h"

#include "../reference/corners.h"
#include "../reference/of_quantizer.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const uint32_t sign_bit = 0x80000000;

static struct se_quantizer quantizer(int bits, int base1, int base2, float s1, float ratio) {
    struct se_quantizer q;
    struct se_error err = {""};
    struct se_format format = {bits, true, base1, base2};
    cr_assert(se_quantizer_init(&q, format, s1, ratio, INFINITY, INFINITY, &err) == SE_OK, "%s",
              err.message);
    return q;
}

static struct se_quantizer random_quantizer(uint64_t *state, int low, int high, int log2_ratio) {
    int bits = ref_random_int(state, 4, 8), levels = 1 << bits;
    bool plain = ref_random_int(state, 0, 2) == 0;
    int base1 = plain ? -levels / 2 : ref_random_int(state, -levels, levels - 1);
    int base2 = plain ? -levels / 2 : ref_random_int(state, -levels, levels - 1);
    float s1 = se_f32_from_bits(ref_random_positive(state, low, high));
    float ratio = se_f32_from_bits(ref_random_positive(state, 0, log2_ratio - 1));
    return quantizer(bits, base1, base2, s1, ratio);
}

static void expect_thresholds(const char *what, const struct se_quantizer *q, uint32_t thr_pos,
                              uint32_t thr_neg) {
    cr_expect(se_f32_bits(q->thr_pos) == thr_pos && se_f32_bits(q->thr_neg) == thr_neg,
              "%s: thresholds %08" PRIX32 " %08" PRIX32 " (%g %g), by hand %08" PRIX32
              " %08" PRIX32,
              what, se_f32_bits(q->thr_pos), se_f32_bits(q->thr_neg), (double)q->thr_pos,
              (double)q->thr_neg, thr_pos, thr_neg);
}

Test(rules, names) {
    cr_expect_str_eq(se_rule_names[SE_RULE_NONE], "none");
    cr_expect_str_eq(se_rule_names[SE_RULE_R1], "R1");
    cr_expect_str_eq(se_rule_names[SE_RULE_R2], "R2");
    cr_expect_str_eq(se_rule_names[SE_RULE_R3], "R3");
}

// With s1 = 1 the thresholds are the ties at the range's ends, or the float before where the tie
// itself rounds out of the range.
Test(rules, r1_by_hand) {
    static const struct {
        int base1;
        uint32_t thr_pos, thr_neg;
    } cases[] = {
        {-8, 0x40EFFFFF, 0x4107FFFF},  // [-8, 7]: below 7.5, above -8.5
        {-4, 0x4137FFFF, 0x408FFFFF},  // [-4, 11]: below 11.5, above -4.5
        {0, 0x4177FFFF, 0x3EFFFFFF},   // [0, 15]: below 15.5, above -0.5
        {1, 0x4183FFFF, 0xBF000000},   // [1, 16]: below 16.5, from 0.5
        {3, 0x4193FFFF, 0xC0200000},   // [3, 18]: below 18.5, from 2.5
        {-15, 0x3EFFFFFF, 0x4177FFFF}, // [-15, 0]: below 0.5, above -15.5
        {-16, 0xBF000000, 0x4183FFFF}, // [-16, -1]: up to -0.5, above -16.5
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = -100; k <= 100; k += 50) { // a power of two only moves the exponent
            struct se_quantizer q = quantizer(4, cases[i].base1, -8, ldexpf(1, k), 16);
            uint32_t move = (uint32_t)k << 23;
            se_thresholds_overflow(&q);
            expect_thresholds("R1", &q, cases[i].thr_pos + move, cases[i].thr_neg + move);
        }
    }
}

static void check_r1(const struct se_quantizer *q, const struct ref_quantizer *r, uint32_t v) {
    int64_t integer = ref_f32_to_integer(ref_f32_mul(v, r->inv_s1, NULL));
    bool expected =
        integer < ref_quantizer_first(r, false) || integer > ref_quantizer_last(r, false);
    bool flag = se_code_flag(&q->format, se_quantize(q, se_f32_from_bits(v)));
    if (flag != expected || ref_is_outlier(r, v) != expected) {
        cr_assert(0,
                  "R1, B %d, base1 %d, s1 %08" PRIX32 ", v %08" PRIX32
                  " (seed 41): rounds to %" PRId64 ", flag %d; thresholds %08" PRIX32 " %08" PRIX32,
                  r->code_bits, r->base1, r->s1, v, integer, flag, r->thr_pos, r->thr_neg);
    }
}

Test(rules, r1_decides_as_the_rounded_integer_does) {
    uint64_t state = 41;
    unsigned long checks = 0;
    for (int i = 0; i < 10000; i++) {
        struct se_quantizer q =
            i % 5 ? random_quantizer(&state, -12, 6, 7) : random_quantizer(&state, -126, 120, 5);
        se_thresholds_overflow(&q);
        struct ref_quantizer r = ref_quantizer_of(&q);
        for (int step = -3; step <= 3; step++, checks += 2) {
            check_r1(&q, &r, ref_f32_step(r.thr_pos, step));
            check_r1(&q, &r, ref_f32_step(r.thr_neg ^ sign_bit, step));
        }
        for (int j = 0; j < 20; j++, checks++) {
            uint32_t v = ref_random_f32(&state);
            if (j % 2) {
                uint32_t halves = ref_i32_to_f32(ref_random_int(&state, -600, 600), NULL);
                v = ref_f32_mul(ref_f32_mul(halves, 0x3F000000, NULL), r.s1, NULL);
            }
            if (!ref_f32_is_nan(v)) {
                check_r1(&q, &r, v);
            }
        }
    }
    printf("rules: R1 decided %lu times\n", checks);
}

// Scales where products overflow, or where no float but infinity leaves the range.
Test(rules, r1_at_the_limits_of_the_format) {
    static const float scales[] = {0x1.000002p-127f, 0x1p-126f, 0x1p124f,
                                   0x1p126f,         0x1p127f,  0x1.fffffep127f};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        for (int base1 = -16; base1 < 16; base1++) {
            struct se_quantizer q = quantizer(4, base1, -8, scales[i], 1);
            se_thresholds_overflow(&q);
            struct ref_quantizer r = ref_quantizer_of(&q);
            for (int step = -3; step <= 3; step++) {
                check_r1(&q, &r, ref_f32_step(r.thr_pos, step));
                check_r1(&q, &r, ref_f32_step(r.thr_neg ^ sign_bit, step));
            }
            for (size_t j = 0; j < ref_corner_count(); j++) {
                check_r1(&q, &r, ref_corner(j) & 0xFF800000); // powers of two, 0, infinity
                if (!ref_f32_is_nan(ref_corner(j))) {
                    check_r1(&q, &r, ref_corner(j));
                }
            }
        }
    }
}

Test(rules, r2_is_the_magnitude_on_both_sides) {
    static const float magnitudes[] = {0, 0x1p-149f, 0.1f, 3.5f, 1e30f};
    for (size_t i = 0; i < sizeof magnitudes / sizeof *magnitudes; i++) {
        struct se_quantizer q = quantizer(4, -4, 3, 0.25f, 3);
        se_thresholds_percentile(&q, magnitudes[i]);
        uint32_t bits = se_f32_bits(magnitudes[i]);
        expect_thresholds("R2", &q, bits, bits);
    }
}

Test(rules, r3_by_hand) {
    static const struct {
        int base1, base2;
        float s1, ratio, thr_pos, thr_neg;
    } cases[] = {
        {-8, -8, 1, 16, 11.5f, 12},         // 7 and 16; -8 and -16
        {-8, -8, 1, 100, 53.5f, 54},        // 7 and 100; -8 and -100
        {-4, -3, 1, 3, 11.5f, 5},           // 11 and 12; -4 and -6
        {-4, -3, 0.25f, 3, 2.875f, 1.25f},  // the same in quarters
        {-4, 0, 1, 4, 11.5f, INFINITY},     // nothing below 0
        {-4, 3, 1, 4, 11.5f, INFINITY},     // 11 and 12, the first level
        {-4, 4, 1, 5, 15.5f, INFINITY},     // 11 and 20, the first level
        {-8, -8, 1, 1, INFINITY, INFINITY}, // the same range twice
        {-8, -8, 0.5f, 2.5f, 3.625f, 4.5f}, // 3.5 and 3.75; -4 and -5
        {-8, -8, 1, 7, 10.5f, 11},          // 7 itself is not beyond: 14; -8 and -14
        {-8, -8, 1, 8, 7.5f, 12},           // 7 and 8; -8 itself is not beyond: -16
        {-16, -16, 1, 2, INFINITY, 17},     // [-16, -1] and [-32, -2]; -16 and -18
        {0, 0, 1, 2, 15.5f, INFINITY},      // 15 and 16
        {0, -8, 1, 2, INFINITY, 1},         // 14 is the last; 0 and -2
        {3, -8, 1, 4, 19, -1.5f},           // 18 and 20; 3 and 0: below 1.5
        {-16, -8, 1, 2, -0.5f, INFINITY},   // -1 and 0; -16 is the last level
        {0, 15, 2, 1.5f, 37.5f, INFINITY},  // 30 and 45, the first level
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct se_quantizer q =
            quantizer(4, cases[i].base1, cases[i].base2, cases[i].s1, cases[i].ratio);
        char what[64];
        snprintf(what, sizeof what, "R3, bases %d %d, ratio %g", cases[i].base1, cases[i].base2,
                 (double)cases[i].ratio);
        se_thresholds_least_error(&q);
        expect_thresholds(what, &q, se_f32_bits(cases[i].thr_pos), se_f32_bits(cases[i].thr_neg));
    }
    struct se_quantizer int8 = quantizer(8, -128, -128, 1, 2);
    se_thresholds_least_error(&int8);
    expect_thresholds("R3, B 8", &int8, se_f32_bits(127.5f), se_f32_bits(129));
}

// The nearest level of s2's range strictly beyond `end` levels of s1, by looking at all of them. An
// integer of 9 bits times a float is exact in long double, and so is the sum for ratios up to 128;
// the cast rounds once.
static float midpoint(long double end, int first, int last, long double s2, int side) {
    long double nearest = INFINITY;
    for (int level = first; level <= last; level++) {
        long double beyond = side * level * s2;
        if (beyond > end && beyond < nearest) {
            nearest = beyond;
        }
    }
    return (float)((end + nearest) / 2);
}

Test(rules, r3_is_the_midpoint_for_random_quantisers) {
    uint64_t state = 42;
    for (int i = 0; i < 20000; i++) {
        struct se_quantizer q = random_quantizer(&state, -20, 20, 7);
        se_thresholds_least_error(&q);
        int last = (1 << q.format.code_bits) - 1;
        int base1 = q.format.base1, base2 = q.format.base2;
        float pos = midpoint((long double)(base1 + last) * q.s1, base2, base2 + last, q.s2, 1);
        float neg = midpoint(-(long double)base1 * q.s1, base2, base2 + last, q.s2, -1);
        if (se_f32_bits(pos) != se_f32_bits(q.thr_pos) ||
            se_f32_bits(neg) != se_f32_bits(q.thr_neg)) {
            cr_assert(0,
                      "R3, B %d bases %d %d s1 %08" PRIX32 " ratio %08" PRIX32
                      " (seed 42): %08" PRIX32 " %08" PRIX32 ", expected %08" PRIX32 " %08" PRIX32,
                      q.format.code_bits, base1, base2, se_f32_bits(q.s1), se_f32_bits(q.ratio),
                      se_f32_bits(q.thr_pos), se_f32_bits(q.thr_neg), se_f32_bits(pos),
                      se_f32_bits(neg));
        }
    }
}

// Just past the range R1 hands the value to a scale it is less than half a step of.
Test(rules, r1_with_a_large_ratio_loses_values_just_past_the_range) {
    uint64_t state = 43;
    static const float ratios[] = {16, 100};
    for (int i = 0; i < 2000; i++) {
        float s1 = se_f32_from_bits(ref_random_positive(&state, -12, 6)), ratio = ratios[i % 2];
        struct se_quantizer q = quantizer(4, -8, -8, s1, ratio);
        se_thresholds_overflow(&q);
        struct ref_quantizer r = ref_quantizer_of(&q);
        uint32_t past = ref_f32_next_up(r.thr_pos);
        uint32_t code = ref_quantize(&r, past);
        float u = se_dequantize(&q, se_quantize(&q, se_f32_from_bits(past)));
        cr_assert(code == 0x10 && u == 0, "ratio %g, v %08" PRIX32 " (seed 43): %04" PRIX32 ", %a",
                  (double)ratio, past, code, (double)u);
        if (ratio > 17) { // -8.5 / 16 rounds to -1, -8.5 / 100 to 0
            past = ref_f32_next_up(r.thr_neg) | sign_bit;
            u = se_dequantize(&q, se_quantize(&q, se_f32_from_bits(past)));
            cr_assert(u == 0, "ratio %g, v %08" PRIX32 " (seed 43): %a", (double)ratio, past,
                      (double)u);
        }
    }
}

// For ranges of s1 with levels on both sides of zero. Nor does the outlier's error exceed that of
// saturating at the end of s1's range, but for the rounding of the product (2^-20 is generous).
static void check_r3_outlier(const struct se_quantizer *q, uint32_t bits) {
    float v = se_f32_from_bits(bits);
    uint16_t code = se_quantize(q, v);
    if (!se_code_flag(&q->format, code) || isinf(v)) {
        return;
    }
    int end = v > 0 ? se_format_last(&q->format, false) : se_format_base(&q->format, false);
    double u = se_code_q(&q->format, code) * (double)q->s2, saturated = end * (double)q->s1;
    if (u == 0 || fabs(v - u) > fabs(v - saturated) + 0x1p-20 * fabs((double)v)) {
        cr_assert(0,
                  "R3, B %d bases %d %d s1 %08" PRIX32 " ratio %08" PRIX32 ", v %08" PRIX32
                  " (%a): code %04X is %a, saturating gives %a",
                  q->format.code_bits, q->format.base1, q->format.base2, se_f32_bits(q->s1),
                  se_f32_bits(q->ratio), bits, (double)v, code, u, saturated);
    }
}

Test(rules, r3_never_gives_zero_for_an_outlier) {
    uint64_t state = 44;
    for (int i = 0; i < 10000; i++) {
        struct se_quantizer q = random_quantizer(&state, -12, 6, 10);
        int levels = 1 << q.format.code_bits;
        q.format.base1 = ref_random_int(&state, -levels + 2, -1);
        se_thresholds_least_error(&q);
        for (int step = -2; step <= 3; step++) {
            check_r3_outlier(&q, ref_f32_step(se_f32_bits(q.thr_pos), step));
            check_r3_outlier(&q, ref_f32_step(se_f32_bits(q.thr_neg) ^ sign_bit, step));
        }
        for (int j = 0; j < 30; j++) {
            uint32_t size = ref_random_positive(&state, 0, 2 * q.format.code_bits);
            uint32_t v = ref_f32_mul(size, se_f32_bits(q.s1), NULL);
            check_r3_outlier(&q, v);
            check_r3_outlier(&q, v ^ sign_bit);
        }
    }
}
