// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/energy_profile.h"

#include "constants.h"
#include "w4a5se/memory.h"

#include <stdio.h>

// The memories on chip are banks of so much.
enum { BANK_BITS = 64 * 8192, BANK_WORD_BITS = 128, PATH_LENGTH = 500 };

static const struct se_constant_spec SPECS[SE_ENERGY_OF_FILE] = {
    {"mac_fp16", "pJ"},     {"mac_int8", "pJ"},    {"mac_int4", "pJ"},
    {"conv_channel", "pJ"}, {"scan_update", "pJ"},
};

struct list {
    struct se_constant_entry *constants;
    uint32_t constants_count;
};

static const cyaml_schema_field_t FIELDS[] = {
    SE_CONSTANTS_FIELD(struct list),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct list, FIELDS),
};

static enum se_status load_arithmetic(const char *directory, const char *name,
                                      struct se_constant *constants, struct se_error *err) {
    char path[PATH_LENGTH];
    struct se_yaml yaml;
    struct list *list;
    snprintf(path, sizeof path, "%.400s/system/%.40s.yaml", directory, name);
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&list, err);
    if (!status) {
        status = se_constants_interpret(&yaml, "", list->constants_count, list->constants,
                                        SE_ENERGY_OF_FILE, SPECS, constants);
        se_yaml_free(&SCHEMA, list);
    }
    return status;
}

static enum se_status price_memory(const struct se_tech *tech, struct se_constant *c,
                                   struct se_error *err) {
    const struct se_memory bank = {BANK_BITS, BANK_WORD_BITS, SE_PORTS_1RW};
    struct se_memory_estimate estimate;
    enum se_status status = se_memory_estimate(tech, SE_DEVICE_TYPICAL, &bank, &estimate, err);
    if (status) {
        return status;
    }
    const struct se_band *read = &estimate.by_kind[estimate.kind].q[SE_MEMORY_READ];
    *c = (struct se_constant){.name = "memory",
                              .unit = "pJ/bit",
                              .band = {read->value / BANK_WORD_BITS, read->low / BANK_WORD_BITS,
                                       read->high / BANK_WORD_BITS}};
    snprintf(c->source, sizeof c->source, "memory model: a read of a bank of %d kB, %d bits wide",
             BANK_BITS / 8192, BANK_WORD_BITS);
    return SE_OK;
}

enum se_status se_energy_profile_load(const char *directory, const char *name,
                                      struct se_energy_profile *profile, struct se_error *err) {
    enum se_status status = se_tech_load(directory, name, &profile->tech, err);
    if (!status) {
        status = load_arithmetic(directory, name, profile->constants, err);
    }
    if (!status) {
        profile->constants[SE_ENERGY_DRAM] = profile->tech.c[SE_TECH_DRAM_ENERGY];
        status = price_memory(&profile->tech, &profile->constants[SE_ENERGY_MEMORY], err);
    }
    return status;
}
