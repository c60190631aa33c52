// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/engine_config.h"

#include "quantizer_yaml.h"

struct values {
    struct se_quantizer_values *quantizer;
    char *gate, *state, *lanes;
};

static const cyaml_schema_field_t FIELDS[] = {
    CYAML_FIELD_MAPPING_PTR("quantizer", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct values,
                            quantizer, se_quantizer_fields),
    SE_YAML_OPTIONAL(struct values, gate),
    SE_YAML_OPTIONAL(struct values, state),
    SE_YAML_OPTIONAL(struct values, lanes),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, FIELDS),
};

struct se_engine_config se_engine_config_default(void) {
    return (struct se_engine_config){.gate = true, .state_mode = SE_STATE_FP32};
}

static enum se_status interpret(const struct se_yaml *r, const struct values *v,
                                struct se_engine_config *config) {
    static const char *const booleans[] = {"false", "true", NULL};
    static const char *const lane_counts[] = {"1", "2", "4", "8", "16", NULL};
    int gate = config->gate, state = config->state_mode, log2_lanes = -1;
    enum se_status status = se_yaml_choice(r, "gate", v->gate, booleans, "true or false", &gate);
    if (!status) {
        status = se_yaml_choice(r, "state", v->state, se_state_mode_names,
                                "fp32, int8-final or int8-step", &state);
    }
    if (!status) {
        status = se_yaml_choice(r, "lanes", v->lanes, lane_counts, "1, 2, 4, 8 or 16", &log2_lanes);
    }
    if (!status && v->quantizer) {
        status = se_quantizer_interpret(r, v->quantizer, &config->quantizer, NULL);
        config->has_quantizer = true;
    }
    config->gate = gate;
    config->state_mode = (enum se_state_mode)state;
    config->lanes = log2_lanes < 0 ? 0 : 1 << log2_lanes;
    return status;
}

enum se_status se_engine_config_load(const char *path, struct se_engine_config *config,
                                     struct se_error *err) {
    struct se_yaml yaml;
    struct values *values;
    struct se_engine_config read = se_engine_config_default();
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&values, err);
    if (!status) {
        status = interpret(&yaml, values, &read);
        se_yaml_free(&SCHEMA, values);
    }
    if (!status) {
        *config = read;
    }
    return status;
}
