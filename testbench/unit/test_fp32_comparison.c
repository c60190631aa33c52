// SPDX-License-Identifier: Apache-2.0
// The comparison all tests of the FP32 operations use, against planted faults: one flipped bit of
// one result, or of one result's flags, is caught.
#include "../fp/operations.h"

#include <criterion/criterion.h>

#include <inttypes.h>

static uint32_t flip_result, flip_flags, faulty_call, calls;
static const struct fp_operation *sound;

static uint32_t faulty_model(const uint32_t *in, unsigned *flags) {
    uint32_t result = sound->model(in, flags);
    if (calls++ != faulty_call) {
        return result;
    }
    *flags ^= flip_flags;
    return result ^ flip_result;
}

static void faulty_batch(size_t n, uint32_t in[FP_OPERANDS_MAX][FP_BATCH], uint32_t *out) {
    sound->batch(n, in, out);
    if (n > 0) {
        out[n - 1] ^= flip_result;
    }
}

// Exactly one of many comparisons is wrong, and is found.
static void expect_found(struct fp_operation operation, uint64_t sets) {
    struct fp_tally tally = {0};
    uint64_t state = 70;
    calls = 0;
    fp_check_random(&operation, sets, &state, &tally);
    cr_expect_eq(tally.checked, sets);
    cr_expect_eq(tally.differences, 1u, "%s: result ^ %08" PRIX32 ", flags ^ %02" PRIX32,
                 operation.name, flip_result, flip_flags);
}

Test(fp32, one_flipped_bit_is_caught) {
    for (size_t i = 0; fp_operation_at(i); i++) {
        sound = fp_operation_at(i);
        struct fp_operation operation = *sound;
        operation.model = faulty_model;
        for (int bit = 0; bit < sound->result_bits + 5; bit++) {
            flip_result = bit < sound->result_bits ? UINT32_C(1) << bit : 0;
            flip_flags = bit < sound->result_bits ? 0 : 1u << (bit - sound->result_bits);
            faulty_call = (uint32_t)(37 * bit);
            expect_found(operation, 3 * FP_BATCH + 7);
        }
        operation = *sound;
        operation.batch = faulty_batch;
        for (int bit = 0; bit < sound->result_bits; bit++) {
            flip_result = UINT32_C(1) << bit;
            expect_found(operation, FP_BATCH - 1);
        }
    }
}
