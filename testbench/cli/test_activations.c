// SPDX-License-Identifier: Apache-2.0
// The reports on the recorded activations: what the project claims, read from the JSON
// and computed once more, from the .npy files and the configurations that the reports state.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

TestSuite(activations, .init = scratch_begin, .fini = scratch_end);

enum { TOKENS = 256, CHANNELS = 256, VALUES = TOKENS * CHANNELS };

static double number(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value) || json_is_null(value), "the report has no %s", key);
    return json_is_null(value) ? INFINITY : json_number_value(value);
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    cr_assert(value, "the report has no %s", key);
    return value;
}

static bool is(const json_t *object, const char *key, const char *value) {
    return !strcmp(text(object, key), value);
}

static bool is_dual(const json_t *row) {
    return !is(row, "rule", "none");
}

static int width_of(const json_t *row) {
    return (int)number(row, "code_bits") + is_dual(row);
}

// Section "Quantiser" of docs/numerics.md, in as few words as C allows.
static void expect_recomputed(const char *label, const json_t *row, const float *values) {
    float s1 = (float)number(row, "s1"), ratio = (float)number(row, "ratio"), s2 = s1 * ratio;
    float thr_pos = (float)number(row, "thr_pos"), thr_neg = (float)number(row, "thr_neg");
    float levels = ldexpf(1, (int)number(row, "code_bits"));
    double signal = 0, noise = 0;
    size_t outliers = 0, zeroed = 0, clipped = 0;
    for (size_t i = 0; i < VALUES; i++) {
        bool flag = values[i] > thr_pos || values[i] < -thr_neg;
        float s = flag ? s2 : s1, first = (float)number(row, flag ? "base2" : "base1");
        float q = roundf(values[i] * (1 / s)), last = first + levels - 1;
        clipped += q < first || q > last;
        q = q < first ? first : q > last ? last : q;
        double error = (double)values[i] - (double)(q * s);
        signal += (double)values[i] * (double)values[i];
        noise += error * error;
        outliers += flag;
        zeroed += flag && q * s == 0;
    }
    double sqnr = 10 * log10(signal / noise);
    cr_expect(fabs(sqnr - number(row, "sqnr_db")) < 1e-4, "%s: %f dB, reported %f", label, sqnr,
              number(row, "sqnr_db"));
    cr_expect((double)outliers == number(row, "outliers"), "%s: %zu outliers", label, outliers);
    cr_expect((double)zeroed == number(row, "outliers_zero"), "%s: %zu zeroed", label, zeroed);
    cr_expect((double)clipped == number(row, "clipped"), "%s: %zu clipped", label, clipped);
}

// Results that a row compares: codes out of the quantiser and of code_unpack, packed words, values,
// and those once more where the power-of-two form runs too.
static double results_compared(const json_t *row) {
    int exponent;
    bool pow2 = is_dual(row) && frexp(number(row, "ratio"), &exponent) == 0.5 && exponent <= 8;
    return VALUES * (3.0 + pow2) + TOKENS * ceil(CHANNELS * width_of(row) / 32.0);
}

struct layer_claims {
    int zeroing_rules, gentle_rules; // rows of R1 and of R3 with a large ratio
    double best_offset, int5, int8;
};

static void check_row(const char *label, const json_t *row, struct layer_claims *claims) {
    double ratio = number(row, "ratio"), zeroed = number(row, "outliers_zero"),
           sqnr = number(row, "sqnr_db");
    cr_expect(number(row, "values") == VALUES, "%s: values", label);
    cr_expect(fabs(number(row, "traffic_percent_of_int8") - 12.5 * width_of(row)) < 1e-9 &&
                  number(row, "bits_per_value") == width_of(row),
              "%s: traffic %g", label, number(row, "traffic_percent_of_int8"));
    if (is(row, "scale", "p99") && (ratio == 16 || ratio == 100 || ratio == 2025)) {
        cr_expect(!is(row, "rule", "R1") || zeroed > 0, "%s: R1 zeroes nothing", label);
        cr_expect(!is(row, "rule", "R3") || zeroed == 0, "%s: R3 zeroes %g", label, zeroed);
        claims->zeroing_rules += is(row, "rule", "R1");
        claims->gentle_rules += is(row, "rule", "R3");
    }
    if (is(row, "format", "w4a5-se-offset")) {
        claims->best_offset = fmax(claims->best_offset, sqnr);
    }
    claims->int5 = is(row, "format", "int5") ? sqnr : claims->int5;
    claims->int8 = is(row, "format", "int8") ? sqnr : claims->int8;
}

