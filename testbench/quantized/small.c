// SPDX-License-Identifier: Apache-2.0
#include "small.h"

#include "../models/synthetic.h"
#include "../unit/folder.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#define FOLDER "data/small-mamba"

// What follows from model and calibration text.
static void observe(struct small *small) {
    struct se_error err = {""};
    struct se_observation_options options = se_observation_default();
    struct se_mode_choice choices[SE_INPUT_MODES];
    options.tokens_max = SMALL_TOKENS;
    options.window = 256;
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

void small_open(struct small *small) {
    struct se_error err = {""};
    cr_assert(se_model_load(FOLDER, &small->model, &err) == SE_OK, "%s", err.message);
    cr_assert(se_text_load(FOLDER "/calibration.txt", &small->calibration, &err) == SE_OK, "%s",
              err.message);
    cr_assert(se_text_load(FOLDER "/test.txt", &small->test, &err) == SE_OK, "%s", err.message);
    observe(small);
}

// Two sequences.
static struct se_text random_text(size_t tokens, uint64_t seed) {
    struct se_text text = {.count = 2,
                           .starts = calloc(3, sizeof *text.starts),
                           .ids = calloc(tokens, sizeof *text.ids)};
    cr_assert(text.starts && text.ids);
    text.starts[1] = tokens / 3;
    text.starts[2] = tokens;
    for (size_t i = 0; i < tokens; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        text.ids[i] = (uint32_t)(seed >> 40) % MAMBA2_VOCAB;
    }
    return text;
}

void small_open_mamba2(struct small *small) {
    struct se_error err = {""};
    struct synthetic *m = calloc(1, sizeof *m);
    cr_assert(m);
    m->sizes = (struct se_model_config){.kind = SE_MODEL_MAMBA2,
                                        .vocab = MAMBA2_VOCAB,
                                        .d_model = MAMBA2_D_MODEL,
                                        .layers = MAMBA2_LAYERS,
                                        .d_inner = MAMBA2_D_INNER,
                                        .d_state = MAMBA2_D_STATE,
                                        .heads = MAMBA2_HEADS,
                                        .headdim = MAMBA2_HEADDIM,
                                        .groups = MAMBA2_GROUPS,
                                        .norm_eps = 1e-5f,
                                        .dt_max = INFINITY};
    m->tied = true;
    synthetic_fill(m, 21);
    enter_directory();
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    cr_assert(se_model_load(".", &small->model, &err) == SE_OK, "%s", err.message);
    leave_directory(); // files stay mapped
    synthetic_free(m);
    free(m);
    small->calibration = random_text(SMALL_TOKENS, 1);
    small->test = random_text(SMALL_TOKENS, 2);
    observe(small);
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

void small_run(const struct small *small, const struct se_quantized_model *m,
               const struct se_quantized_run *run, size_t tokens, size_t piece,
               struct se_quantized_state *state, float *logits) {
    struct se_quantized_values values;
    struct se_error err = {""};
    cr_assert(se_quantized_values_alloc(&small->model, &values, &err) == SE_OK);
    cr_assert(se_quantized_state_alloc(&small->model, state, &err) == SE_OK);
    for (size_t t = 0; t < tokens; t += piece) {
        size_t n = tokens - t < piece ? tokens - t : piece;
        cr_assert(se_quantized_forward(m, run, state, &values, n, small->test.ids + t, n,
                                       logits + t * small->model.config.vocab, NULL, NULL,
                                       &err) == SE_OK,
                  "%s", err.message);
    }
    se_quantized_values_free(&values);
}
