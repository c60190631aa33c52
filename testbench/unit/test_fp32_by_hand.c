// SPDX-License-Identifier: Apache-2.0
// Sums, differences, fused products, quotients and binary16 conversions worked by hand from the
// definition: they check the reference, and the model beside it.
#include "../fp/operations.h"

#include <criterion/criterion.h>

#include <inttypes.h>

struct by_hand {
    uint32_t in[3], result;
    unsigned flags;
};

// 1 = 3F800000, u = 2^-149 = 00000001, m = 2^-126 = 00800000, max = 7F7FFFFF; max has ulp 2^104.
// clang-format off
static const struct by_hand sums[] = {
    {{0x3F800000, 0x3F800000}, 0x40000000, 0},  // 1 + 1
    {{0x3FC00000, 0x40100000}, 0x40700000, 0},  // 1.5 + 2.25 = 3.75
    {{0x3F800000, 0xBF800000}, 0x00000000, 0},  // x - x = +0
    {{0x80000001, 0x00000001}, 0x00000000, 0},  // u - u = +0
    {{0x80000000, 0x80000000}, 0x80000000, 0},  // -0 + -0 = -0
    {{0x00000000, 0x80000000}, 0x00000000, 0},  // 0 + -0 = +0
    {{0x00000000, 0xBF800000}, 0xBF800000, 0},
    {{0x7F800000, 0xFF800000}, 0x7FC00000, 16}, // inf - inf
    {{0x7F800000, 0x7F800000}, 0x7F800000, 0},
    {{0xFF800000, 0x7F7FFFFF}, 0xFF800000, 0},
    {{0x7FC12345, 0x3F800000}, 0x7FC00000, 0},  // quiet NaN
    {{0x7F800000, 0xFFC00000}, 0x7FC00000, 0},  // inf + quiet NaN
    {{0x7F800001, 0x3F800000}, 0x7FC00000, 16}, // signalling NaN
    {{0x7FC00000, 0xFFA00000}, 0x7FC00000, 16}, // quiet + signalling
    {{0x3F800000, 0x33800000}, 0x3F800000, 1},  // 1 + 2^-24: a tie, to even below
    {{0x3F800000, 0x33800001}, 0x3F800001, 1},  // just above that tie
    {{0x3F800001, 0x33800000}, 0x3F800002, 1},  // a tie, to even above
    {{0x3F800000, 0xB3800000}, 0x3F7FFFFF, 0},  // 1 - 2^-24, exact
    {{0x3F800000, 0xB3000000}, 0x3F800000, 1},  // 1 - 2^-25: a tie, to even above
    {{0x3F800000, 0xB3000001}, 0x3F7FFFFF, 1},  // just below that tie
    {{0x3F800000, 0x00000001}, 0x3F800000, 1},  // 1 + u
    {{0x3F800000, 0x80000001}, 0x3F800000, 1},  // 1 - u
    {{0x3F800001, 0xBF800000}, 0x34000000, 0},  // cancellation to 2^-23
    {{0x4B800000, 0x3F800000}, 0x4B800000, 1},  // 2^24 + 1: a tie
    {{0x7F7FFFFF, 0x7F7FFFFF}, 0x7F800000, 5},  // max + max
    {{0x7F7FFFFF, 0x73000000}, 0x7F800000, 5},  // max + 2^103: a tie, to even: 2^128
    {{0xFF7FFFFF, 0xF3000000}, 0xFF800000, 5},
    {{0x7F7FFFFF, 0x72FFFFFF}, 0x7F7FFFFF, 1},  // just below that tie
    {{0x7F7FFFFF, 0xF3000000}, 0x7F7FFFFE, 1},  // max - 2^103: a tie, to even below
    {{0x00000001, 0x00000001}, 0x00000002, 0},  // 2 u
    {{0x007FFFFF, 0x00000001}, 0x00800000, 0},  // m - u + u = m
    {{0x00800000, 0x80000001}, 0x007FFFFF, 0},  // m - u, exact: no underflow
    {{0x00800001, 0x80800000}, 0x00000001, 0},  // (m + u) - m
    {{0x00FFFFFF, 0x00000001}, 0x01000000, 0},  // 2 m - u + u
    {{0x01000000, 0x80000001}, 0x00FFFFFF, 0},  // 2 m - u
    {{0x01000001, 0x00000001}, 0x01000002, 1},  // 2 m + 3 u: a tie of ulp 2 u, to even above
};

