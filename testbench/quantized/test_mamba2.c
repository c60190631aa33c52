// SPDX-License-Identifier: Apache-2.0
// A quantised Mamba-2 as a whole: its calibration, file, forward pass and evaluation.
#include "small.h"

#include "../unit/folder.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(mamba2);

enum {
    TOKENS = 150, // more than SE_QUANTIZED_TOKENS
    VOCAB = MAMBA2_VOCAB,
    D_INNER = MAMBA2_D_INNER,
    GROUPS = MAMBA2_GROUPS,
    D_STATE = MAMBA2_D_STATE,
    STATES = GROUPS * D_STATE,
    LAYERS = MAMBA2_LAYERS,
    WINDOW = 256, // of small_open_mamba2
    CALL = 8,     // tokens between two looks at the states
};

// ---- calibration --------------------------------------------------------------------------------

struct seen {
    float x, in_b, in_c, b[GROUPS], c[GROUPS], u[D_INNER], h[D_INNER][D_STATE];
};

static float largest(float so_far, float value) {
    return fmaxf(so_far, fabsf(value));
}

static void see(void *context, enum se_model_point point, size_t layer, size_t rows, size_t columns,
                const float *values) {
    struct seen *s = (struct seen *)context + layer;
    for (size_t i = 0; i < rows * columns; i++) {
        size_t column = i % columns, group = column / D_STATE;
        float *x = column < D_INNER ? &s->x : column < D_INNER + STATES ? &s->in_b : &s->in_c;
        switch (point) {
        case SE_POINT_X:
            *x = largest(*x, values[i]);
            break;
        case SE_POINT_U:
            s->u[column] = largest(s->u[column], values[i]);
            break;
        case SE_POINT_B:
            s->b[group] = largest(s->b[group], values[i]);
            break;
        case SE_POINT_C:
            s->c[group] = largest(s->c[group], values[i]);
            break;
        case SE_POINT_H:
            s->h[i / D_STATE][column] = largest(s->h[i / D_STATE][column], values[i]);
            break;
        default:
            break;
        }
    }
}

static void pass(const struct small *small, struct seen *seen) {
    const struct se_model_tap tap = {.context = seen, .see = see};
    const struct se_text *text = &small->calibration;
    struct se_model_state state;
    struct se_error err = {""};
    cr_assert(se_model_state_alloc(&small->model, &state, &err) == SE_OK);
    for (size_t s = 0; s < text->count; s++) {
        for (size_t t = text->starts[s], n; t < text->starts[s + 1]; t += n) {
            n = text->starts[s + 1] - t < WINDOW ? text->starts[s + 1] - t : WINDOW;
            se_model_state_reset(&small->model, &state);
            for (size_t i = 0; i < n; i += CALL) {
                size_t tokens = n - i < CALL ? n - i : CALL;
                cr_assert(se_model_forward(&small->model, &state, tokens, text->ids + t + i, 0,
                                           NULL, &tap, &err) == SE_OK);
            }
        }
    }
    se_model_state_free(&state);
}

// Each channel's is its own or a larger one of its group of heads.
static void check_magnitudes(const float *magnitudes, const struct seen *seen) {
    for (size_t c = 0; c < D_INNER; c++) {
        size_t first = c / (D_INNER / GROUPS) * (D_INNER / GROUPS);
        bool reached = false;
        for (size_t k = first; k < first + D_INNER / GROUPS; k++) {
            reached = reached || magnitudes[c] == seen->u[k];
        }
        cr_assert(reached && magnitudes[c] >= seen->u[c], "channel %zu", c);
    }
}

