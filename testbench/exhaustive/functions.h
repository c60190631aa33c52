// SPDX-License-Identifier: Apache-2.0
// The functions of one operand whose every input is checked: what is promised of each, and where
// its error is measured.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Inputs from first to last. Relative errors are those of results from 2^-126 up, unless
// `subnormal` counts the others too.
struct region {
    const char *name;
    float first, last;
    bool subnormal;
};

enum { REGIONS_MAX = 3 };

struct special {
    uint32_t input, expected; // bit patterns
};

enum { SPECIALS_MAX = 12 };

struct function {
    const char *name, *block; // the block is the module's name
    const char *sources;      // files of the C model, and tables, that decide its results
    // A conversion's results and flags are compared with the reference's, bit for bit; it has no
    // regions. Other functions have real results.
    bool conversion;
    float first, last;                       // the domain; numbers outside give NaN
    uint32_t at_minus_infinity, at_infinity; // results there, where the domain reaches so far
    float rises_from;                        // never falls from here on
    bool may_fall;                           // falls are counted, but nothing is promised
    double most_ulps;                        // promised in region[promised]
    size_t promised;
    size_t regions;
    struct region region[REGIONS_MAX]; // the first is the domain
    size_t specials;
    struct special special[SPECIALS_MAX];
};

// The i-th function, NULL past the last one.
const struct function *function_at(size_t i);

const struct function *function_find(const char *name);

// The result by the C model, as a bit pattern.
uint32_t function_of_model(const struct function *f, uint32_t input);
