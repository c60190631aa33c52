// SPDX-License-Identifier: Apache-2.0
// Every operation and its batch twin against the reference: corners, directed neighbourhoods,
// random operands.
#include "../fp/operations.h"
#include "../reference/corners.h"
#include "../reference/softfloat.h"

#include "w4a5se/fp32.h"
#include "w4a5se/fp32_batch.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_SETS = 2000000 };

static const uint32_t sign_bit = UINT32_C(0x80000000);

// Compares what is left and fails on the first difference.
static void finish(struct fp_checker *checker, const char *what) {
    char text[FP_TEXT];
    fp_check_rest(checker);
    const struct fp_tally *tally = checker->tally;
    cr_assert(tally->checked > 0, "nothing was compared");
    cr_assert(tally->differences == 0, "%" PRIu64 " of %" PRIu64 " %s differ: %s",
              tally->differences, tally->checked, what,
              fp_difference_text(text, checker->operation, &tally->first));
    printf("%s: %" PRIu64 " %s\n", checker->operation->name, tally->checked, what);
}

static void check_both_signs(struct fp_checker *checker, const uint32_t *in) {
    for (uint32_t signs = 0; signs < 1u << checker->operation->operands; signs++) {
        uint32_t signed_in[FP_OPERANDS_MAX] = {0};
        for (int k = 0; k < checker->operation->operands; k++) {
            signed_in[k] = in[k] ^ (signs >> k & 1 ? sign_bit : 0);
        }
        fp_check(checker, signed_in);
    }
}

// ---- corners

static void check_corner_pairs(const char *name) {
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find(name), .tally = &tally};
    for (size_t i = 0; i < ref_corner_count(); i++) {
        for (size_t j = 0; j < ref_corner_count(); j++) {
            fp_check(&checker, (uint32_t[]){ref_corner(i), ref_corner(j), 0});
        }
    }
    finish(&checker, "pairs of corners");
}

Test(fp32, corner_pairs_of_mul) {
    check_corner_pairs("mul");
}

Test(fp32, corner_pairs_of_add) {
    check_corner_pairs("add");
}

Test(fp32, corner_pairs_of_sub) {
    check_corner_pairs("sub");
}

Test(fp32, corner_pairs_of_div) {
    check_corner_pairs("div");
}

Test(fp32, corner_values_of_to_int_and_to_f16) {
    static const char *const names[] = {"to_int", "to_f16"};
    for (size_t k = 0; k < 2; k++) {
        struct fp_tally tally = {0};
        struct fp_checker checker = {.operation = fp_operation_find(names[k]), .tally = &tally};
        for (size_t i = 0; i < ref_corner_count(); i++) {
            fp_check(&checker, (uint32_t[]){ref_corner(i), 0, 0});
        }
        finish(&checker, "corners");
    }
}

// Each pair of factors meets a twelfth of the addends, in turn.
Test(fp32, corner_triples_of_fma) {
    enum { STRIDE = 12 };
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find("fma"), .tally = &tally};
    size_t n = ref_corner_count(), turn = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++, turn++) {
            for (size_t k = turn % STRIDE; k < n; k += STRIDE) {
                fp_check(&checker, (uint32_t[]){ref_corner(i), ref_corner(j), ref_corner(k)});
            }
        }
    }
    finish(&checker, "triples of corners");
}

// Also invalid where the addend is a NaN, some processors notwithstanding.
Test(fp32, fma_of_infinity_and_zero_is_invalid_whatever_is_added) {
    for (size_t i = 0; i < ref_corner_count(); i++) {
        unsigned flags = 0;
        float c = se_f32_from_bits(ref_corner(i)), infinity = se_f32_from_bits(0x7F800000);
        cr_assert_eq(se_f32_bits(se_f32_fma(infinity, -0.0f, c, &flags)), 0x7FC00000u);
        cr_assert_eq(flags, (unsigned)SE_FP_INVALID);
        cr_assert_eq(se_f32_bits(se_f32_fma(0, -infinity, c, NULL)), 0x7FC00000u);
    }
}

// ---- directed

// Significands that carry, borrow, tie and nearly tie.
static const uint32_t fractions[] = {0x000000, 0x000001, 0x000002, 0x000003, 0x3FFFFF,
                                     0x400000, 0x400001, 0x555555, 0x7FFFFE, 0x7FFFFF};
enum { FRACTIONS = sizeof fractions / sizeof *fractions };

static const int fields[] = {0,   1,   2,   3,   23,  24,  25,  26, 50,
                             127, 227, 228, 229, 230, 252, 253, 254};
enum { FIELDS = sizeof fields / sizeof *fields };

// Every distance between exponents that rounding can tell apart, from exact through sticky.
static void check_distances(const char *name) {
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find(name), .tally = &tally};
    for (int f = 0; f < FIELDS; f++) {
        for (int other = fields[f] - 28; other <= fields[f] + 28; other++) {
            for (int i = 0; i < FRACTIONS * FRACTIONS && other >= 0 && other < 255; i++) {
                uint32_t a = (uint32_t)fields[f] << 23 | fractions[i / FRACTIONS];
                uint32_t b = (uint32_t)other << 23 | fractions[i % FRACTIONS];
                check_both_signs(&checker, (uint32_t[]){a, b, 0});
            }
        }
    }
    finish(&checker, "sums at every distance");
}

