// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/tech.h"

#include "constants.h"
#include "folder.h"

#include <stdio.h>
#include <string.h>

enum { PATH_LENGTH = 512 };

const char *const se_device_names[] = {"hp", "lstp", "typical", NULL};

static const struct se_constant_spec TECH_SPECS[SE_TECH_CONSTANTS] = {
    [SE_TECH_GATE_RATIO] = {"gate_ratio", "1"},
    [SE_TECH_GATE_AREA] = {"gate_area", "um2/GE"},
    [SE_TECH_UTILISATION] = {"utilisation", "1"},
    [SE_TECH_GATE_DELAY] = {"gate_delay", "ns"},
    [SE_TECH_GATE_ENERGY] = {"gate_energy", "fJ/GE"},
    [SE_TECH_FLOP_GATES] = {"flop_gates", "GE/bit"},
    [SE_TECH_FLOP_PORT_GATES] = {"flop_port_gates", "GE/bit"},
    [SE_TECH_DRAM_ENERGY] = {"dram_energy", "pJ/bit"},
};

static const struct se_constant_spec SRAM_SPECS[SE_SRAM_CONSTANTS] = {
    [SE_SRAM_CELL] = {"cell", "um2"},
    [SE_SRAM_AREA_BASE] = {"area_base", "cells"},
    [SE_SRAM_AREA_BIT] = {"area_bit", "cells/bit"},
    [SE_SRAM_AREA_WORD] = {"area_word", "cells/bit"},
    [SE_SRAM_AREA2_BASE] = {"area2_base", "cells"},
    [SE_SRAM_AREA2_BIT] = {"area2_bit", "cells/bit"},
    [SE_SRAM_AREA2_WORD] = {"area2_word", "cells/bit"},
    [SE_SRAM_ACCESS_BASE] = {"access_base", "ns"},
    [SE_SRAM_ACCESS_EDGE] = {"access_edge", "ns/mm"},
    [SE_SRAM_READ_BASE] = {"read_base", "pJ"},
    [SE_SRAM_READ_CELL] = {"read_cell", "pJ/bit"},
    [SE_SRAM_READ_WORD] = {"read_word", "pJ/bit"},
    [SE_SRAM_READ_EDGE] = {"read_edge", "pJ/bit/mm"},
    [SE_SRAM_WRITE_BASE] = {"write_base", "pJ"},
    [SE_SRAM_WRITE_WORD] = {"write_word", "pJ/bit"},
    [SE_SRAM_WRITE_ROOT] = {"write_root", "pJ/sqrt(bit)"},
    [SE_SRAM_WRITE_EDGE] = {"write_edge", "pJ/bit/mm"},
    [SE_SRAM_LEAK_BIT] = {"leak_bit", "mW/bit"},
    [SE_SRAM_LEAK_AREA] = {"leak_area", "mW/mm2"},
    [SE_SRAM_FITTED_BITS] = {"fitted_bits", "bits"},
    [SE_SRAM_FITTED_WORD] = {"fitted_word", "bits"},
    [SE_SRAM_BEYOND] = {"beyond", "1"},
};

static const struct se_constant_spec ORGANISATION_SPECS[SE_ORGANISATION_CONSTANTS] = {
    [SE_ORGANISATION_DELAY_BANK] = {"delay_bank", "rows"},
    [SE_ORGANISATION_DELAY_BASE] = {"delay_base", "rows"},
    [SE_ORGANISATION_DELAY_COLUMN] = {"delay_column", "rows/column"},
    [SE_ORGANISATION_DELAY_EDGE] = {"delay_edge", "rows/cell"},
    [SE_ORGANISATION_ENERGY_BANK] = {"energy_bank", "rows/bank"},
    [SE_ORGANISATION_ENERGY_WORD] = {"energy_word", "rows"},
    [SE_ORGANISATION_PORT_READ] = {"port_read", "1"},
    [SE_ORGANISATION_EDGE_BIT] = {"edge_bit", "cells/bit"},
    [SE_ORGANISATION_EDGE_WORD] = {"edge_word", "cells/bit"},
};

// ---- the three kinds of file --------------------------------------------------------------------

struct list {
    struct se_constant_entry *constants;
    unsigned constants_count;
};

static const cyaml_schema_field_t LIST_FIELDS[] = {
    SE_CONSTANTS_FIELD(struct list),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t LIST = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct list, LIST_FIELDS),
};

struct model {
    char *device;
    struct se_constant_entry *constants;
    unsigned constants_count;
};

static const cyaml_schema_field_t MODEL_FIELDS[] = {
    SE_YAML_REQUIRED(struct model, device),
    SE_CONSTANTS_FIELD(struct model),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t MODEL = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct model, MODEL_FIELDS),
};

struct models {
    char *node_nm;
    struct model *models;
    unsigned models_count;
};

static const cyaml_schema_field_t MODELS_FIELDS[] = {
    SE_YAML_REQUIRED(struct models, node_nm),
    CYAML_FIELD_SEQUENCE("models", CYAML_FLAG_POINTER, struct models, models, &MODEL, 1,
                         SE_TECH_DEVICES),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t MODELS = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct models, MODELS_FIELDS),
};

struct profile {
    char *node_nm, *note, *sram, *logic;
    struct se_constant_entry *constants;
    unsigned constants_count;
};

static const cyaml_schema_field_t PROFILE_FIELDS[] = {
    SE_YAML_REQUIRED(struct profile, node_nm), SE_YAML_REQUIRED(struct profile, note),
    SE_YAML_REQUIRED(struct profile, sram),    SE_YAML_REQUIRED(struct profile, logic),
    SE_CONSTANTS_FIELD(struct profile),        CYAML_FIELD_END,
};

