// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(sweep, .init = scratch_begin, .fini = scratch_end);

enum { ROWS = 400, COLUMNS = 48 };

// A CSV file: texts by row and column, row 0 the names.
struct csv {
    size_t rows;
    char *cells[ROWS][COLUMNS];
};

static void split(char *text, struct csv *csv) {
    *csv = (struct csv){0};
    for (char *line; (line = strsep(&text, "\n")) && *line; csv->rows++) {
        cr_assert_lt(csv->rows, ROWS);
        for (size_t c = 0; line; c++) {
            cr_assert_lt(c, COLUMNS);
            csv->cells[csv->rows][c] = strsep(&line, ",");
        }
    }
}

static const char *text_at(const struct csv *csv, size_t row, const char *name) {
    size_t c = 0;
    while (csv->cells[0][c] && strcmp(csv->cells[0][c], name) != 0) {
        c++;
    }
    cr_assert(csv->cells[0][c], "no column %s", name);
    return csv->cells[row][c];
}

static double at(const struct csv *csv, size_t row, const char *name) {
    const char *text = text_at(csv, row, name);
    return *text ? atof(text) : NAN;
}

static const char LISTS[] = "model: [mamba2-130m, mamba-130m, mamba2-8b]\n"
                            "mode: [int8, w4a5-se-offset, w4a5-se]\n"
                            "lookup: [none]\n"
                            "lanes: [1, 4, 16]\n"
                            "state: [fp32, int8]\n"
                            "resident: [all, double-buffered]\n"
                            "tech: [7nm, 45nm]\n";

static void run(struct csv *csv) {
    struct command c =
        expect_success("printf '%s' >$T/lists.yaml; $W sweep -c $T/lists.yaml -r $T/r "
                       ">/dev/null && cat $T/r/lists.csv",
                       LISTS);
    split(c.out, csv);
}

Test(sweep, has_every_combination) {
    static struct csv csv;
    run(&csv);
    cr_expect_eq(csv.rows, 1u + 3 * 3 * 1 * 3 * 2 * 2 * 2);
    size_t found = 0;
    for (size_t i = 1; i < csv.rows; i++) {
        found += !strcmp(text_at(&csv, i, "model"), "mamba-130m") &&
                 !strcmp(text_at(&csv, i, "mode"), "w4a5-se") && at(&csv, i, "lanes") == 16 &&
                 !strcmp(text_at(&csv, i, "tech"), "45nm");
    }
    cr_expect_eq(found, 4u);
    expect_success("test -s $T/r/lists.md -a -s $T/r/lists-area.svg -a -s $T/r/lists-energy.svg");
}

// Whether row k does at least as well as row i in both, and better in one; among the same model and
// technology.
static bool beats(const struct csv *csv, size_t k, size_t i, const char *x, const char *y) {
    double kx = at(csv, k, x), ky = at(csv, k, y), ix = at(csv, i, x), iy = at(csv, i, y);
    return !strcmp(text_at(csv, k, "model"), text_at(csv, i, "model")) &&
           !strcmp(text_at(csv, k, "tech"), text_at(csv, i, "tech")) && kx <= ix && ky <= iy &&
           (kx < ix || ky < iy);
}

// A row on the front is beaten by none; one off it is beaten, or its like is on the front.
static void check_front(const struct csv *csv, const char *x, const char *y, const char *mark) {
    size_t on_front = 0;
    for (size_t i = 1; i < csv->rows; i++) {
        bool beaten = false, alike = false, marked = at(csv, i, mark) == 1;
        for (size_t k = 1; k < csv->rows && !isnan(at(csv, i, y)); k++) {
            beaten = beaten || (!isnan(at(csv, k, y)) && beats(csv, k, i, x, y));
            alike = alike || (k != i && at(csv, k, mark) == 1 && at(csv, k, x) == at(csv, i, x) &&
                              at(csv, k, y) == at(csv, i, y));
        }
        if (isnan(at(csv, i, y))) {
            cr_expect(!marked, "row %zu has no %s", i, y);
        } else {
            cr_expect(marked ? !beaten : beaten || alike, "row %zu, %s", i, mark);
        }
        on_front += marked;
    }
    cr_expect_geq(on_front, 6u); // of three models in two technologies
}

Test(sweep, marks_the_pareto_fronts) {
    static struct csv csv;
    run(&csv);
    check_front(&csv, "area_mm2", "over_int8_pct", "pareto_area_accuracy");
    check_front(&csv, "token_us", "token_nj", "pareto_energy_latency");
}

// A row is what `estimate` says of that chip.
Test(sweep, rows_are_estimates) {
    static struct csv csv;
    run(&csv);
    for (size_t i = 1; i < csv.rows; i += 37) {
        expect_success("printf 'model: %s\nmode: %s\nlookup: none\nlanes: %s\nstate: %s\n"
                       "resident: %s\ntech: %s\n' >$T/c.yaml",
                       text_at(&csv, i, "model"), text_at(&csv, i, "mode"),
                       text_at(&csv, i, "lanes"), text_at(&csv, i, "state"),
                       text_at(&csv, i, "resident"), text_at(&csv, i, "tech"));
        json_t *root = json_loads(expect_success("$W estimate -c $T/c.yaml --json").out, 0, NULL);
        size_t k, met = 0;
        json_t *row;
        json_array_foreach(json_object_get(root, "totals"), k, row) {
            const char *name = json_string_value(json_object_get(row, "name")),
                       *unit = json_string_value(json_object_get(row, "kind"));
            double typical = json_number_value(json_object_get(row, "typical"));
            const char *column = !strcmp(name, "area")                               ? "area_mm2"
                                 : !strcmp(name, "time") && strstr(unit, "/token")   ? "token_us"
                                 : !strcmp(name, "energy") && strstr(unit, "/token") ? "token_nj"
                                                                                     : NULL;
            if (column) {
                cr_expect_float_eq(at(&csv, i, column) / typical, 1, 1e-5, "row %zu, %s", i,
                                   column);
                met++;
            }
        }
        cr_expect_eq(met, 3u);
        json_decref(root);
    }
}

