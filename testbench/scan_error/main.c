// SPDX-License-Identifier: Apache-2.0
// scan-error DIRECTORY: measures the scan's error for three models' shapes and writes
// DIRECTORY/scan_error.md and .json. Fails where an error exceeds its bound.
#include "measure.h"

#include "w4a5se/report.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

static const struct scan_shape shapes[] = {
    {"small model", 256, 16, 512}, {"mamba-130m", 1536, 16, 256}, {"mamba-2.8b", 5120, 16, 128}};

enum { SHAPES = sizeof shapes / sizeof *shapes, SEED = 1 };

static const char command[] = "make scan-error";

static void print_row(FILE *to, const struct scan_shape *s, const char *what,
                      const struct scan_error_row *row) {
    fprintf(to, "| %s, %zu x %zu, %zu tokens | %s | %.2e | %.2e | %.2e | %.2e | %.2f |\n", s->name,
            s->d_inner, s->d_state, s->tokens, what, row->mean, row->p999, row->max, row->rms,
            row->of_bound);
}

static void write_markdown(const void *data, FILE *to) {
    const struct scan_errors *errors = data;
    const struct se_origin origin = se_origin_now();
    fprintf(to,
            "# The scan in binary32 against real numbers\n\n"
            "Written by `%s` (%s, %s, GCC %s, glibc %s; seed %d).\n\n"
            "`se_scan_run_f32` with the gate, and its states, against the formulas in long double "
            "(`testbench/reference/scan.c`).\nInputs are exact on both sides: codes, scales, u and "
            "A. Steps 0.001 to 0.1 where the code is 0, A = -1 to -16.\n\n"
            "| shape | value | mean relative | 99.9 %% | max relative | rms | largest / bound |\n"
            "|---|---|---:|---:|---:|---:|---:|\n",
            command, origin.date, origin.host, __VERSION__, gnu_get_libc_version(), SEED);
    for (int i = 0; i < SHAPES; i++) {
        print_row(to, &shapes[i], "h after the last token", &errors[i].states);
        print_row(to, &shapes[i], "y, binary32", &errors[i].y);
        print_row(to, &shapes[i], "y, binary16", &errors[i].y16);
    }
    fputs("\nLarge relative errors are of sums that cancel. rms is the root of the sum of squared "
          "errors over that of squared\nvalues. The bound follows the rounding of each operation "
          "(`testbench/reference/real.c`); beyond 1 the program fails.\n",
          to);
}

static json_t *row_json(const struct scan_error_row *row) {
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "mean_relative", row->mean, "p999_relative",
                     row->p999, "max_relative", row->max, "rms", row->rms, "largest_over_bound",
                     row->of_bound);
}

static json_t *errors_json(const struct scan_errors *errors) {
    const struct se_origin origin = se_origin_now();
    json_t *rows = json_array();
    for (int i = 0; i < SHAPES; i++) {
        json_array_append_new(
            rows,
            json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "shape", shapes[i].name, "d_inner",
                      (json_int_t)shapes[i].d_inner, "d_state", (json_int_t)shapes[i].d_state,
                      "tokens", (json_int_t)shapes[i].tokens, "h", row_json(&errors[i].states), "y",
                      row_json(&errors[i].y), "y_f16", row_json(&errors[i].y16)));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "command", command, "date", origin.date,
                     "host", origin.host, "gcc", __VERSION__, "glibc", gnu_get_libc_version(),
                     "seed", SEED, "shapes", rows);
}

static bool within_bounds(const struct scan_errors *e) {
    return e->states.of_bound <= 1 && e->y.of_bound <= 1 && e->y16.of_bound <= 1;
}

int main(int argc, char **argv) {
    struct scan_errors errors[SHAPES];
    struct se_error err;
    enum se_status status = SE_OK;
    bool good = true;
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < SHAPES && status == SE_OK; i++) {
        status = scan_error_measure(&shapes[i], SEED, &errors[i], &err);
        good = good && status == SE_OK && within_bounds(&errors[i]);
    }
    if (status == SE_OK) {
        write_markdown(errors, stdout);
        status = se_report_text(argv[1], "scan_error.md", write_markdown, errors, &err);
    }
    if (status == SE_OK) {
        status = se_report_json(argv[1], "scan_error.json", errors_json(errors), &err);
    }
    if (status != SE_OK) {
        fprintf(stderr, "scan-error: %s\n", err.message);
        return 1;
    }
    if (!good) {
        fprintf(stderr, "scan-error: an error exceeds its bound\n");
    }
    return good ? 0 : 1;
}
