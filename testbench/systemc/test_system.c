// SPDX-License-Identifier: Apache-2.0
// The system model: against the pins of the RTL, against figures worked by hand, and what must hold
// whatever the configuration.
#include "pins.h"
#include "system.h"

#include "../cosim/compare.h"
#include "../layers/top_layer.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

TestSuite(system_model);

static struct se_system_result run(const struct se_system *system) {
    static struct se_system_result result;
    struct se_error err = {""};
    cr_assert_eq(se_system_run(system, &result, &err), SE_OK, "%s", err.message);
    return result;
}

static struct se_system chip(const char *model) {
    struct se_chip_model shape;
    struct se_error err = {""};
    cr_assert_eq(se_chip_model_load("data/models.yaml", model, &shape, &err), SE_OK, "%s",
                 err.message);
    return se_system_default(&shape);
}

static void expect_close(const char *what, double expected, double got, double percent) {
    const double off = 100 * (got / expected - 1);
    printf("  %-28s %12.0f, expected %12.0f (%+.3f %%)\n", what, got, expected, off);
    cr_assert_lt(fabs(off), percent, "%s: %.0f, expected %.0f", what, got, expected);
    bench_count(1);
}

// ---- against the pins ---------------------------------------------------------------------------

static struct se_pins_result run_pins(void) {
    static struct top_results got;
    struct top_layer *layer = top_layer_open(0);
    const struct se_rtl_options options = {.seed = 1};
    const struct se_top_streams streams[] = {top_layer_conv(layer, &got),
                                             top_layer_scan(layer, &got)};
    const struct se_pins_job job = {&layer->recorded->layer, 2, streams, got.h, NULL};
    struct se_pins_result result;
    struct se_error err = {""};
    cr_assert_eq(se_pins_run(&options, &job, &result, &err), SE_OK, "%s", err.message);
    top_layer_close(layer);
    return result;
}

Test(system_model, a_layer_takes_the_cycles_of_the_pins) {
    struct se_system s = chip("small-mamba");
    s.tokens = TOP_TOKENS;
    s.pipelining = false;
    s.conv_engines = s.scan_engines = 1;
    s.lanes = SE_TOP_LANES;
    const struct se_system_result model = run(&s); // a cycle is a nanosecond
    const struct se_pins_result pins = run_pins();
    const double conv = model.use[1].stage_ns[SE_STAGE_CONV];
    const double scan = model.use[1].stage_ns[SE_STAGE_SCAN];
    expect_close("convolution", (double)(pins.run[0] - pins.loaded), conv, 2);
    expect_close("scan", (double)(pins.run[1] - pins.run[0]), scan, 2);
    expect_close("scan, by its counter", (double)pins.counters.cycles, scan, 2);
    expect_close("both", (double)(pins.run[1] - pins.loaded), conv + scan, 2);
    bench_report();
}

// ---- by hand ------------------------------------------------------------------------------------

// mamba-130m, INT8, DRAM of 1 byte a nanosecond: 3735552 weights a layer, 38615040 in the head,
// state 1536 * 16 * 4 and history 1536 * 3 bytes in and out. The rest is shorter than their load.
Test(system_model, decode_is_the_time_of_weights_and_state) {
    struct se_system s = chip("mamba-130m");
    s.decode = true;
    s.tokens = 3;
    s.weights = SE_WEIGHTS_INT8;
    s.dram_gb_per_s = 1;
    s.state_kb = 100;
    const struct se_system_result r = run(&s);
    const struct se_layer_use total = se_system_total(&r);
    const uint64_t weights = 24 * UINT64_C(3735552) + 38615040, state = 24 * (98304 + 4608);
    cr_assert_eq(total.dram_read[SE_TENSOR_WEIGHTS], 3 * 8 * weights);
    cr_assert_eq(total.dram_read[SE_TENSOR_STATE], 3 * 8 * state);
    cr_assert_eq(total.dram_write[SE_TENSOR_STATE], 3 * 8 * state);
    cr_assert_eq(se_dram_bits(&total), 3 * 8 * (weights + 2 * state));
    expect_close("ns of three steps", 3 * (double)(weights + 2 * state), r.time_ns, 0.5);
    bench_count(4);
    bench_report();
}

// mamba2-2.7b through DRAM stage by stage: 64 layers write and read 2048 * 5120 codes.
Test(system_model, codes_through_dram_are_written_and_read_once) {
    struct se_system s = chip("mamba2-2.7b");
    s.pipelining = false;
    s.activation_kb = 512;
    s.conv_output = SE_INPUT_W4A5_SE;
    const struct se_system_result r = run(&s);
    const struct se_layer_use total = se_system_total(&r);
    const uint64_t bits = UINT64_C(64) * 2048 * 5120 * 5;
    cr_assert_eq(total.dram_read[SE_TENSOR_CODE], bits);
    cr_assert_eq(total.dram_write[SE_TENSOR_CODE], bits);
    bench_count(2);
    bench_report();
}