static double check_layer(size_t l, const json_t *layer) {
    char path[96], label[128];
    struct layer_claims claims = {0};
    double words = 0, bound = number(layer, "lloyd_max_32_db");
    size_t f;
    json_t *row;
    expect_success("cp data/small-mamba/activations/layer%zu.test.npy $T/test.npy", l);
    snprintf(path, sizeof path, "(%d, %d)", TOKENS, CHANNELS);
    const float *values = get_npy("test.npy", "<f4", path, VALUES * sizeof *values);
    static float aligned[VALUES];
    memcpy(aligned, values, sizeof aligned);
    json_array_foreach(json_object_get(layer, "formats"), f, row) {
        snprintf(label, sizeof label, "layer %zu, %s %s %s ratio %g", l, text(row, "format"),
                 text(row, "rule"), text(row, "scale"), number(row, "ratio"));
        check_row(label, row, &claims);
        expect_recomputed(label, row, aligned);
        words += results_compared(row);
    }
    cr_expect(claims.zeroing_rules == 3 && claims.gentle_rules == 3,
              "layer %zu: %d rows of R1 and %d of R3 with a large ratio", l, claims.zeroing_rules,
              claims.gentle_rules);
    cr_expect(claims.best_offset > bound - 3 && claims.best_offset < bound + 0.5,
              "layer %zu: %g dB, bound %g", l, claims.best_offset, bound);
    cr_expect(claims.int8 > claims.int5 && claims.int5 > 0, "layer %zu: int8 %g, int5 %g", l,
              claims.int8, claims.int5);
    return words;
}

static void check_pictures(size_t layers) {
    for (size_t l = 0; l < layers; l++) {
        char name[64];
        snprintf(name, sizeof name, "r/quantization-layer%zu.svg", l);
        const char *svg = get_file(name, NULL), *start = strstr(svg, "<svg");
        cr_expect(start && strstr(start, "</svg>") && strstr(start, "<path"), "%s is no SVG", name);
        expect_success("! which xmllint >/dev/null || xmllint --noout --nonet $T/%s", name);
    }
    expect_success("for b in quantizer scale_mux code_pack code_unpack; do "
                   "fst2vcd $T/w/$b.fst 2>&1 | grep -q clk_i || exit 1; done");
}

Test(activations, the_reports_say_what_the_project_claims) {
    struct command c = expect_success("$W activations --reports $T/r --work $T/w");
    char compared[80];
    json_error_t error;
    json_t *root = json_loads(get_file("r/quantization.json", NULL), 0, &error), *layer;
    cr_assert(root, "quantization.json: %s", error.text);
    json_t *layers = json_object_get(root, "layers"), *total = json_object_get(root, "compared");
    size_t l;
    double words = 0;
    cr_expect(json_array_size(layers) == 4, "%zu layers", json_array_size(layers));
    json_array_foreach(layers, l, layer) {
        words += check_layer(l, layer);
    }
    cr_expect(number(root, "mismatches") == 0 && number(total, "results") == words && words > 0,
              "%.0f results compared; the formats and shapes make %.0f", number(total, "results"),
              words);
    snprintf(compared, sizeof compared, "%.0f results of RTL and C model compared, 0 mismatches",
             words);
    cr_expect(strstr(get_file("r/quantization.md", NULL), compared), "not in Markdown: %s",
              compared);
    cr_expect(strstr(c.out, compared) && strstr(c.out, "gtkwave"), "not printed: %s", compared);
    cr_expect(!*c.err, "%s", c.err);
    check_pictures(json_array_size(layers));
    json_decref(root);
    // Nothing but the reports is left.
    c = expect_success("ls -A $T/r | grep -v '^quantization' || true");
    cr_expect(!*c.out, "left behind: %s", c.out);
}
