// SPDX-License-Identifier: Apache-2.0
// A random scale table with a quantiser a scale, as an engine with a lookup gets it, and a
// quantiser a channel, as the model reads it.
#pragma once

#include "../reference/scale_table.h"
#include "engine_lookup.h"
#include "stimulus.h"
#include "w4a5se/input.h"

enum { PIECEWISE_CHANNELS = 256, PIECEWISE_WORDS_MAX = 512 };

struct piecewise {
    struct random_table table;
    struct se_quantizer by_scale[RANDOM_TABLE_SCALES], by_channel[PIECEWISE_CHANNELS];
    struct se_input input; // by_channel, and what x_proj reads
    struct se_quantizer x_proj;
};

// Empty groups and groups of one channel are frequent. Scales suit values of some units; 8 bits are
// int8-piecewise, 4 w4a5-se-piecewise by any rule and with any bases, which are those of `format`.
void piecewise_draw(struct piecewise *p, const struct se_engine_lookup *lookup,
                    struct se_format format, struct stimulus *s);

// A format of that many bits that its piecewise mode may have.
struct se_format piecewise_format(int code_bits, struct stimulus *s);

// The words of the engine's port; returns how many.
size_t piecewise_words(const struct piecewise *p, const struct se_engine_lookup *lookup,
                       enum se_engine engine, uint32_t words[PIECEWISE_WORDS_MAX]);

// Those words, spoilt in the k-th way: *n may change. False past the last way.
bool piecewise_spoil(const struct se_engine_lookup *lookup, enum se_engine engine, int k,
                     uint32_t words[PIECEWISE_WORDS_MAX], size_t *n, struct stimulus *s);

// Cycles in which the sequential search keeps a token's channels waiting, all together: a compare
// each for the bounds up to the group's own, the last of a row never.
uint64_t piecewise_waits(const struct piecewise *p);

// The same of one channel.
uint64_t piecewise_channel_waits(const struct piecewise *p, size_t channel);
