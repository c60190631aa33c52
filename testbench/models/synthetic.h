// SPDX-License-Identifier: Apache-2.0
// Checkpoints made up by the tests. Every weight has at most 7 significant bits, so that it is the
// same in float32, float16 and bfloat16.
#pragma once

#include "w4a5se/model.h"
#include "w4a5se/safetensors.h"

#include <stdbool.h>

enum { TENSORS_MAX = 512, NAME_MAX_LENGTH = 64 };

struct synthetic {
    struct se_model_config sizes;
    bool tied, bias, no_conv_bias, original;
    size_t count;
    struct se_tensor tensors[TENSORS_MAX]; // float32
    char names[TENSORS_MAX][NAME_MAX_LENGTH];
};

// Adds the tensors that the sizes and flags ask for, of random values.
void synthetic_fill(struct synthetic *model, uint64_t seed);
void synthetic_free(struct synthetic *model);

// The tensor's values; the test fails when there is none.
const float *synthetic_values(const struct synthetic *model, const char *name);

// "backbone.layers.LAYER.NAME".
const float *synthetic_layer(const struct synthetic *model, size_t layer, const char *name);

// The text of config.json, in a buffer of the caller's. `more` is put before the last brace.
enum { CONFIG_TEXT = 2048 };
void synthetic_config(const struct synthetic *model, const char *more, char text[CONFIG_TEXT]);

// Writes FOLDER/config.json and the weights, in `shards` files (1: no index).
void synthetic_write(const struct synthetic *model, const char *folder, enum se_dtype dtype,
                     size_t shards);

void put_text_file(const char *folder, const char *name, const char *text);
