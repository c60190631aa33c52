// SPDX-License-Identifier: Apache-2.0
// The quantiser's configuration file, one YAML mapping:
//
//   code_bits: 4      # 4..8
//   dual: true        # default: true when there is a ratio
//   base1: -4         # default -2^(code_bits - 1)
//   base2: 3          # dual only; default -2^(code_bits - 1)
//   s1: 0.012345678
//   ratio: 3.5        # needed when dual; otherwise absent or 1
//   thr_pos: 0.31     # default .inf
//   thr_neg: .inf     # default .inf
//   rule: R3          # informative: none (the default), R1, R2 or R3
#pragma once

#include "w4a5se/quantizer.h"

#include <stdio.h>

enum { SE_CONFIG_BYTES_MAX = 16384 }; // a longer file, of any configuration, is refused

// Fills *q through se_quantizer_init; rule may be NULL. SE_IO when the file cannot be read,
// SE_INVALID, naming the file and, where known, key and line, for what is no such mapping: unknown,
// repeated or missing keys, a value of the wrong type, a number that binary32 cannot hold, and all
// that se_quantizer_init refuses. *q and *rule are untouched on failure.
enum se_status se_config_load(const char *path, struct se_quantizer *q, enum se_rule *rule,
                              struct se_error *err);

// Prints the mapping; the caller checks the stream.
void se_config_print(FILE *stream, const struct se_quantizer *q, enum se_rule rule);

// Loading the file gives back every float bit for bit. SE_IO as se_file_commit.
enum se_status se_config_save(const char *path, const struct se_quantizer *q, enum se_rule rule,
                              struct se_error *err);
