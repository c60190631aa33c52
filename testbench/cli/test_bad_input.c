// SPDX-License-Identifier: Apache-2.0
// Whatever cannot be used ends in one sentence, status 1, and nothing written.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(bad_input, .init = scratch_begin, .fini = scratch_end);

struct refusal {
    const char *line, *word, *other_word;
};

static void expect_all_refused(size_t n, const struct refusal *refusals) {
    for (size_t i = 0; i < n; i++) {
        expect_refused(refusals[i].line, refusals[i].word, refusals[i].other_word);
    }
}

#define EXPECT_ALL_REFUSED(list) expect_all_refused(sizeof list / sizeof *list, list)

static const char dual_config[] = "code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: 3.75\nthr_neg: 4.25\n";

static void put_good_files(void) {
    const float values[6] = {0, 1, -2, 3, 0.25f, 100};
    const uint8_t codes[6] = {0, 1, 31, 16, 15, 9}, packed[10] = {0};
    put_npy("good.npy", "<f4", "False", "(2, 3)", sizeof values, values);
    put_npy("codes.npy", "|u1", "False", "(2, 3)", sizeof codes, codes);
    put_npy("packed.npy", "|u1", "False", "(2, 5)", sizeof packed, packed);
    put_text("good.yaml", dual_config);
    put_text("eight.yaml", "code_bits: 8\ns1: 0.5\nratio: 4\n"); // 9 bits with the flag
    put_text("single.yaml", "code_bits: 4\ns1: 0.5\n");
}

static void put_bad_npys(void) {
    const float values[6] = {0, 1, -2, 3, 0.25f, 100};
    const double doubles[6] = {0, 1, 2, 3, 4, 5};
    size_t size;
    char *good = get_file("good.npy", &size);
    put_file("bad1.npy", size - 1, good); // one byte of data is missing
    put_file("bad2.npy", size + 1, good); // one is too many: the 0 that get_file adds
    put_file("bad3.npy", 9, good);        // ends in the preamble
    put_file("bad4.npy", 60, good);       // ends in the dictionary
    put_file("bad5.npy", 0, good);
    put_text("bad6.npy", "not an array at all, only some text that is long enough for a header\n");
    put_npy("bad7.npy", "<f4", "False", "(3, 3)", sizeof values, values);
    put_npy("bad8.npy", "<f4", "False", "(2, 2)", sizeof values, values);
    put_npy("bad9.npy", "<f8", "False", "(2, 3)", sizeof doubles, doubles);
    put_npy("bad10.npy", ">f4", "False", "(2, 3)", sizeof values, values);
    put_npy("bad11.npy", "<f4", "True", "(2, 3)", sizeof values, values);
    put_npy("bad12.npy", "<f4", "False", "(-2, -3)", sizeof values, values);
    put_npy("bad13.npy", "<f4", "False", "(4294967296, 4294967296)", sizeof values, values);
    put_npy("bad14.npy", "<f4", "False", "(99999999999999999999999,)", sizeof values, values);
    put_npy("bad15.npy", "<c8", "False", "(3,)", sizeof values, values);
    put_npy("bad16.npy", "<i4", "False", "(6,)", sizeof values, values);
    put_npy("bad17.npy", "<f4", "False", "(6)", sizeof values, values);
    put_npy("bad18.npy", "<f4", "False", "(1,1,1,1,1,1,1,1,6)", sizeof values, values);
    put_npy("bad19.npy", "<f4", "Maybe", "(6,)", sizeof values, values);
    good[6] = 9; // format version
    put_file("bad20.npy", size, good);
}

