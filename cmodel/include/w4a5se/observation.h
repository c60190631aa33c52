// SPDX-License-Identifier: Apache-2.0
// What a float model's activations are like on a text, and the static scales and quantisers that
// follow (docs/numerics.md, "Calibration of models").
#pragma once

#include "w4a5se/calibrate.h"
#include "w4a5se/hadamard.h"
#include "w4a5se/input.h"
#include "w4a5se/mamba2_scales.h"
#include "w4a5se/model.h"
#include "w4a5se/observer.h"
#include "w4a5se/text.h"

struct se_observation_options {
    // For each point; by default percentile for the scan's input and the state, absmax elsewhere.
    struct se_observer_options points[SE_POINT_COUNT];
    size_t alphas;       // 0, or the number of layers
    const double *alpha; // [alphas]: a layer's own alpha for the scan's input
    size_t window;       // tokens of a batch; each starts a sequence anew
    size_t tokens_max;   // of the text, from its start; 0: all
    // Of channels with a scale of their own in the piecewise modes; Mamba-2: in each group of
    // heads, as 4 head groups (with 4 or more) of groups / 4 dim groups, which must divide.
    size_t groups;
};

struct se_observation_options se_observation_default(void);

// What follows from one layer's activations.
struct se_layer_scales {
    float points[SE_POINT_COUNT]; // INT8 scale of each; Mamba-2: x's without B and C
    float rotated;                // of y after the Hadamard transform; 0 where there is none
    float *magnitudes;            // [d_inner]: the largest u of the channel's group
    struct se_quantizer y_code;   // 4 bits and a flag for y, and after the transform
    struct se_quantizer rotated_code;
    struct se_mamba2_scales *mamba2; // NULL in Mamba-1
};

struct se_observation {
    size_t layers, d_inner, tokens;
    struct se_layer_scales *scales; // [layers]
    struct se_observed_layer {
        struct se_rows u;                    // of the convolution's output
        struct se_samples plain, normalised; // u, and each value over its channel's magnitude
    } * observed;                            // [layers]
};

// Runs the model on the text. SE_INVALID names the option or activation that does not fit;
// SE_NO_MEMORY. On failure nothing is allocated.
enum se_status se_observe(const struct se_model *model, const struct se_text *text,
                          const struct se_observation_options *options,
                          void (*progress)(void *context, double share), void *context,
                          struct se_observation *observation, struct se_error *err);
void se_observation_free(struct se_observation *observation);

// A mode's quantiser of a layer; the piecewise modes' is for values over their channel's magnitude.
// Whatever the options, INT8 with one scale takes the observer's, and int8-piecewise covers each
// group's magnitude, as Quamba2 does.
enum se_status se_observation_quantizer(const struct se_observation *observation, size_t layer,
                                        enum se_input_mode mode,
                                        const struct se_calibration *options,
                                        struct se_quantizer *q, struct se_error *err);

// How modes are calibrated unless told otherwise: least error, rule R3, a free ratio.
struct se_calibration se_mode_calibration(enum se_input_mode mode);
