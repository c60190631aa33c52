// SPDX-License-Identifier: Apache-2.0
// The quantiser with random legal configurations, at the values where a decision can go wrong.
#include "workload.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

enum { QUANTIZERS = 250, RANDOM_VALUES = 1500 };

TestSuite(quantizer);

// v, one ulp to each side, and their negatives.
static uint32_t *put_around(uint32_t *in, float v) {
    const float values[] = {v, nextafterf(v, INFINITY), nextafterf(v, -INFINITY)};
    for (int i = 0; i < 3; i++) {
        *in++ = se_f32_bits(values[i]);
        *in++ = se_f32_bits(-values[i]);
    }
    return in;
}

// Every tie of one range and of two levels beyond each of its ends, as a multiple of the scale and
// as a quotient by the reciprocal, and the ends themselves.
static uint32_t *put_ties(uint32_t *in, const struct se_quantizer *q, bool flag) {
    float s = flag ? q->s2 : q->s1, inv_s = flag ? q->inv_s2 : q->inv_s1;
    int first = se_format_base(&q->format, flag), last = se_format_last(&q->format, flag);
    for (int k = first - 2; k <= last + 1; k++) {
        in = put_around(in, (float)((k + 0.5) * s));
        in = put_around(in, (float)((k + 0.5) / inv_s));
    }
    in = put_around(in, (float)first * s);
    return put_around(in, (float)last * s);
}

static uint32_t *put_special(uint32_t *in) {
    static const uint32_t special[] = {
        0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x807FFFFF, 0x00800000,
        0x80800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000,
        0x7F800001, 0xFF800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FA00000, 0x3F800000, 0xBF800000};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        *in++ = special[i];
    }
    return in;
}

static struct beats values_for(const struct setup *setup, struct stimulus *s) {
    const struct se_quantizer *q = &setup->quantizer;
    size_t levels = (size_t)se_format_levels(&q->format);
    size_t n_max = RANDOM_VALUES + 2 * 12 * (levels + 3) + 2 * 12 + 12 + 32;
    struct beats random = workload_beats(setup, RANDOM_VALUES, s);
    struct beats beats = beats_new(setup->block, n_max, n_max);
    uint32_t *in = put_ties(put_ties(beats.in, q, false), q, true);
    in = put_special(put_around(put_around(in, q->thr_pos), q->thr_neg));
    for (size_t i = 0; i < random.n_in; i++) {
        *in++ = random.in[i];
    }
    beats.n_in = beats.n_out = (size_t)(in - beats.in);
    cr_assert_leq(beats.n_in, n_max);
    workload_fill(setup, &beats);
    beats_free(&random);
    return beats;
}

static void expect_code_bits(int code_bits) {
    struct stimulus s = stimulus_open(100 + (uint64_t)code_bits);
    const struct se_rtl_block *block = se_rtl_find("quantizer", code_bits);
    struct se_rtl_options options = {0};
    struct bench bench = bench_open(block, &options);
    size_t with_flag = 0, without = 0;
    for (int i = 0; i < QUANTIZERS; i++) {
        struct setup setup = workload_setup_quantizer(block, stimulus_quantizer(&s, code_bits));
        struct beats beats = values_for(&setup, &s);
        bench_configure(&bench, setup.config);
        bench_expect(&bench, &beats, NULL);
        for (size_t k = 0; k < beats.n_out; k++) {
            with_flag += beats.expected[k] >> code_bits;
            without += !(beats.expected[k] >> code_bits);
        }
        beats_free(&beats);
    }
    bench_close(&bench);
    cr_expect(with_flag > 10000 && without > 10000, "%zu codes with the flag, %zu without",
              with_flag, without);
}

Test(quantizer, all_code_bits) {
    for (int code_bits = SE_CODE_BITS_MIN; code_bits <= SE_CODE_BITS_MAX; code_bits++) {
        expect_code_bits(code_bits);
    }
    bench_report();
}

// The thresholds of each rule, three floats to each side, in every width.
Test(quantizer, neighbours_of_each_rules_thresholds) {
    struct stimulus s = stimulus_open(110);
    for (int i = 0; i < 1000; i++) {
        int code_bits = SE_CODE_BITS_MIN + i % 5;
        const struct se_rtl_block *block = se_rtl_find("quantizer", code_bits);
        struct se_quantizer q = stimulus_quantizer_pow2(&s, code_bits, i % 8);
        if (i / 5 % 3 == 0) {
            se_thresholds_overflow(&q);
        } else if (i / 5 % 3 == 1) {
            se_thresholds_least_error(&q);
        } else {
            se_thresholds_percentile(&q, stimulus_scale(&s, -20, 10));
        }
        struct setup setup = workload_setup_quantizer(block, q);
        struct beats beats = beats_new(block, 28, 28);
        uint32_t pos = se_f32_bits(q.thr_pos), neg = se_f32_bits(q.thr_neg);
        for (uint32_t d = 0; d < 7; d++) {
            uint32_t around[] = {pos + d - 3, neg + d - 3, (pos + d - 3) ^ UINT32_C(0x80000000),
                                 (neg + d - 3) ^ UINT32_C(0x80000000)};
            for (int k = 0; k < 4; k++) {
                beats.in[4 * d + (uint32_t)k] = around[k];
            }
        }
        workload_fill(&setup, &beats);
        struct se_rtl_options options = {0};
        struct bench bench = bench_open(block, &options);
        bench_configure(&bench, setup.config);
        bench_expect(&bench, &beats, NULL);
        bench_close(&bench);
        beats_free(&beats);
    }
    bench_report();
}
