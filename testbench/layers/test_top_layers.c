// SPDX-License-Identifier: Apache-2.0
// A layer of the small model through w4a5se_top in w4a5-se-offset: the packed codes that leave the
// convolution engine are those that the scan engine gets, as in a chip.
#include "top_layer.h"

#include "../cosim/compare.h"

#include <criterion/criterion.h>

TestSuite(top_layers);

static void run_rtl(const struct top_layer *layer, struct top_results *results) {
    const struct se_rtl_options options = {.seed = 1, .random_initial_state = true};
    struct se_top *top;
    struct se_error err = {""};
    struct se_host_counters counters;
    cr_assert_eq(se_top_open(&top, &options, &err), SE_OK, "%s", err.message);
    const struct se_top_bus bus = se_top_registers(top);
    const struct se_top_streams conv = top_layer_conv(layer, results);
    const struct se_top_streams scan = top_layer_scan(layer, results);
    cr_assert_eq(se_host_load(&bus, &layer->recorded->layer, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_top_run(top, &conv, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_top_run(top, &scan, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_host_counters(&bus, &counters, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_host_state(&bus, STATES, results->h, &err), SE_OK, "%s", err.message);
    results->flags = counters.flags;
    se_top_close(top);
}

Test(top_layers, layer_0_codes_out_of_conv_and_into_scan) {
    static struct top_results expected, got;
    struct top_layer *layer = top_layer_open(0);
    top_layer_model(layer, &expected);
    run_rtl(layer, &got);
    top_layer_expect(&expected, &got);
    top_layer_close(layer);
    bench_report();
}
