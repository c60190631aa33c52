// SPDX-License-Identifier: Apache-2.0
// The FP32 units: results and flags, moving freely and held by en_i or ready_i.
#include "workload.h"

#include "../reference/corners.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

TestSuite(fp32);

// Compares without and with pauses of en_i.
static void expect_unit(const char *name, struct beats *beats) {
    struct setup setup = {.block = se_rtl_find(name, 0)};
    workload_fill(&setup, beats);
    for (unsigned stall = 0; stall <= 40; stall += 40) {
        struct se_rtl_options options = {.stall_percent = stall};
        struct bench bench = bench_open(setup.block, &options);
        bench_expect(&bench, beats, NULL);
        bench_close(&bench);
    }
}

// Every flag of `flags`, and no other, is raised by some expected result.
static void expect_flags_reached(const struct beats *beats, unsigned flags) {
    unsigned reached = 0;
    for (size_t i = 0; i < beats->n_out; i++) {
        reached |= beats->expected[2 * i + 1];
    }
    cr_expect_eq(reached, flags, "the operands reach flags %u, not %u", reached, flags);
}

static const unsigned mul_raises = SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_UNDERFLOW | SE_FP_INEXACT;

// The multiplier of the models, and the one that is synthesised.
static const char *const multipliers[] = {"fp32_mul", "fp32_mul_booth"};

Test(fp32, mul_corner_pairs) {
    uint32_t corners[STIMULUS_CORNERS_MAX];
    size_t n = stimulus_corners(corners);
    for (int form = 0; form < 2; form++) {
        struct beats beats = beats_new(se_rtl_find(multipliers[form], 0), n * n, n * n);
        for (size_t i = 0; i < n * n; i++) {
            beats.in[2 * i] = corners[i / n];
            beats.in[2 * i + 1] = corners[i % n];
        }
        expect_unit(multipliers[form], &beats);
        expect_flags_reached(&beats, mul_raises);
        beats_free(&beats);
    }
    bench_report();
}

Test(fp32, mul_random) {
    const size_t n = 1000000;
    for (int form = 0; form < 2; form++) {
        struct stimulus s = stimulus_open(form ? 12 : 1);
        struct beats beats = beats_new(se_rtl_find(multipliers[form], 0), n, n);
        for (size_t i = 0; i < n; i++) {
            stimulus_factors(&s, &beats.in[2 * i], &beats.in[2 * i + 1]);
        }
        expect_unit(multipliers[form], &beats);
        expect_flags_reached(&beats, mul_raises);
        beats_free(&beats);
    }
    bench_report();
}

Test(fp32, from_int_powers_and_random) {
    const size_t n_random = 500000, n_corners = 32 * 9;
    struct stimulus s = stimulus_open(2);
    struct beats beats =
        beats_new(se_rtl_find("fp32_from_int", 0), n_corners + n_random, n_corners + n_random);
    size_t n = 0;
    for (int k = 0; k < 32; k++) {
        for (uint32_t d = 0; d < 9; d++) {
            beats.in[n++] = (UINT32_C(1) << k) + d - 4;
        }
    }
    while (n < beats.n_in) {
        uint32_t any = (uint32_t)stimulus_draw(&s);
        uint32_t shift = stimulus_below(&s, 32);
        // Short magnitudes; long ones; those with a tie below 24 bits.
        uint32_t magnitude = shift % 2 ? any >> shift : (any >> shift | 1) << shift / 2;
        beats.in[n++] = stimulus_below(&s, 2) ? magnitude : -magnitude;
    }
    expect_unit("fp32_from_int", &beats);
    expect_flags_reached(&beats, SE_FP_INEXACT);
    beats_free(&beats);
    bench_report();
}

// (k + 0.5) and its neighbours, k of every length a binary32 number with a half can have.
static uint32_t near_tie(struct stimulus *s) {
    uint32_t k = stimulus_below(s, 1u << 23) >> stimulus_below(s, 24);
    uint32_t bits = se_f32_bits((float)k + 0.5f) + stimulus_below(s, 3) - 1;
    return bits | stimulus_below(s, 2) << 31;
}

Test(fp32, to_int_corners_ties_and_random) {
    const size_t n_random = 500000;
    uint32_t corners[STIMULUS_CORNERS_MAX];
    size_t n_corners = stimulus_corners(corners);
    struct stimulus s = stimulus_open(3);
    struct beats beats =
        beats_new(se_rtl_find("fp32_to_int", 0), n_corners + n_random, n_corners + n_random);
    for (size_t i = 0; i < beats.n_in; i++) {
        beats.in[i] = i < n_corners           ? corners[i]
                      : stimulus_below(&s, 3) ? near_tie(&s)
                                              : stimulus_float(&s);
    }
    expect_unit("fp32_to_int", &beats);
    expect_flags_reached(&beats, SE_FP_INVALID | SE_FP_INEXACT);
    beats_free(&beats);
    bench_report();
}

