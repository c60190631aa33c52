// SPDX-License-Identifier: Apache-2.0
// What the system model simulates: a model, how it is stored, and the chip, one YAML mapping. All
// keys but model are optional; the defaults are those of se_system_default.
//
//   model: mamba-2.8b          # a name of system_model.h
//   phase: prefill             # of `tokens` tokens; or decode, `tokens` steps of one
//   tokens: 2048
//   weights: int4              # fp16, int8, int4
//   activations: int8          # what the GEMMs read and the rest of a layer holds: fp16, int8
//   conv_output: w4a5-se       # an input mode; default: as the activations
//   x_proj: code               # reads that code; or copy, an INT8 of its own
//   state: fp32                # or int8
//   pipelining: true           # stages work at once, on tiles; false: each on the whole sequence
//   tile_tokens: 128
//   clock_mhz: 1000
//   dram_gb_per_s: 25.6        # 10^9 bytes
//   dram_latency_ns: 100
//   weight_kb: 24576           # on-chip memories, of 1024 bytes
//   activation_kb: 24576
//   state_kb: 8192
//   activation_bytes_per_cycle: 512
//   gemm_fp16_macs: 1024       # a cycle
//   gemm_int8_macs: 4096
//   gemm_int4_macs: 8192
//   conv_engines: 4            # each with a share of the channels
//   scan_engines: 4
//   lanes: 16                  # of a scan engine: 1, 2, 4, 8 or 16
#pragma once

#include "w4a5se/input.h"
#include "w4a5se/system_model.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum se_weights { SE_WEIGHTS_FP16, SE_WEIGHTS_INT8, SE_WEIGHTS_INT4, SE_WEIGHTS };

struct se_system {
    const struct se_system_model *model;
    bool decode, pipelining, x_proj_copy;
    int tokens, tile_tokens;
    enum se_weights weights;
    int activation_bits;
    int conv_output; // enum se_input_mode, or -1: as the activations
    int state_bits;
    float clock_mhz, dram_gb_per_s, dram_latency_ns;
    int weight_kb, activation_kb, state_kb, activation_bytes_per_cycle;
    int gemm_macs[SE_WEIGHTS];
    int conv_engines, scan_engines, lanes;
};

extern const char *const se_weights_names[];

// Bits a value of the convolution's output, and what it is called.
int se_system_code_bits(const struct se_system *system);
const char *se_system_code_name(const struct se_system *system);

struct se_system se_system_default(const struct se_system_model *model);

// SE_INVALID says why the chip cannot run the model: a count, rate or size that is not above 0, a
// layer's state larger than its memory, tiles larger than theirs, an engine with too few channels.
enum se_status se_system_check(const struct se_system *system, struct se_error *err);

// Statuses and sentences as se_config_load, and those of se_system_check.
enum se_status se_system_load(const char *path, struct se_system *system, struct se_error *err);

// Bits of a layer's scan state.
uint64_t se_system_state_bits(const struct se_system *system);

#ifdef __cplusplus
}
#endif
