// SPDX-License-Identifier: Apache-2.0
// Least-squares search over whatever the options leave free: a coarse grid over scale, ratio and
// bases, then a pattern search from the best point of each of the most promising pairs of bases.
#include "w4a5se/calibrate.h"

#include <math.h>
#include <stdlib.h>

enum {
    S1_STEPS = 28,    // a quarter of an octave each, downwards from absmax / (levels / 2.5)
    RATIO_STEPS = 16, // a third of an octave each, upwards from 1
    FINALISTS = 16,
    BASE_PAIRS = 9 * 24, // base1 from -levels/2 to 0, base2 from there to levels, 16 steps a range
};

struct point {
    int base1, base2;
    float s1, ratio;
    double error;
};

struct search {
    const struct se_samples *samples;
    const struct se_calibration *options;
    struct se_quantizer quantizer; // of the point evaluated last
};

const char *const se_scale_names[] = {"absmax", "percentile", "least-error", NULL};

static float absmax(const struct se_samples *samples) {
    return samples->magnitudes[samples->n - 1];
}

static void set_thresholds(struct search *search) {
    struct se_quantizer *q = &search->quantizer;
    switch (search->options->rule) {
    case SE_RULE_R1:
        se_thresholds_overflow(q);
        break;
    case SE_RULE_R2:
        se_thresholds_percentile(
            q, se_samples_percentile(search->samples, search->options->percentile));
        break;
    case SE_RULE_R3:
        se_thresholds_least_error(q);
        break;
    case SE_RULE_NONE:
        break;
    }
}

// The s1 that covers `magnitude`, as SE_SCALE_ABSMAX and SE_SCALE_PERCENTILE promise it.
static float covering_scale(const struct search *search, float magnitude, int base1, int last1) {
    const struct se_samples *samples = search->samples;
    if (!search->options->free_bases) {
        return magnitude / (float)last1;
    }
    float above = fminf(magnitude, fmaxf(0, samples->sorted[samples->n - 1]));
    float below = fminf(magnitude, fmaxf(0, -samples->sorted[0]));
    return fmaxf(above / (float)last1, below > 0 ? below / (float)-base1 : 0);
}

// Fills in what follows from the point (s1 where the method fixes it, the quantiser) and its error;
// infinite where no legal quantiser comes of it.
static void evaluate(struct search *search, struct point *p) {
    const struct se_calibration *o = search->options;
    struct se_format format = {o->code_bits, o->dual, p->base1, p->base2};
    int last1 = se_format_last(&format, false);
    p->error = INFINITY;
    if (last1 <= 0) {
        return;
    }
    if (o->scale == SE_SCALE_ABSMAX) {
        p->s1 = covering_scale(search, absmax(search->samples), p->base1, last1);
    } else if (o->scale == SE_SCALE_PERCENTILE) {
        p->s1 = covering_scale(search, se_samples_percentile(search->samples, o->percentile),
                               p->base1, last1);
    }
    if (se_quantizer_init(&search->quantizer, format, p->s1, p->ratio, INFINITY, INFINITY, NULL) ==
        SE_OK) {
        set_thresholds(search);
        p->error = se_squared_error(search->samples, &search->quantizer);
    }
}

static void keep_better(struct search *search, struct point *best, struct point p) {
    evaluate(search, &p);
    if (p.error < best->error) {
        *best = p;
    }
}

static int ratio_steps(const struct se_calibration *o) {
    return o->ratio_choice == SE_RATIO_FIXED  ? 1
           : o->ratio_choice == SE_RATIO_POW2 ? SE_RATIO_LOG2_MAX + 1
                                              : RATIO_STEPS;
}

static float nth_ratio(const struct se_calibration *o, int i) {
    return o->ratio_choice == SE_RATIO_FIXED  ? o->ratio
           : o->ratio_choice == SE_RATIO_POW2 ? (float)(1 << i)
                                              : exp2f((float)i / 3);
}

static struct point best_scales(struct search *search, int base1, int base2) {
    const struct se_calibration *o = search->options;
    int s1_steps = o->scale == SE_SCALE_LEAST_ERROR ? S1_STEPS : 1;
    float top = absmax(search->samples) / (float)(1 << o->code_bits) * 2.5f;
    struct point best = {.error = INFINITY};
    for (int i = 0; i < s1_steps; i++) {
        for (int j = 0; j < ratio_steps(o); j++) {
            keep_better(
                search, &best,
                (struct point){base1, base2, top * exp2f((float)-i / 4), nth_ratio(o, j), 0});
        }
    }
    return best;
}