// ---- operand sets shared with the tests of the C model

enum { EVERYTHING_BUT_DIVISION = SE_FP_INVALID | SE_FP_OVERFLOW | SE_FP_UNDERFLOW | SE_FP_INEXACT };

static void random_operands(const char *name, size_t n, uint64_t stream, unsigned raises) {
    struct setup setup = {.block = se_rtl_find(name, 0)};
    size_t words = (size_t)se_rtl_words(setup.block->in);
    struct stimulus s = stimulus_open(stream);
    struct beats beats = beats_new(setup.block, n, n);
    for (size_t i = 0; i < n; i++) {
        workload_operands(&setup, &s, beats.in + words * i);
    }
    expect_unit(name, &beats);
    expect_flags_reached(&beats, raises);
    beats_free(&beats);
    bench_report();
}

// Every pair of corners; a third word, where there is one, is third[i % n_third].
static void corner_pairs(const char *name, size_t n_third, const uint32_t *third, unsigned raises) {
    size_t n = ref_corner_count(), turns = n_third ? n_third : 1, words = n_third ? 3 : 2;
    struct beats beats = beats_new(se_rtl_find(name, 0), n * n * turns, n * n * turns);
    uint32_t *in = beats.in;
    for (size_t i = 0; i < n * n * turns; i++, in += words) {
        in[0] = ref_corner(i / turns / n);
        in[1] = ref_corner(i / turns % n);
        if (n_third) {
            in[2] = third[i % turns];
        }
    }
    expect_unit(name, &beats);
    expect_flags_reached(&beats, raises);
    beats_free(&beats);
    bench_report();
}

Test(fp32, add_and_sub_corner_pairs) {
    corner_pairs("fp32_add", 2, (uint32_t[]){0, 1}, EVERYTHING_BUT_DIVISION & ~SE_FP_UNDERFLOW);
}

Test(fp32, add_and_sub_random) {
    random_operands("fp32_add", 2000000, 4, EVERYTHING_BUT_DIVISION & ~SE_FP_UNDERFLOW);
}

// Each pair of factors meets some of the addends, in turn.
static void fma_triples(const char *name) {
    enum { ADDENDS = 12 };
    size_t n = ref_corner_count(), k = 0;
    struct beats beats = beats_new(se_rtl_find(name, 0), n * n * ADDENDS, n * n * ADDENDS);
    for (uint32_t *in = beats.in; in < beats.in + 3 * beats.n_in; in += 3, k++) {
        in[0] = ref_corner(k / ADDENDS / n);
        in[1] = ref_corner(k / ADDENDS % n);
        in[2] = ref_corner((k + k / ADDENDS / n) % n);
    }
    expect_unit(name, &beats);
    expect_flags_reached(&beats, EVERYTHING_BUT_DIVISION);
    beats_free(&beats);
}

Test(fp32, fma_corner_triples) {
    fma_triples("fp32_fma");
    fma_triples("fp32_fma_booth");
    bench_report();
}

Test(fp32, fma_random) {
    random_operands("fp32_fma", 1000000, 5, EVERYTHING_BUT_DIVISION);
}

Test(fp32, fma_booth_random) {
    random_operands("fp32_fma_booth", 1000000, 13, EVERYTHING_BUT_DIVISION);
}

// Infinity * 0 plus each corner, NaNs among them.
Test(fp32, fma_of_infinity_and_zero) {
    static const uint32_t factors[][2] = {{0x7F800000, 0}, {0x80000000, 0x7F800000}};
    size_t n = ref_corner_count();
    struct beats beats = beats_new(se_rtl_find("fp32_fma", 0), 2 * n, 2 * n);
    for (size_t i = 0; i < 2 * n; i++) {
        beats.in[3 * i] = factors[i % 2][0];
        beats.in[3 * i + 1] = factors[i % 2][1];
        beats.in[3 * i + 2] = ref_corner(i / 2);
    }
    expect_unit("fp32_fma", &beats);
    expect_flags_reached(&beats, SE_FP_INVALID);
    beats_free(&beats);
    bench_report();
}

Test(fp32, div_corner_pairs) {
    corner_pairs("fp32_div", 0, NULL, EVERYTHING_BUT_DIVISION | SE_FP_DIVIDE_BY_ZERO);
}

Test(fp32, div_random) {
    random_operands("fp32_div", 1000000, 6, EVERYTHING_BUT_DIVISION | SE_FP_DIVIDE_BY_ZERO);
}

