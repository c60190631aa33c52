// SPDX-License-Identifier: Apache-2.0
// `w4a5se system`: the files it writes, and what it refuses.
#include "../cli/command.h"
#include "../cli/files.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

TestSuite(system_command, .init = scratch_begin, .fini = scratch_end);

#define RUN "$W system --reports $T/out --config "

Test(system_command, writes_four_files_that_agree) {
    put_text("c.yaml", "model: mamba-130m\ntokens: 256\n");
    expect_success("$W system --config $T/c.yaml --reports $T --name x");
    size_t size;
    char *csv = get_file("x.csv", &size), *json = get_file("x.json", &size);
    cr_assert_eq(count_lines(csv), 1 + 24 + 1); // a heading, the layers, the head
    json_t *root = json_loads(json, 0, NULL);
    const char *model = NULL;
    double time, layer;
    cr_assert_eq(json_unpack(root, "{s:{s:s}, s:F, s:[{s:F}]}", "configuration", "model", &model,
                             "time_ns", &time, "layers", "time_ns", &layer),
                 0);
    cr_assert_str_eq(model, "mamba-130m");
    cr_assert(layer > 0 && layer < time);
    cr_assert_eq(json_array_size(json_object_get(root, "layers")), 25);
    char *svg = get_file("x.svg", &size);
    cr_assert(strstr(svg, "</svg>") && strstr(svg, "Roofline") && strstr(svg, "tile by tile"));
    char *markdown = get_file("x.md", &size);
    cr_assert(strstr(markdown, "mamba-130m, prefill of 256 tokens"));
    json_decref(root);
    free(csv);
    free(json);
    free(svg);
    free(markdown);
}

Test(system_command, refuses_in_a_sentence) {
    put_text("state.yaml", "model: mamba2-8b\nstate_kb: 100\n");
    put_text("zero.yaml", "model: mamba-130m\ndram_gb_per_s: 0\n");
    put_text("good.yaml", "model: mamba-130m\ntokens: 1\n");
    expect_refused(RUN "$T/state.yaml", "state.yaml", "4096 kB");
    expect_refused(RUN "$T/zero.yaml", "zero.yaml", "dram_gb_per_s is 0");
    expect_refused(RUN "$T/none.yaml", "none.yaml", NULL);
    expect_refused(RUN "$T/good.yaml --tech 22nm", "system/22nm.yaml", NULL);
    expect_refused(RUN "$T/good.yaml --tech-dir $T", "7nm", NULL);
}

// 5 bits of 8 are 37.5 % less, the flag a quarter more; 64 layers of 2048 * 5120 codes written and
// read 3 bits shorter are 503.3 MB.
Test(system_command, claims_that_are_arithmetic_come_out_so) {
    expect_success("$W system --claims --reports $T");
    size_t size;
    char *json = get_file("system_claims.json", &size);
    json_t *root = json_loads(json, 0, NULL), *cases = json_object_get(root, "cases");
    cr_assert_eq(json_array_size(cases), 16);
    for (size_t i = 0; i < 16; i++) {
        const char *model, *phase;
        int pipelining;
        double saving, flag, total;
        cr_assert_eq(json_unpack(json_array_get(cases, i), "{s:s, s:s, s:b, s:{s:F, s:F, s:F}}",
                                 "model", &model, "phase", &phase, "pipelining", &pipelining,
                                 "values", "traffic_saving", &saving, "flag_overhead", &flag,
                                 "traffic_total", &total),
                     0);
        const bool through_dram = !pipelining && !strcmp(phase, "prefill");
        cr_assert_float_eq(saving, through_dram ? 37.5 : 0, 1e-9);
        cr_assert_float_eq(flag, through_dram ? 25 : 0, 1e-9);
        if (through_dram && !strcmp(model, "mamba2-2.7b")) {
            cr_assert_float_eq(total, 503.3, 0.05);
        }
    }
    json_decref(root);
    free(json);
}

// A copy of the command without the program beside it.
Test(system_command, says_what_to_build_where_there_is_no_systemc) {
    expect_refused("cp $W $T/alone && $T/alone system --claims", "alone-system", "make systemc");
}
