// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/gate_energy.h"

#include "folder.h"
#include "yaml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_LENGTH = 512, BYTES_MAX = 1 << 16 };

struct entry {
    char *block, *operation, *pj, *parameters, *operations, *vectors;
};

struct file {
    char *library, *voltage;
    struct entry *blocks;
    unsigned blocks_count;
};

static const cyaml_schema_field_t ENTRY_FIELDS[] = {
    SE_YAML_REQUIRED(struct entry, block),
    SE_YAML_REQUIRED(struct entry, operation),
    SE_YAML_REQUIRED(struct entry, pj),
    SE_YAML_REQUIRED(struct entry, parameters),
    SE_YAML_REQUIRED(struct entry, operations),
    SE_YAML_REQUIRED(struct entry, vectors),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t ENTRY = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, ENTRY_FIELDS),
};

static const cyaml_schema_field_t FILE_FIELDS[] = {
    SE_YAML_REQUIRED(struct file, library),
    SE_YAML_REQUIRED(struct file, voltage),
    CYAML_FIELD_SEQUENCE("blocks", CYAML_FLAG_POINTER, struct file, blocks, &ENTRY, 1,
                         SE_GATE_ENERGIES_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, FILE_FIELDS),
};

static enum se_status read_positive(const struct se_yaml *yaml, const char *key, const char *text,
                                    double *to) {
    enum se_status status = se_yaml_number(yaml, key, text, to);
    return !status && !(*to > 0) ? se_yaml_refuse_value(yaml, key, text, "above 0") : status;
}

static enum se_status read_texts(const struct se_yaml *yaml, const struct entry *e,
                                 struct se_gate_energy *to) {
    const struct {
        const char *key, *text;
        size_t size;
        char *to;
    } texts[] = {
        {"block", e->block, sizeof to->block, to->block},
        {"operation", e->operation, sizeof to->operation, to->operation},
        {"parameters", e->parameters, sizeof to->parameters, to->parameters},
        {"vectors", e->vectors, sizeof to->vectors, to->vectors},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strlen(texts[i].text) >= texts[i].size) {
            return se_yaml_refuse(yaml, texts[i].key, "is too long");
        }
        strcpy(texts[i].to, texts[i].text);
    }
    return SE_OK;
}

static enum se_status read_file(struct se_yaml *yaml, const struct file *file,
                                struct se_gate_energies *to) {
    if (strlen(file->library) >= sizeof to->library) {
        return se_yaml_refuse(yaml, "library", "is too long");
    }
    strcpy(to->library, file->library);
    to->n = file->blocks_count;
    enum se_status status = read_positive(yaml, "voltage", file->voltage, &to->voltage);
    for (size_t i = 0; i < to->n && !status; i++) {
        const struct entry *e = &file->blocks[i];
        char place[60];
        snprintf(place, sizeof place, "block %.40s", e->block);
        yaml->entry = place;
        status = read_texts(yaml, e, &to->at[i]);
        if (!status) {
            status = read_positive(yaml, "pj", e->pj, &to->at[i].pj);
        }
        if (!status) {
            status = read_positive(yaml, "operations", e->operations, &to->at[i].operations);
        }
        yaml->entry = NULL;
    }
    return status;
}

enum se_status se_gate_energies_load(const char *directory, const char *library,
                                     struct se_gate_energies *energies, struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_yaml yaml;
    struct file *file;
    enum se_status status =
        se_folder_find(directory, "library", library, ".yaml", sizeof path, path, err);
    char *text = status ? NULL : malloc(BYTES_MAX + 1);
    if (!status && !text) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %s", path);
    }
    if (!status) {
        status = se_yaml_load_long(&yaml, path, BYTES_MAX, text, &SCHEMA, (void **)&file, err);
    }
    if (!status) {
        status = read_file(&yaml, file, energies);
        se_yaml_free(&SCHEMA, file);
    }
    free(text);
    return status;
}

static const char idle[] = "idle cycle";

// How far an entry's value of a parameter is from the one asked for. Several of a thing are another
// block than one, which needs no search; of both, more is the upper end, and nearer.
static double apart(double asked, double entry) {
    enum { ONE_FOR_SEVERAL = 2, SEVERAL_FOR_ONE = 1 };
    if (asked == entry) {
        return 0;
    }
    if (!(asked > 0 && entry > 0)) {
        return ONE_FOR_SEVERAL; // there or not
    }
    return fabs(log(asked / entry)) + (entry == 1   ? ONE_FOR_SEVERAL
                                       : asked == 1 ? SEVERAL_FOR_ONE
                                                    : 0);
}

// Of "NAME=VALUE,NAME=VALUE" from the values of the same names; a little nearer for each that is
// the same, so that an entry that says more comes first.
static double distance(const char *parameters, size_t n, const struct se_named_number *values) {
    const double same = 1e-6;
    double sum = 0;
    char name[SE_NAME_LENGTH];
    double value;
    int length;
    while (sscanf(parameters, " %31[^=]=%lf%n", name, &value, &length) == 2) {
        for (size_t i = 0; i < n; i++) {
            if (!strcmp(values[i].name, name)) {
                sum += values[i].value == value ? -same : apart(values[i].value, value);
            }
        }
        parameters += length;
        parameters += *parameters == ',';
    }
    return sum;
}

const struct se_gate_energy *se_gate_energy_find(const struct se_gate_energies *energies,
                                                 const char *block, size_t n,
                                                 const struct se_named_number *values) {
    const struct se_gate_energy *best = NULL;
    for (size_t i = 0; i < energies->n; i++) {
        const struct se_gate_energy *e = &energies->at[i];
        if (!strcmp(e->block, block) && strcmp(e->operation, idle) != 0 &&
            (!best || distance(e->parameters, n, values) < distance(best->parameters, n, values))) {
            best = e;
        }
    }
    return best;
}

const struct se_gate_energy *se_gate_energy_idle(const struct se_gate_energies *energies,
                                                 const struct se_gate_energy *of) {
    for (size_t i = 0; i < energies->n; i++) {
        const struct se_gate_energy *e = &energies->at[i];
        if (!strcmp(e->block, of->block) && !strcmp(e->operation, idle) &&
            !strcmp(e->parameters, of->parameters)) {
            return e;
        }
    }
    return NULL;
}
