// SPDX-License-Identifier: Apache-2.0
// The tensors that --in options name: all of FILE.safetensors, or NAME=FILE.npy. A later one takes
// the place of an earlier one of the same name.
#pragma once

#include "w4a5se/safetensors.h"

struct tensors {
    size_t n_sources;
    struct tensors_source *sources;
    size_t n_owned;
    void **owned; // conversions
};

// Opens what the argument of one --in names. SE_INVALID as the readers, or when it is neither form.
enum se_status tensors_add(struct tensors *tensors, const char *argument, struct se_error *err);
void tensors_free(struct tensors *tensors);

bool tensors_have(const struct tensors *tensors, const char *name);

// A dimension that tensors share: its size is learned from the first that has it. 0: not yet known.
struct dimension {
    const char *name; // "tokens"
    size_t size;
};

// A tensor with its shape checked against dims (a NULL-terminated list), which are learned. The
// sentence of a refusal names file and tensor, what is there and what is needed.
//
// tensors_int8: its data, in place. tensors_float: of F32, F16 or BF16, as float, and
// tensors_codes: of U8 or U16, as uint16_t; both belong to *tensors.
enum se_status tensors_int8(const struct tensors *tensors, const char *name,
                            struct dimension *const *dims, const int8_t **data,
                            struct se_error *err);
enum se_status tensors_float(struct tensors *tensors, const char *name,
                             struct dimension *const *dims, const float **data,
                             struct se_error *err);
enum se_status tensors_codes(struct tensors *tensors, const char *name,
                             struct dimension *const *dims, const uint16_t **data,
                             struct se_error *err);

// A float tensor of one element that is finite and above zero.
enum se_status tensors_scale(const struct tensors *tensors, const char *name, float *scale,
                             struct se_error *err);

// INT8 with its scale s_NAME, times the scale: fl(s * q); belongs to *tensors.
enum se_status tensors_scaled(struct tensors *tensors, const char *name,
                              struct dimension *const *dims, const float **data,
                              struct se_error *err);

// The type of a tensor that is there.
enum se_dtype tensors_dtype(const struct tensors *tensors, const char *name);

// SE_INVALID "FILE: tensor 'NAME' WHAT".
enum se_status tensors_refuse(const struct tensors *tensors, const char *name, struct se_error *err,
                              const char *what);

// Writes one tensor to PATH: a .safetensors file where the path ends so, else .npy.
enum se_status tensors_write(const char *path, const struct se_tensor *tensor,
                             struct se_error *err);
