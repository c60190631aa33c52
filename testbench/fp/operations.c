// SPDX-License-Identifier: Apache-2.0
#include "operations.h"

#include "../reference/softfloat.h"
#include "w4a5se/fp32.h"
#include "w4a5se/fp32_batch.h"

#include <stdio.h>
#include <string.h>

// ---- the model's functions on bit patterns

static float f(uint32_t bits) {
    return se_f32_from_bits(bits);
}

static uint32_t mul(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_f32_mul(f(in[0]), f(in[1]), flags));
}

static uint32_t add(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_f32_add(f(in[0]), f(in[1]), flags));
}

static uint32_t sub(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_f32_sub(f(in[0]), f(in[1]), flags));
}

static uint32_t fma_(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_f32_fma(f(in[0]), f(in[1]), f(in[2]), flags));
}

static uint32_t divide(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_f32_div(f(in[0]), f(in[1]), flags));
}

static uint32_t from_int(const uint32_t *in, unsigned *flags) {
    return se_f32_bits(se_i32_to_f32((int32_t)in[0], flags));
}

static uint32_t to_int(const uint32_t *in, unsigned *flags) {
    return (uint32_t)se_f32_to_i32(f(in[0]), flags);
}

static uint32_t to_f16(const uint32_t *in, unsigned *flags) {
    return se_f32_to_f16(f(in[0]), flags);
}

// ---- the reference's

static uint32_t ref_mul(const uint32_t *in, unsigned *flags) {
    return ref_f32_mul(in[0], in[1], flags);
}

static uint32_t ref_add(const uint32_t *in, unsigned *flags) {
    return ref_f32_add(in[0], in[1], flags);
}

static uint32_t ref_sub(const uint32_t *in, unsigned *flags) {
    return ref_f32_sub(in[0], in[1], flags);
}

static uint32_t ref_fma(const uint32_t *in, unsigned *flags) {
    return ref_f32_fma(in[0], in[1], in[2], flags);
}

static uint32_t ref_div(const uint32_t *in, unsigned *flags) {
    return ref_f32_div(in[0], in[1], flags);
}

static uint32_t ref_from_int(const uint32_t *in, unsigned *flags) {
    return ref_i32_to_f32((int32_t)in[0], flags);
}

static uint32_t ref_to_int(const uint32_t *in, unsigned *flags) {
    return (uint32_t)ref_f32_to_i32(in[0], flags);
}

static uint32_t ref_to_f16(const uint32_t *in, unsigned *flags) {
    return ref_f32_to_f16(in[0], flags);
}

// ---- the batch twins

// Three operands as floats, and the result's floats.
struct floats {
    float in[FP_OPERANDS_MAX][FP_BATCH], out[FP_BATCH];
};

static void load(struct floats *floats, size_t n, int operands,
                 uint32_t in[FP_OPERANDS_MAX][FP_BATCH]) {
    for (int k = 0; k < operands; k++) {
        memcpy(floats->in[k], in[k], n * sizeof *in[k]);
    }
}

static void store(const struct floats *floats, size_t n, uint32_t *out) {
    memcpy(out, floats->out, n * sizeof *out);
}

typedef void binary_batch(size_t n, const float *a, const float *b, float *r);

static void binary(binary_batch *function, size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH],
                   uint32_t *out) {
    struct floats floats;
    load(&floats, n, 2, in);
    function(n, floats.in[0], floats.in[1], floats.out);
    store(&floats, n, out);
}

static void mul_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    binary(se_f32_mul_n, n, in, out);
}

static void add_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    binary(se_f32_add_n, n, in, out);
}

static void sub_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    binary(se_f32_sub_n, n, in, out);
}

static void div_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    binary(se_f32_div_n, n, in, out);
}

static void fma_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    struct floats floats;
    load(&floats, n, 3, in);
    se_f32_fma_n(n, floats.in[0], floats.in[1], floats.in[2], floats.out);
    store(&floats, n, out);
}

static void from_int_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    struct floats floats;
    int32_t integers[FP_BATCH];
    memcpy(integers, in[0], n * sizeof *integers);
    se_i32_to_f32_n(n, integers, floats.out);
    store(&floats, n, out);
}

static void to_int_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    struct floats floats;
    int32_t integers[FP_BATCH];
    load(&floats, n, 1, in);
    se_f32_to_i32_n(n, floats.in[0], integers);
    memcpy(out, integers, n * sizeof *integers);
}

