// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/energy_profile.h"

#include "yaml.h"

#include <stdlib.h>
#include <string.h>

const char *const se_energy_names[SE_ENERGY_CONSTANTS] = {
    "dram",     "memory",       "table",       "mac_fp16",  "mac_int8",
    "mac_int4", "conv_channel", "scan_update", "table_area"};

struct constant {
    char *value, *low, *high, *unit, *source;
};

static const cyaml_schema_field_t CONSTANT[] = {
    SE_YAML_REQUIRED(struct constant, value),  SE_YAML_REQUIRED(struct constant, low),
    SE_YAML_REQUIRED(struct constant, high),   SE_YAML_REQUIRED(struct constant, unit),
    SE_YAML_REQUIRED(struct constant, source), CYAML_FIELD_END,
};

static const char *unit_of(int i) {
    return i == SE_ENERGY_TABLE_AREA ? "mm2/kB" : i <= SE_ENERGY_TABLE ? "pJ/bit" : "pJ";
}

static enum se_status interpret(const struct se_yaml *r, int i, const struct constant *c,
                                struct se_energy_constant *constant) {
    const char *name = se_energy_names[i];
    float value = 0, low = 0, high = 0;
    enum se_status status = se_yaml_float(r, name, c->value, &value);
    if (!status) {
        status = se_yaml_float(r, name, c->low, &low);
    }
    if (!status) {
        status = se_yaml_float(r, name, c->high, &high);
    }
    if (status) {
        return status;
    }
    if (!(low > 0 && low <= value && value <= high && high <= 1e6f)) {
        return se_yaml_refuse(r, name, "needs 0 < low <= value <= high <= 1e6");
    }
    if (strcmp(c->unit, unit_of(i)) != 0) {
        return se_yaml_refuse_value(r, name, c->unit, unit_of(i));
    }
    if (strlen(c->source) >= sizeof constant->source) {
        return se_yaml_refuse(r, name, "has a source of too many characters");
    }
    // A decimal is kept as it reads, not as binary32 has it.
    *constant = (struct se_energy_constant){.value = strtod(c->value, NULL),
                                            .low = strtod(c->low, NULL),
                                            .high = strtod(c->high, NULL)};
    strcpy(constant->unit, c->unit);
    strcpy(constant->source, c->source);
    return SE_OK;
}

enum se_status se_energy_profile_load(const char *path, struct se_energy_profile *profile,
                                      struct se_error *err) {
    struct se_yaml yaml;
    struct constant *values;
    struct se_energy_profile read;
    cyaml_schema_field_t fields[SE_ENERGY_CONSTANTS + 1] = {{0}};
    for (uint32_t i = 0; i < SE_ENERGY_CONSTANTS; i++) {
        fields[i] = (cyaml_schema_field_t){
            .key = se_energy_names[i],
            .data_offset = i * (uint32_t)sizeof(struct constant),
            .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct constant, CONSTANT)}};
    }
    const cyaml_schema_value_t schema = {.type = CYAML_MAPPING,
                                         .flags = CYAML_FLAG_POINTER,
                                         .data_size = sizeof(struct constant[SE_ENERGY_CONSTANTS]),
                                         .mapping = {.fields = fields}};
    enum se_status status = se_yaml_load(&yaml, path, &schema, (void **)&values, err);
    if (status) {
        return status;
    }
    for (int i = 0; i < SE_ENERGY_CONSTANTS && !status; i++) {
        status = interpret(&yaml, i, &values[i], &read.constants[i]);
    }
    se_yaml_free(&schema, values);
    if (!status) {
        *profile = read;
    }
    return status;
}
