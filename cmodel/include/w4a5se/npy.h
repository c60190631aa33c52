// SPDX-License-Identifier: Apache-2.0
// NumPy .npy files: one array of float32, float16, int8, uint8 or uint16, little-endian, C order,
// of 0 to 8 dimensions. Reads format versions 1.0, 2.0 and 3.0, writes 1.0.
// Source: numpy.lib.format, "NPY format".
#pragma once

#include "w4a5se/dtype.h"
#include "w4a5se/status.h"

enum { SE_NPY_DIMS = SE_DIMS_MAX };

struct se_npy {
    enum se_dtype dtype;
    size_t ndim;
    size_t shape[SE_NPY_DIMS]; // first ndim entries; the last dimension varies fastest
    size_t count;              // elements: the product of shape, 1 when ndim is 0
    const void *data;          // count elements, aligned for their type
    void *mapping;             // private: the file's pages, or NULL
    size_t mapped;             // private: bytes of mapping
    void *copy;                // private: holds data that the file keeps unaligned, or NULL
};

// Maps the file for reading; it must not be truncated before se_npy_close. SE_IO when it cannot be
// opened, SE_INVALID when it is no .npy file, its header and its size disagree, or its dtype or
// order is not supported. On failure nothing is open.
enum se_status se_npy_open(const char *path, struct se_npy *npy, struct se_error *err);

// Harmless on a zeroed struct, after a failed open and when repeated.
void se_npy_close(struct se_npy *npy);

// Reads a float32 or float16 file as float32: *count values in *values, which the caller frees.
// shape[SE_NPY_DIMS] receives *ndim dimensions; ndim and shape may both be NULL. SE_INVALID as
// se_npy_open, and for integer files.
enum se_status se_npy_read_f32(const char *path, size_t *count, size_t *ndim, size_t *shape,
                               float **values, struct se_error *err);

// Writes data[product of shape[ndim]]. SE_INVALID when NumPy has no such type, ndim exceeds
// SE_NPY_DIMS or the product overflows, SE_IO as se_file_open and se_file_commit.
enum se_status se_npy_write(const char *path, enum se_dtype dtype, size_t ndim, const size_t *shape,
                            const void *data, struct se_error *err);
