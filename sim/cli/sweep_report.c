// SPDX-License-Identifier: Apache-2.0
// Fronts of a sweep, and what is written of it.
#include "sweep.h"

#include "svg.h"
#include "w4a5se/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRONT_ROWS = 12, COLOURS = 6, WORKLOAD_NAME = 160 };

// ---- fronts -------------------------------------------------------------------------------------

static bool is_same_workload(const struct se_chip *a, const struct se_chip *b) {
    const struct se_chip_model *m = &a->model, *n = &b->model;
    return !strcmp(m->name, n->name) && m->layers == n->layers && m->d_model == n->d_model &&
           m->d_inner == n->d_inner && m->d_state == n->d_state && m->headdim == n->headdim &&
           m->groups == n->groups && !strcmp(a->tech, b->tech) && a->device == b->device;
}

static void find_workloads(struct sweep *s, size_t *first) {
    for (size_t i = 0; i < s->n; i++) {
        size_t w = 0;
        while (w < s->workloads && !is_same_workload(&s->rows[first[w]].chip, &s->rows[i].chip)) {
            w++;
        }
        if (w == s->workloads) {
            first[s->workloads++] = i;
        }
        s->rows[i].workload = w;
    }
}

struct point {
    double x, y;
    size_t row, workload;
};

static int by_place(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    if (p->workload != q->workload) {
        return p->workload < q->workload ? -1 : 1;
    }
    if (p->x != q->x) {
        return p->x < q->x ? -1 : 1;
    }
    return (p->y > q->y) - (p->y < q->y);
}

// Of rows with less x and y than any other of their workload: marks them. A point without y is
// none.
static void mark_front(struct sweep *s, struct point *points,
                       struct point (*of)(const struct sweep_row *row), bool area_accuracy) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct point p = of(&s->rows[i]);
        if (!isnan(p.y)) {
            p.row = i;
            p.workload = s->rows[i].workload;
            points[n++] = p;
        }
    }
    qsort(points, n, sizeof *points, by_place);
    double least = INFINITY, at = NAN;
    for (size_t i = 0; i < n; i++) {
        least = i > 0 && points[i].workload != points[i - 1].workload ? INFINITY : least;
        if (points[i].y < least || (points[i].y == least && points[i].x == at)) { // or its like
            least = points[i].y;
            at = points[i].x;
            struct sweep_row *row = &s->rows[points[i].row];
            *(area_accuracy ? &row->area_accuracy : &row->energy_latency) = true;
        }
    }
}

static struct point area_accuracy(const struct sweep_row *r) {
    return (struct point){.x = r->area_mm2.value, .y = r->over_int8};
}

static struct point energy_latency(const struct sweep_row *r) {
    return (struct point){.x = r->token_us.value, .y = r->token_nj.value};
}

enum se_status sweep_mark(struct sweep *sweep, struct se_error *err) {
    struct point *points = calloc(sweep->n + 1, sizeof *points);
    size_t *first = calloc(sweep->n + 1, sizeof *first);
    if (points && first) {
        find_workloads(sweep, first);
        mark_front(sweep, points, area_accuracy, true);
        mark_front(sweep, points, energy_latency, false);
    }
    bool done = points && first;
    free(points);
    free(first);
    return done ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu rows", sweep->n);
}

const char *sweep_workload_name(const struct sweep *sweep, size_t workload, size_t size,
                                char *text) {
    size_t i = 0;
    while (sweep->rows[i].workload != workload) {
        i++;
    }
    const struct se_chip *c = &sweep->rows[i].chip;
    snprintf(text, size, "%s, %d layers of %d channels, %s (%s)", c->model.name, c->model.layers,
             c->model.d_inner, c->tech, se_device_names[c->device]);
    return text;
}

// ---- CSV ----------------------------------------------------------------------------------------