// No state of a cell exceeds 127 of its scale, and one of them is that.
static void check_states(const struct se_mamba2_scales *s, const struct seen *seen) {
    float s_h[D_INNER][D_STATE];
    size_t reached = 0;
    se_mamba2_state_expand(s, s_h[0]);
    for (size_t c = 0; c < D_INNER; c++) {
        for (size_t n = 0; n < D_STATE; n++) {
            cr_assert(seen->h[c][n] / 127 <= s_h[c][n]);
            reached += seen->h[c][n] / 127 == s_h[c][n];
        }
    }
    cr_assert(reached > 0 && reached <= se_scale_count(&s->shape) * D_STATE);
    for (size_t i = 0; i < se_scale_count(&s->shape) * D_STATE; i++) {
        size_t matches = 0;
        for (size_t c = 0; c < D_INNER; c++) {
            matches += seen->h[c][i % D_STATE] / 127 == s->state[i];
        }
        cr_assert(matches > 0 || s->state[i] == 1e-5f / 127, "cell %zu", i / D_STATE);
    }
}

Test(mamba2, scales_are_those_of_the_activations) {
    static struct seen seen[LAYERS];
    struct small small;
    small_open_mamba2(&small);
    pass(&small, seen);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct se_layer_scales *scales = &small.modes.scales[l];
        const struct se_mamba2_scales *s = scales->mamba2;
        struct se_error err = {""};
        cr_assert(se_mamba2_scales_check(s, &err) == SE_OK, "%s", err.message);
        cr_expect(s->shape.groups == GROUPS && s->shape.head_groups == 4 &&
                  s->shape.dim_groups == 4);
        cr_expect(scales->points[SE_POINT_X] == seen[l].x / 127);
        cr_expect(s->in_b == seen[l].in_b / 127 && s->in_c == seen[l].in_c / 127);
        for (size_t g = 0; g < GROUPS; g++) {
            cr_expect(s->b[g] == seen[l].b[g] / 127 && s->c[g] == seen[l].c[g] / 127);
        }
        cr_expect(s->b[0] != s->b[1] && seen[l].x != seen[l].in_b);
        check_magnitudes(scales->magnitudes, &seen[l]);
        check_states(s, &seen[l]);
    }
    small_close(&small);
}

// 6 is no number of dim groups for 4 head groups; 2 and 8 are 2 of 1 and 4 of 2.
Test(mamba2, groups_that_do_not_divide_are_refused) {
    static const struct {
        size_t groups, head_groups, dim_groups; // 0: refused
    } cases[] = {{2, 2, 1}, {3, 3, 1}, {5, 0, 0}, {6, 0, 0}, {8, 4, 2}, {10, 0, 0}};
    struct small small;
    struct se_observation seen;
    struct se_error err = {""};
    small_open_mamba2(&small);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct se_observation_options o = se_observation_default();
        o.tokens_max = 64;
        o.groups = cases[i].groups;
        enum se_status status =
            se_observe(&small.model, &small.calibration, &o, NULL, NULL, &seen, &err);
        if (!cases[i].head_groups) {
            cr_expect(status == SE_INVALID && strstr(err.message, "groups is"), "%zu groups: %s",
                      o.groups, err.message);
            continue;
        }
        cr_assert(status == SE_OK, "%s", err.message);
        cr_expect(seen.scales[1].mamba2->shape.head_groups == cases[i].head_groups &&
                  seen.scales[1].mamba2->shape.dim_groups == cases[i].dim_groups);
        se_observation_free(&seen);
    }
    small_close(&small);
}

static void expect_same(const struct se_mamba2_scales *a, const struct se_mamba2_scales *b) {
    size_t count = se_scale_count(&a->shape);
    cr_assert(a != b && memcmp(&a->shape, &b->shape, sizeof a->shape) == 0 &&
              a->d_state == b->d_state && a->in_b == b->in_b && a->in_c == b->in_c);
    cr_expect_arr_eq(a->b, b->b, GROUPS * sizeof *a->b);
    cr_expect_arr_eq(a->c, b->c, GROUPS * sizeof *a->c);
    cr_expect_arr_eq(a->state, b->state, count * D_STATE * sizeof *a->state);
    cr_expect_arr_eq(a->grouping.scales, b->grouping.scales, count * sizeof(float));
    cr_expect_arr_eq(a->grouping.head_range, b->grouping.head_range,
                     se_scale_rows(&a->shape) * sizeof(uint32_t));
    cr_expect_arr_eq(a->grouping.dim_range, b->grouping.dim_range, count * sizeof(uint32_t));
    cr_expect_arr_eq(a->grouping.permutation, b->grouping.permutation, D_INNER * sizeof(uint16_t));
}

