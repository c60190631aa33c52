// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/mamba2_scales.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Bytes behind the struct.
static size_t array_bytes(const struct se_scale_shape *s, size_t d_state) {
    size_t count = se_scale_count(s);
    return (se_scale_rows(s) + 2 * count + 2 * s->groups + count * d_state) * sizeof(float) +
           se_scale_channels(s) * sizeof(uint16_t);
}

struct se_mamba2_scales *se_mamba2_scales_new(const struct se_scale_shape *shape, size_t d_state) {
    size_t rows = se_scale_rows(shape), count = se_scale_count(shape);
    struct se_mamba2_scales *s = calloc(1, sizeof *s + array_bytes(shape, d_state));
    if (s) {
        s->shape = *shape;
        s->d_state = d_state;
        s->grouping.head_range = (uint32_t *)(s + 1);
        s->grouping.dim_range = s->grouping.head_range + rows;
        s->grouping.scales = (float *)(s->grouping.dim_range + count);
        s->b = s->grouping.scales + count;
        s->c = s->b + shape->groups;
        s->state = s->c + shape->groups;
        s->grouping.permutation = (uint16_t *)(s->state + count * d_state);
    }
    return s;
}

enum se_status se_mamba2_scales_copy(const struct se_mamba2_scales *from,
                                     struct se_mamba2_scales **copy, struct se_error *err) {
    *copy = from ? se_mamba2_scales_new(&from->shape, from->d_state) : NULL;
    if (from && !*copy) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the scales of a layer");
    }
    if (from) {
        (*copy)->in_b = from->in_b;
        (*copy)->in_c = from->in_c;
        memcpy(*copy + 1, from + 1, array_bytes(&from->shape, from->d_state));
    }
    return SE_OK;
}

struct se_scale_table se_mamba2_table(const struct se_mamba2_scales *s) {
    return (struct se_scale_table){s->shape, s->grouping.head_range, s->grouping.dim_range,
                                   s->grouping.scales};
}

// What weights can absorb: heads move within their group, dimensions within their head.
static enum se_status check_permutation(const struct se_mamba2_scales *s, struct se_error *err) {
    size_t n = se_scale_channels(&s->shape), headdim = s->shape.headdim;
    size_t group = s->shape.heads * headdim;
    unsigned char *seen = calloc(n, 1);
    enum se_status status =
        seen ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu channels", n);
    for (size_t i = 0; i < n && !status; i++) {
        size_t channel = s->grouping.permutation[i];
        size_t head = s->grouping.permutation[i / headdim * headdim] / headdim;
        if (channel >= n || seen[channel] || channel / group != i / group ||
            channel / headdim != head) {
            status = se_fail(err, SE_INVALID,
                             "permutation: channel %zu at place %zu is there twice, or not of its "
                             "group and head",
                             channel, i);
        } else {
            seen[channel] = 1;
        }
    }
    free(seen);
    return status;
}

enum se_status se_mamba2_scales_check(const struct se_mamba2_scales *s, struct se_error *err) {
    struct se_scale_table table = se_mamba2_table(s);
    size_t groups = s->shape.groups, count = se_scale_count(&s->shape);
    enum se_status status = se_scale_table_check(&table, err);
    status = status ? status : check_permutation(s, err);
    status = status ? status : se_scales_check("in_b", 1, &s->in_b, err);
    status = status ? status : se_scales_check("in_c", 1, &s->in_c, err);
    status = status ? status : se_scales_check("b", groups, s->b, err);
    status = status ? status : se_scales_check("c", groups, s->c, err);
    return status ? status : se_scales_check("state", count * s->d_state, s->state, err);
}

enum se_status se_mamba2_scales_fit(const struct se_mamba2_scales *s,
                                    const struct se_model_config *c, struct se_error *err) {
    bool second = c->kind == SE_MODEL_MAMBA2;
    if (!s != !second) {
        return se_fail(err, SE_INVALID, "the scales are of %s, the model is %s",
                       s ? "Mamba-2" : "Mamba-1", second ? "Mamba-2" : "Mamba-1");
    }
    if (s && (s->shape.groups != c->groups || s->shape.heads * c->groups != c->heads ||
              s->shape.headdim != c->headdim || s->d_state != c->d_state)) {
        return se_fail(err, SE_INVALID,
                       "the scales are of %zu groups of %zu heads of %zu channels and %zu states, "
                       "the model has %zu, %zu, %zu and %zu",
                       s->shape.groups, s->shape.heads, s->shape.headdim, s->d_state, c->groups,
                       c->heads / c->groups, c->headdim, c->d_state);
    }
    return SE_OK;
}

void se_grouping_expand(const struct se_scale_shape *shape, const struct se_grouping *g,
                        float *magnitudes) {
    const struct se_scale_table table = {*shape, g->head_range, g->dim_range, g->scales};
    for (size_t i = 0; i < se_scale_channels(shape); i++) {
        magnitudes[g->permutation[i]] = se_scale_of(&table, i);
    }
}

void se_mamba2_state_expand(const struct se_mamba2_scales *s, float *s_h) {
    const struct se_scale_table table = se_mamba2_table(s);
    for (size_t i = 0; i < se_scale_channels(&s->shape); i++) {
        memcpy(s_h + s->grouping.permutation[i] * s->d_state,
               s->state + se_scale_index(&table, i) * s->d_state, s->d_state * sizeof *s_h);
    }
}
