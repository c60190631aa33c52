// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/fp32.h"

#include "../reference/corners.h"
#include "../reference/softfloat.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>

enum { RANDOM_CHECKS = 2000000 };

struct binary_case {
    uint32_t a, b, result;
    unsigned flags;
};

// Worked by hand from the definition; they check the reference, and through it the model.
static const struct binary_case products[] = {
    {0x3F800000, 0x3F800000, 0x3F800000, 0},  // 1 * 1
    {0x3FC00000, 0x3FC00000, 0x40100000, 0},  // 1.5 * 1.5 = 2.25
    {0xC0000000, 0x40400000, 0xC0C00000, 0},  // -2 * 3 = -6
    {0x00000000, 0x80000000, 0x80000000, 0},  // 0 * -0 = -0
    {0x80000000, 0x80000000, 0x00000000, 0},  // -0 * -0 = 0
    {0x00000000, 0xFF7FFFFF, 0x80000000, 0},  // 0 * -max = -0
    {0x7F800000, 0xBF800000, 0xFF800000, 0},  // inf * -1
    {0x7F800000, 0x00000000, 0x7FC00000, 16}, // inf * 0
    {0x80000000, 0x7F800000, 0x7FC00000, 16}, // -0 * inf
    {0x7FC12345, 0x3F800000, 0x7FC00000, 0},  // quiet NaN
    {0x7F800000, 0xFFFFFFFF, 0x7FC00000, 0},  // inf * quiet NaN
    {0x7F800001, 0x3F800000, 0x7FC00000, 16}, // signalling NaN
    {0x00000000, 0xFFBFFFFF, 0x7FC00000, 16}, // signalling NaN on the right
    {0x7FC00000, 0x7FA00000, 0x7FC00000, 16}, // quiet * signalling
    {0x7F7FFFFF, 0x7F7FFFFF, 0x7F800000, 5},  // max * max
    {0x7F7FFFFF, 0xC0000000, 0xFF800000, 5},  // max * -2
    {0x7F000000, 0x40000000, 0x7F800000, 5},  // 2^127 * 2
    {0x7F7FFFFF, 0x3F800001, 0x7F800000, 5},  // 2^128 (1 + 2^-24 - ...) reaches 2^128
    {0x7F7FFFFF, 0x3F7FFFFF, 0x7F7FFFFE, 1},  // 2^127 (2 - 2^-22 + 2^-47)
    {0x5F7FFFFF, 0x5F800000, 0x7F7FFFFF, 0},  // (2 - 2^-23) 2^63 * 2^64 = max
    {0x3F800001, 0x3F800001, 0x3F800002, 1},  // 1 + 2^-22 + 2^-46
    {0x3F800001, 0x3FC00000, 0x3FC00002, 1},  // 1.5 + 1.5 ulp: a tie, to even above
    {0x3F800003, 0x3FC00000, 0x3FC00004, 1},  // 1.5 + 4.5 ulp: a tie, to even below
    // Subnormal results, u = 2^-149.
    {0x00000001, 0x00000001, 0x00000000, 3}, // 2^-298
    {0x80000001, 0x00000001, 0x80000000, 3}, // -2^-298 keeps its sign
    {0x00000001, 0x3F000000, 0x00000000, 3}, // u/2: a tie, to even below
    {0x00000003, 0x3F000000, 0x00000002, 3}, // 1.5 u: a tie, to even above
    {0x00000001, 0x3F000001, 0x00000001, 3}, // just above u/2
    {0x00000001, 0x3EFFFFFF, 0x00000000, 3}, // just below u/2
    {0x00000001, 0x3F400000, 0x00000001, 3}, // 0.75 u
    {0x00000001, 0x40400000, 0x00000003, 0}, // 3 u, exact: no underflow
    {0x00800000, 0x3F000000, 0x00400000, 0}, // 2^-127, exact: no underflow
    {0x00800003, 0x3F000000, 0x00400002, 3}, // 2^-127 + 1.5 u: a tie
    // At the least normal number m = 2^-126. Tiny is what still lies below m when rounded to 24
    // bits without a least exponent: ulps of u/2 there, so from m - u/4 upwards nothing is tiny.
    {0x00800000, 0x3F7FFFFF, 0x00800000, 3}, // m - u/2 exactly: tiny, then ties up to m
    {0x00800001, 0x3F7FFFFE, 0x00800000, 1}, // m (1 - 2^-46): tiny before rounding only
    {0x80FFFFFF, 0x3F000000, 0x80800000, 3}, // -(m - u/2), a tie
    {0x00C00000, 0x3F2AAAAA, 0x00800000, 3}, // m (1 - 2^-24): tiny
    {0x00C00000, 0x3F2AAAAB, 0x00800000, 1}, // m (1 + 2^-25): not tiny
    {0x1F800001, 0x207FFFFE, 0x00800000, 1}, // (2^-64 + ...) * (2^-62 - ...) = m (1 - 2^-46)
    {0x00800000, 0x3F7FFFFE, 0x007FFFFF, 0}, // m - u, exact
    {0x00800000, 0x3F7FFFFD, 0x007FFFFE, 3}, // m - 1.5 u: a tie
    {0x00000001, 0x4B000000, 0x00800000, 0}, // u * 2^23 = m
};

