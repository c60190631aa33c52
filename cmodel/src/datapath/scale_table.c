// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scale_table.h"

#include <math.h>
#include <stdbool.h>

enum se_status se_scale_shape_check(const struct se_scale_shape *s, struct se_error *err) {
    const struct {
        const char *name;
        size_t value, most;
    } sizes[] = {{"groups", s->groups, SE_SCALE_GROUPS_MAX},
                 {"head_groups", s->head_groups, 64},
                 {"dim_groups", s->dim_groups, 64},
                 {"heads", s->heads, 65535},
                 {"headdim", s->headdim, 65535}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].most) {
            return se_fail(err, SE_INVALID, "%s is %zu, which is not in 1..%zu", sizes[i].name,
                           sizes[i].value, sizes[i].most);
        }
    }
    if (se_scale_count(s) > SE_SCALE_TABLE_MAX) {
        return se_fail(err, SE_INVALID, "groups * head_groups * dim_groups is %zu, more than %d",
                       se_scale_count(s), SE_SCALE_TABLE_MAX);
    }
    return SE_OK;
}

// Each row of n bounds must not decrease and must end with `size`.
static enum se_status check_bounds(const char *name, size_t rows, size_t n, size_t size,
                                   const uint32_t *bounds, struct se_error *err) {
    for (size_t row = 0; row < rows; row++) {
        const uint32_t *b = bounds + row * n;
        for (size_t i = 1; i < n; i++) {
            if (b[i] < b[i - 1]) {
                return se_fail(err, SE_INVALID, "%s: row %zu decreases from %u to %u at entry %zu",
                               name, row, b[i - 1], b[i], i);
            }
        }
        if (b[n - 1] != size) {
            return se_fail(err, SE_INVALID, "%s: row %zu ends with %u, which is not the size %zu",
                           name, row, b[n - 1], size);
        }
    }
    return SE_OK;
}

enum se_status se_scales_check(const char *what, size_t n, const float *scales,
                               struct se_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(scales[i]) || scales[i] <= 0) {
            return se_fail(err, SE_INVALID, "%s: entry %zu is %g, which is not finite and positive",
                           what, i, (double)scales[i]);
        }
    }
    return SE_OK;
}

enum se_status se_scale_table_check(const struct se_scale_table *t, struct se_error *err) {
    const struct se_scale_shape *s = &t->shape;
    enum se_status status = se_scale_shape_check(s, err);
    if (!status) {
        status =
            check_bounds("head_range", s->groups, s->head_groups, s->heads, t->head_range, err);
    }
    if (!status) {
        status = check_bounds("dim_range", se_scale_rows(s), s->dim_groups, s->headdim,
                              t->dim_range, err);
    }
    return status ? status : se_scales_check("scales", se_scale_count(s), t->scales, err);
}

static size_t first_above(const uint32_t *bounds, size_t value) {
    size_t i = 0;
    while (value >= bounds[i]) {
        i++;
    }
    return i;
}

size_t se_scale_index(const struct se_scale_table *t, size_t channel) {
    const struct se_scale_shape *s = &t->shape;
    size_t per_group = s->heads * s->headdim, group = channel / per_group;
    size_t head = channel % per_group / s->headdim, dim = channel % s->headdim;
    size_t row = group * s->head_groups + first_above(t->head_range + group * s->head_groups, head);
    return row * s->dim_groups + first_above(t->dim_range + row * s->dim_groups, dim);
}

void se_scale_expand(const struct se_scale_table *t, float *scales) {
    for (size_t c = 0; c < se_scale_channels(&t->shape); c++) {
        scales[c] = se_scale_of(t, c);
    }
}

float se_state_scale_of(const struct se_scale_table *t, size_t d_state, const float *state_scales,
                        size_t channel, size_t n) {
    return state_scales[se_scale_index(t, channel) * d_state + n];
}

void se_state_scales_expand(const struct se_scale_table *t, size_t d_state,
                            const float *state_scales, float *scales) {
    for (size_t i = 0; i < se_scale_channels(&t->shape) * d_state; i++) {
        scales[i] = se_state_scale_of(t, d_state, state_scales, i / d_state, i % d_state);
    }
}
