// SPDX-License-Identifier: Apache-2.0
// `calibrate --model`, `eval` and `modes` on the small model.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(whole_models, .init = scratch_begin, .fini = scratch_end);

#define MODEL "--model data/small-mamba"
#define CALIBRATION "--text data/small-mamba/calibration.txt --bytes 1500 --window 256"

static json_t *evaluated(const char *options) {
    struct command c =
        expect_success("$W eval " MODEL " --calibration $T/c.yaml --bytes 700 --json %s", options);
    json_t *root = json_loads(c.out, 0, NULL);
    cr_assert(root, "%s", c.out);
    return root;
}

static double bits(const json_t *root, const char *mode) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(root, "rows"), i, row) {
        if (!strcmp(json_string_value(json_object_get(row, "mode")), mode)) {
            return json_real_value(json_object_get(row, "bits"));
        }
    }
    cr_assert(false, "there is no row of %s", mode);
    return NAN;
}

static size_t rows(const json_t *root) {
    return json_array_size(json_object_get(root, "rows"));
}

Test(whole_models, one_file_calibrates_every_evaluation) {
    expect_success("$W calibrate " MODEL " " CALIBRATION " --out $T/c.yaml");
    json_t *all = evaluated("");
    double float32 = json_real_value(json_object_get(all, "float32_bits"));
    cr_expect(rows(all) == 13 && json_integer_value(json_object_get(all, "tokens")) == 699);
    cr_expect(float32 > 1 && float32 < 2.5);
    cr_expect(bits(all, "fp32") == float32);
    cr_expect(bits(all, "int8") == bits(all, "fp32-sim-int8"));
    cr_expect(bits(all, "int4") > bits(all, "int8"));
    json_t *chip = evaluated("--scheme w8a8 --mode int8"), *plain;
    cr_expect(rows(chip) == 1 && bits(chip, "int8") != bits(all, "int8"));
    plain = evaluated("--scheme w8a8 --mode int8 --no-hadamard");
    cr_expect(bits(plain, "int8") > bits(chip, "int8"));
    json_decref(plain);
    plain =
        evaluated("--scheme w4a8 --mode w4a5-se --rule R1 --ratio pow2 --state int8-step --y code "
                  "--x-proj code --threads 1");
    json_t *row = json_array_get(json_object_get(plain, "rows"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(row, "rule")), "R1");
    cr_expect_str_eq(json_string_value(json_object_get(row, "ratio")), "pow2");
    cr_expect_str_eq(json_string_value(json_object_get(row, "state")), "int8-step");
    cr_expect_str_eq(json_string_value(json_object_get(row, "x_proj")), "code");
    json_decref(plain);
    json_decref(chip);
    json_decref(all);
    struct command table =
        expect_success("$W eval " MODEL " --calibration $T/c.yaml --bytes 200 --mode int8");
    cr_expect(strstr(table.out, "| int8 |") && strstr(table.out, "float32: "));
}

// Token numbers below 32, for a Mamba-2 of random weights.
#define MAMBA2 "--model testbench/models/expected/mamba2 --text $T/text.npy"
static void put_token_file(void) {
    unsigned char ids[600];
    for (size_t i = 0; i < sizeof ids; i++) {
        ids[i] = (unsigned char)(i * i * 7 + i / 3) % 32;
    }
    put_npy("text.npy", "|u1", "False", "(2, 300)", sizeof ids, ids);
}

Test(whole_models, mamba2_takes_the_same_commands) {
    put_token_file();
    expect_success("$W calibrate " MAMBA2 " --out $T/c.yaml");
    struct command c =
        expect_success("$W eval " MAMBA2 " --calibration $T/c.yaml --scheme w8a8 --no-hadamard "
                       "--state int8-step --json");
    json_t *root = json_loads(c.out, 0, NULL);
    cr_assert(root && rows(root) == 13 &&
              json_integer_value(json_object_get(root, "tokens")) == 598);
    cr_expect(bits(root, "int8") == bits(root, "fp32-sim-int8"));
    json_decref(root);
    expect_refused("$W eval " MAMBA2 " --calibration $T/c.yaml --scheme w8a8", "Hadamard", "30");
    expect_refused("$W eval " MODEL " --calibration $T/c.yaml", "layers", "d_inner");
    expect_refused("$W eval " MAMBA2 " --calibration $T/c.yaml --scheme w8a8 --x-proj code",
                   "--x-proj", "Mamba-2");
    expect_refused("$W calibrate " MAMBA2 " --groups 6 -o $T/out/x", "groups is 6", "multiple");
}

Test(whole_models, observers_change_the_scales) {
    expect_success("$W calibrate " MODEL " " CALIBRATION " --out $T/a.yaml --observer all=minmax");
    expect_success("$W calibrate " MODEL " " CALIBRATION
                   " --out $T/b.yaml --observer u=least-error "
                   "--alpha 0.999 --sigma 0.5 --groups 4");
    expect_success("$W calibrate " MODEL " " CALIBRATION " --out $T/c.yaml --alpha 0.9,1,1,1");
    size_t size;
    char *a = get_file("a.yaml", &size), *b = get_file("b.yaml", &size);
    cr_expect(strcmp(a, b) != 0);
}

