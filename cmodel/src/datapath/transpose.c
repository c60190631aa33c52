// SPDX-License-Identifier: Apache-2.0
#include "transpose.h"

#include <stdint.h>
#include <string.h>

enum { TILE = 16 };

typedef float row __attribute__((vector_size(TILE * sizeof(float))));
typedef int32_t choice __attribute__((vector_size(TILE * sizeof(int32_t))));

// Rows r and r + distance exchange the blocks of `distance` columns that lie off the diagonal.
static inline __attribute__((always_inline)) void exchange(row tile[TILE], int distance) {
    choice upper, lower;
    for (int i = 0; i < TILE; i++) {
        upper[i] = i & distance ? TILE + i - distance : i;
        lower[i] = i & distance ? TILE + i : i + distance;
    }
    for (int r = 0; r < TILE; r++) {
        if (!(r & distance)) {
            row first = tile[r], second = tile[r + distance];
            tile[r] = __builtin_shuffle(first, second, upper);
            tile[r + distance] = __builtin_shuffle(first, second, lower);
        }
    }
}

static inline void transpose(row tile[TILE]) {
    exchange(tile, 1);
    exchange(tile, 2);
    exchange(tile, 4);
    exchange(tile, 8);
}

static inline size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static void load(size_t rows, size_t columns, size_t stride, const float *from, row tile[TILE]) {
    if (rows == TILE && columns == TILE) {
        for (size_t r = 0; r < TILE; r++) {
            memcpy(&tile[r], from + r * stride, sizeof *tile);
        }
        return;
    }
    memset(tile, 0, TILE * sizeof *tile);
    for (size_t r = 0; r < rows; r++) {
        memcpy(&tile[r], from + r * stride, columns * sizeof *from);
    }
}

static void store(size_t rows, size_t columns, const row tile[TILE], size_t stride, float *to) {
    if (rows == TILE && columns == TILE) {
        for (size_t r = 0; r < TILE; r++) {
            memcpy(to + r * stride, &tile[r], sizeof *tile);
        }
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        memcpy(to + r * stride, &tile[r], columns * sizeof *to);
    }
}

void se_transpose_tiles(size_t rows, size_t columns, const float *from, size_t to_stride,
                        float *to) {
    for (size_t r = 0; r < to_stride; r += TILE) {
        for (size_t c = 0; c < columns; c += TILE) {
            row tile[TILE];
            size_t own = r < rows ? least(rows - r, TILE) : 0;
            load(own, least(columns - c, TILE), columns, from + (own ? r * columns + c : 0), tile);
            transpose(tile);
            store(TILE, TILE, tile, to_stride, to + c * to_stride + r);
        }
    }
}

void se_transpose_back(size_t rows, size_t columns, size_t from_stride, const float *from,
                       float *to) {
    for (size_t r = 0; r < rows; r += TILE) {
        for (size_t c = 0; c < columns; c += TILE) {
            row tile[TILE];
            load(TILE, TILE, from_stride, from + c * from_stride + r, tile);
            transpose(tile);
            store(least(rows - r, TILE), least(columns - c, TILE), tile, columns,
                  to + r * columns + c);
        }
    }
}
