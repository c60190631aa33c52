// SPDX-License-Identifier: Apache-2.0
#include "lookup_costs.h"

#include "cli.h"

#include "w4a5se/scale_table.h"

#include <string.h>

#define CLAIMED_SHAPE "8x4x4"

static const char *const shapes[] = {"8x4x4", "1x4x4", "8x2x2", "1x1x1"};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

// The report's row of PREFIX_FORM_SHAPE, or NULL.
static const json_t *unit_of(const json_t *report, const char *prefix, const char *form,
                             const char *shape) {
    char name[96];
    size_t i;
    const json_t *unit;
    snprintf(name, sizeof name, "%s%s%s%s", prefix, form, *shape ? "_" : "", shape);
    json_array_foreach(json_object_get(report, "units"), i, unit) {
        if (!strcmp(text_of(unit, "unit"), name)) {
            return unit;
        }
    }
    return NULL;
}

static void copy(json_t *row, const char *key, const json_t *unit, const char *from) {
    json_t *value = json_object_get(unit, from);
    if (value) {
        json_object_set(row, key, value);
    }
}

static void add_energy(json_t *row, const json_t *technology) {
    static const char *const bands[][2] = {
        {"pj_low", "low"}, {"pj_typical", "typical"}, {"pj_high", "high"}};
    const json_t *reads = json_object_get(technology, "sram_read_pj_per_bit");
    double logic =
        number_of(row, "pj") * number_of(json_object_get(technology, "logic_from_osu018"), "value");
    for (size_t b = 0; b < sizeof bands / sizeof *bands && json_object_get(row, "pj"); b++) {
        double bit = number_of(json_object_get(reads, bands[b][1]), "value");
        json_object_set_new(row, bands[b][0], json_real(logic + bit * number_of(row, "bits_read")));
    }
}

static json_t *row_of(const char *shape, const char *form, const json_t *synth, const json_t *power,
                      const json_t *technology) {
    static const char *const of_search[] = {"ge", "ge_logic", "flip_flops", "ns"};
    json_t *row = json_pack("{s:s, s:s}", "shape", shape, "form", form);
    const json_t *search = unit_of(synth, "scale_search_", form, shape);
    const json_t *energy = unit_of(power, "scale_search_", form, shape);
    for (size_t k = 0; k < sizeof of_search / sizeof *of_search; k++) {
        copy(row, of_search[k], search, of_search[k]);
    }
    copy(row, "block_ge", unit_of(synth, "scale_lookup_", form, shape), "ge");
    copy(row, "pj", energy, "pj");
    copy(row, "bits_read", energy, "bits_read");
    add_energy(row, technology);
    return row;
}

// A yardstick, whose registers are those of its ports.
static json_t *comparator(const json_t *synth) {
    json_t *row = json_pack("{s:s, s:s}", "shape", CLAIMED_SHAPE, "form", "comparator_32");
    const json_t *unit = unit_of(synth, "", "comparator_32", "");
    copy(row, "ge_logic", unit, "ge_logic");
    copy(row, "ns", unit, "ns");
    return row;
}

static json_t *report_of(const char *reports, const char *name) {
    char path[CLI_PATH_MAX];
    struct se_error err;
    return cli_path(path, reports, name, &err) ? NULL : json_load_file(path, 0, NULL);
}

