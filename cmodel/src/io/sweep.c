// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/sweep.h"

#include "yaml.h"

#include <stdio.h>
#include <string.h>

struct entry {
    char *name, *code_bits, *rule, *bases, *scale, *percentile, *ratio;
};

struct document {
    struct entry *formats;
    unsigned formats_count;
};

static const cyaml_schema_field_t ENTRY_FIELDS[] = {
    SE_YAML_REQUIRED(struct entry, name),  SE_YAML_REQUIRED(struct entry, code_bits),
    SE_YAML_OPTIONAL(struct entry, rule),  SE_YAML_OPTIONAL(struct entry, bases),
    SE_YAML_OPTIONAL(struct entry, scale), SE_YAML_OPTIONAL(struct entry, percentile),
    SE_YAML_OPTIONAL(struct entry, ratio), CYAML_FIELD_END,
};

static const cyaml_schema_value_t ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, ENTRY_FIELDS),
};

static const cyaml_schema_field_t DOCUMENT_FIELDS[] = {
    CYAML_FIELD_SEQUENCE("formats", CYAML_FLAG_POINTER, struct document, formats, &ENTRY, 1,
                         SE_SWEEP_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, DOCUMENT_FIELDS),
};

static enum se_status read_ratio(const struct se_yaml *yaml, const char *value,
                                 struct se_calibration *c) {
    if (!c->dual) {
        c->ratio_choice = SE_RATIO_FIXED;
        return value ? se_yaml_refuse(yaml, "ratio", "is for rules R1 to R3") : SE_OK;
    }
    c->ratio_choice = !value || !strcmp(value, "free") ? SE_RATIO_FREE
                      : !strcmp(value, "pow2")         ? SE_RATIO_POW2
                                                       : SE_RATIO_FIXED;
    return c->ratio_choice == SE_RATIO_FIXED ? se_yaml_float(yaml, "ratio", value, &c->ratio)
                                             : SE_OK;
}

static enum se_status read_entry(const struct se_yaml *yaml, const struct entry *e,
                                 struct se_sweep_format *format) {
    static const char *const bases[] = {"signed", "free", NULL};
    struct se_calibration *c = &format->calibration;
    int rule = SE_RULE_NONE, free_bases = 0, scale = SE_SCALE_LEAST_ERROR;
    float percentile = 99;
    *c = (struct se_calibration){.ratio = 1};
    if (strlen(e->name) >= sizeof format->name) {
        return se_yaml_refuse(yaml, "name", "is too long");
    }
    strcpy(format->name, e->name);
    enum se_status status = se_yaml_integer(yaml, "code_bits", e->code_bits, &c->code_bits);
    if (!status) {
        status = se_yaml_choice(yaml, "rule", e->rule, se_rule_names, "none, R1, R2 or R3", &rule);
    }
    if (!status) {
        status = se_yaml_choice(yaml, "bases", e->bases, bases, "signed or free", &free_bases);
    }
    if (!status) {
        status = se_yaml_choice(yaml, "scale", e->scale, se_scale_names,
                                "absmax, percentile or least-error", &scale);
    }
    if (!status) {
        status = se_yaml_float(yaml, "percentile", e->percentile, &percentile);
    }
    c->dual = rule != SE_RULE_NONE;
    c->rule = (enum se_rule)rule;
    c->free_bases = free_bases;
    c->scale = (enum se_scale_method)scale;
    c->percentile = (double)percentile;
    if (!status) {
        status = read_ratio(yaml, e->ratio, c);
    }
    struct se_error cause;
    if (!status && se_calibration_check(c, &cause)) {
        status =
            se_fail(yaml->err, SE_INVALID, "%s: %s: %s", yaml->path, yaml->entry, cause.message);
    }
    return status;
}

enum se_status se_sweep_load(const char *path, struct se_sweep *sweep, struct se_error *err) {
    struct se_yaml yaml;
    struct document *document;
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&document, err);
    if (status) {
        return status;
    }
    sweep->n = document->formats_count;
    for (size_t i = 0; i < sweep->n && !status; i++) {
        char entry[64];
        snprintf(entry, sizeof entry, "format %zu (%.32s)", i + 1, document->formats[i].name);
        yaml.entry = entry;
        status = read_entry(&yaml, &document->formats[i], &sweep->formats[i]);
    }
    se_yaml_free(&SCHEMA, document);
    return status;
}
