// SPDX-License-Identifier: Apache-2.0
// Runs shell lines around build/w4a5se and looks at what they print and leave behind.
//
// Lines run from the repository root with $W, the command under test, and $T, a scratch directory
// of the test's own. Outputs of a command that must fail go to $T/out, which must stay empty.
#pragma once

#include <stddef.h>

struct command {
    int status; // 128 + N when signal N ended it
    char *out, *err;
};

// For TestSuite(.init, .fini): makes and removes $T and $T/out.
void scratch_begin(void);
void scratch_end(void);

// The strings live as long as the test.
struct command command(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Fails the test, but goes on with it, unless the line ends as a wrong input must: status 1, one
// sentence that begins with "w4a5se: " and holds both words (either may be NULL), nothing on
// standard output, no file in $T/out and no temporary file in $T.
void expect_refused(const char *line, const char *word, const char *other_word);

// The line must succeed; its result.
struct command expect_success(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Number of '\n'.
size_t count_lines(const char *text);
