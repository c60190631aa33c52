// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/codebook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// cost[k][j]: least error of samples [0, j) on k + 1 levels. The start of the last cell is monotone
// in j, so each row is filled by divide and conquer.
struct fit {
    const struct se_samples *samples;
    const double *previous; // [n + 1] cost with one level less
    double *cost;           // [n + 1]
    uint32_t *start;        // [n + 1] where the last cell begins
};

// Error of samples [from, to) on their mean.
static double cell_error(const struct se_samples *s, size_t from, size_t to) {
    double sum = s->sum[to] - s->sum[from];
    double error = s->squares[to] - s->squares[from] - sum * sum / (double)(to - from);
    return error > 0 ? error : 0;
}

static void fill(const struct fit *fit, size_t low, size_t high, size_t first, size_t last) {
    if (low > high) {
        return;
    }
    size_t j = low + (high - low) / 2;
    double best = INFINITY;
    size_t at = first;
    for (size_t i = first; i <= last && i < j; i++) {
        double cost = fit->previous[i] + cell_error(fit->samples, i, j);
        if (cost < best) {
            best = cost;
            at = i;
        }
    }
    fit->cost[j] = best;
    fit->start[j] = (uint32_t)at;
    if (j > low) {
        fill(fit, low, j - 1, first, at);
    }
    fill(fit, j + 1, high, at, last);
}

static void trace_back(const struct se_samples *s, size_t n_levels, const uint32_t *start,
                       float *levels) {
    size_t end = s->n;
    for (size_t k = n_levels; k-- > 0;) {
        size_t from = k == 0 ? 0 : start[k * (s->n + 1) + end];
        levels[k] = (float)((s->sum[end] - s->sum[from]) / (double)(end - from));
        end = from;
    }
}

enum se_status se_codebook_fit(const struct se_samples *samples, size_t n_levels, float *levels,
                               struct se_error *err) {
    size_t n = samples->n;
    if (n_levels < 1 || n_levels > SE_CODEBOOK_MAX || n < n_levels || n > UINT32_MAX - 1) {
        return se_fail(err, SE_INVALID, "a codebook of %zu levels cannot be fitted to %zu values",
                       n_levels, n);
    }
    double *cost = malloc(2 * (n + 1) * sizeof *cost);
    uint32_t *start = malloc(n_levels * (n + 1) * sizeof *start);
    if (!cost || !start) {
        free(cost);
        free(start);
        return se_fail(err, SE_NO_MEMORY, "no memory for a codebook of %zu levels", n_levels);
    }
    double *previous = cost, *current = cost + n + 1;
    for (size_t j = 1; j <= n; j++) {
        previous[j] = cell_error(samples, 0, j);
    }
    for (size_t k = 1; k < n_levels; k++) {
        const struct fit fit = {samples, previous, current, start + k * (n + 1)};
        fill(&fit, k + 1, n, k, n - 1);
        double *swap = previous;
        previous = current;
        current = swap;
    }
    trace_back(samples, n_levels, start, levels);
    free(cost);
    free(start);
    return SE_OK;
}

float se_codebook_nearest(size_t n_levels, const float *levels, float v) {
    size_t low = 0, high = n_levels - 1;
    double value = isnan(v) ? 0 : (double)v;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        double tie = ((double)levels[middle] + (double)levels[middle + 1]) / 2;
        if (value > tie || (value == tie && value > 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return levels[low];
}

enum se_status se_codebook_init(struct se_codebook *codebook, size_t n, const float *levels,
                                float scale, struct se_error *err) {
    if (n < 1 || n > SE_CODEBOOK_MAX) {
        return se_fail(err, SE_INVALID, "a codebook has 1 to %d levels, not %zu", SE_CODEBOOK_MAX,
                       n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(levels[i]) || (i > 0 && levels[i] <= levels[i - 1])) {
            return se_fail(err, SE_INVALID, "level %zu is %g; levels are finite and ascend", i,
                           (double)levels[i]);
        }
    }
    if (!se_is_scale(scale)) {
        return se_fail(err, SE_INVALID,
                       "scale is %g; it is positive and finite, as its reciprocal is",
                       (double)scale);
    }
    *codebook = (struct se_codebook){.n = n, .scale = scale, .inv_scale = 1 / scale};
    memcpy(codebook->levels, levels, n * sizeof *levels);
    return SE_OK;
}

void se_codebook_apply(const struct se_codebook *codebook, size_t n, const float *y, float *u) {
    for (size_t i = 0; i < n; i++) {
        u[i] = se_codebook_nearest(codebook->n, codebook->levels, y[i] * codebook->inv_scale) *
               codebook->scale;
    }
}
