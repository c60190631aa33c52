// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/model_calibration.h"

#include "mamba2_yaml.h"
#include "quantizer_yaml.h"
#include "w4a5se/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES_MAX = 1 << 26, LAYERS_MAX = 1024, CHANNELS_MAX = 1 << 16 };

struct scale_values {
    char *in_proj, *x, *z, *u, *dt_low, *dt, *B, *C, *h, *y, *rotated;
};

struct mode_values {
    char *mode, *ratio;
    struct se_quantizer_values *quantizer;
};

struct layer_values {
    struct scale_values *scales;
    char **magnitudes;
    struct se_quantizer_values *y_code, *rotated_code;
    struct se_mamba2_values *mamba2;
    struct mode_values *modes;
    unsigned magnitudes_count, modes_count;
};

struct document {
    struct layer_values *layers;
    unsigned layers_count;
};

static const cyaml_schema_field_t SCALE_FIELDS[] = {
    SE_YAML_REQUIRED(struct scale_values, in_proj), SE_YAML_REQUIRED(struct scale_values, x),
    SE_YAML_REQUIRED(struct scale_values, z),       SE_YAML_REQUIRED(struct scale_values, u),
    SE_YAML_REQUIRED(struct scale_values, dt_low),  SE_YAML_REQUIRED(struct scale_values, dt),
    SE_YAML_REQUIRED(struct scale_values, B),       SE_YAML_REQUIRED(struct scale_values, C),
    SE_YAML_REQUIRED(struct scale_values, h),       SE_YAML_REQUIRED(struct scale_values, y),
    SE_YAML_OPTIONAL(struct scale_values, rotated), CYAML_FIELD_END,
};

static const cyaml_schema_field_t MODE_FIELDS[] = {
    SE_YAML_REQUIRED(struct mode_values, mode),
    SE_YAML_OPTIONAL(struct mode_values, ratio),
    CYAML_FIELD_MAPPING_PTR("quantizer", CYAML_FLAG_POINTER, struct mode_values, quantizer,
                            se_quantizer_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t NUMBER = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_value_t MODE = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct mode_values, MODE_FIELDS),
};

static const cyaml_schema_field_t LAYER_FIELDS[] = {
    CYAML_FIELD_MAPPING_PTR("scales", CYAML_FLAG_POINTER, struct layer_values, scales,
                            SCALE_FIELDS),
    CYAML_FIELD_SEQUENCE("magnitudes", CYAML_FLAG_POINTER, struct layer_values, magnitudes, &NUMBER,
                         1, CHANNELS_MAX),
    CYAML_FIELD_MAPPING_PTR("y_code", CYAML_FLAG_POINTER, struct layer_values, y_code,
                            se_quantizer_fields),
    CYAML_FIELD_MAPPING_PTR("rotated_code", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                            struct layer_values, rotated_code, se_quantizer_fields),
    CYAML_FIELD_MAPPING_PTR("mamba2", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct layer_values,
                            mamba2, se_mamba2_fields),
    CYAML_FIELD_SEQUENCE("modes", CYAML_FLAG_POINTER, struct layer_values, modes, &MODE, 1,
                         SE_MODE_CHOICES_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t LAYER = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct layer_values, LAYER_FIELDS),
};

static const cyaml_schema_field_t DOCUMENT_FIELDS[] = {
    CYAML_FIELD_SEQUENCE("layers", CYAML_FLAG_POINTER, struct document, layers, &LAYER, 1,
                         LAYERS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, DOCUMENT_FIELDS),
};

static enum se_status read_scale(const struct se_yaml *yaml, const char *key, const char *value,
                                 float *scale) {
    enum se_status status = se_yaml_float(yaml, key, value, scale);
    if (!status && !se_is_scale(*scale)) {
        status = se_yaml_refuse_value(yaml, key, value, "a scale above zero");
    }
    return status;
}

static enum se_status read_scales(const struct se_yaml *yaml, const struct scale_values *v,
                                  struct se_layer_scales *scales) {
    const char *const values[SE_POINT_COUNT] = {[SE_POINT_IN_PROJ] = v->in_proj,
                                                [SE_POINT_X] = v->x,
                                                [SE_POINT_Z] = v->z,
                                                [SE_POINT_U] = v->u,
                                                [SE_POINT_DT_LOW] = v->dt_low,
                                                [SE_POINT_DT] = v->dt,
                                                [SE_POINT_B] = v->B,
                                                [SE_POINT_C] = v->C,
                                                [SE_POINT_H] = v->h,
                                                [SE_POINT_Y] = v->y};
    enum se_status status = SE_OK;
    for (size_t p = 0; p < SE_POINT_COUNT && !status; p++) {
        status = read_scale(yaml, se_model_point_names[p], values[p], &scales->points[p]);
    }
    return status || !v->rotated ? status
                                 : read_scale(yaml, "rotated", v->rotated, &scales->rotated);
}

