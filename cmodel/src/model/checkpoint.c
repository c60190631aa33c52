// SPDX-License-Identifier: Apache-2.0
// Source of the index: huggingface.co/docs/safetensors, "Sharded checkpoints": weight_map takes a
// tensor's name to its file.
#include "checkpoint.h"

#include "../io/quote.h"
#include "shards.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void se_checkpoint_close(struct se_checkpoint *checkpoint) {
    for (size_t i = 0; i < checkpoint->count; i++) {
        se_safetensors_close(&checkpoint->shards[i].file);
        free(checkpoint->shards[i].path);
        free(checkpoint->shards[i].taken);
    }
    for (size_t i = 0; i < checkpoint->copied; i++) {
        free(checkpoint->copies[i]);
    }
    free(checkpoint->shards);
    free(checkpoint->copies);
    *checkpoint = (struct se_checkpoint){0};
}

static enum se_status open_shard(struct se_shard *shard, struct se_error *err) {
    enum se_status status = se_safetensors_open(shard->path, &shard->file, err);
    if (!status && !(shard->taken = calloc(shard->file.count + 1, sizeof *shard->taken))) {
        status = se_fail(err, SE_NO_MEMORY, "%s: not enough memory", shard->path);
    }
    return status;
}

enum se_status se_checkpoint_open(const char *folder, struct se_checkpoint *checkpoint,
                                  struct se_error *err) {
    struct se_shard_list list;
    size_t tensors = 0;
    *checkpoint = (struct se_checkpoint){0};
    enum se_status status = se_shards_list(folder, &list, err);
    if (status) {
        return status;
    }
    checkpoint->shards = calloc(list.count, sizeof *checkpoint->shards);
    if (!checkpoint->shards) {
        status = se_fail(err, SE_NO_MEMORY, "%s: not enough memory", folder);
    }
    for (size_t i = 0; i < list.count && !status; i++) {
        struct se_shard *shard = &checkpoint->shards[checkpoint->count++];
        shard->path = list.paths[i];
        list.paths[i] = NULL;
        status = open_shard(shard, err);
        if (!status) {
            status = se_shards_check(&list, i, &shard->file, shard->path, err);
        }
        tensors += shard->file.count;
    }
    if (!status && !(checkpoint->copies = calloc(tensors + 1, sizeof *checkpoint->copies))) {
        status = se_fail(err, SE_NO_MEMORY, "%s: not enough memory", folder);
    }
    se_shards_free(&list);
    if (status) {
        se_checkpoint_close(checkpoint);
    }
    return status;
}

// The shard that has the tensor, or NULL.
static struct se_shard *find(const struct se_checkpoint *checkpoint, const char *name,
                             const struct se_tensor **tensor) {
    for (size_t i = 0; i < checkpoint->count; i++) {
        *tensor = se_safetensors_find(&checkpoint->shards[i].file, name);
        if (*tensor) {
            return &checkpoint->shards[i];
        }
    }
    return NULL;
}

bool se_checkpoint_has(const struct se_checkpoint *checkpoint, const char *name) {
    const struct se_tensor *tensor;
    return find(checkpoint, name, &tensor) != NULL;
}

enum { SHOWN = 200 };

static const char *show_shape(char shown[SHOWN], size_t ndim, const size_t *shape) {
    size_t length = (size_t)snprintf(shown, SHOWN, "[");
    for (size_t i = 0; i < ndim; i++) {
        length +=
            (size_t)snprintf(shown + length, SHOWN - length, "%s%zu", i ? ", " : "", shape[i]);
    }
    snprintf(shown + length, SHOWN - length, "]");
    return shown;
}

static enum se_status check_finite(const char *path, const struct se_tensor *tensor,
                                   const float *values, struct se_error *err) {
    for (size_t i = 0; i < tensor->count; i++) {
        if (!isfinite(values[i])) {
            return se_fail(err, SE_INVALID, "%s: tensor '%s' is %g at element %zu", path,
                           tensor->name, (double)values[i], i);
        }
    }
    return SE_OK;
}

static enum se_status copy(struct se_checkpoint *checkpoint, const char *path,
                           const struct se_tensor *tensor, const float **values,
                           struct se_error *err) {
    float *made = NULL;
    if (tensor->count <= SIZE_MAX / sizeof *made) {
        made = malloc(tensor->count * sizeof *made);
    }
    if (!made) {
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory for tensor '%s'", path,
                       tensor->name);
    }
    se_dtype_to_f32(tensor->dtype, tensor->count, tensor->data, made);
    checkpoint->copies[checkpoint->copied++] = made;
    *values = made;
    return SE_OK;
}

enum se_status se_checkpoint_take(struct se_checkpoint *checkpoint, const char *name, size_t ndim,
                                  const size_t *shape, const float **values, struct se_error *err) {
    const struct se_tensor *tensor;
    struct se_shard *shard = find(checkpoint, name, &tensor);
    char got[SHOWN], wanted[SHOWN];
    if (!shard) {
        return se_fail(err, SE_INVALID, "%s: no tensor '%s' %s", checkpoint->shards[0].path, name,
                       checkpoint->count > 1 ? "here or in the other shards" : "");
    }
    if (tensor->ndim != ndim || memcmp(tensor->shape, shape, ndim * sizeof *shape) != 0) {
        return se_fail(err, SE_INVALID, "%s: tensor '%s' is %s, the configuration wants %s",
                       shard->path, name, show_shape(got, tensor->ndim, tensor->shape),
                       show_shape(wanted, ndim, shape));
    }
    if (!se_dtype_is_float(tensor->dtype)) {
        return se_fail(err, SE_INVALID, "%s: tensor '%s' is %s, not float32, float16 or bfloat16",
                       shard->path, name, se_dtype_name(tensor->dtype));
    }
    shard->taken[tensor - shard->file.tensors] = true;
    enum se_status status = SE_OK;
    if (tensor->dtype == SE_DTYPE_F32 && (uintptr_t)tensor->data % _Alignof(float) == 0) {
        *values = tensor->data;
    } else {
        status = copy(checkpoint, shard->path, tensor, values, err);
    }
    return status ? status : check_finite(shard->path, tensor, *values, err);
}

enum se_status se_checkpoint_all_taken(const struct se_checkpoint *checkpoint, const char *but,
                                       struct se_error *err) {
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct se_shard *shard = &checkpoint->shards[i];
        for (size_t t = 0; t < shard->file.count; t++) {
            const char *name = shard->file.tensors[t].name;
            if (!shard->taken[t] && strcmp(name, but) != 0) {
                char shown[SE_QUOTE];
                return se_fail(err, SE_INVALID,
                               "%s: tensor '%s' is no part of the model that config.json describes",
                               shard->path, se_quote(shown, name));
            }
        }
    }
    return SE_OK;
}