static void print_chip(FILE *to, const struct se_chip *c) {
    const struct se_chip_model *m = &c->model;
    fprintf(to, "%s,%d,%d,%d,%d,%d,%d,%s,%d,%d,%d,%s,%s,%d,%s,%s,%s,%d,%d,%s,%s", m->name,
            m->layers, m->d_model, m->d_inner, m->d_state, m->headdim, m->groups,
            se_chip_lookup_names[c->lookup], c->head_groups, c->dim_groups, c->table_layers,
            c->int32_bounds ? "int32" : "minimal", c->scale_bits == 16 ? "fp16" : "fp32",
            se_chip_scale_words(c), c->int8_state ? "int8" : "fp32",
            c->double_buffered ? "double-buffered" : "all",
            c->mode == SE_CHIP_NO_MODE ? "" : se_input_mode_names[c->mode], c->code_width, c->lanes,
            c->tech, se_device_names[c->device]);
}

static void print_band(FILE *to, struct se_band b) {
    fprintf(to, ",%.6g,%.6g,%.6g", b.value, b.low, b.high);
}

static void print_csv(const void *data, FILE *to) {
    const struct sweep *s = data;
    for (size_t key = 0; key < SE_CHIP_KEYS; key++) {
        fprintf(to, "%s%s", key ? "," : "", se_chip_keys[key]);
    }
    fprintf(to, ",memory_kib,memory_mm2,memory_mm2_low,memory_mm2_high,kge,logic_mm2,logic_mm2_low,"
                "logic_mm2_high,area_mm2,area_mm2_low,area_mm2_high,leakage_mw,dram_kib,token_us,"
                "token_us_low,token_us_high,"
                "token_nj,token_nj_low,token_nj_high,over_int8_pct,pareto_area_accuracy,"
                "pareto_energy_latency\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct sweep_row *r = &s->rows[i];
        print_chip(to, &r->chip);
        fprintf(to, ",%.6g", r->memory_kib);
        print_band(to, r->memory_mm2);
        fprintf(to, ",%.6g", r->kge);
        print_band(to, r->logic_mm2);
        print_band(to, r->area_mm2);
        fprintf(to, ",%.6g,%.6g", r->leakage_mw, r->dram_kib);
        print_band(to, r->token_us);
        print_band(to, r->token_nj);
        fprintf(to, isnan(r->over_int8) ? "," : ",%.5f", r->over_int8);
        fprintf(to, ",%d,%d\n", r->area_accuracy, r->energy_latency);
    }
}

// ---- what is drawn
// -------------------------------------------------------------------------------

static const char *const picture_names[] = {"energy", "area"}; // by of_area

struct picture {
    const struct sweep *sweep;
    bool of_area;
};

static struct point point_of(const struct picture *p, const struct sweep_row *r) {
    return p->of_area ? area_accuracy(r) : energy_latency(r);
}

struct range {
    double low, high;
};

// Of all points, with a margin; no points: low above high.
static void find_ranges(const struct picture *p, struct range *x, struct range *y) {
    *x = *y = (struct range){INFINITY, -INFINITY};
    for (size_t i = 0; i < p->sweep->n; i++) {
        const struct point at = point_of(p, &p->sweep->rows[i]);
        if (!isnan(at.y)) {
            *x = (struct range){fmin(x->low, at.x), fmax(x->high, at.x)};
            *y = (struct range){fmin(y->low, at.y), fmax(y->high, at.y)};
        }
    }
}

// Without a measured accuracy there is nothing to draw of it.
static bool has_points(const struct picture *p) {
    struct range x, y;
    find_ranges(p, &x, &y);
    return x.low <= x.high;
}

// ---- Markdown -----------------------------------------------------------------------------------

static int by_area(const void *a, const void *b) {
    const struct sweep_row *const *x = a, *const *y = b;
    return ((*x)->area_mm2.value > (*y)->area_mm2.value) -
           ((*x)->area_mm2.value < (*y)->area_mm2.value);
}

static int by_time(const void *a, const void *b) {
    const struct sweep_row *const *x = a, *const *y = b;
    return ((*x)->token_us.value > (*y)->token_us.value) -
           ((*x)->token_us.value < (*y)->token_us.value);
}

