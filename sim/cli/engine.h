// SPDX-License-Identifier: Apache-2.0
// What `w4a5se conv` and `w4a5se scan` share: options, input, and the comparison of RTL and model.
#pragma once

#include "cli.h"
#include "tensors.h"
#include "w4a5se/engine_config.h"

enum { ENGINE_INPUTS_MAX = 32 };

struct engine_options {
    size_t n_in;
    const char *in[ENGINE_INPUTS_MAX];
    const char *config, *out;
    bool rtl;
    struct se_rtl_options run; // with rtl
};

// --in, --config, --out, --engine, --trace, --idle, --stall and --seed; its input is a struct
// engine_options.
extern const struct argp engine_argp;

// The part of a subcommand's --help behind its options.
#define ENGINE_HELP                                                                                \
    "\vdocs/formats.md lists names, types and shapes of the tensors and the keys of the "          \
    "configuration.\nExit status: 0 success; 1 bad input, or RTL and model differ; 2 wrong usage."

// Opens --in and --config.
enum se_status engine_load(const struct engine_options *o, struct tensors *tensors,
                           struct se_engine_config *config, struct se_error *err);

// One result of an engine, as RTL and model gave it: [rows][columns] elements of 1, 2 or 4 bytes.
struct engine_result {
    struct se_port port; // its name, bits and kind in messages
    const char *row, *column;
    size_t first_row; // what row 0 is called in messages
    size_t rows, columns, size;
    const void *expected, *got;
};

// Compares results[n]. Counts what is equal in *compared; prints the first difference on standard
// error and returns false.
bool engine_compare_results(const char *engine, size_t n, const struct engine_result *results,
                            size_t *compared);

// The same, and the flags.
bool engine_compare(const char *engine, size_t n, const struct engine_result *results,
                    unsigned expected_flags, unsigned got_flags, size_t *compared);