Test(bad_input, every_command_refuses_a_wrong_npy) {
    static const char *const commands[] = {
        "$W quantize -c $T/good.yaml -o $T/out/x.npy -i $T/",
        "$W quantize -e rtl -c $T/good.yaml -o $T/out/x.npy -i $T/",
        "$W dequantize -c $T/good.yaml -o $T/out/x.npy -i $T/",
        "$W calibrate -o $T/out/x.yaml -i $T/",
        "$W vectors quantizer -c $T/good.yaml -o $T/out -i $T/",
        "$W vectors scale_mux -c $T/good.yaml -o $T/out -i $T/",
        "$W vectors code_pack -c $T/good.yaml -o $T/out -i $T/",
    };
    put_good_files();
    put_bad_npys();
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        for (int i = 1; i <= 20; i++) {
            char line[256], name[16];
            snprintf(name, sizeof name, "bad%d.npy", i);
            snprintf(line, sizeof line, "%s%s", commands[c], name);
            expect_refused(line, name, NULL);
        }
    }
}

Test(bad_input, a_file_that_is_missing_or_of_the_other_kind) {
    const int8_t bytes[6] = {0};
    put_good_files();
    put_npy("int8.npy", "|i1", "False", "(6,)", sizeof bytes, bytes);
    put_npy("none.npy", "<f4", "False", "(0, 3)", 0, "");
    put_npy("nocodes.npy", "|u1", "False", "(3, 0)", 0, "");
    const struct refusal refusals[] = {
        {"$W quantize -c $T/good.yaml -i $T/missing.npy -o $T/out/x.npy", "missing.npy", NULL},
        {"$W quantize -c $T/missing.yaml -i $T/good.npy -o $T/out/x.npy", "missing.yaml", NULL},
        {"$W quantize -c $T/good.yaml -i $T/out -o $T/out/x.npy", "/out", "directory"},
        {"$W dequantize -c $T/good.yaml -i $T/missing.npy -o $T/out/x.npy", "missing.npy", NULL},
        {"$W calibrate -i $T/missing.npy -o $T/out/x.yaml", "missing.npy", NULL},
        {"$W vectors quantizer -c $T/missing.yaml -o $T/out", "missing.yaml", NULL},
        {"$W vectors quantizer -c $T/good.yaml -i $T/missing.npy -o $T/out", "missing.npy", NULL},
        {"$W check $T/missing", "missing", NULL},
        {"$W activations -d $T/missing -r $T/out -w $T/out", "layer0.calibration.npy", NULL},
        {"$W activations -s $T/missing.yaml -r $T/out -w $T/out", "missing.yaml", NULL},
        // int8 or uint8 where floats are needed, floats or int8 where codes are
        {"$W quantize -c $T/good.yaml -i $T/int8.npy -o $T/out/x.npy", "int8.npy", "int8"},
        {"$W quantize -c $T/good.yaml -i $T/codes.npy -o $T/out/x.npy", "codes.npy", "uint8"},
        {"$W calibrate -i $T/int8.npy -o $T/out/x.yaml", "int8.npy", "int8"},
        {"$W dequantize -c $T/good.yaml -i $T/good.npy -o $T/out/x.npy", "good.npy", "float32"},
        {"$W dequantize -c $T/good.yaml -i $T/int8.npy -o $T/out/x.npy", "int8.npy", "int8"},
        {"$W vectors quantizer -c $T/good.yaml -i $T/codes.npy -o $T/out", "codes.npy", "uint8"},
        {"$W vectors scale_mux -c $T/good.yaml -i $T/good.npy -o $T/out", "good.npy", "float32"},
        // nothing in it
        {"$W quantize -c $T/good.yaml -i $T/none.npy -o $T/out/x.npy", "none.npy", "empty"},
        {"$W calibrate -i $T/none.npy -o $T/out/x.yaml", "none.npy", NULL},
        {"$W dequantize -c $T/good.yaml -i $T/nocodes.npy -o $T/out/x.npy", "nocodes.npy", "empty"},
        {"$W vectors quantizer -c $T/good.yaml -i $T/none.npy -o $T/out", "none.npy", "empty"},
    };
    EXPECT_ALL_REFUSED(refusals);
}

