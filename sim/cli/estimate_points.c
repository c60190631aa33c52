// SPDX-License-Identifier: Apache-2.0
// `w4a5se estimate points`: the SRAM model beside memories whose cost is known.
#include "estimate.h"

#include "w4a5se/memory_points.h"
#include "w4a5se/report.h"

#include <math.h>
#include <stdlib.h>

struct options {
    const char *points, *directory, *reports;
    bool json;
};

enum { OPT_DIRECTORY = 256, OPT_JSON };

static const struct argp_option option_list[] = {
    {"points", 'p', "FILE", 0,
     "Memories of known cost (default " ESTIMATE_TECH_DIRECTORY "/sram/points.csv)", 0},
    {"reports", 'r', "DIR", 0, "Write memory.md and memory.json here", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"json", OPT_JSON, NULL, 0, "Print JSON", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'p':
        o->points = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case OPT_DIRECTORY:
        o->directory = arg;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list, parse, NULL, "How far the SRAM model is from memories whose cost is known.",
    NULL,        NULL,  NULL};

// Relative errors of one quantity at the points of one source, node and device.
struct row {
    const struct se_memory_point *group;
    size_t n;
    double error[SE_MEMORY_QUANTITIES][SE_MEMORY_POINTS_MAX]; // ascending once complete
};

struct table {
    size_t n;
    struct row rows[16];
};

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct row *row, int quantity) {
    const double *e = row->error[quantity];
    return (e[(row->n - 1) / 2] + e[row->n / 2]) / 2;
}

static double worst(const struct row *row, int quantity) {
    return row->error[quantity][row->n - 1];
}

static struct row *row_of(struct table *t, const struct se_memory_point *p) {
    for (size_t i = 0; i < t->n; i++) {
        const struct se_memory_point *g = t->rows[i].group;
        if (g->node_nm == p->node_nm && g->device == p->device) {
            return &t->rows[i];
        }
    }
    struct row *row = &t->rows[t->n];
    row->group = p;
    return row;
}

static enum se_status compare(const char *directory, size_t n, const struct se_memory_point *points,
                              struct table *t, struct se_error *err) {
    enum { NAME = 16 };
    for (size_t i = 0; i < n; i++) {
        char name[NAME];
        struct se_tech tech;
        struct se_memory_estimate e;
        const struct se_memory_point *p = &points[i];
        struct row *row = row_of(t, p);
        if (row == &t->rows[sizeof t->rows / sizeof *t->rows]) {
            return se_fail(err, SE_INVALID, "the points have too many nodes and devices");
        }
        snprintf(name, sizeof name, "%dnm", p->node_nm);
        enum se_status status = se_tech_load(directory, name, &tech, err);
        if (!status) {
            status = se_memory_estimate(&tech, p->device, &p->memory, &e, err);
        }
        if (status) {
            return status;
        }
        for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
            double made = e.by_kind[SE_MEMORY_SRAM].q[q].value;
            row->error[q][row->n] = fabs(made / p->q[q] - 1);
        }
        row->n++;
        t->n += row == &t->rows[t->n];
    }
    for (size_t i = 0; i < t->n; i++) {
        for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
            qsort(t->rows[i].error[q], t->rows[i].n, sizeof(double), ascending);
        }
    }
    return SE_OK;
}

static void print_markdown(const void *data, FILE *to) {
    const struct table *t = data;
    fprintf(to,
            "# The SRAM model beside memories whose cost is known\n\n"
            "Error of the typical figure, median / worst in %%, by `w4a5se estimate points`.\n\n"
            "| source | node | device | points |");
    for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
        fprintf(to, " %s |", se_memory_quantity_names[q]);
    }
    fprintf(to, "\n|---|---:|---|---:|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < t->n; i++) {
        const struct row *row = &t->rows[i];
        fprintf(to, "| %s | %d nm | %s | %zu |", row->group->source, row->group->node_nm,
                se_device_names[row->group->device], row->n);
        for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
            fprintf(to, " %.1f / %.1f |", 100 * median(row, q), 100 * worst(row, q));
        }
        fprintf(to, "\n");
    }
}

static json_t *to_json(const struct table *t) {
    json_t *rows = json_array();
    for (size_t i = 0; i < t->n; i++) {
        const struct row *row = &t->rows[i];
        json_t *object = json_pack(
            "{s:s, s:i, s:s, s:I}", "source", row->group->source, "node_nm", row->group->node_nm,
            "device", se_device_names[row->group->device], "points", (json_int_t)row->n);
        for (int q = 0; q < SE_MEMORY_QUANTITIES; q++) {
            json_object_set_new(
                object, se_memory_quantity_names[q],
                json_pack("{s:f, s:f}", "median", median(row, q), "worst", worst(row, q)));
        }
        json_array_append_new(rows, object);
    }
    return json_pack("{s:o}", "errors", rows);
}

int estimate_points(int argc, char **argv) {
    static struct se_memory_point points[SE_MEMORY_POINTS_MAX];
    static struct table table;
    struct options o = {.points = ESTIMATE_TECH_DIRECTORY "/sram/points.csv",
                        .directory = ESTIMATE_TECH_DIRECTORY};
    struct se_error err;
    size_t n;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = se_memory_points_load(o.points, &n, points, &err);
    if (!status) {
        status = compare(o.directory, n, points, &table, &err);
    }
    if (!status && o.reports) {
        status = cli_make_directory(o.reports, &err);
    }
    if (!status && o.reports) {
        status = se_report_json(o.reports, "memory.json", to_json(&table), &err);
    }
    if (!status && o.reports) {
        status = se_report_text(o.reports, "memory.md", print_markdown, &table, &err);
    }
    if (!status && o.json) {
        status = estimate_print_json(to_json(&table), &err);
    } else if (!status) {
        print_markdown(&table, stdout);
    }
    return status ? cli_fail(&err) : CLI_OK;
}