static enum se_status read_code(const struct se_yaml *yaml, const char *key,
                                const struct se_quantizer_values *values, struct se_quantizer *q) {
    enum se_status status = se_quantizer_interpret(yaml, values, q, NULL);
    struct se_format code = se_format_signed(4, true);
    const struct se_format *f = &q->format;
    if (!status &&
        (f->code_bits != 4 || !f->dual || f->base1 != code.base1 || f->base2 != code.base2)) {
        status = se_yaml_refuse(yaml, key, "is not of 4 bits and a flag with signed ranges");
    }
    return status;
}

static enum se_status read_mode(const struct se_yaml *yaml, const struct mode_values *v,
                                struct se_calibrated_mode *mode, size_t layer) {
    static const char sentence[] = "is not that of this place in the first layer";
    int name = 0, ratio = SE_RATIO_FIXED;
    struct se_quantizer q;
    enum se_rule rule = SE_RULE_NONE;
    enum se_status status =
        se_yaml_choice(yaml, "mode", v->mode, se_input_mode_names, "an input mode", &name);
    if (!status) {
        status =
            se_yaml_choice(yaml, "ratio", v->ratio, se_ratio_names, "fixed, free or pow2", &ratio);
    }
    if (!status) {
        status = se_quantizer_interpret(yaml, v->quantizer, &q, &rule);
    }
    if (!status && layer == 0) {
        *mode = (struct se_calibrated_mode){(enum se_input_mode)name, rule,
                                            (enum se_ratio_choice)ratio, mode->quantizers};
    }
    if (!status && (mode->mode != (enum se_input_mode)name || mode->rule != rule ||
                    mode->ratio != (enum se_ratio_choice)ratio)) {
        status = se_yaml_refuse(yaml, "mode", sentence);
    }
    if (!status) {
        mode->quantizers[layer] = q;
    }
    return status;
}

static enum se_status read_magnitudes(const struct se_yaml *yaml, const struct layer_values *v,
                                      size_t d_inner, float *magnitudes) {
    if (v->magnitudes_count != d_inner) {
        return se_yaml_refuse(yaml, "magnitudes", "has another length than the first layer's");
    }
    enum se_status status = SE_OK;
    for (size_t i = 0; i < d_inner && !status; i++) {
        status = read_scale(yaml, "magnitudes", v->magnitudes[i], &magnitudes[i]);
    }
    return status;
}

// Every layer's are of one shape, or there are none; magnitudes are the table's.
static enum se_status read_mamba2(const struct se_yaml *yaml, const struct se_mamba2_values *v,
                                  size_t l, struct se_model_calibration *c) {
    struct se_layer_scales *scales = &c->scales[l];
    const struct se_mamba2_scales *first = c->scales[0].mamba2;
    if (l > 0 && !v != !first) {
        return se_yaml_refuse(yaml, "mamba2", "is in some layers only");
    }
    enum se_status status = v ? se_mamba2_interpret(yaml, v, &scales->mamba2) : SE_OK;
    const struct se_mamba2_scales *s = scales->mamba2;
    first = c->scales[0].mamba2;
    if (!v || status) {
        return status;
    }
    if (s->shape.groups != first->shape.groups || s->shape.heads != first->shape.heads ||
        s->shape.headdim != first->shape.headdim || s->d_state != first->d_state ||
        se_scale_channels(&s->shape) != c->d_inner) {
        return se_yaml_refuse(yaml, "mamba2", "has other sizes than the first layer");
    }
    const struct se_scale_table table = se_mamba2_table(s);
    for (size_t i = 0; i < c->d_inner; i++) {
        if (scales->magnitudes[s->grouping.permutation[i]] != se_scale_of(&table, i)) {
            return se_yaml_refuse(yaml, "magnitudes", "is not what mamba2's table gives");
        }
    }
    return SE_OK;
}

