// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip.h"

#include "yaml.h"

#include <stdio.h>
#include <string.h>

enum { MODELS_MAX = 128 };

// ---- models -------------------------------------------------------------------------------------

struct entry {
    char *name, *version, *d_model, *layers, *d_inner, *d_state, *headdim, *groups, *source;
    char *vocabulary;
};

struct document {
    struct entry *models;
    unsigned models_count;
};

static const cyaml_schema_field_t ENTRY_FIELDS[] = {
    SE_YAML_REQUIRED(struct entry, name),
    SE_YAML_REQUIRED(struct entry, version),
    SE_YAML_REQUIRED(struct entry, d_model),
    SE_YAML_REQUIRED(struct entry, layers),
    SE_YAML_REQUIRED(struct entry, d_inner),
    SE_YAML_REQUIRED(struct entry, d_state),
    SE_YAML_REQUIRED(struct entry, headdim),
    SE_YAML_REQUIRED(struct entry, groups),
    SE_YAML_REQUIRED(struct entry, source),
    SE_YAML_REQUIRED(struct entry, vocabulary),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, ENTRY_FIELDS),
};

static const cyaml_schema_field_t DOCUMENT_FIELDS[] = {
    CYAML_FIELD_SEQUENCE("models", CYAML_FLAG_POINTER, struct document, models, &ENTRY, 1,
                         MODELS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t DOCUMENT = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, DOCUMENT_FIELDS),
};

// Keys with integers, in one place for models and configurations.
struct integer {
    const char *key, *value;
    int *to;
};

static enum se_status read_integers(const struct se_yaml *yaml, size_t n,
                                    const struct integer *integers) {
    enum se_status status = SE_OK;
    for (size_t i = 0; i < n && !status; i++) {
        status = se_yaml_integer(yaml, integers[i].key, integers[i].value, integers[i].to);
    }
    return status;
}

static enum se_status read_model(struct se_yaml *yaml, const struct entry *e,
                                 struct se_chip_model *m) {
    const struct integer integers[] = {
        {"version", e->version, &m->version}, {"d_model", e->d_model, &m->d_model},
        {"layers", e->layers, &m->layers},    {"d_inner", e->d_inner, &m->d_inner},
        {"d_state", e->d_state, &m->d_state}, {"headdim", e->headdim, &m->headdim},
        {"groups", e->groups, &m->groups},    {"vocabulary", e->vocabulary, &m->vocabulary},
    };
    if (strlen(e->name) >= sizeof m->name || strlen(e->source) >= sizeof m->source) {
        return se_yaml_refuse(yaml, "name", "or source is too long");
    }
    strcpy(m->name, e->name);
    strcpy(m->source, e->source);
    enum se_status status = read_integers(yaml, sizeof integers / sizeof *integers, integers);
    if (!status && m->version != 1 && m->version != 2) {
        status = se_yaml_refuse(yaml, "version", "is not 1 or 2");
    }
    struct se_error cause;
    struct se_chip chip = se_chip_default(m);
    chip.lookup = SE_CHIP_NONE; // whether there can be a table is the chip's matter
    if (!status && se_chip_check(&chip, &cause)) {
        status = se_fail(yaml->err, SE_INVALID, "%s: %s: %s", yaml->path, m->name, cause.message);
    }
    return status;
}

static enum se_status find_model(struct se_yaml *yaml, const struct document *document,
                                 const char *name, struct se_chip_model *model) {
    char names[300] = "", place[60];
    for (unsigned i = 0; i < document->models_count; i++) {
        const struct entry *e = &document->models[i];
        if (!strcmp(e->name, name)) {
            snprintf(place, sizeof place, "model %.40s", name);
            yaml->entry = place;
            return read_model(yaml, e, model);
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, " %.40s", e->name);
    }
    return se_fail(yaml->err, SE_INVALID, "there is no model %.40s in %s, which has%s", name,
                   yaml->path, names);
}

