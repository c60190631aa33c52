// SPDX-License-Identifier: Apache-2.0
// Which files hold a checkpoint's tensors.
#pragma once

#include "w4a5se/safetensors.h"

struct se_shard_list {
    size_t count;
    char **paths;       // [count]
    const char **names; // [count], as the index has them
    void *index;        // private: the parsed JSON
};

// FOLDER/model.safetensors, or the files of FOLDER/model.safetensors.index.json. On failure there
// is nothing to free.
enum se_status se_shards_list(const char *folder, struct se_shard_list *list, struct se_error *err);

// SE_INVALID when shard i does not hold just the tensors that the index says.
enum se_status se_shards_check(const struct se_shard_list *list, size_t i,
                               const struct se_safetensors *file, const char *path,
                               struct se_error *err);

void se_shards_free(struct se_shard_list *list);
