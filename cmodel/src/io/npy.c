// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/npy.h"
#include "map.h"
#include "w4a5se/file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const char MAGIC[6] = "\x93NUMPY";

// NumPy's codes; types without one are not for .npy files.
static const char *const CODES[SE_DTYPE_COUNT] = {
    [SE_DTYPE_F32] = "f4", [SE_DTYPE_F16] = "f2", [SE_DTYPE_I8] = "i1",
    [SE_DTYPE_U8] = "u1",  [SE_DTYPE_U16] = "u2",
};

// The header is a Python dictionary literal; a parser is what is left of it.
struct parser {
    const char *path, *file; // file: its first byte
    const char *at, *end;
    struct se_error *err;
};

static enum se_status malformed(const struct parser *p) {
    return se_fail(p->err, SE_INVALID, "%s: malformed header at byte %zu", p->path,
                   (size_t)(p->at - p->file));
}

static void skip_space(struct parser *p) {
    while (p->at < p->end && (*p->at == ' ' || (*p->at >= '\t' && *p->at <= '\r'))) {
        p->at++;
    }
}

static bool accept(struct parser *p, const char *token) {
    skip_space(p);
    size_t length = strlen(token);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, token, length) != 0) {
        return false;
    }
    p->at += length;
    return true;
}

// A quoted string of printable ASCII without escapes, cut to fit text[size].
static bool accept_string(struct parser *p, size_t size, char *text) {
    const char *quote = accept(p, "'") ? "'" : "\"";
    if (*quote == '"' && !accept(p, quote)) {
        return false;
    }
    size_t length = 0;
    for (; p->at < p->end && *p->at != *quote; p->at++) {
        if (*p->at < ' ' || *p->at > '~' || *p->at == '\\') {
            return false;
        }
        if (length + 1 < size) {
            text[length++] = *p->at;
        }
    }
    text[length] = '\0';
    return accept(p, quote);
}

static enum se_status read_dtype(struct parser *p, enum se_dtype *dtype) {
    char text[40];
    if (accept(p, "[")) {
        return se_fail(p->err, SE_INVALID,
                       "%s: a structured dtype is not supported (float32, float16, int8, uint8 and "
                       "uint16)",
                       p->path);
    }
    if (!accept_string(p, sizeof text, text)) {
        return malformed(p);
    }
    bool has_order = *text && strchr("<>=|", *text);
    for (int i = 0; i < SE_DTYPE_COUNT; i++) {
        enum se_dtype type = (enum se_dtype)i;
        bool order_fits = !has_order || *text == '<' || *text == '=' || se_dtype_size(type) == 1;
        if (CODES[i] && order_fits && strcmp(text + has_order, CODES[i]) == 0) {
            *dtype = type;
            return SE_OK;
        }
    }
    return se_fail(p->err, SE_INVALID,
                   "%s: dtype '%s' is not supported (float32, float16, int8, uint8 and uint16, "
                   "little-endian)",
                   p->path, text);
}

static enum se_status read_order(struct parser *p) {
    if (accept(p, "False")) {
        return SE_OK;
    }
    if (!accept(p, "True")) {
        return malformed(p);
    }
    return se_fail(p->err, SE_INVALID,
                   "%s: Fortran order is not supported; save it with numpy.ascontiguousarray",
                   p->path);
}

static enum se_status read_dimension(struct parser *p, size_t *dimension) {
    if (accept(p, "-")) {
        return se_fail(p->err, SE_INVALID, "%s: shape has a negative dimension", p->path);
    }
    if (p->at == p->end || *p->at < '0' || *p->at > '9') {
        return malformed(p);
    }
    size_t n = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        size_t digit = (size_t)(*p->at - '0');
        if (n > (SIZE_MAX - digit) / 10) {
            return se_fail(p->err, SE_INVALID, "%s: shape is too large", p->path);
        }
        n = n * 10 + digit;
    }
    *dimension = n;
    return SE_OK;
}

// (), (3,), (2, 3), (2, 3,); as in Python, (3) is no tuple.
static enum se_status read_shape(struct parser *p, size_t *ndim, size_t *shape) {
    bool comma = true;
    if (!accept(p, "(")) {
        return malformed(p);
    }
    for (*ndim = 0; !accept(p, ")"); ++*ndim) {
        if (*ndim == SE_NPY_DIMS) {
            return se_fail(p->err, SE_INVALID, "%s: shape has more than %d dimensions", p->path,
                           SE_NPY_DIMS);
        }
        if (!comma) {
            return malformed(p);
        }
        enum se_status status = read_dimension(p, &shape[*ndim]);
        if (status) {
            return status;
        }
        comma = accept(p, ",");
    }
    return *ndim == 1 && !comma ? malformed(p) : SE_OK;
}

