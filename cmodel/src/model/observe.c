// SPDX-License-Identifier: Apache-2.0
// One pass of the float model over a text, with observers at every point.
#include "w4a5se/grouping.h"
#include "w4a5se/observation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct layer {
    struct se_observer points[SE_POINT_COUNT], rotated;
    struct se_rows y, turned; // out_proj's input, and after the transform
};

struct pass {
    const struct se_model *model;
    const struct se_observation_options *options;
    struct se_observation *observation;
    struct layer *layers;
    struct se_hadamard hadamard; // n 0: there is none of this size
    float *turned;               // one row
    enum se_status status;
    struct se_error *err;
};

struct se_observation_options se_observation_default(void) {
    struct se_observation_options o = {.window = 512, .groups = 16};
    for (size_t p = 0; p < SE_POINT_COUNT; p++) {
        o.points[p] = se_observer_absmax;
    }
    o.points[SE_POINT_U] = o.points[SE_POINT_H] = se_observer_percentile;
    return o;
}

static enum se_status check_options(const struct se_model *model,
                                    const struct se_observation_options *o, struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t p = 0; p < SE_POINT_COUNT && !status; p++) {
        status = se_observer_check(&o->points[p], err);
    }
    if (!status && o->alphas && o->alphas != model->config.layers) {
        return se_fail(err, SE_INVALID, "%zu alphas for %zu layers", o->alphas,
                       model->config.layers);
    }
    for (size_t l = 0; l < o->alphas && !status; l++) {
        status =
            se_observer_check(&(struct se_observer_options){.alpha = o->alpha[l], .sigma = 1}, err);
    }
    if (!status && o->window == 0) {
        return se_fail(err, SE_INVALID, "a window has a token or more");
    }
    if (!status && (o->groups == 0 || o->groups > model->config.d_inner)) {
        return se_fail(err, SE_INVALID, "%zu groups of %zu channels", o->groups,
                       model->config.d_inner);
    }
    return status;
}

// out_proj's input, as it is and rotated.
static enum se_status see_y(struct pass *p, struct layer *layer, size_t rows, size_t columns,
                            const float *values) {
    enum se_status status = se_rows_add(&layer->y, rows, columns, values, p->err);
    for (size_t r = 0; r < rows && p->hadamard.n && !status; r++) {
        memcpy(p->turned, values + r * columns, columns * sizeof *values);
        se_hadamard_run(&p->hadamard, 1, p->turned);
        status = se_observer_see(&layer->rotated, columns, p->turned, p->err);
        if (!status) {
            status = se_rows_add(&layer->turned, 1, columns, p->turned, p->err);
        }
    }
    return status;
}

static void see(void *context, enum se_model_point point, size_t l, size_t rows, size_t columns,
                const float *values) {
    struct pass *p = context;
    struct layer *layer = &p->layers[l];
    if (!p->status) {
        p->status = se_observer_see(&layer->points[point], rows * columns, values, p->err);
    }
    if (!p->status && point == SE_POINT_U) {
        p->status = se_rows_add(&p->observation->observed[l].u, rows, columns, values, p->err);
    }
    if (!p->status && point == SE_POINT_Y) {
        p->status = see_y(p, layer, rows, columns, values);
    }
}

static void end_batch(struct pass *p) {
    for (size_t l = 0; l < p->model->config.layers; l++) {
        for (size_t i = 0; i < SE_POINT_COUNT; i++) {
            se_observer_end_batch(&p->layers[l].points[i]);
        }
        se_observer_end_batch(&p->layers[l].rotated);
    }
}

