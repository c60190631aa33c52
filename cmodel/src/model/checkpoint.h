// SPDX-License-Identifier: Apache-2.0
// The weights of a checkpoint's folder: one .safetensors file, or shards and their index.
#pragma once

#include "w4a5se/safetensors.h"

#include <stdbool.h>

struct se_shard {
    char *path;
    struct se_safetensors file;
    bool *taken; // [file.count]
};

struct se_checkpoint {
    size_t count;
    struct se_shard *shards;
    size_t copied;
    float **copies; // weights that could not be used in place
};

// SE_IO, SE_INVALID as se_safetensors_open; SE_INVALID too for an index that is malformed, names a
// file outside the folder, or does not list just the tensors of its shards. On failure nothing is
// open.
enum se_status se_checkpoint_open(const char *folder, struct se_checkpoint *checkpoint,
                                  struct se_error *err);
void se_checkpoint_close(struct se_checkpoint *checkpoint); // harmless on a zeroed struct

bool se_checkpoint_has(const struct se_checkpoint *checkpoint, const char *name);

// *values = the tensor in float32, in the file's pages where it can be. SE_INVALID when it is not
// there, has another shape or no floating-point type, or holds an infinity or a NaN.
enum se_status se_checkpoint_take(struct se_checkpoint *checkpoint, const char *name, size_t ndim,
                                  const size_t *shape, const float **values, struct se_error *err);

// SE_INVALID when a tensor has not been taken, but for the one named.
enum se_status se_checkpoint_all_taken(const struct se_checkpoint *checkpoint, const char *but,
                                       struct se_error *err);
