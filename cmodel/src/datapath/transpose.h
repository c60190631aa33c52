// SPDX-License-Identifier: Apache-2.0
// A matrix of floats on its side, by tiles of 16 x 16 in vector registers.
#pragma once

#include <stddef.h>

// from[rows][columns] -> to[columns][to_stride]. Writes whole tiles: to_stride is a multiple of 16
// and at least rows, and `to` holds columns rounded up to 16; what no element goes to becomes 0.
void se_transpose_tiles(size_t rows, size_t columns, const float *from, size_t to_stride,
                        float *to);

// from[columns][from_stride] -> to[rows][columns]; `from` holds whole tiles, as above.
void se_transpose_back(size_t rows, size_t columns, size_t from_stride, const float *from,
                       float *to);
