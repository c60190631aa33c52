// SPDX-License-Identifier: Apache-2.0
// What the batches of exp and log1p share: they run BLOCK lanes at a time, step by step, so that
// the compiler makes vector code of each step and has independent work to fill its latency with.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BLOCK = 64 };

// out[i] = table[index[i] & 63], where indices of the upper half are the ones below `zero`.
#ifdef __AVX512F__
typedef int32_t se_lanes __attribute__((vector_size(64), aligned(4), may_alias));

// Gathers are slow on many processors; four registers hold a table of 64.
static inline void look_up(const int32_t *table, int zero, const int32_t *index, int32_t *out) {
    const se_lanes *t = (const se_lanes *)table;
    for (size_t i = 0; i < BLOCK; i += 16) {
        se_lanes at = *(const se_lanes *)(index + i), upper = at < zero;
        se_lanes low = __builtin_shuffle(t[0], t[1], at), high = __builtin_shuffle(t[2], t[3], at);
        *(se_lanes *)(out + i) = (high & upper) | (low & ~upper);
    }
}
#else
static inline void look_up(const int32_t *table, int zero, const int32_t *index, int32_t *out) {
    (void)zero;
    for (size_t i = 0; i < BLOCK; i++) {
        out[i] = table[index[i] & 63];
    }
}
#endif
