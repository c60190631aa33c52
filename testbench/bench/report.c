// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "w4a5se/report.h"

#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

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

static void write_markdown(const void *data, FILE *to) {
    const struct bench *bench = data;
    const struct se_origin origin = se_origin_now();
    fprintf(to,
            "# Speed\n\n"
            "Written by `make bench` (%s, %s, GCC %s, `%s`, glibc %s).\n\n"
            "One core where not said otherwise; medians of %d rounds, in each of which every row "
            "of its section runs once. "
            "A ratio is the median\nof the rounds' ratios: times depend on what else the machine "
            "does, ratios much less.\n",
            origin.date, origin.processor, __VERSION__, BENCH_FLAGS, gnu_get_libc_version(),
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

static json_t *bench_json(const struct bench *bench) {
    const struct se_origin origin = se_origin_now();
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
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "command", "make bench", "date",
                     origin.date, "cpu", origin.processor, "gcc", __VERSION__, "flags", BENCH_FLAGS,
                     "glibc", gnu_get_libc_version(), "repetitions", BENCH_REPETITIONS, "rows",
                     rows);
}

enum se_status bench_write(const struct bench *bench, const char *directory, struct se_error *err) {
    enum se_status status = se_report_json(directory, "bench.json", bench_json(bench), err);
    return status == SE_OK ? se_report_text(directory, "bench.md", write_markdown, bench, err)
                           : status;
}