enum se_status lookup_costs(const char *reports, const char *technology, json_t **rows,
                            struct se_error *err) {
    json_error_t cause;
    json_t *constants = json_load_file(technology, 0, &cause);
    double low, typical, high, logic;
    if (!constants) {
        return se_fail(err, SE_INVALID, "%s: %s", technology, cause.text);
    }
    if (json_unpack(constants, "{s:{s:{s:F}, s:{s:F}, s:{s:F}}, s:{s:F}}", "sram_read_pj_per_bit",
                    "low", "value", &low, "typical", "value", &typical, "high", "value", &high,
                    "logic_from_osu018", "value", &logic)) {
        json_decref(constants);
        return se_fail(err, SE_INVALID,
                       "%s has no sram_read_pj_per_bit (low, typical, high) or logic_from_osu018",
                       technology);
    }
    json_t *synth = report_of(reports, "synth.json"), *power = report_of(reports, "power.json");
    *rows = json_array();
    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t f = 0; f < SE_LOOKUP_FORMS; f++) {
            json_array_append_new(*rows,
                                  row_of(shapes[s], se_lookup_names[f], synth, power, constants));
        }
        json_array_append_new(*rows,
                              row_of(shapes[s], "cursor_unchecked", synth, power, constants));
    }
    json_array_append_new(*rows, comparator(synth));
    json_decref(synth);
    json_decref(power);
    json_decref(constants);
    return SE_OK;
}

static void print_number(FILE *to, const json_t *row, const char *key, int digits) {
    if (json_object_get(row, key)) {
        fprintf(to, " %.*f |", digits, number_of(row, key));
    } else {
        fprintf(to, " - |");
    }
}

void lookup_costs_print(FILE *to, const json_t *rows) {
    static const struct {
        const char *key;
        int digits;
    } columns[] = {{"ge", 0},         {"ge_logic", 0}, {"flip_flops", 0}, {"ns", 2},
                   {"block_ge", 0},   {"pj", 2},       {"bits_read", 1},  {"pj_low", 2},
                   {"pj_typical", 2}, {"pj_high", 2}};
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        fprintf(to, "| %s | %s |", text_of(row, "shape"), text_of(row, "form"));
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
            print_number(to, row, columns[c].key, columns[c].digits);
        }
        fprintf(to, "\n");
    }
}

static const json_t *claimed_row(const json_t *rows, const char *form) {
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        if (!strcmp(text_of(row, "shape"), CLAIMED_SHAPE) && !strcmp(text_of(row, "form"), form)) {
            return row;
        }
    }
    return NULL;
}

void lookup_claim_print(FILE *to, const json_t *claim, const json_t *cycles, const json_t *costs) {
    const char *what = text_of(claim, "measured"), *form = text_of(claim, "form");
    const json_t *walk = claimed_row(cycles, form), *cost = claimed_row(costs, form);
    if (walk && !strcmp(what, "cycles")) {
        fprintf(to, " %.0f to %.0f, mean %.3f cycles |\n", number_of(walk, "cycles_min"),
                number_of(walk, "cycles_max"), number_of(walk, "cycles_mean_of_walk"));
    } else if (walk && !strcmp(what, "compares")) {
        // One compare a cycle, and one cycle for the first bound's read.
        fprintf(to, " %.0f compares |\n", number_of(walk, "cycles_max") - 1);
    } else if (json_object_get(cost, "ge") && !strcmp(what, "ge")) {
        fprintf(to, " %.0f GE, %.0f of it logic |\n", number_of(cost, "ge"),
                number_of(cost, "ge_logic"));
    } else if (json_object_get(cost, "ge_logic") && !strcmp(what, "logic")) {
        fprintf(to, " %.0f GE |\n", number_of(cost, "ge_logic"));
    } else if (json_object_get(cost, "ns") && walk && !strcmp(what, "ns")) {
        fprintf(to, " %.2f ns a cycle, %.0f to %.0f cycles |\n", number_of(cost, "ns"),
                number_of(walk, "cycles_min"), number_of(walk, "cycles_max"));
    } else if (json_object_get(cost, "bits_read") && !strcmp(what, "bits")) {
        fprintf(to, " %.1f bits |\n", number_of(cost, "bits_read"));
    } else if (json_object_get(cost, "pj_typical") && !strcmp(what, "energy")) {
        fprintf(to, " %.4f nJ (%.4f to %.4f) |\n", number_of(cost, "pj_typical") / 1000,
                number_of(cost, "pj_low") / 1000, number_of(cost, "pj_high") / 1000);
    } else {
        fprintf(to, " - |\n");
    }
}