static const struct by_hand differences[] = {
    {{0x3F800000, 0x3F800000}, 0x00000000, 0},  // 1 - 1 = +0
    {{0xBF800000, 0xBF800000}, 0x00000000, 0},
    {{0x40400000, 0x3FC00000}, 0x3FC00000, 0},  // 3 - 1.5
    {{0x00000000, 0x00000000}, 0x00000000, 0},  // 0 - 0 = +0
    {{0x80000000, 0x00000000}, 0x80000000, 0},  // -0 - 0 = -0
    {{0x00000000, 0x80000000}, 0x00000000, 0},
    {{0x80000000, 0x80000000}, 0x00000000, 0},  // -0 - -0 = +0
    {{0x00000000, 0x3F800000}, 0xBF800000, 0},
    {{0x7F800000, 0x7F800000}, 0x7FC00000, 16}, // inf - inf
    {{0xFF800000, 0xFF800000}, 0x7FC00000, 16},
    {{0x7F800000, 0xFF800000}, 0x7F800000, 0},
    {{0x3F800000, 0x7F800000}, 0xFF800000, 0},
    {{0xFF812345, 0x00000000}, 0x7FC00000, 16}, // signalling NaN
    {{0x3F800000, 0x7FBFFFFF}, 0x7FC00000, 16},
    {{0x3F800000, 0xFFFFFFFF}, 0x7FC00000, 0},  // quiet NaN
    {{0x3F800000, 0x33800000}, 0x3F7FFFFF, 0},  // 1 - 2^-24, exact
    {{0x3F800000, 0x33000000}, 0x3F800000, 1},  // 1 - 2^-25: a tie, to even above
    {{0x3F800000, 0xB3800000}, 0x3F800000, 1},  // 1 + 2^-24: a tie, to even below
    {{0x3F800000, 0x3F800001}, 0xB4000000, 0},  // -2^-23
    {{0x7F7FFFFF, 0xFF7FFFFF}, 0x7F800000, 5},
    {{0xFF7FFFFF, 0x73000000}, 0xFF800000, 5},  // a tie
    {{0x00800000, 0x00000001}, 0x007FFFFF, 0},  // m - u
    {{0x00000001, 0x00000002}, 0x80000001, 0},  // -u
    {{0x007FFFFF, 0x807FFFFF}, 0x00FFFFFE, 0},  // 2 m - 2 u
    {{0x00000001, 0x3F800000}, 0xBF800000, 1},
};

