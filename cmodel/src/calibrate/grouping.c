// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/grouping.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MAX = 65536 };

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

enum se_status se_channel_magnitudes(size_t tokens, size_t channels, const float *values,
                                     double percentile, float *magnitudes, struct se_error *err) {
    if (tokens == 0 || !(percentile > 0 && percentile <= 100)) {
        return se_fail(err, SE_INVALID,
                       "%zu tokens, percentile %g; there is a token at least, and the percentile "
                       "is above 0 and at most 100",
                       tokens, percentile);
    }
    float *column = malloc(tokens * sizeof *column);
    if (!column) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu tokens", tokens);
    }
    size_t rank = (size_t)ceil(percentile * (double)tokens / 100);
    enum se_status status = SE_OK;
    for (size_t c = 0; c < channels && !status; c++) {
        for (size_t t = 0; t < tokens && !status; t++) {
            column[t] = fabsf(values[t * channels + c]);
            if (!isfinite(column[t])) {
                status = se_fail(err, SE_INVALID, "token %zu, channel %zu is %g; it is not finite",
                                 t, c, (double)values[t * channels + c]);
            }
        }
        if (!status) {
            qsort(column, tokens, sizeof *column, ascending);
            magnitudes[c] = column[rank - 1];
        }
    }
    free(column);
    return status;
}

// A set of heads; its envelope is the largest magnitude that any of them has at each rank.
struct cluster {
    size_t n;        // heads; 0: merged into another
    uint16_t *heads; // [n]
    float *envelope; // [headdim], ascending
    double cost;     // n times the least sum of squares over its dimensions
};

// Of one group of channels.
struct work {
    const struct se_scale_shape *shape;
    struct cluster *clusters; // [heads]
    double *rise;             // [heads][heads] of the cost when two clusters merge
    double *least;            // [dim_groups + 1][headdim + 1] of cut
    uint32_t *from;           // likewise: where the last run begins
    float *merged;            // [headdim]
    uint16_t *heads;          // [heads][heads] of the clusters
    float *envelopes;         // [heads][headdim] of the clusters
};

struct ranked {
    float magnitude;
    uint16_t channel;
};

static int by_magnitude(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    int order = (x->magnitude > y->magnitude) - (x->magnitude < y->magnitude);
    return order ? order : (x->channel > y->channel) - (x->channel < y->channel);
}

static int by_largest(const void *a, const void *b) {
    const struct cluster *x = a, *y = b;
    if (!x->n || !y->n) {
        return !x->n - !y->n; // clusters that are gone come last
    }
    int order = (x->cost / (double)x->n > y->cost / (double)y->n) -
                (x->cost / (double)x->n < y->cost / (double)y->n);
    return order ? order : (x->heads[0] > y->heads[0]) - (x->heads[0] < y->heads[0]);
}

// The least sum of squares of envelope[headdim], each entry raised to its run's last, in up to
// dim_groups runs: least[k][d] is that of the first d entries in k runs, by dynamic programming.
static double cut(struct work *w, const float *envelope) {
    size_t n = w->shape->headdim, stride = n + 1;
    for (size_t d = 0; d <= n; d++) {
        w->least[d] = d ? INFINITY : 0;
    }
    for (size_t k = 1; k <= w->shape->dim_groups; k++) {
        double *row = w->least + k * stride, *before = row - stride;
        row[0] = 0;
        w->from[k * stride] = 0;
        for (size_t d = 1; d <= n; d++) {
            double square = (double)envelope[d - 1] * (double)envelope[d - 1];
            row[d] = before[d]; // an empty run
            w->from[k * stride + d] = (uint32_t)d;
            for (size_t first = 0; first < d; first++) {
                double cost = before[first] + square * (double)(d - first);
                if (cost < row[d]) {
                    row[d] = cost;
                    w->from[k * stride + d] = (uint32_t)first;
                }
            }
        }
    }
    return w->least[w->shape->dim_groups * stride + n];
}

