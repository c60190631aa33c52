// SPDX-License-Identifier: Apache-2.0
#include "small.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(quantized_model);

enum { TOKENS = 150, VOCAB = 256 }; // more than SE_QUANTIZED_TOKENS

Test(quantized_model, prefill_is_token_by_token_in_every_mode) {
    static float logits[3][TOKENS * VOCAB];
    static const size_t pieces[] = {TOKENS, 1, 47};
    struct small small;
    small_open(&small);
    size_t states = small.model.config.layers * small.model.config.d_inner;
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        struct small_inputs in = small_inputs(&small, (enum se_input_mode)mode, mode % 2);
        struct se_quantized_model m = small_quantized(&small, mode % 3 ? 8 : 4, mode % 4 < 2);
        const struct se_quantized_run run = {in.inputs,
                                             mode % 2 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                                             (enum se_y_format)(mode % 3), SE_ROUND_EVEN};
        struct se_quantized_state state[3];
        for (size_t p = 0; p < 3; p++) {
            small_run(&small, &m, &run, TOKENS, pieces[p], &state[p], logits[p]);
            cr_assert_arr_eq(logits[0], logits[p], sizeof logits[0], "%s by %zu",
                             se_input_mode_names[mode], pieces[p]);
            cr_assert_arr_eq(state[0].h, state[p].h, states * 16 * sizeof(float));
            cr_assert_arr_eq(state[0].history, state[p].history, states * SE_CONV_HISTORY);
        }
        for (size_t p = 0; p < 3; p++) {
            se_quantized_state_free(&state[p]);
        }
        se_quantized_model_free(&m);
        small_free_inputs(&in);
    }
    small_close(&small);
}

// Only at the end of a call, and only then, is every state a multiple of the scale.
Test(quantized_model, int8_final_rounds_where_a_call_ends) {
    static float logits[2][TOKENS * VOCAB];
    struct small small;
    small_open(&small);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8, false);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    struct se_quantized_run run = {in.inputs, SE_STATE_FP32, SE_Y_INT8, SE_ROUND_EVEN};
    struct se_quantized_state exact, final;
    small_run(&small, &m, &run, TOKENS, TOKENS, &exact, logits[0]);
    run.state_mode = SE_STATE_INT8_FINAL;
    small_run(&small, &m, &run, TOKENS, TOKENS, &final, logits[1]);
    cr_assert_arr_eq(logits[0], logits[1], sizeof logits[0]);
    size_t n = small.model.config.d_inner * 16;
    for (size_t i = 0; i < n * small.model.config.layers; i++) {
        float s = small.modes.scales[i / n].points[SE_POINT_H];
        float q = roundf(exact.h[i] * (1 / s));
        q = q > 127 ? 127 : q < -128 ? -128 : q;
        cr_assert(final.h[i] == q * s);
    }
    se_quantized_state_free(&exact);
    se_quantized_state_free(&final);
    se_quantized_model_free(&m);
    small_free_inputs(&in);
    small_close(&small);
}

Test(quantized_model, refuses_what_the_chip_has_not) {
    struct small small;
    struct se_quantized_model m;
    struct se_error err = {""};
    small_open(&small);
    struct se_model other = small.model;
    struct se_layer_scales *scales = small.modes.scales;
    other.config.kind = SE_MODEL_MAMBA2;
    cr_expect(se_quantized_model_init(&m, &other, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "Mamba-2"));
    other = small.model;
    other.config.d_inner = 255;
    cr_expect(se_quantized_model_init(&m, &other, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "Hadamard"));
    cr_expect(se_quantized_model_init(&m, &small.model, 5, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 0"));
    float kept = scales[2].points[SE_POINT_DT];
    scales[2].points[SE_POINT_DT] = 0;
    cr_expect(se_quantized_model_init(&m, &small.model, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 2") && strstr(err.message, "dt"));
    scales[2].points[SE_POINT_DT] = kept;
    kept = scales[1].rotated;
    scales[1].rotated = 0;
    cr_expect(se_quantized_model_init(&m, &small.model, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 1") && strstr(err.message, "Hadamard"));
    cr_expect(se_quantized_model_init(&m, &small.model, 8, false, scales, &err) == SE_OK);
    se_quantized_model_free(&m);
    scales[1].rotated = kept;
    m = small_quantized(&small, 8, true);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT5, false);
    in.inputs[1].mode = SE_INPUT_INT8;
    const struct se_quantized_run run = {.inputs = in.inputs};
    cr_expect(se_quantized_run_check(&m, &run, &err) == SE_INVALID &&
              strstr(err.message, "layer 1: int8"));
    in.inputs[1].mode = SE_INPUT_INT5;
    scales[3].rotated_code = (struct se_quantizer){0};
    struct se_quantized_run coded = run;
    cr_expect(se_quantized_run_check(&m, &coded, &err) == SE_OK);
    coded.y = SE_Y_CODE;
    cr_expect(se_quantized_run_check(&m, &coded, &err) == SE_INVALID &&
              strstr(err.message, "layer 3: the code of y"));
    small_free_inputs(&in);
    se_quantized_model_free(&m);
    small_close(&small);
}

Test(quantized_model, refuses_tokens_beyond_the_vocabulary) {
    struct small small;
    small_open(&small);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8, false);
    const struct se_quantized_run run = {.inputs = in.inputs};
    struct se_quantized_state state;
    struct se_quantized_values values;
    struct se_error err = {""};
    const uint32_t ids[] = {3, 256};
    cr_assert(se_quantized_values_alloc(&small.model, &values, &err) == SE_OK);
    cr_assert(se_quantized_state_alloc(&small.model, &state, &err) == SE_OK);
    cr_expect(se_quantized_forward(&m, &run, &state, &values, 2, ids, 0, NULL, NULL, NULL, &err) ==
                  SE_INVALID &&
              strstr(err.message, "256"));
    cr_expect(se_quantized_forward(&m, &run, &state, &values, 1, ids, 2, NULL, NULL, NULL, &err) ==
              SE_INVALID);
    se_quantized_state_free(&state);
    se_quantized_values_free(&values);
    small_free_inputs(&in);
    se_quantized_model_free(&m);
    small_close(&small);
}
