// SPDX-License-Identifier: Apache-2.0
// YAML files through libcyaml, with one sentence that names file, key and line for whatever is
// wrong.
//
// Values are read as strings and converted here, because libcyaml reads 4.5 as the integer 4, 010
// as 8, any word as a true boolean, and no .inf.
#pragma once

#include "w4a5se/config.h"

#include <cyaml/cyaml.h>

// A file being read, and what libcyaml said about it: a complaint, then a backtrace.
struct se_yaml {
    const char *path;
    const char *entry; // where keys repeat: what messages name instead of a line; else NULL
    struct se_error *err;
    const char *text;
    char own[SE_CONFIG_BYTES_MAX + 1]; // where text stands, but in se_yaml_load_long
    char complaint[200];               // its first line
    char field[20];                    // the key whose value it was reading, if any
    unsigned line;                     // near which, or 0
};

// A string field of a mapping.
#define SE_YAML_REQUIRED(STRUCT, NAME)                                                             \
    CYAML_FIELD_STRING_PTR(#NAME, CYAML_FLAG_POINTER, STRUCT, NAME, 0, CYAML_UNLIMITED)
#define SE_YAML_OPTIONAL(STRUCT, NAME)                                                             \
    CYAML_FIELD_STRING_PTR(#NAME, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, STRUCT, NAME, 0,       \
                           CYAML_UNLIMITED)

// Loads the one mapping of the file into *values by the schema; se_yaml_free releases it.
enum se_status se_yaml_load(struct se_yaml *yaml, const char *path,
                            const cyaml_schema_value_t *schema, void **values,
                            struct se_error *err);

// The same of a file of up to `bytes` bytes, for which text[bytes + 1] is the caller's: messages
// quote it.
enum se_status se_yaml_load_long(struct se_yaml *yaml, const char *path, size_t bytes, char *text,
                                 const cyaml_schema_value_t *schema, void **values,
                                 struct se_error *err);
void se_yaml_free(const cyaml_schema_value_t *schema, void *values);

// PATH: KEY WHAT (line N)
enum se_status se_yaml_refuse(const struct se_yaml *yaml, const char *key, const char *what);

// PATH: KEY is 'VALUE', which is not WHAT (line N)
enum se_status se_yaml_refuse_value(const struct se_yaml *yaml, const char *key, const char *value,
                                    const char *what);

// Conversions; *out is untouched when value is NULL (an absent optional key).
enum se_status se_yaml_integer(const struct se_yaml *yaml, const char *key, const char *value,
                               int *out);
enum se_status se_yaml_float(const struct se_yaml *yaml, const char *key, const char *value,
                             float *out);
enum se_status se_yaml_number(const struct se_yaml *yaml, const char *key, const char *value,
                              double *out); // finite

// The index of value in names, a NULL-terminated list that `what` describes.
enum se_status se_yaml_choice(const struct se_yaml *yaml, const char *key, const char *value,
                              const char *const *names, const char *what, int *out);
