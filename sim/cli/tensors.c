// SPDX-License-Identifier: Apache-2.0
#include "tensors.h"

#include "w4a5se/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One --in: a .safetensors file, or the one tensor of a .npy file.
struct tensors_source {
    const char *path;
    bool is_npy;
    struct se_safetensors file;
    struct se_npy npy;
    struct se_tensor tensor; // of npy
    char name[64];           // its name
};

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static enum se_status open_npy(struct tensors_source *s, const char *argument, const char *equals,
                               struct se_error *err) {
    size_t length = (size_t)(equals - argument);
    if (length == 0 || length >= sizeof s->name) {
        return se_fail(err, SE_INVALID, "--in %.200s has no tensor's name before '='", argument);
    }
    memcpy(s->name, argument, length);
    s->path = equals + 1;
    s->is_npy = true;
    enum se_status status = se_npy_open(s->path, &s->npy, err);
    s->tensor = (struct se_tensor){.name = s->name,
                                   .dtype = s->npy.dtype,
                                   .ndim = s->npy.ndim,
                                   .count = s->npy.count,
                                   .data = s->npy.data};
    memcpy(s->tensor.shape, s->npy.shape, sizeof s->npy.shape);
    return status;
}

enum se_status tensors_add(struct tensors *tensors, const char *argument, struct se_error *err) {
    const char *equals = strchr(argument, '=');
    struct tensors_source *sources =
        realloc(tensors->sources, (tensors->n_sources + 1) * sizeof *sources);
    if (!sources) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %s", argument);
    }
    tensors->sources = sources;
    struct tensors_source source = {.path = argument};
    enum se_status status =
        ends_with(argument, ".npy") && equals ? open_npy(&source, argument, equals, err)
        : ends_with(argument, ".npy")
            ? se_fail(err, SE_INVALID, "%s: give the tensor's name, as in --in x=%s", argument,
                      argument)
            : se_safetensors_open(argument, &source.file, err);
    if (status == SE_OK) {
        sources[tensors->n_sources++] = source;
    }
    return status;
}

void tensors_free(struct tensors *tensors) {
    for (size_t i = 0; i < tensors->n_sources; i++) {
        se_safetensors_close(&tensors->sources[i].file);
        se_npy_close(&tensors->sources[i].npy);
    }
    for (size_t i = 0; i < tensors->n_owned; i++) {
        free(tensors->owned[i]);
    }
    free(tensors->sources);
    free(tensors->owned);
    *tensors = (struct tensors){0};
}

// The last one of this name and its file's path, or NULL and the last path.
static const struct se_tensor *find(const struct tensors *tensors, const char *name,
                                    const char **path) {
    *path = tensors->sources[tensors->n_sources - 1].path;
    for (size_t i = tensors->n_sources; i-- > 0;) {
        const struct tensors_source *s = &tensors->sources[i];
        const struct se_tensor *found = s->is_npy ? strcmp(s->name, name) == 0 ? &s->tensor : NULL
                                                  : se_safetensors_find(&s->file, name);
        if (found) {
            *path = s->path;
            return found;
        }
    }
    return NULL;
}

bool tensors_have(const struct tensors *tensors, const char *name) {
    const char *path;
    return find(tensors, name, &path);
}

enum se_dtype tensors_dtype(const struct tensors *tensors, const char *name) {
    const char *path;
    return find(tensors, name, &path)->dtype;
}

enum se_status tensors_refuse(const struct tensors *tensors, const char *name, struct se_error *err,
                              const char *what) {
    const char *path;
    find(tensors, name, &path);
    return se_fail(err, SE_INVALID, "%s: tensor '%s' %s", path, name, what);
}

enum { TEXT = 256 }; // 8 dimensions of 20 digits and their commas

static void print_shape(char text[TEXT], const struct se_tensor *t) {
    size_t at = (size_t)snprintf(text, TEXT, "%s [", se_dtype_name(t->dtype));
    for (size_t i = 0; i < t->ndim; i++) {
        at += (size_t)snprintf(text + at, TEXT - at, "%s%zu", i ? ", " : "", t->shape[i]);
    }
    snprintf(text + at, TEXT - at, "]");
}

static void print_dimensions(char text[TEXT], struct dimension *const *dims) {
    size_t at = (size_t)snprintf(text, TEXT, "[");
    for (size_t i = 0; dims[i]; i++) {
        const char *comma = i ? ", " : "";
        at += dims[i]->size ? (size_t)snprintf(text + at, TEXT - at, "%s%zu", comma, dims[i]->size)
                            : (size_t)snprintf(text + at, TEXT - at, "%s%s", comma, dims[i]->name);
    }
    snprintf(text + at, TEXT - at, "]");
}

static bool fits(const struct se_tensor *t, struct dimension *const *dims) {
    size_t n = 0;
    for (; dims[n]; n++) {
        if (n == t->ndim || (dims[n]->size && dims[n]->size != t->shape[n])) {
            return false;
        }
    }
    return n == t->ndim;
}

// Finds the tensor, checks its shape and learns dimensions; `types` says what the caller takes.
static enum se_status take(const struct tensors *tensors, const char *name, bool type_fits,
                           const char *types, struct dimension *const *dims,
                           const struct se_tensor **taken, struct se_error *err) {
    const char *path;
    const struct se_tensor *t = find(tensors, name, &path);
    char needed[TEXT], there[TEXT], what[3 * TEXT];
    print_dimensions(needed, dims);
    if (!t) {
        snprintf(what, sizeof what, "is missing; it is %s %s", types, needed);
        return tensors_refuse(tensors, name, err, what);
    }
    if (!type_fits || !fits(t, dims)) {
        print_shape(there, t);
        snprintf(what, sizeof what, "is %s where %s %s is needed", there, types, needed);
        return tensors_refuse(tensors, name, err, what);
    }
    if (t->count == 0) {
        return tensors_refuse(tensors, name, err, "is empty");
    }
    for (size_t i = 0; dims[i]; i++) {
        dims[i]->size = t->shape[i];
    }
    *taken = t;
    return SE_OK;
}

