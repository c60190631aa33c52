// SPDX-License-Identifier: Apache-2.0
// A small example of each engine at work: what `make wave` shows, and what Icarus plays.
#pragma once

#include "w4a5se/status.h"

#include <stdint.h>
#include <stdio.h>

uint32_t example_draw(uint64_t *state);

// directory/name, opened to be written; NULL when it cannot be.
FILE *example_file(const char *directory, const char *name);

// Runs the example on the Verilated RTL, writes its waveform, and compares with the model.
enum se_status conv_engine_trace(const char *fst, struct se_error *err);

// Writes stimulus and the model's results for testbench/icarus/conv_engine_bench.sv.
enum se_status conv_engine_vectors(const char *directory, struct se_error *err);

// The same for scan_engine and testbench/icarus/scan_engine_bench.sv.
enum se_status scan_engine_trace(const char *fst, struct se_error *err);
enum se_status scan_engine_vectors(const char *directory, struct se_error *err);
