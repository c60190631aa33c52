// SPDX-License-Identifier: Apache-2.0
// A wrong command line ends with status 2 and touches nothing; --help says what there is.
#include "command.h"

#include <criterion/criterion.h>

#include <string.h>

TestSuite(usage, .init = scratch_begin, .fini = scratch_end);

Test(usage, a_wrong_command_line_is_status_2) {
    static const char *const lines[] = {
        "$W",
        "$W nosuch",
        "$W --nosuch",
        "$W activations --nosuch",
        "$W activations extra",
        "$W formats extra",
        "$W formats --nosuch",
        "$W gemm",
        "$W gemm --y x extra",
        "$W calibrate",
        "$W calibrate --nosuch",
        "$W calibrate -i x -o $T/out/x extra",
        "$W calibrate -i x --bits four",
        "$W calibrate -i x --bits",
        "$W calibrate -i x --rule R4",
        "$W calibrate -i x --bases odd",
        "$W calibrate -i x --scale max",
        "$W calibrate -i x --ratio much",
        "$W calibrate --model x --text y",
        "$W calibrate --model x --text y --out $T/out/x extra",
        "$W calibrate --model x --text y --out $T/out/x --observer u",
        "$W calibrate --model x --text y --out $T/out/x --observer w=absmax",
        "$W calibrate --model x --text y --out $T/out/x --observer u=best",
        "$W calibrate --model x --text y --out $T/out/x --alpha much",
        "$W eval --calibration x --calibrate-on x",
        "$W eval --calibration x --calibration-bytes 5",
        "$W eval --reports $T/out",
        "$W eval --scheme w16",
        "$W eval --mode int9",
        "$W eval --y fp8",
        "$W eval --threads 0",
        "$W eval extra",
        "$W modes extra",
        "$W modes --bytes few",
        "$W sweep",
        "$W sweep extra",
        "$W sweep -c x --threads 0",
        "$W sweep calibration --scheme w16",
        "$W estimate schemes extra",
        "$W estimate report extra",
        "$W quantize",
        "$W quantize --nosuch",
        "$W quantize -i x -o $T/out/x",
        "$W quantize -i x -c x",
        "$W quantize -o $T/out/x -c x",
        "$W quantize -i x -o $T/out/x -c x --engine fast",
        "$W quantize -i x -o $T/out/x -c x --trace $T/out",
        "$W quantize -i x -o $T/out/x -c x --engine rtl --divide",
        "$W quantize -i x -o $T/out/x -c x extra",
        "$W quantize --channels 4 -i x -o $T/out/x -c x",
        "$W dequantize -i x -o $T/out/x",
        "$W dequantize --divide -i x -o $T/out/x -c x",
        "$W dequantize -i x -o $T/out/x -c x --channels -1",
        "$W dequantize -i x -o $T/out/x -c x --channels 1e3",
        "$W estimate",
        "$W estimate nosuch",
        "$W estimate -m mamba-130m -c x",
        "$W estimate memory",
        "$W estimate memory --bytes 4 --bits 32",
        "$W estimate memory --bytes 4 --node 7 --tech 7nm",
        "$W estimate memory --bytes 4 extra",
        "$W estimate points extra",
        "$W estimate claims extra",
        "$W vectors",
        "$W vectors -o $T/out",
        "$W vectors fp32_mul",
        "$W vectors fp32_mul fp32_mul -o $T/out",
        "$W vectors fp32_mul -o $T/out --count 0",
        "$W vectors fp32_mul -o $T/out --count -5",
        "$W vectors fp32_mul -o $T/out --count 99999999999999999999999",
        "$W vectors code_pack -o $T/out --packet 0",
        "$W check",
        "$W check a b c",
        "$W check --trace $T/out/x a b",
        "$W rtl </dev/null",
        "$W rtl nosuch </dev/null",
        "$W rtl mul mul </dev/null",
        "$W rtl --nosuch mul </dev/null",
        "$W model </dev/null",
        "$W model fp32_mul </dev/null",
        "$W estimate -m mamba-130m --json --csv",
        "$W estimate -m mamba-130m --json --why time",
        "$W estimate -m mamba-130m -c x",
        "$W estimate schemes --csv --markdown",
        "$W estimate memory --bytes 4 --bits 32",
        "$W estimate memory --bytes 4 --why area_mm2 --json",
        "$W estimate logic --block code_pack --why --json",
        "$W conv",
        "$W conv -i x",
        "$W conv -o $T/out/x -c x",
        "$W conv -i x -o $T/out/x",
        "$W conv -i x --values $T/out/x -e rtl",
        "$W conv -i x -o $T/out/x -c x extra",
        "$W conv -i x -o $T/out/x -c x --trace $T/out/y",
        "$W conv -i x -o $T/out/x -c x --stall 20",
        "$W conv -i x -o $T/out/x -c x -e rtl --stall 100",
        "$W conv -i x -o $T/out/x -c x -e rtl --idle -1",
        "$W conv -i x -o $T/out/x -c x -e fast",
        "$W generate",
        "$W generate -c x --mode fast",
        "$W generate -c x --weights 5",
        "$W generate -c x --temperature -1",
        "$W generate -c x --lanes 4",
        "$W generate -c x --reports $T/out",
        "$W generate -c x -e rtl --lanes 4294967296",
        "$W generate -c x -n 18446744073709551615",
        "$W generate -c x -n ' -1'",
        "$W generate -c x --prompt ''",
        "$W generate -c x extra",
        "$W scan",
        "$W scan -i x",
        "$W scan -o $T/out/x",
        "$W scan -i x -o $T/out/x --state-in x",
        "$W scan -i x -o $T/out/x --idle 20",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct command c = command("%s", lines[i]);
        cr_expect(c.status == 2, "%s\nstatus %d, not 2: %s", lines[i], c.status, c.err);
        cr_expect(*c.err && !*c.out, "%s\nstdout '%s', stderr '%s'", lines[i], c.out, c.err);
        c = command("find $T/out -type f");
        cr_expect(!*c.out, "%s\nleaves %s", lines[i], c.out);
    }
}

Test(usage, every_command_describes_itself) {
    static const char *const commands[] = {
        "activations", "generate",   "formats", "gemm",  "calibrate", "group",
        "quantize",    "dequantize", "conv",    "scan",  "vectors",   "check",
        "rtl",         "model",      "eval",    "modes", "sweep",     "calibrate --model x"};
    struct command all = expect_success("$W --help");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct command c = expect_success("$W %s --help", commands[i]);
        cr_expect(strstr(c.out, "Exit status"), "%s --help names no exit status", commands[i]);
        cr_expect(strchr(commands[i], '-') || strstr(all.out, commands[i]), "--help leaves out %s",
                  commands[i]);
    }
    cr_expect(strstr(all.out, "Exit status"));
}
