// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/engine_config.h"

#include "folder.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(engine_config, .init = enter_directory, .fini = leave_directory);

static enum se_status load(const char *text, struct se_engine_config *config,
                           struct se_error *err) {
    FILE *stream = fopen("x.yaml", "w");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
    return se_engine_config_load("x.yaml", config, err);
}

Test(engine_config, reads_every_key) {
    struct se_engine_config c;
    cr_assert_eq(load("lanes: 16\nstate: int8-step\ngate: false\nquantizer:\n  code_bits: 5\n"
                      "  base1: -2\n  base2: 3\n  s1: 0.25\n  ratio: 3\n  thr_pos: 7\n  rule: R3\n",
                      &c, NULL),
                 SE_OK);
    cr_expect(c.lanes == 16 && c.state_mode == SE_STATE_INT8_STEP && !c.gate && c.has_quantizer);
    cr_expect(c.quantizer.format.code_bits == 5 && c.quantizer.format.dual &&
              c.quantizer.format.base1 == -2 && c.quantizer.format.base2 == 3);
    cr_expect(c.quantizer.s1 == 0.25f && c.quantizer.s2 == 0.75f && c.quantizer.thr_pos == 7);
}

Test(engine_config, defaults) {
    struct se_engine_config c;
    cr_assert_eq(load("gate: true\n", &c, NULL), SE_OK);
    cr_expect(c.lanes == 0 && c.state_mode == SE_STATE_FP32 && c.gate && !c.has_quantizer);
    cr_assert_eq(load("state: int8-final\nlanes: 1\n", &c, NULL), SE_OK);
    cr_expect(c.lanes == 1 && c.state_mode == SE_STATE_INT8_FINAL && c.gate);
}

Test(engine_config, refusals) {
    static const struct {
        const char *text, *sentence;
    } CASES[] = {
        {"", "x.yaml: empty document"},
        {"code_bits: 4\n", "x.yaml: unexpected key 'code_bits' (near line 1)"},
        {"gate: 1\n", "x.yaml: gate is '1', which is not true or false (line 1)"},
        {"gate: true\nlanes: 3\n", "x.yaml: lanes is '3', which is not 1, 2, 4, 8 or 16 (line 2)"},
        {"state: fp16\n", "x.yaml: state is 'fp16', which is not fp32, int8-final or int8-step"},
        {"quantizer:\n  s1: 1\n", "x.yaml: code_bits is missing"},
        {"quantizer:\n  code_bits: 3\n  s1: 1\n",
         "x.yaml: code_bits is '3', which is not in 4..8 (line 2)"},
        {"quantizer:\n  code_bits: 4\n  s1: -1\n", "x.yaml: s1"},
        {"quantizer:\n- 1\n", "x.yaml: "},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_engine_config c = {.lanes = 77};
        struct se_error err = {""};
        cr_expect_eq(load(CASES[i].text, &c, &err), SE_INVALID, "%zu is accepted", i);
        cr_expect(strncmp(err.message, CASES[i].sentence, strlen(CASES[i].sentence)) == 0,
                  "\"%s\" lacks \"%s\"", err.message, CASES[i].sentence);
        cr_expect_eq(c.lanes, 77);
    }
}
