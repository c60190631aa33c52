// SPDX-License-Identifier: Apache-2.0
// What a forward pass computes in, for SE_CHUNK tokens at a time.
#pragma once

#include "w4a5se/model.h"

enum { SE_CHUNK = 32 };

// [SE_CHUNK][columns] unless it says otherwise.
struct se_model_workspace {
    float *residual, *normed; // [d_model]
    float *window;            // [SE_MODEL_TAPS - 1 + SE_CHUNK][conv channels]
    float *activated;         // [conv channels], after SiLU
    float *z, *u, *y;         // [d_inner]
    float *low;               // [dt_rank + 2 * d_state], x_proj's output
    float *dt_low;            // [dt_rank]
    float *dt;                // [d_inner], Mamba-2 [heads]
    float *b, *c;             // [d_state], Mamba-2 [groups * d_state]
    float *decay, *h;         // one token's [d_state][d_inner]
    float *du;                // one token's [d_inner]
    float memory[];
};