static const struct by_hand fused[] = {
    {{0x40000000, 0x40400000, 0x3F800000}, 0x40E00000, 0},  // 2 * 3 + 1
    {{0x3F800000, 0x3F800000, 0xBF800000}, 0x00000000, 0},  // 1 * 1 - 1 = +0
    {{0xBF800000, 0x3F800000, 0x3F800000}, 0x00000000, 0},
    {{0x00000000, 0x3F800000, 0x80000000}, 0x00000000, 0},  // 0 + -0
    {{0x80000000, 0x3F800000, 0x80000000}, 0x80000000, 0},  // -0 + -0
    {{0x00000000, 0xBF800000, 0x80000000}, 0x80000000, 0},
    {{0x80000000, 0xBF800000, 0x80000000}, 0x00000000, 0},
    {{0x00000000, 0x40A00000, 0x40400000}, 0x40400000, 0},  // 0 * 5 + 3
    {{0x7F800000, 0x00000000, 0x3F800000}, 0x7FC00000, 16}, // inf * 0 + 1
    {{0x7F800000, 0x00000000, 0x7FC00000}, 0x7FC00000, 16}, // inf * 0 + quiet NaN
    {{0x80000000, 0xFF800000, 0xFFC00001}, 0x7FC00000, 16},
    {{0x7F800000, 0x00000000, 0x7F800001}, 0x7FC00000, 16},
    {{0x7F800000, 0x3F800000, 0xFF800000}, 0x7FC00000, 16}, // inf - inf
    {{0x7F800000, 0x3F800000, 0x7F800000}, 0x7F800000, 0},
    {{0xBF800000, 0x7F800000, 0x3F800000}, 0xFF800000, 0},
    {{0x40000000, 0x40400000, 0xFF800000}, 0xFF800000, 0},  // 6 - inf
    {{0x7F7FFFFF, 0x7F7FFFFF, 0xFF800000}, 0xFF800000, 0},  // finite - inf, however large
    {{0x7FC00000, 0x00000000, 0x3F800000}, 0x7FC00000, 0},  // quiet NaN in each place
    {{0x00000000, 0x7FC00000, 0x3F800000}, 0x7FC00000, 0},
    {{0x3F800000, 0x3F800000, 0xFFC00000}, 0x7FC00000, 0},
    {{0x7F800000, 0x7FC00000, 0xFF800000}, 0x7FC00000, 0},
    {{0x7F800001, 0x3F800000, 0x3F800000}, 0x7FC00000, 16}, // signalling NaN in each place
    {{0x3F800000, 0x7FA00000, 0x7F800000}, 0x7FC00000, 16},
    {{0x3F800000, 0x3F800000, 0xFFBFFFFF}, 0x7FC00000, 16},
    {{0x3F800001, 0x3F800001, 0xBF800002}, 0x28800000, 0},  // (1 + e)^2 - (1 + 2 e) = e^2 = 2^-46
    {{0x3F800001, 0x3F7FFFFE, 0xBF800000}, 0xA8800000, 0},  // (1 + e) (1 - e) - 1 = -2^-46
    {{0x3F800000, 0x3F800000, 0x33800000}, 0x3F800000, 1},  // 1 + 2^-24: a tie
    {{0x3F800001, 0x33800000, 0x3F800000}, 0x3F800001, 1},  // 1 + 2^-24 + 2^-47
    {{0x3F7FFFFF, 0x33800000, 0x3F800000}, 0x3F800000, 1},  // 1 + 2^-24 - 2^-48
    {{0x00000001, 0x00000001, 0x3F800000}, 0x3F800000, 1},  // 1 + 2^-298
    {{0x80000001, 0x00000001, 0x3F800000}, 0x3F800000, 1},  // 1 - 2^-298
    {{0x3F800001, 0x3FC00000, 0x80000001}, 0x3FC00001, 1},  // a tie less u: down
    {{0x3F800001, 0x3FC00000, 0x00000001}, 0x3FC00002, 1},  // a tie and u: up
    {{0x3F800003, 0x3FC00000, 0x00000001}, 0x3FC00005, 1},  // the other parity: up
    {{0x7F7FFFFF, 0x3F800000, 0x73000000}, 0x7F800000, 5},  // max + 2^103: a tie, to 2^128
    {{0x7F000000, 0x40000000, 0xFF7FFFFF}, 0x73800000, 0},  // 2^128 - max = 2^104
    {{0x7F000000, 0x40000000, 0xF3000000}, 0x7F800000, 5},  // 2^128 - 2^103: a tie, to 2^128
    {{0x7F000000, 0x40000000, 0xF3000001}, 0x7F7FFFFF, 1},  // just below that tie
    {{0x7F7FFFFF, 0x7F7FFFFF, 0xFF7FFFFF}, 0x7F800000, 5},
    {{0x00000001, 0x3F000000, 0x00000000}, 0x00000000, 3},  // u/2: a tie
    {{0x00000001, 0x3F000000, 0x00000001}, 0x00000002, 3},  // 1.5 u: a tie
    {{0x00000001, 0x3F000000, 0x80000001}, 0x80000000, 3},  // -u/2: a tie, to -0
    // Below m, 24 bits without a least exponent have ulps of u/2.
    {{0x80000001, 0x3F000000, 0x00800000}, 0x00800000, 3},  // m - u/2: tiny, then ties up to m
    {{0x80000001, 0x3E800000, 0x00800000}, 0x00800000, 1},  // m - u/4 ties up to m: not tiny
    {{0x80000001, 0x3E800001, 0x00800000}, 0x00800000, 3},  // just below: tiny
    {{0x00000001, 0x3E800000, 0x80800000}, 0x80800000, 1},  // the same, negative
    {{0x00000001, 0x3E800001, 0x80800000}, 0x80800000, 3},
    {{0x80000001, 0x3F400000, 0x00800000}, 0x007FFFFF, 3},  // m - 0.75 u
    {{0x007FFFFF, 0x3F800000, 0x00000001}, 0x00800000, 0},  // m - u + u
    {{0x00000001, 0x4B000000, 0x80000001}, 0x007FFFFF, 0},  // m - u
};

