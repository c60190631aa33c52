// SPDX-License-Identifier: Apache-2.0
// Energies of a system in a technology: DIR/NAME.yaml (tech.h) has DRAM's, the memory model
// (memory.h) those of memories on chip, and DIR/system/NAME.yaml those of arithmetic, a list of
// constants (constants.h).
#pragma once

#include "w4a5se/constants.h"
#include "w4a5se/status.h"
#include "w4a5se/tech.h"

#ifdef __cplusplus
extern "C" {
#endif

enum se_energy {
    SE_ENERGY_MAC_FP16,                 // mac_fp16, pJ; the three in the order of enum se_weights
    SE_ENERGY_MAC_INT8,                 // mac_int8, pJ
    SE_ENERGY_MAC_INT4,                 // mac_int4, pJ: INT8 by INT4
    SE_ENERGY_CONV_CHANNEL,             // conv_channel, pJ: four taps, SiLU, quantisers
    SE_ENERGY_SCAN_UPDATE,              // scan_update, pJ: exp, two multiplications, two fma
    SE_ENERGY_OF_FILE,                  // so many are in DIR/system/NAME.yaml
    SE_ENERGY_DRAM = SE_ENERGY_OF_FILE, // pJ/bit
    SE_ENERGY_MEMORY,                   // pJ/bit: on chip, read or written
    SE_ENERGY_CONSTANTS,
};

struct se_energy_profile {
    struct se_tech tech;
    struct se_constant constants[SE_ENERGY_CONSTANTS];
};

// SE_IO or SE_INVALID, naming file and constant, as se_tech_load.
enum se_status se_energy_profile_load(const char *directory, const char *name,
                                      struct se_energy_profile *profile, struct se_error *err);

#ifdef __cplusplus
}
#endif