static void put_changed(const char *path, const char *text, const char *from, const char *to) {
    const char *place = strstr(text, from);
    FILE *file = fopen(path, "w");
    cr_assert(file && place, "%s", from);
    fprintf(file, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    fclose(file);
}

Test(mamba2, calibration_comes_back_bit_for_bit_and_refuses_what_is_wrong) {
    static const struct {
        const char *from, *to, *says;
    } changes[] = {
        {"    in_b: ", "    in_b: -", "layer 0: in_b is '-"},
        {"    in_c: ", "    in_d: ", "in_"},
        {"    b: [", "    b: [1, ", "layer 0: mamba2 has lists"},
        {"    head_range: [", "    head_range: [70000, ", "layer 0: "},
        {"    permutation: [", "    permutation: [3, ", "layer 0: mamba2 has lists"},
        {"    magnitudes: [", "    magnitudes: [1", "layer 0: magnitudes is not what"},
        {"    state: [", "    state: [0, ", "layer 0: "},
        {"  mamba2:\n", "  mamba3:\n", "mamba3"},
    };
    static char text[1 << 20], line[64];
    struct small small;
    struct se_model_calibration loaded;
    struct se_error err = {""};
    small_open_mamba2(&small);
    enter_directory();
    cr_assert(se_model_calibration_save("a.yaml", &small.modes, &err) == SE_OK, "%s", err.message);
    cr_assert(se_model_calibration_load("a.yaml", &loaded, &err) == SE_OK, "%s", err.message);
    cr_expect(se_model_calibration_check(&loaded, &small.model, &err) == SE_OK);
    for (size_t l = 0; l < LAYERS; l++) {
        expect_same(small.modes.scales[l].mamba2, loaded.scales[l].mamba2);
    }
    se_model_calibration_free(&loaded);
    FILE *file = fopen("a.yaml", "r");
    cr_assert(file && fread(text, 1, sizeof text - 1, file) > 1000 && feof(file));
    fclose(file);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        put_changed("b.yaml", text, changes[i].from, changes[i].to);
        cr_expect(se_model_calibration_load("b.yaml", &loaded, &err) == SE_INVALID &&
                      strstr(err.message, changes[i].says),
                  "%zu: %s", i, err.message);
    }
    // Two places exchanged between heads.
    const uint16_t *permutation = small.modes.scales[0].mamba2->grouping.permutation;
    snprintf(line, sizeof line, "permutation: [%u,", permutation[0]);
    char other[64];
    snprintf(other, sizeof other, "permutation: [%u,", permutation[MAMBA2_HEADDIM]);
    put_changed("b.yaml", text, line, other);
    cr_expect(se_model_calibration_load("b.yaml", &loaded, &err) == SE_INVALID &&
              strstr(err.message, "permutation"));
    leave_directory();
    small_close(&small);
}

// ---- the forward pass ---------------------------------------------------------------------------

Test(mamba2, prefill_is_token_by_token_in_every_mode) {
    static float logits[3][TOKENS * VOCAB];
    static const size_t pieces[] = {TOKENS, 1, 47};
    struct small small;
    small_open_mamba2(&small);
    for (int mode = 0; mode < SE_INPUT_MODES; mode++) {
        struct small_inputs in = small_inputs(&small, (enum se_input_mode)mode, false);
        struct se_quantized_model m = small_quantized(&small, mode % 3 ? 8 : 4, mode % 4 < 2);
        const struct se_quantized_run run = {in.inputs,
                                             mode % 2 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                                             (enum se_y_format)(mode % 3), SE_ROUND_EVEN};
        struct se_quantized_state state[3];
        for (size_t p = 0; p < 3; p++) {
            small_run(&small, &m, &run, TOKENS, pieces[p], &state[p], logits[p]);
            cr_assert_arr_eq(logits[0], logits[p], sizeof logits[0], "%s by %zu",
                             se_input_mode_names[mode], pieces[p]);
            cr_assert_arr_eq(state[0].h, state[p].h, LAYERS * D_INNER * D_STATE * sizeof(float));
            cr_assert_arr_eq(state[0].history, state[p].history,
                             LAYERS * (D_INNER + 2 * STATES) * SE_CONV_HISTORY);
        }
        for (size_t p = 0; p < 3; p++) {
            se_quantized_state_free(&state[p]);
        }
        se_quantized_model_free(&m);
        small_free_inputs(&in);
    }
    small_close(&small);
}

