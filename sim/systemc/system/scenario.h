// SPDX-License-Identifier: Apache-2.0
// A model in a phase on one of two chips, run in the ways that the claims compare: the default one,
// pipelined; or one with so little memory for activations that, stage after stage, every tensor of
// a prefill passes through DRAM, as the design notes have it.
#pragma once

#include "system.h"

enum se_way {
    SE_WAY_INT8,      // INT4 weights, INT8 activations, INT8 convolution's output
    SE_WAY_W4A5,      // the same with the 5-bit code
    SE_WAY_W4A5_COPY, // and an INT8 copy for x_proj beside it
    SE_WAY_INT4,      // the code without its flag
    SE_WAY_FP16,      // weights, activations and output
    SE_WAYS
};

struct se_outcome {
    double time_ns, tokens;
    double dram_bits, code_bits; // the latter: of the convolution's output, the copy included
    double joules[SE_ENDS][SE_PARTS];
};

struct se_scenario {
    struct se_chip_model model;
    bool decode, pipelining;
    struct se_outcome ways[SE_WAYS];
};

// Runs one way, at another bandwidth of DRAM unless gb_per_s is 0.
enum se_status scenario_run(const struct se_scenario *scenario, enum se_way way, double gb_per_s,
                            const struct se_energy_profile *energy, struct se_outcome *outcome,
                            struct se_error *err);

// Fills all ways.
enum se_status scenario_measure(struct se_scenario *scenario,
                                const struct se_energy_profile *energy, struct se_error *err);
