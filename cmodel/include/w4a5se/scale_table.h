// SPDX-License-Identifier: Apache-2.0
// Piecewise scales: a table that gives each channel its scale (docs/numerics.md, "Scale lookups").
//
// Channel c lies in group G = c / (heads * headdim), there in head (c mod (heads * headdim)) /
// headdim, and in it at dim = c mod headdim. Its head group hg is the first with head <
// head_range[G][hg], its dim group dg the first with dim < dim_range[G][hg][dg], and its scale is
// scales[G][hg][dg]. Ranges are cumulative exclusive upper bounds; equal ones make an empty group.
// Source: Quamba2 (its 8 x 4 x 4 tables).
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SE_SCALE_GROUPS_MAX = 64, SE_SCALE_TABLE_MAX = 4096 }; // groups; scales of a table

struct se_scale_shape {
    size_t groups, head_groups, dim_groups;
    size_t heads; // of one group
    size_t headdim;
};

struct se_scale_table {
    struct se_scale_shape shape;
    const uint32_t *head_range; // [groups][head_groups], the last of a row is heads
    const uint32_t *dim_range;  // [groups][head_groups][dim_groups], the last of a row is headdim
    const float *scales;        // [groups][head_groups][dim_groups], finite, positive
};

static inline size_t se_scale_rows(const struct se_scale_shape *s) {
    return s->groups * s->head_groups;
}

static inline size_t se_scale_count(const struct se_scale_shape *s) {
    return s->groups * s->head_groups * s->dim_groups;
}

static inline size_t se_scale_channels(const struct se_scale_shape *s) {
    return s->groups * s->heads * s->headdim;
}

// SE_INVALID names the size that is zero or too large.
enum se_status se_scale_shape_check(const struct se_scale_shape *shape, struct se_error *err);

// SE_INVALID names the first bound that decreases or exceeds its size, the row whose last bound is
// not the size, or the scale that is not finite and positive.
enum se_status se_scale_table_check(const struct se_scale_table *table, struct se_error *err);

// The index (G * head_groups + hg) * dim_groups + dg of channel < se_scale_channels, by definition.
// The table must be legal.
size_t se_scale_index(const struct se_scale_table *table, size_t channel);

static inline float se_scale_of(const struct se_scale_table *table, size_t channel) {
    return table->scales[se_scale_index(table, channel)];
}

// scales[se_scale_channels], one a channel.
void se_scale_expand(const struct se_scale_table *table, float *scales);

// The scale of a state element: state_scales[groups][head_groups][dim_groups][d_state] by channel
// and n < d_state.
float se_state_scale_of(const struct se_scale_table *table, size_t d_state,
                        const float *state_scales, size_t channel, size_t n);

// state_scales as above -> scales[se_scale_channels][d_state], as a scan takes them (s_h of
// scan2.h).
void se_state_scales_expand(const struct se_scale_table *table, size_t d_state,
                            const float *state_scales, float *scales);

// B and C have one scale a group: group_scales[groups]. SE_INVALID names the first of n values that
// is not finite and positive; `what` names the list.
enum se_status se_scales_check(const char *what, size_t n, const float *scales,
                               struct se_error *err);

// The hardware forms (rtl/lookup). They compare as the definition does, and differ in the words
// that their write port takes, in order:
//   sequential, parallel: head_range, dim_range, scales
//   cursor: the same, but a row's scales begin with those of its groups that are not empty; the
//   last
//     of them fills the rest
//   lut: for each channel hg * dim_groups + dg, then scales
// Scales as FP32 patterns.
enum se_lookup_form { SE_LOOKUP_SEQUENTIAL, SE_LOOKUP_PARALLEL, SE_LOOKUP_LUT, SE_LOOKUP_CURSOR };
enum { SE_LOOKUP_FORMS = 4 };
extern const char *const se_lookup_names[]; // by enum se_lookup_form, then NULL

// How a form keeps scales; narrow ones must be exact there, FP16 as a normal number.
enum se_scale_format { SE_SCALE_FP32, SE_SCALE_BF16, SE_SCALE_FP16 };

size_t se_lookup_words(const struct se_scale_shape *shape, enum se_lookup_form form);

// SE_INVALID for a shape that the RTL does not take: all sizes powers of 2, but heads of a single
// group; two heads and two dimensions at least (lookup_pkg::is_shape).
enum se_status se_lookup_check_shape(const struct se_scale_shape *shape, struct se_error *err);

// words[se_lookup_words]. SE_INVALID as se_scale_table_check and se_lookup_check_shape, and naming
// the scale that the format does not hold exactly.
enum se_status se_lookup_convert(const struct se_scale_table *table, enum se_lookup_form form,
                                 enum se_scale_format format, uint32_t *words,
                                 struct se_error *err);

// Bits of the form's memories, both banks; bound_bits is 0 (as few as needed) or 32.
size_t se_lookup_memory_bits(const struct se_scale_shape *shape, enum se_lookup_form form,
                             int bound_bits, int scale_bits);

// A table read from a file, with what it points to.
struct se_scale_file {
    struct se_scale_table table;
    float *b_scales, *c_scales; // [groups], NULL where the file has none
    void *memory;               // private
};

// Reads the YAML mapping
//   groups: 1
//   head_groups: 2
//   dim_groups: 2
//   heads: 4                  # of one group
//   headdim: 64
//   head_range: [1, 4]        # rows one after the other
//   dim_range: [8, 64, 0, 64]
//   scales: [0.01, 0.02, 0.03, 0.04]
//   b_scales: [0.1]           # optional, a scale a group
//   c_scales: [0.1]           # optional
// SE_IO when it cannot be read; SE_INVALID, naming file and key, for what is no such mapping or
// no legal table. On failure nothing is to be freed.
enum se_status se_scale_table_load(const char *path, struct se_scale_file *file,
                                   struct se_error *err);
void se_scale_file_free(struct se_scale_file *file);

// Writes that mapping; loading gives back every float bit for bit. b_scales and c_scales may be
// NULL. SE_IO as se_file_commit.
enum se_status se_scale_table_save(const char *path, const struct se_scale_table *table,
                                   const float *b_scales, const float *c_scales,
                                   struct se_error *err);

// Reads the state's scales, .npy float32 or float16 [groups, head_groups, dim_groups, d_state];
// the caller frees *state_scales. SE_INVALID names what does not fit.
enum se_status se_state_scales_load(const char *path, const struct se_scale_shape *shape,
                                    size_t *d_state, float **state_scales, struct se_error *err);
