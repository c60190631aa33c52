// SPDX-License-Identifier: Apache-2.0
#include "small.h"

#include <criterion/criterion.h>

#include <stdlib.h>

#define FOLDER "data/small-mamba"

void small_open(struct small *small) {
    struct se_error err = {""};
    struct se_observation_options options = se_observation_default();
    struct se_mode_choice choices[SE_INPUT_MODES];
    options.tokens_max = SMALL_TOKENS;
    options.window = 256;
    cr_assert(se_model_load(FOLDER, &small->model, &err) == SE_OK, "%s", err.message);
    cr_assert(se_text_load(FOLDER "/calibration.txt", &small->calibration, &err) == SE_OK, "%s",
              err.message);
    cr_assert(se_text_load(FOLDER "/test.txt", &small->test, &err) == SE_OK, "%s", err.message);
    cr_assert(se_observe(&small->model, &small->calibration, &options, NULL, NULL,
                         &small->observation, &err) == SE_OK,
              "%s", err.message);
    for (int m = 0; m < SE_INPUT_MODES; m++) {
        choices[m].mode = (enum se_input_mode)m;
        choices[m].how = se_mode_calibration((enum se_input_mode)m);
        choices[m].how.free_bases = false; // which takes a while
    }
    cr_assert(se_model_calibrate(&small->observation, SE_INPUT_MODES, choices, &small->modes,
                                 &err) == SE_OK,
              "%s", err.message);
}

void small_close(struct small *small) {
    se_model_calibration_free(&small->modes);
    se_observation_free(&small->observation);
    se_text_free(&small->test);
    se_text_free(&small->calibration);
    se_model_free(&small->model);
}

struct small_inputs small_inputs(const struct small *small, enum se_input_mode mode,
                                 bool x_proj_from_code) {
    struct small_inputs in = {calloc(small->modes.layers, sizeof *in.inputs), NULL};
    struct se_error err = {""};
    const struct se_calibrated_mode *found = se_model_calibration_find(&small->modes, mode, -1, -1);
    cr_assert(in.inputs && found);
    cr_assert(se_model_inputs(&small->modes, found, x_proj_from_code, in.inputs, &in.storage,
                              &err) == SE_OK,
              "%s", err.message);
    return in;
}

void small_free_inputs(struct small_inputs *in) {
    free(in->inputs);
    free(in->storage);
}

struct se_quantized_model small_quantized(const struct small *small, int weight_bits,
                                          bool rotated) {
    struct se_quantized_model m;
    struct se_error err = {""};
    cr_assert(se_quantized_model_init(&m, &small->model, weight_bits, rotated, small->modes.scales,
                                      &err) == SE_OK,
              "%s", err.message);
    return m;
}
