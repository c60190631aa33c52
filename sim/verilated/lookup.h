// SPDX-License-Identifier: Apache-2.0
// The four scale lookups of rtl/lookup, Verilated, in each shape that the Makefile names.
#pragma once

#include "rtl.h"
#include "w4a5se/scale_table.h"

#ifdef __cplusplus
extern "C" {
#endif

struct se_lookup_type {
    const char *name; // of the shape, "8x4x4"
    enum se_lookup_form form;
    struct se_scale_shape shape;
    int bound_bits; // 0: as few as needed
    enum se_scale_format format;
};

// The i-th instance, NULL past the last one.
const struct se_lookup_type *se_lookup_at(size_t i);

struct se_lookup;

// Resets the block. Errors as se_rtl_open.
enum se_status se_lookup_open(struct se_lookup **lookup, const struct se_lookup_type *type,
                              const struct se_rtl_options *options, struct se_error *err);

// What goes through in one run; arrays may be NULL where their number is 0.
struct se_lookup_job {
    size_t n;                 // requests
    const uint32_t *channels; // [n]
    uint32_t *index;          // [n] answers
    float *scales;            // [n]
    uint64_t *offered;        // [n] cycle in which a request is first offered; may be NULL
    uint64_t *answered;       // [n] cycle in which its answer leaves; may be NULL
    size_t n_words;           // of the next table, written while the requests go on
    const uint32_t *words;    // [n_words]
    bool swap;                // make that table live
    size_t swap_after;        // when so many requests were accepted, and all words written
};

// SE_INVALID when nothing moves for long, or an answer changes while it waits.
enum se_status se_lookup_run(struct se_lookup *lookup, const struct se_lookup_job *job,
                             struct se_error *err);

// Offers one request for at most `cycles` cycles; true when it was accepted. Its answer is taken
// and dropped.
bool se_lookup_offer(struct se_lookup *lookup, uint32_t channel, unsigned cycles);

void se_lookup_restart(struct se_lookup *lookup);
void se_lookup_reset(struct se_lookup *lookup);
bool se_lookup_table_error(const struct se_lookup *lookup);
bool se_lookup_order_error(const struct se_lookup *lookup);
void se_lookup_close(struct se_lookup *lookup);

#ifdef __cplusplus
}
#endif
