// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scale_table.h"

#include "w4a5se/file.h"
#include "w4a5se/npy.h"
#include "yaml.h"

#include <stdio.h>
#include <stdlib.h>

struct values {
    char *groups, *head_groups, *dim_groups, *heads, *headdim;
    char **head_range, **dim_range, **scales, **b_scales, **c_scales;
    unsigned head_range_count, dim_range_count, scales_count, b_scales_count, c_scales_count;
};

static const cyaml_schema_value_t NUMBER = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

#define LIST(NAME, FLAGS)                                                                          \
    CYAML_FIELD_SEQUENCE(#NAME, CYAML_FLAG_POINTER | (FLAGS), struct values, NAME, &NUMBER, 1,     \
                         SE_SCALE_TABLE_MAX)

static const cyaml_schema_field_t FIELDS[] = {
    SE_YAML_REQUIRED(struct values, groups),
    SE_YAML_REQUIRED(struct values, head_groups),
    SE_YAML_REQUIRED(struct values, dim_groups),
    SE_YAML_REQUIRED(struct values, heads),
    SE_YAML_REQUIRED(struct values, headdim),
    LIST(head_range, 0),
    LIST(dim_range, 0),
    LIST(scales, 0),
    LIST(b_scales, CYAML_FLAG_OPTIONAL),
    LIST(c_scales, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, FIELDS),
};

static enum se_status read_size(const struct se_yaml *yaml, const char *key, const char *value,
                                size_t *size) {
    int n = 0;
    enum se_status status = se_yaml_integer(yaml, key, value, &n);
    if (!status && n < 1) {
        status = se_yaml_refuse_value(yaml, key, value, "a size of 1 or more");
    }
    *size = (size_t)n;
    return status;
}

static enum se_status check_count(const struct se_yaml *yaml, const char *key, size_t count,
                                  size_t expected) {
    char sentence[80];
    snprintf(sentence, sizeof sentence, "has %zu entries, and the sizes ask for %zu", count,
             expected);
    return count == expected ? SE_OK : se_yaml_refuse(yaml, key, sentence);
}

static enum se_status read_bounds(const struct se_yaml *yaml, const char *key, size_t count,
                                  char *const *values, size_t expected, uint32_t *bounds) {
    enum se_status status = check_count(yaml, key, count, expected);
    for (size_t i = 0; i < count && !status; i++) {
        int bound = 0;
        status = se_yaml_integer(yaml, key, values[i], &bound);
        if (!status && bound < 0) {
            status = se_yaml_refuse_value(yaml, key, values[i], "0 or more");
        }
        bounds[i] = (uint32_t)bound;
    }
    return status;
}

static enum se_status read_scales(const struct se_yaml *yaml, const char *key, size_t count,
                                  char *const *values, size_t expected, float *scales) {
    enum se_status status = check_count(yaml, key, count, expected);
    for (size_t i = 0; i < count && !status; i++) {
        status = se_yaml_float(yaml, key, values[i], &scales[i]);
    }
    struct se_error cause;
    if (!status && se_scales_check(key, count, scales, &cause)) {
        status = se_fail(yaml->err, SE_INVALID, "%s: %s", yaml->path, cause.message);
    }
    return status;
}

static enum se_status read_shape(const struct se_yaml *yaml, const struct values *v,
                                 struct se_scale_shape *shape) {
    struct se_error cause;
    enum se_status status = read_size(yaml, "groups", v->groups, &shape->groups);
    if (!status) {
        status = read_size(yaml, "head_groups", v->head_groups, &shape->head_groups);
    }
    if (!status) {
        status = read_size(yaml, "dim_groups", v->dim_groups, &shape->dim_groups);
    }
    if (!status) {
        status = read_size(yaml, "heads", v->heads, &shape->heads);
    }
    if (!status) {
        status = read_size(yaml, "headdim", v->headdim, &shape->headdim);
    }
    if (!status && se_scale_shape_check(shape, &cause)) {
        status = se_fail(yaml->err, SE_INVALID, "%s: %s", yaml->path, cause.message);
    }
    return status;
}

// Where the arrays of a table stand in one piece of memory.
struct arrays {
    uint32_t *head_range, *dim_range;
    float *scales, *b_scales, *c_scales;
};

static enum se_status read_arrays(const struct se_yaml *yaml, const struct values *v,
                                  const struct se_scale_shape *shape, const struct arrays *a) {
    size_t rows = se_scale_rows(shape), count = se_scale_count(shape);
    enum se_status status =
        read_bounds(yaml, "head_range", v->head_range_count, v->head_range, rows, a->head_range);
    if (!status) {
        status =
            read_bounds(yaml, "dim_range", v->dim_range_count, v->dim_range, count, a->dim_range);
    }
    if (!status) {
        status = read_scales(yaml, "scales", v->scales_count, v->scales, count, a->scales);
    }
    if (!status && v->b_scales) {
        status = read_scales(yaml, "b_scales", v->b_scales_count, v->b_scales, shape->groups,
                             a->b_scales);
    }
    if (!status && v->c_scales) {
        status = read_scales(yaml, "c_scales", v->c_scales_count, v->c_scales, shape->groups,
                             a->c_scales);
    }
    return status;
}

