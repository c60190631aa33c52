// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/dtype.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data is used as it is in the file");

static const struct {
    const char *name;
    size_t size;
} DTYPES[SE_DTYPE_COUNT] = {
    [SE_DTYPE_F32] = {"float32", 4},   [SE_DTYPE_F16] = {"float16", 2},
    [SE_DTYPE_BF16] = {"bfloat16", 2}, [SE_DTYPE_I8] = {"int8", 1},
    [SE_DTYPE_U8] = {"uint8", 1},      [SE_DTYPE_U16] = {"uint16", 2},
    [SE_DTYPE_I32] = {"int32", 4},
};

const char *se_dtype_name(enum se_dtype dtype) {
    return DTYPES[dtype].name;
}

size_t se_dtype_size(enum se_dtype dtype) {
    return DTYPES[dtype].size;
}

bool se_dtype_is_float(enum se_dtype dtype) {
    return dtype == SE_DTYPE_F32 || dtype == SE_DTYPE_F16 || dtype == SE_DTYPE_BF16;
}

bool se_dtype_count(enum se_dtype dtype, size_t ndim, const size_t *shape, size_t *count) {
    size_t bytes = se_dtype_size(dtype);
    bool empty = false;
    for (size_t i = 0; i < ndim; i++) {
        size_t n = shape[i] ? shape[i] : 1;
        if (n > PTRDIFF_MAX / bytes) {
            return false;
        }
        bytes *= n;
        empty |= shape[i] == 0;
    }
    *count = empty ? 0 : bytes / se_dtype_size(dtype);
    return true;
}

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float se_f16_to_f32(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, magnitude = bits & 0x7FFF;
    if (magnitude < 0x0400) { // zero or subnormal: an integer in units of 2^-24
        float value = (float)magnitude * 0x1p-24f;
        return sign ? -value : value;
    }
    uint32_t rebias = magnitude >= 0x7C00 ? (255 - 31) << 23 : (127 - 15) << 23;
    return from_bits(sign | ((magnitude << 13) + rebias));
}

static float element(enum se_dtype dtype, const uint8_t *at) {
    uint16_t half = 0;
    int32_t word;
    if (se_dtype_size(dtype) == 2) {
        memcpy(&half, at, sizeof half);
    }
    switch (dtype) {
    case SE_DTYPE_F16:
        return se_f16_to_f32(half);
    case SE_DTYPE_BF16:
        return from_bits((uint32_t)half << 16);
    case SE_DTYPE_I8:
        return (int8_t)*at;
    case SE_DTYPE_U8:
        return *at;
    case SE_DTYPE_U16:
        return half;
    default: // I32
        memcpy(&word, at, sizeof word);
        return (float)word;
    }
}

void se_dtype_to_f32(enum se_dtype dtype, size_t n, const void *data, float *values) {
    const uint8_t *at = data;
    if (dtype == SE_DTYPE_F32 && n > 0) {
        memcpy(values, data, n * sizeof *values);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = element(dtype, at + i * se_dtype_size(dtype));
    }
}
