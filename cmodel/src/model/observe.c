// SPDX-License-Identifier: Apache-2.0
// One pass of the float model over a text, with observers at every point.
#include "observe_mamba2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct layer {
    struct se_observer points[SE_POINT_COUNT], rotated;
    struct se_rows y, turned; // out_proj's input, and after the transform
    struct se_mamba2_watch mamba2;
};

struct pass {
    const struct se_model *model;
    const struct se_observation_options *options;
    struct se_observation *observation;
    struct layer *layers;
    struct se_hadamard hadamard; // n 0: there is none of this size
    float *turned;               // one row
    bool ends;                   // this call ends a window
    enum se_status status;
    struct se_error *err;
};

static bool is_mamba2(const struct pass *p) {
    return p->model->config.kind == SE_MODEL_MAMBA2;
}

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
    if (!status && model->config.kind == SE_MODEL_MAMBA2) {
        struct se_scale_shape shape;
        status = se_mamba2_table_shape(&model->config, o->groups, &shape, err);
    }
    return status;
}

// The largest magnitude of each channel so far.
static void cover(size_t rows, size_t columns, const float *values, float *magnitudes) {
    for (size_t i = 0; i < rows * columns; i++) {
        float magnitude = fabsf(values[i]);
        float *most = &magnitudes[i % columns];
        *most = magnitude > *most ? magnitude : *most;
    }
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
    size_t own = point == SE_POINT_X ? p->model->config.d_inner : columns; // without B and C
    if (!p->status && (point != SE_POINT_H || p->ends)) {
        p->status =
            se_observe_columns(&layer->points[point], rows, columns, 0, own, values, p->err);
    }
    if (!p->status && is_mamba2(p)) {
        p->status = se_mamba2_watch_see(&layer->mamba2, point, rows, columns, values, p->err);
    }
    if (!p->status && point == SE_POINT_U) {
        cover(rows, columns, values, p->observation->scales[l].magnitudes);
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
        if (is_mamba2(p)) {
            se_mamba2_watch_end_batch(&p->layers[l].mamba2);
        }
    }
}

// A window of n tokens from an empty state. In Mamba-2 calls are short, so that states are seen on
// their way too.
static enum se_status run_window(struct pass *p, struct se_model_state *state, size_t n,
                                 const uint32_t *ids) {
    const struct se_model_tap tap = {.context = p, .see = see};
    const size_t call = is_mamba2(p) ? SE_MAMBA2_CALL : n;
    enum se_status status = SE_OK;
    se_model_state_reset(p->model, state);
    for (size_t t = 0; t < n && !status; t += call) {
        size_t tokens = n - t < call ? n - t : call;
        p->ends = t + tokens == n;
        status = se_model_forward(p->model, state, tokens, ids + t, 0, NULL, &tap, p->err);
        status = status ? status : p->status;
    }
    end_batch(p);
    return status;
}

static enum se_status run_windows(struct pass *p, const struct se_text *text,
                                  void (*progress)(void *context, double share), void *context) {
    const size_t all = text->starts[text->count], most = p->options->tokens_max;
    const size_t wanted = most && most < all ? most : all;
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
            status = run_window(p, &state, n, text->ids + t);
            *done += n;
            if (progress) {
                progress(context, (double)*done / (double)wanted);
            }
        }
    }
    se_model_state_free(&state);
    return status;
}

// magnitudes[d_inner]: from each channel's to the largest in its group.
static enum se_status group(const struct pass *p, float *magnitudes) {
    const size_t n = p->model->config.d_inner;
    const struct se_scale_shape shape = {1, 1, p->options->groups, 1, n};
    uint32_t head_range[1];
    uint32_t *dim_range = malloc(shape.dim_groups * sizeof *dim_range);
    float *scales = malloc(shape.dim_groups * sizeof *scales);
    uint16_t *permutation = malloc(n * sizeof *permutation);
    const struct se_grouping grouping = {head_range, dim_range, scales, permutation};
    enum se_status status = dim_range && scales && permutation
                                ? SE_OK
                                : se_fail(p->err, SE_NO_MEMORY, "no memory for %zu channels", n);
    if (!status) {
        status = se_group_channels(&shape, magnitudes, 1, &grouping, p->err);
    }
    if (!status) {
        se_grouping_expand(&shape, &grouping, magnitudes);
    }
    free(dim_range);
    free(scales);
    free(permutation);
    return status;
}

static enum se_status group_mamba2(const struct pass *p, const struct layer *layer,
                                   struct se_layer_scales *scales) {
    enum se_status status = se_mamba2_watch_conclude(&layer->mamba2, p->options->groups,
                                                     scales->magnitudes, &scales->mamba2, p->err);
    if (!status) {
        se_grouping_expand(&scales->mamba2->shape, &scales->mamba2->grouping, scales->magnitudes);
    }
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
    if (!status) {
        status = is_mamba2(p) ? group_mamba2(p, layer, scales) : group(p, scales->magnitudes);
    }
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
        o->scales[l].magnitudes = calloc(c->d_inner, sizeof(float));
        complete = o->scales[l].magnitudes;
        for (size_t i = 0; i < SE_POINT_COUNT; i++) {
            p->layers[l].points[i].options = p->options->points[i];
        }
        p->layers[l].rotated.options = p->options->points[SE_POINT_Y];
        if (p->options->alphas) {
            p->layers[l].points[SE_POINT_U].options.alpha = p->options->alpha[l];
        }
        if (complete && is_mamba2(p)) {
            complete = !se_mamba2_watch_init(&p->layers[l].mamba2, c, p->options, p->err);
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
        se_mamba2_watch_free(&p->layers[l].mamba2);
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
            free(o->scales[l].mamba2);
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
