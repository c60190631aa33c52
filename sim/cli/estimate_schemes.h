// SPDX-License-Identifier: Apache-2.0
// Ways to give the scan's input its scales, or to do without, side by side.
#pragma once

#include "accuracy.h"
#include "estimate_table.h"
#include "w4a5se/chip_cost.h"

enum scheme {
    SCHEME_QUAMBA1,    // one scale a layer
    SCHEME_SEQUENTIAL, // Quamba2's table, in the four forms of lookup
    SCHEME_PARALLEL,
    SCHEME_LUT,
    SCHEME_CURSOR,
    SCHEME_ROTATION_INT, // Hadamard transform, one scale a layer
    SCHEME_ROTATION_FP32,
    SCHEME_W4A5_SE, // two scales a layer, codes of 5 bits
    SCHEME_W4A5_SE_CURSOR,
    SCHEMES
};

// What a scheme adds to a chip without scales; NAN where there is no such figure.
struct scheme_cost {
    const char *name, *what;
    double table_bits;                            // of a layer
    double ge;                                    // NAND2
    struct se_band memory_area, logic_area, area; // mm2, tables of all layers on chip
    struct se_band energy;                        // nJ a token and layer
    double first_cycles;                          // until the first channel has its scale, at worst
    struct se_band first_ns;
    double channel_cycles; // between channels, at worst
    double code_bits;      // stored a channel
    double over_int8;      // % bits a byte over INT8's; NAN: not measured
    struct {
        double area, energy, ns, gates; // mm2; nJ a lookup or token; of the design notes
    } notes;
};

struct schemes {
    struct scheme_cost at[SCHEMES];
};

// For a chip's model, lookup shape and storage (its lookup and codes are not read). SE_INVALID for
// a Mamba-1.
enum se_status schemes_cost(const struct se_chip *chip, struct se_chip_prices *prices,
                            const struct accuracy *accuracy, const json_t *claims,
                            struct schemes *schemes, struct se_error *err);

void schemes_table(const struct schemes *schemes, struct table *table);
