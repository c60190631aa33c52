// SPDX-License-Identifier: Apache-2.0
// The static scales against a pass of one's own over the same windows.
#include "small.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(observation);

enum { LAYERS = 4, D_INNER = 256, WINDOW = 256 };

struct seen {
    float largest[SE_POINT_COUNT][LAYERS];
    float channel[LAYERS][D_INNER]; // of u
};

static void see(void *context, enum se_model_point point, size_t layer, size_t rows, size_t columns,
                const float *values) {
    struct seen *s = context;
    for (size_t i = 0; i < rows * columns; i++) {
        s->largest[point][layer] = fmaxf(s->largest[point][layer], fabsf(values[i]));
        if (point == SE_POINT_U) {
            float *channel = &s->channel[layer][i % columns];
            *channel = fmaxf(*channel, fabsf(values[i]));
        }
    }
}

// The windows that small_open observes.
static void pass(const struct small *small, struct seen *seen) {
    const struct se_model_tap tap = {.context = seen, .see = see};
    struct se_model_state state;
    struct se_error err = {""};
    size_t sequence = 0, done = 0;
    cr_assert(se_model_state_alloc(&small->model, &state, &err) == SE_OK);
    for (size_t t = 0, n; done < SMALL_TOKENS; t += n, done += n) {
        sequence += t == small->calibration.starts[sequence + 1];
        size_t left = small->calibration.starts[sequence + 1] - t;
        n = left < WINDOW ? left : WINDOW;
        n = n < SMALL_TOKENS - done ? n : SMALL_TOKENS - done;
        se_model_state_reset(&small->model, &state);
        cr_assert(se_model_forward(&small->model, &state, n, small->calibration.ids + t, 0, NULL,
                                   &tap, &err) == SE_OK);
    }
    se_model_state_free(&state);
}

Test(observation, scales_are_those_of_the_activations) {
    static struct seen seen;
    struct small small;
    small_open(&small);
    pass(&small, &seen);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct se_layer_scales *s = &small.observation.scales[l];
        for (size_t p = 0; p < SE_POINT_COUNT; p++) {
            float absmax = seen.largest[p][l] / 127;
            if (p == SE_POINT_U || p == SE_POINT_H) { // a percentile
                cr_expect(s->points[p] < absmax && s->points[p] > absmax / 4, "%s: %g beside %g",
                          se_model_point_names[p], (double)s->points[p], (double)absmax);
            } else {
                cr_expect(s->points[p] == absmax, "%s", se_model_point_names[p]);
            }
        }
        // Every channel is covered, by one of 16 magnitudes that some channel reaches.
        size_t different = 0;
        for (size_t c = 0; c < D_INNER; c++) {
            bool reached = false, earlier = false;
            for (size_t k = 0; k < D_INNER; k++) {
                reached = reached || seen.channel[l][k] >= s->magnitudes[c];
                earlier = earlier || (k < c && s->magnitudes[k] == s->magnitudes[c]);
            }
            different += !earlier;
            cr_expect(reached && s->magnitudes[c] >= seen.channel[l][c]);
        }
        cr_expect(different <= 16 && different > 8, "%zu magnitudes", different);
    }
    small_close(&small);
}

static enum se_status observe(const struct small *small, struct se_observation_options o,
                              struct se_observation *observation, struct se_error *err) {
    o.tokens_max = 300;
    return se_observe(&small->model, &small->calibration, &o, NULL, NULL, observation, err);
}

Test(observation, a_layer_can_have_its_own_alpha) {
    const double alpha[LAYERS] = {0.5, 0.99999, 0.99999, 0.5};
    struct small small;
    struct se_observation plain, own;
    struct se_error err = {""};
    struct se_observation_options o = se_observation_default();
    small_open(&small);
    cr_assert(observe(&small, o, &plain, &err) == SE_OK, "%s", err.message);
    o.alphas = LAYERS;
    o.alpha = alpha;
    cr_assert(observe(&small, o, &own, &err) == SE_OK, "%s", err.message);
    for (size_t l = 0; l < LAYERS; l++) {
        float a = own.scales[l].points[SE_POINT_U], b = plain.scales[l].points[SE_POINT_U];
        cr_expect(l == 1 || l == 2 ? a == b : a < b / 4, "layer %zu: %g, %g", l, (double)a,
                  (double)b);
        cr_expect(own.scales[l].points[SE_POINT_H] == plain.scales[l].points[SE_POINT_H]);
    }
    se_observation_free(&plain);
    se_observation_free(&own);
    small_close(&small);
}

Test(observation, refuses_options_by_name) {
    struct small small;
    struct se_observation none;
    struct se_error err = {""};
    const double alpha[] = {0.5, 2, 0.5, 0.5};
    small_open(&small);
    struct se_observation_options o = se_observation_default();
    o.window = 0;
    cr_expect(observe(&small, o, &none, &err) == SE_INVALID && strstr(err.message, "window"));
    o = se_observation_default();
    o.groups = 257;
    cr_expect(observe(&small, o, &none, &err) == SE_INVALID && strstr(err.message, "257 groups"));
    o = se_observation_default();
    o.alpha = alpha;
    o.alphas = 3;
    cr_expect(observe(&small, o, &none, &err) == SE_INVALID && strstr(err.message, "3 alphas"));
    o.alphas = 4;
    cr_expect(observe(&small, o, &none, &err) == SE_INVALID && strstr(err.message, "alpha is 2"));
    o = se_observation_default();
    o.points[SE_POINT_X].sigma = 0;
    cr_expect(observe(&small, o, &none, &err) == SE_INVALID && strstr(err.message, "sigma"));
    small_close(&small);
}

// u over its channel's magnitude is what piecewise modes are fitted to: no more than 1.
Test(observation, piecewise_quantisers_are_of_normalised_values) {
    struct small small;
    small_open(&small);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct se_samples *s = &small.observation.observed[l].normalised;
        cr_expect(s->sorted[s->n - 1] <= 1 && s->sorted[s->n - 1] > 0.9f);
    }
    struct small_inputs in = small_inputs(&small, SE_INPUT_INT8_PIECEWISE, false);
    const struct se_calibrated_mode *mode =
        se_model_calibration_find(&small.modes, SE_INPUT_INT8_PIECEWISE, -1, -1);
    for (size_t i = 0; i < LAYERS * D_INNER; i++) {
        size_t l = i / D_INNER, c = i % D_INNER;
        cr_assert(mode->quantizers[l].s1 == 1.0f / 127);
        cr_assert(in.inputs[l].quantizers[c].s1 ==
                  mode->quantizers[l].s1 * small.modes.scales[l].magnitudes[c]);
    }
    small_free_inputs(&in);
    small_close(&small);
}