static const struct binary_case quotients[] = {
    {0x40C00000, 0x40000000, 0x40400000, 0},  // 6 / 2
    {0x3F800000, 0x40400000, 0x3EAAAAAB, 1},  // 1 / 3
    {0x3F800000, 0x00000000, 0x7F800000, 8},  // 1 / 0
    {0x00000000, 0x80000000, 0x7FC00000, 16}, // 0 / -0
    {0x7F800000, 0xFF800000, 0x7FC00000, 16}, // inf / -inf
    {0x3F800000, 0xFF800000, 0x80000000, 0},  // 1 / -inf
    {0x3F800000, 0x00200000, 0x7F800000, 5},  // 1 / 2^-128 = 2^128
    {0x3F800000, 0x00200001, 0x7F7FFFF8, 1},  // 2^128 (1 - 2^-21 + ...)
    {0x3F800000, 0x7F000000, 0x00400000, 0},  // 1 / 2^127, exact subnormal
    {0x00000001, 0x40000000, 0x00000000, 3},  // u/2: a tie
    {0x00800000, 0x3F800001, 0x007FFFFF, 3},  // m (1 - 2^-23 + ...)
    {0x7F7FFFFF, 0x3F7FFFFF, 0x7F800000, 5},  // overflows by rounding
};

static void expect_reference(const char *name, struct binary_case c, uint32_t result,
                             unsigned flags) {
    cr_expect(result == c.result && flags == c.flags,
              "reference %s %08" PRIX32 " %08" PRIX32 ": %08" PRIX32 " flags %u, by hand %08" PRIX32
              " flags %u",
              name, c.a, c.b, result, flags, c.result, c.flags);
}

Test(fp32, the_reference_agrees_with_products_worked_by_hand) {
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        struct binary_case c = products[i];
        unsigned flags = 0;
        uint32_t result = ref_f32_mul(c.a, c.b, &flags);
        expect_reference("mul", c, result, flags);
        flags = 0;
        result = ref_f32_mul(c.b, c.a, &flags);
        expect_reference("mul, swapped", c, result, flags);
    }
}

Test(fp32, the_reference_agrees_with_quotients_worked_by_hand) {
    for (size_t i = 0; i < sizeof quotients / sizeof *quotients; i++) {
        struct binary_case c = quotients[i];
        unsigned flags = 0;
        uint32_t result = ref_f32_div(c.a, c.b, &flags);
        expect_reference("div", c, result, flags);
    }
}

// The processor's division is no code of ours, so it is a second opinion on the reference's.
Test(fp32, the_reference_divides_as_the_processor_does) {
    uint64_t state = 6;
    for (int i = 0; i < 500000; i++) {
        uint32_t a = ref_random_f32(&state), b = ref_random_f32(&state);
        float quotient = se_f32_from_bits(a) / se_f32_from_bits(b);
        uint32_t expected = quotient == quotient ? se_f32_bits(quotient) : 0x7FC00000;
        uint32_t result = ref_f32_div(a, b, NULL);
        if (result != expected) {
            cr_assert(0,
                      "reference div %08" PRIX32 " %08" PRIX32 " (seed 6): %08" PRIX32
                      ", processor %08" PRIX32,
                      a, b, result, expected);
        }
    }
}

