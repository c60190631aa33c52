// SPDX-License-Identifier: Apache-2.0
// What a model keeps beside its weights.
#pragma once

#include "checkpoint.h"

// What the forward pass makes of a layer's weights once.
struct se_model_derived {
    float *A;    // -exp(A_log): Mamba-1 [d_state][d_inner], Mamba-2 [heads]
    float *taps; // [SE_MODEL_TAPS][conv channels]
};

struct se_model_memory {
    struct se_checkpoint checkpoint;
    size_t layers;
    struct se_model_derived *derived; // [layers]
};
