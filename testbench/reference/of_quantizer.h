// SPDX-License-Identifier: Apache-2.0
// The reference of a quantiser that the library made: its configuration, and nothing it derived.
#pragma once

#include "quantizer.h"
#include "w4a5se/quantizer.h"

// Aborts where the reference refuses the scales.
struct ref_quantizer ref_quantizer_of(const struct se_quantizer *q);
