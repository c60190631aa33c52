// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/safetensors.h"

#include "map.h"
#include "quote.h"
#include "w4a5se/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LENGTH_BYTES = 8, HEADER_MAX = 100000000 };

static const char METADATA[] = "__metadata__";

static const char *const CODES[SE_DTYPE_COUNT] = {
    [SE_DTYPE_F32] = "F32", [SE_DTYPE_F16] = "F16", [SE_DTYPE_BF16] = "BF16", [SE_DTYPE_I8] = "I8",
    [SE_DTYPE_U8] = "U8",   [SE_DTYPE_U16] = "U16", [SE_DTYPE_I32] = "I32",
};

// One tensor of a header that is being read.
struct entry {
    const char *path;
    struct se_tensor tensor;
    size_t begin, end; // its data_offsets
    struct se_error *err;
};

static enum se_status refuse(const struct entry *e, const char *what) {
    char name[SE_QUOTE];
    return se_fail(e->err, SE_INVALID, "%s: tensor '%s' %s", e->path,
                   se_quote(name, e->tensor.name), what);
}

static enum se_status read_dtype(struct entry *e, const json_t *value) {
    char code[SE_QUOTE], what[SE_QUOTE + 80];
    if (!json_is_string(value)) {
        return refuse(e, "has no dtype");
    }
    for (int i = 0; i < SE_DTYPE_COUNT; i++) {
        if (strcmp(json_string_value(value), CODES[i]) == 0) {
            e->tensor.dtype = (enum se_dtype)i;
            return SE_OK;
        }
    }
    snprintf(what, sizeof what, "has dtype '%s' (F32, F16, BF16, I8, U8, U16 and I32 are known)",
             se_quote(code, json_string_value(value)));
    return refuse(e, what);
}

// True when *size receives an integer that is not negative.
static bool get_size(const json_t *value, size_t *size) {
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || (uintmax_t)n > SIZE_MAX) {
        return false;
    }
    *size = (size_t)n;
    return true;
}

static enum se_status read_shape(struct entry *e, const json_t *value) {
    struct se_tensor *t = &e->tensor;
    if (!json_is_array(value)) {
        return refuse(e, "has no shape");
    }
    t->ndim = json_array_size(value);
    if (t->ndim > SE_DIMS_MAX) {
        return refuse(e, "has more than 8 dimensions");
    }
    for (size_t i = 0; i < t->ndim; i++) {
        if (!get_size(json_array_get(value, i), &t->shape[i])) {
            return refuse(e, "has a shape that is no list of sizes");
        }
    }
    return se_dtype_count(t->dtype, t->ndim, t->shape, &t->count) ? SE_OK
                                                                  : refuse(e, "is too large");
}

// `size` bytes of data follow the header.
static enum se_status read_offsets(struct entry *e, const json_t *value, size_t size) {
    char what[120];
    size_t needed = e->tensor.count * se_dtype_size(e->tensor.dtype);
    if (json_array_size(value) != 2 || !get_size(json_array_get(value, 0), &e->begin) ||
        !get_size(json_array_get(value, 1), &e->end)) {
        return refuse(e, "has no data_offsets [begin, end]");
    }
    if (e->begin > e->end) {
        return refuse(e, "ends before it begins");
    }
    if (e->end > size) {
        snprintf(what, sizeof what, "ends at byte %zu of the data, the file holds %zu", e->end,
                 size);
        return refuse(e, what);
    }
    if (e->end - e->begin != needed) {
        snprintf(what, sizeof what, "has a shape of %zu bytes and data_offsets of %zu", needed,
                 e->end - e->begin);
        return refuse(e, what);
    }
    return SE_OK;
}

static enum se_status read_entry(struct entry *e, json_t *object, size_t data_size) {
    enum { KEYS = 3 };
    if (!json_is_object(object)) {
        return refuse(e, "is no JSON object");
    }
    enum se_status status = read_dtype(e, json_object_get(object, "dtype"));
    if (!status) {
        status = read_shape(e, json_object_get(object, "shape"));
    }
    if (!status) {
        status = read_offsets(e, json_object_get(object, "data_offsets"), data_size);
    }
    if (!status && json_object_size(object) > KEYS) {
        status = refuse(e, "has a key besides dtype, shape and data_offsets");
    }
    return status;
}

static int by_offset(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                                : (x->end > y->end) - (x->end < y->end);
}