static void check_mul(uint32_t a, uint32_t b, const char *origin) {
    unsigned expected_flags = 0, flags = 0;
    uint32_t expected = ref_f32_mul(a, b, &expected_flags);
    uint32_t result = se_f32_bits(se_f32_mul(se_f32_from_bits(a), se_f32_from_bits(b), &flags));
    if (result != expected || flags != expected_flags) {
        cr_assert(0,
                  "mul %08" PRIX32 " %08" PRIX32 " (%s): %08" PRIX32
                  " flags %u, expected %08" PRIX32 " flags %u",
                  a, b, origin, result, flags, expected, expected_flags);
    }
}

Test(fp32, mul_of_cases_worked_by_hand) {
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        struct binary_case c = products[i];
        unsigned flags = 0;
        float result = se_f32_mul(se_f32_from_bits(c.a), se_f32_from_bits(c.b), &flags);
        cr_expect(se_f32_bits(result) == c.result && flags == c.flags,
                  "mul %08" PRIX32 " %08" PRIX32 ": %08" PRIX32 " flags %u, by hand %08" PRIX32
                  " flags %u",
                  c.a, c.b, se_f32_bits(result), flags, c.result, c.flags);
    }
}

Test(fp32, mul_of_all_pairs_of_corners) {
    size_t n = ref_corner_count();
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            check_mul(ref_corner(i), ref_corner(j), "corners");
        }
    }
    printf("mul: %zu pairs of corners\n", n * n);
}

Test(fp32, mul_of_random_pairs) {
    uint64_t state = 1;
    unsigned long seen[32] = {0};
    for (int i = 0; i < RANDOM_CHECKS; i++) {
        uint32_t a = ref_random_f32(&state), b = ref_random_f32(&state);
        check_mul(a, b, "seed 1");
        unsigned flags = 0;
        ref_f32_mul(a, b, &flags);
        seen[flags]++;
    }
    printf("mul: %d random pairs; exact %lu, inexact %lu, underflow %lu, overflow %lu, "
           "invalid %lu\n",
           RANDOM_CHECKS, seen[0], seen[1], seen[3], seen[5], seen[16]);
    cr_expect(seen[0] > 10000 && seen[1] > 10000 && seen[3] > 10000 && seen[5] > 10000 &&
                  seen[16] > 1000,
              "the random operands miss a kind of result");
}

// Products within a few ulps of the least normal number, where underflow after rounding and before
// it differ: b is the reference's quotient of a number near 2^-126 by a, and its neighbours.
Test(fp32, mul_around_the_least_normal_number) {
    uint64_t state = 2;
    unsigned long only_inexact = 0, checks = 0;
    for (int i = 0; i < 20000; i++) {
        uint32_t a = ref_random_positive(&state, -126, 0);
        uint32_t target = (uint32_t)ref_random_int(&state, 0x007FFFFC, 0x00800003);
        uint32_t near = ref_f32_div(target, a, NULL);
        for (int step = -4; step <= 4; step++, checks++) {
            uint32_t b = ref_f32_step(near, step);
            check_mul(a, b, "seed 2");
            unsigned flags = 0;
            // Tiny before rounding, not after: the result is 2^-126 with inexact alone, from below.
            only_inexact += ref_f32_mul(a, b, &flags) == 0x00800000 && flags == REF_INEXACT;
        }
    }
    printf("mul: %lu products around 2^-126, %lu round to it without underflow\n", checks,
           only_inexact);
    cr_expect_gt(only_inexact, 1000ul);
}

Test(fp32, flags_accumulate_and_may_be_left_out) {
    unsigned flags = SE_FP_DIVIDE_BY_ZERO;
    se_f32_mul(1.5f, 1.5f, &flags);
    cr_expect_eq(flags, (unsigned)SE_FP_DIVIDE_BY_ZERO);
    se_f32_mul(0x1p127f, 4, &flags);
    se_f32_mul(1, se_f32_from_bits(0x7F800001), &flags);
    cr_expect_eq(flags, 8u | 4u | 1u | 16u);
    cr_expect_eq(se_f32_bits(se_f32_mul(0x1p127f, 4, NULL)), 0x7F800000u);
    cr_expect_eq(se_f32_bits(se_i32_to_f32(16777217, NULL)), 0x4B800000u);
    cr_expect_eq(se_f32_to_i32(2.5f, NULL), 3);
    flags = SE_FP_UNDERFLOW;
    se_f32_to_i32(0.25f, &flags);
    se_i32_to_f32(16777217, &flags);
    cr_expect_eq(flags, 2u | 1u);
}