static enum se_status run_windows(struct pass *p, const struct se_text *text,
                                  void (*progress)(void *context, double share), void *context) {
    const size_t all = text->starts[text->count], most = p->options->tokens_max;
    const size_t wanted = most && most < all ? most : all;
    const struct se_model_tap tap = {.context = p, .see = see};
    struct se_model_state state;
    enum se_status status = se_model_state_alloc(p->model, &state, p->err);
    if (status) {
        return status;
    }
    size_t *done = &p->observation->tokens;
    for (size_t s = 0; s < text->count && *done < wanted && !status; s++) {
        for (size_t t = text->starts[s], n; t < text->starts[s + 1] && *done < wanted && !status;
             t += n) {
            n = text->starts[s + 1] - t < p->options->window ? text->starts[s + 1] - t
                                                             : p->options->window;
            n = n < wanted - *done ? n : wanted - *done;
            se_model_state_reset(p->model, &state);
            status = se_model_forward(p->model, &state, n, text->ids + t, 0, NULL, &tap, p->err);
            status = status ? status : p->status;
            end_batch(p);
            *done += n;
            if (progress) {
                progress(context, (double)*done / (double)wanted);
            }
        }
    }
    se_model_state_free(&state);
    return status;
}

// magnitudes[d_inner]: of each channel the largest in its group.
static enum se_status group(const struct pass *p, const struct se_rows *u, float *magnitudes) {
    const size_t n = u->columns;
    const struct se_scale_shape shape = {1, 1, p->options->groups, 1, n};
    uint32_t head_range[1];
    uint32_t *dim_range = malloc(shape.dim_groups * sizeof *dim_range);
    float *scales = malloc(shape.dim_groups * sizeof *scales);
    float *by_place = malloc(n * sizeof *by_place);
    uint16_t *permutation = malloc(n * sizeof *permutation);
    const struct se_grouping grouping = {head_range, dim_range, scales, permutation};
    enum se_status status = dim_range && scales && by_place && permutation
                                ? se_channel_magnitudes(u->n, n, u->values, 100, magnitudes, p->err)
                                : se_fail(p->err, SE_NO_MEMORY, "no memory for %zu channels", n);
    if (!status) {
        status = se_group_channels(&shape, magnitudes, 1, &grouping, p->err);
    }
    if (!status) {
        se_scale_expand(&(struct se_scale_table){shape, head_range, dim_range, scales}, by_place);
        for (size_t i = 0; i < n; i++) {
            magnitudes[permutation[i]] = by_place[i];
        }
    }
    free(dim_range);
    free(scales);
    free(by_place);
    free(permutation);
    return status;
}

static enum se_status take_samples(struct se_observed_layer *layer, const float *magnitudes,
                                   struct se_error *err) {
    struct se_rows *u = &layer->u;
    size_t n = u->n * u->columns;
    enum se_status status = se_samples_init(&layer->plain, n, u->values, err);
    float *over = status ? NULL : malloc(n * sizeof *over);
    if (!status && !over) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu values", n);
    }
    for (size_t i = 0; i < n && !status; i++) {
        over[i] = u->values[i] / magnitudes[i % u->columns];
    }
    if (!status) {
        status = se_samples_init(&layer->normalised, n, over, err);
    }
    free(over);
    return status;
}

static enum se_status fit_y_code(const struct se_rows *rows, struct se_quantizer *q,
                                 struct se_error *err) {
    const struct se_calibration options = {.code_bits = 4,
                                           .dual = true,
                                           .rule = SE_RULE_R3,
                                           .scale = SE_SCALE_LEAST_ERROR,
                                           .ratio_choice = SE_RATIO_FREE};
    struct se_samples samples;
    enum se_status status = se_samples_init(&samples, rows->n * rows->columns, rows->values, err);
    if (!status) {
        status = se_calibrate(&samples, &options, q, err);
        se_samples_free(&samples);
    }
    return status;
}

