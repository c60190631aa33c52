// SPDX-License-Identifier: Apache-2.0
// The convolution engine's RTL, Verilated, as a C library: an engine has tables and several
// streams, so it has functions of its own. Options are those of blocks (rtl.h); stall_percent holds
// for every stream that comes out, each drawing its own chances.
#pragma once

#include "engine_lookup.h"
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

// What was built: parameters of the RTL.
struct se_conv_engine_build {
    const char *name;
    int code_bits;
    const struct se_engine_lookup *lookup; // NULL: one quantiser for all channels
};

// The instance with a lookup at index i, or NULL behind the last; and it opened. d_inner is that of
// its shape.
const struct se_conv_engine_build *se_conv_engine_lookup_at(size_t i);
enum se_status se_conv_engine_open_lookup(struct se_conv_engine **engine,
                                          const struct se_conv_engine_build *build,
                                          const struct se_rtl_options *options,
                                          struct se_error *err);

// Makes a table live in an engine with a lookup that is between two tokens; quantizers as in
// engine_table.h. A reset drops it. SE_INVALID as se_engine_table_convert, and for a shape that is
// not the lookup's.
enum se_status se_conv_engine_load_table(struct se_conv_engine *engine,
                                         const struct se_scale_table *table,
                                         const struct se_quantizer *quantizers,
                                         struct se_error *err);

// The next run writes these words, legal or not, beside its beats, and asks for the swap once so
// many beats were taken.
void se_conv_engine_queue_table(struct se_conv_engine *engine, const uint32_t *words, size_t n,
                                size_t after_beats);

// scale_error_o; and lookup_stalls_o since the flags were cleared.
bool se_conv_engine_table_error(const struct se_conv_engine *engine);
uint64_t se_conv_engine_lookup_stalls(const struct se_conv_engine *engine);

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

// One cycle of reset: drops what is in flight, the flags, and a lookup's table; parameters stay.
// The next run must be a sequence's first.
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
