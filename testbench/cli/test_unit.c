// SPDX-License-Identifier: Apache-2.0
// `rtl UNIT` and `model UNIT`: TestFloat's lines, worked by hand and at random.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(unit, .init = scratch_begin, .fini = scratch_end);

// Flags: 10 invalid, 04 overflow, 02 underflow (after rounding), 01 inexact.
static const char mul_lines[] = "3F800000 40000000 40000000 00\n" // 1 * 2
                                "3FC00000 3FC00000 40100000 00\n" // 1.5 * 1.5 = 2.25
                                "7F800000 00000000 7FC00000 10\n" // inf * 0
                                "7F800000 C0000000 FF800000 00\n"
                                "7F7FFFFF 40000000 7F800000 05\n"
                                "FF7FFFFF 40000000 FF800000 05\n"
                                "00800000 3F000000 00400000 00\n" // exact, subnormal: no underflow
                                "00000001 3F000000 00000000 03\n" // 0.5 ulp, tie to even
                                "00000003 3F000000 00000002 03\n" // 1.5 ulp, tie to even
                                "80000001 3F400000 80000001 03\n" // 0.75 ulp
                                "3F800001 3F800001 3F800002 01\n"
                                "7F800001 3F800000 7FC00000 10\n" // signalling
                                "7FC00001 BF800000 7FC00000 00\n" // quiet: canonical
                                "80000000 3F800000 80000000 00\n"
                                // (1 - 2^-24) 2^-126 needs no rounding at 24 bits: still tiny
                                "3F7FFFFF 00800000 00800000 03\n"
                                // (1 - 2^-46) 2^-126 rounds up to 2^-126 at 24 bits: not tiny
                                "3F800001 007FFFFF 00800000 01\n";

static const char from_int_lines[] = "00000000 00000000 00\n"
                                     "00000001 3F800000 00\n"
                                     "FFFFFFFF BF800000 00\n"
                                     "0000000A 41200000 00\n"
                                     "80000000 CF000000 00\n"
                                     "80000001 CF000000 01\n"
                                     "7FFFFFFF 4F000000 01\n"
                                     "01000000 4B800000 00\n"
                                     "01000001 4B800000 01\n" // 2^24 + 1: tie, down to even
                                     "01000003 4B800002 01\n" // 2^24 + 3: tie, up to even
                                     "FEFFFFFF CB800000 01\n" // -(2^24 + 1)
                                     "02000001 4C000000 01\n" // a quarter
                                     "02000003 4C000001 01\n";

static const char to_int_lines[] = "00000000 00000000 00\n"
                                   "80000000 00000000 00\n"
                                   "3F000000 00000001 01\n" // 0.5, away from zero
                                   "BF000000 FFFFFFFF 01\n"
                                   "3EFFFFFF 00000000 01\n" // the float below 0.5
                                   "3F800000 00000001 00\n"
                                   "3FC00000 00000002 01\n"
                                   "40200000 00000003 01\n" // 2.5: not to even
                                   "C0200000 FFFFFFFD 01\n"
                                   "4AFFFFFF 00800000 01\n" // 8388607.5
                                   "4B000001 00800001 00\n"
                                   "4EFFFFFF 7FFFFF80 00\n"
                                   "4F000000 7FFFFFFF 10\n" // 2^31 saturates
                                   "CF000000 80000000 00\n" // -2^31 does not
                                   "CF000001 80000000 10\n"
                                   "7F800000 7FFFFFFF 10\n"
                                   "FF800000 80000000 10\n"
                                   "7FC00000 00000000 10\n"
                                   "FF800001 00000000 10\n"
                                   "00000001 00000000 01\n";

// Functions raise no flags.
static const char exp_lines[] = "00000000 3F800000 00\n"
                                "80000000 3F800000 00\n"
                                "FF800000 00000000 00\n"
                                "7F800000 7F800000 00\n"
                                "42B20000 7F800000 00\n" // 89
                                "7F800001 7FC00000 00\n";

static const char log1p_lines[] = "00000000 00000000 00\n"
                                  "80000000 80000000 00\n"
                                  "00000001 00000001 00\n"
                                  "3F800000 3F317218 00\n" // log(2)
                                  "3F800001 7FC00000 00\n"
                                  "BF000000 7FC00000 00\n";

static const char silu_lines[] = "00000000 00000000 00\n"
                                 "80000000 80000000 00\n"
                                 "42C80000 42C80000 00\n" // 100
                                 "C2C80000 80000000 00\n" // exp(100) overflows
                                 "00800000 00400000 00\n" // x / 2
                                 "7F800000 7F800000 00\n"
                                 "FF800000 7FC00000 00\n" // -inf / inf
                                 "FF800001 7FC00000 00\n";

static const char softplus_lines[] = "00000000 3F317218 00\n" // log(2)
                                     "80000000 3F317218 00\n"
                                     "42C80000 42C80000 00\n"
                                     "C3480000 00000000 00\n" // exp(-200)
                                     "7F800000 7F800000 00\n"
                                     "FF800000 00000000 00\n"
                                     "7F800001 7FC00000 00\n"
                                     "FFC00000 7FC00000 00\n";

static const struct {
    const char *name;
    int operands;
    const char *lines;
} units[] = {{"mul", 2, mul_lines},           {"i32_to_f32", 1, from_int_lines},
             {"f32_to_i32", 1, to_int_lines}, {"exp", 1, exp_lines},
             {"log1p", 1, log1p_lines},       {"silu", 1, silu_lines},
             {"softplus", 1, softplus_lines}};
