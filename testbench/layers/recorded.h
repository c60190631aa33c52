// SPDX-License-Identifier: Apache-2.0
// The small model's recorded layers, and a quantiser for each input mode from what a layer's
// convolution gives.
#pragma once

#include "w4a5se/layer.h"
#include "w4a5se/safetensors.h"

enum { TOKENS = 256, D_INNER = 256, D_STATE = 16, VALUES = TOKENS * D_INNER };
enum { STATES = D_INNER * D_STATE, HISTORY = D_INNER * SE_CONV_HISTORY };

struct recorded {
    struct se_safetensors file;
    struct se_layer layer;
    const int8_t *x, *dt, *b, *c, *z;
    float bias[D_INNER], A[STATES], D[D_INNER], dt_bias[D_INNER];
    float y[VALUES]; // the convolution's output
};

// The layer `index` with its convolution run, for recorded_close. Fails the test when it cannot.
struct recorded *recorded_open(int index);
void recorded_close(struct recorded *r);

// The format of a mode's quantisers; in fp32, that of int8.
extern const struct se_format recorded_formats[SE_INPUT_MODES];

// Fills q[1], in the piecewise modes q[D_INNER].
void recorded_quantizers(const struct recorded *r, enum se_input_mode mode, struct se_quantizer *q);

// The INT8 that x_proj reads.
struct se_quantizer recorded_x_proj(const struct recorded *r);
