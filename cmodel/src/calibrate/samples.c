// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static enum se_status check_values(size_t n, const float *values, struct se_error *err) {
    bool all_zero = true;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            return se_fail(err, SE_INVALID, "value %zu is %g; calibration takes finite values", i,
                           (double)values[i]);
        }
        all_zero = all_zero && values[i] == 0;
    }
    if (all_zero) {
        return se_fail(err, SE_INVALID, "there is no value other than zero to calibrate with");
    }
    return SE_OK;
}

enum se_status se_samples_init(struct se_samples *samples, size_t n, const float *values,
                               struct se_error *err) {
    enum se_status status = check_values(n, values, err);
    if (status != SE_OK) {
        return status;
    }
    *samples = (struct se_samples){.n = n,
                                   .sorted = malloc(n * sizeof(float)),
                                   .magnitudes = malloc(n * sizeof(float)),
                                   .sum = malloc((n + 1) * sizeof(double)),
                                   .squares = malloc((n + 1) * sizeof(double))};
    if (!samples->sorted || !samples->magnitudes || !samples->sum || !samples->squares) {
        se_samples_free(samples);
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu samples", n);
    }
    memcpy(samples->sorted, values, n * sizeof(float));
    qsort(samples->sorted, n, sizeof(float), by_value);
    samples->sum[0] = samples->squares[0] = 0;
    for (size_t i = 0; i < n; i++) {
        double v = samples->sorted[i];
        samples->magnitudes[i] = fabsf(samples->sorted[i]);
        samples->sum[i + 1] = samples->sum[i] + v;
        samples->squares[i + 1] = samples->squares[i] + v * v;
    }
    qsort(samples->magnitudes, n, sizeof(float), by_value);
    return SE_OK;
}

void se_samples_free(struct se_samples *samples) {
    free(samples->sorted);
    free(samples->magnitudes);
    free(samples->sum);
    free(samples->squares);
    *samples = (struct se_samples){0};
}

float se_samples_percentile(const struct se_samples *samples, double percentile) {
    double rank = ceil(percentile * (double)samples->n / 100);
    size_t i = rank < 1 ? 0 : (size_t)rank - 1;
    return samples->magnitudes[i < samples->n ? i : samples->n - 1];
}

// Samples below x.
static size_t count_below(const struct se_samples *samples, double x) {
    size_t low = 0, high = samples->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((double)samples->sorted[middle] < x) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Error of samples [from, to) when each is replaced by `level`.
static double cell_error(const struct se_samples *samples, size_t from, size_t to, double level) {
    double n = (double)(to - from);
    double sum = samples->sum[to] - samples->sum[from];
    double squares = samples->squares[to] - samples->squares[from];
    return squares - 2 * level * sum + n * level * level;
}

// Error of samples [from, to) on the uniform levels q * s, q in [first, last].
static double uniform_error(const struct se_samples *samples, size_t from, size_t to, double s,
                            int first, int last) {
    double error = 0;
    for (int q = first; q <= last && from < to; q++) {
        size_t end = q == last ? to : count_below(samples, (q + 0.5) * s);
        end = end < from ? from : end > to ? to : end;
        error += cell_error(samples, from, end, q * s);
        from = end;
    }
    return error;
}

double se_squared_error(const struct se_samples *samples, const struct se_quantizer *q) {
    const struct se_format *f = &q->format;
    int first1 = se_format_base(f, false), last1 = se_format_last(f, false);
    int first2 = se_format_base(f, true), last2 = se_format_last(f, true);
    size_t below = count_below(samples, -(double)q->thr_neg);
    size_t above = count_below(samples, nextafter((double)q->thr_pos, INFINITY));
    double error = uniform_error(samples, 0, below, q->s2, first2, last2) +
                   uniform_error(samples, below, above, q->s1, first1, last1) +
                   uniform_error(samples, above, samples->n, q->s2, first2, last2);
    return error > 0 ? error : 0; // differences of running sums may fall a rounding below
}

double se_levels_squared_error(const struct se_samples *samples, size_t n, const float *levels,
                               double scale) {
    double error = 0;
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        double level = (double)levels[i] * scale;
        size_t end = i + 1 == n ? samples->n
                                : count_below(samples, (level + (double)levels[i + 1] * scale) / 2);
        error += cell_error(samples, from, end, level);
        from = end;
    }
    return error > 0 ? error : 0;
}
