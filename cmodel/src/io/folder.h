// SPDX-License-Identifier: Apache-2.0
// Files of one kind in a folder, chosen by name.
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>

// path[size] becomes DIRECTORY/NAME and the suffix. SE_INVALID when there is no such file, with the
// names there are: "there is no KIND NAME in DIRECTORY, which has ...".
enum se_status se_folder_find(const char *directory, const char *kind, const char *name,
                              const char *suffix, size_t size, char *path, struct se_error *err);
