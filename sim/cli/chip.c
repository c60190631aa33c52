// SPDX-License-Identifier: Apache-2.0
#include "chip.h"

#include "conv_engine.h"
#include "engine.h"
#include "scan_engine.h"

#include <stdio.h>
#include <stdlib.h>

struct chip_layer {
    struct se_conv_engine *conv;
    struct se_scan_engine *scan;
    size_t tokens; // that have passed
};

struct chip {
    const struct se_quantized_model *model;
    const struct se_quantized_run *run;
    const struct se_scan_engine_build *build;
    bool codes; // the scan takes codes, not FP32
    struct chip_layer *layers;
    uint16_t *code, *y; // [SE_QUANTIZED_TOKENS][d_inner], of the RTL
    float *value;
    int8_t *x_proj;
    float *h; // [d_inner][d_state]
    struct chip_result result;
};

// ---- the engines --------------------------------------------------------------------------------

// The convolution's quantiser; where nothing is to be quantised, one whose codes nobody reads.
static struct se_quantizer quantizer_of(const struct se_input *input) {
    return input->mode == SE_INPUT_FP32              ? *input->x_proj
           : input->mode == SE_INPUT_INT8_SE_UNIFORM ? se_input_uniform(input->quantizers)
                                                     : *input->quantizers;
}

// The first instance that can run the scan, one that takes the mode's codes before others.
static enum se_status find_build(struct chip *chip, const struct se_input *input, int lanes,
                                 struct se_error *err) {
    const struct se_model_config *config = &chip->model->model->config;
    const bool int8 = chip->run->state_mode == SE_STATE_INT8_STEP;
    const struct se_scan_engine_build *build;
    for (size_t i = 0; (build = se_scan_engine_build_at(i)); i++) {
        const bool codes = se_input_has_codes(input->mode) &&
                           build->code_bits == quantizer_of(input).format.code_bits;
        if (build->d_state == config->d_state && build->d_inner_max >= config->d_inner &&
            build->state_int8 == int8 && (lanes == 0 || build->lanes == lanes) &&
            (!chip->build || (codes && !chip->codes))) {
            chip->build = build;
            chip->codes = codes;
        }
    }
    if (!chip->build) {
        char of_lanes[32] = "";
        if (lanes) {
            snprintf(of_lanes, sizeof of_lanes, " of %d lanes", lanes);
        }
        return se_fail(err, SE_INVALID,
                       "no instance of scan_engine%s has d_state %zu, d_inner %zu and %s states",
                       of_lanes, config->d_state, config->d_inner, int8 ? "INT8" : "FP32");
    }
    chip->result.lanes = chip->build->lanes;
    return SE_OK;
}

// Options of one engine; path[CLI_PATH_MAX] is where its waveform's name is kept.
static enum se_status options_of(const char *trace, const char *engine, size_t layer, char *path,
                                 struct se_rtl_options *options, struct se_error *err) {
    char name[32];
    *options = (struct se_rtl_options){.seed = 1, .trace_path = trace ? path : NULL};
    snprintf(name, sizeof name, "%s%zu.fst", engine, layer);
    return trace ? cli_path(path, trace, name, err) : SE_OK;
}

static enum se_status open_conv(struct chip *chip, size_t layer, const struct se_layer *datapath,
                                const char *trace, struct se_error *err) {
    char path[CLI_PATH_MAX];
    struct se_rtl_options options;
    struct se_conv_engine **conv = &chip->layers[layer].conv;
    const struct se_quantizer q = quantizer_of(&datapath->input);
    enum se_status status = options_of(trace, "conv_engine", layer, path, &options, err);
    if (!status) {
        status = se_conv_engine_open(conv, q.format.code_bits, &options, err);
    }
    return status ? status
                  : se_conv_engine_load(*conv, &datapath->conv, &q, datapath->input.x_proj->inv_s1,
                                        err);
}

