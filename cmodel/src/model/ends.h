// SPDX-License-Identifier: Apache-2.0
// A model's two ends, which stay in float32 however the layers between are computed.
#pragma once

#include "w4a5se/model.h"

// SE_INVALID when an id of ids[tokens] is not below vocab or last exceeds tokens.
enum se_status se_ends_check(const struct se_model_config *config, size_t tokens,
                             const uint32_t *ids, size_t last, struct se_error *err);

// ids[tokens] -> residual[tokens][d_model].
void se_embed(const struct se_model *model, size_t tokens, const uint32_t *ids, float *residual);

// residual[tokens][d_model] -> normed[last][d_model] -> logits[last][vocab] of the last `last`.
void se_head(const struct se_model *model, size_t tokens, size_t last, const float *residual,
             float *normed, float *logits);