// The rows of a front, least area or time first; their number.
static size_t front_of(const struct sweep *s, size_t workload, bool of_area,
                       const struct sweep_row **rows) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct sweep_row *r = &s->rows[i];
        if (r->workload == workload && (of_area ? r->area_accuracy : r->energy_latency)) {
            rows[n++] = r;
        }
    }
    qsort(rows, n, sizeof *rows, of_area ? by_area : by_time);
    return n;
}

static void print_front(const struct sweep *s, size_t workload, bool of_area, FILE *to) {
    const struct sweep_row **rows = calloc(s->n + 1, sizeof *rows);
    const size_t n = rows ? front_of(s, workload, of_area, rows) : 0;
    fprintf(to,
            "| mode | lookup | head x dim groups | lanes | state | resident | area mm2 | %% over "
            "int8 | us a token | nJ a token |\n|---|---|---|---:|---|---|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < n && i < FRONT_ROWS; i++) {
        const struct sweep_row *r = rows[i];
        const struct se_chip *c = &r->chip;
        char accuracy[24] = "";
        if (!isnan(r->over_int8)) {
            snprintf(accuracy, sizeof accuracy, "%.3f", r->over_int8);
        }
        fprintf(to, "| %s | %s | %d x %d | %d | %s | %s | %.4g | %s | %.4g | %.4g |\n",
                c->mode == SE_CHIP_NO_MODE ? "" : se_input_mode_names[c->mode],
                se_chip_lookup_names[c->lookup], c->head_groups, c->dim_groups, c->lanes,
                c->int8_state ? "INT8" : "FP32", c->double_buffered ? "two layers" : "all layers",
                r->area_mm2.value, accuracy, r->token_us.value, r->token_nj.value);
    }
    if (n > FRONT_ROWS) {
        fprintf(to, "\nand %zu more: %s.csv.\n", n - FRONT_ROWS, s->name);
    }
    free(rows);
}

static void print_markdown(const void *data, FILE *to) {
    const struct sweep *s = data;
    const struct se_origin origin = se_origin_now();
    fprintf(to,
            "# Chips swept: %s\n\n"
            "`w4a5se sweep --config %s`, %s, %s: %zu combinations, %zu of them chips that are "
            "there already and %zu that cannot be built%s%s; %zu chips on %zu threads in %.2f s, "
            "%.0f a minute. All rows: [%s.csv](%s.csv).\n\n"
            "Area and energy are typical figures; the CSV has their low and high ends. Accuracy: "
            "bits a byte over INT8's on the small model, for the mode (with a lookup its piecewise "
            "form) and the states ([modes.md](modes.md)); chips whose mode was not measured are on "
            "no front of accuracy. Chips of one model, shape and technology compete.\n\n"
            "Energy is dynamic: leakage stands beside it.\n",
            s->name, s->path, origin.date, origin.processor, s->chips.chips, s->alike,
            s->unbuildable, *s->reason.message ? ": " : "", s->reason.message, s->n, s->threads,
            s->seconds, s->seconds > 0 ? (double)s->chips.chips / s->seconds * 60 : 0, s->name,
            s->name);
    for (int of_area = 1; of_area >= 0; of_area--) {
        const struct picture picture = {s, of_area};
        if (has_points(&picture)) {
            fprintf(to, "\n![%s](%s-%s.svg)\n",
                    of_area ? "Area against accuracy" : "Energy against time", s->name,
                    picture_names[of_area]);
        }
    }
    for (size_t w = 0; w < s->workloads; w++) {
        char name[WORKLOAD_NAME];
        fprintf(to, "\n## %s\n\nLeast area and bits a byte:\n\n",
                sweep_workload_name(s, w, sizeof name, name));
        print_front(s, w, true, to);
        fprintf(to, "\nLeast energy and time:\n\n");
        print_front(s, w, false, to);
    }
}

// ---- pictures -----------------------------------------------------------------------------------