static const struct {
    int32_t integer;
    uint32_t result;
    unsigned flags;
} from_integers[] = {
    {0, 0x00000000, 0},          {1, 0x3F800000, 0},          {-1, 0xBF800000, 0},
    {16777215, 0x4B7FFFFF, 0},   {16777216, 0x4B800000, 0},   {16777217, 0x4B800000, 1},
    {16777219, 0x4B800002, 1},   {-16777219, 0xCB800002, 1},  {33554434, 0x4C000000, 1},
    {33554438, 0x4C000002, 1},   {2147483583, 0x4EFFFFFF, 1}, {2147483584, 0x4F000000, 1},
    {INT32_MAX, 0x4F000000, 1},  {INT32_MIN, 0xCF000000, 0},  {INT32_MIN + 1, 0xCF000000, 1},
    {2147483520, 0x4EFFFFFF, 0},
};

static void check_from_integer(int32_t i, const char *origin) {
    unsigned expected_flags = 0, flags = 0;
    uint32_t expected = ref_i32_to_f32(i, &expected_flags);
    uint32_t result = se_f32_bits(se_i32_to_f32(i, &flags));
    if (result != expected || flags != expected_flags) {
        cr_assert(0,
                  "from_int %08" PRIX32 " (%s): %08" PRIX32 " flags %u, expected %08" PRIX32
                  " flags %u",
                  (uint32_t)i, origin, result, flags, expected, expected_flags);
    }
}

Test(fp32, integers_to_floats) {
    for (size_t i = 0; i < sizeof from_integers / sizeof *from_integers; i++) {
        unsigned flags = 0;
        uint32_t result = ref_i32_to_f32(from_integers[i].integer, &flags);
        cr_expect(result == from_integers[i].result && flags == from_integers[i].flags,
                  "reference from_int %" PRId32 ": %08" PRIX32 " flags %u",
                  from_integers[i].integer, result, flags);
        check_from_integer(from_integers[i].integer, "by hand");
    }
    for (int shift = 0; shift < 32; shift++) {
        for (int64_t nudge = -300; nudge <= 300; nudge++) {
            check_from_integer((int32_t)(uint32_t)((INT64_C(1) << shift) + nudge), "power of two");
        }
    }
    uint64_t state = 3;
    for (int i = 0; i < RANDOM_CHECKS; i++) {
        int32_t wide = (int32_t)(uint32_t)ref_random(&state);
        check_from_integer(wide >> (i & 31), "seed 3");
    }
    printf("from_int: %d random integers\n", RANDOM_CHECKS);
}

static const struct {
    uint32_t a;
    int32_t result;
    unsigned flags;
} to_integers[] = {
    {0x00000000, 0, 0},          {0x80000000, 0, 0},          {0x3F000000, 1, 1},
    {0xBF000000, -1, 1},         {0x3EFFFFFF, 0, 1},          {0xBEFFFFFF, 0, 1},
    {0x00000001, 0, 1},          {0x3F800000, 1, 0},          {0x3FC00000, 2, 1},
    {0x40200000, 3, 1},          {0xC0200000, -3, 1},         {0x401FFFFF, 2, 1},
    {0x4AFFFFFF, 8388608, 1},    {0xCAFFFFFD, -8388607, 1},   {0x4B000001, 8388609, 0},
    {0x4EFFFFFF, 2147483520, 0}, {0x4F000000, INT32_MAX, 16}, {0xCF000000, INT32_MIN, 0},
    {0xCF000001, INT32_MIN, 16}, {0x7F800000, INT32_MAX, 16}, {0xFF800000, INT32_MIN, 16},
    {0x7F7FFFFF, INT32_MAX, 16}, {0x7FC00000, 0, 16},         {0xFFC00001, 0, 16},
    {0x7F800001, 0, 16},
};

static void check_to_integer(uint32_t a, const char *origin) {
    unsigned expected_flags = 0, flags = 0;
    int32_t expected = ref_f32_to_i32(a, &expected_flags);
    int32_t result = se_f32_to_i32(se_f32_from_bits(a), &flags);
    if (result != expected || flags != expected_flags) {
        cr_assert(
            0, "to_int %08" PRIX32 " (%s): %08" PRIX32 " flags %u, expected %08" PRIX32 " flags %u",
            a, origin, (uint32_t)result, flags, (uint32_t)expected, expected_flags);
    }
}