static enum se_status read_value(struct parser *p, const char *key, struct se_npy *npy) {
    if (strcmp(key, "descr") == 0) {
        return read_dtype(p, &npy->dtype);
    }
    if (strcmp(key, "shape") == 0) {
        return read_shape(p, &npy->ndim, npy->shape);
    }
    return read_order(p);
}

static enum se_status read_dictionary(struct parser *p, struct se_npy *npy) {
    static const char *const KEYS[] = {"descr", "fortran_order", "shape"};
    enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };
    bool seen[KEY_COUNT] = {false}, comma = true;
    if (!accept(p, "{")) {
        return malformed(p);
    }
    while (!accept(p, "}")) {
        char key[40];
        if (!comma || !accept_string(p, sizeof key, key) || !accept(p, ":")) {
            return malformed(p);
        }
        int k = 0;
        while (k < KEY_COUNT && strcmp(key, KEYS[k]) != 0) {
            k++;
        }
        if (k == KEY_COUNT) {
            return se_fail(p->err, SE_INVALID, "%s: unknown header key '%s'", p->path, key);
        }
        if (seen[k]) {
            return se_fail(p->err, SE_INVALID, "%s: header key '%s' appears twice", p->path, key);
        }
        seen[k] = true;
        enum se_status status = read_value(p, key, npy);
        if (status) {
            return status;
        }
        comma = accept(p, ",");
    }
    for (int k = 0; k < KEY_COUNT; k++) {
        if (!seen[k]) {
            return se_fail(p->err, SE_INVALID, "%s: header key '%s' is missing", p->path, KEYS[k]);
        }
    }
    skip_space(p);
    if (p->at != p->end) {
        return se_fail(p->err, SE_INVALID, "%s: text after the header's dictionary", p->path);
    }
    return SE_OK;
}

// Finds the header's text: magic, version, and a length of 2 bytes (1.0) or 4 (2.0, 3.0).
static enum se_status read_preamble(struct parser *p) {
    const uint8_t *bytes = (const uint8_t *)p->file;
    size_t size = (size_t)(p->end - p->file);
    if (size < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC) != 0) {
        return se_fail(p->err, SE_INVALID, "%s: not a .npy file (wrong magic string)", p->path);
    }
    size_t start = size > 6 && bytes[6] == 1 ? 10 : 12;
    if (size < start) {
        return se_fail(p->err, SE_INVALID, "%s: truncated in its header", p->path);
    }
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0) {
        return se_fail(p->err, SE_INVALID, "%s: version %d.%d of the .npy format is not supported",
                       p->path, bytes[6], bytes[7]);
    }
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (start == 12) {
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    }
    if (length > size - start) {
        return se_fail(p->err, SE_INVALID, "%s: truncated in its header", p->path);
    }
    p->at = p->file + start;
    p->end = p->at + length;
    return SE_OK;
}

// Legal files may start the data anywhere; what is not aligned for its type is copied.
static enum se_status place_data(struct se_npy *npy, size_t offset, size_t bytes) {
    npy->data = (const char *)npy->mapping + offset;
    if (offset % se_dtype_size(npy->dtype) == 0 || bytes == 0) {
        return SE_OK;
    }
    npy->copy = malloc(bytes);
    if (!npy->copy) {
        return SE_NO_MEMORY;
    }
    npy->data = memcpy(npy->copy, npy->data, bytes);
    munmap(npy->mapping, npy->mapped);
    npy->mapping = NULL;
    return SE_OK;
}

static enum se_status read_mapping(const char *path, struct se_npy *npy, struct se_error *err) {
    const char *file = npy->mapping;
    struct parser p = {path, file, file, file + npy->mapped, err};
    enum se_status status = read_preamble(&p);
    if (!status) {
        status = read_dictionary(&p, npy);
    }
    if (status) {
        return status;
    }
    size_t size = se_dtype_size(npy->dtype);
    if (!se_dtype_count(npy->dtype, npy->ndim, npy->shape, &npy->count)) {
        return se_fail(err, SE_INVALID, "%s: shape is too large", path);
    }
    size_t offset = (size_t)(p.end - file), bytes = npy->mapped - offset;
    if (npy->count * size != bytes) {
        return se_fail(err, SE_INVALID,
                       "%s: the header describes %zu bytes of data, the file holds %zu", path,
                       npy->count * size, bytes);
    }
    if (place_data(npy, offset, bytes)) {
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory for %zu bytes", path, bytes);
    }
    return SE_OK;
}

