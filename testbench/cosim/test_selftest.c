// SPDX-License-Identifier: Apache-2.0
// The tests' own means: a wrong result must be found, a missing or extra beat must fail, and the
// library that drives the RTL must refuse what it cannot do.
#include "workload.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(selftest);

enum { BEATS = 500, CORRUPTED = 321 };

static struct bench quantizer_bench(struct beats *beats, unsigned stall_percent) {
    const struct se_rtl_block *block = se_rtl_find("quantizer", 4);
    struct stimulus s = stimulus_open(30000);
    struct setup setup = workload_setup(block, &s);
    struct se_rtl_options options = {.stall_percent = stall_percent};
    struct bench bench = bench_open(block, &options);
    bench_configure(&bench, setup.config);
    *beats = workload_beats(&setup, BEATS, &s);
    return bench;
}

static void expect_words(const char *message, const char *const *words) {
    for (; *words; words++) {
        cr_expect(strstr(message, *words), "no '%s' in: %s", *words, message);
    }
}

static const char *const parts_of_a_difference[] = {
    "quantizer width 4", "result 321 of 500", "cycle ",
    "expected code=0x",  "got code=0x",       "operands value=0x",
    "config thr_pos=",   "SE_SEED=",          NULL};

Test(selftest, a_corrupted_golden_word_is_found) {
    for (unsigned bit = 0; bit < 32; bit++) {
        struct se_error err = {""};
        struct beats beats;
        struct bench bench = quantizer_bench(&beats, 0);
        cr_expect_eq(bench_check(&bench, &beats, NULL, &err), SE_OK, "%s", err.message);
        beats.expected[CORRUPTED] ^= UINT32_C(1) << bit;
        cr_expect_eq(bench_check(&bench, &beats, NULL, &err), SE_INVALID);
        expect_words(err.message, parts_of_a_difference);
        bench_close(&bench);
        beats_free(&beats);
    }
}

Test(selftest, a_corrupted_result_is_found_at_its_index) {
    struct beats beats;
    struct bench bench = quantizer_bench(&beats, 0);
    uint32_t got[BEATS];
    uint64_t out_cycle[BEATS];
    struct se_error err = {""};
    cr_assert_eq(se_rtl_stream(bench.rtl, BEATS, beats.in, BEATS, got, out_cycle, &err), SE_OK);
    cr_expect_eq(bench_compare(&bench, &beats, got, out_cycle, &err), BEATS);
    static const size_t indices[] = {0, CORRUPTED, BEATS - 1};
    for (int i = 2; i >= 0; i--) { // the earliest of several counts
        got[indices[i]] ^= 1;
        cr_expect_eq(bench_compare(&bench, &beats, got, out_cycle, &err), indices[i]);
    }
    bench_close(&bench);
    beats_free(&beats);
}

// Each word of a beat counts: flags of a unit, bytes and last of a packed word.
Test(selftest, a_corrupted_word_of_any_position_is_found) {
    struct se_rtl_options options = {0};
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        struct stimulus s = stimulus_open(30100 + i);
        struct setup setup = workload_setup(se_rtl_block_at(i), &s);
        struct beats beats = workload_beats(&setup, 100, &s);
        struct bench bench = bench_open(setup.block, &options);
        bench_configure(&bench, setup.config);
        for (int word = 0; word < se_rtl_words(setup.block->out); word++) {
            struct se_error err = {""};
            beats.expected[word] ^= 1;
            cr_expect_eq(bench_check(&bench, &beats, NULL, &err), SE_INVALID, "%s word %d",
                         setup.block->name, word);
            beats.expected[word] ^= 1;
        }
        bench_close(&bench);
        beats_free(&beats);
    }
}

Test(selftest, one_beat_too_many_expected_meets_the_watchdog) {
    for (unsigned stall = 0; stall <= 50; stall += 50) {
        struct beats beats;
        struct bench bench = quantizer_bench(&beats, stall);
        uint32_t got[BEATS];
        struct se_error err = {""};
        cr_expect_eq(se_rtl_stream(bench.rtl, BEATS - 1, beats.in, BEATS, got, NULL, &err),
                     SE_INVALID);
        static const char *const parts[] = {"quantizer", "no beat moved for", "499 of 499 beats in",
                                            "499 of 500 out", NULL};
        expect_words(err.message, parts);
        bench_close(&bench);
        beats_free(&beats);
    }
}

static void expect_a_beat_too_few_refused(unsigned stall_percent) {
    struct beats beats;
    struct bench bench = quantizer_bench(&beats, stall_percent);
    uint32_t got[BEATS];
    struct se_error err = {""};
    cr_expect_eq(se_rtl_stream(bench.rtl, BEATS, beats.in, BEATS - 1, got, NULL, &err), SE_INVALID,
                 "stall %u", stall_percent);
    static const char *const parts[] = {"quantizer", "a beat more than expected", NULL};
    expect_words(err.message, parts);
    bench_close(&bench);
    beats_free(&beats);
}

Test(selftest, one_beat_too_few_expected_is_refused) {
    expect_a_beat_too_few_refused(0);
}