Test(fp32, floats_to_integers) {
    for (size_t i = 0; i < sizeof to_integers / sizeof *to_integers; i++) {
        unsigned flags = 0;
        int32_t result = ref_f32_to_i32(to_integers[i].a, &flags);
        cr_expect(result == to_integers[i].result && flags == to_integers[i].flags,
                  "reference to_int %08" PRIX32 ": %" PRId32 " flags %u", to_integers[i].a, result,
                  flags);
        check_to_integer(to_integers[i].a, "by hand");
    }
    for (size_t i = 0; i < ref_corner_count(); i++) {
        check_to_integer(ref_corner(i), "corner");
    }
    uint64_t state = 4;
    for (int i = 0; i < RANDOM_CHECKS; i++) {
        check_to_integer(ref_random_f32(&state), "seed 4");
    }
    // Every k + 0.5 up to 2^12 and its neighbours, both signs.
    for (int k = 0; k < 4096; k++) {
        uint32_t tie = ref_f32_mul(ref_i32_to_f32(2 * k + 1, NULL), 0x3F000000, NULL);
        for (int step = -1; step <= 1; step++) {
            uint32_t a = ref_f32_step(tie, step);
            int32_t expected = step < 0 ? k : k + 1;
            check_to_integer(a, "tie");
            check_to_integer(a | 0x80000000, "tie");
            cr_assert(ref_f32_to_i32(a, NULL) == expected, "reference to_int %08" PRIX32, a);
        }
    }
    printf("to_int: %d random floats\n", RANDOM_CHECKS);
}

Test(fp32, ulps_between_by_hand) {
    static const struct {
        uint32_t a, b, ulps;
    } cases[] = {
        {0x3F800000, 0x3F800000, 0},          {0x3F800000, 0x3F800001, 1},
        {0x3F7FFFFF, 0x3F800001, 2},          {0x00000000, 0x80000000, 0},
        {0x00000001, 0x80000001, 2},          {0x80000000, 0x00000001, 1},
        {0x007FFFFF, 0x00800000, 1},          {0xBF800000, 0xBF800005, 5},
        {0x7F7FFFFF, 0x7F800000, 1},          {0x3F800000, 0x40000000, 0x00800000},
        {0xFF800000, 0x7F800000, 0xFF000000}, {0x7FC00000, 0x3F800000, UINT32_MAX},
        {0x7FC00000, 0xFFABCDEF, 0},          {0x7F800000, 0x7F800001, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float a = se_f32_from_bits(cases[i].a), b = se_f32_from_bits(cases[i].b);
        cr_expect(se_f32_ulps_between(a, b) == cases[i].ulps &&
                      se_f32_ulps_between(b, a) == cases[i].ulps,
                  "ulps %08" PRIX32 " %08" PRIX32 ": %" PRIu32 ", by hand %" PRIu32, cases[i].a,
                  cases[i].b, se_f32_ulps_between(a, b), cases[i].ulps);
    }
}

Test(fp32, ulps_between_counts_steps) {
    uint64_t state = 5;
    for (int i = 0; i < 200000; i++) {
        uint32_t a = ref_random_f32(&state);
        int steps = ref_random_int(&state, -1000, 1000);
        uint32_t size = a & 0x7FFFFFFF;
        if (size > 0x7F800000 - 1000) {
            continue; // NaN, or so large that stepping would stop at infinity
        }
        uint32_t b = ref_f32_step(a, steps), expected = (uint32_t)(steps < 0 ? -steps : steps);
        uint32_t ulps = se_f32_ulps_between(se_f32_from_bits(a), se_f32_from_bits(b));
        if (ulps != expected) {
            cr_assert(0, "ulps %08" PRIX32 " %08" PRIX32 " (seed 5): %" PRIu32, a, b, ulps);
        }
    }
}

Test(fp32, canonical_and_signalling) {
    for (size_t i = 0; i < ref_corner_count(); i++) {
        uint32_t a = ref_corner(i);
        // A signalling NaN may be quietened on its way through a float; the patterns may not.
        uint32_t canonical = se_f32_bits(se_f32_canonical(se_f32_from_bits(a)));
        cr_assert(canonical == (ref_f32_is_nan(a) ? 0x7FC00000 : a), "canonical %08" PRIX32, a);
        cr_assert(!!se_f32_is_signalling(se_f32_from_bits(a)) == ref_f32_is_signalling(a),
                  "signalling %08" PRIX32, a);
    }
}
