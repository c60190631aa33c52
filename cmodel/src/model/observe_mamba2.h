// SPDX-License-Identifier: Apache-2.0
// What is observed in a layer of Mamba-2 beside its points: B and C on both sides of the
// convolution, and the magnitudes of every state.
#pragma once

#include "w4a5se/observation.h"

enum { SE_MAMBA2_CALL = 8 }; // states are seen every so many tokens

struct se_mamba2_watch {
    const struct se_model_config *config;
    struct se_observer in_b, in_c;
    struct se_observer *b, *c; // [groups]
    float *h;                  // [d_inner][d_state], the largest
};

enum se_status se_mamba2_watch_init(struct se_mamba2_watch *watch,
                                    const struct se_model_config *config,
                                    const struct se_observation_options *options,
                                    struct se_error *err);
void se_mamba2_watch_free(struct se_mamba2_watch *watch);

// values[rows][columns] of a point; those that it does not watch are ignored.
enum se_status se_mamba2_watch_see(struct se_mamba2_watch *watch, enum se_model_point point,
                                   size_t rows, size_t columns, const float *values,
                                   struct se_error *err);
void se_mamba2_watch_end_batch(struct se_mamba2_watch *watch);

// The scale table of `groups` groups of channels in each group of heads; SE_INVALID when head
// groups do not divide them.
enum se_status se_mamba2_table_shape(const struct se_model_config *config, size_t groups,
                                     struct se_scale_shape *shape, struct se_error *err);

// The scales that follow; magnitudes[d_inner] of u's channels are for the grouping.
enum se_status se_mamba2_watch_conclude(const struct se_mamba2_watch *watch, size_t groups,
                                        const float *magnitudes, struct se_mamba2_scales **scales,
                                        struct se_error *err);

// Columns [first, first + n) of values[rows][columns].
enum se_status se_observe_columns(struct se_observer *observer, size_t rows, size_t columns,
                                  size_t first, size_t n, const float *values,
                                  struct se_error *err);
