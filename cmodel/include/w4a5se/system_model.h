// SPDX-License-Identifier: Apache-2.0
// Shapes of published Mamba models.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Mamba-1 has dt_rank, and a step size a channel; Mamba-2 (dt_rank 0) has heads with one each, and
// B and C, in `groups`, pass through the convolution.
struct se_system_model {
    const char *name;
    size_t layers, d_model, d_inner, d_state, dt_rank, heads, groups, vocabulary;
};

// NULL when there is none of this name; the i-th, NULL past the last.
const struct se_system_model *se_system_model_find(const char *name);
const struct se_system_model *se_system_model_at(size_t i);

bool se_system_model_is_mamba2(const struct se_system_model *model);

// Channels of the convolution.
size_t se_system_conv_channels(const struct se_system_model *model);

#ifdef __cplusplus
}
#endif
