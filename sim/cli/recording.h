// SPDX-License-Identifier: Apache-2.0
// Recorded activations: DIR/layerN.calibration.npy and DIR/layerN.test.npy, N from 0, each float
// [tokens, channels]; where DIR/manifest.json is there, the CRC-32 of every token in it is checked.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

struct activations {
    size_t tokens, channels;
    float *values; // [tokens, channels]
};

struct recording {
    size_t n_layers;
    struct recording_layer {
        struct activations calibration, test;
    } * layers;
};

// SE_INVALID names the file, and the token whose checksum differs.
enum se_status recording_load(const char *directory, struct recording *recording,
                              struct se_error *err);
void recording_free(struct recording *recording);
