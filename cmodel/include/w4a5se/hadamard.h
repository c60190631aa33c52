// SPDX-License-Identifier: Apache-2.0
// The Hadamard transform in front of out_proj: an orthonormal rotation that spreads outliers over
// all channels (docs/numerics.md, "Hadamard transform"). y = H x / sqrt(n), H of +1 and -1.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

// H is Paley's matrix of `blocks` rows (1 where n is a power of two) times Sylvester's of
// n / blocks, as a Kronecker product.
struct se_hadamard {
    size_t n, blocks;
    float scale;  // fl(1 / sqrt(n))
    float *signs; // [blocks][blocks]; NULL where blocks is 1
};

// n = m * 2^k for the smallest m of 1, or 4 and more times n's odd part, such that m - 1 is a
// prime: of the odd parts up to 9, 3 has m = 12, 5 has 20, 7 has 224 and 9 has 72. SE_INVALID when
// there is none up to 1024 in n; SE_NO_MEMORY.
enum se_status se_hadamard_init(struct se_hadamard *hadamard, size_t n, struct se_error *err);
void se_hadamard_free(struct se_hadamard *hadamard);

// rows of x[rows][n], in place: rotated activations, or the weights [outputs][n] that take them.
void se_hadamard_run(const struct se_hadamard *hadamard, size_t rows, float *x);
