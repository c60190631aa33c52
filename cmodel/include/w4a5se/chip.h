// SPDX-License-Identifier: Apache-2.0
// The memories of a chip that runs a model's convolution and scan: how many bits, in which words,
// how often a token touches them.
#pragma once

#include "w4a5se/input.h"
#include "w4a5se/memory.h"

#include <stdbool.h>

enum { SE_CHIP_MODEL_NAME = 32, SE_CHIP_MODEL_SOURCE = 80, SE_CHIP_NO_MODE = -1 };

// What of a model decides its memories, and the work of its GEMMs.
struct se_chip_model {
    char name[SE_CHIP_MODEL_NAME], source[SE_CHIP_MODEL_SOURCE];
    int version;                           // 1: A for each channel and state; 2: A for each head
    int d_model, layers, d_inner, d_state; // d_inner channels
    int headdim, groups;                   // version 2: channels of a head, groups of heads
    int vocabulary;
};

// Reads the model NAME of a file such as data/models.yaml. SE_INVALID for an unknown name (the
// sentence lists them), an unknown key, or a number that no model can have.
enum se_status se_chip_model_load(const char *path, const char *name, struct se_chip_model *model,
                                  struct se_error *err);

// How the scale of a channel is found: one for all, or a table of the given form
// (docs/numerics.md, "Scale lookups").
enum se_chip_lookup {
    SE_CHIP_NONE,
    SE_CHIP_SEQUENTIAL,
    SE_CHIP_PARALLEL,
    SE_CHIP_LUT,
    SE_CHIP_CURSOR,
};
extern const char *const se_chip_lookup_names[6];

struct se_chip {
    struct se_chip_model model;
    enum se_chip_lookup lookup;
    int head_groups, dim_groups; // of a group's table
    int table_layers;            // that have a table; the others have one scale each
    bool int32_bounds;           // else as narrow as they can be
    int scale_bits;              // 32 or 16
    int scale_words;             // of a scale: 1, 2, 4 or 6; 0: as many as the mode takes
    bool int8_state;             // else FP32
    bool double_buffered; // two layers on chip, the rest moved for each token; else all layers
    int mode;             // enum se_input_mode, or SE_CHIP_NO_MODE where only the width is given
    int code_width;       // bits of a code with its flag, 4 to 9
    int lanes;            // of the scan: 1, 2, 4, 8 or 16
    char tech[SE_TECH_NAME];
    enum se_device device;
};

// Reads a configuration; a key that is absent has its default:
//
// clang-format off
//   model: mamba2-8b           # of MODELS; required
//   layers: 56                 # and d_model, d_inner, d_state, headdim, groups: not the model's
//   lookup: cursor             # none (Mamba-1's), sequential, parallel, lut, cursor (Mamba-2's)
//   head_groups: 4
//   dim_groups: 4
//   table_layers: 56           # layers with a table, the others have one scale; default all
//   bounds: minimal            # or int32
//   scales: fp32               # or fp16
//   scale_words: 6             # words of a table's scale: 1 one scale (default of modes with one); of
//                              # two, what the scan reads (2: s1, s2), the convolution (4: their
//                              # reciprocals, thresholds) or both (6: default of modes with two)
//   state: fp32                # or int8
//   resident: all              # or double-buffered
//   mode: w4a5-se-offset       # the input mode (input.h), which has codes; lookups make it piecewise
//   code_width: 5              # or only the width of a code
//   lanes: 4
//   tech: 7nm
//   device: typical
// clang-format on
enum se_status se_chip_load(const char *path, const char *models, struct se_chip *chip,
                            struct se_error *err);

// The keys of a configuration, NULL at the end.
enum { SE_CHIP_KEYS = 21 };
extern const char *const se_chip_keys[SE_CHIP_KEYS + 1];

// A chip for a model from the values of these keys, each a text or NULL for its default; that of
// `model` is not read. SE_INVALID, naming path, key and value, for a value that its key cannot
// have; whether the chip can be built is for se_chip_check to say.
enum se_status se_chip_read(const char *path, const char *const values[SE_CHIP_KEYS],
                            const struct se_chip_model *model, struct se_chip *chip,
                            struct se_error *err);

// The defaults for a model.
struct se_chip se_chip_default(const struct se_chip_model *model);

// SE_INVALID names the first number that is out of range, does not fit the others, or is none that
// the RTL takes.
enum se_status se_chip_check(const struct se_chip *chip, struct se_error *err);

// SE_INVALID unless the scan engine can have so many lanes.
enum se_status se_chip_check_lanes(int lanes, struct se_error *err);

// Channels of the convolution: d_inner, in Mamba-2 also B and C of every group.
uint64_t se_chip_conv_channels(const struct se_chip_model *model);

// One kind of memory. Reads and writes are words a token and layer, over all instances together.
struct se_chip_memory {
    const char *name, *what;
    struct se_memory memory;
    uint64_t instances; // on the chip
    bool of_layer;      // each layer has its own
    int layers;         // that use it
    bool changes;       // and the token changes it: written back where the chip holds two layers
    double reads, writes;
};

enum { SE_CHIP_MEMORIES_MAX = 16 };

// The memories of a chip that se_chip_check accepts; their number.
size_t se_chip_memories(const struct se_chip *chip, struct se_chip_memory *memories);

// Whether any layer has a table, and the words of its scales.
bool se_chip_has_tables(const struct se_chip *chip);
int se_chip_scale_words(const struct se_chip *chip);

// Bits of a code without its flag, as the RTL's CODE_BITS.
int se_chip_code_bits(const struct se_chip *chip);

// The input mode whose accuracy is the chip's: the piecewise one where all layers have a table;
// SE_CHIP_NO_MODE where the mode is not known or has no piecewise form, or some layers have a
// table.
int se_chip_effective_mode(const struct se_chip *chip);

// Bits of all instances of a memory.
double se_chip_memory_bits(const struct se_chip_memory *memory);

// Bits that a token moves between chip and DRAM where not all layers are resident; else 0.
double se_chip_dram_bits(const struct se_chip *chip, size_t n,
                         const struct se_chip_memory *memories);