Test(whole_models, bad_input_is_named) {
    expect_refused("$W calibrate " MODEL " " CALIBRATION " -o $T/out/x --alpha 0.9,1", "2 alphas",
                   "4 layers");
    expect_refused("$W calibrate " MODEL " " CALIBRATION " -o $T/out/x --alpha 1.5", "alpha",
                   "1.5");
    expect_refused("$W calibrate --model /nonexistent -t x -o $T/out/x", "/nonexistent", "config");
    expect_refused("$W calibrate " MODEL " -t /nonexistent -o $T/out/x", "/nonexistent", "read");
    expect_refused("$W calibrate " MODEL " " CALIBRATION " --groups 0 -o $T/out/x", "0 groups",
                   "256");
    expect_refused("$W eval " MODEL " --calibration /nonexistent", "/nonexistent", "read");
    put_text("bad.yaml", "layers:\n- scales: 3\n");
    expect_refused("$W eval " MODEL " --calibration $T/bad.yaml", "bad.yaml", "layers");
}

// Mamba-2 with the last norm's weights made bfloat16, whose largest makes logits overflow. The
// header keeps its length: what the type's name gains, the metadata loses.
static void put_overflowing_model(void) {
    expect_success("mkdir $T/m && cp testbench/models/expected/mamba2/* $T/m && chmod +w $T/m/*");
    size_t size;
    char *file = get_file("m/model.safetensors", &size), *header = file + sizeof(uint64_t);
    uint64_t length;
    memcpy(&length, file, sizeof length);
    char *format = strstr(header, "\"pt\""), *entry = strstr(header, "\"backbone.norm_f.weight\"");
    cr_assert(format && entry);
    char *type = strstr(entry, "F16"), *offsets = strstr(entry, "offsets\":["), *end;
    size_t first = strtoul(offsets + strlen("offsets\":["), &end, 10);
    size_t last = strtoul(end + 1, NULL, 10);
    memmove(format + 2, format + 3, (size_t)(type - format) - 3);
    type[-1] = 'B';
    for (size_t i = first; i < last; i += 2) {
        memcpy(header + length + i, "\x7F\x7F", 2);
    }
    put_file("m/model.safetensors", size, file);
}

Test(whole_models, bits_that_are_not_finite_are_refused) {
    put_token_file();
    put_overflowing_model();
    expect_success("$W calibrate " MAMBA2 " --out $T/c.yaml");
    expect_refused("$W eval --model $T/m --text $T/text.npy --calibration $T/c.yaml --json",
                   "float model", "not finite");
}

static void expect_usage(const char *options, const char *word) {
    struct command c = command("$W eval " MODEL " --calibration /nonexistent %s", options);
    cr_expect(c.status == 2 && !*c.out && strstr(c.err, word), "%s: %d, %s", options, c.status,
              c.err);
}

Test(whole_models, options_that_change_nothing_are_refused) {
    static const char *const of_chip[] = {"--state int8-step", "--call 8", "--y code",
                                          "--x-proj code", "--no-hadamard"};
    for (size_t i = 0; i < sizeof of_chip / sizeof *of_chip; i++) {
        expect_usage(of_chip[i], "needs --scheme w8a8 or w4a8");
    }
    expect_usage("--scheme w8a8 --call 8", "--call needs --state int8-final");
    expect_usage("--scheme w8a8 --state int8-step --call 8", "--call needs --state int8-final");
    expect_usage("--mode int8 --rule R1", "--rule is for modes with two scales");
    expect_usage("--mode fp32 --ratio pow2", "--ratio is for modes with two scales");
    expect_refused("$W eval " MODEL " --calibration /nonexistent --scheme w8a8 --call 8 --state "
                   "int8-final --mode w4a5-se --rule R1",
                   "/nonexistent", "read");
}

Test(whole_models, modes_reports) {
    expect_success("head -c 900 data/small-mamba/calibration.txt > $T/k.txt");
    struct command c = expect_success("$W modes " MODEL " --bytes 300 --calibrate-on $T/k.txt "
                                      "--calibration-bytes 1024 --reports $T");
    cr_expect(strstr(c.out, "equal to int8 in every scheme, exactly: yes"));
    size_t size;
    json_t *root = json_loads(get_file("modes.json", &size), 0, NULL);
    cr_assert(root);
    cr_expect(json_is_true(json_object_get(root, "simulation_is_int8")));
    cr_expect(rows(root) == 3 * 13 + 2 * 9 + 2 * 6 + 2 * 9);
    char *text = get_file("modes.md", &size);
    cr_expect(strstr(text, ": 299 bytes foreseen, calibrated on ") &&
              strstr(text, "k.txt (900 tokens)") && strstr(text, "| bits a byte |"));
    cr_expect(strstr(text, "## The notes' four modes") && strstr(text, "p99/15 R1 ratio 2025"));
    json_decref(root);
}