static enum se_status interpret(const struct se_yaml *yaml, const struct values *v,
                                struct se_scale_file *file) {
    struct se_scale_shape shape;
    enum se_status status = read_shape(yaml, v, &shape);
    if (status) {
        return status;
    }
    size_t rows = se_scale_rows(&shape), count = se_scale_count(&shape);
    uint32_t *memory = calloc(rows + 2 * count + 2 * shape.groups, sizeof *memory);
    if (!memory) {
        return se_fail(yaml->err, SE_NO_MEMORY, "%s: not enough memory for the table", yaml->path);
    }
    float *floats = (float *)(memory + rows + count);
    struct arrays a = {memory, memory + rows, floats, floats + count,
                       floats + count + shape.groups};
    struct se_scale_table table = {shape, a.head_range, a.dim_range, a.scales};
    struct se_error cause;
    status = read_arrays(yaml, v, &shape, &a);
    if (!status && se_scale_table_check(&table, &cause)) {
        status = se_fail(yaml->err, SE_INVALID, "%s: %s", yaml->path, cause.message);
    }
    if (status) {
        free(memory);
        return status;
    }
    *file = (struct se_scale_file){.table = table,
                                   .b_scales = v->b_scales ? a.b_scales : NULL,
                                   .c_scales = v->c_scales ? a.c_scales : NULL,
                                   .memory = memory};
    return SE_OK;
}

enum se_status se_scale_table_load(const char *path, struct se_scale_file *file,
                                   struct se_error *err) {
    struct se_yaml yaml;
    struct values *values;
    enum se_status status = se_yaml_load(&yaml, path, &SCHEMA, (void **)&values, err);
    if (!status) {
        status = interpret(&yaml, values, file);
        se_yaml_free(&SCHEMA, values);
    }
    return status;
}

void se_scale_file_free(struct se_scale_file *file) {
    free(file->memory);
    *file = (struct se_scale_file){0};
}

static void print_bounds(FILE *stream, const char *key, size_t n, const uint32_t *bounds) {
    fprintf(stream, "%s: [", key);
    for (size_t i = 0; i < n; i++) {
        fprintf(stream, "%s%u", i ? ", " : "", bounds[i]);
    }
    fprintf(stream, "]\n");
}

static void print_scales(FILE *stream, const char *key, size_t n, const float *scales) {
    fprintf(stream, "%s: [", key);
    for (size_t i = 0; i < n; i++) {
        fprintf(stream, "%s%.9g", i ? ", " : "", (double)scales[i]);
    }
    fprintf(stream, "]\n");
}

enum se_status se_scale_table_save(const char *path, const struct se_scale_table *t,
                                   const float *b_scales, const float *c_scales,
                                   struct se_error *err) {
    const struct se_scale_shape *s = &t->shape;
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (status) {
        return status;
    }
    fprintf(file.stream,
            "groups: %zu\nhead_groups: %zu\ndim_groups: %zu\nheads: %zu\nheaddim: %zu\n", s->groups,
            s->head_groups, s->dim_groups, s->heads, s->headdim);
    print_bounds(file.stream, "head_range", se_scale_rows(s), t->head_range);
    print_bounds(file.stream, "dim_range", se_scale_count(s), t->dim_range);
    print_scales(file.stream, "scales", se_scale_count(s), t->scales);
    if (b_scales) {
        print_scales(file.stream, "b_scales", s->groups, b_scales);
    }
    if (c_scales) {
        print_scales(file.stream, "c_scales", s->groups, c_scales);
    }
    return se_file_commit(&file, err);
}

enum se_status se_state_scales_load(const char *path, const struct se_scale_shape *s,
                                    size_t *d_state, float **state_scales, struct se_error *err) {
    size_t count, ndim, shape[SE_NPY_DIMS];
    float *values;
    struct se_error cause;
    enum se_status status = se_npy_read_f32(path, &count, &ndim, shape, &values, err);
    if (status) {
        return status;
    }
    if (ndim != 4 || shape[0] != s->groups || shape[1] != s->head_groups ||
        shape[2] != s->dim_groups || shape[3] == 0) {
        status = se_fail(err, SE_INVALID, "%s: the shape is not [%zu, %zu, %zu, d_state]", path,
                         s->groups, s->head_groups, s->dim_groups);
    } else if (se_scales_check("state scales", count, values, &cause)) {
        status = se_fail(err, SE_INVALID, "%s: %s", path, cause.message);
    }
    if (status) {
        free(values);
        return status;
    }
    *d_state = shape[3];
    *state_scales = values;
    return SE_OK;
}
