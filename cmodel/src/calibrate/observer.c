// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/observer.h"

#include "w4a5se/calibrate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double INNER_ALPHA = 0.99; // of SE_OBSERVER_OUTLIER_AWARE, which puts it at
static const float INNER_LAST = 120;

const char *const se_observer_names[] = {"absmax",      "minmax",        "percentile",
                                         "least-error", "outlier-aware", NULL};

const struct se_observer_options se_observer_percentile = {SE_OBSERVER_PERCENTILE, 0.99999, 0.01};
const struct se_observer_options se_observer_absmax = {SE_OBSERVER_ABSMAX, 0.99999, 0.01};

enum se_status se_observer_check(const struct se_observer_options *o, struct se_error *err) {
    if (!(o->alpha > 0 && o->alpha <= 1)) {
        return se_fail(err, SE_INVALID, "alpha is %g; it is above 0 and at most 1", o->alpha);
    }
    if (!(o->sigma > 0 && o->sigma <= 1)) {
        return se_fail(err, SE_INVALID, "sigma is %g; it is above 0 and at most 1", o->sigma);
    }
    return SE_OK;
}

void se_observer_free(struct se_observer *observer) {
    free(observer->batch);
    se_rows_free(&observer->kept);
    *observer = (struct se_observer){.options = observer->options};
}

static bool takes_quantiles(const struct se_observer *o) {
    return o->options.kind == SE_OBSERVER_PERCENTILE ||
           o->options.kind == SE_OBSERVER_OUTLIER_AWARE;
}

static enum se_status add_to_batch(struct se_observer *o, size_t n, const float *values,
                                   struct se_error *err) {
    if (o->used + n > o->room) {
        size_t room = 2 * (o->used + n);
        float *batch = realloc(o->batch, room * sizeof *batch);
        if (!batch) {
            return se_fail(err, SE_NO_MEMORY, "no memory for a batch of %zu values", room);
        }
        o->batch = batch;
        o->room = room;
    }
    for (size_t i = 0; i < n; i++) {
        o->batch[o->used++] = fabsf(values[i]);
    }
    return SE_OK;
}

enum se_status se_observer_see(struct se_observer *o, size_t n, const float *values,
                               struct se_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            return se_fail(err, SE_INVALID, "an activation is %g", (double)values[i]);
        }
        o->low = values[i] < o->low ? values[i] : o->low;
        o->high = values[i] > o->high ? values[i] : o->high;
    }
    if (takes_quantiles(o)) {
        return add_to_batch(o, n, values, err);
    }
    return o->options.kind == SE_OBSERVER_LEAST_ERROR ? se_rows_add(&o->kept, n, 1, values, err)
                                                      : SE_OK;
}

// Puts the value of rank k where it belongs in x[n], the smaller ones before it (Hoare's find).
static void select_rank(size_t n, float *x, size_t k) {
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, rank = (ptrdiff_t)k;
    while (low < high) {
        float pivot = x[rank];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) {
                i++;
            }
            while (pivot < x[j]) {
                j--;
            }
            if (i <= j) {
                float swapped = x[i];
                x[i++] = x[j];
                x[j--] = swapped;
            }
        }
        low = j < rank ? i : low;
        high = rank < i ? j : high;
    }
}

static double quantile(size_t n, float *x, double alpha) {
    double place = alpha * (double)(n - 1);
    size_t rank = (size_t)place;
    select_rank(n, x, rank);
    float next = rank + 1 < n ? x[rank + 1] : x[rank];
    for (size_t i = rank + 1; i < n; i++) {
        next = fminf(next, x[i]);
    }
    return (double)x[rank] + (place - (double)rank) * ((double)next - (double)x[rank]);
}

void se_observer_end_batch(struct se_observer *o) {
    if (takes_quantiles(o) && o->used > 0) {
        bool inner = o->options.kind == SE_OBSERVER_OUTLIER_AWARE;
        double now = quantile(o->used, o->batch, inner ? INNER_ALPHA : o->options.alpha);
        o->average = o->batches ? o->average + o->options.sigma * (now - o->average) : now;
        o->batches++;
        o->used = 0;
    }
}

static enum se_status least_error(const struct se_observer *o, float *scale, struct se_error *err) {
    const struct se_calibration options = {
        .code_bits = 8, .scale = SE_SCALE_LEAST_ERROR, .ratio_choice = SE_RATIO_FIXED, .ratio = 1};
    struct se_samples samples;
    struct se_quantizer q;
    enum se_status status = se_samples_init(&samples, o->kept.n, o->kept.values, err);
    if (status == SE_OK) {
        status = se_calibrate(&samples, &options, &q, err);
        se_samples_free(&samples);
    }
    if (status == SE_OK) {
        *scale = q.s1;
    }
    return status;
}

enum se_status se_observer_scale(const struct se_observer *o, float *scale, struct se_error *err) {
    const float least = 1e-5f / 127;
    float s = least;
    enum se_status status = SE_OK;
    switch (o->options.kind) {
    case SE_OBSERVER_ABSMAX:
        s = fmaxf(o->high, -o->low) / 127;
        break;
    case SE_OBSERVER_MINMAX:
        s = fmaxf(o->high / 127, -o->low / 128);
        break;
    case SE_OBSERVER_PERCENTILE:
        s = (float)o->average / 127;
        break;
    case SE_OBSERVER_OUTLIER_AWARE:
        s = (float)o->average / INNER_LAST;
        break;
    case SE_OBSERVER_LEAST_ERROR:
        status = o->high > 0 || o->low < 0 ? least_error(o, &s, err) : SE_OK;
        break;
    }
    *scale = fmaxf(s, least);
    return status;
}
