// SPDX-License-Identifier: Apache-2.0
// Every block: pauses on either side change no result, neither does a reset in mid-stream, a stream
// before or what registers hold when power comes; and the rate is the documented one.
#include "workload.h"

#include <criterion/criterion.h>

#include <stdlib.h>

TestSuite(stream);

struct pauses {
    unsigned idle, stall;
};
static const struct pauses profiles[] = {{0, 0},   {50, 0},  {0, 50}, {50, 50},
                                         {90, 10}, {10, 90}, {90, 90}};
enum { PROFILES = sizeof profiles / sizeof *profiles };

static struct se_rtl_options with(struct pauses pauses) {
    return (struct se_rtl_options){.idle_percent = pauses.idle, .stall_percent = pauses.stall};
}

// Seeds of the initial state: 0 is all zeros, the others draw it.
static struct se_rtl_options with_initial_state(struct pauses pauses, uint64_t seed) {
    struct se_rtl_options options = with(pauses);
    options.random_initial_state = seed != 0;
    options.seed = seed ? stimulus_seed() + seed : 0;
    return options;
}

Test(stream, every_block_has_a_model) {
    struct se_rtl_options options = {0};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        const struct se_rtl_block *block = se_rtl_block_at(i);
        struct stimulus s = stimulus_open(400 + i);
        cr_assert(workload_knows(block), "no model is compared with %s width %d", block->name,
                  block->width);
        struct setup setup = workload_setup(block, &s);
        struct beats beats = workload_beats(&setup, 2000, &s);
        struct bench bench = bench_open(block, &options);
        bench_configure(&bench, setup.config);
        bench_expect(&bench, &beats, NULL);
        bench_close(&bench);
        beats_free(&beats);
    }
    bench_report();
}

// The same beats through every profile.
Test(stream, stall_matrix) {
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        struct stimulus s = stimulus_open(500 + i);
        struct setup setup = workload_setup(se_rtl_block_at(i), &s);
        struct beats beats = workload_beats(&setup, 3000, &s);
        for (size_t p = 0; p < PROFILES; p++) {
            struct se_rtl_options options = with(profiles[p]);
            struct bench bench = bench_open(setup.block, &options);
            bench_configure(&bench, setup.config);
            bench_expect(&bench, &beats, NULL);
            bench_close(&bench);
        }
        beats_free(&beats);
    }
    bench_report();
}

static void expect_streams(struct bench *bench, int n_streams, struct stimulus *s) {
    for (int i = 0; i < n_streams; i++) {
        struct setup setup = workload_setup(se_rtl_describe(bench->rtl), s);
        struct beats beats = workload_beats(&setup, 1 + stimulus_below(s, 60), s);
        bench_configure(bench, setup.config);
        bench_expect(bench, &beats, NULL);
        beats_free(&beats);
    }
}

Test(stream, one_after_the_other_without_reset) {
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        for (size_t p = 0; p < PROFILES; p++) {
            struct stimulus s = stimulus_open(600 + 100 * i + p);
            struct se_rtl_options options = with(profiles[p]);
            struct bench bench = bench_open(se_rtl_block_at(i), &options);
            expect_streams(&bench, 40, &s);
            bench_close(&bench);
        }
    }
    bench_report();
}

Test(stream, first_after_power_up) {
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        for (uint64_t seed = 1; seed <= 12; seed++) {
            struct stimulus s = stimulus_open(5000 + 100 * i + seed);
            struct se_rtl_options options = with_initial_state(profiles[seed % PROFILES], seed);
            struct bench bench = bench_open(se_rtl_block_at(i), &options);
            expect_streams(&bench, 5, &s);
            bench_close(&bench);
        }
    }
    bench_report();
}

static void disturb(struct bench *bench, unsigned cycles, struct stimulus *s) {
    struct setup setup = workload_setup(se_rtl_describe(bench->rtl), s);
    struct beats beats = workload_beats(&setup, 150, s);
    bench_configure(bench, setup.config);
    se_rtl_disturb(bench->rtl, beats.n_in, beats.in, cycles);
    se_rtl_reset(bench->rtl);
    beats_free(&beats);
}