enum se_status se_chip_model_load(const char *path, const char *name, struct se_chip_model *model,
                                  struct se_error *err) {
    struct se_yaml yaml;
    struct document *document;
    enum se_status status = se_yaml_load(&yaml, path, &DOCUMENT, (void **)&document, err);
    if (!status) {
        status = find_model(&yaml, document, name, model);
        se_yaml_free(&DOCUMENT, document);
    }
    return status;
}

// ---- configurations -----------------------------------------------------------------------------

// In the order of the members of struct values.
const char *const se_chip_keys[] = {
    "model",  "layers",      "d_model",     "d_inner",    "d_state",      "headdim",
    "groups", "lookup",      "head_groups", "dim_groups", "table_layers", "bounds",
    "scales", "scale_words", "state",       "resident",   "mode",         "code_width",
    "lanes",  "tech",        "device",      NULL};

struct values {
    char *model, *layers, *d_model, *d_inner, *d_state, *headdim, *groups, *lookup, *head_groups,
        *dim_groups, *table_layers, *bounds, *scales, *scale_words, *state, *resident, *mode,
        *code_width, *lanes, *tech, *device;
};

_Static_assert(sizeof(struct values) == SE_CHIP_KEYS * sizeof(char *), "a key a member");

static const cyaml_schema_field_t VALUES_FIELDS[] = {
    SE_YAML_REQUIRED(struct values, model),        SE_YAML_OPTIONAL(struct values, layers),
    SE_YAML_OPTIONAL(struct values, d_model),      SE_YAML_OPTIONAL(struct values, d_inner),
    SE_YAML_OPTIONAL(struct values, d_state),      SE_YAML_OPTIONAL(struct values, headdim),
    SE_YAML_OPTIONAL(struct values, groups),       SE_YAML_OPTIONAL(struct values, lookup),
    SE_YAML_OPTIONAL(struct values, head_groups),  SE_YAML_OPTIONAL(struct values, dim_groups),
    SE_YAML_OPTIONAL(struct values, table_layers), SE_YAML_OPTIONAL(struct values, bounds),
    SE_YAML_OPTIONAL(struct values, scales),       SE_YAML_OPTIONAL(struct values, scale_words),
    SE_YAML_OPTIONAL(struct values, state),        SE_YAML_OPTIONAL(struct values, resident),
    SE_YAML_OPTIONAL(struct values, mode),         SE_YAML_OPTIONAL(struct values, code_width),
    SE_YAML_OPTIONAL(struct values, lanes),        SE_YAML_OPTIONAL(struct values, tech),
    SE_YAML_OPTIONAL(struct values, device),       CYAML_FIELD_END,
};

static const cyaml_schema_value_t VALUES = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, VALUES_FIELDS),
};

static enum se_status read_choices(const struct se_yaml *yaml, const struct values *v,
                                   struct se_chip *c) {
    static const char *const bounds[] = {"minimal", "int32", NULL},
                             *const scales[] = {"fp32", "fp16", NULL},
                             *const states[] = {"fp32", "int8", NULL},
                             *const residents[] = {"all", "double-buffered", NULL};
    int lookup = c->lookup, wide = 0, half = 0, int8 = 0, buffered = 0, device = c->device;
    const struct {
        const char *key, *value;
        const char *const *names;
        const char *what;
        int *to;
    } choices[] = {
        {"lookup", v->lookup, se_chip_lookup_names, "none, sequential, parallel, lut or cursor",
         &lookup},
        {"bounds", v->bounds, bounds, "minimal or int32", &wide},
        {"scales", v->scales, scales, "fp32 or fp16", &half},
        {"state", v->state, states, "fp32 or int8", &int8},
        {"resident", v->resident, residents, "all or double-buffered", &buffered},
        {"device", v->device, se_device_names, "hp, lstp or typical", &device},
    };
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof choices / sizeof *choices && !status; i++) {
        status = se_yaml_choice(yaml, choices[i].key, choices[i].value, choices[i].names,
                                choices[i].what, choices[i].to);
    }
    c->lookup = (enum se_chip_lookup)lookup;
    c->int32_bounds = wide;
    c->scale_bits = half ? 16 : 32;
    c->int8_state = int8;
    c->double_buffered = buffered;
    c->device = (enum se_device)device;
    return status;
}