Test(bad_input, a_configuration_that_makes_no_sense) {
    static const struct {
        const char *text, *key;
    } configs[] = {
        {"code_bits: 4\ns1: nan\n", "s1"},
        {"code_bits: 4\ns1: .nan\n", "s1"},
        {"code_bits: 4\ns1: .inf\n", "s1"},
        {"code_bits: 4\ns1: -.inf\n", "s1"},
        {"code_bits: 4\ns1: 0\n", "s1"},
        {"code_bits: 4\ns1: -0.0\n", "s1"},
        {"code_bits: 4\ns1: -0.5\n", "s1"},
        {"code_bits: 4\ns1: 1e39\n", "s1"},
        {"code_bits: 4\ns1: 1e-60\n", "s1"},
        {"code_bits: 4\ns1: 1e-45\n", "s1"}, // its reciprocal is infinite
        {"code_bits: 4\ns1: one\n", "s1"},
        {"code_bits: 4\ns1: [0.5]\n", "s1"},
        {"code_bits: 4\n", "s1"},
        {"s1: 0.5\n", "code_bits"},
        {"code_bits: 4\ns1: 0.5\nratio: 0.999\n", "ratio"},
        {"code_bits: 4\ns1: 0.5\nratio: 0\n", "ratio"},
        {"code_bits: 4\ns1: 0.5\nratio: -4\n", "ratio"},
        {"code_bits: 4\ns1: 0.5\nratio: nan\n", "ratio"},
        {"code_bits: 4\ns1: 0.5\nratio: .inf\n", "ratio"},
        {"code_bits: 4\ns1: 1e30\nratio: 1e30\n", "s2"},
        {"code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: -2\nthr_neg: 1\n", "thr_pos"},
        {"code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: 1\nthr_neg: -2\n", "thr_neg"},
        {"code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: nan\n", "thr_pos"},
        {"code_bits: 4\ns1: 0.5\nthr_pos: 3\n", "thr_pos"},
        {"code_bits: 3\ns1: 0.5\n", "code_bits"},
        {"code_bits: 9\ns1: 0.5\n", "code_bits"},
        {"code_bits: 4.5\ns1: 0.5\n", "code_bits"},
        {"code_bits: 4294967300\ns1: 0.5\n", "code_bits"},
        {"code_bits: 4\nbase1: 16\ns1: 0.5\n", "base1"},
        {"code_bits: 4\nbase1: -17\ns1: 0.5\n", "base1"},
        {"code_bits: 4\nbase2: 0\ns1: 0.5\n", "base2"},
        {"code_bits: 4\ndual: perhaps\ns1: 0.5\n", "dual"},
        {"code_bits: 4\ndual: true\ns1: 0.5\n", "ratio"},
        {"code_bits: 4\ns1: 0.5\nrule: R4\n", "rule"},
        {"code_bits: 4\ns1: 0.5\ns3: 0.5\n", "s3"},
        {"code_bits: 4\ns1: 0.5\ns1: 0.25\n", "s1"},
        {"code_bits: 4\ns1: 0.5\n: :\n- x\n", NULL},
        {"- 4\n- 0.5\n", NULL},
        {"", NULL},
        {"\x01\x02\xff\xfe", NULL},
    };
    put_good_files();
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        put_text("bad.yaml", configs[i].text);
        expect_refused("$W quantize -c $T/bad.yaml -i $T/good.npy -o $T/out/x.npy", "bad.yaml",
                       configs[i].key);
        expect_refused("$W dequantize -c $T/bad.yaml -i $T/codes.npy -o $T/out/x.npy", "bad.yaml",
                       configs[i].key);
        expect_refused("$W vectors quantizer -c $T/bad.yaml -o $T/out", "bad.yaml", configs[i].key);
    }
}