enum { UNITS = sizeof units / sizeof *units };
static const char *const engines[] = {"model", "rtl"};

// The whole line goes in, result and flags with it: further fields are ignored.
Test(unit, lines_worked_by_hand) {
    for (int u = 0; u < UNITS; u++) {
        put_text("in", units[u].lines);
        for (int e = 0; e < 2; e++) {
            struct command c = expect_success("$W %s %s <$T/in", engines[e], units[u].name);
            cr_expect_str_eq(c.out, units[u].lines, "%s %s gives\n%s", engines[e], units[u].name,
                             c.out);
            cr_expect(!*c.err, "%s", c.err);
            // Lower case, blanks of all kinds, other results and flags, no newline at the end.
            c = expect_success("tr A-F a-f <$T/in | sed 's/^/ \\t/; s/ /  /g; s/..$/1f word/' | "
                               "head -c -1 | $W %s %s",
                               engines[e], units[u].name);
            cr_expect_str_eq(c.out, units[u].lines, "%s %s, lower case, gives\n%s", engines[e],
                             units[u].name, c.out);
        }
    }
}

Test(unit, short_operands_and_nothing_at_all) {
    for (int e = 0; e < 2; e++) {
        for (int u = 0; u < UNITS; u++) {
            struct command c = expect_success("$W %s %s </dev/null", engines[e], units[u].name);
            cr_expect(!*c.out && !*c.err, "%s%s", c.out, c.err);
        }
        struct command c = expect_success("printf 'a\\r\\n' | $W %s i32_to_f32", engines[e]);
        cr_expect_str_eq(c.out, "0000000A 41200000 00\n");
    }
}

Test(unit, a_field_may_be_longer_than_any_buffer) {
    for (int e = 0; e < 2; e++) {
        for (int length = 200; length <= 70000; length = length * 3 / 2 + 1) {
            struct command c =
                command("{ printf '3F800000 40000000 '; head -c %d /dev/zero | tr '\\0' z; "
                        "printf ' 1 2\\n3FC00000 3FC00000\\n'; } | $W %s mul",
                        length, engines[e]);
            cr_expect(c.status == 0, "%d characters: %s", length, c.err);
            cr_expect_str_eq(c.out,
                             "3F800000 40000000 40000000 00\n3FC00000 3FC00000 40100000 00\n");
        }
    }
}

Test(unit, a_line_without_operands_is_named) {
    static const struct {
        const char *unit, *line;
    } wrong[] = {
        {"mul", ""},           {"mul", "3F800000"},
        {"mul", "xyz 1"},      {"mul", "1 xyz"},
        {"mul", "-1 2"},       {"mul", "1,2"},
        {"mul", "1 +2"},       {"mul", "123456789 1"},
        {"mul", "1 2g"},       {"mul", "1 000000001"},
        {"mul", "   "},        {"i32_to_f32", ""},
        {"i32_to_f32", "-1"},  {"i32_to_f32", "1.5"},
        {"i32_to_f32", "x"},   {"f32_to_i32", "1.5"},
        {"f32_to_i32", "nan"}, {"f32_to_i32", "100000000"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        for (int e = 0; e < 2; e++) {
            char text[64];
            snprintf(text, sizeof text, "1 2\n3 4\n%s\n5 6\n", wrong[i].line);
            put_text("in", text);
            struct command c = command("$W %s %s <$T/in", engines[e], wrong[i].unit);
            cr_expect(c.status == 1 && count_lines(c.err) == 1 && strstr(c.err, "line 3") &&
                          !strncmp(c.err, "w4a5se: ", 8),
                      "%s '%s': status %d, '%s'", wrong[i].unit, wrong[i].line, c.status, c.err);
            cr_expect(count_lines(c.out) == 2, "%s '%s': prints\n%s", wrong[i].unit, wrong[i].line,
                      c.out);
        }
    }
    // Beyond the first batch the number still counts from the top.
    struct command c = command("{ yes '1 2' | head -40000; echo wrong; } | $W rtl mul >/dev/null");
    cr_expect(c.status == 1 && strstr(c.err, "line 40001"), "status %d: %s", c.status, c.err);
}

Test(unit, rtl_and_model_agree_on_random_lines) {
    enum { LINES = 20000 };
    uint64_t state = 7;
    for (int u = 0; u < UNITS; u++) {
        char *text = malloc(LINES * 20), *at = text;
        for (int i = 0; i < LINES; i++) {
            uint32_t a = next_random_f32(&state, u ? 150 : 64), b = next_random_f32(&state, 64);
            at += sprintf(at, units[u].operands == 2 ? "%08X %08X\n" : "%08X\n", a, b);
        }
        put_file("in", (size_t)(at - text), text);
        free(text);
        for (int copies = 1; copies <= 2; copies++) { // twice: more than two batches
            expect_success("for i in $(seq %d); do cat $T/in; done >$T/many; "
                           "for e in rtl model; do $W $e %s <$T/many >$T/$e || exit 1; done; "
                           "cmp $T/rtl $T/model",
                           copies, units[u].name);
            struct command c = expect_success(
                "cut -d' ' -f1-%d $T/rtl | cmp - $T/many; wc -l <$T/rtl", units[u].operands);
            cr_expect(atoi(c.out) == copies * LINES, "%s lines for %d", c.out, copies * LINES);
        }
    }
}

Test(unit, a_trace_that_opens) {
    expect_success("echo 3F800000 40000000 | $W rtl mul --trace $T/mul.fst");
    expect_success("fst2vcd $T/mul.fst 2>&1 | grep -q result_o");
}
