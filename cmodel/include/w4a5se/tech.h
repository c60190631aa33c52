// SPDX-License-Identifier: Apache-2.0
// Technology profiles: DIR/NAME.yaml, and the SRAM models it names, DIR/sram/NAME.yaml.
//
//   node_nm: 22
//   note: "..."
//   sram: 22nm       # DIR/sram/22nm.yaml: node_nm, then models: a device and its constants each
//   logic: osu018    # the profile whose library's gates are counted (logic.h)
//   constants: [...] # those of enum se_tech_constant
//
// DIR/sram/organisation.yaml has what all nodes share: how an array is divided (memory.h).
#pragma once

#include "w4a5se/constants.h"
#include "w4a5se/status.h"

enum se_tech_constant {
    SE_TECH_GATE_RATIO,      // gates of this technology a gate of the library in `logic`
    SE_TECH_GATE_AREA,       // um2 a gate equivalent (NAND2)
    SE_TECH_UTILISATION,     // share of the placed area that is cells
    SE_TECH_GATE_DELAY,      // ns a level of logic; an FP32 multiplier in one stage has 40
    SE_TECH_GATE_ENERGY,     // fJ a gate and operation, at the toggle rates of random operands
    SE_TECH_FLOP_GATES,      // gates a bit of a flip-flop array with one write and one read port
    SE_TECH_FLOP_PORT_GATES, // gates a bit of each further read port
    SE_TECH_DRAM_ENERGY,     // pJ a bit
    SE_TECH_CONSTANTS,
};

enum se_sram_constant {
    SE_SRAM_CELL,
    SE_SRAM_AREA_BASE, // in cells, of a memory with one port: base + bit * bits + word * word bits
    SE_SRAM_AREA_BIT,
    SE_SRAM_AREA_WORD,
    SE_SRAM_AREA2_BASE, // the same of one with a further read port
    SE_SRAM_AREA2_BIT,
    SE_SRAM_AREA2_WORD,
    SE_SRAM_ACCESS_BASE,
    SE_SRAM_ACCESS_EDGE,
    SE_SRAM_READ_BASE,
    SE_SRAM_READ_CELL,
    SE_SRAM_READ_WORD,
    SE_SRAM_READ_EDGE,
    SE_SRAM_WRITE_BASE,
    SE_SRAM_WRITE_WORD,
    SE_SRAM_WRITE_ROOT,
    SE_SRAM_WRITE_EDGE,
    SE_SRAM_LEAK_BIT,
    SE_SRAM_LEAK_AREA,
    SE_SRAM_FITTED_BITS, // low and high: of the memories that were fitted
    SE_SRAM_FITTED_WORD,
    SE_SRAM_BEYOND, // by what the bands are wider for other sizes
    SE_SRAM_CONSTANTS,
};

enum se_organisation_constant {
    SE_ORGANISATION_DELAY_BANK,
    SE_ORGANISATION_DELAY_BASE,
    SE_ORGANISATION_DELAY_COLUMN,
    SE_ORGANISATION_DELAY_EDGE,
    SE_ORGANISATION_ENERGY_BANK,
    SE_ORGANISATION_ENERGY_WORD,
    SE_ORGANISATION_PORT_READ,
    SE_ORGANISATION_EDGE_BIT,
    SE_ORGANISATION_EDGE_WORD,
    SE_ORGANISATION_CONSTANTS,
};

// Kinds of transistor: high performance, low standby power, what a node has where it has no choice.
enum se_device { SE_DEVICE_HP, SE_DEVICE_LSTP, SE_DEVICE_TYPICAL };
extern const char *const se_device_names[4]; // NULL at the end

enum { SE_TECH_NAME = 40, SE_TECH_DEVICES = 2 };

struct se_sram_model {
    enum se_device device;
    struct se_constant c[SE_SRAM_CONSTANTS];
};

struct se_tech {
    char name[SE_TECH_NAME], logic[SE_TECH_NAME], note[320];
    double node_nm;
    struct se_constant c[SE_TECH_CONSTANTS];
    struct se_constant organisation[SE_ORGANISATION_CONSTANTS];
    size_t models; // 1: typical, or 2: hp and lstp
    struct se_sram_model sram[SE_TECH_DEVICES];
};

// Reads the profile NAME and what it names. SE_INVALID for a name that has no file (the sentence
// lists the profiles), an unknown key, a constant that is unknown, missing, given twice, in another
// unit, negative, not finite, or not between its low and high.
enum se_status se_tech_load(const char *directory, const char *name, struct se_tech *tech,
                            struct se_error *err);

// mm2 of a gate when placed: the low end is the least area at the best utilisation.
struct se_band se_tech_gate_mm2(const struct se_tech *tech);
