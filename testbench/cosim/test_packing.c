// SPDX-License-Identifier: Apache-2.0
// code_pack and code_unpack: every width, every short packet, long ones, and one after the other.
#include "workload.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

enum { WIDTH_MIN = 4, WIDTH_MAX = 9 };

TestSuite(packing);

static void expect_packets(struct bench *bench, size_t n_packets, const size_t *lengths,
                           struct stimulus *s) {
    struct beats beats = workload_pack(se_rtl_describe(bench->rtl)->width, n_packets, lengths, s);
    bench_expect(bench, &beats, NULL);
    beats_free(&beats);
}

// n_packets packets of `length` codes, one stream.
static void expect_unpacked(struct bench *bench, size_t length, size_t n_packets,
                            struct stimulus *s) {
    struct setup setup = workload_setup_packet(se_rtl_describe(bench->rtl), length);
    struct beats beats = workload_unpack(&setup, n_packets, s);
    bench_configure(bench, setup.config);
    bench_expect(bench, &beats, NULL);
    beats_free(&beats);
}

// 1 .. 64 codes each, then lengths that a counter of 8, 9 or 16 bits would get wrong.
static const size_t long_packets[] = {1, 1000, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537};
enum { LONG_PACKETS = sizeof long_packets / sizeof *long_packets };

Test(packing, pack_every_length_alone) {
    for (int width = WIDTH_MIN; width <= WIDTH_MAX; width++) {
        struct stimulus s = stimulus_open(300 + (uint64_t)width);
        struct se_rtl_options options = {0};
        struct bench bench = bench_open(se_rtl_find("code_pack", width), &options);
        for (size_t length = 1; length <= 64; length++) {
            for (int repeat = 0; repeat < 4; repeat++) {
                expect_packets(&bench, 1, &length, &s);
            }
        }
        for (size_t i = 0; i < LONG_PACKETS; i++) {
            expect_packets(&bench, 1, &long_packets[i], &s);
        }
        bench_close(&bench);
    }
    bench_report();
}

Test(packing, pack_packets_back_to_back) {
    enum { PACKETS = 4000 };
    for (int width = WIDTH_MIN; width <= WIDTH_MAX; width++) {
        struct stimulus s = stimulus_open(310 + (uint64_t)width);
        size_t lengths[PACKETS];
        for (size_t i = 0; i < PACKETS; i++) {
            lengths[i] = i < 64 ? i + 1 : 1 + stimulus_below(&s, i % 2 ? 64 : 10);
        }
        struct se_rtl_options options = {0};
        struct bench bench = bench_open(se_rtl_find("code_pack", width), &options);
        expect_packets(&bench, PACKETS, lengths, &s);
        bench_close(&bench);
    }
    bench_report();
}

Test(packing, unpack_every_length) {
    for (int width = WIDTH_MIN; width <= WIDTH_MAX; width++) {
        struct stimulus s = stimulus_open(320 + (uint64_t)width);
        struct se_rtl_options options = {0};
        struct bench bench = bench_open(se_rtl_find("code_unpack", width), &options);
        for (size_t length = 1; length <= 64; length++) {
            expect_unpacked(&bench, length, 1, &s);
            expect_unpacked(&bench, length, 20, &s);
        }
        for (size_t i = 0; i < LONG_PACKETS; i++) {
            expect_unpacked(&bench, long_packets[i], 2, &s);
        }
        bench_close(&bench);
    }
    bench_report();
}

// Lengths whose last word has room for one code or more: a decoder that does not count would go on.
Test(packing, unpack_ignores_padding_of_a_code_or_more) {
    size_t tried = 0;
    for (int width = WIDTH_MIN; width <= WIDTH_MAX; width++) {
        struct stimulus s = stimulus_open(330 + (uint64_t)width);
        struct se_rtl_options options = {.idle_percent = 20, .stall_percent = 20};
        struct bench bench = bench_open(se_rtl_find("code_unpack", width), &options);
        for (size_t length = 1; length <= 130; length++) {
            size_t padding = (32 - length * (size_t)width % 32) % 32;
            if (padding >= (size_t)width) {
                expect_unpacked(&bench, length, 30, &s);
                tried++;
            }
        }
        bench_close(&bench);
    }
    cr_expect_gt(tried, 300);
    bench_report();
}

// The codes of `packed`, packets of `length`, as code_unpack must return them.
static struct beats unpack_of(const struct se_rtl_block *block, const struct beats *packed,
                              const uint32_t *words) {
    struct beats beats = beats_new(block, packed->n_out, packed->n_in);
    for (size_t i = 0; i < packed->n_out; i++) {
        beats.in[i] = words[3 * i];
    }
    memcpy(beats.expected, packed->in, 2 * packed->n_in * sizeof *beats.expected);
    return beats;
}

static void expect_round_trip(struct bench *pack, struct bench *unpack, size_t length,
                              struct stimulus *s) {
    const size_t lengths[] = {length, length, length, length, length};
    struct beats packed = workload_pack(se_rtl_describe(pack->rtl)->width, 5, lengths, s);
    uint32_t *words = calloc(3 * packed.n_out, sizeof *words);
    struct se_error err = {""};
    cr_assert(words);
    cr_assert_eq(se_rtl_stream(pack->rtl, packed.n_in, packed.in, packed.n_out, words, NULL, &err),
                 SE_OK, "%s", err.message);
    struct setup setup = workload_setup_packet(se_rtl_describe(unpack->rtl), length);
    struct beats beats = unpack_of(setup.block, &packed, words);
    bench_configure(unpack, setup.config);
    bench_expect(unpack, &beats, NULL);
    beats_free(&beats);
    beats_free(&packed);
    free(words);
}

Test(packing, round_trip) {
    for (int width = WIDTH_MIN; width <= WIDTH_MAX; width++) {
        struct stimulus s = stimulus_open(340 + (uint64_t)width);
        struct se_rtl_options options = {.idle_percent = 30, .stall_percent = 30};
        struct bench pack = bench_open(se_rtl_find("code_pack", width), &options);
        struct bench unpack = bench_open(se_rtl_find("code_unpack", width), &options);
        for (size_t length = 1; length <= 64; length++) {
            expect_round_trip(&pack, &unpack, length, &s);
        }
        expect_round_trip(&pack, &unpack, 1000, &s);
        bench_close(&pack);
        bench_close(&unpack);
    }
    bench_report();
}