static double rise_of(struct work *w, const struct cluster *a, const struct cluster *b) {
    for (size_t d = 0; d < w->shape->headdim; d++) {
        w->merged[d] = fmaxf(a->envelope[d], b->envelope[d]);
    }
    return (double)(a->n + b->n) * cut(w, w->merged) - a->cost - b->cost;
}

static void merge(struct work *w, size_t a, size_t b) {
    struct cluster *to = &w->clusters[a], *gone = &w->clusters[b];
    for (size_t d = 0; d < w->shape->headdim; d++) {
        to->envelope[d] = fmaxf(to->envelope[d], gone->envelope[d]);
    }
    memcpy(to->heads + to->n, gone->heads, gone->n * sizeof *to->heads);
    to->n += gone->n;
    to->cost = (double)to->n * cut(w, to->envelope);
    gone->n = 0;
    for (size_t i = 0; i < w->shape->heads; i++) {
        if (i != a && w->clusters[i].n) {
            size_t low = i < a ? i : a, high = i < a ? a : i;
            w->rise[low * w->shape->heads + high] =
                rise_of(w, &w->clusters[low], &w->clusters[high]);
        }
    }
}

static void merge_the_cheapest(struct work *w) {
    size_t n = w->shape->heads, a = 0, b = 0;
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (w->clusters[i].n && w->clusters[j].n && w->rise[i * n + j] < least) {
                least = w->rise[i * n + j];
                a = i;
                b = j;
            }
        }
    }
    merge(w, a, b);
}

static void cluster_heads(struct work *w) {
    size_t n = w->shape->heads;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            w->rise[i * n + j] = rise_of(w, &w->clusters[i], &w->clusters[j]);
        }
    }
    for (size_t left = n; left > w->shape->head_groups; left--) {
        merge_the_cheapest(w);
    }
    qsort(w->clusters, n, sizeof *w->clusters, by_largest);
}

// A row of the table for one cluster: bounds, and magnitudes in the place of scales.
static void write_row(struct work *w, const struct cluster *c, uint32_t *bounds, float *scales) {
    size_t stride = w->shape->headdim + 1;
    uint32_t end = (uint32_t)w->shape->headdim;
    if (c && c->n) {
        cut(w, c->envelope);
    }
    for (size_t k = w->shape->dim_groups; k > 0; k--) {
        uint32_t first = c && c->n ? w->from[k * stride + end] : end;
        bounds[k - 1] = end;
        scales[k - 1] = first < end ? c->envelope[end - 1] : 0;
        end = first;
    }
}

// One group: magnitudes[heads][headdim] of its channels, the first of which is `channel`; the
// arrays of the grouping point to what is the group's.
static void group_one(struct work *w, const float *magnitudes, size_t channel,
                      const struct se_grouping *to, struct ranked *ranked) {
    const struct se_scale_shape *s = w->shape;
    for (size_t h = 0; h < s->heads; h++) {
        struct cluster *c = &w->clusters[h];
        struct ranked *row = ranked + h * s->headdim;
        for (size_t d = 0; d < s->headdim; d++) {
            size_t place = h * s->headdim + d;
            row[d] = (struct ranked){magnitudes[place], (uint16_t)(channel + place)};
        }
        qsort(row, s->headdim, sizeof *row, by_magnitude);
        c->n = 1;
        c->heads = w->heads + h * s->heads;
        c->heads[0] = (uint16_t)h;
        c->envelope = w->envelopes + h * s->headdim;
        for (size_t d = 0; d < s->headdim; d++) {
            c->envelope[d] = row[d].magnitude;
        }
        c->cost = cut(w, c->envelope);
    }
    cluster_heads(w);
    size_t head = 0, place = 0;
    for (size_t g = 0; g < s->head_groups; g++) {
        const struct cluster *c = g < s->heads ? &w->clusters[g] : NULL;
        for (size_t i = 0; c && i < c->n; i++, head++) {
            for (size_t d = 0; d < s->headdim; d++) {
                to->permutation[place++] = ranked[c->heads[i] * s->headdim + d].channel;
            }
        }
        to->head_range[g] = (uint32_t)head;
        write_row(w, c, to->dim_range + g * s->dim_groups, to->scales + g * s->dim_groups);
    }
}