static void to_f16_n(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    struct floats floats;
    uint16_t halves[FP_BATCH];
    load(&floats, n, 1, in);
    se_f32_to_f16_n(n, floats.in[0], halves);
    for (size_t i = 0; i < n; i++) {
        out[i] = halves[i];
    }
}

// ---- the table

static const struct fp_operation operations[] = {
    {"mul", 2, 32, mul, ref_mul, mul_n, fp_draw_mul},
    {"add", 2, 32, add, ref_add, add_n, fp_draw_add},
    {"sub", 2, 32, sub, ref_sub, sub_n, fp_draw_add},
    {"fma", 3, 32, fma_, ref_fma, fma_n, fp_draw_fma},
    {"div", 2, 32, divide, ref_div, div_n, fp_draw_div},
    {"from_int", 1, 32, from_int, ref_from_int, from_int_n, fp_draw_from_int},
    {"to_int", 1, 32, to_int, ref_to_int, to_int_n, fp_draw_to_int},
    {"to_f16", 1, 16, to_f16, ref_to_f16, to_f16_n, fp_draw_to_f16},
};

const struct fp_operation *fp_operation_at(size_t i) {
    return i < sizeof operations / sizeof *operations ? &operations[i] : NULL;
}

const struct fp_operation *fp_operation_find(const char *name) {
    for (size_t i = 0; fp_operation_at(i); i++) {
        if (!strcmp(operations[i].name, name)) {
            return &operations[i];
        }
    }
    return NULL;
}

// ---- the comparison

static void note(struct fp_tally *tally, struct fp_difference difference) {
    if (tally->differences++ == 0) {
        tally->first = difference;
    }
}

static void compare(struct fp_tally *tally, const struct fp_operation *operation,
                    const uint32_t *in, uint32_t in_batch) {
    struct fp_difference d = {.in = {in[0], in[1], in[2]}};
    d.expected = operation->reference(in, &d.expected_flags);
    d.got = operation->model(in, &d.flags);
    tally->checked++;
    tally->by_flags[d.expected_flags % FP_FLAG_SETS]++;
    if (d.got != d.expected || d.flags != d.expected_flags) {
        note(tally, d);
    } else if (in_batch != d.expected) {
        d.got = in_batch;
        d.in_batch = true;
        note(tally, d);
    }
}

void fp_check_rest(struct fp_checker *checker) {
    uint32_t results[FP_BATCH];
    checker->operation->batch(checker->n, checker->in, results);
    for (size_t i = 0; i < checker->n; i++) {
        const uint32_t in[FP_OPERANDS_MAX] = {checker->in[0][i], checker->in[1][i],
                                              checker->in[2][i]};
        compare(checker->tally, checker->operation, in, results[i]);
    }
    checker->n = 0;
}

void fp_check(struct fp_checker *checker, const uint32_t *in) {
    for (int k = 0; k < FP_OPERANDS_MAX; k++) {
        checker->in[k][checker->n] = k < checker->operation->operands ? in[k] : 0;
    }
    if (++checker->n == FP_BATCH) {
        fp_check_rest(checker);
    }
}

void fp_check_random(const struct fp_operation *operation, uint64_t n, uint64_t *state,
                     struct fp_tally *tally) {
    struct fp_checker checker = {.operation = operation, .tally = tally};
    uint32_t in[FP_OPERANDS_MAX] = {0};
    while (n-- > 0) {
        operation->draw(state, in);
        fp_check(&checker, in);
    }
    fp_check_rest(&checker);
}

const char *fp_difference_text(char *text, const struct fp_operation *operation,
                               const struct fp_difference *difference) {
    int at = snprintf(text, FP_TEXT, "%s%s", operation->name,
                      difference->in_batch ? ", batch twin," : "");
    for (int k = 0; k < operation->operands; k++) {
        at += snprintf(text + at, FP_TEXT - (size_t)at, " %08X", difference->in[k]);
    }
    int digits = operation->result_bits / 4;
    at += snprintf(text + at, FP_TEXT - (size_t)at, ": %0*X", digits, difference->got);
    if (!difference->in_batch) {
        at += snprintf(text + at, FP_TEXT - (size_t)at, " flags %02X", difference->flags);
    }
    snprintf(text + at, FP_TEXT - (size_t)at, ", expected %0*X flags %02X", digits,
             difference->expected, difference->expected_flags);
    return text;
}
