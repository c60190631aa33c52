// SPDX-License-Identifier: Apache-2.0
// Results remembered by a key's bytes.
#pragma once

#include <stddef.h>

// The value of `bytes` bytes remembered under key[length], or NULL.
const void *memo_find(void *const *memo, size_t length, const void *key);

// Remembers a copy of the value, and returns it; NULL, and nothing is remembered, without memory.
const void *memo_add(void **memo, size_t length, const void *key, size_t bytes, const void *value);

void memo_free(void **memo);
