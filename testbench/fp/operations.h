// SPDX-License-Identifier: Apache-2.0
// Every FP32 operation of the model beside its reference, and the one comparison all tests use:
// result and flags of the scalar function, result of its batch twin.
#pragma once

#include "operands.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FP_OPERANDS_MAX = 3, FP_BATCH = 512, FP_FLAG_SETS = 32 };

// Operands and results are bit patterns; flags accumulate.
typedef uint32_t fp_scalar(const uint32_t *in, unsigned *flags);

// out[i] from in[0][i], in[1][i], ... for i below n.
typedef void fp_batch(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out);

struct fp_operation {
    const char *name;
    int operands, result_bits;
    fp_scalar *model, *reference;
    fp_batch *batch;
    fp_draw *draw;
};

// The i-th operation, NULL past the last one.
const struct fp_operation *fp_operation_at(size_t i);
const struct fp_operation *fp_operation_find(const char *name);

struct fp_difference {
    uint32_t in[FP_OPERANDS_MAX], expected, got;
    unsigned expected_flags, flags;
    bool in_batch; // the batch twin's result; it has no flags
};

// What was compared so far: all zeros at first.
struct fp_tally {
    uint64_t checked, differences;
    uint64_t by_flags[FP_FLAG_SETS]; // operand sets whose expected flags are the index
    struct fp_difference first;      // when there are differences
};

// Operand sets are gathered in here; a full batch is compared, and so must the rest be at the end.
struct fp_checker {
    const struct fp_operation *operation;
    struct fp_tally *tally;
    size_t n;
    uint32_t in[FP_OPERANDS_MAX][FP_BATCH];
};

void fp_check(struct fp_checker *checker, const uint32_t *in);
void fp_check_rest(struct fp_checker *checker);

// n sets of the operation's draw.
void fp_check_random(const struct fp_operation *operation, uint64_t n, uint64_t *state,
                     struct fp_tally *tally);

// One sentence with operands, expected and got, into text[FP_TEXT].
enum { FP_TEXT = 192 };
const char *fp_difference_text(char *text, const struct fp_operation *operation,
                               const struct fp_difference *difference);