Test(fp32, div_pipelined_corner_pairs) {
    corner_pairs("fp32_div_pipelined", 0, NULL, EVERYTHING_BUT_DIVISION | SE_FP_DIVIDE_BY_ZERO);
}

Test(fp32, div_pipelined_random) {
    random_operands("fp32_div_pipelined", 1000000, 7,
                    EVERYTHING_BUT_DIVISION | SE_FP_DIVIDE_BY_ZERO);
}

Test(fp32, to_fp16_corners) {
    size_t n = ref_corner_count();
    struct beats beats = beats_new(se_rtl_find("fp32_to_fp16", 0), n, n);
    for (size_t i = 0; i < n; i++) {
        beats.in[i] = ref_corner(i);
    }
    expect_unit("fp32_to_fp16", &beats);
    beats_free(&beats);
    bench_report();
}

Test(fp32, to_fp16_random) {
    random_operands("fp32_to_fp16", 1000000, 8, EVERYTHING_BUT_DIVISION);
}

// ---- functions

// A fixed 1/1024 of all inputs, and both sides of every exponent boundary.
static void expect_function(const char *name) {
    const size_t n_sample = 1u << 22, n = n_sample + 512 * 5;
    struct beats beats = beats_new(se_rtl_find(name, 0), n, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t boundary = (uint32_t)((i - n_sample) / 5), side = (uint32_t)((i - n_sample) % 5);
        beats.in[i] = i < n_sample ? (uint32_t)i * 1024u + (uint32_t)i * 2654435761u % 1024u
                                   : (boundary << 23) + side - 2;
    }
    expect_unit(name, &beats);
    beats_free(&beats);
    bench_report();
}

Test(fp32, exp_sample_and_exponent_boundaries) {
    expect_function("fp32_exp");
}

Test(fp32, log1p_sample_and_exponent_boundaries) {
    expect_function("fp32_log1p");
}

Test(fp32, silu_sample_and_exponent_boundaries) {
    expect_function("fp32_silu");
}

Test(fp32, softplus_sample_and_exponent_boundaries) {
    expect_function("fp32_softplus");
}

// Corners; where exp(-x), its sum with 1 and the quotient change their kind; then at random.
static void expect_bending(const char *name, uint64_t stream) {
    static const uint32_t magnitudes[] = {
        0x42B17218, // 88.72: exp overflows past it
        0x42AEAC50, // 87.34: exp is subnormal past it
        0x42CFF1B5, // 103.97: exp is 0 past it
        0x41851592, // 16.64: 1 + exp(-x) is 1 past it
        0x3F317218, // log(2)
        0x33800000, // 2^-24
    };
    enum { AROUND = 64, LIMITS = sizeof magnitudes / sizeof *magnitudes };
    const size_t corners = ref_corner_count(), directed = corners + LIMITS * 2 * AROUND;
    const size_t n = directed + 2000000;
    struct setup setup = {.block = se_rtl_find(name, 0)};
    struct stimulus s = stimulus_open(stream);
    struct beats beats = beats_new(setup.block, n, n);
    for (size_t i = 0; i < n; i++) {
        size_t k = i - corners;
        if (i < corners) {
            beats.in[i] = ref_corner(i);
        } else if (i < directed) {
            beats.in[i] = (magnitudes[k / (2 * AROUND)] + (uint32_t)(k % AROUND) - AROUND / 2) |
                          (uint32_t)(k / AROUND % 2) << 31;
        } else if (i % 2) {
            beats.in[i] = (uint32_t)stimulus_draw(&s);
        } else {
            workload_operands(&setup, &s, &beats.in[i]);
        }
    }
    expect_unit(name, &beats);
    beats_free(&beats);
    bench_report();
}

Test(fp32, silu_limits_and_random) {
    expect_bending("fp32_silu", 9);
}

Test(fp32, softplus_limits_and_random) {
    expect_bending("fp32_softplus", 10);
}

Test(fp32, gate_corner_pairs) {
    size_t n = ref_corner_count();
    struct beats beats = beats_new(se_rtl_find("fp32_gate", 0), n * n, n * n);
    for (size_t i = 0; i < n * n; i++) {
        beats.in[2 * i] = ref_corner(i / n);
        beats.in[2 * i + 1] = ref_corner(i % n);
    }
    expect_unit("fp32_gate", &beats);
    beats_free(&beats);
    bench_report();
}

Test(fp32, gate_random) {
    const size_t n = 1000000;
    struct setup setup = {.block = se_rtl_find("fp32_gate", 0)};
    struct stimulus s = stimulus_open(11);
    struct beats beats = beats_new(setup.block, n, n);
    for (size_t i = 0; i < n; i++) {
        workload_operands(&setup, &s, beats.in + 2 * i);
    }
    expect_unit("fp32_gate", &beats);
    beats_free(&beats);
    bench_report();
}
