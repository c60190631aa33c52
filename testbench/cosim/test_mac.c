// SPDX-License-Identifier: Apache-2.0
// The cells of an integer GEMM: every weight with every operand, sums of all sizes.
#include "workload.h"

#include <criterion/criterion.h>

TestSuite(mac);

enum { Q_BITS = 6 };

static void expect_products(const char *name, int q_bits, bool has_flag) {
    const struct se_rtl_block *block = se_rtl_find(name, 0);
    struct stimulus s = stimulus_open(240);
    struct se_rtl_options options = {0};
    struct bench bench = bench_open(block, &options);
    struct setup setup = workload_setup(block, &s);
    int words = se_rtl_words(block->in), half = 1 << (q_bits - 1);
    struct beats beats = beats_new(block, (size_t)1 << (8 + q_bits + has_flag),
                                   (size_t)1 << (8 + q_bits + has_flag));
    uint32_t *in = beats.in;
    for (int weight = -128; weight < 128; weight++) {
        for (int q = -half; q < half; q++) {
            for (int flag = 0; flag <= has_flag; flag++, in += words) {
                workload_operands(&setup, &s, in); // of which the sums stay
                in[0] = (uint32_t)weight;
                in[has_flag ? 2 : 1] = (uint32_t)q;
                if (has_flag) {
                    in[1] = (uint32_t)flag;
                }
            }
        }
    }
    workload_fill(&setup, &beats);
    bench_configure(&bench, setup.config);
    bench_expect(&bench, &beats, NULL);
    beats_free(&beats);
    bench_close(&bench);
}

Test(mac, every_weight_and_operand) {
    expect_products("mac_int8", 8, false);
    expect_products("mac_code_wide", Q_BITS, true);
    expect_products("mac_code_wide_7", Q_BITS, true);
    expect_products("mac_code_split", Q_BITS, true);
    bench_report();
}
