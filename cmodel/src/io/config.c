// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/config.h"

#include "quantizer_yaml.h"
#include "w4a5se/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const cyaml_schema_field_t se_quantizer_fields[] = {
    SE_YAML_REQUIRED(struct se_quantizer_values, code_bits),
    SE_YAML_OPTIONAL(struct se_quantizer_values, dual),
    SE_YAML_OPTIONAL(struct se_quantizer_values, base1),
    SE_YAML_OPTIONAL(struct se_quantizer_values, base2),
    SE_YAML_REQUIRED(struct se_quantizer_values, s1),
    SE_YAML_OPTIONAL(struct se_quantizer_values, ratio),
    SE_YAML_OPTIONAL(struct se_quantizer_values, thr_pos),
    SE_YAML_OPTIONAL(struct se_quantizer_values, thr_neg),
    SE_YAML_OPTIONAL(struct se_quantizer_values, rule),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct se_quantizer_values, se_quantizer_fields),
};

static enum se_status read_format(const struct se_yaml *r, const struct se_quantizer_values *v,
                                  struct se_format *format) {
    int bits = 0;
    enum se_status status = se_yaml_integer(r, "code_bits", v->code_bits, &bits);
    if (status) {
        return status;
    }
    if (bits < SE_CODE_BITS_MIN || bits > SE_CODE_BITS_MAX) {
        return se_yaml_refuse_value(r, "code_bits", v->code_bits, "in 4..8");
    }
    bool dual = v->ratio;
    if (v->dual) {
        dual = strcmp(v->dual, "true") == 0;
        if (!dual && strcmp(v->dual, "false") != 0) {
            return se_yaml_refuse_value(r, "dual", v->dual, "true or false");
        }
    }
    if (dual && !v->ratio) {
        return se_yaml_refuse(r, "ratio", "is missing, and dual: true needs it");
    }
    if (!dual && v->base2) {
        return se_yaml_refuse(r, "base2", "is for a dual format only");
    }
    *format = se_format_signed(bits, dual);
    status = se_yaml_integer(r, "base1", v->base1, &format->base1);
    if (!dual) {
        format->base2 = format->base1;
    }
    return status ? status : se_yaml_integer(r, "base2", v->base2, &format->base2);
}

enum se_status se_quantizer_interpret(const struct se_yaml *r, const struct se_quantizer_values *v,
                                      struct se_quantizer *q, enum se_rule *rule) {
    struct se_format format;
    int named = SE_RULE_NONE;
    float s1, ratio = 1, thr_pos = INFINITY, thr_neg = INFINITY;
    enum se_status status = read_format(r, v, &format);
    if (!status) {
        status = se_yaml_float(r, "s1", v->s1, &s1);
    }
    if (!status) {
        status = se_yaml_float(r, "ratio", v->ratio, &ratio);
    }
    if (!status) {
        status = se_yaml_float(r, "thr_pos", v->thr_pos, &thr_pos);
    }
    if (!status) {
        status = se_yaml_float(r, "thr_neg", v->thr_neg, &thr_neg);
    }
    if (!status) {
        status = se_yaml_choice(r, "rule", v->rule, se_rule_names, "none, R1, R2 or R3", &named);
    }
    if (status) {
        return status;
    }
    struct se_error cause;
    status = se_quantizer_init(q, format, s1, ratio, thr_pos, thr_neg, &cause);
    if (status) {
        return se_fail(r->err, status, "%s: %s", r->path, cause.message);
    }
    if (rule) {
        *rule = (enum se_rule)named;
    }
    return SE_OK;
}

enum se_status se_config_load(const char *path, struct se_quantizer *q, enum se_rule *rule,
                              struct se_error *err) {
    struct se_yaml yaml;
    struct se_quantizer_values *values;
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&values, err);
    if (!status) {
        status = se_quantizer_interpret(&yaml, values, q, rule);
        se_yaml_free(&SCHEMA, values);
    }
    return status;
}

static void print_float(FILE *stream, const char *indent, const char *key, float value) {
    if (isinf(value)) {
        fprintf(stream, "%s%s: %s\n", indent, key, value > 0 ? ".inf" : "-.inf");
    } else {
        fprintf(stream, "%s%s: %.9g\n", indent, key, (double)value);
    }
}

void se_quantizer_print(FILE *stream, const char *indent, const struct se_quantizer *q,
                        enum se_rule rule) {
    const struct se_format *f = &q->format;
    fprintf(stream, "%scode_bits: %d\n%sdual: %s\n%sbase1: %d\n", indent, f->code_bits, indent,
            f->dual ? "true" : "false", indent, f->base1);
    if (f->dual) {
        fprintf(stream, "%sbase2: %d\n", indent, f->base2);
    }
    print_float(stream, indent, "s1", q->s1);
    if (f->dual) {
        print_float(stream, indent, "ratio", q->ratio);
        print_float(stream, indent, "thr_pos", q->thr_pos);
        print_float(stream, indent, "thr_neg", q->thr_neg);
    }
    fprintf(stream, "%srule: %s\n", indent, se_rule_names[rule]);
}

void se_config_print(FILE *stream, const struct se_quantizer *q, enum se_rule rule) {
    fputs("# W4A5-SE quantiser configuration\n", stream);
    se_quantizer_print(stream, "", q, rule);
}

enum se_status se_config_save(const char *path, const struct se_quantizer *q, enum se_rule rule,
                              struct se_error *err) {
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (!status) {
        se_config_print(file.stream, q, rule);
        status = se_file_commit(&file, err);
    }
    return status;
}
