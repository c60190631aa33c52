// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "w4a5se/file.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <jansson.h>
#include <sys/utsname.h>
#include <time.h>

// The kinds of result that are told apart: which flags are raised, and no other.
static const struct {
    const char *name;
    int flags;
} kinds[] = {{"exact", 0},    {"inexact", 1},        {"underflow", 3},
             {"overflow", 5}, {"divide_by_zero", 8}, {"invalid", 16}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct origin {
    char date[32], host[128], command[128];
};

static struct origin describe_origin(const struct fp_sweep *sweep) {
    struct origin origin;
    struct utsname host;
    time_t now = time(NULL);
    strftime(origin.date, sizeof origin.date, "%Y-%m-%d %H:%M UTC", gmtime(&now));
    uname(&host);
    snprintf(origin.host, sizeof origin.host, "%.30s %.60s %.30s", host.sysname, host.release,
             host.machine);
    snprintf(origin.command, sizeof origin.command,
             "make test-fp-long SETS=%" PRIu64 " SEED=%" PRIu64 " THREADS=%d", sweep->sets,
             sweep->seed, sweep->threads);
    return origin;
}

static double nanoseconds(const struct fp_sweep_result *result) {
    return 1e9 * result->cpu_seconds / (double)result->tally.checked;
}

void fp_report_print(const struct fp_sweep *sweep, FILE *to) {
    fprintf(to, "%-9s %12s %12s %8s\n", "operation", "compared", "differences", "ns a set");
    for (size_t i = 0; i < sweep->operations; i++) {
        const struct fp_sweep_result *r = &sweep->results[i];
        const struct fp_operation *operation = fp_operation_at(i);
        char text[FP_TEXT];
        fprintf(to, "%-9s %12" PRIu64 " %12" PRIu64 " %8.1f\n", operation->name, r->tally.checked,
                r->tally.differences, nanoseconds(r));
        if (r->tally.differences) {
            fprintf(to, "  first: %s\n", fp_difference_text(text, operation, &r->tally.first));
        }
    }
    fprintf(to, "%.1f s on %d threads\n", sweep->seconds, sweep->threads);
}

static void write_markdown_row(const struct fp_sweep *sweep, size_t i, FILE *to) {
    const struct fp_sweep_result *r = &sweep->results[i];
    fprintf(to, "| %s | %" PRIu64 " | %" PRIu64 " |", fp_operation_at(i)->name, r->tally.checked,
            r->tally.differences);
    for (int k = 0; k < KINDS; k++) {
        fprintf(to, " %" PRIu64 " |", r->tally.by_flags[kinds[k].flags]);
    }
    fprintf(to, " %.1f |\n", nanoseconds(r));
}

static void write_markdown(const struct fp_sweep *sweep, FILE *to) {
    const struct origin origin = describe_origin(sweep);
    fprintf(to,
            "# FP32 operations against the reference\n\n"
            "Written by `%s` (%s, %s, GCC %s, glibc %s; %.1f s).\n\n"
            "**%" PRIu64 " differences.** Each operand set: result and flags of the C model, and "
            "the result of its\nbatch twin, against integer arithmetic written for the tests "
            "(`testbench/reference`). The operands lean\ntowards rounding ties, cancellation, "
            "subnormal numbers and overflow (`testbench/fp/operands.c`).\n\n"
            "| operation | compared | differences | exact | inexact | underflow | overflow | "
            "divide by zero | invalid | ns a set |\n"
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
            origin.command, origin.date, origin.host, __VERSION__, gnu_get_libc_version(),
            sweep->seconds, fp_sweep_differences(sweep));
    for (size_t i = 0; i < sweep->operations; i++) {
        write_markdown_row(sweep, i, to);
    }
    fputs("\nUnderflow and overflow come with inexact. ns a set: processor time for operands, "
          "reference, model and twin.\n",
          to);
    for (size_t i = 0; i < sweep->operations; i++) {
        char text[FP_TEXT];
        const struct fp_tally *tally = &sweep->results[i].tally;
        if (tally->differences) {
            fprintf(to, "\nFirst difference: `%s`\n",
                    fp_difference_text(text, fp_operation_at(i), &tally->first));
        }
    }
}

static json_t *operation_json(const struct fp_operation *operation,
                              const struct fp_sweep_result *r) {
    char text[FP_TEXT];
    json_t *root = json_pack("{s:s, s:I, s:I, s:f}", "operation", operation->name, "compared",
                             (json_int_t)r->tally.checked, "differences",
                             (json_int_t)r->tally.differences, "ns_per_set", nanoseconds(r));
    for (int k = 0; k < KINDS; k++) {
        json_object_set_new(root, kinds[k].name,
                            json_integer((json_int_t)r->tally.by_flags[kinds[k].flags]));
    }
    if (r->tally.differences) {
        fp_difference_text(text, operation, &r->tally.first);
        json_object_set_new(root, "first_difference", json_string(text));
    }
    return root;
}

static void write_json(const struct fp_sweep *sweep, FILE *to) {
    const struct origin origin = describe_origin(sweep);
    json_t *operations = json_array();
    for (size_t i = 0; i < sweep->operations; i++) {
        json_array_append_new(operations, operation_json(fp_operation_at(i), &sweep->results[i]));
    }
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:f, s:I, s:o}", "command",
                  origin.command, "date", origin.date, "host", origin.host, "gcc", __VERSION__,
                  "glibc", gnu_get_libc_version(), "seed", (json_int_t)sweep->seed, "sets",
                  (json_int_t)sweep->sets, "threads", sweep->threads, "seconds", sweep->seconds,
                  "differences", (json_int_t)fp_sweep_differences(sweep), "operations", operations);
    json_dumpf(root, to, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    fputc('\n', to);
    json_decref(root);
}

static enum se_status write_file(const struct fp_sweep *sweep, const char *directory,
                                 const char *name, bool json, struct se_error *err) {
    char path[4096];
    struct se_file_out file;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
        return se_fail(err, SE_INVALID, "the path %s/%s is too long", directory, name);
    }
    enum se_status status = se_file_open(&file, path, err);
    if (status != SE_OK) {
        return status;
    }
    (json ? write_json : write_markdown)(sweep, file.stream);
    return se_file_commit(&file, err);
}

enum se_status fp_report_write(const struct fp_sweep *sweep, const char *directory,
                               struct se_error *err) {
    enum se_status status = write_file(sweep, directory, "fp.json", true, err);
    return status == SE_OK ? write_file(sweep, directory, "fp.md", false, err) : status;
}
