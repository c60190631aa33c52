// SPDX-License-Identifier: Apache-2.0
// What the subcommands of `w4a5se` share.
#pragma once

#include "golden.h"
#include "w4a5se/quantizer.h"
#include "w4a5se/status.h"

#include <argp.h>

// Exit statuses: success; bad input, a failed operation or a mismatch; a wrong command line.
enum { CLI_OK = 0, CLI_FAILURE = 1, CLI_USAGE = 2 };

// A subcommand's entry: argv[0] is "w4a5se NAME".
typedef int cli_command(int argc, char **argv);
cli_command cmd_activations, cmd_calibrate, cmd_quantize, cmd_dequantize, cmd_vectors, cmd_check,
    cmd_rtl, cmd_model, cmd_conv, cmd_scan, cmd_lookup, cmd_group, cmd_formats, cmd_gemm, cmd_eval,
    cmd_modes, cmd_sweep, cmd_generate, cmd_estimate, cmd_system;

// `calibrate` with --model.
int calibrate_model(int argc, char **argv);

// Prints the sentence on standard error and returns CLI_FAILURE.
int cli_fail(const struct se_error *err);

// One line with the share done and the time left, rewritten in place, when standard error is a
// terminal; nothing otherwise. `total` done clears it.
struct cli_progress {
    const char *label;
    double start; // seconds
};
struct cli_progress cli_progress_start(const char *label);
void cli_progress_show(const struct cli_progress *progress, double done, double total);

// The same as the library calls it: context is a struct cli_progress.
void cli_progress_share(void *context, double share);

// The command line into text[1024], shortened where it is longer, ? for what does not print;
// returns text.
const char *cli_command_line(char *text, int argc, char **argv);

// Seconds on a monotonic clock.
double cli_seconds(void);

// Option values; each ends the program as argp does (CLI_USAGE) when `text` is not one.
double cli_number(struct argp_state *state, const char *option, const char *text);
unsigned long cli_count(struct argp_state *state, const char *option, const char *text);
int cli_choice(struct argp_state *state, const char *option, const char *text,
               const char *const *choices);

// Ends the program with CLI_USAGE when a required option was not given.
void cli_require(struct argp_state *state, const void *value, const char *option);

// The same when two outputs (NULL: none) have one name.
void cli_distinct(struct argp_state *state, const char *output, const char *other);

// Creates the directory (its parent must exist) unless it is there.
enum se_status cli_make_directory(const char *path, struct se_error *err);

// DIR/NAME into path[CLI_PATH_MAX]; SE_INVALID when it is too long.
enum { CLI_PATH_MAX = 4096 };
enum se_status cli_path(char *path, const char *directory, const char *name, struct se_error *err);

// "0x3F800000 1" for a float32 port, "0x05 5" for an integer one.
enum { CLI_WORD_TEXT = 64 };
const char *cli_word_text(char *text, const struct se_port *port, uint32_t word);

// JSON has no infinity: null stands for it.
struct json_t *cli_json_number(double x);

// {"base1", "base2", "s1", "ratio", "thr_pos", "thr_neg"}
struct json_t *cli_json_quantizer(const struct se_quantizer *q);
