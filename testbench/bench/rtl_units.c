// SPDX-License-Identifier: Apache-2.0
// Nanoseconds a result of the Verilated FP32 units, driven as the co-simulation drives them: two
// evaluations a cycle, operands in, result out. 111 ns are 9 million cycles a second.
#include "bench.h"

#include "rtl.h"

#include <stdio.h>
#include <stdlib.h>

enum { RESULTS = 1 << 15 };

static const char *const blocks[] = {
    "fp32_mul", "fp32_mul_booth",     "fp32_add",      "fp32_fma",      "fp32_fma_booth",
    "fp32_div", "fp32_div_pipelined", "fp32_from_int", "fp32_to_int",   "fp32_to_fp16",
    "fp32_exp", "fp32_log1p",         "fp32_silu",     "fp32_softplus",
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

struct unit {
    struct se_rtl *rtl;
    uint32_t in[RESULTS * SE_RTL_WORDS_MAX];
};
static struct unit units[BLOCKS];
static uint32_t out[RESULTS * SE_RTL_WORDS_MAX];

static void stop(const struct se_error *err) {
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

static void stream(const void *argument) {
    const struct unit *unit = argument;
    struct se_error err;
    if (se_rtl_stream(unit->rtl, RESULTS, unit->in, RESULTS, out, NULL, &err) != SE_OK) {
        stop(&err);
    }
}

// Any sign and fraction, exponents from 2^-16 to 2^15: aligned, cancelled and rounded sums.
static uint32_t draw(uint64_t *state, const struct se_port *port) {
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    uint32_t word = (uint32_t)(*state >> 32);
    uint32_t number = (word & 0x807FFFFF) | (111 + (uint32_t)(*state >> 27) % 32) << 23;
    return port->kind == SE_PORT_F32 || port->bits == 32 ? number : word >> (32 - port->bits);
}

void bench_rtl_units(struct bench *bench) {
    struct bench_task tasks[BLOCKS];
    const struct se_rtl_options options = {.seed = 1};
    struct se_error err;
    uint64_t state = 1;
    for (size_t i = 0; i < BLOCKS; i++) {
        if (se_rtl_open(&units[i].rtl, blocks[i], 0, &options, &err) != SE_OK) {
            stop(&err);
        }
        const struct se_port *ports = se_rtl_describe(units[i].rtl)->in;
        size_t words = (size_t)se_rtl_words(ports);
        for (size_t k = 0; k < RESULTS * words; k++) {
            units[i].in[k] = draw(&state, &ports[k % words]);
        }
        tasks[i] = (struct bench_task){.name = blocks[i], .run = stream, .argument = &units[i]};
    }
    bench_tasks(bench, "Verilated FP32 units", CLOCK_THREAD_CPUTIME_ID, BLOCKS, tasks,
                1e9 / RESULTS, "ns a result");
    for (size_t i = 0; i < BLOCKS; i++) {
        se_rtl_close(units[i].rtl);
    }
}
