// SPDX-License-Identifier: Apache-2.0
// What the instances of the engines with a scale lookup have in common.
#pragma once

#include "w4a5se/engine_table.h"

// A lookup as it was built: parameters of the RTL.
struct se_engine_lookup {
    enum se_lookup_form form;
    struct se_scale_shape shape;
};
