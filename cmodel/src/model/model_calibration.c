// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/model_calibration.h"

#include <stdlib.h>
#include <string.h>

const char *const se_ratio_names[] = {"fixed", "free", "pow2", NULL};

static void put(struct se_mode_choice *choices, size_t *n, enum se_input_mode mode,
                struct se_calibration how) {
    if (choices) {
        choices[*n] = (struct se_mode_choice){mode, how};
    }
    ++*n;
}

size_t se_mode_choices(struct se_mode_choice *choices) {
    static const enum se_ratio_choice ratios[] = {SE_RATIO_FREE, SE_RATIO_POW2};
    size_t n = 0;
    for (int m = 0; m < SE_INPUT_MODES; m++) {
        enum se_input_mode mode = (enum se_input_mode)m;
        struct se_calibration how = se_mode_calibration(mode);
        put(choices, &n, mode, how);
        for (int rule = SE_RULE_R1; how.dual && rule <= SE_RULE_R3; rule++) {
            for (size_t r = 0; r < 2; r++) {
                struct se_calibration other = how;
                other.rule = (enum se_rule)rule;
                other.ratio_choice = ratios[r];
                if (other.rule != how.rule || other.ratio_choice != how.ratio_choice) {
                    put(choices, &n, mode, other);
                }
            }
        }
    }
    return n;
}

static enum se_status copy_scales(const struct se_observation *from,
                                  struct se_model_calibration *to, struct se_error *err) {
    to->scales = calloc(from->layers, sizeof *to->scales);
    for (size_t l = 0; to->scales && l < from->layers; l++) {
        struct se_mamba2_scales *own;
        if (se_mamba2_scales_copy(from->scales[l].mamba2, &own, err)) {
            return SE_NO_MEMORY;
        }
        to->scales[l] = from->scales[l];
        to->scales[l].mamba2 = own;
        to->scales[l].magnitudes = malloc(from->d_inner * sizeof(float));
        if (!to->scales[l].magnitudes) {
            return SE_NO_MEMORY;
        }
        memcpy(to->scales[l].magnitudes, from->scales[l].magnitudes, from->d_inner * sizeof(float));
    }
    return to->scales ? SE_OK : SE_NO_MEMORY;
}

static enum se_status calibrate_mode(const struct se_observation *observation,
                                     const struct se_mode_choice *choice,
                                     struct se_calibrated_mode *mode, struct se_error *err) {
    *mode = (struct se_calibrated_mode){choice->mode, choice->how.rule, choice->how.ratio_choice,
                                        calloc(observation->layers, sizeof *mode->quantizers)};
    enum se_status status =
        mode->quantizers
            ? SE_OK
            : se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", observation->layers);
    for (size_t l = 0; l < observation->layers && !status; l++) {
        struct se_error cause;
        status = se_observation_quantizer(observation, l, choice->mode, &choice->how,
                                          &mode->quantizers[l], &cause);
        if (status) {
            se_fail(err, status, "layer %zu, %s: %s", l, se_input_mode_names[choice->mode],
                    cause.message);
        }
    }
    return status;
}

enum se_status se_model_calibrate(const struct se_observation *observation, size_t n,
                                  const struct se_mode_choice *choices,
                                  struct se_model_calibration *calibration, struct se_error *err) {
    struct se_model_calibration c = {.layers = observation->layers,
                                     .d_inner = observation->d_inner,
                                     .n = n,
                                     .modes = calloc(n ? n : 1, sizeof *c.modes)};
    enum se_status status = copy_scales(observation, &c, err);
    if (status || !c.modes) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for the scales of %zu layers", c.layers);
    }
    for (size_t i = 0; i < n && !status; i++) {
        status = calibrate_mode(observation, &choices[i], &c.modes[i], err);
    }
    if (status) {
        se_model_calibration_free(&c);
        return status;
    }
    *calibration = c;
    return SE_OK;
}

void se_model_calibration_free(struct se_model_calibration *c) {
    for (size_t l = 0; c->scales && l < c->layers; l++) {
        free(c->scales[l].magnitudes);
        free(c->scales[l].mamba2);
    }
    for (size_t i = 0; c->modes && i < c->n; i++) {
        free(c->modes[i].quantizers);
    }
    free(c->scales);
    free(c->modes);
    *c = (struct se_model_calibration){0};
}

const struct se_calibrated_mode *se_model_calibration_find(const struct se_model_calibration *c,
                                                           enum se_input_mode mode, int rule,
                                                           int ratio) {
    for (size_t i = 0; i < c->n; i++) {
        const struct se_calibrated_mode *m = &c->modes[i];
        if (m->mode == mode && (rule < 0 || (int)m->rule == rule) &&
            (ratio < 0 || (int)m->ratio == ratio)) {
            return m;
        }
    }
    return NULL;
}

static enum se_status expand(const struct se_model_calibration *c,
                             const struct se_calibrated_mode *mode, size_t layer, float *s1,
                             struct se_quantizer *quantizers, struct se_error *err) {
    const struct se_quantizer *one = &mode->quantizers[layer];
    for (size_t i = 0; i < c->d_inner; i++) {
        s1[i] = one->s1 * c->scales[layer].magnitudes[i];
    }
    return se_input_piecewise(one, mode->rule, c->d_inner, s1, quantizers, err);
}

enum se_status se_model_inputs(const struct se_model_calibration *c,
                               const struct se_calibrated_mode *mode, bool x_proj_from_code,
                               struct se_input *inputs, struct se_quantizer **storage,
                               struct se_error *err) {
    bool piecewise = se_input_is_piecewise(mode->mode);
    float *s1 = malloc(c->d_inner * sizeof *s1);
    enum se_status status = SE_OK;
    *storage = piecewise ? malloc(c->layers * c->d_inner * sizeof **storage) : NULL;
    if (!s1 || (piecewise && !*storage)) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu quantisers", c->d_inner);
    }
    for (size_t l = 0; l < c->layers && !status; l++) {
        struct se_quantizer *own = piecewise ? *storage + l * c->d_inner : &mode->quantizers[l];
        inputs[l] = (struct se_input){
            .mode = mode->mode, .quantizers = own, .x_proj_from_code = x_proj_from_code};
        status = piecewise ? expand(c, mode, l, s1, own, err) : SE_OK;
    }
    free(s1);
    if (status) {
        free(*storage);
        *storage = NULL;
    }
    return status;
}

enum se_status se_model_calibration_check(const struct se_model_calibration *c,
                                          const struct se_model *model, struct se_error *err) {
    if (c->layers != model->config.layers || c->d_inner != model->config.d_inner) {
        return se_fail(
            err, SE_INVALID,
            "the calibration is of %zu layers and d_inner %zu, the model has %zu and %zu",
            c->layers, c->d_inner, model->config.layers, model->config.d_inner);
    }
    return se_mamba2_scales_fit(c->scales[0].mamba2, &model->config, err);
}
