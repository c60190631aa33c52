// SPDX-License-Identifier: Apache-2.0
// Energies of a technology, one YAML mapping of the keys below; each maps to
//
//   {value: 5.4, low: 3.9, high: 7.0, unit: pJ/bit, source: "where from"}
#pragma once

#include "w4a5se/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum se_energy {
    SE_ENERGY_DRAM,         // dram, pJ/bit
    SE_ENERGY_MEMORY,       // memory, pJ/bit: on chip, read or written
    SE_ENERGY_TABLE,        // table, pJ/bit: a small memory beside an engine
    SE_ENERGY_MAC_FP16,     // mac_fp16, pJ; the three in the order of enum se_weights
    SE_ENERGY_MAC_INT8,     // mac_int8, pJ
    SE_ENERGY_MAC_INT4,     // mac_int4, pJ: INT8 by INT4
    SE_ENERGY_CONV_CHANNEL, // conv_channel, pJ: four taps, SiLU, quantiser
    SE_ENERGY_SCAN_UPDATE,  // scan_update, pJ: exp, two multiplications, two fma
    SE_ENERGY_TABLE_AREA,   // table_area, mm2/kB: no energy, but of the same technology
    SE_ENERGY_CONSTANTS,
};

extern const char *const se_energy_names[SE_ENERGY_CONSTANTS];

struct se_energy_constant {
    double value, low, high;
    char unit[16], source[400];
};

struct se_energy_profile {
    struct se_energy_constant constants[SE_ENERGY_CONSTANTS];
};

// SE_IO or SE_INVALID, naming file and key: a missing or unknown key, another unit, a value that is
// not above 0 or outside low..high.
enum se_status se_energy_profile_load(const char *path, struct se_energy_profile *profile,
                                      struct se_error *err);

#ifdef __cplusplus
}
#endif
