// SPDX-License-Identifier: Apache-2.0
// The RTL as a C library: every block, Verilated, behind one small interface.
//
// Data goes in and out as beats, each a few 32-bit words; which words, the block's entry says.
// Blocks with valid/ready handshakes are driven by them; FP32 units, which move while en_i is high,
// by their fixed latency.
#pragma once

#include "w4a5se/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SE_RTL_WORDS_MAX = 8 };

enum se_port_kind {
    SE_PORT_UNSIGNED,
    SE_PORT_SIGNED, // two's complement, sign-extended to the 32 bits of its word
    SE_PORT_F32,
};

// A port of the module (its name there ends in _i or _o), one word of a beat.
struct se_port {
    const char *name;
    int bits; // 1..32
    enum se_port_kind kind;
};

struct se_rtl_block {
    const char *name; // the module
    int width;        // CODE_BITS or WIDTH of this instance; 0 where the module has neither
    // In the order of the words; the first without a name ends a list.
    struct se_port config[SE_RTL_WORDS_MAX], in[SE_RTL_WORDS_MAX], out[SE_RTL_WORDS_MAX];
};

// The i-th block, NULL past the last one.
const struct se_rtl_block *se_rtl_block_at(size_t i);

// The block's entry, NULL when there is none of this name and width.
const struct se_rtl_block *se_rtl_find(const char *name, int width);

// Ports in a list, which is also the words a beat has.
int se_rtl_words(const struct se_port *ports);

struct se_rtl_options {
    const char *trace_path;    // write an FST here; NULL: no trace
    unsigned idle_percent;     // chance that the driver pauses before a beat, 0..99
    unsigned stall_percent;    // chance that the receiver is not ready in a cycle, 0..99
    uint64_t seed;             // of both chances and of the initial state
    bool random_initial_state; // else all zeros
};

struct se_rtl;

// Resets the block and leaves it ready for se_rtl_configure. SE_INVALID when there is no such
// block or a chance is above 99 %, SE_IO when the trace cannot be written.
enum se_status se_rtl_open(struct se_rtl **rtl, const char *name, int width,
                           const struct se_rtl_options *options, struct se_error *err);

const struct se_rtl_block *se_rtl_describe(const struct se_rtl *rtl);

// Sets the configuration inputs, one word for each name in config. Not while data is in flight.
void se_rtl_configure(struct se_rtl *rtl, const uint32_t *config);

// One cycle of reset: drops whatever is in flight.
void se_rtl_reset(struct se_rtl *rtl);

// Streams in[n_in] beats in and out[n_out] beats out; out_cycle[n_out] (may be NULL) receives the
// cycle in which each beat left. SE_INVALID when the block stops moving, or sends more than n_out.
enum se_status se_rtl_stream(struct se_rtl *rtl, size_t n_in, const uint32_t *in, size_t n_out,
                             uint32_t *out, uint64_t *out_cycle, struct se_error *err);

// Offers in[n_in] beats for `cycles` cycles and abandons whatever is in flight: what a reset meets.
void se_rtl_disturb(struct se_rtl *rtl, size_t n_in, const uint32_t *in, unsigned cycles);

// Clock cycles since se_rtl_open, reset included.
uint64_t se_rtl_cycles(const struct se_rtl *rtl);

void se_rtl_close(struct se_rtl *rtl);

// Verilator's name and version.
const char *se_rtl_version(void);

#ifdef __cplusplus
}
#endif
