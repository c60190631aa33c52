// SPDX-License-Identifier: Apache-2.0
// Results beside exact values, many at a time: what can be counted without looking at each.
#pragma once

#include "../exhaustive/functions.h"

enum { CHUNK = 4096 };

// Results so near a tie that binary64 does not tell whether they are correctly rounded.
#define NEAR_TIE 0x1p-24

struct chunk {
    // In: numbers outside the domain have `exact` equal to y, so that they are no error.
    double x[CHUNK], y[CHUNK], exact[CHUNK];
    bool sign_differs[CHUNK];
    // Out: distances in ulps of binary32 at the exact value, and relative to it (0 where that is
    // 0). Where the exact value overflows they are 0 for infinity, else infinite.
    double ulps[CHUNK], relative[CHUNK];
};

struct measured {
    double most_ulps, most_relative;
    double most_relative_of_normal;                         // of exact values from 2^-126 up
    uint64_t correct, near_tie, subnormal, subnormal_wrong; // near ties are neither
};

struct measured measure(struct chunk *c);