// One round of the pattern search; true when a neighbour was better.
static bool improve(struct search *search, struct point *best, float step) {
    const struct se_calibration *o = search->options;
    const struct point from = *best;
    for (int direction = -1; direction <= 1; direction += 2) {
        float factor = 1 + (float)direction * step;
        struct point p = from;
        if (o->scale == SE_SCALE_LEAST_ERROR) {
            p.s1 = from.s1 * factor;
            keep_better(search, best, p);
        }
        if (o->ratio_choice == SE_RATIO_FREE) {
            p = from;
            p.ratio = fmaxf(1, from.ratio * factor);
            keep_better(search, best, p);
            p.s1 = from.s1 / factor;
            keep_better(search, best, p);
        }
        if (o->free_bases) {
            p = from;
            p.base1 = from.base1 + direction;
            p.base2 = o->dual ? from.base2 : p.base1;
            keep_better(search, best, p);
        }
        if (o->free_bases && o->dual) {
            p = from;
            p.base2 = from.base2 + direction;
            keep_better(search, best, p);
        }
    }
    return best->error < from.error;
}

static void refine(struct search *search, struct point *best) {
    for (float step = 0.1f; step > 1e-4f; step /= 2) {
        while (improve(search, best, step)) {
        }
    }
}

static int by_error(const void *a, const void *b) {
    double x = ((const struct point *)a)->error, y = ((const struct point *)b)->error;
    return (x > y) - (x < y);
}

// The best scales for every pair of bases worth trying, as points[]; returns how many.
static size_t survey(struct search *search, struct point *points) {
    const struct se_calibration *o = search->options;
    int levels = 1 << o->code_bits, step = levels / 16;
    int two_complement = -levels / 2;
    size_t n = 0;
    for (int base1 = two_complement; base1 <= (o->free_bases ? 0 : two_complement); base1 += step) {
        int first2 = o->dual ? two_complement : base1;
        int last2 = !o->dual ? base1 : o->free_bases ? levels - step : two_complement;
        for (int base2 = first2; base2 <= last2; base2 += step) {
            points[n++] = best_scales(search, base1, base2);
        }
    }
    qsort(points, n, sizeof *points, by_error);
    return n;
}

enum se_status se_calibration_check(const struct se_calibration *o, struct se_error *err) {
    const struct se_format format = {.code_bits = o->code_bits, .dual = o->dual};
    enum se_status status = se_format_check(&format, err);
    if (status != SE_OK) {
        return status;
    }
    if (o->dual != (o->rule != SE_RULE_NONE)) {
        return se_fail(err, SE_INVALID, "rule is %s, but the format has %s", se_rule_names[o->rule],
                       o->dual ? "two scales" : "one scale");
    }
    bool uses_percentile = o->scale == SE_SCALE_PERCENTILE || o->rule == SE_RULE_R2;
    if (uses_percentile && !(o->percentile > 0 && o->percentile <= 100)) {
        return se_fail(err, SE_INVALID, "percentile is %g; it is above 0 and at most 100",
                       o->percentile);
    }
    if (o->ratio_choice == SE_RATIO_FIXED && !(isfinite(o->ratio) && o->ratio >= 1)) {
        return se_fail(err, SE_INVALID, "ratio is %g; it is a finite number, 1 or more",
                       (double)o->ratio);
    }
    if (!o->dual && (o->ratio_choice != SE_RATIO_FIXED || o->ratio != 1)) {
        return se_fail(err, SE_INVALID, "ratio is given, but the format has one scale");
    }
    return SE_OK;
}

enum se_status se_calibrate(const struct se_samples *samples, const struct se_calibration *options,
                            struct se_quantizer *q, struct se_error *err) {
    enum se_status status = se_calibration_check(options, err);
    if (status != SE_OK) {
        return status;
    }
    struct search search = {.samples = samples, .options = options};
    struct point points[BASE_PAIRS], best = {.error = INFINITY};
    size_t n = survey(&search, points);
    for (size_t i = 0; i < n && i < FINALISTS && isfinite(points[i].error); i++) {
        refine(&search, &points[i]);
        best = points[i].error < best.error ? points[i] : best;
    }
    if (!isfinite(best.error)) {
        return se_fail(err, SE_INVALID,
                       "no legal scale: the largest magnitude, %g, is too small or too large",
                       (double)absmax(samples));
    }
    evaluate(&search, &best);
    *q = search.quantizer;
    return SE_OK;
}
