// SPDX-License-Identifier: Apache-2.0
// Many chips in one file: the keys of a configuration (chip.h), each with one value or a list.
//
//   model: [mamba2-130m, mamba2-2.7b]
//   lookup: [sequential, parallel, lut, cursor]
//   lanes: 4
//
// The chips are every combination of the values, the last key's changing first.
#pragma once

#include "w4a5se/chip.h"

enum { SE_CHIP_SWEEP_MAX = 1000000 }; // chips

struct se_chip_sweep {
    size_t chips;
    struct {
        size_t n;      // 0 where the key is absent
        char **values; // [n]
    } keys[SE_CHIP_KEYS];
};

// SE_INVALID, naming file, key and line, for what is no such file: an unknown key or one that comes
// twice, an empty list, a list in a list, no model, more than SE_CHIP_SWEEP_MAX chips.
enum se_status se_chip_sweep_load(const char *path, struct se_chip_sweep *sweep,
                                  struct se_error *err);
void se_chip_sweep_free(struct se_chip_sweep *sweep);

// The values of chip `index`, NULL where a key is absent.
void se_chip_sweep_at(const struct se_chip_sweep *sweep, size_t index,
                      const char *values[SE_CHIP_KEYS]);
