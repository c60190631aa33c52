// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "w4a5se/file.h"

#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

struct origin {
    char date[32], cpu[128];
};

static struct origin describe_origin(void) {
    struct origin origin = {.cpu = "unknown processor"};
    char line[256];
    time_t now = time(NULL);
    strftime(origin.date, sizeof origin.date, "%Y-%m-%d %H:%M UTC", gmtime(&now));
    FILE *in = fopen("/proc/cpuinfo", "r");
    while (in && fgets(line, sizeof line, in) &&
           sscanf(line, "model name : %127[^\n]", origin.cpu) != 1) {
    }
    if (in) {
        fclose(in);
    }
    return origin;
}

static bool begins_section(const struct bench *bench, size_t i) {
    return i == 0 || strcmp(bench->row[i].section, bench->row[i - 1].section) != 0;
}

void bench_print(const struct bench *bench, FILE *to) {
    for (size_t i = 0; i < bench->rows; i++) {
        const struct bench_row *row = &bench->row[i];
        if (begins_section(bench, i)) {
            fprintf(to, "%s%s\n", i ? "\n" : "", row->section);
        }
        fprintf(to, "  %-36s %10.3f %-12s", row->name, row->value, row->unit);
        if (row->ratio_to) {
            fprintf(to, " %8.2f times %s", row->ratio, row->ratio_to);
        }
        fputc('\n', to);
    }
}

static void write_markdown(const struct bench *bench, FILE *to) {
    const struct origin origin = describe_origin();
    fprintf(to,
            "# Speed\n\n"
            "Written by `make bench` (%s, %s, GCC %s, `%s`, glibc %s).\n\n"
            "One core; medians of %d rounds, in each of which every row of its section runs once. "
            "A ratio is the median\nof the rounds' ratios: times depend on what else the machine "
            "does, ratios much less.\n",
            origin.date, origin.cpu, __VERSION__, BENCH_FLAGS, gnu_get_libc_version(),
            BENCH_REPETITIONS);
    for (size_t i = 0; i < bench->rows; i++) {
        const struct bench_row *row = &bench->row[i];
        if (begins_section(bench, i)) {
            fprintf(to, "\n## %s\n\n| | value | unit | ratio | to |\n|---|---:|---|---:|---|\n",
                    row->section);
        }
        fprintf(to, "| %s | %.3f | %s |", row->name, row->value, row->unit);
        if (row->ratio_to) {
            fprintf(to, " %.2f | %s |\n", row->ratio, row->ratio_to);
        } else {
            fputs(" | |\n", to);
        }
    }
}

static void write_json(const struct bench *bench, FILE *to) {
    const struct origin origin = describe_origin();
    json_t *rows = json_array();
    for (size_t i = 0; i < bench->rows; i++) {
        const struct bench_row *row = &bench->row[i];
        json_t *item = json_pack("{s:s, s:s, s:f, s:s}", "section", row->section, "name", row->name,
                                 "value", row->value, "unit", row->unit);
        if (row->ratio_to) {
            json_object_set_new(item, "ratio", json_real(row->ratio));
            json_object_set_new(item, "ratio_to", json_string(row->ratio_to));
        }
        json_array_append_new(rows, item);
    }
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "command", "make bench", "date",
                  origin.date, "cpu", origin.cpu, "gcc", __VERSION__, "flags", BENCH_FLAGS, "glibc",
                  gnu_get_libc_version(), "repetitions", BENCH_REPETITIONS, "rows", rows);
    json_dumpf(root, to, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
    fputc('\n', to);
    json_decref(root);
}

static enum se_status write_file(const struct bench *bench, const char *directory, const char *name,
                                 void (*write)(const struct bench *, FILE *),
                                 struct se_error *err) {
    char path[4096];
    struct se_file_out file;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
        return se_fail(err, SE_INVALID, "the path %s/%s is too long", directory, name);
    }
    enum se_status status = se_file_open(&file, path, err);
    if (status != SE_OK) {
        return status;
    }
    write(bench, file.stream);
    return se_file_commit(&file, err);
}

enum se_status bench_write(const struct bench *bench, const char *directory, struct se_error *err) {
    enum se_status status = write_file(bench, directory, "bench.json", write_json, err);
    return status == SE_OK ? write_file(bench, directory, "bench.md", write_markdown, err) : status;
}