// Sorted entries must follow one another and fill the data.
static enum se_status check_layout(const char *path, size_t n, const struct entry *entries,
                                   size_t data_size, struct se_error *err) {
    char what[SE_QUOTE + 80], name[SE_QUOTE];
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].begin < at) {
            snprintf(what, sizeof what, "overlaps tensor '%s'",
                     se_quote(name, entries[i - 1].tensor.name));
            return refuse(&entries[i], what);
        }
        if (entries[i].begin > at) {
            snprintf(what, sizeof what, "leaves a hole of %zu bytes before its data",
                     entries[i].begin - at);
            return refuse(&entries[i], what);
        }
        at = entries[i].end;
    }
    if (at != data_size) {
        return se_fail(err, SE_INVALID,
                       "%s: the header describes %zu bytes of data, the file "
                       "holds %zu",
                       path, at, data_size);
    }
    return SE_OK;
}

static bool is_metadata(json_t *value) {
    const char *key;
    json_t *text;
    json_object_foreach(value, key, text) {
        if (!json_is_string(text)) {
            return false;
        }
    }
    return json_is_object(value);
}

// entries[] and file->tensors[] have room for every key of the header.
static enum se_status read_entries(const char *path, struct se_safetensors *file,
                                   struct entry *entries, const char *data, size_t data_size,
                                   struct se_error *err) {
    json_t *header = file->header, *value;
    const char *name;
    json_object_foreach(header, name, value) {
        if (strcmp(name, METADATA) == 0) {
            if (!is_metadata(value)) {
                return se_fail(err, SE_INVALID, "%s: %s is no mapping of names to strings", path,
                               METADATA);
            }
            continue;
        }
        struct entry *e = &entries[file->count];
        *e = (struct entry){.path = path, .tensor = {.name = name}, .err = err};
        enum se_status status = read_entry(e, value, data_size);
        if (status) {
            return status;
        }
        e->tensor.data = data + e->begin;
        file->count++;
    }
    qsort(entries, file->count, sizeof *entries, by_offset);
    for (size_t i = 0; i < file->count; i++) {
        file->tensors[i] = entries[i].tensor;
    }
    return check_layout(path, file->count, entries, data_size, err);
}

static enum se_status read_header(const char *path, size_t length, const char *text,
                                  struct se_safetensors *file, struct se_error *err) {
    json_error_t cause;
    char shown[SE_QUOTE];
    if (length == 0 || *text != '{') {
        return se_fail(err, SE_INVALID,
                       "%s: not a .safetensors file (no JSON object follows the "
                       "header's length)",
                       path);
    }
    json_t *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &cause);
    if (header) {
        file->header = header;
        return SE_OK;
    }
    se_quote(shown, cause.text);
    switch (json_error_code(&cause)) {
    case json_error_out_of_memory:
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory for its header", path);
    case json_error_duplicate_key:
        return se_fail(err, SE_INVALID, "%s: the header has a name twice (%s)", path, shown);
    default:
        return se_fail(err, SE_INVALID, "%s: malformed header at byte %d: %s", path,
                       LENGTH_BYTES + cause.position, shown);
    }
}

static enum se_status read_mapping(const char *path, struct se_safetensors *file,
                                   struct se_error *err) {
    const char *bytes = file->mapping;
    uint64_t length = 0;
    if (file->mapped < LENGTH_BYTES) {
        return se_fail(err, SE_INVALID, "%s: truncated in its header", path);
    }
    memcpy(&length, bytes, sizeof length);
    if (length > file->mapped - LENGTH_BYTES) {
        return se_fail(err, SE_INVALID,
                       "%s: truncated in its header, or no .safetensors file (a header of %llu "
                       "bytes in a file of %zu)",
                       path, (unsigned long long)length, file->mapped);
    }
    if (length > HEADER_MAX) {
        return se_fail(err, SE_INVALID,
                       "%s: a header of %llu bytes is longer than the format's "
                       "%d",
                       path, (unsigned long long)length, HEADER_MAX);
    }
    enum se_status status = read_header(path, (size_t)length, bytes + LENGTH_BYTES, file, err);
    if (status) {
        return status;
    }
    size_t offset = LENGTH_BYTES + (size_t)length, keys = json_object_size(file->header);
    file->tensors = calloc(keys + 1, sizeof *file->tensors);
    struct entry *entries = calloc(keys + 1, sizeof *entries);
    status = file->tensors && entries
                 ? read_entries(path, file, entries, bytes + offset, file->mapped - offset, err)
                 : se_fail(err, SE_NO_MEMORY, "%s: not enough memory for its header", path);
    free(entries);
    return status;
}