Test(fp32, add_at_every_distance) {
    check_distances("add");
}

Test(fp32, sub_at_every_distance) {
    check_distances("sub");
}

// a * b of exponent `product` against c of every exponent, so from far above to far below it.
static void check_addends(struct fp_checker *checker, int product) {
    int half = product / 2;
    for (int field = 0; field < 255; field++) {
        for (int i = 0; i < FRACTIONS * FRACTIONS; i++) {
            uint32_t a = (uint32_t)(half + 127) << 23 | fractions[i / FRACTIONS];
            uint32_t b = (uint32_t)(product - half + 127) << 23 | fractions[i % FRACTIONS];
            uint32_t c = (uint32_t)field << 23 | fractions[(i + field) % FRACTIONS];
            check_both_signs(checker, (uint32_t[]){a, b, c});
        }
    }
}

Test(fp32, fma_with_addends_at_every_distance) {
    static const int products[] = {-252, -200, -175, -151, -150, -149, -148, -127,
                                   -126, -125, -100, 0,    103,  104,  127,  128};
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find("fma"), .tally = &tally};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        check_addends(&checker, products[i]);
    }
    finish(&checker, "addends at every distance");
}

// The addend is the rounded product, negated, and its neighbours: what is left is the product's
// rounding error, 0 or an ulp beside it.
Test(fp32, fma_cancels) {
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find("fma"), .tally = &tally};
    uint64_t state = 40;
    for (int i = 0; i < 60000; i++) {
        uint32_t a = ref_random_positive(&state, -100, 60),
                 b = ref_random_positive(&state, -60, 60);
        uint32_t product = ref_f32_mul(a, b, NULL);
        for (int step = -2; step <= 2; step++) {
            uint32_t c = ref_f32_step(product, step) ^ sign_bit;
            fp_check(&checker, (uint32_t[]){a, b, c});
        }
    }
    finish(&checker, "cancellations");
}

// The least normal number as sum of a product and an addend, where underflow after rounding and
// before it differ; `only_inexact` counts the sums that show the difference.
Test(fp32, fma_around_the_least_normal_number) {
    const uint32_t two_to_minus_76 = (127 - 76) << 23;
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find("fma"), .tally = &tally};
    uint64_t state = 41;
    unsigned long only_inexact = 0;
    for (int i = 0; i < 400000; i++) {
        uint32_t c = (uint32_t)ref_random_int(&state, 0x007FFFF8, 0x00800008);
        // b takes the product to a multiple of u/8 = 2^-152, from -4 u to 4 u, or just beside it.
        uint32_t a = ref_random_positive(&state, -100, -60);
        uint32_t eighths = ref_i32_to_f32(ref_random_int(&state, -32, 32), NULL);
        uint32_t b = ref_f32_div(ref_f32_mul(eighths, two_to_minus_76, NULL), a, NULL);
        b = ref_f32_mul(b, two_to_minus_76, NULL);
        const uint32_t in[3] = {a, ref_f32_step(b, ref_random_int(&state, -1, 1)), c};
        unsigned flags = 0;
        only_inexact += ref_f32_fma(in[0], in[1], in[2], &flags) == 0x00800000 && flags == 1;
        fp_check(&checker, in);
    }
    finish(&checker, "sums around 2^-126");
    printf("fma: %lu of them round to it without underflow\n", only_inexact);
    cr_expect_gt(only_inexact, 1000ul);
}

// Every pair of subnormal operands of 8 bits, and with their signs.
static void check_least_numbers(const char *name) {
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find(name), .tally = &tally};
    for (uint32_t i = 0; i < 1u << 16; i++) {
        check_both_signs(&checker, (uint32_t[]){i >> 8, i & 255, 0});
        check_both_signs(&checker, (uint32_t[]){0x007FFF80 + (i >> 8), i & 255, 0});
        check_both_signs(&checker, (uint32_t[]){0x007FFF80 + (i >> 8), 0x007FFF80 + (i & 255), 0});
    }
    finish(&checker, "pairs of subnormal and barely normal numbers");
}

Test(fp32, subnormal_pairs) {
    static const char *const names[] = {"mul", "add", "sub", "div"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_least_numbers(names[i]);
    }
}

// Every exponent with every upper fraction, and below it what makes ties and their neighbours.
Test(fp32, binary16_of_every_upper_half) {
    static const uint32_t lower[] = {0x0000, 0x0001, 0x0FFF, 0x1000, 0x1001, 0x1FFF, 0x2000,
                                     0x2FFF, 0x3000, 0x3001, 0x7FFF, 0x8000, 0xF000, 0xFFFF};
    struct fp_tally tally = {0};
    struct fp_checker checker = {.operation = fp_operation_find("to_f16"), .tally = &tally};
    for (uint32_t upper = 0; upper < 1u << 16; upper++) {
        for (size_t i = 0; i < sizeof lower / sizeof *lower; i++) {
            fp_check(&checker, (uint32_t[]){upper << 16 | lower[i], 0, 0});
        }
    }
    finish(&checker, "values with every upper half");
}