static enum se_status open_scan(struct chip *chip, size_t layer, const struct se_layer *datapath,
                                const char *trace, struct se_error *err) {
    char path[CLI_PATH_MAX];
    struct se_rtl_options options;
    struct se_scan_engine **scan = &chip->layers[layer].scan;
    const struct se_quantizer q = quantizer_of(&datapath->input);
    enum se_status status = options_of(trace, "scan_engine", layer, path, &options, err);
    if (!status) {
        status = se_scan_engine_open(scan, chip->build, &options, err);
    }
    return status ? status
                  : se_scan_engine_load(*scan, &datapath->scan, chip->codes ? &q : NULL, err);
}

static enum se_status open_layer(struct chip *chip, size_t layer, const char *trace,
                                 struct se_error *err) {
    const struct se_layer datapath = se_quantized_datapath(chip->model, chip->run, layer);
    enum se_status status = open_conv(chip, layer, &datapath, trace, err);
    return status ? status : open_scan(chip, layer, &datapath, trace, err);
}

static enum se_status allocate(struct chip *chip, struct se_error *err) {
    const struct se_model_config *config = &chip->model->model->config;
    const size_t n = SE_QUANTIZED_TOKENS * config->d_inner;
    chip->layers = calloc(config->layers, sizeof *chip->layers);
    chip->code = malloc(n * sizeof *chip->code);
    chip->y = malloc(n * sizeof *chip->y);
    chip->value = malloc(n * sizeof *chip->value);
    chip->x_proj = malloc(n * sizeof *chip->x_proj);
    chip->h = malloc(config->d_inner * config->d_state * sizeof *chip->h);
    return chip->layers && chip->code && chip->y && chip->value && chip->x_proj && chip->h
               ? SE_OK
               : se_fail(err, SE_NO_MEMORY, "no memory for %zu channels", config->d_inner);
}

enum se_status chip_open(struct chip **chip, const struct se_quantized_model *model,
                         const struct se_quantized_run *run, int lanes, const char *trace,
                         struct se_error *err) {
    const struct se_layer datapath = se_quantized_datapath(model, run, 0);
    struct chip *c = calloc(1, sizeof *c);
    if (!c) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the engines");
    }
    *c = (struct chip){.model = model, .run = run};
    enum se_status status = trace ? cli_make_directory(trace, err) : SE_OK;
    if (!status && model->model->config.kind == SE_MODEL_MAMBA2) {
        status = se_fail(err, SE_INVALID, "the engines run layers of Mamba-1, not of Mamba-2");
    }
    if (!status &&
        (se_input_is_piecewise(datapath.input.mode) || run->state_mode == SE_STATE_INT8_FINAL)) {
        status =
            se_fail(err, SE_INVALID, "the engines do not run %s with %s states",
                    se_input_mode_names[datapath.input.mode], se_state_mode_names[run->state_mode]);
    }
    if (!status) {
        status = find_build(c, &datapath.input, lanes, err);
    }
    if (!status) {
        status = allocate(c, err);
    }
    for (size_t i = 0; i < model->model->config.layers && !status; i++) {
        status = open_layer(c, i, trace, err);
    }
    if (status) {
        chip_close(c);
        return status;
    }
    *chip = c;
    return SE_OK;
}

void chip_close(struct chip *chip) {
    if (!chip) {
        return;
    }
    for (size_t i = 0; chip->layers && i < chip->model->model->config.layers; i++) {
        if (chip->layers[i].conv) {
            se_conv_engine_close(chip->layers[i].conv);
        }
        if (chip->layers[i].scan) {
            se_scan_engine_close(chip->layers[i].scan);
        }
    }
    free(chip->layers);
    free(chip->code);
    free(chip->y);
    free(chip->value);
    free(chip->x_proj);
    free(chip->h);
    free(chip);
}

// ---- beside the model ---------------------------------------------------------------------------

static void compare(struct chip *chip, const char *engine, size_t layer, size_t n,
                    const struct engine_result *results) {
    char name[64];
    size_t compared;
    snprintf(name, sizeof name, "%s, layer %zu", engine, layer);
    chip->result.differs = !engine_compare_results(name, n, results, &compared);
    chip->result.compared += compared;
}

static bool stopped(const struct chip *chip) {
    return chip->result.status || chip->result.differs;
}

