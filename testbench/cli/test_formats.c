// SPDX-License-Identifier: Apache-2.0
// `w4a5se formats` and `w4a5se gemm` on the first recorded layer: the figures of their JSON
// computed once more, from the recordings, the weights and the levels and scales that it states.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

TestSuite(formats, .init = scratch_begin, .fini = scratch_end);
TestSuite(gemm, .init = scratch_begin, .fini = scratch_end);

enum { CALIBRATION = 224, TOKENS = 256, CHANNELS = 256, ROWS = 40 };

static float calibration[CALIBRATION * CHANNELS], test[TOKENS * CHANNELS], u[TOKENS * CHANNELS];

static void read_layer(void) {
    expect_success("mkdir $T/d && cp data/small-mamba/activations/layer0.*.npy $T/d");
    memcpy(calibration,
           get_npy("d/layer0.calibration.npy", "<f4", "(224, 256)", sizeof calibration),
           sizeof calibration);
    memcpy(test, get_npy("d/layer0.test.npy", "<f4", "(256, 256)", sizeof test), sizeof test);
}

static double number(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value) || json_is_null(value), "the report has no %s", key);
    return json_is_null(value) ? INFINITY : json_number_value(value);
}

static double sqnr(size_t n, const float *values, const double *results) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        signal += (double)values[i] * (double)values[i];
        noise += pow((double)values[i] - results[i], 2);
    }
    return 10 * log10(signal / noise);
}

// Sections "Quantiser" and "Dequantiser" of docs/numerics.md.
static double through_quantizer(const json_t *q, int bits, float v) {
    float s1 = (float)number(q, "s1"), s2 = s1 * (float)number(q, "ratio");
    bool flag = v > (float)number(q, "thr_pos") || v < -(float)number(q, "thr_neg");
    float s = flag ? s2 : s1, first = (float)number(q, flag ? "base2" : "base1");
    float integer = roundf(v * (1 / s)), last = first + ldexpf(1, bits) - 1;
    return (double)(fminf(fmaxf(integer, first), last) * s);
}

static double through_levels(const json_t *layer, float v) {
    json_t *levels = json_object_get(layer, "levels");
    double scale = number(layer, "scale"), nearest = INFINITY;
    for (size_t i = 0; i < json_array_size(levels); i++) {
        double level = json_number_value(json_array_get(levels, i)) * scale;
        nearest = fabs(v - level) < fabs(v - nearest) ? level : nearest;
    }
    return nearest;
}

static double recomputed(const json_t *layer, size_t n, const float *values) {
    static double results[TOKENS * CHANNELS];
    for (size_t i = 0; i < n; i++) {
        results[i] = json_object_get(layer, "levels") ? through_levels(layer, values[i])
                                                      : through_quantizer(layer, 4, values[i]);
    }
    return sqnr(n, values, results);
}

Test(formats, figures_follow_from_the_levels_and_none_passes_the_bound) {
    read_layer();
    expect_success("$W formats --data $T/d --reports $T/r --bytes 0");
    json_t *root = json_loads(get_file("r/formats.json", NULL), 0, NULL), *row;
    double bound[7] = {0}, w4a5_se = 0;
    size_t i, rows = 0;
    cr_assert(root);
    json_array_foreach(json_object_get(root, "formats"), i, row) {
        const json_t *layer = json_array_get(json_object_get(row, "layers"), 0);
        const char *name = json_string_value(json_object_get(row, "format"));
        double all = number(row, "sqnr_db"), own = number(layer, "calibration_sqnr_db");
        cr_expect(fabs(recomputed(layer, TOKENS * CHANNELS, test) - all) < 1e-4, "%s", name);
        cr_expect(fabs(recomputed(layer, CALIBRATION * CHANNELS, calibration) - own) < 1e-3, "%s",
                  name);
        cr_expect(all == number(layer, "sqnr_db"), "%s: one layer is all layers", name);
        if (!strncmp(name, "lloyd-max", 9)) {
            bound[(int)number(row, "bits")] = own;
        }
        w4a5_se = strcmp(name, "w4a5-se-offset") ? w4a5_se : all;
    }
    json_array_foreach(json_object_get(root, "formats"), i, row) {
        const json_t *layer = json_array_get(json_object_get(row, "layers"), 0);
        double most = bound[(int)number(row, "bits")];
        cr_expect(number(layer, "calibration_sqnr_db") <= most && most > 0, "row %zu", i);
        rows++;
    }
    cr_expect(rows > 30 && w4a5_se > 20);
    cr_expect(strstr(get_file("r/formats.svg", NULL), "<svg"));
    cr_expect(strstr(get_file("r/formats.md", NULL), "| e2m1 | 4 |"));
    json_decref(root);
}

