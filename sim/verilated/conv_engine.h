// SPDX-License-Identifier: Apache-2.0
// The convolution engine's RTL, Verilated, as a C library: an engine has tables and several
// streams, so it has functions of its own. Options are those of blocks (rtl.h); stall_percent holds
// for every stream that comes out, each drawing its own chances.
#pragma once

#include "rtl.h"
#include "w4a5se/conv.h"
#include "w4a5se/quantizer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct se_conv_engine;

enum { SE_CONV_ENGINE_D_INNER_MAX = 2048 }; // of the instances

// There are instances for code_bits 4, 5, 6 and 8. Resets the engine. Errors as se_rtl_open.
enum se_status se_conv_engine_open(struct se_conv_engine **engine, int code_bits,
                                   const struct se_rtl_options *options, struct se_error *err);

// Writes the parameter table and sets the configuration; q's code_bits must be the engine's.
// SE_INVALID also for a d_inner that the engine refuses. Not within a sequence of another layer.
enum se_status se_conv_engine_load(struct se_conv_engine *engine, const struct se_conv *conv,
                                   const struct se_quantizer *q, float x_proj_inv_s,
                                   struct se_error *err);

// x[tokens][d_inner] -> codes, values and x_proj of the same shape, each may be NULL. `first`: the
// sequence starts here; else the history of the last call goes on. SE_INVALID when a stream stops
// moving, sends more than it should, or changes a beat that waits, or when busy_o is wrong.
enum se_status se_conv_engine_run(struct se_conv_engine *engine, size_t tokens, bool first,
                                  const int8_t *x, uint16_t *codes, float *values, int8_t *x_proj,
                                  struct se_error *err);

// The same for sequences of tokens_each, one behind the other without a gap.
enum se_status se_conv_engine_run_sequences(struct se_conv_engine *engine, size_t sequences,
                                            size_t tokens_each, const int8_t *x, uint16_t *codes,
                                            float *values, int8_t *x_proj, struct se_error *err);

// How the streams pause from now on.
struct se_conv_pauses {
    unsigned idle_percent, code_stall_percent, x_proj_stall_percent; // 0..99
    // This stream's receiver takes a beat only when the other's is so many beats ahead; 0: always.
    unsigned code_behind, x_proj_behind;
};
void se_conv_engine_pause(struct se_conv_engine *engine, const struct se_conv_pauses *pauses);

// Offers x[n] for `cycles` cycles, takes what comes, and abandons what is in flight: what a reset
// meets. Returns how many were accepted.
size_t se_conv_engine_disturb(struct se_conv_engine *engine, size_t n, const int8_t *x,
                              unsigned cycles);

// One cycle of reset: drops what is in flight, and the flags; the tables stay. The next run must be
// a sequence's first.
void se_conv_engine_reset(struct se_conv_engine *engine);

// Flags of the fma (enum se_fp_flag) since they were cleared.
unsigned se_conv_engine_flags(const struct se_conv_engine *engine);
void se_conv_engine_clear_flags(struct se_conv_engine *engine);

// Clock cycles of the last run from its first beat in to its last beat out, both included.
uint64_t se_conv_engine_run_cycles(const struct se_conv_engine *engine);

void se_conv_engine_close(struct se_conv_engine *engine);

#ifdef __cplusplus
}
#endif