static const struct by_hand quotients[] = {
    {{0x3F800000, 0x3F800000}, 0x3F800000, 0},  // 1 / 1
    {{0x80000000, 0x3F800000}, 0x80000000, 0},  // -0 / 1
    {{0x00000000, 0xBF800000}, 0x80000000, 0},  // 0 / -1
    {{0xBF800000, 0x00000000}, 0xFF800000, 8},  // -1 / 0
    {{0x80000001, 0x80000000}, 0x7F800000, 8},  // -u / -0
    {{0x7F800000, 0x00000000}, 0x7F800000, 0},  // inf / 0 is no division by zero
    {{0x7F800000, 0x80000000}, 0xFF800000, 0},
    {{0x00000000, 0x7F800000}, 0x00000000, 0},  // 0 / inf
    {{0x00000000, 0x00000000}, 0x7FC00000, 16}, // 0 / 0
    {{0xFF800000, 0x7F800000}, 0x7FC00000, 16}, // inf / inf
    {{0x7FC00000, 0x00000000}, 0x7FC00000, 0},  // quiet NaN / 0
    {{0x7F800000, 0x7FC00000}, 0x7FC00000, 0},
    {{0x7F800001, 0x00000000}, 0x7FC00000, 16}, // signalling NaN
    {{0x00000000, 0xFFA00000}, 0x7FC00000, 16},
    {{0x3F800001, 0x3F800000}, 0x3F800001, 0},
    {{0x3F800000, 0x3F800001}, 0x3F7FFFFE, 1},  // 1 - 2^-23 + 2^-46
    {{0x3F800000, 0x3F7FFFFF}, 0x3F800001, 1},  // 1 + 2^-24 + 2^-48: just above a tie
    {{0x7F7FFFFF, 0x3F000000}, 0x7F800000, 5},
    {{0x7F7FFFFF, 0x3F800001}, 0x7F7FFFFD, 1},  // 2^128 (1 - 3 * 2^-24 + ...)
    {{0x00000001, 0x7F7FFFFF}, 0x00000000, 3},
    {{0x00000001, 0x3F000000}, 0x00000002, 0},  // u / 0.5
    {{0x00000003, 0x40000000}, 0x00000002, 3},  // 1.5 u: a tie
    {{0x00000001, 0x00000001}, 0x3F800000, 0},  // u / u
    {{0x00000001, 0x00000003}, 0x3EAAAAAB, 1},  // u / (3 u)
    {{0x007FFFFF, 0x00800000}, 0x3F7FFFFE, 0},  // (m - u) / m
    {{0x00FFFFFF, 0x40000000}, 0x00800000, 3},  // m - u/2: tiny, then ties up to m
    {{0x007FFFFF, 0x3F7FFFFF}, 0x007FFFFF, 3},  // (1 - 2 e) / (1 - e) m: just below m - u/2
    {{0x007FFFFF, 0x3F7FFFFE}, 0x00800000, 0},  // m, exact
    {{0x00800000, 0x3F7FFFFF}, 0x00800001, 1},  // m (1 + 2^-24 + ...): just above a tie
};

