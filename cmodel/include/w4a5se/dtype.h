// SPDX-License-Identifier: Apache-2.0
// Element types of tensors in files, and their conversion to float.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum se_dtype {
    SE_DTYPE_F32,
    SE_DTYPE_F16,  // bit patterns in uint16_t
    SE_DTYPE_BF16, // the upper half of a float32, in uint16_t
    SE_DTYPE_I8,
    SE_DTYPE_U8,
    SE_DTYPE_U16,
    SE_DTYPE_I32,
};
enum { SE_DTYPE_COUNT = SE_DTYPE_I32 + 1 };

enum { SE_DIMS_MAX = 8 }; // of a tensor's shape

const char *se_dtype_name(enum se_dtype dtype); // "float32", "bfloat16", "uint8", ...
size_t se_dtype_size(enum se_dtype dtype);      // bytes an element takes
bool se_dtype_is_float(enum se_dtype dtype);    // F32, F16 or BF16

// *count = the product of shape[ndim], 1 when ndim is 0. False when the bytes do not fit a
// ptrdiff_t, counting an empty dimension as one.
bool se_dtype_count(enum se_dtype dtype, size_t ndim, const size_t *shape, size_t *count);

// data[n] (of any alignment) -> values[n]: exact but for I32 beyond 2^24, which rounds to nearest
// even. NaNs keep sign and payload.
void se_dtype_to_f32(enum se_dtype dtype, size_t n, const void *data, float *values);

// Exact; a NaN keeps its sign and payload.
float se_f16_to_f32(uint16_t bits);
