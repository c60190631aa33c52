// SPDX-License-Identifier: Apache-2.0
// What the C model says a block puts out, in the block's own beats, so that any block is compared
// in the same way; and the configuration words that a quantiser turns into.
#pragma once

#include "rtl.h"
#include "w4a5se/quantizer.h"

#ifdef __cplusplus
extern "C" {
#endif

// Words of `quantizer`, `scale_mux` and `scale_mux_pow2`; the last takes k of ratio = 2^k.
void se_words_of_quantizer(const struct se_quantizer *q, uint32_t *config);
void se_words_of_scale_mux(const struct se_quantizer *q, uint32_t *config);
void se_words_of_scale_mux_pow2(const struct se_quantizer *q, int log2_ratio, uint32_t *config);

// 32-bit words that a packet of n codes takes; every packet begins a new one.
size_t se_packet_words(size_t n, int width);

// Beats that come out for in[n_in].
size_t se_golden_count(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                       const uint32_t *in);

// in[n_in] beats -> out[se_golden_count()] beats.
void se_golden_stream(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                      const uint32_t *in, uint32_t *out);

// The first difference between a block and the model.
struct se_divergence {
    bool found;
    size_t beat;    // index of the output beat
    int word;       // which of its words
    uint64_t cycle; // in which the beat left the block
    uint32_t expected, got;
};

// Sets *divergence when expected[n] and got[n], beats of so many words, differ; leaves it
// otherwise. cycles[n] is when each beat of got left its block, 0 where that is unknown.
void se_find_divergence(int words, size_t n, const uint32_t *expected, const uint32_t *got,
                        const uint64_t *cycles, struct se_divergence *divergence);

// Opens the Verilated block, streams in[n_in] to out[n_out] beats and cycles[n_out], closes it.
// Errors as se_rtl_open and se_rtl_stream.
enum se_status se_run_block(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                            const uint32_t *in, const struct se_rtl_options *options, size_t n_out,
                            uint32_t *out, uint64_t *cycles, struct se_error *err);

// Runs in[n_in] through the Verilated block and the model. out (may be NULL) receives the block's
// beats. A divergence is a result, not an error; a block that stops moving is an error.
enum se_status se_cosim(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                        const uint32_t *in, const struct se_rtl_options *options, uint32_t *out,
                        struct se_divergence *divergence, struct se_error *err);

#ifdef __cplusplus
}
#endif
