// SPDX-License-Identifier: Apache-2.0
// The scale of a format by least squared error: a grid, then a pattern search from its best point.
#include "w4a5se/codebook_formats.h"

#include <math.h>

enum { STEPS = 320 }; // 64 an octave, downwards from twice the scale that covers the samples

struct fit {
    const struct se_samples *samples;
    size_t n;
    const float *levels;
    float scale; // the best so far
    double error;
};

static bool try_scale(struct fit *fit, float scale) {
    double error = se_levels_squared_error(fit->samples, fit->n, fit->levels, (double)scale);
    if (!(error < fit->error)) {
        return false;
    }
    fit->scale = scale;
    fit->error = error;
    return true;
}

// The smallest scale at which no sample lies beyond the levels, of those sides that have any.
static float covering_scale(const struct se_samples *samples, size_t n, const float *levels) {
    float above = levels[n - 1] > 0 ? samples->sorted[samples->n - 1] / levels[n - 1] : 0;
    float below = levels[0] < 0 ? samples->sorted[0] / levels[0] : 0;
    return fmaxf(above, below);
}

static void fit_scale(struct fit *fit) {
    float top = 2 * covering_scale(fit->samples, fit->n, fit->levels);
    for (int i = 0; i < STEPS && top > 0; i++) {
        try_scale(fit, top * exp2f((float)-i / 64));
    }
    for (float step = 0.01f; step > 1e-5f && top > 0; step /= 2) {
        while (try_scale(fit, fit->scale * (1 + step)) || try_scale(fit, fit->scale * (1 - step))) {
        }
    }
}

static int last_shift(const struct se_codebook_format *format) {
    float levels[SE_CODEBOOK_MAX];
    switch (format->sides) {
    case SE_SIDES_SKEWED:
        return SE_SKEW_MAX;
    case SE_SIDES_OFFSET:
        return (int)levels[se_codebook_format_levels(format, 0, levels) - 1];
    case SE_SIDES_SIGNED:
        break;
    }
    return 0;
}

enum se_status se_codebook_calibrate(const struct se_samples *samples,
                                     const struct se_codebook_format *format,
                                     struct se_codebook *codebook, struct se_error *err) {
    float levels[SE_CODEBOOK_MAX];
    double least = INFINITY;
    for (int shift = 0, last = last_shift(format); shift <= last; shift++) {
        size_t n = se_codebook_format_levels(format, shift, levels);
        struct fit fit = {samples, n, levels, 0, INFINITY};
        fit_scale(&fit);
        if (fit.error < least && se_codebook_init(codebook, n, levels, fit.scale, NULL) == SE_OK) {
            least = fit.error;
        }
    }
    if (isinf(least)) {
        return se_fail(
            err, SE_INVALID,
            "no legal scale for %s: the largest magnitude, %g, is too small or too large",
            format->name, (double)samples->magnitudes[samples->n - 1]);
    }
    return SE_OK;
}
