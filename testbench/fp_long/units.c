// SPDX-License-Identifier: Apache-2.0
#include "units.h"

#include "../reference/corners.h"
#include "rtl.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, WORDS_IN = 3, WORDS_OUT = 2 };

// A block, the operation it computes, and what fills its input behind the operands, if it has one.
static const struct {
    const char *block, *operation;
    uint32_t last_word;
} units[] = {
    {"fp32_mul", "mul", 0},           {"fp32_mul_booth", "mul", 0},
    {"fp32_add", "add", 0},           {"fp32_add", "sub", 1},
    {"fp32_fma", "fma", 0},           {"fp32_fma_booth", "fma", 0},
    {"fp32_div", "div", 0},           {"fp32_div_pipelined", "div", 0},
    {"fp32_from_int", "from_int", 0}, {"fp32_to_int", "to_int", 0},
    {"fp32_to_fp16", "to_f16", 0},
};
enum { UNITS = sizeof units / sizeof *units };

struct chunk {
    uint32_t in[WORDS_IN * CHUNK], out[WORDS_OUT * CHUNK];
};

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void compare(struct fp_rtl_result *result, size_t n, size_t words,
                    const struct chunk *chunk) {
    for (size_t i = 0; i < n; i++) {
        struct fp_difference d = {.got = chunk->out[WORDS_OUT * i],
                                  .flags = chunk->out[WORDS_OUT * i + 1]};
        memcpy(d.in, chunk->in + words * i, (size_t)result->operation->operands * sizeof *d.in);
        d.expected = result->operation->model(d.in, &d.expected_flags);
        result->tally.checked++;
        result->tally.by_flags[d.expected_flags % FP_FLAG_SETS]++;
        if ((d.got != d.expected || d.flags != d.expected_flags) &&
            result->tally.differences++ == 0) {
            result->tally.first = d;
        }
    }
}

static enum se_status run_unit(const struct fp_rtl *all, struct se_rtl *rtl, size_t unit,
                               struct fp_rtl_result *result, struct se_error *err) {
    static struct chunk chunk;
    const size_t words = (size_t)se_rtl_words(se_rtl_describe(rtl)->in);
    uint64_t state = all->seed;
    state = ref_random(&state) + unit;
    enum se_status status = SE_OK;
    while (status == SE_OK && result->tally.checked < all->sets) {
        uint64_t left = all->sets - result->tally.checked;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        for (size_t i = 0; i < n; i++) {
            uint32_t *in = chunk.in + words * i;
            in[words - 1] = units[unit].last_word; // an operand where there is no such input
            result->operation->draw(&state, in);
        }
        status = se_rtl_stream(rtl, n, chunk.in, n, chunk.out, NULL, err);
        if (status == SE_OK) {
            compare(result, n, words, &chunk);
        }
        if (isatty(STDERR_FILENO)) {
            fprintf(stderr, "\r\033[K%s: %.0f %%", result->block,
                    100 * (double)result->tally.checked / (double)all->sets);
        }
    }
    return status;
}

enum se_status fp_rtl_run(struct fp_rtl *rtl, struct se_error *err) {
    double start = processor_seconds();
    enum se_status status = SE_OK;
    for (rtl->blocks = 0; rtl->blocks < UNITS && status == SE_OK; rtl->blocks++) {
        size_t i = rtl->blocks;
        struct fp_rtl_result *result = &rtl->results[i];
        const struct se_rtl_options options = {.seed = rtl->seed};
        struct se_rtl *block;
        double begin = processor_seconds();
        *result = (struct fp_rtl_result){.block = units[i].block,
                                         .operation = fp_operation_find(units[i].operation)};
        status = se_rtl_open(&block, units[i].block, 0, &options, err);
        if (status == SE_OK) {
            status = run_unit(rtl, block, i, result, err);
            se_rtl_close(block);
        }
        result->cpu_seconds = processor_seconds() - begin;
    }
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    rtl->seconds = processor_seconds() - start;
    return status;
}

uint64_t fp_rtl_differences(const struct fp_rtl *rtl) {
    uint64_t differences = 0;
    for (size_t i = 0; i < rtl->blocks; i++) {
        differences += rtl->results[i].tally.differences;
    }
    return differences;
}