static void run_mode(const struct small *small, enum se_input_mode mode, int bits,
                     enum se_y_format y, enum se_state_mode state_mode, float *logits) {
    struct small_inputs in = small_inputs(small, mode, false);
    struct se_quantized_model m = small_quantized(small, bits, true);
    const struct se_quantized_run run = {in.inputs, state_mode, y, SE_ROUND_EVEN};
    struct se_quantized_state state;
    small_run(small, &m, &run, TOKENS, TOKENS, &state, logits);
    se_quantized_state_free(&state);
    se_quantized_model_free(&m);
    small_free_inputs(&in);
}

static double sqnr_db(const float *exact, const float *got) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < TOKENS * VOCAB; i++) {
        signal += pow((double)exact[i], 2);
        noise += pow((double)exact[i] - (double)got[i], 2);
    }
    return 10 * log10(signal / noise);
}

Test(mamba2, logits_come_near_the_float_model) {
    static float exact[TOKENS * VOCAB], got[TOKENS * VOCAB], simulated[TOKENS * VOCAB];
    struct small small;
    struct se_model_state state;
    struct se_error err = {""};
    small_open_mamba2(&small);
    cr_assert(se_model_state_alloc(&small.model, &state, &err) == SE_OK);
    cr_assert(se_model_forward(&small.model, &state, TOKENS, small.test.ids, TOKENS, exact, NULL,
                               &err) == SE_OK);
    run_mode(&small, SE_INPUT_FP32, 8, SE_Y_FP16, SE_STATE_FP32, got);
    double fp32 = sqnr_db(exact, got);
    run_mode(&small, SE_INPUT_INT8, 8, SE_Y_INT8, SE_STATE_FP32, got);
    run_mode(&small, SE_INPUT_FP32_SIM_INT8, 8, SE_Y_INT8, SE_STATE_FP32, simulated);
    cr_expect_arr_eq(got, simulated, sizeof got);
    double int8 = sqnr_db(exact, got);
    run_mode(&small, SE_INPUT_W4A5_SE, 8, SE_Y_INT8, SE_STATE_INT8_STEP, got);
    double se = sqnr_db(exact, got);
    run_mode(&small, SE_INPUT_INT8, 4, SE_Y_INT8, SE_STATE_FP32, got);
    double w4 = sqnr_db(exact, got);
    cr_log_info("SQNR of logits: fp32 %.1f, int8 %.1f, w4a5-se %.1f, 4-bit weights %.1f dB", fp32,
                int8, se, w4);
    // Random weights make steps and decays of every size, where codes of dt cost most.
    cr_expect(fp32 > 17 && int8 > 17 && se > 11 && w4 > 7);
    cr_expect(se < int8 - 3 && w4 < int8 - 3);
    se_model_state_free(&state);
    small_close(&small);
}

Test(mamba2, states_are_rounded_where_a_call_ends) {
    static float logits[2][TOKENS * VOCAB], s_h[D_INNER * D_STATE];
    struct small small;
    small_open_mamba2(&small);
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8, false);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    struct se_quantized_run run = {in.inputs, SE_STATE_FP32, SE_Y_INT8, SE_ROUND_EVEN};
    struct se_quantized_state exact, final;
    small_run(&small, &m, &run, TOKENS, TOKENS, &exact, logits[0]);
    run.state_mode = SE_STATE_INT8_FINAL;
    small_run(&small, &m, &run, TOKENS, TOKENS, &final, logits[1]);
    cr_assert_arr_eq(logits[0], logits[1], sizeof logits[0]);
    for (size_t l = 0; l < LAYERS; l++) {
        se_mamba2_state_expand(small.modes.scales[l].mamba2, s_h);
        for (size_t i = 0; i < D_INNER * D_STATE; i++) {
            size_t place = l * D_INNER * D_STATE + i;
            float q = roundf(exact.h[place] * (1 / s_h[i]));
            q = q > 127 ? 127 : q < -128 ? -128 : q;
            cr_assert(final.h[place] == q * s_h[i]);
        }
    }
    se_quantized_state_free(&exact);
    se_quantized_state_free(&final);
    se_quantized_model_free(&m);
    small_free_inputs(&in);
    small_close(&small);
}

