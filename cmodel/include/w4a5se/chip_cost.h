// SPDX-License-Identifier: Apache-2.0
// What a chip costs in a technology: its memories (memory.h) and blocks of logic (logic.h), and the
// time and energy of a token.
//
//   area of a block   = GE * gate_ratio * gate_area / utilisation
//   energy of a block = (operations * pJ of one + cycles it waits in its engine * pJ of one) *
//                       gate_energy / that of the library * GE / GE of the block that was
//                       measured (gate_energy.h); not measured: operations * GE * gate_ratio *
//                       gate_energy of random operands
//   time of a token   = cycles of conv_engine and scan_engine (cycles.h), one after the other, in
//                       each layer; a cycle of an engine is its longest path * gate_delay / that of
//                       the library, or the access of its slowest memory where that is longer, low
//                       and high ends each for itself.
//                       Moving layers between chip and DRAM takes no time here
//   leakage           = of the memories; that of logic is not known
//
// GE and paths are those of the library that the technology names.
#pragma once

#include "w4a5se/chip.h"
#include "w4a5se/gate_energy.h"
#include "w4a5se/logic.h"

enum { SE_CHIP_BLOCKS_MAX = 32, SE_CHIP_DIRECTORY = 256 };

// What chips of one technology share. Estimates are remembered, so that many chips with like parts
// cost little more than one.
struct se_chip_prices {
    char directory[SE_CHIP_DIRECTORY];
    struct se_tech tech;
    struct se_tech library;  // the profile whose gates the logic model has
    struct se_tech measured; // and the one whose gates' energies were measured
    struct se_gate_energies energies;
    void *memories, *logic; // remembered
};

// Reads technology `name` and what it names from a directory such as data/tech. SE_INVALID as
// se_tech_load and se_logic_load say.
enum se_status se_chip_prices_load(const char *directory, const char *name,
                                   struct se_chip_prices *prices, struct se_error *err);
void se_chip_prices_free(struct se_chip_prices *prices);

struct se_chip_memory_cost {
    struct se_chip_memory memory;
    struct se_memory_estimate estimate;
    struct se_band area, leakage, energy; // mm2, mW of all instances; nJ a token, all layers
};

struct se_chip_block_cost {
    char block[SE_NAME_LENGTH];
    const char *of; // the engine, or "" where the block stands alone
    double instances;
    double ge;         // of one, its own parts included
    double ge_error;   // largest relative error of the model
    bool nearest;      // the nearest parameters that were synthesised are not the chip's
    double operations; // a token and layer, of all instances together
    const char *operation;
    const struct se_gate_energy *measured; // in the prices; NULL: by its gates
    double measured_pj;    // of an operation of that one, at the chip's updates a cycle
    double measured_ratio; // gates of this block over those of the one that was measured
    int layers;            // in which it works
    double waits; // cycles a token, of all instances, in which its engine works beyond those that
                  // the operations took where they were measured; below 0 where fewer
    struct se_band pj;           // an operation
    struct se_band idle_pj;      // a cycle in which one instance waits; 0 where not measured
    struct se_band area, energy; // mm2 of all instances; nJ a token, all layers
};

extern const char SE_CHIP_CONV_ENGINE[], SE_CHIP_SCAN_ENGINE[]; // `of` is one of them, or ""

struct se_chip_cost {
    size_t memories, blocks;
    struct se_chip_memory_cost memory[SE_CHIP_MEMORIES_MAX];
    struct se_chip_block_cost block[SE_CHIP_BLOCKS_MAX];
    struct se_chip_engine_cost {
        uint64_t cycles, plain_cycles; // a token of a layer with a table, and without
        double token_cycles;           // all layers
        struct se_band ns, token_ns;   // a cycle; all layers
        const char *limit;             // the block or memory that the cycle waits for
    } conv, scan;
    struct se_band token_ns; // one engine after the other
    double bits, dram_bits;  // on chip; moved a token
    double ge;
    struct se_band memory_area, logic_area, area;                    // mm2
    struct se_band leakage;                                          // mW
    struct se_band memory_energy, logic_energy, dram_energy, energy; // nJ a token
    struct se_band leakage_energy; // not in energy: of the memories in the time of a token
    struct se_band idle_energy;    // not in energy: what one engine takes while the other works,
                                   // unless its clock is held
};

// The cost of a chip that se_chip_check accepts; its `tech` is not read. SE_INVALID for a device
// that the technology has not, a memory out of range, or a block without a model.
enum se_status se_chip_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                            struct se_chip_cost *cost, struct se_error *err);

// One block of such a chip with all that is in it, once; and its path in ns.
enum se_status se_chip_block_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                                  const char *block, struct se_chip_block_cost *cost, double *ns,
                                  struct se_error *err);

// In cycles, of the sequential search the worst: a compare for each bound.
struct se_lookup_pace se_chip_lookup_pace(const struct se_chip *chip);
