// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/logic.h"
#include "w4a5se/tech.h"

#include <criterion/criterion.h>

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODELS "data/tech/logic"

// ---- the committed models against synthesis that was not fitted ---------------------------------

enum { POINTS_MAX = 400, GIVEN_MAX = SE_LOGIC_PARAMETERS_MAX };

struct row {
    char library[40], block[40], parameters[120], set[8];
    double ge;
};

static const char *folder_of(const char *library) {
    static const char *const NAMES[][2] = {
        {"osu018_stdcells", "osu018"}, {"asap7_rvt_tt", "asap7"}, {"sky130hd_tt", "sky130"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (!strcmp(NAMES[i][0], library)) {
            return NAMES[i][1];
        }
    }
    return library;
}

static size_t read_parameters(const char *text, struct se_named_number *given) {
    int length;
    size_t n = 0;
    while (sscanf(text, " %31[^=]=%lf%n", given[n].name, &given[n].value, &length) == 2) {
        text += length;
        n++;
    }
    return n;
}

// The model's relative error at a row, or NAN for a block without a model. A row leaves parts out.
static double error_at(const struct row *r) {
    struct se_named_number given[GIVEN_MAX + 1], values[GIVEN_MAX];
    struct se_logic_block logic;
    struct se_logic_figures f;
    struct se_error err = {""};
    const char *library = folder_of(r->library);
    if (se_logic_load(MODELS, library, r->block, &logic, NULL)) {
        return NAN;
    }
    logic.parts = 0;
    size_t n = read_parameters(r->parameters, given);
    cr_assert_eq(se_logic_parameters(&logic, n, given, values, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_logic_estimate(MODELS, library, &logic, values, &f, &err), SE_OK, "%s",
                 err.message);
    double error = fabs(f.q[SE_LOGIC_GE] / r->ge - 1);
    cr_expect(error <= logic.ge_error + 1e-3, "%s %s: %g, the file says %g", r->block,
              r->parameters, error, logic.ge_error);
    return error;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Errors at the held rows of one library, ascending.
static size_t held_errors(const char *library, double *errors) {
    char line[400];
    size_t n = 0;
    FILE *in = fopen("reports/synth.csv", "r");
    cr_assert(in);
    while (fgets(line, sizeof line, in)) {
        struct row r;
        if (sscanf(line, "%39[^,],%39[^,],%119[^,],%7[^,],%lf", r.library, r.block, r.parameters,
                   r.set, &r.ge) == 5 &&
            !strcmp(r.library, library) && !strcmp(r.set, "held")) {
            cr_assert_lt(n, POINTS_MAX);
            errors[n] = error_at(&r);
            cr_expect(!(errors[n] > 0.10), "%s: %s %s is off by %g", r.library, r.block,
                      r.parameters, errors[n]);
            n += !isnan(errors[n]);
        }
    }
    fclose(in);
    qsort(errors, n, sizeof *errors, ascending);
    return n;
}

Test(logic, is_near_synthesis_that_was_not_fitted) {
    static const struct {
        const char *library;
        size_t least;
    } CASES[] = {{"osu018_stdcells", 160}, {"asap7_rvt_tt", 160}, {"sky130hd_tt", 60}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double errors[POINTS_MAX];
        size_t n = held_errors(CASES[i].library, errors);
        cr_assert_geq(n, CASES[i].least, "%s: %zu points", CASES[i].library, n);
        cr_expect_leq(errors[n / 2], 0.05, "%s: median %g", CASES[i].library, errors[n / 2]);
    }
}

// Engines synthesised with all that is in them, beside the sum of their parts. Between parts that
// are synthesised apart nothing is simplified, so that the sum is the larger one.
Test(logic, an_engine_is_the_sum_of_its_parts) {
    static const struct {
        const char *engine;
        struct se_named_number given;
    } CASES[] = {{"conv_engine", {"CODE_BITS", 4}}, {"scan_engine", {"LANES", 4}}};
    json_error_t cause;
    json_t *root = json_load_file("reports/synth.json", 0, &cause);
    cr_assert(root, "%s", cause.text);
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        struct se_logic_block logic;
        struct se_named_number values[GIVEN_MAX];
        struct se_logic_figures f;
        struct se_error err = {""};
        json_t *unit, *whole = NULL;
        size_t i;
        json_array_foreach(json_object_get(root, "units"), i, unit) {
            if (!strcmp(json_string_value(json_object_get(unit, "unit")), CASES[k].engine)) {
                whole = unit;
            }
        }
        cr_assert(whole);
        cr_assert_eq(se_logic_load(MODELS, "osu018", CASES[k].engine, &logic, &err), SE_OK, "%s",
                     err.message);
        cr_assert_eq(se_logic_parameters(&logic, 1, &CASES[k].given, values, &err), SE_OK);
        cr_assert_eq(se_logic_estimate(MODELS, "osu018", &logic, values, &f, &err), SE_OK, "%s",
                     err.message);
        double ge = json_number_value(json_object_get(whole, "ge"));
        double flip_flops = json_number_value(json_object_get(whole, "flip_flops"));
        cr_expect(fabs(f.q[SE_LOGIC_GE] / ge - 1) < 0.03, "%s: %g, not %g", CASES[k].engine,
                  f.q[SE_LOGIC_GE], ge);
        cr_expect(fabs(f.q[SE_LOGIC_FLIP_FLOPS] / flip_flops - 1) < 0.02, "%s: %g, not %g",
                  CASES[k].engine, f.q[SE_LOGIC_FLIP_FLOPS], flip_flops);
    }
    json_decref(root);
}

// GE of a library over osu018's, the median of all points.
static double median_of_spread(const char *library) {
    json_t *root = json_load_file("reports/logic.json", 0, NULL), *row;
    double median = NAN;
    size_t i;
    json_array_foreach(json_object_get(root, "spread"), i, row) {
        if (!strcmp(json_string_value(json_object_get(row, "library")), library) &&
            !strcmp(json_string_value(json_object_get(row, "block")), "all")) {
            median = json_number_value(json_object_get(row, "median"));
        }
    }
    json_decref(root);
    return median;
}

// A technology whose library has all blocks counts that library's gates; sky130's and IHP's count
// osu018's by the measured ratio; the others' ratio was not measured and lies between osu018's 1
// and ASAP7's.
Test(logic, ratios_of_gates_are_those_measured) {
    const double asap7 = median_of_spread("asap7_rvt_tt"), sky130 = median_of_spread("sky130hd_tt");
    const struct {
        const char *tech, *logic;
        double least, most;
    } CASES[] = {{"7nm", "asap7", 1, 1},
                 {"asap7", "asap7", 1, 1},
                 {"osu018", "osu018", 1, 1},
                 {"sky130", "osu018", sky130 - 0.006, sky130 + 0.006},
                 {"130nm", "osu018", sky130 - 0.006, sky130 + 0.006},
                 {"22nm", "osu018", 1, asap7},
                 {"32nm", "osu018", 1, asap7},
                 {"45nm", "osu018", 1, asap7}};
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        struct se_tech tech;
        cr_assert_eq(se_tech_load("data/tech", CASES[k].tech, &tech, NULL), SE_OK);
        const double ratio = tech.c[SE_TECH_GATE_RATIO].band.value;
        cr_expect_str_eq(tech.logic, CASES[k].logic, "%s", CASES[k].tech);
        cr_expect(ratio >= CASES[k].least && ratio <= CASES[k].most, "%s: %g", CASES[k].tech,
                  ratio);
    }
}

// ns of fp32_mul in one stage, synthesised for a library.
static double multiplier_ns(const char *library) {
    char line[400], start[80];
    double ns = NAN;
    FILE *in = fopen("reports/synth.csv", "r");
    cr_assert(in);
    snprintf(start, sizeof start, "%s,fp32_mul,LATENCY=0,", library);
    while (fgets(line, sizeof line, in)) {
        if (!strncmp(line, start, strlen(start))) {
            cr_assert_eq(sscanf(line + strlen(start), "%*[^,],%*f,%*f,%*f,%*f,%lf", &ns), 1);
        }
    }
    fclose(in);
    return ns;
}

Test(logic, the_path_of_sky130_is_that_of_its_multiplier) {
    struct se_tech sky130, osu018;
    cr_assert_eq(se_tech_load("data/tech", "sky130", &sky130, NULL), SE_OK);
    cr_assert_eq(se_tech_load("data/tech", "osu018", &osu018, NULL), SE_OK);
    cr_expect_float_eq(sky130.c[SE_TECH_GATE_DELAY].band.value /
                           osu018.c[SE_TECH_GATE_DELAY].band.value,
                       multiplier_ns("sky130hd_tt") / multiplier_ns("osu018_stdcells"), 0.02);
}

// ---- files written here, figures worked by hand -------------------------------------------------

static char home[64];

static void write_block(const char *name, const char *parameters, const char *terms,
                        const char *parts) {
    char path[100];
    snprintf(path, sizeof path, "%s/lib/%s.yaml", home, name);
    FILE *out = fopen(path, "w");
    cr_assert(out);
    fprintf(out,
            "library: hand\ngate_area: 2\nge_error: %s\nns_error: 0.1\nparameters: [%s]\n"
            "terms: [%s]\nparts: [%s]\n",
            *parts ? "0.01" : "0.03", parameters, terms, parts);
    fclose(out);
}

static void begin(void) {
    char line[100];
    strcpy(home, "/tmp/se_test_XXXXXX");
    cr_assert(mkdtemp(home));
    snprintf(line, sizeof line, "mkdir %s/lib", home);
    cr_assert_eq(system(line), 0);
    write_block(
        "leaf",
        "{name: W, least: 2, most: 8, default: 4}, {name: D, least: 1, most: 9, default: 1}",
        "{what: fixed, times: \"1\", ge: 100, flip_flops: 3, ns: 2}, "
        "{what: bits, times: \"W * D\", ge: 10, flip_flops: 1, ns: -0.1}",
        "");
    write_block("tree", "{name: W, least: 2, most: 16, default: 4}",
                "{what: fixed, times: \"1\", ge: 7, flip_flops: 1, ns: 0.5}",
                "{block: leaf, times: \"W - 1\", given: \"D = W + 1\"}, "
                "{block: leaf, times: \"2\", given: \"\"}");
    write_block("loop", "", "{what: fixed, times: \"1\", ge: 1, flip_flops: 0, ns: 0}",
                "{block: loop, times: \"1\", given: \"\"}");
    write_block("wild", "", "{what: fixed, times: \"X\", ge: 1, flip_flops: 0, ns: 0}", "");
}

static void end(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -r %s", home);
    cr_expect_eq(system(line), 0);
}

TestSuite(logic_files, .init = begin, .fini = end);

static enum se_status estimate(const char *block, size_t n, const struct se_named_number *given,
                               struct se_logic_figures *f, struct se_error *err) {
    struct se_logic_block logic;
    struct se_named_number values[GIVEN_MAX];
    enum se_status status = se_logic_load(home, "lib", block, &logic, err);
    if (!status) {
        status = se_logic_parameters(&logic, n, given, values, err);
    }
    return status ? status : se_logic_estimate(home, "lib", &logic, values, f, err);
}

Test(logic_files, a_block_by_hand) {
    struct se_logic_figures f;
    struct se_error err = {""};
    cr_assert_eq(estimate("leaf", 0, NULL, &f, &err), SE_OK, "%s", err.message);
    cr_expect_float_eq(f.q[SE_LOGIC_GE], 140, 1e-9);
    const struct se_named_number given[] = {{"D", 3}, {"W", 2}};
    cr_assert_eq(estimate("leaf", 2, given, &f, &err), SE_OK, "%s", err.message);
    cr_expect_float_eq(f.q[SE_LOGIC_GE], 160, 1e-9);
    cr_expect_float_eq(f.q[SE_LOGIC_FLIP_FLOPS], 9, 1e-9);
    cr_expect_float_eq(f.q[SE_LOGIC_NS], 1.4, 1e-9);
    cr_expect_float_eq(f.area_um2, 320, 1e-9);
    cr_expect_float_eq(f.ge_error, 0.03, 1e-9);
}

Test(logic_files, parts_by_hand) {
    struct se_logic_figures f;
    struct se_error err = {""};
    const struct se_named_number given[] = {{"W", 3}};
    cr_assert_eq(estimate("tree", 1, given, &f, &err), SE_OK, "%s", err.message);
    // 7 + 2 leaves of W 3, D 4 (220) + 2 leaves of W 3, D 1 (130)
    cr_expect_float_eq(f.q[SE_LOGIC_GE], 7 + 2 * 220 + 2 * 130, 1e-9);
    cr_expect_float_eq(f.q[SE_LOGIC_FLIP_FLOPS], 1 + 2 * 15 + 2 * 6, 1e-9);
    cr_expect_float_eq(f.q[SE_LOGIC_NS], 1.7, 1e-9); // the slower leaf
    cr_expect_float_eq(f.ge_error, 0.03, 1e-9);      // the larger
}

Test(logic_files, refusals) {
    static const struct {
        const char *block;
        struct se_named_number given[2];
        size_t n;
        const char *word, *other;
    } CASES[] = {
        {"twig", {{"", 0}}, 0, "no block twig", "leaf loop tree wild"},
        {"../lib/leaf", {{"", 0}}, 0, "no block", "leaf"},
        {"leaf", {{"X", 1}}, 1, "leaf has no parameter X", "W D"},
        {"leaf", {{"W", 9}}, 1, "W of leaf is 9", "2 to 8"},
        {"leaf", {{"W", 1}}, 1, "W of leaf is 1", "2 to 8"},
        {"leaf", {{"W", NAN}}, 1, "W of leaf", "2 to 8"},
        {"leaf", {{"W", 3}, {"W", 3}}, 2, "W of leaf", "twice"},
        {"tree", {{"W", 9}}, 1, "D of leaf is 10", "1 to 9"},
        {"loop", {{"", 0}}, 0, "loop", "part of itself"},
        {"wild", {{"", 0}}, 0, "'X'", "no sense"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_logic_figures f;
        struct se_error err = {""};
        cr_expect_eq(estimate(CASES[i].block, CASES[i].n, CASES[i].given, &f, &err), SE_INVALID,
                     "%s", CASES[i].word);
        cr_expect(strstr(err.message, CASES[i].word) && strstr(err.message, CASES[i].other),
                  "'%s' and '%s' in: %s", CASES[i].word, CASES[i].other, err.message);
    }
    struct se_logic_block logic;
    struct se_error err = {""};
    cr_expect_eq(se_logic_load(home, "bil", "leaf", &logic, &err), SE_INVALID);
    cr_expect(strstr(err.message, "no library bil") && strstr(err.message, " lib"), "%s",
              err.message);
    cr_expect_eq(se_logic_load("/none", "lib", "leaf", &logic, &err), SE_IO);
}