Test(bad_input, an_output_that_cannot_be_written) {
    put_good_files();
    put_text("file", "x");
    expect_success("$W vectors fp32_mul -o $T/mul --count 4");
    const struct refusal refusals[] = {
        {"$W quantize -c $T/good.yaml -i $T/good.npy -o $T/none/x.npy", "none/x.npy", NULL},
        {"$W quantize -c $T/good.yaml -i $T/good.npy -o $T/out", "/out", "directory"},
        {"$W quantize -c $T/good.yaml -i $T/good.npy -o /dev/full", "/dev/full", NULL},
        {"$W quantize -c $T/good.yaml -i $T/good.npy -o $T/file/x.npy", "file/x.npy", NULL},
        {"$W dequantize -c $T/good.yaml -i $T/codes.npy -o $T/none/x.npy", "none/x.npy", NULL},
        {"$W dequantize -c $T/good.yaml -i $T/codes.npy -o $T/out", "/out", "directory"},
        {"$W dequantize -c $T/good.yaml -i $T/codes.npy -o /dev/full", "/dev/full", NULL},
        {"$W calibrate -i $T/good.npy -o $T/none/x.yaml", "none/x.yaml", NULL},
        {"$W calibrate -i $T/good.npy -o $T/out", "/out", "directory"},
        {"$W calibrate -i $T/good.npy -o /dev/full", "/dev/full", NULL},
        {"$W calibrate -i $T/good.npy >/dev/full", NULL, NULL},
        {"$W calibrate -i $T/good.npy --json >/dev/full", NULL, NULL},
        {"$W vectors quantizer -c $T/good.yaml -o $T/none/v", "none/v", NULL},
        {"$W vectors quantizer -c $T/good.yaml -o $T/file", "/file", NULL},
        {"$W check --trace $T/none/x.fst $T/mul", "none/x.fst", NULL},
        {"$W check --trace $T/out $T/mul", "/out", NULL},
        {"echo 1 2 | $W rtl mul --trace $T/none/x.fst", "none/x.fst", NULL},
        {"echo 1 2 | $W rtl mul >/dev/full", NULL, NULL},
        {"echo 1 2 | $W model mul >/dev/full", NULL, NULL},
        {"$W quantize -e rtl -t $T/none/t -c $T/good.yaml -i $T/good.npy -o $T/out/x.npy", "none/t",
         NULL},
        {"$W quantize -e rtl -t $T/file -c $T/good.yaml -i $T/good.npy -o $T/out/x.npy", "/file",
         NULL},
        {"$W activations -r $T/none/r -w $T/out", "none/r", NULL},
        {"$W activations -r $T/file -w $T/out", "/file", NULL},
        {"$W activations -r $T/out -w $T/none/w", "none/w", NULL},
    };
    EXPECT_ALL_REFUSED(refusals);
}

Test(bad_input, codes_and_channels_that_do_not_fit) {
    const uint8_t out_of_range[6] = {0, 1, 31, 32, 0, 0}, square[25] = {0};
    put_good_files();
    put_npy("range.npy", "|u1", "False", "(2, 3)", sizeof out_of_range, out_of_range);
    put_npy("square.npy", "|u1", "False", "(5, 5)", sizeof square, square);
    const struct refusal refusals[] = {
        {"$W dequantize -c $T/good.yaml -i $T/range.npy -o $T/out/x.npy", "element 3", "32"},
        {"$W dequantize -c $T/single.yaml -i $T/codes.npy -o $T/out/x.npy", "element 2", "31"},
        {"$W vectors scale_mux -c $T/good.yaml -i $T/range.npy -o $T/out", "element 3", "32"},
        {"$W vectors code_pack -c $T/good.yaml -i $T/range.npy -o $T/out", "element 3", "32"},
        {"$W quantize -c $T/eight.yaml -i $T/good.npy -o $T/out/x.npy", "eight.yaml", "--packed"},
        {"$W dequantize -c $T/eight.yaml -i $T/codes.npy -o $T/out/x.npy", "eight.yaml",
         "--packed"},
        // 5 bytes hold 8 codes of 5 bits, no more and no fewer
        {"$W dequantize --packed -c $T/good.yaml -i $T/packed.npy -o $T/out/x.npy", "packed.npy",
         "--channels"},
        {"$W dequantize --packed --channels 9 -c $T/good.yaml -i $T/packed.npy -o $T/out/x.npy",
         "packed.npy", "--channels"},
        {"$W dequantize --packed --channels 6 -c $T/good.yaml -i $T/packed.npy -o $T/out/x.npy",
         "packed.npy", "--channels"},
        {"$W dequantize --packed --channels 0 -c $T/good.yaml -i $T/packed.npy -o $T/out/x.npy",
         "packed.npy", "--channels"},
        // 5 * (2^64 + 34)/5 wraps round to 34 bits: 5 bytes a row
        {"$W dequantize --packed --channels 3689348814741910330 -c $T/good.yaml -i $T/square.npy "
         "-o $T/out/x.npy",
         "square.npy", "--channels"},
    };
    EXPECT_ALL_REFUSED(refusals);
}

