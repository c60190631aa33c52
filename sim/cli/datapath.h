// SPDX-License-Identifier: Apache-2.0
// Arrays of activations and codes through the blocks' RTL, each compared with the model on the way.
#pragma once

#include "mismatch.h"
#include "w4a5se/quantizer.h"

// Output beats compared with the model, by what they carry.
struct datapath_counts {
    size_t codes;        // out of the quantiser and out of code_unpack
    size_t packed_words; // 32 bits, with their byte counts and last marks
    size_t values;       // FP32 words out of the scale MUXes, the shifted integers beside them
};

// What stands around the blocks in one pass over values[tokens * channels].
struct datapath {
    const struct se_quantizer *quantizer;
    size_t tokens, channels;         // a token's codes make one packet of packed words
    const char *subject;             // for reports
    const char *trace;               // directory for BLOCK.fst of each block, or NULL
    struct datapath_counts compared; // so far
    // Set when a block differs from the model; the pass then ends with SE_OK.
    struct mismatch mismatch;
    uint32_t *mismatch_in; // owned; what mismatch.in points to
    uint32_t config[SE_RTL_WORDS_MAX];
};

// Each runs one block. SE_OK with mismatch.divergence.found set when it differs from the model.

// values[tokens * channels] -> codes[same]
enum se_status datapath_quantize(struct datapath *d, const float *values, uint16_t *codes,
                                 struct se_error *err);

// codes -> bytes[tokens * packed bytes of a token]
enum se_status datapath_pack(struct datapath *d, const uint16_t *codes, uint8_t *bytes,
                             struct se_error *err);

// bytes -> codes
enum se_status datapath_unpack(struct datapath *d, const uint8_t *bytes, uint16_t *codes,
                               struct se_error *err);

// codes -> u; through scale_mux, and through scale_mux_pow2 as well where the ratio is 2^k
enum se_status datapath_dequantize(struct datapath *d, const uint16_t *codes, float *u,
                                   struct se_error *err);

// Bytes of a packed token.
size_t datapath_token_bytes(const struct datapath *d);

void datapath_free(struct datapath *d);
