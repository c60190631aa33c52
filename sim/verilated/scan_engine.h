// SPDX-License-Identifier: Apache-2.0
// The Verilated scan_engine, driven as the C model is called (w4a5se/scan.h): parameters, then
// tokens. Pauses and waveform by struct se_rtl_options.
#pragma once

#include "engine_lookup.h"
#include "rtl.h"
#include "w4a5se/quantizer.h"
#include "w4a5se/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

// What was built: parameters of the RTL.
struct se_scan_engine_build {
    const char *name;
    int lanes, code_bits;
    size_t d_state, d_inner_max;
    bool state_int8;
    const struct se_engine_lookup *lookup; // NULL: one quantiser for all channels
};

// The build at index i, or NULL behind the last; those with a lookup are a list of their own.
const struct se_scan_engine_build *se_scan_engine_build_at(size_t i);
const struct se_scan_engine_build *se_scan_engine_lookup_at(size_t i);

struct se_scan_engine;

struct se_scan_counters {
    uint64_t cycles;        // from the first channel in to the latest result out, inclusive
    uint64_t updates;       // state updates (one channel, one n, one token)
    uint64_t stalls;        // cycles in which a waiting result held the lanes
    uint64_t lookup_stalls; // cycles in which a channel waited for its scale only
};

enum se_status se_scan_engine_open(struct se_scan_engine **engine,
                                   const struct se_scan_engine_build *build,
                                   const struct se_rtl_options *options, struct se_error *err);
void se_scan_engine_close(struct se_scan_engine *engine);

// Writes configuration and tables of the engine, which must be idle. quantizer: the codes' (its
// code_bits are the build's), or NULL when u is FP32. SE_INVALID when the build cannot run such a
// scan: d_state, d_inner, code_bits or the state mode.
enum se_status se_scan_engine_load(struct se_scan_engine *engine, const struct se_scan *scan,
                                   const struct se_quantizer *quantizer, struct se_error *err);

// Makes a table live in an idle engine with a lookup; quantizers as in engine_table.h. A reset
// drops it. SE_INVALID as se_engine_table_convert, and for a shape that is not the lookup's.
enum se_status se_scan_engine_load_table(struct se_scan_engine *engine,
                                         const struct se_scale_table *table,
                                         const struct se_quantizer *quantizers,
                                         struct se_error *err);

// The next run writes these words, legal or not, beside its beats, and asks for the swap once so
// many channels were taken.
void se_scan_engine_queue_table(struct se_scan_engine *engine, const uint32_t *words, size_t n,
                                size_t after_beats);

bool se_scan_engine_table_error(const struct se_scan_engine *engine); // scale_error_o

// h[d_inner][d_state] as se_scan_run keeps it, in and out of the idle engine; with int8-step they
// are multiples of s_h.
void se_scan_engine_write_state(struct se_scan_engine *engine, const float *h);
void se_scan_engine_read_state(struct se_scan_engine *engine, float *h);

// Tokens' inputs and results, shapes as in se_scan_run; codes[tokens][d_inner] or u, whichever the
// engine was loaded for.
struct se_scan_beats {
    size_t tokens;
    bool first;         // the first token starts a sequence: the state counts as 0
    const bool *starts; // [tokens]: so does this one; NULL: none of the others
    const uint16_t *codes;
    const float *u;
    const int8_t *dt, *b, *c, *z;
    uint16_t *y;
};

// SE_INVALID when the engine stops moving, changes a waiting result or sends more than was asked.
enum se_status se_scan_engine_run(struct se_scan_engine *engine, const struct se_scan_beats *beats,
                                  struct se_error *err);

// Offers the beats for `cycles` cycles and abandons them: what a reset meets. Returns how many, of
// channels and of B and C, the engine took.
size_t se_scan_engine_disturb(struct se_scan_engine *engine, const struct se_scan_beats *beats,
                              unsigned cycles);
void se_scan_engine_reset(struct se_scan_engine *engine);

// `cycles` cycles with every stream moving and nobody looking, then a reset: the speed of the
// simulation itself.
void se_scan_engine_spin(struct se_scan_engine *engine, unsigned cycles);

// Sets d_inner_i alone, legal or not, until the next load; returns error_o.
bool se_scan_engine_set_d_inner(struct se_scan_engine *engine, size_t d_inner);

// The engine's own counters and sticky flags since the last clear or reset.
struct se_scan_counters se_scan_engine_counters(const struct se_scan_engine *engine);
unsigned se_scan_engine_flags(const struct se_scan_engine *engine);
void se_scan_engine_clear(struct se_scan_engine *engine);

// Cycles from the first channel in to the last result out of the last run, as its driver saw them.
uint64_t se_scan_engine_run_cycles(const struct se_scan_engine *engine);

#ifdef __cplusplus
}
#endif
