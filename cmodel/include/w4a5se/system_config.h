// SPDX-License-Identifier: Apache-2.0
// What the system model simulates: a model, how it is stored, and the chip, one YAML mapping
// (docs/systemc.md, "Configuration").
#pragma once

#include "w4a5se/chip.h"
#include "w4a5se/input.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SE_SYSTEM_LAYERS_MAX = 128 };

enum se_weights { SE_WEIGHTS_FP16, SE_WEIGHTS_INT8, SE_WEIGHTS_INT4, SE_WEIGHTS };

struct se_system {
    struct se_chip_model model;
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

struct se_system se_system_default(const struct se_chip_model *model);

// SE_INVALID says why the chip cannot run the model: a count, rate or size that is not above 0, a
// layer's state larger than its memory, tiles larger than theirs, an engine with too few channels.
enum se_status se_system_check(const struct se_system *system, struct se_error *err);

// With the model's shape from the file `models`. Statuses and sentences as se_config_load, and
// those of se_chip_model_load and se_system_check.
enum se_status se_system_load(const char *path, const char *models, struct se_system *system,
                              struct se_error *err);

// Bits of a layer's scan state.
uint64_t se_system_state_bits(const struct se_system *system);

#ifdef __cplusplus
}
#endif