// With all the memory and bandwidth there is, mamba-130m's 2048 tokens take their computation:
// GEMMs of 3735552 MACs a token, 1536 channels on 4 engines, 1536 * 16 updates on 64 lanes.
Test(system_model, prefill_is_computation_when_nothing_else_is_short) {
    struct se_system s = chip("mamba-130m");
    s.pipelining = false;
    s.dram_gb_per_s = 1e6f;
    s.dram_latency_ns = 0.001f;
    s.activation_bytes_per_cycle = 1 << 20;
    const struct se_system_result r = run(&s);
    const double gemm = 2048.0 * 3735552 / 8192, conv = 2048.0 * 1536 / 4;
    const double scan = 2048.0 * 1536 * 16 / 64, head = 38615040.0 / 8192;
    expect_close("ns", 24 * (gemm + conv + scan) + head, r.time_ns, 0.1);
    bench_report();
}

// ---- whatever the configuration -----------------------------------------------------------------

static double time_of(const struct se_system *s) {
    return run(s).time_ns;
}

static void expect_sane(struct se_system s) {
    const struct se_system_result r = run(&s);
    const struct se_layer_use total = se_system_total(&r);
    double sum = 0;
    for (int i = 0; i <= r.layers; i++) {
        sum += r.use[i].time_ns;
    }
    cr_assert_float_eq(sum, r.time_ns, 1e-6 * r.time_ns, "%s: layers take %.0f of %.0f",
                       s.model.name, sum, r.time_ns);
    for (int p = 0; p < SE_PARTS; p++) {
        cr_assert_leq(total.busy_ns[p], r.time_ns * (1 + 1e-9), "%s: %s", s.model.name,
                      se_part_names[p]);
    }
    const double bytes = (double)se_dram_bits(&total) / 8;
    cr_assert_float_eq(total.busy_ns[SE_PART_DRAM], bytes / (double)s.dram_gb_per_s, 1e-4 * bytes);
    s.dram_gb_per_s *= 2;
    cr_assert_leq(time_of(&s), r.time_ns * (1 + 1e-9), "%s: slower at twice the bandwidth",
                  s.model.name);
    bench_count((size_t)SE_PARTS + 3);
}

Test(system_model, every_model_and_phase_adds_up) {
    static const char *const models[] = {"mamba-130m",  "mamba-370m",  "mamba-790m",  "mamba-1.4b",
                                         "mamba-2.8b",  "mamba2-130m", "mamba2-370m", "mamba2-780m",
                                         "mamba2-1.3b", "mamba2-2.7b", "mamba2-8b"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        for (int way = 0; way < 4; way++) {
            struct se_system s = chip(models[i]);
            s.decode = way & 1;
            s.tokens = s.decode ? 2 : 300; // not a whole number of tiles
            s.pipelining = way & 2;
            expect_sane(s);
        }
    }
    bench_report();
}

Test(system_model, every_storage_mode_runs_and_fewer_bits_are_less_traffic) {
    struct se_system s = chip("mamba-2.8b");
    s.pipelining = false;
    s.activation_kb = 512;
    s.tokens = 256;
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        s.conv_output = mode;
        const struct se_system_result r = run(&s);
        const struct se_layer_use total = se_system_total(&r);
        const uint64_t bits = (uint64_t)se_input_mode_bits((enum se_input_mode)mode);
        cr_assert_eq(total.dram_write[SE_TENSOR_CODE], UINT64_C(64) * 256 * 5120 * bits);
        cr_assert_eq(total.dram_read[SE_TENSOR_CODE], UINT64_C(2) * 64 * 256 * 5120 * bits);
        bench_count(2);
    }
    bench_report();
}

Test(system_model, pipelining_is_not_slower) {
    struct se_system s = chip("mamba-2.8b");
    const double with = time_of(&s);
    s.pipelining = false;
    cr_assert_leq(with, time_of(&s));
    bench_count(1);
    bench_report();
}

Test(system_model, refuses_what_cannot_run) {
    struct se_system s = chip("mamba2-8b");
    struct se_system_result result;
    struct se_error err = {""};
    s.state_kb = 1024;
    cr_assert_eq(se_system_run(&s, &result, &err), SE_INVALID);
    cr_assert(strstr(err.message, "state_kb is 1024"), "%s", err.message);
    s.state_kb = 8192;
    s.dram_gb_per_s = 0;
    cr_assert_eq(se_system_run(&s, &result, &err), SE_INVALID);
    cr_assert(strstr(err.message, "dram_gb_per_s is 0"), "%s", err.message);
}
