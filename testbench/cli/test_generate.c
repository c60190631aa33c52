// SPDX-License-Identifier: Apache-2.0
// `w4a5se generate`: the same text from the model alone and with RTL beside it, and what it
// refuses.
#include "command.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <string.h>

static void calibrate(void) {
    scratch_begin();
    expect_success("$W calibrate --model data/small-mamba --text data/small-mamba/calibration.txt "
                   "--bytes 4096 --out $T/model.yaml");
}

TestSuite(generate, .init = calibrate, .fini = scratch_end);

enum { PROMPT = 16, TOKENS = 6, LAYERS = 4, CHANNELS = 256, STATES = 16 };

// Each token: value, x_proj, code and y of every channel; then every state.
Test(generate, rtl_follows_the_model) {
    const size_t compared =
        LAYERS * CHANNELS * ((PROMPT + TOKENS) * 4 + STATES); // a code in every mode but fp32
    static const char *const modes[] = {"w4a5-se-offset", "w4a5-se", "int8", "int8-se-uniform",
                                        "int6-offset"};
    char expected[64];
    snprintf(expected, sizeof expected, "\n%zu results of RTL and model compared, all equal\n",
             compared);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct command model =
            expect_success("$W generate -c $T/model.yaml --mode %s -n %d", modes[i], TOKENS);
        struct command rtl = expect_success(
            "$W generate -c $T/model.yaml --mode %s -n %d --engine rtl", modes[i], TOKENS);
        cr_expect(!strncmp(model.out, "In the beginning", PROMPT), "%s", model.out);
        cr_expect_eq(strlen(model.out), PROMPT + TOKENS + 1);
        cr_expect(!strncmp(model.out, rtl.out, strlen(model.out)), "%s: '%s', with RTL '%s'",
                  modes[i], model.out, rtl.out);
        cr_expect(strstr(rtl.out, expected), "%s: not%s%s", modes[i], expected, rtl.out);
    }
}

Test(generate, states_of_8_bits_and_fp32_input) {
    expect_success("$W generate -c $T/model.yaml --mode int8 --state int8-step -n 3 --engine rtl");
    struct command c =
        expect_success("$W generate -c $T/model.yaml --mode fp32 -n 3 --engine rtl --lanes 8");
    cr_expect(strstr(c.out, "(8 lanes)"), "%s", c.out);
}

Test(generate, a_seed_is_a_text) {
    struct command one = expect_success("$W generate -c $T/model.yaml --seed 5");
    struct command again = expect_success("$W generate -c $T/model.yaml --seed 5");
    struct command other = expect_success("$W generate -c $T/model.yaml --seed 6");
    struct command likely = expect_success("$W generate -c $T/model.yaml --seed 5 -t 0");
    struct command likely_too = expect_success("$W generate -c $T/model.yaml --seed 6 -t 0");
    cr_expect_str_eq(one.out, again.out);
    cr_expect_str_neq(one.out, other.out);
    cr_expect_str_eq(likely.out, likely_too.out);
}

Test(generate, reports_and_waveforms) {
    expect_success("$W generate -c $T/model.yaml -n 2 --engine rtl --reports $T/r --trace $T/w");
    expect_success(
        "test -s $T/r/generate.md -a -s $T/w/conv_engine0.fst -a -s $T/w/scan_engine3.fst");
    struct command json = expect_success("cat $T/r/generate.json");
    json_t *root = json_loads(json.out, 0, NULL);
    cr_assert(root);
    // A layer and token: the scan's updates are CHANNELS * STATES / 4 lanes, the rest is filling.
    double scan = json_real_value(json_object_get(root, "scan_cycles_a_token"));
    cr_expect(scan > LAYERS * CHANNELS * STATES / 4 && scan < 1.1 * LAYERS * CHANNELS * STATES / 4,
              "%g", scan);
    cr_expect_eq(json_integer_value(json_object_get(root, "tokens")), 2);
    json_decref(root);
    expect_success(
        "$W generate -c $T/model.yaml -n 1 -e rtl -r $T/bytes --prompt \"$(printf '\\377')\"");
    expect_success("grep -q '\"prompt\": \"?\"' $T/bytes/generate.json");
}

Test(generate, what_it_refuses) {
    expect_refused("$W generate -c $T/none.yaml", "none.yaml", NULL);
    expect_refused("$W generate -m $T -c $T/model.yaml", "config.json", NULL);
    expect_refused("$W generate -c $T/model.yaml --mode int4 --rule R3", "int4", "rule");
    expect_refused("$W generate -c $T/model.yaml --mode int8-piecewise -e rtl -r $T/out",
                   "int8-piecewise", "engines");
    expect_refused("$W generate -c $T/model.yaml -e rtl --lanes 3 -r $T/out", "scan_engine",
                   "lanes");
    expect_refused("$W generate -c $T/model.yaml -e rtl --state int8-final", "int8-final", NULL);
}
