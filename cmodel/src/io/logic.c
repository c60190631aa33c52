// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/logic.h"

#include "folder.h"
#include "yaml.h"

#include <stdio.h>
#include <string.h>

enum { PATH_LENGTH = 512 };

const char *const se_logic_quantity_names[] = {"ge", "flip_flops", "ns", NULL};

struct parameter {
    char *name, *least, *most, *standard;
};

struct term {
    char *what, *times, *ge, *flip_flops, *ns;
};

struct part {
    char *block, *times, *given;
};

struct file {
    char *library, *gate_area, *ge_error, *ns_error;
    struct parameter *parameters;
    struct term *terms;
    struct part *parts;
    unsigned parameters_count, terms_count, parts_count;
};

static const cyaml_schema_field_t PARAMETER_FIELDS[] = {
    SE_YAML_REQUIRED(struct parameter, name),
    SE_YAML_REQUIRED(struct parameter, least),
    SE_YAML_REQUIRED(struct parameter, most),
    CYAML_FIELD_STRING_PTR("default", CYAML_FLAG_POINTER, struct parameter, standard, 0,
                           CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t PARAMETER = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct parameter, PARAMETER_FIELDS),
};

static const cyaml_schema_field_t TERM_FIELDS[] = {
    SE_YAML_REQUIRED(struct term, what), SE_YAML_REQUIRED(struct term, times),
    SE_YAML_REQUIRED(struct term, ge),   SE_YAML_REQUIRED(struct term, flip_flops),
    SE_YAML_REQUIRED(struct term, ns),   CYAML_FIELD_END,
};

static const cyaml_schema_value_t TERM = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct term, TERM_FIELDS),
};

static const cyaml_schema_field_t PART_FIELDS[] = {
    SE_YAML_REQUIRED(struct part, block),
    SE_YAML_REQUIRED(struct part, times),
    SE_YAML_REQUIRED(struct part, given),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t PART = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct part, PART_FIELDS),
};

static const cyaml_schema_field_t FILE_FIELDS[] = {
    SE_YAML_REQUIRED(struct file, library),
    SE_YAML_REQUIRED(struct file, gate_area),
    SE_YAML_REQUIRED(struct file, ge_error),
    SE_YAML_REQUIRED(struct file, ns_error),
    CYAML_FIELD_SEQUENCE("parameters", CYAML_FLAG_POINTER, struct file, parameters, &PARAMETER, 0,
                         SE_LOGIC_PARAMETERS_MAX),
    CYAML_FIELD_SEQUENCE("terms", CYAML_FLAG_POINTER, struct file, terms, &TERM, 1,
                         SE_LOGIC_TERMS_MAX),
    CYAML_FIELD_SEQUENCE("parts", CYAML_FLAG_POINTER, struct file, parts, &PART, 0,
                         SE_LOGIC_PARTS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t FILE_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, FILE_FIELDS),
};

static enum se_status text(const struct se_yaml *yaml, const char *key, const char *from,
                           size_t size, char *to) {
    if (strlen(from) >= size) {
        return se_yaml_refuse(yaml, key, "is too long");
    }
    strcpy(to, from);
    return SE_OK;
}

static enum se_status read_parameter(const struct se_yaml *yaml, const struct parameter *from,
                                     struct se_logic_parameter *to) {
    enum se_status status = text(yaml, "name", from->name, sizeof to->name, to->name);
    if (!status) {
        status = se_yaml_number(yaml, "least", from->least, &to->least);
    }
    if (!status) {
        status = se_yaml_number(yaml, "most", from->most, &to->most);
    }
    if (!status) {
        status = se_yaml_number(yaml, "default", from->standard, &to->standard);
    }
    if (!status && !(to->least <= to->standard && to->standard <= to->most)) {
        status = se_yaml_refuse(yaml, "default", "is not from least to most");
    }
    return status;
}

static enum se_status read_term(const struct se_yaml *yaml, const struct term *from,
                                struct se_logic_term *to) {
    const char *const numbers[] = {from->ge, from->flip_flops, from->ns};
    enum se_status status = text(yaml, "what", from->what, sizeof to->what, to->what);
    if (!status) {
        status = text(yaml, "times", from->times, sizeof to->times, to->times);
    }
    for (int q = 0; q < SE_LOGIC_QUANTITIES && !status; q++) {
        status = se_yaml_number(yaml, se_logic_quantity_names[q], numbers[q], &to->c[q]);
    }
    return status;
}

static enum se_status read_part(const struct se_yaml *yaml, const struct part *from,
                                struct se_logic_part *to) {
    enum se_status status = text(yaml, "block", from->block, sizeof to->block, to->block);
    if (!status) {
        status = text(yaml, "times", from->times, sizeof to->times, to->times);
    }
    return status ? status : text(yaml, "given", from->given, sizeof to->given, to->given);
}

static enum se_status read_head(const struct se_yaml *yaml, const struct file *from,
                                struct se_logic_block *to) {
    enum se_status status = text(yaml, "library", from->library, sizeof to->library, to->library);
    if (!status) {
        status = se_yaml_number(yaml, "gate_area", from->gate_area, &to->gate_area);
    }
    if (!status) {
        status = se_yaml_number(yaml, "ge_error", from->ge_error, &to->ge_error);
    }
    if (!status) {
        status = se_yaml_number(yaml, "ns_error", from->ns_error, &to->ns_error);
    }
    if (!status && !(to->gate_area > 0)) {
        status = se_yaml_refuse(yaml, "gate_area", "is not above 0");
    }
    if (!status && !(to->ge_error >= 0 && to->ge_error < 1)) {
        status = se_yaml_refuse(yaml, "ge_error", "is not from 0 to below 1");
    }
    if (!status && !(to->ns_error >= 0 && to->ns_error < 1)) {
        status = se_yaml_refuse(yaml, "ns_error", "is not from 0 to below 1");
    }
    return status;
}

static enum se_status read_file(const struct se_yaml *yaml, const struct file *from,
                                struct se_logic_block *to) {
    enum se_status status = read_head(yaml, from, to);
    to->parameters = from->parameters_count;
    to->terms = from->terms_count;
    to->parts = from->parts_count;
    for (size_t i = 0; i < to->parameters && !status; i++) {
        status = read_parameter(yaml, &from->parameters[i], &to->parameter[i]);
    }
    for (size_t i = 0; i < to->terms && !status; i++) {
        status = read_term(yaml, &from->terms[i], &to->term[i]);
    }
    for (size_t i = 0; i < to->parts && !status; i++) {
        status = read_part(yaml, &from->parts[i], &to->part[i]);
    }
    return status;
}

enum se_status se_logic_load(const char *directory, const char *library, const char *block,
                             struct se_logic_block *logic, struct se_error *err) {
    char folder[PATH_LENGTH], path[PATH_LENGTH];
    struct se_yaml yaml;
    struct file *file;
    enum se_status status =
        se_folder_find(directory, "library", library, "", sizeof folder, folder, err);
    if (!status) {
        status = se_folder_find(folder, "block", block, ".yaml", sizeof path, path, err);
    }
    if (!status) {
        status = se_yaml_load(&yaml, path, &FILE_SCHEMA, (void **)&file, err);
    }
    if (!status) {
        snprintf(logic->name, sizeof logic->name, "%s", block);
        status = read_file(&yaml, file, logic);
        se_yaml_free(&FILE_SCHEMA, file);
    }
    return status;
}