// A reset after every number of cycles up to 60, then a clean stream, on one instance.
Test(stream, reset_in_mid_stream) {
    static const struct pauses met[] = {{0, 0}, {50, 50}, {0, 90}};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        for (size_t p = 0; p < 3; p++) {
            for (uint64_t seed = 0; seed <= 3; seed++) {
                struct stimulus s = stimulus_open(10000 + 100 * i + 10 * p + seed);
                struct se_rtl_options options = with_initial_state(met[p], seed);
                struct bench bench = bench_open(se_rtl_block_at(i), &options);
                for (unsigned cycles = 1; cycles <= 60; cycles++) {
                    disturb(&bench, cycles, &s);
                    expect_streams(&bench, 1, &s);
                }
                bench_close(&bench);
            }
        }
    }
    bench_report();
}

// The first n_in beats of a stream and the first n_out of their results, then a reset.
static void expect_part(struct bench *bench, const struct beats *beats, size_t n_in, size_t n_out) {
    struct beats part = *beats;
    part.n_in = n_in;
    part.n_out = n_out;
    bench_expect(bench, &part, NULL);
    se_rtl_reset(bench->rtl);
}

// Codes without a last one, of which the full words have left; then a reset and whole packets.
Test(stream, reset_after_part_of_a_packed_packet) {
    struct se_rtl_options options = {0};
    for (int width = 4; width <= 9; width++) {
        struct stimulus s = stimulus_open(20000 + (uint64_t)width);
        struct bench bench = bench_open(se_rtl_find("code_pack", width), &options);
        const size_t length = 100;
        for (size_t part = 1; part < length; part++) {
            struct beats beats = workload_pack(width, 1, &length, &s);
            expect_part(&bench, &beats, part, part * (size_t)width / 32);
            expect_streams(&bench, 1, &s);
            beats_free(&beats);
        }
        bench_close(&bench);
    }
    bench_report();
}

// Some words of a packet and the codes that are complete in them; then a reset and whole packets.
Test(stream, reset_after_part_of_an_unpacked_packet) {
    struct se_rtl_options options = {0};
    for (int width = 4; width <= 9; width++) {
        struct stimulus s = stimulus_open(21000 + (uint64_t)width);
        struct bench bench = bench_open(se_rtl_find("code_unpack", width), &options);
        struct setup setup = workload_setup_packet(se_rtl_find("code_unpack", width), 100);
        for (size_t part = 1; part * 32 < 100 * (size_t)width; part++) {
            struct beats beats = workload_unpack(&setup, 1, &s);
            bench_configure(&bench, setup.config);
            expect_part(&bench, &beats, part, part * 32 / (size_t)width);
            bench_expect(&bench, &beats, NULL); // the same length: nothing may be left of it
            expect_streams(&bench, 1, &s);
            beats_free(&beats);
        }
        bench_close(&bench);
    }
    bench_report();
}

// Streams without pauses and checks the cycle in which each result leaves, counted from the first
// beat's.
static void expect_cycles(struct bench *bench, const struct beats *beats, const uint64_t *due) {
    uint64_t *out_cycle = calloc(beats->n_out + 1, sizeof *out_cycle);
    cr_assert(out_cycle);
    uint64_t begin = se_rtl_cycles(bench->rtl);
    const struct se_rtl_block *block = se_rtl_describe(bench->rtl);
    bench_expect(bench, beats, out_cycle);
    for (size_t i = 0; i < beats->n_out; i++) {
        cr_assert_eq(out_cycle[i] - begin, due[i],
                     "%s width %d: result %zu of %zu left in cycle %zu of its stream, due in %zu",
                     block->name, block->width, i, beats->n_out, (size_t)(out_cycle[i] - begin),
                     (size_t)due[i]);
    }
    free(out_cycle);
}

// One result a beat: N of them in N cycles, after the latency.
Test(stream, rate_is_one_result_a_cycle) {
    struct se_rtl_options options = {0};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        const struct se_rtl_block *block = se_rtl_block_at(i);
        struct stimulus s = stimulus_open(22000 + i);
        struct setup setup = workload_setup(block, &s);
        if (workload_latency(block) == 0) {
            continue;
        }
        enum { N = 1000 };
        struct beats beats = workload_beats(&setup, N, &s);
        uint64_t due[N];
        for (size_t k = 0; k < N; k++) {
            due[k] = workload_latency(block) + k;
        }
        struct bench bench = bench_open(block, &options);
        bench_configure(&bench, setup.config);
        expect_cycles(&bench, &beats, due);
        bench_close(&bench);
        beats_free(&beats);
    }
    bench_report();
}