// A format of many levels leaves the model as it is, one of 16 even levels does not.
Test(formats, bits_of_a_text) {
    expect_success("$W formats --reports $T/r --bytes 2000");
    json_t *root = json_loads(get_file("r/formats.json", NULL), 0, NULL), *row;
    size_t i, found = 0;
    cr_assert(root);
    double plain = number(root, "float32_bits_a_token");
    cr_expect(number(root, "tokens") > 1990 && number(root, "tokens") < 2000);
    json_array_foreach(json_object_get(root, "formats"), i, row) {
        const char *name = json_string_value(json_object_get(row, "format"));
        double over = number(row, "bits_a_token") - plain;
        cr_expect(over < 0.15, "%s costs %g", name, over);
        if (!strcmp(name, "lloyd-max, 64 levels")) {
            cr_expect(fabs(over) < 0.005, "%s costs %g", name, over);
            found++;
        } else if (!strcmp(name, "int4")) {
            cr_expect(over > 0.02, "%s costs %g", name, over);
            found++;
        }
    }
    cr_expect_eq(found, 2);
    json_decref(root);
}

Test(formats, refusals) {
    read_layer();
    expect_refused("$W formats --data $T/d --reports $T/out --bytes 100", "layers", "small-mamba");
    expect_refused("$W formats --data $T/nosuch --reports $T/out", "nosuch", "layer0");
    expect_success("mkdir $T/z && cp data/small-mamba/activations/layer0.calibration.npy $T/z");
    expect_refused("$W formats --data $T/z --reports $T/out", "layer0.test.npy", NULL);
    memset(calibration, 0, sizeof calibration);
    put_npy("d/layer0.calibration.npy", "<f4", "False", "(224, 256)", sizeof calibration,
            calibration);
    expect_refused("$W formats --data $T/d --reports $T/out", "layer 0", "zero");
    expect_success("cp data/small-mamba/activations/layer0.calibration.npy $T/d");
    memset(test, 0, sizeof test);
    put_npy("d/layer0.test.npy", "<f4", "False", "(256, 256)", sizeof test, test);
    expect_refused("$W formats --data $T/d --reports $T/out", "layer 0", "test part is zero");
}

// ---- GEMM ----

static float f16(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float magnitude =
        exponent ? ldexpf((float)(1024 + fraction), exponent - 25) : ldexpf((float)fraction, -24);
    return bits >> 15 ? -magnitude : magnitude;
}

static float w[ROWS * CHANNELS], rounded[ROWS * CHANNELS];

// x_proj, as stored and with the largest magnitude of each group at the largest integer.
static void read_x_proj(void) {
    uint16_t bits[ROWS * CHANNELS];
    memcpy(bits,
           get_tensor("data/small-mamba/model.safetensors", "backbone.layers.0.mixer.x_proj.weight",
                      "F16", "[40,256]"),
           sizeof bits);
    for (int i = 0; i < ROWS * CHANNELS; i++) {
        w[i] = f16(bits[i]);
    }
}

static void round_x_proj(int group, int largest_integer) {
    for (int g = 0; g < ROWS * CHANNELS; g += group) {
        float largest = 0;
        for (int i = g; i < g + group; i++) {
            largest = fmaxf(largest, fabsf(w[i]));
        }
        float scale = largest / (float)largest_integer;
        for (int i = g; i < g + group; i++) {
            rounded[i] = rintf(w[i] / scale) * scale;
        }
    }
}

