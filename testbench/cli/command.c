// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include "files.h"

#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 8192 };

void scratch_begin(void) {
    char directory[] = "/tmp/w4a5se-cli-XXXXXX", out[64];
    cr_assert(mkdtemp(directory), "no scratch directory");
    snprintf(out, sizeof out, "%s/out", directory);
    cr_assert(mkdir(out, 0777) == 0, "no %s", out);
    setenv("T", directory, 1);
    setenv("W", "build/w4a5se", 1);
}

void scratch_end(void) {
    if (system("rm -rf \"$T\"")) {
        cr_log_warn("%s is left behind", getenv("T"));
    }
}

static struct command run_line(const char *line) {
    char *shell = malloc(strlen(line) + 64);
    sprintf(shell, "{ %s\n} >\"$T/.stdout\" 2>\"$T/.stderr\"", line);
    int status = system(shell);
    free(shell);
    return (struct command){.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128,
                            .out = get_file(".stdout", NULL),
                            .err = get_file(".stderr", NULL)};
}

struct command command(const char *format, ...) {
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return run_line(line);
}

struct command expect_success(const char *format, ...) {
    char line[LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct command c = run_line(line);
    cr_assert(c.status == 0, "%s\nstatus %d: %s", line, c.status, c.err);
    return c;
}

size_t count_lines(const char *text) {
    size_t n = 0;
    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

static bool holds(const char *text, const char *word) {
    return !word || strstr(text, word);
}

void expect_refused(const char *line, const char *word, const char *other_word) {
    struct command c = run_line(line);
    cr_expect(c.status == 1, "%s\nstatus %d, not 1: %s", line, c.status, c.err);
    cr_expect(strncmp(c.err, "w4a5se: ", 8) == 0 && count_lines(c.err) == 1 &&
                  c.err[strlen(c.err) - 1] == '\n',
              "%s\nnot one sentence: '%s'", line, c.err);
    cr_expect(holds(c.err, word) && holds(c.err, other_word), "%s\nnames not '%s' and '%s': %s",
              line, word ? word : "", other_word ? other_word : "", c.err);
    cr_expect(!*c.out, "%s\nprints: %.200s", line, c.out);
    struct command left = run_line("find \"$T/out\" -type f; find \"$T\" -name '*.tmp*'");
    cr_expect(!*left.out, "%s\nleaves: %s", line, left.out);
    run_line("rm -rf \"$T\"/out/*");
}
