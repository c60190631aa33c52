// SPDX-License-Identifier: Apache-2.0
// The dual-scale MUX and its power-of-two form: every code, random scales and bases.
#include "workload.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <stdlib.h>

enum { CONFIGURATIONS = 400 };

TestSuite(scale_mux);

static struct beats every_code(const struct setup *setup) {
    size_t n = (size_t)2 << setup->block->width;
    struct beats beats = beats_new(setup->block, n, n);
    for (size_t code = 0; code < n; code++) {
        beats.in[code] = (uint32_t)code;
    }
    workload_fill(setup, &beats);
    return beats;
}

static void expect_every_code(struct bench *bench, const struct setup *setup) {
    struct beats beats = every_code(setup);
    bench_configure(bench, setup->config);
    bench_expect(bench, &beats, NULL);
    beats_free(&beats);
}

Test(scale_mux, every_code) {
    for (int code_bits = SE_CODE_BITS_MIN; code_bits <= SE_CODE_BITS_MAX; code_bits++) {
        struct stimulus s = stimulus_open(200 + (uint64_t)code_bits);
        struct se_rtl_options options = {0};
        const struct se_rtl_block *block = se_rtl_find("scale_mux", code_bits);
        struct bench bench = bench_open(block, &options);
        for (int i = 0; i < CONFIGURATIONS; i++) {
            struct setup setup = workload_setup_quantizer(block, stimulus_quantizer(&s, code_bits));
            expect_every_code(&bench, &setup);
        }
        bench_close(&bench);
    }
    bench_report();
}

// Value and integer against the model, each of them for every k.
Test(scale_mux, power_of_two_every_code) {
    for (int code_bits = SE_CODE_BITS_MIN; code_bits <= SE_CODE_BITS_MAX; code_bits++) {
        struct stimulus s = stimulus_open(210 + (uint64_t)code_bits);
        struct se_rtl_options options = {0};
        const struct se_rtl_block *block = se_rtl_find("scale_mux_pow2", code_bits);
        struct bench bench = bench_open(block, &options);
        for (int i = 0; i < CONFIGURATIONS; i++) {
            int k = i % (SE_RATIO_LOG2_MAX + 1), found = -1;
            struct se_quantizer q = stimulus_quantizer_pow2(&s, code_bits, k);
            cr_assert(se_ratio_is_pow2(&q, &found) && found == k);
            struct setup setup = workload_setup_pow2(block, q, k);
            expect_every_code(&bench, &setup);
        }
        bench_close(&bench);
    }
    bench_report();
}

// What scale_mux makes of every code, in place of the model's values.
static void take_values(struct bench *mux, const struct setup *setup, struct beats *pow2) {
    size_t n = pow2->n_in;
    uint32_t *values = calloc(n, sizeof *values);
    struct se_error err = {""};
    cr_assert(values);
    bench_configure(mux, setup->config);
    cr_assert_eq(se_rtl_stream(mux->rtl, n, pow2->in, n, values, NULL, &err), SE_OK, "%s",
                 err.message);
    for (size_t i = 0; i < n; i++) {
        pow2->expected[2 * i] = values[i];
    }
    free(values);
}

Test(scale_mux, power_of_two_equals_scale_mux) {
    for (int code_bits = SE_CODE_BITS_MIN; code_bits <= SE_CODE_BITS_MAX; code_bits++) {
        struct stimulus s = stimulus_open(220 + (uint64_t)code_bits);
        struct se_rtl_options options = {0};
        const struct se_rtl_block *mux_block = se_rtl_find("scale_mux", code_bits);
        const struct se_rtl_block *pow2_block = se_rtl_find("scale_mux_pow2", code_bits);
        struct bench mux = bench_open(mux_block, &options), pow2 = bench_open(pow2_block, &options);
        for (int i = 0; i < CONFIGURATIONS; i++) {
            int k = i % (SE_RATIO_LOG2_MAX + 1);
            struct se_quantizer q = stimulus_quantizer_pow2(&s, code_bits, k);
            struct setup mux_setup = workload_setup_quantizer(mux_block, q);
            struct setup pow2_setup = workload_setup_pow2(pow2_block, q, k);
            struct beats beats = every_code(&pow2_setup);
            take_values(&mux, &mux_setup, &beats);
            bench_configure(&pow2, pow2_setup.config);
            bench_expect(&pow2, &beats, NULL);
            beats_free(&beats);
        }
        bench_close(&mux);
        bench_close(&pow2);
    }
    bench_report();
}