static bool has_dtype(const struct tensors *tensors, const char *name, enum se_dtype dtype) {
    return tensors_have(tensors, name) && tensors_dtype(tensors, name) == dtype;
}

static bool has_float(const struct tensors *tensors, const char *name) {
    return tensors_have(tensors, name) && se_dtype_is_float(tensors_dtype(tensors, name));
}

// `size` bytes for the tensor's conversion that live as long as *tensors.
static enum se_status own(struct tensors *tensors, const struct se_tensor *t, size_t size,
                          void **memory, struct se_error *err) {
    void **owned = realloc(tensors->owned, (tensors->n_owned + 1) * sizeof *owned);
    tensors->owned = owned ? owned : tensors->owned;
    *memory = owned ? malloc(size) : NULL;
    if (!*memory) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the %zu values of tensor '%s'", t->count,
                       t->name);
    }
    owned[tensors->n_owned++] = *memory;
    return SE_OK;
}

// fl(scale * value) of each element.
static enum se_status convert(struct tensors *tensors, const struct se_tensor *t, float scale,
                              const float **data, struct se_error *err) {
    void *memory;
    enum se_status status = own(tensors, t, t->count * sizeof(float), &memory, err);
    if (status != SE_OK) {
        return status;
    }
    float *values = memory;
    se_dtype_to_f32(t->dtype, t->count, t->data, values);
    for (size_t i = 0; i < t->count; i++) {
        values[i] *= scale;
    }
    *data = values;
    return SE_OK;
}

enum se_status tensors_int8(const struct tensors *tensors, const char *name,
                            struct dimension *const *dims, const int8_t **data,
                            struct se_error *err) {
    const struct se_tensor *t;
    enum se_status status =
        take(tensors, name, has_dtype(tensors, name, SE_DTYPE_I8), "int8", dims, &t, err);
    if (status == SE_OK) {
        *data = t->data;
    }
    return status;
}

enum se_status tensors_float(struct tensors *tensors, const char *name,
                             struct dimension *const *dims, const float **data,
                             struct se_error *err) {
    const struct se_tensor *t;
    enum se_status status = take(tensors, name, has_float(tensors, name), "float32", dims, &t, err);
    return status == SE_OK ? convert(tensors, t, 1, data, err) : status;
}

enum se_status tensors_codes(struct tensors *tensors, const char *name,
                             struct dimension *const *dims, const uint16_t **data,
                             struct se_error *err) {
    const struct se_tensor *t;
    void *memory;
    bool is_u8 = has_dtype(tensors, name, SE_DTYPE_U8);
    enum se_status status = take(tensors, name, is_u8 || has_dtype(tensors, name, SE_DTYPE_U16),
                                 "uint8 or uint16", dims, &t, err);
    if (status == SE_OK) {
        status = own(tensors, t, t->count * sizeof(uint16_t), &memory, err);
    }
    if (status != SE_OK) {
        return status;
    }
    uint16_t *codes = memory;
    const uint8_t *bytes = t->data;
    for (size_t i = 0; i < t->count; i++) {
        if (is_u8) {
            codes[i] = bytes[i];
        } else {
            memcpy(&codes[i], bytes + i * sizeof *codes, sizeof *codes);
        }
    }
    *data = codes;
    return SE_OK;
}

enum se_status tensors_scale(const struct tensors *tensors, const char *name, float *scale,
                             struct se_error *err) {
    const char *path;
    const struct se_tensor *t = find(tensors, name, &path);
    if (!t) {
        return tensors_refuse(tensors, name, err, "is missing; it is one float32");
    }
    if (!se_dtype_is_float(t->dtype) || t->count != 1) {
        char there[TEXT], what[2 * TEXT];
        print_shape(there, t);
        snprintf(what, sizeof what, "is %s where one float32 is needed", there);
        return tensors_refuse(tensors, name, err, what);
    }
    float value;
    se_dtype_to_f32(t->dtype, 1, t->data, &value);
    if (!isfinite(value) || value <= 0) {
        char what[TEXT];
        snprintf(what, sizeof what, "is %g; a scale is finite and above zero", (double)value);
        return tensors_refuse(tensors, name, err, what);
    }
    *scale = value;
    return SE_OK;
}

enum se_status tensors_scaled(struct tensors *tensors, const char *name,
                              struct dimension *const *dims, const float **data,
                              struct se_error *err) {
    char scale_name[80];
    float scale = 0;
    const struct se_tensor *t;
    snprintf(scale_name, sizeof scale_name, "s_%s", name);
    enum se_status status =
        take(tensors, name, has_dtype(tensors, name, SE_DTYPE_I8), "int8", dims, &t, err);
    if (status == SE_OK) {
        status = tensors_scale(tensors, scale_name, &scale, err);
    }
    return status == SE_OK ? convert(tensors, t, scale, data, err) : status;
}

enum se_status tensors_write(const char *path, const struct se_tensor *tensor,
                             struct se_error *err) {
    return ends_with(path, ".safetensors")
               ? se_safetensors_write(path, 1, tensor, err)
               : se_npy_write(path, tensor->dtype, tensor->ndim, tensor->shape, tensor->data, err);
}
