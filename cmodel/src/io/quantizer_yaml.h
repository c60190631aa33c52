// SPDX-License-Identifier: Apache-2.0
// The quantiser's keys (config.h), for the mappings that hold them.
#pragma once

#include "yaml.h"

// The values as they stand in the file; NULL where absent.
struct se_quantizer_values {
    char *code_bits, *dual, *base1, *base2, *s1, *ratio, *thr_pos, *thr_neg, *rule;
};

extern const cyaml_schema_field_t se_quantizer_fields[];

// Conversion and checks as se_config_load; rule may be NULL.
enum se_status se_quantizer_interpret(const struct se_yaml *yaml,
                                      const struct se_quantizer_values *values,
                                      struct se_quantizer *q, enum se_rule *rule);

// Prints the keys, each line after `indent`.
void se_quantizer_print(FILE *stream, const char *indent, const struct se_quantizer *q,
                        enum se_rule rule);