// From the magnitude that each scale covers to the scale.
static void divide(size_t n, float largest, float last, float *scales) {
    for (size_t i = 0; i < n; i++) {
        float scale = scales[i] / last;
        scales[i] = scales[i] > 0 ? scale : largest / last;
    }
}

static enum se_status check(const struct se_scale_shape *s, const float *magnitudes, float last,
                            float *largest, struct se_error *err) {
    enum se_status status = se_scale_shape_check(s, err);
    if (status) {
        return status;
    }
    size_t n = se_scale_channels(s);
    if (n > CHANNELS_MAX) {
        return se_fail(err, SE_INVALID, "%zu channels; a permutation has at most %d", n,
                       CHANNELS_MAX);
    }
    *largest = 0;
    for (size_t c = 0; c < n; c++) {
        if (!(isfinite(magnitudes[c]) && magnitudes[c] >= 0)) {
            return se_fail(err, SE_INVALID,
                           "channel %zu has magnitude %g; it is finite and not "
                           "negative",
                           c, (double)magnitudes[c]);
        }
        if (magnitudes[c] > 0 && magnitudes[c] / last == 0) {
            return se_fail(err, SE_INVALID, "channel %zu has magnitude %g, too small for a scale",
                           c, (double)magnitudes[c]);
        }
        *largest = fmaxf(*largest, magnitudes[c]);
    }
    return *largest > 0 ? SE_OK
                        : se_fail(err, SE_INVALID, "there is no channel other than zero to group");
}

enum se_status se_group_channels(const struct se_scale_shape *s, const float *magnitudes,
                                 float last, const struct se_grouping *grouping,
                                 struct se_error *err) {
    float largest = 0;
    enum se_status status = check(s, magnitudes, last, &largest, err);
    if (status) {
        return status;
    }
    size_t per_group = s->heads * s->headdim, cells = (s->dim_groups + 1) * (s->headdim + 1);
    struct work w = {.shape = s,
                     .clusters = malloc(s->heads * sizeof *w.clusters),
                     .rise = malloc(s->heads * s->heads * sizeof *w.rise),
                     .least = malloc(cells * sizeof *w.least),
                     .from = malloc(cells * sizeof *w.from),
                     .merged = malloc(s->headdim * sizeof *w.merged),
                     .heads = malloc(s->heads * s->heads * sizeof *w.heads),
                     .envelopes = malloc(per_group * sizeof *w.envelopes)};
    struct ranked *ranked = malloc(per_group * sizeof *ranked);
    if (!w.clusters || !w.rise || !w.least || !w.from || !w.merged || !ranked || !w.heads ||
        !w.envelopes) {
        status = se_fail(err, SE_NO_MEMORY, "no memory to group %zu heads", s->heads);
    }
    for (size_t g = 0; g < s->groups && !status; g++) {
        size_t row = g * s->head_groups;
        const struct se_grouping to = {
            grouping->head_range + row, grouping->dim_range + row * s->dim_groups,
            grouping->scales + row * s->dim_groups, grouping->permutation + g * per_group};
        group_one(&w, magnitudes + g * per_group, g * per_group, &to, ranked);
    }
    if (!status) {
        divide(se_scale_count(s), largest, last, grouping->scales);
    }
    free(w.clusters);
    free(w.rise);
    free(w.least);
    free(w.from);
    free(w.merged);
    free(w.heads);
    free(w.envelopes);
    free(ranked);
    return status;
}
