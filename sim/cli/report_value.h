// SPDX-License-Identifier: Apache-2.0
// Figures out of the JSON reports, by a path: "/units/unit=fp32_mul/ge". A step is a key, an index,
// or what an entry of a list must have: "shape=8x4x4,form=lut".
#pragma once

#include "w4a5se/status.h"

#include <jansson.h>

// SE_INVALID, with the step that leads nowhere, unless there is a number.
enum se_status report_value(const json_t *root, const char *path, double *value,
                            struct se_error *err);
