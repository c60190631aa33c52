// SPDX-License-Identifier: Apache-2.0
// Arithmetic over named numbers, as the logic model's files have it: + - * / ( ), a >= b and a > b
// (1 or 0), min(a, b), max(a, b), and bits(n), the bits of an index into n things: 0 for one.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

enum { SE_NAME_LENGTH = 32 }; // of a number, the null byte included

struct se_named_number {
    char name[SE_NAME_LENGTH];
    double value;
};

// SE_INVALID, with the text and the place, for anything else, a name that is not among `names`, or
// parentheses nested more than 20 deep.
enum se_status se_expression(const char *text, size_t n, const struct se_named_number *names,
                             double *value, struct se_error *err);
