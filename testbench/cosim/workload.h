// SPDX-License-Identifier: Apache-2.0
// What the C model says of each block: configurations, streams and their results.
#pragma once

#include "compare.h"
#include "stimulus.h"

// One configuration, in the model's terms and in the block's words.
struct setup {
    const struct se_rtl_block *block;
    struct se_quantizer quantizer; // quantizer, scale_mux, scale_mux_pow2
    int log2_ratio;                // scale_mux_pow2
    size_t packet;                 // code_unpack: codes a packet
    uint32_t config[SE_RTL_WORDS_MAX];
};

// Whether the model knows the block.
bool workload_knows(const struct se_rtl_block *block);

// Documented cycles from a beat to its result; 0 where results are not one a beat, or not after a
// fixed time.
unsigned workload_latency(const struct se_rtl_block *block);

// FP32 units move with en_i and have no handshake to test.
bool workload_has_handshake(const struct se_rtl_block *block);

// A random legal configuration; a packet of 1..64 codes.
struct setup workload_setup(const struct se_rtl_block *block, struct stimulus *s);

// The configuration that carries this quantiser (quantizer, scale_mux).
struct setup workload_setup_quantizer(const struct se_rtl_block *block, struct se_quantizer q);

// The configuration of scale_mux_pow2.
struct setup workload_setup_pow2(const struct se_rtl_block *block, struct se_quantizer q,
                                 int log2_ratio);

// The configuration of code_unpack.
struct setup workload_setup_packet(const struct se_rtl_block *block, size_t packet);

// Fills expected[] from in[] where results are one a beat.
void workload_fill(const struct setup *setup, struct beats *beats);

// A random operand set for the block (not the packing ones).
void workload_operands(const struct setup *setup, struct stimulus *s, uint32_t *in);

// A random stream of about n beats in (whole packets where there are packets).
struct beats workload_beats(const struct setup *setup, size_t n, struct stimulus *s);

// code_pack: random packets of lengths[n_packets].
struct beats workload_pack(int width, size_t n_packets, const size_t *lengths, struct stimulus *s);

// code_unpack: random packets of setup->packet codes, their padding random as well.
struct beats workload_unpack(const struct setup *setup, size_t n_packets, struct stimulus *s);
