// SPDX-License-Identifier: Apache-2.0
// Mamba-1 a token at a time as anyone would write it with libm, built with -Ofast: what the float
// model's speed is measured against.
#pragma once

#include "w4a5se/model.h"

struct plain_model {
    const struct se_model *model;
    float *history, *h; // [layers][d_inner][SE_MODEL_TAPS], [layers][d_inner][d_state]; zeros
    float *memory;      // plain_model_floats of them
};

size_t plain_model_floats(const struct se_model_config *config);

void plain_model_token(const struct plain_model *plain, uint32_t id, float *logits);