static void follow_conv(struct chip *chip, size_t layer, size_t tokens,
                        const struct se_quantized_values *v) {
    struct chip_layer *l = &chip->layers[layer];
    const struct se_layer datapath = se_quantized_datapath(chip->model, chip->run, layer);
    struct engine_result results[3];
    size_t n = 0;
    chip->result.status = se_conv_engine_run(l->conv, tokens, l->tokens == 0, v->x, chip->code,
                                             chip->value, chip->x_proj, &chip->result.err);
    if (chip->result.status) {
        return;
    }
    const struct engine_result result = {.row = "token",
                                         .column = "channel",
                                         .first_row = l->tokens,
                                         .rows = tokens,
                                         .columns = datapath.conv.d_inner};
    results[n] = result;
    results[n].port = (struct se_port){"value", 32, SE_PORT_F32};
    results[n].size = sizeof *chip->value;
    results[n].expected = v->front.y;
    results[n++].got = chip->value;
    if (!datapath.input.x_proj_from_code) {
        results[n] = result;
        results[n].port = (struct se_port){"x_proj", 8, SE_PORT_SIGNED};
        results[n].size = sizeof *chip->x_proj;
        results[n].expected = v->front.x_proj;
        results[n++].got = chip->x_proj;
    }
    if (se_input_has_codes(datapath.input.mode)) {
        const struct se_quantizer q = quantizer_of(&datapath.input);
        results[n] = result;
        results[n].port = (struct se_port){"code", se_format_width(&q.format), SE_PORT_UNSIGNED};
        results[n].size = sizeof *chip->code;
        results[n].expected = v->front.codes;
        results[n++].got = chip->code;
    }
    compare(chip, "conv_engine", layer, n, results);
    chip->result.conv += se_conv_engine_run_cycles(l->conv);
}

static void follow_scan(struct chip *chip, size_t layer, size_t tokens,
                        const struct se_quantized_values *v) {
    struct chip_layer *l = &chip->layers[layer];
    const struct se_scan_beats beats = {.tokens = tokens,
                                        .first = l->tokens == 0,
                                        .codes = chip->codes ? chip->code : NULL,
                                        .u = v->front.u,
                                        .dt = v->dt,
                                        .b = v->b,
                                        .c = v->c,
                                        .z = v->z,
                                        .y = chip->y};
    chip->result.status = se_scan_engine_run(l->scan, &beats, &chip->result.err);
    if (chip->result.status) {
        return;
    }
    const struct engine_result result = {.port = {"y", 16, SE_PORT_UNSIGNED},
                                         .row = "token",
                                         .column = "channel",
                                         .first_row = l->tokens,
                                         .rows = tokens,
                                         .columns = chip->model->model->config.d_inner,
                                         .size = sizeof *chip->y,
                                         .expected = v->y,
                                         .got = chip->y};
    compare(chip, "scan_engine", layer, 1, &result);
    chip->result.scan += se_scan_engine_run_cycles(l->scan);
}

void chip_follow(void *context, size_t layer, size_t tokens, const struct se_quantized_values *v) {
    struct chip *chip = context;
    if (!stopped(chip)) {
        follow_conv(chip, layer, tokens, v);
    }
    if (!stopped(chip)) {
        follow_scan(chip, layer, tokens, v);
    }
    chip->layers[layer].tokens += tokens;
}

void chip_compare_states(struct chip *chip, const struct se_quantized_state *state) {
    const struct se_model_config *config = &chip->model->model->config;
    for (size_t layer = 0; layer < config->layers && !stopped(chip); layer++) {
        se_scan_engine_read_state(chip->layers[layer].scan, chip->h);
        const struct engine_result result = {.port = {"h", 32, SE_PORT_F32},
                                             .row = "channel",
                                             .column = "n",
                                             .rows = config->d_inner,
                                             .columns = config->d_state,
                                             .size = sizeof *chip->h,
                                             .expected = state->h +
                                                         layer * config->d_inner * config->d_state,
                                             .got = chip->h};
        compare(chip, "scan_engine", layer, 1, &result);
    }
}

struct chip_result chip_result(const struct chip *chip) {
    struct chip_result result = chip->result;
    result.tokens = chip->layers[chip->model->model->config.layers - 1].tokens;
    return result;
}