// Without a lookup head and dim groups are of no use, and a chip is there once.
Test(sweep, a_chip_is_there_once) {
    struct command c = expect_success(
        "printf 'model: mamba2-130m\nlookup: [none, cursor]\nhead_groups: [1, 2, 4]\n' >$T/a.yaml; "
        "$W sweep -c $T/a.yaml -r $T/r && wc -l <$T/r/a.csv");
    cr_expect(strstr(c.out, "4 chips (2 combinations are chips already there, 0 cannot be built)"),
              "%s", c.out);
    cr_expect(strstr(c.out, "\n5\n"), "%s", c.out);
    c = expect_success("printf 'model: [mamba2-130m, mamba-130m]\nlookup: [none, cursor]\n' "
                       ">$T/a.yaml; $W sweep -c $T/a.yaml -r $T/r");
    cr_expect(strstr(c.out, "3 chips (0 combinations are chips already there, 1 cannot be built: "
                            "lookup is cursor, but Mamba-1"),
              "%s", c.out);
}

Test(sweep, refusals) {
    static const struct {
        const char *text, *word, *other;
    } CASES[] = {
        {"model: [mamba2-130m]\\ncolour: [red]\\n", "colour", "line 2"},
        {"model: [gpt]\\n", "no model gpt", "mamba2-8b"},
        {"lanes: [1, 2]\\n", "model is missing", NULL},
        {"model: []\\n", "model", "empty list"},
        {"model: mamba2-130m\\nlanes: [4, 3]\\n", "lanes 3", "1, 2, 4, 8 or 16"},
        {"model: mamba2-130m\\nlanes: [4, 0]\\n", "lanes 0", "lanes is 0"},
        {"model: mamba2-130m\\nlanes: [4, nan]\\n", "lanes is 'nan'", "integer"},
        {"model: mamba2-130m\\nlanes: [4, 4]\\n", "lanes", "twice"},
        {"model: mamba2-130m\\nlanes: 4\\nlanes: 8\\n", "lanes", "twice"},
        {"model: mamba2-130m\\nlanes: [[4]]\\n", "lanes", "list"},
        {"model: mamba2-130m\\nlanes: {a: 4}\\n", "lanes", "mapping"},
        {"model: mamba2-130m\\nlayers: [1, 99999999999]\\n", "layers is '99999999999'", NULL},
        {"model: mamba2-130m\\nmode: [int8, fp32]\\n", "mode fp32", "no codes"},
        {"model: mamba2-130m\\nmode: int8\\ncode_width: 5\\n", "code_width", "mode"},
        {"model: mamba2-130m\\ntech: [7nm, 28nm]\\n", "28nm", "22nm"},
        {"model: mamba2-130m\\ndevice: [typical, hp]\\n", "device hp", "7nm has no device hp"},
        {"model: mamba2-130m\\nscales: [fp32, fp16]\\n", "scales fp16", "6 words"},
        {"model: mamba2-130m\\nscale_words: 1\\n", "scale_words is 1", "two scales"},
        {"model: mamba2-130m\\n---\\nmodel: mamba2-8b\\n", "one document", NULL},
        {"model: \"mamba2-130m\\\\0x\"\\n", "model", "no text"},
        {"model: mamba2-130m\\ntable_layers: [0, 25]\\n", "table_layers 25", "0 to 24"},
        {"model: mamba-130m\\nlookup: [none, cursor]\\n", "lookup cursor", "Mamba-1"},
        {"[model]\\n", "not a mapping", NULL},
        {"model: [mamba2-130m\\n", "not valid YAML", NULL},
        {"", "not a mapping", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[300];
        snprintf(line, sizeof line, "printf '%s' >$T/s.yaml; $W sweep -c $T/s.yaml -r $T/out/r",
                 CASES[i].text);
        expect_refused(line, CASES[i].word, CASES[i].other);
    }
    expect_refused("$W sweep -c $T/none.yaml", "none.yaml", NULL);
    expect_refused("$W sweep -c data -r $T/out/r", "data is not a file", NULL);
    expect_refused("$W sweep -c data/chips.yaml -r $T/no/r", "no/r", NULL);
    expect_refused("$W sweep -c data/chips.yaml --modes $T/none.json -r $T/out/r", "none.json",
                   NULL);
}

Test(sweep, more_than_can_be) {
    expect_success("printf 'model: mamba2-130m\nlayers: [%%s]\nd_model: [%%s]\n' "
                   "$(seq -s, 1 1000) $(seq -s, 1 1001) >$T/s.yaml");
    expect_refused("$W sweep -c $T/s.yaml -r $T/out/r", "1000000", NULL);
}

// Without a measured accuracy all but that picture is written.
Test(sweep, without_an_accuracy) {
    struct command c =
        expect_success("printf 'model: mamba2-130m\ncode_width: [5, 8]\n' >$T/w.yaml; "
                       "$W sweep -c $T/w.yaml -r $T/r && ls $T/r");
    cr_expect(strstr(c.out, "w-energy.svg") && !strstr(c.out, "\nw-area.svg") && !*c.err, "%s%s",
              c.out, c.err);
}
