// SPDX-License-Identifier: Apache-2.0
// The library's own golden streams and comparison (sim/verilated/golden.h), which the command uses,
// against the ones of these tests.
#include "golden.h"

#include "workload.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

TestSuite(library);

static uint32_t *results(const struct beats *beats, const struct se_rtl_block *block) {
    uint32_t *out = calloc(beats->n_out * (size_t)se_rtl_words(block->out) + 1, sizeof *out);
    cr_assert(out);
    return out;
}

Test(library, golden_streams_are_the_tests_own) {
    struct se_rtl_options options = {0};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        const struct se_rtl_block *block = se_rtl_block_at(i);
        struct stimulus s = stimulus_open(31000 + i);
        for (int k = 0; k < 50; k++) {
            struct setup setup = workload_setup(block, &s);
            struct beats beats = workload_beats(&setup, 300, &s);
            cr_assert_eq(se_golden_count(block, setup.config, beats.n_in, beats.in), beats.n_out,
                         "%s width %d", block->name, block->width);
            uint32_t *out = results(&beats, block);
            se_golden_stream(block, setup.config, beats.n_in, beats.in, out);
            cr_assert_arr_eq(out, beats.expected,
                             beats.n_out * (size_t)se_rtl_words(block->out) * sizeof *out,
                             "%s width %d", block->name, block->width);
            struct bench bench = bench_open(block, &options);
            bench_configure(&bench, setup.config);
            bench_expect(&bench, &beats, NULL); // and the block's
            bench_close(&bench);
            free(out);
            beats_free(&beats);
        }
    }
    bench_report();
}

Test(library, cosim_finds_no_divergence) {
    struct se_rtl_options options = {.idle_percent = 30, .stall_percent = 30};
    options.seed = stimulus_seed();
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        const struct se_rtl_block *block = se_rtl_block_at(i);
        struct stimulus s = stimulus_open(32000 + i);
        struct setup setup = workload_setup(block, &s);
        struct beats beats = workload_beats(&setup, 500, &s);
        uint32_t *out = results(&beats, block);
        struct se_divergence divergence = {.found = true};
        struct se_error err = {""};
        cr_assert_eq(
            se_cosim(block, setup.config, beats.n_in, beats.in, &options, out, &divergence, &err),
            SE_OK, "%s", err.message);
        cr_expect_not(divergence.found, "%s width %d: beat %zu", block->name, block->width,
                      divergence.beat);
        struct bench bench = bench_open(block, &options);
        bench_configure(&bench, setup.config);
        bench_expect(&bench, &beats, NULL);
        bench_close(&bench);
        cr_expect_arr_eq(out, beats.expected,
                         beats.n_out * (size_t)se_rtl_words(block->out) * sizeof *out);
        free(out);
        beats_free(&beats);
    }
    bench_report();
}
