// SPDX-License-Identifier: Apache-2.0
// The small trained model, what it does on a part of the calibration text, and modes of it. Loaded
// once a test; the test fails where that does.
#pragma once

#include "w4a5se/evaluate.h"
#include "w4a5se/model_calibration.h"

enum { SMALL_TOKENS = 2048 };

struct small {
    struct se_model model;
    struct se_text calibration, test;
    struct se_observation observation;
    struct se_model_calibration modes; // every mode once
};

void small_open(struct small *small);

// The same of a Mamba-2 of random weights, and random texts.
enum {
    MAMBA2_VOCAB = 64,
    MAMBA2_D_MODEL = 32,
    MAMBA2_LAYERS = 2,
    MAMBA2_GROUPS = 2,
    MAMBA2_HEADS = 8,
    MAMBA2_HEADDIM = 16,
    MAMBA2_D_STATE = 16,
    MAMBA2_D_INNER = MAMBA2_HEADS * MAMBA2_HEADDIM,
};
void small_open_mamba2(struct small *small);

void small_close(struct small *small);

// A mode's inputs[layers], which small_free_inputs releases.
struct small_inputs {
    struct se_input *inputs;
    struct se_quantizer *storage;
};
struct small_inputs small_inputs(const struct small *small, enum se_input_mode mode,
                                 bool x_proj_from_code);
void small_free_inputs(struct small_inputs *inputs);

struct se_quantized_model small_quantized(const struct small *small, int weight_bits, bool rotated);

// Allocates the state and runs the first tokens of the test text, `piece` of them a call ->
// logits[tokens][vocab].
void small_run(const struct small *small, const struct se_quantized_model *m,
               const struct se_quantized_run *run, size_t tokens, size_t piece,
               struct se_quantized_state *state, float *logits);