Test(bad_input, calibration_that_has_no_answer) {
    const float nan_value[3] = {1, __builtin_nanf(""), 2}, infinite[2] = {1, __builtin_inff()},
                zeros[4] = {0};
    put_good_files();
    put_npy("nan.npy", "<f4", "False", "(3,)", sizeof nan_value, nan_value);
    put_npy("inf.npy", "<f4", "False", "(2,)", sizeof infinite, infinite);
    put_npy("zero.npy", "<f4", "False", "(4,)", sizeof zeros, zeros);
    const struct refusal refusals[] = {
        {"$W calibrate -o $T/out/x -i $T/nan.npy", "nan.npy", "1"},
        {"$W calibrate -o $T/out/x -i $T/inf.npy", "inf.npy", "1"},
        {"$W calibrate -o $T/out/x -i $T/zero.npy", "zero.npy", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --ratio 0.5", "ratio", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --ratio nan", "ratio", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --ratio inf", "ratio", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --bits 3", "bits", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --bits 9", "bits", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --bits 4294967300", "bits", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --scale percentile --percentile 0", "percentile",
         NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --rule R2 --percentile 101", "percentile", NULL},
        {"$W calibrate -o $T/out/x -i $T/good.npy --rule R2 --percentile nan", "percentile", NULL},
        {"$W vectors scale_mux_pow2 -o $T/out -c $T/odd.yaml", "ratio", "odd.yaml"},
        {"$W vectors quantizer -o $T/out", "quantizer", "--config"},
        {"$W vectors adder -c $T/good.yaml -o $T/out", "adder", NULL},
        {"$W vectors code_unpack -c $T/good.yaml -o $T/out --count 3", "256", NULL},
    };
    put_text("odd.yaml", "code_bits: 4\ns1: 0.5\nratio: 3\n");
    EXPECT_ALL_REFUSED(refusals);
}

// A recording small enough to run often.
static void put_recording(void) {
    float values[32];
    expect_success("mkdir -p $T/data");
    for (int i = 0; i < 32; i++) {
        values[i] = (float)(i * i % 37) / 16 - 0.5f;
    }
    put_npy("data/layer0.calibration.npy", "<f4", "False", "(4, 8)", sizeof values, values);
    put_npy("data/layer0.test.npy", "<f4", "False", "(4, 8)", sizeof values, values);
}

Test(bad_input, a_sweep_that_makes_no_sense) {
    static const struct {
        const char *text, *key;
    } sweeps[] = {
        {"", NULL},
        {"formats: []\n", NULL},
        {"formats: 4\n", NULL},
        {"format:\n- {name: a, code_bits: 4}\n", "format"},
        {"formats:\n- {name: a}\n", "code_bits"},
        {"formats:\n- {code_bits: 4}\n", "name"},
        {"formats:\n- {name: a, code_bits: 9}\n", "code_bits"},
        {"formats:\n- {name: a, code_bits: four}\n", "code_bits"},
        {"formats:\n- {name: a, code_bits: 4, rule: R4}\n", "rule"},
        {"formats:\n- {name: a, code_bits: 4, bases: any}\n", "bases"},
        {"formats:\n- {name: a, code_bits: 4, scale: max}\n", "scale"},
        {"formats:\n- {name: a, code_bits: 4, scale: percentile, percentile: 0}\n", "percentile"},
        {"formats:\n- {name: a, code_bits: 4, scale: percentile, percentile: 101}\n", "percentile"},
        {"formats:\n- {name: a, code_bits: 4, ratio: 4}\n", "ratio"},
        {"formats:\n- {name: a, code_bits: 4, rule: R1, ratio: 0.5}\n", "ratio"},
        {"formats:\n- {name: a, code_bits: 4, rule: R1, ratio: nan}\n", "ratio"},
        {"formats:\n- {name: a, code_bits: 4, colour: red}\n", "colour"},
        {"formats:\n- {name: a-name-that-is-far-longer-than-a-table-can-hold, code_bits: 4}\n",
         "name"},
        {"formats:\n- {name: a, code_bits: 4\n", NULL},
    };
    put_recording();
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        put_text("bad.yaml", sweeps[i].text);
        expect_refused("$W activations -d $T/data -s $T/bad.yaml -r $T/out/r -w $T/out/w",
                       "bad.yaml", sweeps[i].key);
    }
}

