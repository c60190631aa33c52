// SPDX-License-Identifier: Apache-2.0
#include "shards.h"

#include "../io/quote.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char SINGLE[] = "model.safetensors", INDEX[] = "model.safetensors.index.json";

void se_shards_free(struct se_shard_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
    free(list->names);
    json_decref(list->index);
    *list = (struct se_shard_list){0};
}

static enum se_status no_memory(const char *folder, struct se_error *err) {
    return se_fail(err, SE_NO_MEMORY, "%s: not enough memory", folder);
}

// FOLDER/NAME, which the caller frees; NULL when memory is short.
static char *join(const char *folder, const char *name) {
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static enum se_status add(struct se_shard_list *list, const char *folder, const char *name,
                          struct se_error *err) {
    char *path = join(folder, name);
    if (!path) {
        return no_memory(folder, err);
    }
    list->names[list->count] = name;
    list->paths[list->count++] = path;
    return SE_OK;
}

// A file beside the index, that the list does not have yet, is added.
static enum se_status add_listed(struct se_shard_list *list, const char *folder, const char *index,
                                 const char *tensor, const json_t *value, struct se_error *err) {
    const char *name = json_string_value(value);
    char shown[SE_QUOTE];
    if (!name || !*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return se_fail(err, SE_INVALID,
                       "%s: tensor '%s' is not in a file that is named as one beside the index",
                       index, se_quote(shown, tensor));
    }
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return SE_OK;
        }
    }
    return add(list, folder, name, err);
}

static enum se_status read_index(struct se_shard_list *list, const char *folder, const char *path,
                                 struct se_error *err) {
    json_error_t cause;
    const char *tensor;
    json_t *value, *map;
    list->index = json_load_file(path, JSON_REJECT_DUPLICATES, &cause);
    map = json_object_get(list->index, "weight_map");
    if (!list->index) {
        return se_fail(err, SE_INVALID, "%s: malformed JSON in line %d", path, cause.line);
    }
    if (json_object_size(map) == 0) {
        return se_fail(err, SE_INVALID, "%s: no weight_map of tensors", path);
    }
    list->paths = calloc(json_object_size(map), sizeof *list->paths);
    list->names = calloc(json_object_size(map), sizeof *list->names);
    enum se_status status = list->paths && list->names ? SE_OK : no_memory(folder, err);
    json_object_foreach(map, tensor, value) {
        if (!status) {
            status = add_listed(list, folder, path, tensor, value, err);
        }
    }
    return status;
}

static enum se_status take_single(struct se_shard_list *list, const char *folder,
                                  struct se_error *err) {
    list->paths = calloc(1, sizeof *list->paths);
    list->names = calloc(1, sizeof *list->names);
    return list->paths && list->names ? add(list, folder, SINGLE, err) : no_memory(folder, err);
}

enum se_status se_shards_list(const char *folder, struct se_shard_list *list,
                              struct se_error *err) {
    char *single = join(folder, SINGLE), *index = join(folder, INDEX);
    enum se_status status;
    *list = (struct se_shard_list){0};
    if (!single || !index) {
        status = no_memory(folder, err);
    } else if (access(single, F_OK) == 0 || access(index, F_OK) != 0) {
        status = take_single(list, folder, err);
    } else {
        status = read_index(list, folder, index, err);
    }
    free(single);
    free(index);
    if (status) {
        se_shards_free(list);
    }
    return status;
}

// Whether the tensor belongs to shard i.
static bool listed(const json_t *map, const char *tensor, const char *shard) {
    const char *name = json_string_value(json_object_get(map, tensor));
    return name && strcmp(name, shard) == 0;
}

enum se_status se_shards_check(const struct se_shard_list *list, size_t i,
                               const struct se_safetensors *file, const char *path,
                               struct se_error *err) {
    json_t *map = json_object_get(list->index, "weight_map"), *value;
    const char *tensor;
    char shown[SE_QUOTE];
    for (size_t t = 0; list->index && t < file->count; t++) {
        if (!listed(map, file->tensors[t].name, list->names[i])) {
            return se_fail(err, SE_INVALID, "%s: the index does not say that tensor '%s' is here",
                           path, se_quote(shown, file->tensors[t].name));
        }
    }
    json_object_foreach(map, tensor, value) {
        if (listed(map, tensor, list->names[i]) && !se_safetensors_find(file, tensor)) {
            return se_fail(err, SE_INVALID, "%s: no tensor '%s', which the index says is here",
                           path, se_quote(shown, tensor));
        }
    }
    return SE_OK;
}
