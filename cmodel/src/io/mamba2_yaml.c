// SPDX-License-Identifier: Apache-2.0
// Sizes follow from how long the lists are: groups from b, head groups from head_range, dim groups
// from dim_range, states from state; heads and headdim are the last bounds.
#include "mamba2_yaml.h"

#include <stdlib.h>

static const cyaml_schema_value_t NUMBER = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

enum { CHANNELS_MAX = 1 << 16, STATES_MAX = 1 << 20 };

const cyaml_schema_field_t se_mamba2_fields[] = {
    SE_YAML_REQUIRED(struct se_mamba2_values, in_b),
    SE_YAML_REQUIRED(struct se_mamba2_values, in_c),
    CYAML_FIELD_SEQUENCE("b", CYAML_FLAG_POINTER, struct se_mamba2_values, b, &NUMBER, 1,
                         SE_SCALE_GROUPS_MAX),
    CYAML_FIELD_SEQUENCE("c", CYAML_FLAG_POINTER, struct se_mamba2_values, c, &NUMBER, 1,
                         SE_SCALE_GROUPS_MAX),
    CYAML_FIELD_SEQUENCE("head_range", CYAML_FLAG_POINTER, struct se_mamba2_values, head_range,
                         &NUMBER, 1, SE_SCALE_TABLE_MAX),
    CYAML_FIELD_SEQUENCE("dim_range", CYAML_FLAG_POINTER, struct se_mamba2_values, dim_range,
                         &NUMBER, 1, SE_SCALE_TABLE_MAX),
    CYAML_FIELD_SEQUENCE("permutation", CYAML_FLAG_POINTER, struct se_mamba2_values, permutation,
                         &NUMBER, 1, CHANNELS_MAX),
    CYAML_FIELD_SEQUENCE("magnitudes", CYAML_FLAG_POINTER, struct se_mamba2_values, magnitudes,
                         &NUMBER, 1, SE_SCALE_TABLE_MAX),
    CYAML_FIELD_SEQUENCE("state", CYAML_FLAG_POINTER, struct se_mamba2_values, state, &NUMBER, 1,
                         STATES_MAX),
    CYAML_FIELD_END,
};

static enum se_status read_floats(const struct se_yaml *yaml, const char *key, size_t n,
                                  char *const *values, float *floats) {
    enum se_status status = SE_OK;
    for (size_t i = 0; i < n && !status; i++) {
        status = se_yaml_float(yaml, key, values[i], &floats[i]);
        if (!status && !se_is_scale(floats[i])) {
            status = se_yaml_refuse_value(yaml, key, values[i], "a scale above zero");
        }
    }
    return status;
}

static enum se_status read_size(const struct se_yaml *yaml, const char *key, const char *value,
                                size_t *size) {
    int number = 0;
    enum se_status status = se_yaml_integer(yaml, key, value, &number);
    if (!status && (number < 0 || number > UINT16_MAX)) {
        status = se_yaml_refuse_value(yaml, key, value, "in 0..65535");
    }
    *size = (size_t)number;
    return status;
}

static enum se_status read_bounds(const struct se_yaml *yaml, const char *key, size_t n,
                                  char *const *values, uint32_t *bounds) {
    enum se_status status = SE_OK;
    for (size_t i = 0, bound; i < n && !status; i++) {
        status = read_size(yaml, key, values[i], &bound);
        bounds[i] = (uint32_t)bound;
    }
    return status;
}

static enum se_status read_shape(const struct se_yaml *yaml, const struct se_mamba2_values *v,
                                 struct se_scale_shape *shape) {
    struct se_error cause;
    *shape = (struct se_scale_shape){.groups = v->b_count,
                                     .head_groups = v->head_range_count / v->b_count,
                                     .dim_groups = v->dim_range_count / v->head_range_count};
    enum se_status status =
        read_size(yaml, "head_range", v->head_range[v->head_range_count - 1], &shape->heads);
    status = status ? status
                    : read_size(yaml, "dim_range", v->dim_range[v->dim_range_count - 1],
                                &shape->headdim);
    if (!status && se_scale_shape_check(shape, &cause)) {
        status = se_yaml_refuse(yaml, "mamba2", cause.message);
    }
    const size_t count = se_scale_count(shape);
    if (!status && (v->c_count != v->b_count || v->head_range_count != se_scale_rows(shape) ||
                    v->dim_range_count != count || v->magnitudes_count != count ||
                    v->permutation_count != se_scale_channels(shape) || v->state_count % count)) {
        status = se_yaml_refuse(yaml, "mamba2", "has lists whose lengths do not fit together");
    }
    return status;
}

