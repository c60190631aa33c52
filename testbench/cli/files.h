// SPDX-License-Identifier: Apache-2.0
// Files in the scratch directory. The .npy and .safetensors formats are written and read here once
// more, by hand, so that a mistake of the library's readers and writers cannot hide itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The whole file, 0-terminated; *size may be NULL. Lives as long as the test.
char *get_file(const char *name, size_t *size);

void put_file(const char *name, size_t size, const void *data);
void put_text(const char *name, const char *text);

// descr: "<f4"; order: "False" or "True"; shape: "(2, 3)".
void put_npy(const char *name, const char *descr, const char *order, const char *shape, size_t size,
             const void *data);

// The data of a file that must have this dtype, this shape and so many bytes.
const void *get_npy(const char *name, const char *descr, const char *shape, size_t size);

// A tensor of a .safetensors file. dtype: "F32"; shape: "[2,3]".
struct file_tensor {
    const char *name, *dtype, *shape;
    size_t size; // of data, in bytes
    const void *data;
};
void put_safetensors(const char *name, size_t n, const struct file_tensor *tensors);

// The data of a tensor in a file at PATH, which must have this dtype and this shape.
const void *get_tensor(const char *path, const char *tensor, const char *dtype, const char *shape);

// The 1-based line of a text file; the second form replaces it.
char *get_line(const char *name, size_t line);
void put_line(const char *name, size_t line, const char *text);

// splitmix64
uint64_t next_random(uint64_t *state);
// Any bit pattern, or one with an exponent within 8 of `exponent`.
uint32_t next_random_f32(uint64_t *state, int exponent);
