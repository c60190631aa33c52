// SPDX-License-Identifier: Apache-2.0
// The list of constants of a technology file, as YAML has it and as it is checked.
#pragma once

#include "w4a5se/constants.h"
#include "yaml.h"

struct se_constant_entry {
    char *name, *value, *low, *high, *unit, *source;
};

extern const cyaml_schema_value_t se_constant_entry_schema;

// The `constants` sequence of STRUCT, which has constants and constants_count.
#define SE_CONSTANTS_FIELD(STRUCT)                                                                 \
    CYAML_FIELD_SEQUENCE("constants", CYAML_FLAG_POINTER, STRUCT, constants,                       \
                         &se_constant_entry_schema, 1, 100)

// constants[n] get what the entries say, in the order of specs[n]. `where` precedes the constant's
// name in messages.
enum se_status se_constants_interpret(struct se_yaml *yaml, const char *where, size_t entries,
                                      const struct se_constant_entry *entry, size_t n,
                                      const struct se_constant_spec *specs,
                                      struct se_constant *constants);