// The binary16 number's value, from the definition.
static double half_value(uint32_t half) {
    int field = (int)(half >> 10 & 31), fraction = (int)(half & 0x3FF);
    double significand = field ? 1024 + fraction : fraction, value = significand;
    for (int e = field ? field : 1; e < 25; e++) {
        value /= 2;
    }
    for (int e = 25; e < field; e++) {
        value *= 2;
    }
    return value;
}

// Converts back every one of the 63488 numbers; the middle to the next goes to the even one.
Test(fp32, binary16_numbers_and_the_middles_between_them) {
    for (uint32_t half = 0; half < 0x7C00; half++) {
        float value = (float)half_value(half);
        unsigned flags = 0;
        cr_assert_eq(se_f32_to_f16(value, &flags), half);
        cr_assert_eq(se_f32_to_f16(-value, &flags), half | 0x8000);
        cr_assert_eq(flags, 0u);
        double next = half == 0x7BFF ? 65536 : half_value(half + 1);
        uint32_t middle = se_f32_bits((float)(((double)value + next) / 2));
        cr_assert_eq(se_f32_to_f16(se_f32_from_bits(middle), NULL), half + (half & 1));
        cr_assert_eq(se_f32_to_f16(se_f32_from_bits(middle - 1), NULL), half);
        cr_assert_eq(se_f32_to_f16(se_f32_from_bits(middle + 1), NULL), half + 1);
    }
}

// ---- random

// The flags every operation can raise, and so the random operands must reach: 1 << set.
static const struct {
    const char *name;
    uint32_t flag_sets;
} reachable[] = {
    {"mul", 1u << 0 | 1u << 1 | 1u << 3 | 1u << 5 | 1u << 16},
    {"add", 1u << 0 | 1u << 1 | 1u << 5 | 1u << 16},
    {"sub", 1u << 0 | 1u << 1 | 1u << 5 | 1u << 16},
    {"fma", 1u << 0 | 1u << 1 | 1u << 3 | 1u << 5 | 1u << 16},
    {"div", 1u << 0 | 1u << 1 | 1u << 3 | 1u << 5 | 1u << 8 | 1u << 16},
    {"from_int", 1u << 0 | 1u << 1},
    {"to_int", 1u << 0 | 1u << 1 | 1u << 16},
    {"to_f16", 1u << 0 | 1u << 1 | 1u << 3 | 1u << 5 | 1u << 16},
};

static void check_random(size_t i) {
    struct fp_tally tally = {0};
    const struct fp_operation *operation = fp_operation_find(reachable[i].name);
    struct fp_checker checker = {.operation = operation, .tally = &tally};
    uint64_t state = 50 + i;
    uint32_t reached = 0;
    fp_check_random(operation, RANDOM_SETS, &state, &tally);
    for (int set = 0; set < FP_FLAG_SETS; set++) {
        reached |= tally.by_flags[set] >= 50 ? UINT32_C(1) << set : 0;
    }
    finish(&checker, "random operand sets");
    cr_expect_eq(reached, reachable[i].flag_sets, "%s reaches flag sets %08" PRIX32 " (seed %zu)",
                 operation->name, reached, 50 + i);
}

Test(fp32, random_mul) {
    check_random(0);
}

Test(fp32, random_add) {
    check_random(1);
}

Test(fp32, random_sub) {
    check_random(2);
}

Test(fp32, random_fma) {
    check_random(3);
}

Test(fp32, random_div) {
    check_random(4);
}

Test(fp32, random_from_int) {
    check_random(5);
}

Test(fp32, random_to_int) {
    check_random(6);
}

Test(fp32, random_to_f16) {
    check_random(7);
}

// ---- batch twins: lengths and places the comparison above does not try

// Results in the place of an operand, and not a value beyond the last.
Test(fp32, batches_of_every_length_in_place) {
    enum { LONGEST = 70 };
    uint64_t state = 60;
    for (size_t n = 0; n <= LONGEST; n++) {
        float a[LONGEST + 1], b[LONGEST + 1], c[LONGEST + 1], expected[LONGEST + 1];
        for (size_t i = 0; i <= LONGEST; i++) {
            a[i] = se_f32_from_bits(ref_random_f32(&state));
            b[i] = se_f32_from_bits(ref_random_f32(&state));
            c[i] = se_f32_from_bits(ref_random_f32(&state));
            expected[i] = i < n ? se_f32_fma(a[i], b[i], c[i], NULL) : c[i];
        }
        se_f32_fma_n(n, a, b, c, c);
        cr_assert(!memcmp(c, expected, sizeof c), "fma, %zu values", n);
        for (size_t i = 0; i <= LONGEST; i++) {
            expected[i] = i < n ? se_f32_sub(a[i], b[i], NULL) : a[i];
        }
        se_f32_sub_n(n, a, b, a);
        cr_assert(!memcmp(a, expected, sizeof a), "sub, %zu values", n);
    }
}
