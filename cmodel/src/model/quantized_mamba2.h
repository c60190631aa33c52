// SPDX-License-Identifier: Apache-2.0
// What the steps of a quantised model do otherwise in Mamba-2.
#pragma once

#include "w4a5se/quantized_model.h"

// in_proj's: z, x, B, C, dt.
void se_mamba2_set_multipliers(const struct se_model_config *config, struct se_quantized_layer *l);

enum se_status se_mamba2_check(const struct se_quantized_model *quantized,
                               const struct se_quantized_run *run, size_t index,
                               const struct se_layer *layer, struct se_error *err);

// in -> z, x, in_b, in_c, dt
void se_mamba2_in(const struct se_quantized_model *quantized, size_t layer, size_t tokens,
                  const struct se_quantized_values *values);

// in_b, in_c -> b, c
void se_mamba2_conv(const struct se_quantized_model *quantized, size_t layer, int8_t *history,
                    size_t tokens, const struct se_quantized_values *values);

// turned (y in float32), z -> turned
void se_mamba2_norm(const struct se_quantized_model *quantized, size_t layer, size_t tokens,
                    const struct se_quantized_values *values);
