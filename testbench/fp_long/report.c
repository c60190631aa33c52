// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "rtl.h"
#include "w4a5se/report.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <jansson.h>

// The kinds of result that are told apart: which flags are raised, and no other.
static const struct {
    const char *name, *title;
    int flags;
} kinds[] = {{"exact", "exact", 0},
             {"inexact", "inexact", 1},
             {"underflow", "underflow", 3},
             {"overflow", "overflow", 5},
             {"divide_by_zero", "divide by zero", 8},
             {"invalid", "invalid", 16}};
enum { KINDS = sizeof kinds / sizeof *kinds };

// What a report is about.
struct run {
    const struct fp_sweep *sweep;
    const struct fp_rtl *rtl;
};

enum { COMMAND = 128 };

static const char *command_of(const struct run *run, char command[static COMMAND]) {
    snprintf(command, COMMAND,
             "make test-fp-long SETS=%" PRIu64 " RTL_SETS=%" PRIu64 " SEED=%" PRIu64 " THREADS=%d",
             run->sweep->sets, run->rtl->sets, run->sweep->seed, run->sweep->threads);
    return command;
}

static double nanoseconds(const struct fp_tally *tally, double cpu_seconds) {
    return 1e9 * cpu_seconds / (double)tally->checked;
}

// ---- text

static void print_row(const char *name, const struct fp_operation *operation,
                      const struct fp_tally *tally, double cpu_seconds, FILE *to) {
    char text[FP_TEXT];
    fprintf(to, "%-19s %12" PRIu64 " %12" PRIu64 " %8.1f\n", name, tally->checked,
            tally->differences, nanoseconds(tally, cpu_seconds));
    if (tally->differences) {
        fprintf(to, "  first: %s\n", fp_difference_text(text, operation, &tally->first));
    }
}

void fp_report_print(const struct fp_sweep *sweep, const struct fp_rtl *rtl, FILE *to) {
    fprintf(to, "%-19s %12s %12s %8s\n", "operation", "compared", "differences", "ns a set");
    for (size_t i = 0; i < sweep->operations; i++) {
        const struct fp_sweep_result *r = &sweep->results[i];
        print_row(fp_operation_at(i)->name, fp_operation_at(i), &r->tally, r->cpu_seconds, to);
    }
    for (size_t i = 0; i < rtl->blocks; i++) {
        const struct fp_rtl_result *r = &rtl->results[i];
        print_row(r->block, r->operation, &r->tally, r->cpu_seconds, to);
    }
    fprintf(to, "operations: %.1f s on %d threads; RTL: %.1f s\n", sweep->seconds, sweep->threads,
            rtl->seconds);
}

// ---- Markdown

static void write_heads(const char *const *names, FILE *to) {
    int columns = 0;
    for (; *names; names++, columns++) {
        fprintf(to, "| %s ", *names);
    }
    for (int k = 0; k < KINDS; k++) {
        fprintf(to, "| %s ", kinds[k].title);
    }
    fputs("| ns a set |\n", to);
    for (int k = 0; k < columns + KINDS + 1; k++) {
        fputs(k < columns - 2 ? "|---" : "|---:", to);
    }
    fputs("|\n", to);
}

static void write_counts(const struct fp_tally *tally, double cpu_seconds, FILE *to) {
    fprintf(to, " %" PRIu64 " | %" PRIu64 " |", tally->checked, tally->differences);
    for (int k = 0; k < KINDS; k++) {
        fprintf(to, " %" PRIu64 " |", tally->by_flags[kinds[k].flags]);
    }
    fprintf(to, " %.1f |\n", nanoseconds(tally, cpu_seconds));
}

static void write_first(const char *name, const struct fp_operation *operation,
                        const struct fp_tally *tally, FILE *to) {
    char text[FP_TEXT];
    if (tally->differences) {
        fprintf(to, "\nFirst difference of %s: `%s`\n", name,
                fp_difference_text(text, operation, &tally->first));
    }
}

static void write_operations(const struct fp_sweep *sweep, FILE *to) {
    static const char *const heads[] = {"operation", "compared", "differences", NULL};
    fprintf(to,
            "**%" PRIu64 " differences.** Each operand set: result and flags of the C model, and "
            "the result of its\nbatch twin, against integer arithmetic written for the tests "
            "(`testbench/reference`). The operands lean\ntowards rounding ties, cancellation, "
            "subnormal numbers and overflow (`testbench/fp/operands.c`). %.1f s.\n\n",
            fp_sweep_differences(sweep), sweep->seconds);
    write_heads(heads, to);
    for (size_t i = 0; i < sweep->operations; i++) {
        const struct fp_sweep_result *r = &sweep->results[i];
        fprintf(to, "| %s |", fp_operation_at(i)->name);
        write_counts(&r->tally, r->cpu_seconds, to);
    }
    fputs("\nUnderflow and overflow come with inexact. ns a set: processor time for operands, "
          "reference, model and twin.\n",
          to);
    for (size_t i = 0; i < sweep->operations; i++) {
        write_first(fp_operation_at(i)->name, fp_operation_at(i), &sweep->results[i].tally, to);
    }
}

