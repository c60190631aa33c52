// SPDX-License-Identifier: Apache-2.0
// Energies of operations by the toggles of a block's gates under recorded vectors: files
// DIR/LIBRARY.yaml, which scripts/power writes.
//
//   library: osu018_stdcells
//   voltage: 1.8
//   blocks:
//   - {block: scan_lane, operation: state update, pj: 41.2, parameters: "D_STATE=16,LANES=4",
//      operations: 4096, vectors: "layer 0 of the small model, 4 tokens"}
//   - {block: scan_lane, operation: idle cycle, ...}   # one cycle more or less between operations
//   - {block: scan_engine (rest), ...}                 # what an engine adds to its parts
#pragma once

#include "w4a5se/expression.h"
#include "w4a5se/status.h"

#include <stddef.h>

enum { SE_GATE_ENERGIES_MAX = 128, SE_GATE_ENERGY_TEXT = 120 };

struct se_gate_energies {
    char library[40];
    double voltage;
    size_t n;
    struct se_gate_energy {
        char block[40], operation[40], parameters[SE_GATE_ENERGY_TEXT],
            vectors[SE_GATE_ENERGY_TEXT];
        double pj;         // an operation
        double operations; // that were counted
    } at[SE_GATE_ENERGIES_MAX];
};

// SE_INVALID for a library without a file (the sentence lists those there are), an unknown or
// missing key, or a number that is not above 0.
enum se_status se_gate_energies_load(const char *directory, const char *library,
                                     struct se_gate_energies *energies, struct se_error *err);

// The entry of a block's operation, or NULL; where there are several the one whose parameters are
// nearest to the values (sum of the logarithms of their ratios). And the entry of a cycle in which
// that block waits; its `operations` are the cycles of the run.
const struct se_gate_energy *se_gate_energy_find(const struct se_gate_energies *energies,
                                                 const char *block, size_t n,
                                                 const struct se_named_number *values);
const struct se_gate_energy *se_gate_energy_idle(const struct se_gate_energies *energies,
                                                 const struct se_gate_energy *of);