// The receiver's pauses must not hide the beat.
Test(selftest, one_beat_too_few_expected_is_refused_under_back_pressure) {
    for (unsigned stall = 10; stall < 100; stall += 10) {
        expect_a_beat_too_few_refused(stall);
    }
    expect_a_beat_too_few_refused(99);
}

// Not only at the end: a word that leaves while codes still enter is one too many as well.
Test(selftest, an_early_beat_too_many_is_refused) {
    struct se_rtl_options options = {0};
    struct bench bench = bench_open(se_rtl_find("code_pack", 8), &options);
    const uint32_t codes_without_a_last[7][2] = {{1, 0}, {2, 0}, {3, 0}, {4, 0},
                                                 {5, 0}, {6, 0}, {7, 0}};
    uint32_t got[3];
    struct se_error err = {""};
    cr_expect_eq(se_rtl_stream(bench.rtl, 7, codes_without_a_last[0], 0, got, NULL, &err),
                 SE_INVALID, "the word of the first four codes went unnoticed");
    bench_close(&bench);
}

static void expect_refused(const char *name, int width, struct se_rtl_options options,
                           enum se_status expected, const char *part) {
    struct se_error err = {""};
    struct se_rtl *rtl = NULL;
    cr_expect_eq(se_rtl_open(&rtl, name, width, &options, &err), expected, "%s width %d", name,
                 width);
    cr_expect(strstr(err.message, part), "no '%s' in: %s", part, err.message);
    cr_expect_null(rtl);
}

Test(selftest, an_unknown_block_is_refused_by_name) {
    const struct se_rtl_options none = {0};
    expect_refused("no_such_block", 0, none, SE_INVALID, "no_such_block");
    expect_refused("", 0, none, SE_INVALID, "''");
    expect_refused("quantizer", 0, none, SE_INVALID, "quantizer");
    expect_refused("quantizer", 9, none, SE_INVALID, "quantizer");
    expect_refused("quantizer", 9, none, SE_INVALID, "9");
    expect_refused("code_pack", 3, none, SE_INVALID, "code_pack");
    expect_refused("fp32_mul", 5, none, SE_INVALID, "fp32_mul");
    expect_refused("fp32_mu", 0, none, SE_INVALID, "fp32_mu");
    expect_refused("quantizer", 4, (struct se_rtl_options){.idle_percent = 100}, SE_INVALID,
                   "idle_percent");
    expect_refused("quantizer", 4, (struct se_rtl_options){.stall_percent = 100}, SE_INVALID,
                   "stall_percent");
}

static uint64_t big_endian(const unsigned char *bytes, int n) {
    uint64_t value = 0;
    for (int i = 0; i < n; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// A header block: type 0, 329 bytes, first and last time.
static void expect_fst(const char *path) {
    enum { HEADER = 25, HEADER_BLOCK_LENGTH = 329 };
    unsigned char header[HEADER] = {0xFF};
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s does not exist", path);
    cr_assert_eq(fread(header, 1, HEADER, file), HEADER, "%s is too short", path);
    cr_expect_eq(fseek(file, 0, SEEK_END), 0);
    cr_expect_gt(ftell(file), HEADER_BLOCK_LENGTH);
    fclose(file);
    cr_expect_eq(header[0], 0, "%s begins with 0x%02X", path, header[0]);
    cr_expect_eq(big_endian(header + 1, 8), HEADER_BLOCK_LENGTH);
    cr_expect_gt(big_endian(header + 17, 8), big_endian(header + 9, 8), "no time passes");
}

static void make_directory(char path[64]) {
    strcpy(path, "/tmp/se_trace_XXXXXX");
    cr_assert(mkdtemp(path));
}

Test(selftest, a_trace_is_an_fst_file) {
    char directory[64], path[96];
    make_directory(directory);
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        struct stimulus s = stimulus_open(30200 + i);
        snprintf(path, sizeof path, "%s/%zu.fst", directory, i);
        struct se_rtl_options options = {.trace_path = path};
        struct setup setup = workload_setup(se_rtl_block_at(i), &s);
        struct beats beats = workload_beats(&setup, 50, &s);
        struct bench bench = bench_open(setup.block, &options);
        bench_configure(&bench, setup.config);
        bench_expect(&bench, &beats, NULL);
        bench_close(&bench);
        expect_fst(path);
        cr_expect_eq(remove(path), 0);
        beats_free(&beats);
    }
    cr_expect_eq(rmdir(directory), 0);
}

static void expect_trace_refused(const char *path) {
    expect_refused("quantizer", 4, (struct se_rtl_options){.trace_path = path}, SE_IO, path);
}

Test(selftest, a_trace_in_no_directory_is_refused) {
    char directory[64], path[96];
    make_directory(directory);
    snprintf(path, sizeof path, "%s/no/such/trace.fst", directory);
    expect_trace_refused(path);
    cr_expect_eq(rmdir(directory), 0);
}

Test(selftest, a_trace_in_the_place_of_a_directory_is_refused) {
    char directory[64];
    make_directory(directory);
    expect_trace_refused(directory);
    cr_expect_eq(rmdir(directory), 0);
}

Test(selftest, a_trace_beneath_a_file_is_refused) {
    expect_trace_refused("/dev/null/trace.fst");
}
