// SPDX-License-Identifier: Apache-2.0
#include "observe_mamba2.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD_GROUPS = 4 };

enum se_status se_mamba2_table_shape(const struct se_model_config *c, size_t groups,
                                     struct se_scale_shape *shape, struct se_error *err) {
    size_t head_groups = groups < HEAD_GROUPS ? groups : HEAD_GROUPS;
    if (groups == 0 || groups % head_groups) {
        return se_fail(err, SE_INVALID,
                       "groups is %zu; for Mamba-2 it is 1 to %d or a multiple of %d", groups,
                       HEAD_GROUPS, HEAD_GROUPS);
    }
    *shape = (struct se_scale_shape){c->groups, head_groups, groups / head_groups,
                                     c->heads / c->groups, c->headdim};
    return se_scale_shape_check(shape, err);
}

enum se_status se_observe_columns(struct se_observer *observer, size_t rows, size_t columns,
                                  size_t first, size_t n, const float *values,
                                  struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t r = 0; r < rows && !status; r++) {
        status = se_observer_see(observer, n, values + r * columns + first, err);
    }
    return status;
}

enum se_status se_mamba2_watch_init(struct se_mamba2_watch *watch,
                                    const struct se_model_config *config,
                                    const struct se_observation_options *options,
                                    struct se_error *err) {
    *watch = (struct se_mamba2_watch){
        .config = config,
        .in_b.options = options->points[SE_POINT_X],
        .in_c.options = options->points[SE_POINT_X],
        .b = calloc(config->groups, sizeof *watch->b),
        .c = calloc(config->groups, sizeof *watch->c),
        .h = calloc(config->d_inner * config->d_state, sizeof *watch->h),
    };
    if (!watch->b || !watch->c || !watch->h) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the states of a layer");
    }
    for (size_t g = 0; g < config->groups; g++) {
        watch->b[g].options = options->points[SE_POINT_B];
        watch->c[g].options = options->points[SE_POINT_C];
    }
    return SE_OK;
}

void se_mamba2_watch_free(struct se_mamba2_watch *watch) {
    se_observer_free(&watch->in_b);
    se_observer_free(&watch->in_c);
    for (size_t g = 0; watch->b && watch->c && g < watch->config->groups; g++) {
        se_observer_free(&watch->b[g]);
        se_observer_free(&watch->c[g]);
    }
    free(watch->b);
    free(watch->c);
    free(watch->h);
    *watch = (struct se_mamba2_watch){0};
}

static enum se_status see_groups(const struct se_mamba2_watch *watch, struct se_observer *of_group,
                                 size_t rows, size_t columns, const float *values,
                                 struct se_error *err) {
    size_t n = watch->config->d_state;
    enum se_status status = SE_OK;
    for (size_t g = 0; g < watch->config->groups && !status; g++) {
        status = se_observe_columns(&of_group[g], rows, columns, g * n, n, values, err);
    }
    return status;
}

enum se_status se_mamba2_watch_see(struct se_mamba2_watch *watch, enum se_model_point point,
                                   size_t rows, size_t columns, const float *values,
                                   struct se_error *err) {
    const struct se_model_config *c = watch->config;
    size_t states = c->groups * c->d_state;
    enum se_status status = SE_OK;
    if (point == SE_POINT_X) {
        status = se_observe_columns(&watch->in_b, rows, columns, c->d_inner, states, values, err);
        return status ? status
                      : se_observe_columns(&watch->in_c, rows, columns, c->d_inner + states, states,
                                           values, err);
    }
    if (point == SE_POINT_B || point == SE_POINT_C) {
        return see_groups(watch, point == SE_POINT_B ? watch->b : watch->c, rows, columns, values,
                          err);
    }
    for (size_t i = 0; point == SE_POINT_H && i < rows * columns; i++) {
        watch->h[i] = fmaxf(watch->h[i], fabsf(values[i]));
    }
    return SE_OK;
}

void se_mamba2_watch_end_batch(struct se_mamba2_watch *watch) {
    se_observer_end_batch(&watch->in_b);
    se_observer_end_batch(&watch->in_c);
    for (size_t g = 0; g < watch->config->groups; g++) {
        se_observer_end_batch(&watch->b[g]);
        se_observer_end_batch(&watch->c[g]);
    }
}

// Of each cell of the table and n the largest state's; 1e-5 / 127 where all were zero.
static void scale_states(const struct se_mamba2_watch *watch, struct se_mamba2_scales *s) {
    const struct se_scale_table table = se_mamba2_table(s);
    for (size_t i = 0; i < se_scale_count(&s->shape) * s->d_state; i++) {
        s->state[i] = 1e-5f / 127;
    }
    for (size_t i = 0; i < se_scale_channels(&s->shape); i++) {
        const float *h = watch->h + s->grouping.permutation[i] * s->d_state;
        float *cell = s->state + se_scale_index(&table, i) * s->d_state;
        for (size_t n = 0; n < s->d_state; n++) {
            cell[n] = fmaxf(cell[n], h[n] / 127);
        }
    }
}

enum se_status se_mamba2_watch_conclude(const struct se_mamba2_watch *watch, size_t groups,
                                        const float *magnitudes, struct se_mamba2_scales **scales,
                                        struct se_error *err) {
    const struct se_model_config *c = watch->config;
    struct se_scale_shape shape;
    enum se_status status = se_mamba2_table_shape(c, groups, &shape, err);
    struct se_mamba2_scales *s = status ? NULL : se_mamba2_scales_new(&shape, c->d_state);
    if (!status && !s) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the scales of a layer");
    }
    status = status ? status : se_group_channels(&s->shape, magnitudes, 1, &s->grouping, err);
    status = status ? status : se_observer_scale(&watch->in_b, &s->in_b, err);
    status = status ? status : se_observer_scale(&watch->in_c, &s->in_c, err);
    for (size_t g = 0; g < c->groups && !status; g++) {
        status = se_observer_scale(&watch->b[g], &s->b[g], err);
        status = status ? status : se_observer_scale(&watch->c[g], &s->c[g], err);
    }
    if (status) {
        free(s);
        return status;
    }
    scale_states(watch, s);
    *scales = s;
    return SE_OK;
}