static const cyaml_schema_value_t PROFILE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct profile, PROFILE_FIELDS),
};

// ---- reading them -------------------------------------------------------------------------------

static enum se_status load_organisation(const char *directory, struct se_tech *tech,
                                        struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_yaml yaml;
    struct list *list;
    snprintf(path, sizeof path, "%.400s/sram/organisation.yaml", directory);
    enum se_status status = se_yaml_load(&yaml, path, &LIST, (void **)&list, err);
    if (!status) {
        status = se_constants_interpret(&yaml, "", list->constants_count, list->constants,
                                        SE_ORGANISATION_CONSTANTS, ORGANISATION_SPECS,
                                        tech->organisation);
        se_yaml_free(&LIST, list);
    }
    return status;
}

static enum se_status read_models(struct se_yaml *yaml, const struct models *models,
                                  struct se_tech *tech) {
    double node;
    enum se_status status = se_yaml_number(yaml, "node_nm", models->node_nm, &node);
    if (!status && node != tech->node_nm) {
        status = se_yaml_refuse(yaml, "node_nm", "is not that of the profile that names the file");
    }
    tech->models = models->models_count;
    for (size_t i = 0; i < tech->models && !status; i++) {
        const struct model *m = &models->models[i];
        int device = 0;
        char where[60];
        status = se_yaml_choice(yaml, "device", m->device, se_device_names, "hp, lstp or typical",
                                &device);
        tech->sram[i].device = (enum se_device)device;
        snprintf(where, sizeof where, "device %.20s: ", m->device);
        if (!status) {
            status = se_constants_interpret(yaml, where, m->constants_count, m->constants,
                                            SE_SRAM_CONSTANTS, SRAM_SPECS, tech->sram[i].c);
        }
    }
    for (size_t i = 0; i < tech->models && !status; i++) {
        if (!(tech->sram[i].c[SE_SRAM_CELL].band.low > 0)) {
            status = se_fail(yaml->err, SE_INVALID, "%s: constant cell: not above 0", yaml->path);
        }
    }
    if (!status && tech->models == 2 && tech->sram[0].device == tech->sram[1].device) {
        status = se_yaml_refuse(yaml, "models", "are twice of one device");
    }
    if (!status && (tech->sram[0].device == SE_DEVICE_TYPICAL) != (tech->models == 1)) {
        status = se_yaml_refuse(yaml, "models", "are neither typical nor hp and lstp");
    }
    return status;
}

static enum se_status load_sram(const char *directory, const char *name, struct se_tech *tech,
                                struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_yaml yaml;
    struct models *models;
    snprintf(path, sizeof path, "%.400s/sram/%.60s.yaml", directory, name);
    enum se_status status = se_yaml_load(&yaml, path, &MODELS, (void **)&models, err);
    if (!status) {
        status = read_models(&yaml, models, tech);
        se_yaml_free(&MODELS, models);
    }
    return status;
}

// Areas and times are divided by these.
static enum se_status check_signs(const struct se_yaml *yaml, const struct se_tech *tech) {
    static const enum se_tech_constant above_0[] = {SE_TECH_UTILISATION, SE_TECH_GATE_DELAY,
                                                    SE_TECH_GATE_ENERGY, SE_TECH_GATE_RATIO,
                                                    SE_TECH_GATE_AREA,   SE_TECH_FLOP_GATES};
    for (size_t i = 0; i < sizeof above_0 / sizeof *above_0; i++) {
        const struct se_constant *c = &tech->c[above_0[i]];
        const bool share = above_0[i] == SE_TECH_UTILISATION;
        if (!(c->band.low > 0) || (share && c->band.high > 1)) {
            return se_fail(yaml->err, SE_INVALID, "%s: constant %s: %s", yaml->path, c->name,
                           share ? "not above 0 and at most 1" : "not above 0");
        }
    }
    return SE_OK;
}

static enum se_status read_profile(struct se_yaml *yaml, const struct profile *p,
                                   const char *directory, struct se_tech *tech) {
    enum se_status status = se_yaml_number(yaml, "node_nm", p->node_nm, &tech->node_nm);
    if (!status && strlen(p->note) >= sizeof tech->note) {
        status = se_yaml_refuse(yaml, "note", "is too long");
    }
    if (!status && strlen(p->logic) >= sizeof tech->logic) {
        status = se_yaml_refuse(yaml, "logic", "is too long");
    }
    if (!status) {
        strcpy(tech->note, p->note);
        strcpy(tech->logic, p->logic);
        status = se_constants_interpret(yaml, "", p->constants_count, p->constants,
                                        SE_TECH_CONSTANTS, TECH_SPECS, tech->c);
    }
    if (!status) {
        status = check_signs(yaml, tech);
    }
    if (!status) {
        status = load_sram(directory, p->sram, tech, yaml->err);
    }
    return status ? status : load_organisation(directory, tech, yaml->err);
}

enum se_status se_tech_load(const char *directory, const char *name, struct se_tech *tech,
                            struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_yaml yaml;
    struct profile *profile;
    enum se_status status =
        se_folder_find(directory, "technology", name, ".yaml", sizeof path, path, err);
    if (!status) {
        status = se_yaml_load(&yaml, path, &PROFILE, (void **)&profile, err);
    }
    if (!status) {
        snprintf(tech->name, sizeof tech->name, "%s", name);
        status = read_profile(&yaml, profile, directory, tech);
        se_yaml_free(&PROFILE, profile);
    }
    return status;
}