enum se_status se_mamba2_interpret(const struct se_yaml *yaml, const struct se_mamba2_values *v,
                                   struct se_mamba2_scales **scales) {
    struct se_scale_shape shape;
    struct se_error cause;
    enum se_status status = read_shape(yaml, v, &shape);
    if (status) {
        return status;
    }
    struct se_mamba2_scales *s = se_mamba2_scales_new(&shape, v->state_count / v->dim_range_count);
    *scales = s;
    if (!s) {
        return se_fail(yaml->err, SE_NO_MEMORY, "no memory for %u scales", v->state_count);
    }
    status = read_floats(yaml, "in_b", 1, &v->in_b, &s->in_b);
    status = status ? status : read_floats(yaml, "in_c", 1, &v->in_c, &s->in_c);
    status = status ? status : read_floats(yaml, "b", v->b_count, v->b, s->b);
    status = status ? status : read_floats(yaml, "c", v->c_count, v->c, s->c);
    status = status ? status
                    : read_bounds(yaml, "head_range", v->head_range_count, v->head_range,
                                  s->grouping.head_range);
    status = status ? status
                    : read_bounds(yaml, "dim_range", v->dim_range_count, v->dim_range,
                                  s->grouping.dim_range);
    for (size_t i = 0, channel; i < v->permutation_count && !status; i++) {
        status = read_size(yaml, "permutation", v->permutation[i], &channel);
        s->grouping.permutation[i] = (uint16_t)channel;
    }
    status = status ? status
                    : read_floats(yaml, "magnitudes", v->magnitudes_count, v->magnitudes,
                                  s->grouping.scales);
    status = status ? status : read_floats(yaml, "state", v->state_count, v->state, s->state);
    if (!status && se_mamba2_scales_check(s, &cause)) {
        status = se_yaml_refuse(yaml, "mamba2", cause.message);
    }
    return status;
}

static const char *before(size_t i) {
    return i == 0 ? "" : i % 16 ? ", " : ",\n      ";
}

static void print_floats(FILE *to, const char *indent, const char *key, size_t n,
                         const float *floats) {
    fprintf(to, "%s%s: [", indent, key);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "%s%.9g", before(i), (double)floats[i]);
    }
    fputs("]\n", to);
}

static void print_bounds(FILE *to, const char *indent, const char *key, size_t n,
                         const uint32_t *bounds) {
    fprintf(to, "%s%s: [", indent, key);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "%s%u", before(i), bounds[i]);
    }
    fputs("]\n", to);
}

void se_mamba2_print(FILE *to, const char *indent, const struct se_mamba2_scales *s) {
    const size_t groups = s->shape.groups, count = se_scale_count(&s->shape);
    fprintf(to, "%sin_b: %.9g\n%sin_c: %.9g\n", indent, (double)s->in_b, indent, (double)s->in_c);
    print_floats(to, indent, "b", groups, s->b);
    print_floats(to, indent, "c", groups, s->c);
    print_bounds(to, indent, "head_range", se_scale_rows(&s->shape), s->grouping.head_range);
    print_bounds(to, indent, "dim_range", count, s->grouping.dim_range);
    fprintf(to, "%spermutation: [", indent);
    for (size_t i = 0; i < se_scale_channels(&s->shape); i++) {
        fprintf(to, "%s%u", before(i), s->grouping.permutation[i]);
    }
    fputs("]\n", to);
    print_floats(to, indent, "magnitudes", count, s->grouping.scales);
    print_floats(to, indent, "state", count * s->d_state, s->state);
}