static enum se_status read_mode(const struct se_yaml *yaml, const struct values *v,
                                struct se_chip *c) {
    if (v->mode && v->code_width) {
        return se_yaml_refuse(yaml, "code_width", "does not go with mode, which has one");
    }
    if (v->code_width) {
        c->mode = SE_CHIP_NO_MODE;
        return se_yaml_integer(yaml, "code_width", v->code_width, &c->code_width);
    }
    enum se_status status = se_yaml_choice(yaml, "mode", v->mode, se_input_mode_names,
                                           "an input mode (int8, w4a5-se-offset, ...)", &c->mode);
    c->code_width = status ? 0 : se_input_mode_bits((enum se_input_mode)c->mode);
    return status;
}

// All but whether it can be built.
static enum se_status read_values(const struct se_yaml *yaml, const struct values *v,
                                  const struct se_chip_model *model, struct se_chip *c) {
    *c = se_chip_default(model);
    const struct integer integers[] = {
        {"layers", v->layers, &c->model.layers},
        {"d_model", v->d_model, &c->model.d_model},
        {"d_inner", v->d_inner, &c->model.d_inner},
        {"d_state", v->d_state, &c->model.d_state},
        {"headdim", v->headdim, &c->model.headdim},
        {"groups", v->groups, &c->model.groups},
        {"head_groups", v->head_groups, &c->head_groups},
        {"dim_groups", v->dim_groups, &c->dim_groups},
        {"table_layers", v->table_layers, &c->table_layers},
        {"scale_words", v->scale_words, &c->scale_words},
        {"lanes", v->lanes, &c->lanes},
    };
    enum se_status status = read_integers(yaml, sizeof integers / sizeof *integers, integers);
    c->table_layers = v->table_layers ? c->table_layers : c->model.layers;
    if (!status) {
        status = read_choices(yaml, v, c);
    }
    if (!status) {
        status = read_mode(yaml, v, c);
    }
    if (!status && v->tech) {
        if (strlen(v->tech) >= sizeof c->tech) {
            return se_yaml_refuse(yaml, "tech", "is too long");
        }
        strcpy(c->tech, v->tech);
    }
    return status;
}

static enum se_status read_chip(const struct se_yaml *yaml, const struct values *v,
                                const char *models, struct se_chip *c) {
    struct se_chip_model model;
    struct se_error cause;
    enum se_status status = se_chip_model_load(models, v->model, &model, yaml->err);
    if (!status) {
        status = read_values(yaml, v, &model, c);
    }
    if (!status && se_chip_check(c, &cause)) {
        status = se_fail(yaml->err, SE_INVALID, "%s: %s", yaml->path, cause.message);
    }
    return status;
}

enum se_status se_chip_read(const char *path, const char *const values[SE_CHIP_KEYS],
                            const struct se_chip_model *model, struct se_chip *chip,
                            struct se_error *err) {
    const struct se_yaml yaml = {.path = path, .err = err, .text = ""};
    struct values v;
    memcpy(&v, values, sizeof v);
    return read_values(&yaml, &v, model, chip);
}

enum se_status se_chip_load(const char *path, const char *models, struct se_chip *chip,
                            struct se_error *err) {
    struct se_yaml yaml;
    struct values *values;
    enum se_status status = se_yaml_load(&yaml, path, &VALUES, (void **)&values, err);
    if (!status) {
        status = read_chip(&yaml, values, models, chip);
        se_yaml_free(&VALUES, values);
    }
    return status;
}