enum se_status se_safetensors_open(const char *path, struct se_safetensors *file,
                                   struct se_error *err) {
    *file = (struct se_safetensors){0};
    enum se_status status = se_map_file(path, &file->mapping, &file->mapped, err);
    if (!status) {
        status = read_mapping(path, file, err);
    }
    if (status) {
        se_safetensors_close(file);
    }
    return status;
}

void se_safetensors_close(struct se_safetensors *file) {
    if (file->mapping) {
        munmap(file->mapping, file->mapped);
    }
    json_decref(file->header);
    free(file->tensors);
    *file = (struct se_safetensors){0};
}

const struct se_tensor *se_safetensors_find(const struct se_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) {
            return &file->tensors[i];
        }
    }
    return NULL;
}

// ---- writing ----

static enum se_status cannot_write(const char *path, const char *name, const char *why,
                                   struct se_error *err) {
    char shown[SE_QUOTE];
    return se_fail(err, SE_INVALID, "cannot write %s: tensor '%s' %s", path, se_quote(shown, name),
                   why);
}

// Adds the tensor to the header, its data at *offset, and moves *offset behind it.
static enum se_status describe(const char *path, const struct se_tensor *t, json_t *header,
                               size_t *offset, struct se_error *err) {
    size_t count;
    if (t->ndim > SE_DIMS_MAX) {
        return cannot_write(path, t->name, "has more than 8 dimensions", err);
    }
    if (!se_dtype_count(t->dtype, t->ndim, t->shape, &count) ||
        count * se_dtype_size(t->dtype) > PTRDIFF_MAX - *offset) {
        return cannot_write(path, t->name, "is too large", err);
    }
    if (strcmp(t->name, METADATA) == 0) {
        return cannot_write(path, t->name, "has a name that the format keeps for itself", err);
    }
    if (json_object_get(header, t->name)) {
        return cannot_write(path, t->name, "has the name of another", err);
    }
    size_t end = *offset + count * se_dtype_size(t->dtype);
    json_t *shape = json_array();
    for (size_t i = 0; i < t->ndim; i++) {
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    }
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", CODES[t->dtype], "shape", shape,
                              "data_offsets", (json_int_t)*offset, (json_int_t)end);
    if (json_object_set_new(header, t->name, entry) != 0) {
        return cannot_write(path, t->name, "has a name that is no UTF-8", err);
    }
    *offset = end;
    return SE_OK;
}

static const size_t SIZES[] = {4, 2, 1}; // of elements, in the order of the data
enum { N_SIZES = sizeof SIZES / sizeof *SIZES };

static enum se_status write_file(const char *path, const char *header, size_t n,
                                 const struct se_tensor *tensors, struct se_error *err) {
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (status) {
        return status;
    }
    size_t length = strlen(header);
    uint64_t padded = (length + 7) / 8 * 8;
    fwrite(&padded, 1, sizeof padded, file.stream);
    fprintf(file.stream, "%s%*s", header, (int)(padded - length), "");
    for (size_t s = 0; s < N_SIZES; s++) {
        for (size_t i = 0; i < n; i++) {
            const struct se_tensor *t = &tensors[i];
            size_t count;
            if (se_dtype_size(t->dtype) == SIZES[s] &&
                se_dtype_count(t->dtype, t->ndim, t->shape, &count) && count > 0) {
                fwrite(t->data, SIZES[s], count, file.stream);
            }
        }
    }
    return se_file_commit(&file, err);
}

enum se_status se_safetensors_write(const char *path, size_t n, const struct se_tensor *tensors,
                                    struct se_error *err) {
    json_t *header = json_object();
    size_t offset = 0;
    enum se_status status = SE_OK;
    for (size_t s = 0; s < N_SIZES && !status; s++) {
        for (size_t i = 0; i < n && !status; i++) {
            if (se_dtype_size(tensors[i].dtype) == SIZES[s]) {
                status = describe(path, &tensors[i], header, &offset, err);
            }
        }
    }
    char *text = status ? NULL : json_dumps(header, JSON_COMPACT);
    json_decref(header);
    if (status) {
        return status;
    }
    status = text ? write_file(path, text, n, tensors, err)
                  : se_fail(err, SE_NO_MEMORY, "cannot write %s: not enough memory", path);
    free(text);
    return status;
}