// A word leaves in the cycle after its last code, and the next packet's first code enters when this
// packet's last word leaves: one cycle is lost only where the last code completes one word and
// begins another.
static size_t due_of_packet(int width, size_t n_codes, uint64_t *begin, uint64_t *due) {
    size_t bits = n_codes * (size_t)width, full = bits / 32, n = 0;
    for (size_t word = 0; word < full; word++) {
        due[n++] = *begin + (32 * (word + 1) + (size_t)width - 1) / (size_t)width;
    }
    uint64_t end = *begin + n_codes;
    if (bits % 32) {
        end += n > 0 && due[n - 1] == end;
        due[n++] = end;
    }
    *begin = end;
    return n;
}

Test(stream, rate_of_code_pack) {
    enum { PACKETS = 200, LENGTH_MAX = 64, WORDS_MAX = 18 };
    struct se_rtl_options options = {0};
    for (int width = 4; width <= 9; width++) {
        struct stimulus s = stimulus_open(23000 + (uint64_t)width);
        size_t lengths[PACKETS], n = 0;
        uint64_t due[PACKETS * WORDS_MAX], begin = 0;
        for (size_t p = 0; p < PACKETS; p++) {
            lengths[p] = 1 + stimulus_below(&s, LENGTH_MAX);
            n += due_of_packet(width, lengths[p], &begin, due + n);
        }
        struct beats beats = workload_pack(width, PACKETS, lengths, &s);
        cr_assert_eq(n, beats.n_out);
        struct bench bench = bench_open(se_rtl_find("code_pack", width), &options);
        expect_cycles(&bench, &beats, due);
        bench_close(&bench);
        beats_free(&beats);
    }
    bench_report();
}

// A code in every cycle after the first word's, across words and packets.
Test(stream, rate_of_code_unpack) {
    struct se_rtl_options options = {0};
    for (int width = 4; width <= 9; width++) {
        struct stimulus s = stimulus_open(24000 + (uint64_t)width);
        struct bench bench = bench_open(se_rtl_find("code_unpack", width), &options);
        for (size_t length = 1; length <= 70; length++) {
            struct setup setup = workload_setup_packet(se_rtl_find("code_unpack", width), length);
            struct beats beats = workload_unpack(&setup, 10, &s);
            uint64_t due[700];
            for (size_t k = 0; k < beats.n_out; k++) {
                due[k] = 1 + k;
            }
            bench_configure(&bench, setup.config);
            expect_cycles(&bench, &beats, due);
            beats_free(&beats);
        }
        bench_close(&bench);
    }
    bench_report();
}

// A pipeline holds only while a finished beat waits: behind a receiver that is ready in one cycle
// of ten, a single beat still crosses it at full speed and then waits 9 cycles on average.
Test(stream, back_pressure_holds_only_what_is_finished) {
    enum { STREAMS = 300 };
    struct se_rtl_options options = {.stall_percent = 90};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        const struct se_rtl_block *block = se_rtl_block_at(i);
        if (!workload_has_handshake(block) || workload_latency(block) == 0) {
            continue;
        }
        struct stimulus s = stimulus_open(25000 + i);
        struct setup setup = workload_setup(block, &s);
        struct bench bench = bench_open(block, &options);
        bench_configure(&bench, setup.config);
        uint64_t waited = 0;
        for (int k = 0; k < STREAMS; k++) {
            struct beats beats = workload_beats(&setup, 1, &s);
            uint64_t begin = se_rtl_cycles(bench.rtl), out_cycle;
            bench_expect(&bench, &beats, &out_cycle);
            cr_assert_geq(out_cycle - begin, workload_latency(block));
            waited += out_cycle - begin - workload_latency(block);
            beats_free(&beats);
        }
        cr_expect_lt(waited, 13 * STREAMS, "%s width %d: %zu cycles waited in %d streams",
                     block->name, block->width, (size_t)waited, STREAMS);
        bench_close(&bench);
    }
    bench_report();
}
