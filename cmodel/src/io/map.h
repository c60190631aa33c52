// SPDX-License-Identifier: Apache-2.0
// A whole regular file mapped for reading.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

// SE_IO when it cannot be opened or mapped, SE_INVALID when it is empty; *data and *size are
// untouched on failure. munmap(data, size) releases it.
enum se_status se_map_file(const char *path, void **data, size_t *size, struct se_error *err);
