// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include "stimulus.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t results_compared; // by this test: Criterion gives each a process

static void *zeroed(size_t n, size_t size) {
    void *memory = calloc(n + 1, size); // never of size 0
    cr_assert(memory, "out of memory");
    return memory;
}

struct beats beats_new(const struct se_rtl_block *block, size_t n_in, size_t n_out) {
    size_t words_in = (size_t)se_rtl_words(block->in), words_out = (size_t)se_rtl_words(block->out);
    return (struct beats){.n_in = n_in,
                          .n_out = n_out,
                          .in = zeroed(n_in * words_in, sizeof(uint32_t)),
                          .expected = zeroed(n_out * words_out, sizeof(uint32_t))};
}

void beats_free(struct beats *beats) {
    free(beats->in);
    free(beats->expected);
    free(beats->source);
    *beats = (struct beats){0};
}

struct bench bench_open(const struct se_rtl_block *block, const struct se_rtl_options *options) {
    cr_assert(block, "no such block");
    struct bench bench = {.options = *options};
    struct se_error err = {""};
    if (bench.options.seed == 0) {
        bench.options.seed = stimulus_seed();
    }
    enum se_status status =
        se_rtl_open(&bench.rtl, block->name, block->width, &bench.options, &err);
    cr_assert(status == SE_OK, "%s", err.message);
    return bench;
}

void bench_configure(struct bench *bench, const uint32_t *config) {
    size_t n = (size_t)se_rtl_words(se_rtl_describe(bench->rtl)->config);
    memcpy(bench->config, config, n * sizeof *config);
    se_rtl_configure(bench->rtl, config);
}

void bench_close(struct bench *bench) {
    se_rtl_close(bench->rtl);
    bench->rtl = NULL;
}

static void append(struct se_error *text, const char *label, const struct se_port *ports,
                   const uint32_t *words) {
    size_t used = strlen(text->message);
    int n = se_rtl_words(ports);
    if (n > 0) {
        used += (size_t)snprintf(text->message + used, sizeof text->message - used, "; %s", label);
    }
    for (int i = 0; i < n && used < sizeof text->message; i++) {
        used += (size_t)snprintf(text->message + used, sizeof text->message - used,
                                 " %s=0x%08" PRIX32, ports[i].name, words[i]);
    }
}

static void describe_difference(const struct bench *bench, const struct beats *beats, size_t i,
                                const uint32_t *got, uint64_t cycle, struct se_error *err) {
    const struct se_rtl_block *block = se_rtl_describe(bench->rtl);
    size_t source = beats->source ? beats->source[i] : i;
    int words_in = se_rtl_words(block->in), words_out = se_rtl_words(block->out);
    se_fail(err, SE_INVALID,
            "%s width %d: result %zu of %zu differs in cycle %" PRIu64 " (idle %u, stall %u, seed "
            "%" PRIu64 ", SE_SEED=%" PRIu64 "), input beat %zu",
            block->name, block->width, i, beats->n_out, cycle, bench->options.idle_percent,
            bench->options.stall_percent, bench->options.seed, stimulus_seed(), source);
    append(err, "expected", block->out, beats->expected + i * (size_t)words_out);
    append(err, "got", block->out, got + i * (size_t)words_out);
    if (source < beats->n_in) {
        append(err, "operands", block->in, beats->in + source * (size_t)words_in);
    }
    append(err, "config", block->config, bench->config);
}

size_t bench_compare(const struct bench *bench, const struct beats *beats, const uint32_t *got,
                     const uint64_t *out_cycle, struct se_error *err) {
    size_t words = (size_t)se_rtl_words(se_rtl_describe(bench->rtl)->out);
    for (size_t i = 0; i < beats->n_out; i++) {
        if (memcmp(got + i * words, beats->expected + i * words, words * sizeof *got) != 0) {
            describe_difference(bench, beats, i, got, out_cycle[i], err);
            return i;
        }
    }
    return beats->n_out;
}

enum se_status bench_check(struct bench *bench, const struct beats *beats, uint64_t *out_cycle,
                           struct se_error *err) {
    size_t words = (size_t)se_rtl_words(se_rtl_describe(bench->rtl)->out);
    uint32_t *got = zeroed(beats->n_out * words, sizeof *got);
    uint64_t *cycle = out_cycle ? out_cycle : zeroed(beats->n_out, sizeof *cycle);
    memset(got, 0xA5, beats->n_out * words * sizeof *got); // a beat never written is no result
    enum se_status status =
        se_rtl_stream(bench->rtl, beats->n_in, beats->in, beats->n_out, got, cycle, err);
    if (status == SE_OK && bench_compare(bench, beats, got, cycle, err) != beats->n_out) {
        status = SE_INVALID;
    }
    if (status == SE_OK) {
        results_compared += beats->n_out;
    }
    if (!out_cycle) {
        free(cycle);
    }
    free(got);
    return status;
}

void bench_expect(struct bench *bench, const struct beats *beats, uint64_t *out_cycle) {
    struct se_error err = {""};
    const struct se_rtl_block *block = se_rtl_describe(bench->rtl);
    enum se_status status = bench_check(bench, beats, out_cycle, &err);
    cr_assert(status == SE_OK, "%s width %d, SE_SEED=%" PRIu64 ": %s", block->name, block->width,
              stimulus_seed(), err.message);
}

void bench_count(size_t n) {
    results_compared += n;
}

void bench_report(void) {
    cr_assert(results_compared > 0, "%s compared nothing", criterion_current_test->name);
    printf("  %-12s %-44s %10zu results compared\n", criterion_current_test->category,
           criterion_current_test->name, results_compared);
    fflush(stdout);
}
