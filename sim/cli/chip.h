// SPDX-License-Identifier: Apache-2.0
// The convolution and the scan of every layer of a quantised model in Verilated RTL, beside the
// model: what the model passes into a step goes through the engine too, and all that comes out is
// compared.
#pragma once

#include "cli.h"
#include "w4a5se/quantized_model.h"

struct chip;

// A conv_engine and a scan_engine a layer, set up for the run; lanes: of the scan, 0 for any. Model
// and run must outlive it. Waveforms go to TRACE/conv_engineN.fst and TRACE/scan_engineN.fst, N the
// layer; trace NULL: none. SE_INVALID names what no instance can run.
enum se_status chip_open(struct chip **chip, const struct se_quantized_model *model,
                         const struct se_quantized_run *run, int lanes, const char *trace,
                         struct se_error *err);
void chip_close(struct chip *chip); // harmless on NULL

// `seen` of se_quantized_forward, with the chip as its context: the layer's tokens through both
// engines. After a failure or a difference it does nothing.
void chip_follow(void *chip, size_t layer, size_t tokens, const struct se_quantized_values *values);

// What has happened since chip_open, of one sequence.
struct chip_result {
    enum se_status status; // of the engines, with the sentence
    struct se_error err;
    bool differs;        // the first difference is on standard error
    size_t compared;     // results that were equal
    size_t tokens;       // through all layers
    int lanes;           // of the scan
    uint64_t conv, scan; // clock cycles, of all layers
};
struct chip_result chip_result(const struct chip *chip);

// Compares the states in the engines, which are read out, with the model's.
void chip_compare_states(struct chip *chip, const struct se_quantized_state *state);
