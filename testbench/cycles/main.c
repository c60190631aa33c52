// SPDX-License-Identifier: Apache-2.0
// cycles-report DIRECTORY [SEED]: simulates the whole grid, counts it by the library's formulas,
// and writes DIRECTORY/cycles.csv, .json and .md. Exit status 1 where a configuration differs,
// which is named.
#include "grid.h"

#include "rtl.h"
#include "w4a5se/report.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct report {
    struct se_origin origin;
    uint64_t seed;
    size_t n;
    struct cycles_row rows[CYCLES_ROWS_MAX];
};

// Of a block, or of all with CYCLES_BLOCKS.
struct summary {
    size_t configurations, equal;
    uint64_t cycles, least, most; // simulated
};

static struct summary summarise(const struct report *r, enum cycles_block block) {
    struct summary s = {.least = UINT64_MAX};
    for (size_t i = 0; i < r->n; i++) {
        const struct cycles_row *row = &r->rows[i];
        if (block == CYCLES_BLOCKS || row->block == block) {
            s.configurations++;
            s.equal += row->simulated == row->formula;
            s.cycles += row->simulated;
            s.least = row->simulated < s.least ? row->simulated : s.least;
            s.most = row->simulated > s.most ? row->simulated : s.most;
        }
    }
    return s;
}

static int64_t difference(const struct cycles_row *row) {
    return (int64_t)row->formula - (int64_t)row->simulated;
}

// ---- the files ----------------------------------------------------------------------------------

static void write_csv(const void *data, FILE *to) {
    const struct report *r = data;
    fprintf(to, "block,instance,lanes,d_state,d_inner,tokens,table_seed,cycles_simulated,"
                "cycles_formula,difference\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct cycles_row *row = &r->rows[i];
        fprintf(to, "\"%s\",%s,%zu,%zu,%zu,%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRId64 "\n",
                cycles_block_names[row->block], row->instance, row->lanes, row->d_state,
                row->d_inner, row->tokens, row->table, row->simulated, row->formula,
                difference(row));
    }
}

static json_t *summary_json(const struct report *r, enum cycles_block block) {
    struct summary s = summarise(r, block);
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "block",
                     block == CYCLES_BLOCKS ? "all" : cycles_block_names[block], "configurations",
                     (json_int_t)s.configurations, "equal", (json_int_t)s.equal, "cycles",
                     (json_int_t)s.cycles, "cycles_least", (json_int_t)s.least, "cycles_most",
                     (json_int_t)s.most);
}

static json_t *report_json(const struct report *r) {
    json_t *blocks = json_array(), *rows = json_array();
    for (int block = 0; block <= CYCLES_BLOCKS; block++) {
        json_array_append_new(blocks, summary_json(r, (enum cycles_block)block));
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct cycles_row *row = &r->rows[i];
        char table[24];
        snprintf(table, sizeof table, "%" PRIu64, row->table);
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:I}", "block",
                      cycles_block_names[row->block], "instance", row->instance, "lanes",
                      (json_int_t)row->lanes, "d_state", (json_int_t)row->d_state, "d_inner",
                      (json_int_t)row->d_inner, "tokens", (json_int_t)row->tokens, "table_seed",
                      table, "cycles_simulated", (json_int_t)row->simulated, "cycles_formula",
                      (json_int_t)row->formula, "difference", (json_int_t)difference(row)));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o}", "command", "make cycles", "date",
                     r->origin.date, "host", r->origin.host, "verilator", se_rtl_version(), "seed",
                     (json_int_t)r->seed, "blocks", blocks, "configurations", rows);
}

static void write_summary(const struct report *r, enum cycles_block block, FILE *to) {
    struct summary s = summarise(r, block);
    fprintf(to, "| %s | %zu | %zu | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
            block == CYCLES_BLOCKS ? "all" : cycles_block_names[block], s.configurations, s.equal,
            s.least, s.most, s.cycles);
}

static void write_markdown(const void *data, FILE *to) {
    const struct report *r = data;
    fprintf(to,
            "# Cycles\n\n"
            "`make cycles` (seed %" PRIu64 "), %s; %s; %s.\n\n"
            "Each configuration is simulated without pauses, and its cycles are counted by the "
            "library's formulas (`cmodel/include/w4a5se/cycles.h`, which says what is counted). "
            "Every configuration: [cycles.csv](cycles.csv).\n\n"
            "| block | configurations | equal | least cycles | most | simulated in all |\n"
            "|---|---:|---:|---:|---:|---:|\n",
            r->seed, r->origin.date, r->origin.host, se_rtl_version());
    for (int block = 0; block <= CYCLES_BLOCKS; block++) {
        write_summary(r, (enum cycles_block)block, to);
    }
    for (size_t i = 0; i < r->n; i++) {
        struct se_error differs;
        if (cycles_check(1, &r->rows[i], &differs)) {
            fprintf(to, "\nDiffers: %s.\n", differs.message);
        }
    }
}

static enum se_status write_reports(const char *directory, const struct report *r,
                                    struct se_error *err) {
    enum se_status status = se_report_text(directory, "cycles.csv", write_csv, r, err);
    if (!status) {
        status = se_report_json(directory, "cycles.json", report_json(r), err);
    }
    return status ? status : se_report_text(directory, "cycles.md", write_markdown, r, err);
}

// ---- the run ------------------------------------------------------------------------------------

// A line on a terminal, gone when all is done.
static void show_progress(size_t done, size_t n) {
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    if (done < n) {
        fprintf(stderr, "\r%zu of %zu configurations", done, n);
    } else {
        fprintf(stderr, "\r%40s\r", "");
    }
}

static enum se_status run(struct report *r, struct se_error *err) {
    enum se_status status = SE_OK;
    r->n = cycles_grid(r->seed, r->rows);
    for (size_t i = 0; i < r->n && !status; i++) {
        show_progress(i, r->n);
        status = cycles_simulate(&r->rows[i], err);
        status = status ? status : cycles_count(&r->rows[i], err);
    }
    show_progress(r->n, r->n);
    return status;
}

int main(int argc, char **argv) {
    static struct report report;
    struct se_error err = {"usage: cycles-report DIRECTORY [SEED]"};
    enum se_status status = argc == 2 || argc == 3 ? SE_OK : SE_INVALID;
    report.origin = se_origin_now();
    report.seed = argc == 3 ? strtoull(argv[2], NULL, 10) : 1;
    status = status ? status : run(&report, &err);
    status = status ? status : write_reports(argv[1], &report, &err);
    if (!status) {
        struct summary all = summarise(&report, CYCLES_BLOCKS);
        printf("cycles: %zu of %zu configurations equal\n", all.equal, all.configurations);
        status = cycles_check(report.n, report.rows, &err);
    }
    if (status) {
        fprintf(stderr, "cycles-report: %s\n", err.message);
    }
    return status ? 1 : 0;
}
