// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include "w4a5se/calibrate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const char *const mode_names[MODES] = {"int8, absmax",  "int8, 1.5 absmax",  "int8, least error",
                                       "int4, absmax",  "int4, least error", "w4a5-se",
                                       "w4a5-se-offset"};

// A grouping, and of each channel the scale index and the magnitude that its group covers.
struct grouped {
    size_t count; // scales
    uint32_t head_range[CHANNELS_MAX], dim_range[CHANNELS_MAX];
    float covers[CHANNELS_MAX]; // [count]
    size_t index[CHANNELS_MAX]; // [channels]
};

static enum se_status group(const struct se_scale_shape *s, const struct part *calibration,
                            uint16_t *permutation, struct grouped *g, struct se_error *err) {
    float magnitudes[CHANNELS_MAX];
    const struct se_grouping to = {g->head_range, g->dim_range, g->covers, permutation};
    const struct se_scale_table table = {*s, g->head_range, g->dim_range, g->covers};
    g->count = se_scale_count(s);
    enum se_status status = se_channel_magnitudes(calibration->tokens, calibration->channels,
                                                  calibration->values, 100, magnitudes, err);
    if (!status) {
        status = se_group_channels(s, magnitudes, 1, &to, err);
    }
    for (size_t i = 0; i < calibration->channels && !status; i++) {
        g->index[permutation[i]] = se_scale_index(&table, i);
    }
    return status;
}

static struct se_calibration options_of(enum mode mode) {
    bool dual = mode == DUAL || mode == DUAL_OFFSET;
    return (struct se_calibration){.code_bits = mode <= INT8_LEAST ? 8 : 4,
                                   .dual = dual,
                                   .free_bases = mode == DUAL_OFFSET,
                                   .rule = dual ? SE_RULE_R3 : SE_RULE_NONE,
                                   .scale = SE_SCALE_LEAST_ERROR,
                                   .percentile = 100,
                                   .ratio_choice = dual ? SE_RATIO_FREE : SE_RATIO_FIXED,
                                   .ratio = 1};
}

static enum se_status fit(const struct se_calibration *o, size_t n, const float *values,
                          struct se_quantizer *q, struct se_error *err) {
    struct se_samples samples;
    enum se_status status = se_samples_init(&samples, n, values, err);
    if (!status) {
        status = se_calibrate(&samples, o, q, err);
        se_samples_free(&samples);
    }
    return status;
}

// One scale: the largest magnitude of the group, or the least error over its members.
static enum se_status fit_single(enum mode mode, const struct part *c, const struct grouped *g,
                                 size_t which, float *members, struct se_quantizer *q,
                                 struct se_error *err) {
    const struct se_calibration o = options_of(mode);
    const struct se_format format = se_format_signed(o.code_bits, false);
    size_t n = 0;
    bool all_zero = true;
    for (size_t i = 0; i < c->tokens * c->channels; i++) {
        if (g->index[i % c->channels] == which) {
            members[n++] = c->values[i];
            all_zero = all_zero && c->values[i] == 0;
        }
    }
    if ((mode != INT8_LEAST && mode != INT4_LEAST) || all_zero) {
        float headroom = mode == INT8_HEADROOM ? 1.5f : 1;
        float scale = headroom * g->covers[which] / (float)se_format_last(&format, false);
        return se_quantizer_init(q, format, scale, 1, INFINITY, INFINITY, err);
    }
    return fit(&o, n, members, q, err);
}

// Dual scales: ratio, bases and the step in units of a group's magnitude are shared, found on the
// values of all channels divided by their groups' magnitudes; thresholds follow each group's s1.
static enum se_status fit_dual(enum mode mode, const struct part *c, const struct grouped *g,
                               float *divided, struct se_quantizer *q, struct se_error *err) {
    const struct se_calibration o = options_of(mode);
    struct se_quantizer shared;
    size_t n = c->tokens * c->channels;
    for (size_t i = 0; i < n; i++) {
        divided[i] = c->values[i] / g->covers[g->index[i % c->channels]];
    }
    enum se_status status = fit(&o, n, divided, &shared, err);
    for (size_t i = 0; i < g->count && !status; i++) {
        status = se_quantizer_init(&q[i], shared.format, shared.s1 * g->covers[i], shared.ratio,
                                   INFINITY, INFINITY, err);
        if (!status) {
            se_thresholds_least_error(&q[i]);
        }
    }
    return status;
}

static double sqnr_db(const struct part *part, const struct grouped *g,
                      const struct se_quantizer *q) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < part->tokens * part->channels; i++) {
        const struct se_quantizer *own = &q[g->index[i % part->channels]];
        double v = part->values[i];
        double error = v - (double)se_dequantize(own, se_quantize(own, part->values[i]));
        signal += v * v;
        noise += error * error;
    }
    return 10 * log10(signal / noise);
}

enum se_status measure(const struct se_scale_shape *shape, const struct part *calibration,
                       const struct part *test, struct measurement *result, struct se_error *err) {
    static struct grouped g;
    static struct se_quantizer q[CHANNELS_MAX];
    size_t channels = se_scale_channels(shape);
    if (channels > CHANNELS_MAX || calibration->channels != channels ||
        test->channels != channels || se_scale_count(shape) > CHANNELS_MAX) {
        return se_fail(err, SE_INVALID, "the parts have %zu and %zu channels, the shape %zu",
                       calibration->channels, test->channels, channels);
    }
    float *scratch = malloc(calibration->tokens * channels * sizeof *scratch);
    enum se_status status =
        scratch ? group(shape, calibration, result->permutation, &g, err)
                : se_fail(err, SE_NO_MEMORY, "no memory for %zu tokens", calibration->tokens);
    for (enum mode mode = 0; mode < MODES && !status; mode++) {
        if (mode == DUAL || mode == DUAL_OFFSET) {
            status = fit_dual(mode, calibration, &g, scratch, q, err);
        }
        for (size_t i = 0; i < g.count && mode < DUAL && !status; i++) {
            status = fit_single(mode, calibration, &g, i, scratch, &q[i], err);
        }
        if (!status) {
            result->sqnr_db[mode] = sqnr_db(test, &g, q);
            result->calibration_db[mode] = sqnr_db(calibration, &g, q);
        }
    }
    free(scratch);
    return status;
}
