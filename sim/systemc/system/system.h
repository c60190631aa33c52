// SPDX-License-Identifier: Apache-2.0
// The system model as a C library: a chip of w4a5se/system_config.h runs a model, in SystemC.
//
// Loosely timed: a tile's transfers and its computation are one event each. DRAM, the memory of
// activations and each engine serve one request after the other; an engine computes while its
// tile's data come, so that a tile takes the longer of both.
#pragma once

#include "w4a5se/energy_profile.h"
#include "w4a5se/system_plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum se_part { SE_PART_DRAM, SE_PART_BUFFER, SE_PART_GEMM, SE_PART_CONV, SE_PART_SCAN, SE_PARTS };
extern const char *const se_part_names[SE_PARTS];

// The part that computes a stage.
enum se_part se_part_of_stage(enum se_stage stage);

enum { SE_BARS_MAX = 4096 };

// What a layer used; the head is the entry past the last layer.
struct se_layer_use {
    double time_ns;           // from the end of the layer before it to its own
    double busy_ns[SE_PARTS]; // by part
    double stage_ns[SE_STAGES];
    uint64_t dram_read[SE_TENSORS], dram_write[SE_TENSORS]; // bits
    uint64_t stage_dram[SE_STAGES];                         // bits
    uint64_t memory_bits; // read or written on chip: activations, weights, state
    uint64_t macs, channels, updates;
};

// A tile in a stage, of the layer that the Gantt chart shows.
struct se_bar {
    enum se_stage stage;
    double start_ns, end_ns;
};

struct se_system_result {
    int layers; // without the head
    double time_ns;
    struct se_layer_use use[SE_SYSTEM_LAYERS_MAX + 1];
    int gantt_layer, bars; // a layer in the middle, of the first step
    struct se_bar bar[SE_BARS_MAX];
};

// Runs in a process of its own, since SystemC elaborates once a process. SE_INVALID as
// se_system_check, SE_NO_MEMORY or SE_IO when there can be no such process or it failed.
enum se_status se_system_run(const struct se_system *system, struct se_system_result *result,
                             struct se_error *err);

// All layers and the head.
struct se_layer_use se_system_total(const struct se_system_result *result);

uint64_t se_dram_bits(const struct se_layer_use *use);

// Joules by part with the constants' low, typical (value) or high ends; SE_PART_BUFFER has all
// memories on chip.
enum se_end { SE_LOW, SE_TYPICAL, SE_HIGH, SE_ENDS };
void se_system_energy(const struct se_system *system, const struct se_layer_use *use,
                      const struct se_energy_profile *profile, enum se_end end,
                      double joules[SE_PARTS]);

double se_all_parts(const double joules[SE_PARTS]);

#ifdef __cplusplus
}
#endif