static bool is_on_front(const struct picture *p, const struct sweep_row *r) {
    return p->of_area ? r->area_accuracy : r->energy_latency;
}

static void put_points(const struct picture *p, size_t workload, bool front, FILE *to) {
    const struct sweep *s = p->sweep;
    struct point *points = calloc(s->n + 1, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; points && i < s->n; i++) {
        const struct sweep_row *r = &s->rows[i];
        struct point at = point_of(p, r);
        if (r->workload == workload && !isnan(at.y) && (!front || is_on_front(p, r))) {
            points[n++] = at;
        }
    }
    qsort(points, n, sizeof *points, by_place);
    fprintf(to, "$%s%zu << EOD\n", front ? "front" : "all", workload);
    char last[40] = "";
    for (size_t i = 0; i < n; i++) { // a picture has no use for points upon each other
        char text[40];
        snprintf(text, sizeof text, "%.3g %.3g", points[i].x, points[i].y);
        if (strcmp(text, last) != 0) {
            fprintf(to, "%s\n", text);
        }
        strcpy(last, text);
    }
    fputs("NaN NaN\nEOD\n", to);
    free(points);
}

static void put_axes(const struct picture *p, FILE *to) {
    const double factor = 1.5, margin = 0.1;
    struct range x, y;
    find_ranges(p, &x, &y);
    fputs("set terminal svg size 960,560 background rgb 'white' font 'sans,13'\n"
          "set border 3\nset tics nomirror out\nset logscale x\nset format x '%g'\n"
          "set key outside top center vertical maxrows 6\n",
          to);
    fprintf(to, "set xrange [%g:%g]\n", x.low / factor, x.high * factor);
    if (p->of_area) {
        fprintf(to,
                "set yrange [%g:%g]\nset xlabel 'area, mm2'\n"
                "set ylabel '%% bits a byte over INT8, small model'\n",
                y.low - margin, y.high + margin);
    } else {
        fprintf(to,
                "set logscale y\nset format y '%%g'\nset yrange [%g:%g]\n"
                "set xlabel 'us a token'\nset ylabel 'nJ a token'\n",
                y.low / factor, y.high * factor);
    }
}

static void put_picture(const void *data, FILE *to) {
    static const char *const colours[COLOURS] = {"1f6feb", "d9480f", "2b8a3e",
                                                 "862e9c", "495057", "e67700"};
    const struct picture *p = data;
    const size_t shown = p->sweep->workloads < COLOURS ? p->sweep->workloads : COLOURS;
    for (size_t w = 0; w < shown; w++) {
        put_points(p, w, false, to);
        put_points(p, w, true, to);
    }
    put_axes(p, to);
    fputs("plot ", to);
    for (size_t w = 0; w < shown; w++) {
        char name[WORKLOAD_NAME];
        fprintf(to,
                "%s$all%zu with points pt 7 ps 0.25 lc rgb '#b0%s' notitle, "
                "$front%zu with linespoints pt 7 ps 0.6 lw 1.5 lc rgb '#%s' title '%s'",
                w ? ", " : "", w, colours[w], w, colours[w],
                sweep_workload_name(p->sweep, w, sizeof name, name));
    }
    fputs("\n", to);
}

enum se_status sweep_write(const struct sweep *s, const char *directory, struct se_error *err) {
    char name[100];
    enum se_status status = cli_make_directory(directory, err);
    for (int of_area = 1; of_area >= 0 && !status; of_area--) {
        const struct picture picture = {s, of_area};
        snprintf(name, sizeof name, "%s-%s.svg", s->name, picture_names[of_area]);
        if (has_points(&picture)) {
            status = svg_draw(directory, name, put_picture, &picture, err);
        }
    }
    snprintf(name, sizeof name, "%s.csv", s->name);
    status = status ? status : se_report_text(directory, name, print_csv, s, err);
    snprintf(name, sizeof name, "%s.md", s->name);
    return status ? status : se_report_text(directory, name, print_markdown, s, err);
}
