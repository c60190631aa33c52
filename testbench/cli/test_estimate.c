// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <string.h>

TestSuite(estimate, .init = scratch_begin, .fini = scratch_end);

static double number(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value), "%s is missing", key);
    return json_number_value(value);
}

static json_t *json_of(const char *line) {
    json_error_t cause;
    json_t *root = json_loads(expect_success("%s", line).out, 0, &cause);
    cr_assert(root, "%s: %s", line, cause.text);
    return root;
}

Test(estimate, a_memory_in_json) {
    json_t *root = json_of("$W estimate memory --bytes 2048 --word-bits 128 --ports 1RW1R "
                           "--node 45 --device hp --json");
    // CACTI 7 says 0.0185264 mm2, 0.234491 ns and 3.82 pJ.
    double area = number(root, "area_mm2"), access = number(root, "access_ns"),
           read = number(root, "read_pj");
    cr_expect(area > 0.0139 && area < 0.0232, "area %g", area);
    cr_expect(access > 0.17 && access < 0.30, "access %g", access);
    cr_expect(read > 2.7 && read < 5.0, "read %g", read);
    cr_expect_eq(number(root, "words"), 128);
    cr_expect_eq(number(root, "bytes"), 2048);
    cr_expect_str_eq(json_string_value(json_object_get(root, "kind")), "SRAM");
    cr_expect(number(json_object_get(root, "low"), "area_mm2") < area &&
              number(json_object_get(root, "high"), "area_mm2") > area);
    json_decref(root);
}

Test(estimate, a_memory_in_text_and_why) {
    struct command c = expect_success("$W estimate memory --bits 24 --tech osu018");
    cr_expect(strstr(c.out, "1 words of 24 bits") && strstr(c.out, "flip-flops, the smaller"), "%s",
              c.out);
    c = expect_success("$W estimate memory --bytes 4096 --why area_mm2");
    cr_expect(strstr(c.out, "area_bit * 32768 [bits]") && strstr(c.out, "ISSCC 2017"), "%s", c.out);
    c = expect_success("$W estimate memory --bytes 67108864 --node 22");
    cr_expect(strstr(c.out, "536870912 bits"), "%s", c.out);
}

Test(estimate, the_errors_at_known_memories) {
    struct command c =
        expect_success("mkdir $T/r && $W estimate points -r $T/r && cat $T/r/memory.md "
                       "$T/r/memory.json");
    cr_expect(strstr(c.out, "| cacti | 22 nm | hp | 20 |") && strstr(c.out, "| ihp | 130 nm |"),
              "%s", c.out);
    json_t *root = json_of("$W estimate points --json"), *row;
    size_t i;
    cr_expect_eq(json_array_size(json_object_get(root, "errors")), 5u);
    json_array_foreach(json_object_get(root, "errors"), i, row) {
        cr_expect(number(json_object_get(row, "area_mm2"), "worst") < 0.25);
    }
    json_decref(root);
}

Test(estimate, a_memory_that_is_none) {
    static const struct {
        const char *arguments, *word, *other;
    } CASES[] = {
        {"--bytes 0", "--bytes", "'0'"},
        {"--bytes -5", "--bytes", "'-5'"},
        {"--bytes nan", "--bytes", "'nan'"},
        {"--bytes 1e6", "--bytes", "'1e6'"},
        {"--bytes 2KB", "--bytes", "'2KB'"},
        {"--bytes 67108865", "--bytes", "67108864"},
        {"--bytes 99999999999999999999999", "--bytes", "67108864"},
        {"--bits ''", "--bits", "''"},
        {"--bits 536870913", "--bits", "536870912"},
        {"--bytes 64 --word-bits 0", "--word-bits", "'0'"},
        {"--bytes 64 --word-bits 4097", "--word-bits", "4096"},
        {"--bytes 64 --word-bits 100", "512 bits", "words of 100 bits"},
        {"--bytes 1 --word-bits 32", "8 bits", "words of 32 bits"},
        {"--bytes 64 --ports 2RW", "--ports", "1RW, 1RW1R"},
        {"--bytes 64 --node 28", "28nm", "22nm"},
        {"--bytes 64 --node 0", "--node", "'0'"},
        {"--bytes 64 --node nan", "--node", "'nan'"},
        {"--bytes 64 --tech 7", "technology 7", "asap7"},
        {"--bytes 64 --tech ../tech/7nm", "technology", "asap7"},
        {"--bytes 64 --device fast", "--device", "hp, lstp, typical"},
        {"--bytes 64 --node 7 --device hp", "7nm", "only typical"},
        {"--bytes 64 --why cost", "--why", "access_ns"},
        {"--bytes 64 --tech-dir $T/none", "/none", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[200];
        snprintf(line, sizeof line, "$W estimate memory %s", CASES[i].arguments);
        expect_refused(line, CASES[i].word, CASES[i].other);
    }
    expect_refused("echo x >$T/p.csv; $W estimate points -p $T/p.csv", "line 1", "header");
    expect_refused("head -8 data/tech/sram/points.csv >$T/p.csv; echo cacti,22 >>$T/p.csv; "
                   "$W estimate points -p $T/p.csv",
                   "line 9", NULL);
}
