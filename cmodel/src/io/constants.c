// SPDX-License-Identifier: Apache-2.0
#include "constants.h"

#include <stdio.h>
#include <string.h>

static const cyaml_schema_field_t FIELDS[] = {
    SE_YAML_REQUIRED(struct se_constant_entry, name),
    SE_YAML_REQUIRED(struct se_constant_entry, value),
    SE_YAML_REQUIRED(struct se_constant_entry, low),
    SE_YAML_REQUIRED(struct se_constant_entry, high),
    SE_YAML_REQUIRED(struct se_constant_entry, unit),
    SE_YAML_REQUIRED(struct se_constant_entry, source),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t se_constant_entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct se_constant_entry, FIELDS),
};

static enum se_status interpret(const struct se_yaml *yaml, const struct se_constant_entry *e,
                                const struct se_constant_spec *spec, struct se_constant *c) {
    struct se_band *band = &c->band;
    if (strcmp(e->unit, spec->unit) != 0) {
        return se_yaml_refuse_value(yaml, "unit", e->unit, spec->unit);
    }
    if (!*e->source || strlen(e->source) >= sizeof c->source) {
        return se_yaml_refuse(yaml, "source", "is empty or too long");
    }
    enum se_status status = se_yaml_number(yaml, "value", e->value, &band->value);
    if (!status) {
        status = se_yaml_number(yaml, "low", e->low, &band->low);
    }
    if (!status) {
        status = se_yaml_number(yaml, "high", e->high, &band->high);
    }
    if (!status && !(band->low >= 0 && band->low <= band->value && band->value <= band->high)) {
        status = se_yaml_refuse(yaml, "value", "is not between low, 0 or more, and high");
    }
    c->name = spec->name;
    c->unit = spec->unit;
    strcpy(c->source, e->source);
    return status;
}

static size_t find(const struct se_constant_spec *specs, size_t n, const char *name) {
    size_t i = 0;
    while (i < n && strcmp(specs[i].name, name) != 0) {
        i++;
    }
    return i;
}

enum se_status se_constants_interpret(struct se_yaml *yaml, const char *where, size_t entries,
                                      const struct se_constant_entry *entry, size_t n,
                                      const struct se_constant_spec *specs,
                                      struct se_constant *constants) {
    char place[80];
    yaml->entry = place;
    for (size_t i = 0; i < n; i++) {
        constants[i].name = NULL;
    }
    for (size_t i = 0; i < entries; i++) {
        size_t at = find(specs, n, entry[i].name);
        snprintf(place, sizeof place, "%sconstant %.30s", where, entry[i].name);
        if (at == n || constants[at].name) {
            return se_yaml_refuse(yaml, "name", at == n ? "is not known" : "stands there twice");
        }
        enum se_status status = interpret(yaml, &entry[i], &specs[at], &constants[at]);
        if (status) {
            return status;
        }
    }
    yaml->entry = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!constants[i].name) {
            snprintf(place, sizeof place, "%sconstant %.30s", where, specs[i].name);
            return se_yaml_refuse(yaml, place, "is missing");
        }
    }
    return SE_OK;
}
