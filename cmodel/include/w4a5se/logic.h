// SPDX-License-Identifier: Apache-2.0
// What a block's logic costs in a library of cells: gate equivalents (one NAND2 each), flip-flops
// and the critical path, as a function of its parameters. Memories are no part of it (memory.h),
// wires neither.
//
//   quantity = c[0] * n[0] + c[1] * n[1] + ...     n: counts of bits, comparators, registers, ...
//
// The files DIR/LIBRARY/BLOCK.yaml are written by scripts/fit_logic, which fits the constants to
// synthesis:
//
//   library: osu018_stdcells
//   gate_area: 24           # um2 of one gate equivalent
//   ge_error: 0.02          # largest relative error at the points that were synthesised
//   ns_error: 0.1
//   parameters: [{name: CODE_BITS, least: 4, most: 8, default: 4}]
//   terms: [{what: bits of a code, times: CODE_BITS, ge: 32.5, flip_flops: 2, ns: 0.01}]
//   parts: [{block: scan_lane, times: LANES, given: "DEPTH = 32768"}]
//
// `times` is an expression (expression.h) of the parameters. Parts are blocks with files of their
// own; each shares the parameters whose names it has, and `given` sets one more.
#pragma once

#include "w4a5se/expression.h"
#include "w4a5se/status.h"

#include <stddef.h>

enum {
    SE_LOGIC_TERMS_MAX = 12,
    SE_LOGIC_PARAMETERS_MAX = 8,
    SE_LOGIC_PARTS_MAX = 8,
    SE_LOGIC_TEXT = 200,
};

enum se_logic_quantity { SE_LOGIC_GE, SE_LOGIC_FLIP_FLOPS, SE_LOGIC_NS, SE_LOGIC_QUANTITIES };
extern const char *const se_logic_quantity_names[SE_LOGIC_QUANTITIES + 1]; // NULL at the end

struct se_logic_parameter {
    char name[SE_NAME_LENGTH];
    double least, most, standard;
};

struct se_logic_term {
    char what[60], times[SE_LOGIC_TEXT];
    double c[SE_LOGIC_QUANTITIES];
};

struct se_logic_part {
    char block[SE_NAME_LENGTH], times[SE_LOGIC_TEXT], given[SE_LOGIC_TEXT];
};

struct se_logic_block {
    char name[SE_NAME_LENGTH], library[40];
    double gate_area; // um2 of a NAND2
    double ge_error, ns_error;
    size_t parameters, terms, parts;
    struct se_logic_parameter parameter[SE_LOGIC_PARAMETERS_MAX];
    struct se_logic_term term[SE_LOGIC_TERMS_MAX];
    struct se_logic_part part[SE_LOGIC_PARTS_MAX];
};

// SE_INVALID for a library or block that has no file (the sentence lists those there are), or a
// file that is not as above.
enum se_status se_logic_load(const char *directory, const char *library, const char *block,
                             struct se_logic_block *logic, struct se_error *err);

// The block's parameters: as given, else the default. SE_INVALID for one that the block has not,
// that is given twice, or that lies outside what was synthesised.
enum se_status se_logic_parameters(const struct se_logic_block *logic, size_t n,
                                   const struct se_named_number *given,
                                   struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                                   struct se_error *err);

// Part `index` of a block: how many there are, its model, and its parameters: what the part is
// given, else the block's of the same name.
enum se_status se_logic_part(const char *directory, const char *library,
                             const struct se_logic_block *logic,
                             const struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                             size_t index, double *times, struct se_logic_block *part,
                             struct se_named_number of_part[SE_LOGIC_PARAMETERS_MAX],
                             struct se_error *err);

struct se_logic_figures {
    double q[SE_LOGIC_QUANTITIES]; // the path is the longest of block and parts
    double area_um2;               // of the cells
    double ge_error, ns_error;     // largest of block and parts
};

// Of the block and, from their files, its parts.
enum se_status se_logic_estimate(const char *directory, const char *library,
                                 const struct se_logic_block *logic,
                                 const struct se_named_number values[SE_LOGIC_PARAMETERS_MAX],
                                 struct se_logic_figures *figures, struct se_error *err);