enum se_status se_npy_open(const char *path, struct se_npy *npy, struct se_error *err) {
    *npy = (struct se_npy){0};
    enum se_status status = se_map_file(path, &npy->mapping, &npy->mapped, err);
    if (!status) {
        status = read_mapping(path, npy, err);
    }
    if (status) {
        se_npy_close(npy);
    }
    return status;
}

void se_npy_close(struct se_npy *npy) {
    if (npy->mapping) {
        munmap(npy->mapping, npy->mapped);
    }
    free(npy->copy);
    *npy = (struct se_npy){0};
}

static float *to_f32(const struct se_npy *npy) {
    float *values = malloc(npy->count ? npy->count * sizeof *values : 1);
    if (values) {
        se_dtype_to_f32(npy->dtype, npy->count, npy->data, values);
    }
    return values;
}

enum se_status se_npy_read_f32(const char *path, size_t *count, size_t *ndim, size_t *shape,
                               float **values, struct se_error *err) {
    struct se_npy npy;
    enum se_status status = se_npy_open(path, &npy, err);
    if (status) {
        return status;
    }
    if (!se_dtype_is_float(npy.dtype)) {
        status = se_fail(err, SE_INVALID, "%s: dtype %s where float32 or float16 is needed", path,
                         se_dtype_name(npy.dtype));
    } else if (!(*values = to_f32(&npy))) {
        status = se_fail(err, SE_NO_MEMORY, "%s: not enough memory for %zu float32 values", path,
                         npy.count);
    } else {
        *count = npy.count;
        if (ndim) {
            *ndim = npy.ndim;
            memcpy(shape, npy.shape, sizeof npy.shape);
        }
    }
    se_npy_close(&npy);
    return status;
}

// Magic, version 1.0, length, dictionary, blanks to a multiple of 64 bytes (like NumPy, at least
// one) and a newline. Returns the length; 8 dimensions of 20 digits fit 320 bytes.
enum { HEADER_MAX = 320, HEADER_ALIGN = 64 };

static size_t make_header(enum se_dtype dtype, size_t ndim, const size_t *shape,
                          char header[HEADER_MAX]) {
    memset(header, ' ', HEADER_MAX);
    memcpy(header, MAGIC, sizeof MAGIC);
    header[6] = 1;
    header[7] = 0;
    size_t at = 10;
    at += (size_t)snprintf(header + at, HEADER_MAX - at,
                           "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                           se_dtype_size(dtype) == 1 ? '|' : '<', CODES[dtype]);
    for (size_t i = 0; i < ndim; i++) {
        at += (size_t)snprintf(header + at, HEADER_MAX - at, "%s%zu%s", i ? " " : "", shape[i],
                               i + 1 < ndim || ndim == 1 ? "," : "");
    }
    at += (size_t)snprintf(header + at, HEADER_MAX - at, "), }");
    header[at] = ' ';
    size_t length = ((at + 1) / HEADER_ALIGN + 1) * HEADER_ALIGN;
    header[length - 1] = '\n';
    header[8] = (char)((length - 10) & 0xFF);
    header[9] = (char)((length - 10) >> 8);
    return length;
}

enum se_status se_npy_write(const char *path, enum se_dtype dtype, size_t ndim, const size_t *shape,
                            const void *data, struct se_error *err) {
    size_t count;
    if (!CODES[dtype]) {
        return se_fail(err, SE_INVALID, "cannot write %s: NumPy has no %s", path,
                       se_dtype_name(dtype));
    }
    if (ndim > SE_NPY_DIMS) {
        return se_fail(err, SE_INVALID, "cannot write %s: more than %d dimensions", path,
                       SE_NPY_DIMS);
    }
    if (!se_dtype_count(dtype, ndim, shape, &count)) {
        return se_fail(err, SE_INVALID, "cannot write %s: shape is too large", path);
    }
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (status) {
        return status;
    }
    char header[HEADER_MAX];
    fwrite(header, 1, make_header(dtype, ndim, shape, header), file.stream);
    if (count) {
        fwrite(data, se_dtype_size(dtype), count, file.stream);
    }
    return se_file_commit(&file, err);
}
