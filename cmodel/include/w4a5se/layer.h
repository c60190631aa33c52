// SPDX-License-Identifier: Apache-2.0
// One layer's datapath: convolution, quantiser, dequantiser, scan, gate. Everything between is the
// caller's memory, so that a caller can compare it.
#pragma once

#include "w4a5se/conv.h"
#include "w4a5se/input.h"
#include "w4a5se/scan.h"

struct se_layer {
    struct se_conv conv;
    struct se_input input;
    struct se_scan scan;
};

// What the layer carries from call to call; zeros where a sequence starts.
struct se_layer_state {
    int8_t *history; // [d_inner][3]
    float *h;        // [d_inner][d_state]
};

// All [tokens][d_inner].
struct se_layer_values {
    float *y;        // the convolution's output, after SiLU
    uint16_t *codes; // where the mode has them; may be NULL
    float *u;        // the scan's input
    int8_t *x_proj;  // may be NULL
};

// SE_INVALID names what does not fit.
enum se_status se_layer_check(const struct se_layer *layer, struct se_error *err);

// Up to the scan: x[tokens][d_inner] -> values. What x_proj and dt_proj make of values->x_proj is
// the scan's dt, b and c. flags (may be NULL) as se_conv_run.
void se_layer_front(const struct se_layer *layer, int8_t *history, size_t tokens, const int8_t *x,
                    const struct se_layer_values *values, unsigned *flags);

// se_layer_front and se_scan_run, with dt, b, c and z given -> out[tokens][d_inner], binary16.
void se_layer_run(const struct se_layer *layer, const struct se_layer_state *state, size_t tokens,
                  const int8_t *x, const int8_t *dt, const int8_t *b, const int8_t *c,
                  const int8_t *z, const struct se_layer_values *values, uint16_t *out,
                  unsigned *flags);