static void write_rtl(const struct fp_rtl *rtl, FILE *to) {
    static const char *const heads[] = {"block", "operation", "compared", "differences", NULL};
    fprintf(to,
            "\n## RTL against the C model\n\n"
            "**%" PRIu64 " differences** in result or flags of the Verilated units. `_booth`: with "
            "the multiplier that is synthesised.\n%.1f s of processor time; ns a set: operands, "
            "every cycle of the unit, and the model.\n\n",
            fp_rtl_differences(rtl), rtl->seconds);
    write_heads(heads, to);
    for (size_t i = 0; i < rtl->blocks; i++) {
        const struct fp_rtl_result *r = &rtl->results[i];
        fprintf(to, "| `%s` | %s |", r->block, r->operation->name);
        write_counts(&r->tally, r->cpu_seconds, to);
    }
    for (size_t i = 0; i < rtl->blocks; i++) {
        const struct fp_rtl_result *r = &rtl->results[i];
        write_first(r->block, r->operation, &r->tally, to);
    }
}

static void write_markdown(const void *data, FILE *to) {
    const struct run *run = data;
    const struct se_origin origin = se_origin_now();
    char command[COMMAND];
    fprintf(to,
            "# FP32 operations against the reference\n\n"
            "Written by `%s` (%s, %s, GCC %s, glibc %s, %s).\n\n",
            command_of(run, command), origin.date, origin.host, __VERSION__, gnu_get_libc_version(),
            se_rtl_version());
    write_operations(run->sweep, to);
    write_rtl(run->rtl, to);
}

// ---- JSON

static json_t *tally_json(const struct fp_operation *operation, const struct fp_tally *tally,
                          double cpu_seconds) {
    char text[FP_TEXT];
    json_t *root =
        json_pack("{s:s, s:I, s:I, s:f}", "operation", operation->name, "compared",
                  (json_int_t)tally->checked, "differences", (json_int_t)tally->differences,
                  "ns_per_set", nanoseconds(tally, cpu_seconds));
    for (int k = 0; k < KINDS; k++) {
        json_object_set_new(root, kinds[k].name,
                            json_integer((json_int_t)tally->by_flags[kinds[k].flags]));
    }
    if (tally->differences) {
        fp_difference_text(text, operation, &tally->first);
        json_object_set_new(root, "first_difference", json_string(text));
    }
    return root;
}

static json_t *rtl_json(const struct fp_rtl *rtl) {
    json_t *blocks = json_array();
    for (size_t i = 0; i < rtl->blocks; i++) {
        const struct fp_rtl_result *r = &rtl->results[i];
        json_t *row = tally_json(r->operation, &r->tally, r->cpu_seconds);
        json_object_set_new(row, "block", json_string(r->block));
        json_array_append_new(blocks, row);
    }
    return json_pack("{s:s, s:I, s:f, s:I, s:o}", "verilator", se_rtl_version(), "sets",
                     (json_int_t)rtl->sets, "seconds", rtl->seconds, "differences",
                     (json_int_t)fp_rtl_differences(rtl), "blocks", blocks);
}

static json_t *run_json(const struct run *run) {
    const struct fp_sweep *sweep = run->sweep;
    const struct se_origin origin = se_origin_now();
    char command[COMMAND];
    json_t *operations = json_array();
    for (size_t i = 0; i < sweep->operations; i++) {
        const struct fp_sweep_result *r = &sweep->results[i];
        json_array_append_new(operations,
                              tally_json(fp_operation_at(i), &r->tally, r->cpu_seconds));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:f, s:I, s:o, s:o}", "command",
                     command_of(run, command), "date", origin.date, "host", origin.host, "gcc",
                     __VERSION__, "glibc", gnu_get_libc_version(), "seed", (json_int_t)sweep->seed,
                     "sets", (json_int_t)sweep->sets, "threads", sweep->threads, "seconds",
                     sweep->seconds, "differences", (json_int_t)fp_sweep_differences(sweep),
                     "operations", operations, "rtl", rtl_json(run->rtl));
}

enum se_status fp_report_write(const struct fp_sweep *sweep, const struct fp_rtl *rtl,
                               const char *directory, struct se_error *err) {
    const struct run run = {sweep, rtl};
    enum se_status status = se_report_json(directory, "fp.json", run_json(&run), err);
    return status == SE_OK ? se_report_text(directory, "fp.md", write_markdown, &run, err) : status;
}