static enum se_status read_layer(const struct se_yaml *yaml, const struct layer_values *v, size_t l,
                                 struct se_model_calibration *c) {
    struct se_layer_scales *scales = &c->scales[l];
    enum se_status status = read_scales(yaml, v->scales, scales);
    if (!status) {
        status = read_magnitudes(yaml, v, c->d_inner, scales->magnitudes);
    }
    if (!status) {
        status = read_code(yaml, "y_code", v->y_code, &scales->y_code);
    }
    if (!status && v->rotated_code) {
        status = read_code(yaml, "rotated_code", v->rotated_code, &scales->rotated_code);
    }
    if (!status && !v->rotated_code != !(scales->rotated > 0)) {
        status = se_yaml_refuse(yaml, "rotated", "and rotated_code come together");
    }
    if (!status) {
        status = read_mamba2(yaml, v->mamba2, l, c);
    }
    if (!status && v->modes_count != c->n) {
        status = se_yaml_refuse(yaml, "modes", "has another length than the first layer's");
    }
    for (size_t m = 0; m < c->n && !status; m++) {
        status = read_mode(yaml, &v->modes[m], &c->modes[m], l);
    }
    return status;
}

static enum se_status allocate(const struct document *document, struct se_model_calibration *c,
                               struct se_error *err) {
    c->layers = document->layers_count;
    c->d_inner = document->layers[0].magnitudes_count;
    c->n = document->layers[0].modes_count;
    c->scales = calloc(c->layers, sizeof *c->scales);
    c->modes = calloc(c->n, sizeof *c->modes);
    bool complete = c->scales && c->modes;
    for (size_t l = 0; l < c->layers && complete; l++) {
        c->scales[l].magnitudes = malloc(c->d_inner * sizeof(float));
        complete = c->scales[l].magnitudes;
    }
    for (size_t m = 0; m < c->n && complete; m++) {
        c->modes[m].quantizers = calloc(c->layers, sizeof *c->modes[m].quantizers);
        complete = c->modes[m].quantizers;
    }
    return complete ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", c->layers);
}

static enum se_status interpret(struct se_yaml *yaml, const struct document *document,
                                struct se_model_calibration *c) {
    enum se_status status = allocate(document, c, yaml->err);
    for (size_t l = 0; l < c->layers && !status; l++) {
        char entry[32];
        snprintf(entry, sizeof entry, "layer %zu", l);
        yaml->entry = entry;
        status = read_layer(yaml, &document->layers[l], l, c);
    }
    return status;
}

enum se_status se_model_calibration_load(const char *path, struct se_model_calibration *calibration,
                                         struct se_error *err) {
    struct se_model_calibration c = {0};
    struct se_yaml yaml;
    struct document *document;
    char *text = malloc(BYTES_MAX + 1);
    if (!text) {
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory to read it", path);
    }
    enum se_status status =
        se_yaml_load_long(&yaml, path, BYTES_MAX, text, &SCHEMA, (void **)&document, err);
    if (!status) {
        status = interpret(&yaml, document, &c);
        se_yaml_free(&SCHEMA, document);
    }
    free(text);
    if (status) {
        se_model_calibration_free(&c);
        return status;
    }
    *calibration = c;
    return SE_OK;
}

static void print_layer(FILE *to, const struct se_model_calibration *c, size_t l) {
    const struct se_layer_scales *s = &c->scales[l];
    fputs("- scales:\n", to);
    for (size_t p = 0; p < SE_POINT_COUNT; p++) {
        fprintf(to, "    %s: %.9g\n", se_model_point_names[p], (double)s->points[p]);
    }
    if (s->rotated > 0) {
        fprintf(to, "    rotated: %.9g\n", (double)s->rotated);
    }
    fputs("  magnitudes: [", to);
    for (size_t i = 0; i < c->d_inner; i++) {
        fprintf(to, "%s%.9g", i == 0 ? "" : i % 8 ? ", " : ",\n    ", (double)s->magnitudes[i]);
    }
    fputs("]\n  y_code:\n", to);
    se_quantizer_print(to, "    ", &s->y_code, SE_RULE_R3);
    if (s->rotated > 0) {
        fputs("  rotated_code:\n", to);
        se_quantizer_print(to, "    ", &s->rotated_code, SE_RULE_R3);
    }
    if (s->mamba2) {
        fputs("  mamba2:\n", to);
        se_mamba2_print(to, "    ", s->mamba2);
    }
    fputs("  modes:\n", to);
    for (size_t m = 0; m < c->n; m++) {
        fprintf(to, "  - mode: %s\n    ratio: %s\n    quantizer:\n",
                se_input_mode_names[c->modes[m].mode], se_ratio_names[c->modes[m].ratio]);
        se_quantizer_print(to, "      ", &c->modes[m].quantizers[l], c->modes[m].rule);
    }
}

enum se_status se_model_calibration_save(const char *path,
                                         const struct se_model_calibration *calibration,
                                         struct se_error *err) {
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (status) {
        return status;
    }
    fputs("# W4A5-SE calibration of a model\nlayers:\n", file.stream);
    for (size_t l = 0; l < calibration->layers; l++) {
        print_layer(file.stream, calibration, l);
    }
    return se_file_commit(&file, err);
}