Test(mamba2, refuses_what_the_chip_has_not) {
    struct small small;
    struct se_quantized_model m;
    struct se_error err = {""};
    small_open_mamba2(&small);
    struct se_layer_scales *scales = small.modes.scales;
    struct se_mamba2_scales *kept = scales[1].mamba2;
    struct se_model other = small.model;
    other.config.dt_max = 1;
    cr_expect(se_quantized_model_init(&m, &other, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "limits of dt"));
    other = small.model;
    other.config.groups = 4;
    cr_expect(se_quantized_model_init(&m, &other, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 0: the scales are of 2 groups"));
    cr_expect(se_model_calibration_check(&small.modes, &other, &err) == SE_INVALID);
    scales[1].mamba2 = NULL;
    cr_expect(se_quantized_model_init(&m, &small.model, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 1: the scales are of Mamba-1"));
    scales[1].mamba2 = kept;
    kept->b[1] = NAN;
    cr_expect(se_quantized_model_init(&m, &small.model, 8, true, scales, &err) == SE_INVALID &&
              strstr(err.message, "layer 1: b: entry 1"));
    small_close(&small);
}

// ---- evaluation ---------------------------------------------------------------------------------

Test(mamba2, is_evaluated) {
    enum { CANDIDATES = 4, FORESEEN = 400 };
    struct small small;
    struct se_error err = {""};
    struct se_evaluation reference, results[CANDIDATES];
    struct se_candidate candidates[CANDIDATES];
    small_open_mamba2(&small);
    struct se_quantized_model m = small_quantized(&small, 8, true);
    struct small_inputs int8 = small_inputs(&small, SE_INPUT_INT8, false),
                        simulated = small_inputs(&small, SE_INPUT_FP32_SIM_INT8, false),
                        exact = small_inputs(&small, SE_INPUT_FP32, false);
    const struct se_quantized_run run = {int8.inputs, SE_STATE_FP32, SE_Y_INT8, SE_ROUND_EVEN};
    candidates[0] = (struct se_candidate){.quantized = &m, .run = run};
    candidates[1] = candidates[2] = candidates[0];
    candidates[1].run.inputs = simulated.inputs;
    candidates[2].run.inputs = exact.inputs;
    candidates[3] = (struct se_candidate){.run = {.inputs = exact.inputs}};
    cr_assert(se_evaluate(&small.model, &small.test, FORESEEN, CANDIDATES, candidates, 2, NULL,
                          NULL, &reference, results, &err) == SE_OK,
              "%s", err.message);
    for (size_t k = 0; k < CANDIDATES; k++) {
        cr_expect(results[k].tokens == FORESEEN - 1 && results[k].tokens == reference.tokens);
    }
    cr_expect(results[0].nats == results[1].nats && results[0].noise[0] == results[1].noise[0]);
    cr_expect(results[2].noise[1] == 0 && isinf(se_evaluation_sqnr_db(&results[2], 1)));
    cr_expect(se_evaluation_sqnr_db(&results[0], 1) > 30);
    cr_expect(results[3].nats == reference.nats && results[3].agree == reference.tokens);
    cr_expect(results[0].nats != reference.nats && results[0].agree > reference.tokens / 2);
    se_evaluations_free(CANDIDATES, results);
    small_free_inputs(&int8);
    small_free_inputs(&simulated);
    small_free_inputs(&exact);
    se_quantized_model_free(&m);
    small_close(&small);
}