static enum se_status conclude(struct pass *p, size_t l) {
    struct layer *layer = &p->layers[l];
    struct se_layer_scales *scales = &p->observation->scales[l];
    struct se_observed_layer *observed = &p->observation->observed[l];
    enum se_status status = SE_OK;
    for (size_t i = 0; i < SE_POINT_COUNT && !status; i++) {
        status = se_observer_scale(&layer->points[i], &scales->points[i], p->err);
    }
    if (!status && p->hadamard.n) {
        status = se_observer_scale(&layer->rotated, &scales->rotated, p->err);
        status = status ? status : fit_y_code(&layer->turned, &scales->rotated_code, p->err);
    }
    status = status ? status : fit_y_code(&layer->y, &scales->y_code, p->err);
    status = status ? status : group(p, &observed->u, scales->magnitudes);
    return status ? status : take_samples(observed, scales->magnitudes, p->err);
}

static enum se_status conclude_all(struct pass *p) {
    struct se_error cause;
    struct se_error *err = p->err;
    enum se_status status = SE_OK;
    p->err = &cause;
    for (size_t l = 0; l < p->model->config.layers && !status; l++) {
        status = conclude(p, l);
        if (status) {
            se_fail(err, status, "layer %zu: %s", l, cause.message);
        }
    }
    return status;
}

static enum se_status allocate(struct pass *p) {
    const struct se_model_config *c = &p->model->config;
    struct se_observation *o = p->observation;
    *o = (struct se_observation){.layers = c->layers,
                                 .d_inner = c->d_inner,
                                 .scales = calloc(c->layers, sizeof *o->scales),
                                 .observed = calloc(c->layers, sizeof *o->observed)};
    p->layers = calloc(c->layers, sizeof *p->layers);
    p->turned = malloc(c->d_inner * sizeof *p->turned);
    bool complete = o->scales && o->observed && p->layers && p->turned;
    for (size_t l = 0; l < c->layers && complete; l++) {
        o->scales[l].magnitudes = malloc(c->d_inner * sizeof(float));
        complete = o->scales[l].magnitudes;
        for (size_t i = 0; i < SE_POINT_COUNT; i++) {
            p->layers[l].points[i].options = p->options->points[i];
        }
        p->layers[l].rotated.options = p->options->points[SE_POINT_Y];
        if (p->options->alphas) {
            p->layers[l].points[SE_POINT_U].options.alpha = p->options->alpha[l];
        }
    }
    return complete ? SE_OK : se_fail(p->err, SE_NO_MEMORY, "no memory for %zu layers", c->layers);
}

static void free_pass(struct pass *p) {
    for (size_t l = 0; p->layers && l < p->model->config.layers; l++) {
        for (size_t i = 0; i < SE_POINT_COUNT; i++) {
            se_observer_free(&p->layers[l].points[i]);
        }
        se_observer_free(&p->layers[l].rotated);
        se_rows_free(&p->layers[l].y);
        se_rows_free(&p->layers[l].turned);
    }
    free(p->layers);
    free(p->turned);
    se_hadamard_free(&p->hadamard);
}

enum se_status se_observe(const struct se_model *model, const struct se_text *text,
                          const struct se_observation_options *options,
                          void (*progress)(void *context, double share), void *context,
                          struct se_observation *observation, struct se_error *err) {
    struct pass p = {.model = model, .options = options, .observation = observation, .err = err};
    enum se_status status = check_options(model, options, err);
    if (status) {
        return status;
    }
    if (se_hadamard_init(&p.hadamard, model->config.d_inner, NULL) == SE_NO_MEMORY) {
        return se_fail(err, SE_NO_MEMORY, "no memory for a Hadamard transform");
    }
    status = allocate(&p);
    status = status ? status : run_windows(&p, text, progress, context);
    status = status ? status : conclude_all(&p);
    free_pass(&p);
    if (status) {
        se_observation_free(observation);
    }
    return status;
}

void se_observation_free(struct se_observation *o) {
    for (size_t l = 0; l < o->layers; l++) {
        if (o->scales) {
            free(o->scales[l].magnitudes);
        }
        if (o->observed) {
            se_rows_free(&o->observed[l].u);
            se_samples_free(&o->observed[l].plain);
            se_samples_free(&o->observed[l].normalised);
        }
    }
    free(o->scales);
    free(o->observed);
    *o = (struct se_observation){0};
}
