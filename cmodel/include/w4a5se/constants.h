// SPDX-License-Identifier: Apache-2.0
// Constants of technology files, each with its band, unit and source.
//
//   constants:
//   - {name: cell, value: 0.027, low: 0.027, high: 0.027, unit: um2, source: "..."}
#pragma once

#include <stddef.h>

struct se_band {
    double value, low, high; // low <= value <= high
};

struct se_constant {
    const char *name, *unit; // the specification's
    struct se_band band;
    char source[160];
};

// What a file must give: each name once, in this unit.
struct se_constant_spec {
    const char *name, *unit;
};

// A quantity as a sum of constants times counts, so that it can be explained:
// unit * factor / divisor * (c[0] * n[0] + c[1] * n[1] + ...).
enum { SE_TERMS_MAX = 4 };
struct se_sum {
    double unit; // of the sum in the quantity's unit: 1e-6 for um2 in mm2
    const struct se_constant *factor, *divisor; // NULL: 1
    size_t n;
    struct se_term {
        const struct se_constant *constant;
        double times;
        const char *what; // the count in words: "bits"
    } terms[SE_TERMS_MAX];
};

// All constants at their value, all low, all high, the divisor the other way round.
struct se_band se_sum_band(const struct se_sum *sum);

// b with each member times `by`, which is not negative; a + b by members.
struct se_band se_band_scaled(struct se_band b, double by);
struct se_band se_band_sum(struct se_band a, struct se_band b);

// a - b where both follow the same constants: the ends are those at their low and high ends.
struct se_band se_band_difference(struct se_band a, struct se_band b);
