// SPDX-License-Identifier: Apache-2.0
// A layer of the small model through the pins of w4a5se_top in SystemC: the golden model's results,
// in the cycles that the plain bench takes, without pauses and with them.
#include "pins.h"

#include "../cosim/compare.h"
#include "../layers/top_layer.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(pins);

static struct se_pins_result run_plain(const struct se_rtl_options *options,
                                       const struct top_layer *layer, struct top_results *got) {
    struct se_pins_result result;
    struct se_error err = {""};
    struct se_top *top;
    const struct se_top_streams streams[] = {top_layer_conv(layer, got),
                                             top_layer_scan(layer, got)};
    cr_assert_eq(se_top_open(&top, options, &err), SE_OK, "%s", err.message);
    const struct se_top_bus bus = se_top_registers(top);
    cr_assert_eq(se_host_load(&bus, &layer->recorded->layer, &err), SE_OK, "%s", err.message);
    result.loaded = se_top_cycles(top);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(se_top_run(top, &streams[i], &err), SE_OK, "%s", err.message);
        result.run[i] = se_top_cycles(top);
    }
    cr_assert_eq(se_host_counters(&bus, &result.counters, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_host_state(&bus, STATES, got->h, &err), SE_OK, "%s", err.message);
    result.finished = se_top_cycles(top);
    got->flags = result.counters.flags;
    se_top_close(top);
    return result;
}

static struct se_pins_result run_pins(const struct se_rtl_options *options,
                                      const struct top_layer *layer, struct top_results *got) {
    struct se_pins_result result;
    struct se_error err = {""};
    const struct se_top_streams streams[] = {top_layer_conv(layer, got),
                                             top_layer_scan(layer, got)};
    const struct se_pins_job job = {&layer->recorded->layer, 2, streams, got->h, NULL};
    cr_assert_eq(se_pins_run(options, &job, &result, &err), SE_OK, "%s", err.message);
    got->flags = result.counters.flags;
    return result;
}

static void expect_cycles(const char *step, uint64_t plain, uint64_t pins) {
    cr_assert_eq(plain, pins, "%s: %" PRIu64 " cycles, in the plain bench %" PRIu64, step, pins,
                 plain);
    bench_count(1);
}

static void compare(struct se_rtl_options options) {
    static struct top_results expected, plain_got, pins_got;
    struct top_layer *layer = top_layer_open(0);
    options.seed = 1;
    options.random_initial_state = true;
    top_layer_model(layer, &expected);
    const struct se_pins_result pins = run_pins(&options, layer, &pins_got);
    top_layer_expect(&expected, &pins_got);
    options.trace_path = NULL;
    const struct se_pins_result plain = run_plain(&options, layer, &plain_got);
    top_layer_expect(&expected, &plain_got);
    expect_cycles("tables", plain.loaded, pins.loaded);
    expect_cycles("convolution", plain.run[0], pins.run[0]);
    expect_cycles("scan", plain.run[1], pins.run[1]);
    expect_cycles("counters and state", plain.finished, pins.finished);
    expect_cycles("the scan's counter", plain.counters.cycles, pins.counters.cycles);
    expect_cycles("the scan's updates", plain.counters.updates, pins.counters.updates);
    expect_cycles("the scan's stalls", plain.counters.stalls, pins.counters.stalls);
    printf("  %" PRIu64 " cycles: tables %" PRIu64 ", convolution %" PRIu64 ", scan %" PRIu64 "\n",
           pins.finished, pins.loaded, pins.run[0] - pins.loaded, pins.run[1] - pins.run[0]);
    top_layer_close(layer);
    bench_report();
}

Test(pins, no_pauses) {
    compare((struct se_rtl_options){0});
}

Test(pins, senders_pause) {
    compare((struct se_rtl_options){.idle_percent = 40});
}

Test(pins, receivers_stall) {
    compare((struct se_rtl_options){.stall_percent = 40});
}

Test(pins, both_pause) {
    compare((struct se_rtl_options){.idle_percent = 30, .stall_percent = 60});
}

