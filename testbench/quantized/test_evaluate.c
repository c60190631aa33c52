// SPDX-License-Identifier: Apache-2.0
#include "small.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(evaluate);

enum { TOKENS = 900, VOCAB = 256, LAYERS = 4, D_INNER = 256 };

static void evaluate(const struct small *small, size_t tokens, size_t n,
                     const struct se_candidate *candidates, size_t threads,
                     struct se_evaluation *reference, struct se_evaluation *results) {
    struct se_error err = {""};
    cr_assert(se_evaluate(&small->model, &small->test, tokens, n, candidates, threads, NULL, NULL,
                          reference, results, &err) == SE_OK,
              "%s", err.message);
}

static long double surprise(const float *logits, uint32_t id) {
    long double sum = 0;
    for (size_t i = 0; i < VOCAB; i++) {
        sum += expl((long double)logits[i] - (long double)logits[id]);
    }
    return logl(sum);
}

// One sequence, without the library's evaluation: nats and squares of INT8 on u.
struct own {
    const struct small_inputs *in;
    double signal[LAYERS], noise[LAYERS];
};

static void round_u(void *context, size_t layer, size_t tokens, size_t d_inner, float *u) {
    struct own *own = context;
    float s = own->in->inputs[layer].quantizers->s1;
    for (size_t i = 0; i < tokens * d_inner; i++) {
        float q = roundf(u[i] * (1 / s)), before = u[i];
        u[i] = (q > 127 ? 127 : q < -128 ? -128 : q) * s;
        own->signal[layer] += (double)before * (double)before;
        own->noise[layer] += pow((double)u[i] - (double)before, 2);
    }
}

static long double own_nats(const struct small *small, const struct se_model_tap *tap) {
    static float logits[TOKENS * VOCAB];
    struct se_model_state state;
    struct se_error err = {""};
    long double nats = 0;
    cr_assert(se_model_state_alloc(&small->model, &state, &err) == SE_OK);
    cr_assert(se_model_forward(&small->model, &state, TOKENS - 1, small->test.ids, TOKENS - 1,
                               logits, tap, &err) == SE_OK);
    for (size_t t = 0; t + 1 < TOKENS; t++) {
        nats += surprise(logits + t * VOCAB, small->test.ids[t + 1]);
    }
    se_model_state_free(&state);
    return nats;
}

Test(evaluate, is_a_sum_over_the_text) {
    struct small small;
    small_open(&small);
    cr_assert(small.test.starts[1] > TOKENS);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8, false);
    const struct se_candidate candidate = {.run = {.inputs = in.inputs}};
    struct own own = {.in = &in};
    const struct se_model_tap tap = {.context = &own, .change_u = round_u};
    struct se_evaluation reference, result;
    evaluate(&small, TOKENS, 1, &candidate, 1, &reference, &result);
    cr_expect(reference.tokens == TOKENS - 1 && reference.agree == TOKENS - 1 &&
              result.tokens == TOKENS - 1);
    cr_expect(fabs(reference.nats - (double)own_nats(&small, NULL)) < 1e-3);
    cr_expect(fabs(result.nats - (double)own_nats(&small, &tap)) < 1e-3);
    for (size_t l = 0; l < LAYERS; l++) {
        cr_expect(fabs(se_evaluation_sqnr_db(&result, l) -
                       10 * log10(own.signal[l] / own.noise[l])) < 1e-6);
    }
    cr_expect(fabs(se_evaluation_bits(&reference) - reference.nats / (TOKENS - 1) / 0.69314718056) <
              1e-9);
    se_evaluations_free(1, &result);
    small_free_inputs(&in);
    small_close(&small);
}

Test(evaluate, fp32_is_the_model_and_the_simulation_is_int8) {
    struct small small;
    small_open(&small);
    struct small_inputs fp32 = small_inputs(&small, SE_INPUT_FP32, false);
    struct small_inputs int8 = small_inputs(&small, SE_INPUT_INT8, false);
    struct small_inputs sim = small_inputs(&small, SE_INPUT_FP32_SIM_INT8, false);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    const struct se_candidate candidates[] = {
        {.run = {.inputs = fp32.inputs}},
        {.run = {.inputs = int8.inputs}},
        {.run = {.inputs = sim.inputs}},
        {.quantized = &m, .run = {.inputs = int8.inputs, .y = SE_Y_INT8}},
        {.quantized = &m, .run = {.inputs = sim.inputs, .y = SE_Y_INT8}}};
    struct se_evaluation reference, r[5];
    evaluate(&small, TOKENS, 5, candidates, 2, &reference, r);
    cr_expect(r[0].nats == reference.nats && r[0].agree == reference.tokens);
    cr_expect(isinf(se_evaluation_sqnr_db(&r[0], 3)));
    cr_expect(r[1].nats != reference.nats && r[1].nats == r[2].nats && r[1].agree == r[2].agree);
    cr_expect(r[3].nats != r[1].nats && r[3].nats == r[4].nats);
    cr_expect(fabs(se_evaluation_bits(&r[3]) - se_evaluation_bits(&reference)) < 0.05);
    cr_expect(r[3].agree > reference.tokens * 9 / 10);
    se_evaluations_free(5, r);
    se_quantized_model_free(&m);
    small_free_inputs(&fp32);
    small_free_inputs(&int8);
    small_free_inputs(&sim);
    small_close(&small);
}

