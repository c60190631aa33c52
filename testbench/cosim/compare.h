// SPDX-License-Identifier: Apache-2.0
// A block on the bench: streamed, and compared beat for beat with what the model says.
#pragma once

#include "rtl.h"

struct bench {
    struct se_rtl *rtl;
    struct se_rtl_options options;
    uint32_t config[SE_RTL_WORDS_MAX]; // kept for the message of a failure
};

// One stream, and the results the model expects of it.
struct beats {
    size_t n_in, n_out;
    uint32_t *in;       // [n_in][words of the block's in]
    uint32_t *expected; // [n_out][words of the block's out]
    size_t *source;     // [n_out] the input beat a result begins in; NULL: the one of its index
};

// Zeroed beats for a block, without `source`.
struct beats beats_new(const struct se_rtl_block *block, size_t n_in, size_t n_out);
void beats_free(struct beats *beats);

// Opens with the run's seed when options->seed is 0. Fails the test when it cannot.
struct bench bench_open(const struct se_rtl_block *block, const struct se_rtl_options *options);
void bench_configure(struct bench *bench, const uint32_t *config);
void bench_close(struct bench *bench);

// The first beat of got[beats->n_out] that differs from the expected one, n_out when none does. A
// difference's message names block, width, index, operands, both results and the cycle.
size_t bench_compare(const struct bench *bench, const struct beats *beats, const uint32_t *got,
                     const uint64_t *out_cycle, struct se_error *err);

// Streams and compares; SE_INVALID when the stream fails or a result differs. out_cycle[n_out] may
// be NULL. Adds n_out to the results compared when all are equal.
enum se_status bench_check(struct bench *bench, const struct beats *beats, uint64_t *out_cycle,
                           struct se_error *err);

// The same; a failure fails the test.
void bench_expect(struct bench *bench, const struct beats *beats, uint64_t *out_cycle);

// Adds to the results compared, where a test compares them itself.
void bench_count(size_t n);

// Ends every test that compares: prints how many results it compared, and fails when none. Not for
// .fini, where Criterion lets a test pass whatever happens.
void bench_report(void);