// An FST begins with a block of type 0; the streams of the chip take more than a few kB.
Test(pins, waveform) {
    char path[] = "/tmp/pins-XXXXXX";
    close(mkstemp(path));
    compare((struct se_rtl_options){.trace_path = path});
    FILE *file = fopen(path, "rb");
    cr_assert(file);
    cr_assert_eq(getc(file), 0);
    fseek(file, 0, SEEK_END);
    cr_assert_gt(ftell(file), 100000);
    fclose(file);
    unlink(path);
}

static void expect_word(const struct se_top_bus *bus, uint32_t address, uint32_t expected) {
    uint32_t word = 0;
    cr_assert(bus->read(bus->target, address, &word));
    cr_assert_eq(word, expected, "0x%02" PRIx32 ": %08" PRIx32, address, word);
}

static void probe(const struct se_top_bus *bus) {
    uint32_t word;
    expect_word(bus, SE_REG_ID, 0x57344135); // "W4A5"
    cr_assert(bus->write(bus->target, SE_REG_D_INNER, 256, 15));
    expect_word(bus, SE_REG_D_INNER, 256);
    cr_assert_not(bus->write(bus->target, SE_REG_D_INNER, 1, 3), "half a word was taken");
    cr_assert_not(bus->write(bus->target, SE_REG_D_INNER, 100000, 15), "an illegal value");
    cr_assert_not(bus->write(bus->target, 0x3c0, 0, 15), "no such address");
    cr_assert_not(bus->read(bus->target, 0x3c0, &word), "no such address");
    expect_word(bus, SE_REG_D_INNER, 256);
    expect_word(bus, SE_REG_ERRORS, 1 | 2 | 8);
    cr_assert(bus->write(bus->target, SE_REG_ERRORS, 15, 15));
    expect_word(bus, SE_REG_ERRORS, 0);
}

Test(pins, registers_by_transactions) {
    static struct top_results got;
    struct top_layer *layer = top_layer_open(0);
    const struct se_rtl_options options = {.seed = 1, .idle_percent = 30, .stall_percent = 30};
    const struct se_pins_job job = {&layer->recorded->layer, 0, NULL, got.h, probe};
    struct se_pins_result result;
    struct se_error err = {""};
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_OK, "%s", err.message);
    top_layer_close(layer);
}

// The scan gets no codes.
Test(pins, a_stream_that_stops_is_named) {
    static struct top_results got;
    struct top_layer *layer = top_layer_open(0);
    const struct se_rtl_options options = {.seed = 1};
    struct se_top_streams streams = top_layer_scan(layer, &got);
    streams.in[SE_TOP_CODE_IN].n = 0;
    const struct se_pins_job job = {&layer->recorded->layer, 1, &streams, got.h, NULL};
    struct se_pins_result result;
    struct se_error err = {""};
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_INVALID);
    cr_assert(strstr(err.message, "does not move any more"), "%s", err.message);
    top_layer_close(layer);
}

// The host reads one result less than the convolution gives.
Test(pins, a_beat_too_many_is_noticed) {
    static struct top_results got;
    struct top_layer *layer = top_layer_open(0);
    const struct se_rtl_options options = {.seed = 1};
    struct se_top_streams streams = top_layer_conv(layer, &got);
    streams.out[SE_TOP_X_PROJ].n--;
    const struct se_pins_job job = {&layer->recorded->layer, 1, &streams, got.h, NULL};
    struct se_pins_result result;
    struct se_error err = {""};
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_INVALID);
    cr_assert(strstr(err.message, "output stream 1 sent more beats"), "%s", err.message);
    top_layer_close(layer);
}

Test(pins, refuses_a_second_run_and_a_pause_for_ever) {
    struct top_layer *layer = top_layer_open(0);
    static struct top_results got;
    const struct se_pins_job job = {&layer->recorded->layer, 0, NULL, got.h, NULL};
    struct se_rtl_options options = {.seed = 1, .stall_percent = 100};
    struct se_pins_result result;
    struct se_error err = {""};
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_INVALID);
    options.stall_percent = 0;
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_INVALID);
    cr_assert(strstr(err.message, "once a process"));
    top_layer_close(layer);
}
