// SPDX-License-Identifier: Apache-2.0
// .safetensors files: named tensors, little-endian, C order, of 0 to 8 dimensions. Types F32, F16,
// BF16, I8, U8, U16 and I32.
// Source: github.com/huggingface/safetensors, "Format": 8 bytes of header length, a JSON header,
// the data.
#pragma once

#include "w4a5se/dtype.h"
#include "w4a5se/status.h"

struct se_tensor {
    const char *name;
    enum se_dtype dtype;
    size_t ndim;
    size_t shape[SE_DIMS_MAX]; // first ndim entries; the last dimension varies fastest
    size_t count;              // elements: the product of shape, 1 when ndim is 0
    const void *data;          // of a file: of any alignment, se_dtype_to_f32 does not mind
};

struct se_safetensors {
    size_t count;
    struct se_tensor *tensors; // in the order of their data
    void *header;              // private: the parsed JSON, which owns the names
    void *mapping;             // private: the file's pages
    size_t mapped;             // private: bytes of mapping
};

// Maps the file for reading; it must not be truncated before se_safetensors_close. SE_IO when it
// cannot be opened. SE_INVALID, naming the file and the tensor, for whatever the format forbids: a
// header that is no JSON object, that is longer than the file or than 100 MB, or that names a
// tensor twice; an unknown key or type; a shape that does not take the bytes of its data_offsets;
// data that overlaps, leaves a hole, or does not end with the file. On failure nothing is open.
enum se_status se_safetensors_open(const char *path, struct se_safetensors *file,
                                   struct se_error *err);

// Harmless on a zeroed struct, after a failed open and when repeated.
void se_safetensors_close(struct se_safetensors *file);

// NULL when the file has no tensor of this name.
const struct se_tensor *se_safetensors_find(const struct se_safetensors *file, const char *name);

// Writes tensors[n], wide types first, so that all data is aligned; `count` is not read. SE_INVALID
// when a name repeats, is no UTF-8 or is "__metadata__", or a shape has more than SE_DIMS_MAX
// dimensions or too many elements; SE_IO as se_file_open and se_file_commit.
enum se_status se_safetensors_write(const char *path, size_t n, const struct se_tensor *tensors,
                                    struct se_error *err);
