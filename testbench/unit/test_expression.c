// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/expression.h"

#include <criterion/criterion.h>

#include <string.h>

static const struct se_named_number NAMES[] = {{"A", 3}, {"AB", 5}, {"A_C", 7}};

Test(expression, values) {
    static const struct {
        const char *text;
        double value;
    } CASES[] = {
        {"12", 12},
        {" 2 + 3 * 4 ", 14},
        {"(2 + 3) * 4", 20},
        {"10 - 3 - 2", 5},
        {"24 / A / 2 * 5", 20},
        {"A + 10 * AB + 100 * A_C", 753},
        {"(A >= 3) + (A > 3)", 1},
        {"A + 1 > AB - 2", 1},
        {"min(A, AB) * max(A, AB)", 15},
        {"max(min(1, 2), A - 1)", 2},
        {"bits(1) + bits(2) + 10 * bits(3) + 100 * bits(4) + 1000 * bits(5)", 3221},
        {"bits(A * AB * 64)", 10}, // 960
        {"0.5 * A", 1.5},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_error err = {""};
        double value;
        cr_assert_eq(se_expression(CASES[i].text, 3, NAMES, &value, &err), SE_OK, "%s",
                     err.message);
        cr_expect_eq(value, CASES[i].value, "%s is %g", CASES[i].text, value);
    }
}

Test(expression, refusals) {
    static const char *const CASES[][2] = {
        {"", "''"},         {"1 +", "''"},     {"(1", "''"},       {"1)", "')'"},
        {"2 B", "'B'"},     {"B", "'B'"},      {"ABC", "'ABC'"},   {"A % 2", "'% 2'"},
        {"bits 3", "bits"}, {"max(1)", "')'"}, {"min(1, 2", "''"}, {"-1", "'-1'"},
        {"1e999", "''"},    {"bits()", "')'"}, {"A A", "'A'"},     {"A > > 2", "'> 2'"},
        {"1 / 0", "''"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_error err = {""};
        double value;
        cr_expect_eq(se_expression(CASES[i][0], 3, NAMES, &value, &err), SE_INVALID, "%s",
                     CASES[i][0]);
        cr_expect(strstr(err.message, CASES[i][1]), "%s: %s", CASES[i][0], err.message);
    }
    char deep[201];
    memset(deep, '(', 200);
    deep[200] = '\0';
    double value;
    struct se_error err;
    cr_expect_eq(se_expression(deep, 3, NAMES, &value, &err), SE_INVALID);
}
