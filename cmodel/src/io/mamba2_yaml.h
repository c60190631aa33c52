// SPDX-License-Identifier: Apache-2.0
// The mapping `mamba2` of a layer in a model's calibration (docs/formats.md).
#pragma once

#include "w4a5se/mamba2_scales.h"
#include "yaml.h"

// The values as they stand in the file.
struct se_mamba2_values {
    char *in_b, *in_c;
    char **b, **c, **head_range, **dim_range, **permutation, **magnitudes, **state;
    unsigned b_count, c_count, head_range_count, dim_range_count, permutation_count,
        magnitudes_count, state_count;
};

extern const cyaml_schema_field_t se_mamba2_fields[];

// *scales is the caller's to free, also when it fails.
enum se_status se_mamba2_interpret(const struct se_yaml *yaml,
                                   const struct se_mamba2_values *values,
                                   struct se_mamba2_scales **scales);

// Prints the keys, each line after `indent`.
void se_mamba2_print(FILE *stream, const char *indent, const struct se_mamba2_scales *scales);
