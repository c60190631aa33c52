// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/system_config.h"

#include "yaml.h"

struct values {
    char *model, *phase, *tokens, *weights, *activations, *conv_output, *x_proj, *state;
    char *pipelining, *tile_tokens, *clock_mhz, *dram_gb_per_s, *dram_latency_ns;
    char *weight_kb, *activation_kb, *state_kb, *activation_bytes_per_cycle;
    char *gemm_int8_macs, *gemm_int4_macs, *gemm_fp16_macs, *conv_engines, *scan_engines, *lanes;
};

static const cyaml_schema_field_t FIELDS[] = {
    SE_YAML_REQUIRED(struct values, model),
    SE_YAML_OPTIONAL(struct values, phase),
    SE_YAML_OPTIONAL(struct values, tokens),
    SE_YAML_OPTIONAL(struct values, weights),
    SE_YAML_OPTIONAL(struct values, activations),
    SE_YAML_OPTIONAL(struct values, conv_output),
    SE_YAML_OPTIONAL(struct values, x_proj),
    SE_YAML_OPTIONAL(struct values, state),
    SE_YAML_OPTIONAL(struct values, pipelining),
    SE_YAML_OPTIONAL(struct values, tile_tokens),
    SE_YAML_OPTIONAL(struct values, clock_mhz),
    SE_YAML_OPTIONAL(struct values, dram_gb_per_s),
    SE_YAML_OPTIONAL(struct values, dram_latency_ns),
    SE_YAML_OPTIONAL(struct values, weight_kb),
    SE_YAML_OPTIONAL(struct values, activation_kb),
    SE_YAML_OPTIONAL(struct values, state_kb),
    SE_YAML_OPTIONAL(struct values, activation_bytes_per_cycle),
    SE_YAML_OPTIONAL(struct values, gemm_int8_macs),
    SE_YAML_OPTIONAL(struct values, gemm_int4_macs),
    SE_YAML_OPTIONAL(struct values, gemm_fp16_macs),
    SE_YAML_OPTIONAL(struct values, conv_engines),
    SE_YAML_OPTIONAL(struct values, scan_engines),
    SE_YAML_OPTIONAL(struct values, lanes),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, FIELDS),
};

static enum se_status choices(const struct se_yaml *r, const struct values *v,
                              struct se_system *s) {
    static const char *const phases[] = {"prefill", "decode", NULL};
    static const char *const activations[] = {"int8", "fp16", NULL};
    static const char *const x_projs[] = {"code", "copy", NULL};
    static const char *const states[] = {"int8", "fp32", NULL};
    static const char *const booleans[] = {"false", "true", NULL};
    int decode = s->decode, weights = (int)s->weights, fp16 = s->activation_bits == 16;
    int copy = s->x_proj_copy, fp32 = s->state_bits == 32, pipelining = s->pipelining;
    const struct {
        const char *key, *value;
        const char *const *names;
        const char *what;
        int *chosen;
    } c[] = {
        {"phase", v->phase, phases, "prefill or decode", &decode},
        {"weights", v->weights, se_weights_names, "fp16, int8 or int4", &weights},
        {"activations", v->activations, activations, "int8 or fp16", &fp16},
        {"conv_output", v->conv_output, se_input_mode_names, "an input mode", &s->conv_output},
        {"x_proj", v->x_proj, x_projs, "code or copy", &copy},
        {"state", v->state, states, "int8 or fp32", &fp32},
        {"pipelining", v->pipelining, booleans, "true or false", &pipelining},
    };
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof c / sizeof *c && !status; i++) {
        status = se_yaml_choice(r, c[i].key, c[i].value, c[i].names, c[i].what, c[i].chosen);
    }
    s->decode = decode;
    s->weights = (enum se_weights)weights;
    s->activation_bits = fp16 ? 16 : 8;
    s->x_proj_copy = copy;
    s->state_bits = fp32 ? 32 : 8;
    s->pipelining = pipelining;
    return status;
}

static enum se_status numbers(const struct se_yaml *r, const struct values *v,
                              struct se_system *s) {
    const struct {
        const char *key, *value;
        int *integer;
        float *real;
    } n[] = {
        {"tokens", v->tokens, &s->tokens, NULL},
        {"tile_tokens", v->tile_tokens, &s->tile_tokens, NULL},
        {"clock_mhz", v->clock_mhz, NULL, &s->clock_mhz},
        {"dram_gb_per_s", v->dram_gb_per_s, NULL, &s->dram_gb_per_s},
        {"dram_latency_ns", v->dram_latency_ns, NULL, &s->dram_latency_ns},
        {"weight_kb", v->weight_kb, &s->weight_kb, NULL},
        {"activation_kb", v->activation_kb, &s->activation_kb, NULL},
        {"state_kb", v->state_kb, &s->state_kb, NULL},
        {"activation_bytes_per_cycle", v->activation_bytes_per_cycle,
         &s->activation_bytes_per_cycle, NULL},
        {"gemm_int8_macs", v->gemm_int8_macs, &s->gemm_macs[SE_WEIGHTS_INT8], NULL},
        {"gemm_int4_macs", v->gemm_int4_macs, &s->gemm_macs[SE_WEIGHTS_INT4], NULL},
        {"gemm_fp16_macs", v->gemm_fp16_macs, &s->gemm_macs[SE_WEIGHTS_FP16], NULL},
        {"conv_engines", v->conv_engines, &s->conv_engines, NULL},
        {"scan_engines", v->scan_engines, &s->scan_engines, NULL},
        {"lanes", v->lanes, &s->lanes, NULL},
    };
    enum se_status status = SE_OK;
    for (size_t i = 0; i < sizeof n / sizeof *n && !status; i++) {
        status = n[i].integer ? se_yaml_integer(r, n[i].key, n[i].value, n[i].integer)
                              : se_yaml_float(r, n[i].key, n[i].value, n[i].real);
    }
    return status;
}

static enum se_status interpret(const struct se_yaml *r, const struct values *v, const char *models,
                                struct se_system *s) {
    struct se_chip_model model;
    enum se_status status = se_chip_model_load(models, v->model, &model, r->err);
    if (status) {
        return status;
    }
    *s = se_system_default(&model);
    status = choices(r, v, s);
    return status ? status : numbers(r, v, s);
}

enum se_status se_system_load(const char *path, const char *models, struct se_system *system,
                              struct se_error *err) {
    struct se_yaml yaml;
    struct values *values;
    struct se_system read;
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&values, err);
    if (!status) {
        status = interpret(&yaml, values, models, &read);
        se_yaml_free(&SCHEMA, values);
    }
    if (!status) {
        struct se_error why;
        status = se_system_check(&read, &why);
        if (status) {
            return se_fail(err, status, "%.200s: %.300s", path, why.message);
        }
        *system = read;
    }
    return status;
}