// h = 2^-24 is the least binary16 number, 2^-14 = 38800000 the least normal one.
static const struct by_hand halves[] = {
    {{0x3F800000}, 0x3C00, 0},  {{0xBF800000}, 0xBC00, 0},  // 1
    {{0x00000000}, 0x0000, 0},  {{0x80000000}, 0x8000, 0},  // 0
    {{0x7F800000}, 0x7C00, 0},  {{0xFF800000}, 0xFC00, 0},  // infinity
    {{0x7FC00000}, 0x7E00, 0},  {{0xFFC12345}, 0x7E00, 0},  // quiet NaN
    {{0x7F800001}, 0x7E00, 16}, {{0xFFBFFFFF}, 0x7E00, 16}, // signalling NaN
    {{0x477FE000}, 0x7BFF, 0},                              // 65504, the greatest
    {{0x477FEFFF}, 0x7BFF, 1},                              // just below 65520
    {{0x477FF000}, 0x7C00, 5},  {{0xC77FF000}, 0xFC00, 5},  // 65520: a tie, to 2^16
    {{0x47800000}, 0x7C00, 5},  {{0x7F7FFFFF}, 0x7C00, 5},
    {{0x3F802000}, 0x3C01, 0},                              // 1 + 2^-10
    {{0x3F801000}, 0x3C00, 1},  {{0x3F803000}, 0x3C02, 1},  // ties
    {{0x3F800FFF}, 0x3C00, 1},  {{0x3F801001}, 0x3C01, 1},
    {{0x3F800001}, 0x3C00, 1},  {{0x3F7FFFFF}, 0x3C00, 1},
    {{0x38800000}, 0x0400, 0},                              // 2^-14
    {{0x387FE000}, 0x0400, 3},                              // 2^-14 - h/2: tiny, then ties up
    {{0x387FF000}, 0x0400, 1},                              // 2^-14 - h/4 ties up: not tiny
    {{0x387FEFFF}, 0x0400, 3},                              // just below: tiny
    {{0x387FC000}, 0x03FF, 0},                              // 2^-14 - h
    {{0x33800000}, 0x0001, 0},                              // h
    {{0x33000000}, 0x0000, 3},  {{0xB3000000}, 0x8000, 3},  // h/2: a tie
    {{0x33000001}, 0x0001, 3},                              // just above
    {{0x33C00000}, 0x0002, 3},                              // 1.5 h: a tie, to even above
    {{0x34200000}, 0x0002, 3},                              // 2.5 h: a tie, to even below
    {{0x34600000}, 0x0004, 3},                              // 3.5 h
    {{0x00000001}, 0x0000, 3},  {{0x80000001}, 0x8000, 3},
};
// clang-format on

static void expect_case(const char *who, const char *name, fp_scalar *function,
                        const uint32_t *operands, const struct by_hand *c) {
    unsigned flags = 0;
    uint32_t result = function(operands, &flags);
    cr_expect(result == c->result && flags == c->flags,
              "%s %s %08" PRIX32 " %08" PRIX32 " %08" PRIX32 ": %08" PRIX32
              " flags %u, by hand %08" PRIX32 " flags %u",
              who, name, operands[0], operands[1], operands[2], result, flags, c->result, c->flags);
}

static void expect_cases(const char *name, bool commutes, const struct by_hand *cases, size_t n) {
    const struct fp_operation *operation = fp_operation_find(name);
    for (const struct by_hand *c = cases; c < cases + n; c++) {
        const uint32_t swapped[3] = {c->in[1], c->in[0], c->in[2]};
        expect_case("reference", name, operation->reference, c->in, c);
        expect_case("model", name, operation->model, c->in, c);
        if (commutes) {
            expect_case("reference, swapped,", name, operation->reference, swapped, c);
            expect_case("model, swapped,", name, operation->model, swapped, c);
        }
    }
}

Test(fp32, sums_worked_by_hand) {
    expect_cases("add", true, sums, sizeof sums / sizeof *sums);
}

Test(fp32, differences_worked_by_hand) {
    expect_cases("sub", false, differences, sizeof differences / sizeof *differences);
}

Test(fp32, fused_products_worked_by_hand) {
    expect_cases("fma", true, fused, sizeof fused / sizeof *fused);
}

Test(fp32, quotients_worked_by_hand) {
    expect_cases("div", false, quotients, sizeof quotients / sizeof *quotients);
}

Test(fp32, binary16_worked_by_hand) {
    expect_cases("to_f16", false, halves, sizeof halves / sizeof *halves);
}
