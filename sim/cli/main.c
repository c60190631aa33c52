// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    cli_command *run;
    const char *summary;
} commands[] = {
    {"activations", cmd_activations,
     "quantise recorded activations in C and in RTL, compare, report"},
    {"formats", cmd_formats, "other 4- to 6-bit formats on recorded activations, compared"},
    {"gemm", cmd_gemm, "x_proj and out_proj on codes: accuracy of integer sums, cost of cells"},
    {"calibrate", cmd_calibrate,
     "find scales, ratio, bases and thresholds for activations, or a model"},
    {"eval", cmd_eval, "bits a byte of a text, with the scan's input or all of a model quantised"},
    {"modes", cmd_modes, "the input modes on a text: the whole comparison; writes reports"},
    {"sweep", cmd_sweep,
     "what many chips cost, from a file of lists; sweep calibration: on a text"},
    {"group", cmd_group, "a table of scales and a permutation of channels for activations"},
    {"quantize", cmd_quantize, "float activations to codes"},
    {"dequantize", cmd_dequantize, "codes to float activations"},
    {"conv", cmd_conv, "convolution, SiLU and quantiser on tensors of your own"},
    {"scan", cmd_scan, "dequantiser, selective scan and gate on tensors of your own"},
    {"generate", cmd_generate, "text from a quantised model, its engines in RTL beside it"},
    {"vectors", cmd_vectors, "write golden stimulus and expected results for a block"},
    {"check", cmd_check, "compare a block's outputs with such vectors"},
    {"rtl", cmd_rtl, "an FP32 unit's RTL on a pipe, in TestFloat's hex lines"},
    {"model", cmd_model, "the same through the C model"},
    {"lookup", cmd_lookup, "cycles and memory of the scale lookups, measured in RTL"},
    {"estimate", cmd_estimate, "area, time and energy of a chip or of one memory"},
    {"system", cmd_system, "time, traffic and energy of a model on a chip with DRAM (SystemC)"},
};

static void print_help(FILE *to) {
    fprintf(to, "Usage: w4a5se COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(to, "\n`w4a5se COMMAND --help` describes a command.\n"
                "Exit status: 0 success; 1 bad input, failure or mismatch; 2 wrong usage.\n");
}

// What was printed must have arrived: a full disk is a failure.
static int check_output(int status) {
    if (status == CLI_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "w4a5se: cannot write to standard output\n");
        return CLI_FAILURE;
    }
    return status;
}

int main(int argc, char **argv) {
    argp_err_exit_status = CLI_USAGE;
    signal(SIGPIPE, SIG_IGN); // a reader that leaves is a failed write, with its message
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
        print_help(stdout);
        return CLI_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(argv[1], commands[i].name)) {
            static char name[32];
            snprintf(name, sizeof name, "w4a5se %s", commands[i].name);
            argv[1] = name;
            return check_output(commands[i].run(argc - 1, argv + 1));
        }
    }
    fprintf(stderr, "w4a5se: there is no command '%s'; `w4a5se --help` lists them\n", argv[1]);
    return CLI_USAGE;
}