// SQNR of rounded * u beside w * test.
static double product_db(void) {
    static float exact[TOKENS * ROWS];
    static double results[TOKENS * ROWS];
    for (int t = 0; t < TOKENS; t++) {
        for (int m = 0; m < ROWS; m++) {
            double real = 0, sum = 0;
            for (int k = 0; k < CHANNELS; k++) {
                real += (double)w[m * CHANNELS + k] * (double)test[t * CHANNELS + k];
                sum += (double)rounded[m * CHANNELS + k] * (double)u[t * CHANNELS + k];
            }
            exact[t * ROWS + m] = (float)real;
            results[t * ROWS + m] = sum;
        }
    }
    return sqnr(TOKENS * ROWS, exact, results);
}

static void scan_layer(void) {
    expect_success("mkdir $T/y && $W conv --in data/small-mamba/layers/layer0.safetensors --values "
                   "$T/v.npy && $W scan --in data/small-mamba/layers/layer0.safetensors --in "
                   "u=$T/v.npy --out $T/y/layer0.npy");
}

Test(gemm, figures_follow_from_the_quantisers) {
    size_t i, x_proj = 0, out_proj = 0;
    json_t *row;
    read_layer();
    read_x_proj();
    scan_layer();
    expect_success("$W gemm --data $T/d --y $T/y --reports $T/r");
    json_t *root = json_loads(get_file("r/gemm.json", NULL), 0, NULL);
    cr_assert(root);
    json_array_foreach(json_object_get(root, "products"), i, row) {
        const char *name = json_string_value(json_object_get(row, "activations"));
        bool int8 = !strncmp(json_string_value(json_object_get(row, "weights")), "INT8", 4);
        if (strcmp(json_string_value(json_object_get(row, "matrix")), "x_proj")) {
            cr_expect(number(row, "sqnr_db") > 5, "%s: %g dB", name, number(row, "sqnr_db"));
            out_proj++;
            continue;
        }
        int bits = !strcmp(name, "int8") ? 8 : !strcmp(name, "int5-offset") ? 5 : 4;
        for (int k = 0; k < TOKENS * CHANNELS; k++) {
            u[k] = (float)through_quantizer(row, bits, test[k]);
        }
        round_x_proj(int8 ? CHANNELS : 64, int8 ? 127 : 7);
        double expected = product_db();
        cr_expect(fabs(expected - number(row, "sqnr_db")) < 1e-3, "%s: %g dB, reported %g", name,
                  expected, number(row, "sqnr_db"));
        x_proj++;
    }
    cr_expect(x_proj == 12 && out_proj == 12, "%zu and %zu products", x_proj, out_proj);
    // Four of six formats have a ratio of 2^k: a sum a row, and four.
    cr_expect(number(root, "sums") == 4 * (1 + 4) * (TOKENS * 40.0 + TOKENS / 2 * 128.0), "%g sums",
              number(root, "sums"));
    cr_expect(number(root, "differ") == 0);
    json_decref(root);
}

Test(gemm, refusals) {
    read_layer();
    expect_refused("$W gemm --data $T/d --y $T/d --reports $T/out", "d/layer0.npy", NULL);
    expect_refused("$W gemm --data $T/nosuch --y $T/d --reports $T/out", "nosuch", NULL);
    expect_refused(
        "$W gemm --data $T/d --model data/small-mamba/layers/layer0.safetensors --y $T/d "
        "--reports $T/out",
        "layer0.safetensors", "x_proj");
    expect_success("mkdir $T/y");
    put_npy("y/layer0.npy", "<f4", "False", "(4, 64)", 1024, test);
    expect_refused("$W gemm --data $T/d --y $T/y --reports $T/out", "out_proj", "64 channels");
    put_npy("y/layer0.npy", "<f4", "False", "(1, 256)", 1024, test);
    expect_refused("$W gemm --data $T/d --y $T/y --reports $T/out", "layer0.npy", "two tokens");
}