Test(bad_input, a_recording_that_is_not_one) {
    float values[32] = {1};
    const struct refusal run = {"$W activations -d $T/data -r $T/out/r -w $T/out/w", NULL, NULL};
    put_recording();
    put_text("data/manifest.json", "{\"files\": [");
    expect_refused(run.line, "manifest.json", NULL);
    put_text("data/manifest.json", "{\"files\": []}");
    expect_refused(run.line, "layer0.calibration.npy", "manifest.json");
    put_text("data/manifest.json", "{\"files\": [{\"file\": \"layer0.calibration.npy\", "
                                   "\"crc32\": [1, 2, 3, 4]}]}");
    expect_refused(run.line, "layer0.calibration.npy", "token 0");
    expect_success("rm $T/data/manifest.json");
    put_npy("data/layer0.test.npy", "<f4", "False", "(32,)", sizeof values, values);
    expect_refused(run.line, "layer0.test.npy", NULL);
    put_npy("data/layer0.test.npy", "<f4", "False", "(0, 8)", 0, values);
    expect_refused(run.line, "layer0.test.npy", NULL);
    values[13] = __builtin_nanf("");
    put_npy("data/layer0.test.npy", "<f4", "False", "(4, 8)", sizeof values, values);
    expect_refused(run.line, "layer0.test.npy: token 1, channel 5", "nan");
    expect_success("rm $T/data/layer0.test.npy");
    expect_refused(run.line, "layer0.test.npy", NULL);
}

Test(bad_input, a_recording_without_one_of_its_layers_is_not_taken_for_a_smaller_one) {
    expect_success("cp -r data/small-mamba/activations $T/data && rm $T/data/layer2.*");
    expect_refused("$W activations -d $T/data -r $T/out/r -w $T/out/w", "layer2.calibration.npy",
                   NULL);
}

Test(bad_input, a_report_that_cannot_be_written_fails_the_run) {
    static const char *const targets[] = {"quantization.json", "quantization.md",
                                          "quantization-layer0.svg"};
    put_recording();
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        expect_success("rm -rf $T/r; mkdir -p $T/r/%s/x", targets[i]);
        struct command c = command("$W activations -d $T/data -r $T/r -w $T/w");
        cr_expect(c.status == 1 && strstr(c.err, targets[i]) && !strncmp(c.err, "w4a5se: ", 8),
                  "%s: status %d: %s", targets[i], c.status, c.err);
        c = command("ls -A $T/r | grep -v '^quantization'");
        cr_expect(!*c.out, "%s: leaves %s", targets[i], c.out);
    }
}

Test(bad_input, what_was_there_before_stays) {
    put_good_files();
    put_text("old", "old content");
    const struct refusal refusals[] = {
        {"$W quantize -c $T/good.yaml -i $T/codes.npy -o $T/old", NULL, NULL},
        {"$W dequantize -c $T/good.yaml -i $T/good.npy -o $T/old", NULL, NULL},
        {"$W calibrate -i $T/codes.npy -o $T/old", NULL, NULL},
    };
    EXPECT_ALL_REFUSED(refusals);
    cr_expect_str_eq(get_file("old", NULL), "old content");
    // Standard output belongs to more than this command.
    expect_success("{ echo before; $W calibrate -i $T/good.npy; echo after; } >$T/log");
    const char *log = get_file("log", NULL);
    cr_expect(!strncmp(log, "before\n", 7) && strstr(log, "s1: ") && strstr(log, "after\n"),
              "the log holds: %s", log);
}