// The same figures by any number of threads; a longer text has all its sequences.
Test(evaluate, threads_do_not_matter) {
    struct small small;
    small_open(&small);
    size_t tokens = small.test.starts[2] + 100; // two sequences and a part of the third
    struct small_inputs in = small_inputs(&small, SE_INPUT_W4A5_SE, false);
    struct se_quantized_model m = small_quantized(&small, 4, true);
    const struct se_candidate candidates[] = {
        {.run = {.inputs = in.inputs}},
        {.quantized = &m, .run = {.inputs = in.inputs, .y = SE_Y_INT8}}};
    struct se_evaluation reference[2], r[2][2];
    for (size_t i = 0; i < 2; i++) {
        evaluate(&small, tokens, 2, candidates, 1 + 4 * i, &reference[i], r[i]);
    }
    cr_expect(reference[0].tokens == tokens - 3);
    cr_expect(reference[0].nats == reference[1].nats);
    for (size_t k = 0; k < 2; k++) {
        cr_expect(r[0][k].nats == r[1][k].nats && r[0][k].agree == r[1][k].agree &&
                  r[0][k].error == r[1][k].error && r[0][k].noise[2] == r[1][k].noise[2]);
        cr_expect(r[0][k].error > 0);
    }
    se_evaluations_free(2, r[0]);
    se_evaluations_free(2, r[1]);
    se_quantized_model_free(&m);
    small_free_inputs(&in);
    small_close(&small);
}

// Signal over noise by hand: 20 dB; nothing to compare with, or nothing to see.
Test(evaluate, sqnr_of_no_noise_and_of_no_signal) {
    double signal[] = {100, 100, 0, 0, 100}, noise[] = {1, 0, 1, 0, NAN};
    const struct se_evaluation e = {.signal = signal, .noise = noise};
    cr_expect(fabs(se_evaluation_sqnr_db(&e, 0) - 20) < 1e-12);
    cr_expect(se_evaluation_sqnr_db(&e, 1) == INFINITY);
    cr_expect(se_evaluation_sqnr_db(&e, 2) == -INFINITY);
    cr_expect(se_evaluation_sqnr_db(&e, 3) == INFINITY);
    cr_expect(isnan(se_evaluation_sqnr_db(&e, 4)));
}

Test(evaluate, refuses_sums_that_are_not_finite) {
    static float huge[256];
    struct small small;
    struct se_evaluation reference, results[2];
    struct se_error err = {""};
    small_open(&small);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8, false);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    const struct se_candidate candidates[] = {
        {.run = {.inputs = in.inputs}, .name = "good"},
        {.quantized = &m, .run = {.inputs = in.inputs, .y = SE_Y_FP16}, .name = "w8a8"}};
    m.layers[3].out_weights[5] = NAN;
    cr_expect(se_evaluate(&small.model, &small.test, 50, 2, candidates, 2, NULL, NULL, &reference,
                          results, &err) == SE_INVALID &&
                  strstr(err.message, "candidate 1, w8a8"),
              "%s", err.message);
    cr_expect_null(results[0].signal);
    cr_assert(small.model.config.d_model <= 256);
    for (size_t i = 0; i < 256; i++) {
        huge[i] = 3e38f;
    }
    small.model.final_norm = huge;
    cr_expect(se_evaluate(&small.model, &small.test, 50, 1, candidates, 1, NULL, NULL, &reference,
                          results, &err) == SE_INVALID &&
                  strstr(err.message, "the float model"),
              "%s", err.message);
    se_quantized_model_free(&m);
    small_free_inputs(&in);
    small_close(&small);
}

Test(evaluate, refuses_what_cannot_be_judged) {
    struct small small;
    struct se_evaluation reference, result;
    struct se_error err = {""};
    small_open(&small);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT5, false);
    struct se_candidate candidate = {.run = {.inputs = in.inputs}};
    cr_expect(se_evaluate(&small.model, &small.test, 1, 1, &candidate, 1, NULL, NULL, &reference,
                          &result, &err) == SE_INVALID &&
              strstr(err.message, "foreseen"));
    in.inputs[0].mode = SE_INPUT_INT4;
    cr_expect(se_evaluate(&small.model, &small.test, 50, 1, &candidate, 1, NULL, NULL, &reference,
                          &result, &err) == SE_INVALID &&
              strstr(err.message, "int4"));
    small.test.ids[20] = 300;
    in.inputs[0].mode = SE_INPUT_INT5;
    cr_expect(se_evaluate(&small.model, &small.test, 50, 1, &candidate, 2, NULL, NULL, &reference,
                          &result, &err) == SE_INVALID &&
              strstr(err.message, "300"));
    small_free_inputs(&in);
    small_close(&small);
}
