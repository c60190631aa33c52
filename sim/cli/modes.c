// SPDX-License-Identifier: Apache-2.0
// `w4a5se modes`: every input mode, rule and choice of the chip on a held-out text, in one report.
#include "modes.h"
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The notes' quantisers: s1 from the 99th percentile over 7 or 15 steps, and a fixed ratio.
static const float notes_ratios[] = {3, 10, 2025};
static const float notes_steps[] = {7, 15};

static void add_scheme(struct modes *job, enum evaluation_scheme scheme) {
    job->scheme[scheme] = job->e->n;
    for (int m = 0; m < SE_INPUT_MODES; m++) {
        evaluation_add(job->e, &job->calibration,
                       se_model_calibration_find(&job->calibration, (enum se_input_mode)m, -1, -1),
                       evaluation_chip(scheme), "%s", se_input_mode_names[m]);
    }
}

static void add_choice(struct modes *job, enum se_input_mode mode, struct evaluation_settings s,
                       const char *what) {
    evaluation_add(job->e, &job->calibration,
                   se_model_calibration_find(&job->calibration, mode, -1, -1), s, "%s, %s",
                   se_input_mode_names[mode], what);
}

// What else the chip may choose, of W8A8.
static void add_choices(struct modes *job) {
    static const enum se_input_mode modes[] = {SE_INPUT_INT8, SE_INPUT_W4A5_SE_OFFSET};
    job->chip = job->e->n;
    for (size_t m = 0; m < 2; m++) {
        struct evaluation_settings s = evaluation_chip(SCHEME_W8A8);
        add_choice(job, modes[m], s, "y INT8 after Hadamard");
        s.x_proj_from_code = true;
        add_choice(job, modes[m], s, "x_proj from the code");
        s = evaluation_chip(SCHEME_W8A8);
        s.y_rounding = SE_ROUND_TRUNCATE;
        add_choice(job, modes[m], s, "y INT8 truncated");
        s.y = SE_Y_FP16;
        add_choice(job, modes[m], s, "y FP16 after Hadamard");
        s.y = SE_Y_CODE;
        add_choice(job, modes[m], s, "y 4-bit code and flag after Hadamard");
        s = evaluation_chip(SCHEME_W8A8);
        s.rotated = false;
        add_choice(job, modes[m], s, "y INT8, no Hadamard");
        s.y = SE_Y_FP16;
        add_choice(job, modes[m], s, "y FP16, no Hadamard");
        s = evaluation_chip(SCHEME_W8A8);
        s.state_mode = SE_STATE_INT8_STEP;
        add_choice(job, modes[m], s, "states INT8 after each token");
        s.state_mode = SE_STATE_INT8_FINAL;
        s.call = 64;
        add_choice(job, modes[m], s, "states INT8 after each 64 tokens");
    }
}

static void add_rules(struct modes *job) {
    job->rules = job->e->n;
    for (size_t i = 0; i < job->calibration.n; i++) {
        const struct se_calibrated_mode *m = &job->calibration.modes[i];
        if (m->mode == SE_INPUT_W4A5_SE || m->mode == SE_INPUT_W4A5_SE_OFFSET) {
            evaluation_add(job->e, &job->calibration, m, evaluation_chip(SCHEME_FLOAT),
                           "%s %s ratio %s", se_input_mode_names[m->mode], se_rule_names[m->rule],
                           se_ratio_names[m->ratio]);
        }
    }
    job->rules_end = job->e->n;
}

static enum se_status fit_notes(const struct modes *job, struct se_calibrated_mode *mode,
                                float steps, float ratio, struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t l = 0; l < job->observation.layers && !status; l++) {
        struct se_quantizer *q = &mode->quantizers[l];
        float p99 = se_samples_percentile(&job->observation.observed[l].plain, 99);
        status = se_quantizer_init(q, se_format_signed(4, true), p99 / steps, ratio, INFINITY,
                                   INFINITY, err);
        if (status) {
            break;
        }
        if (mode->rule == SE_RULE_R1) {
            se_thresholds_overflow(q);
        } else if (mode->rule == SE_RULE_R2) {
            se_thresholds_percentile(q, p99);
        } else {
            se_thresholds_least_error(q);
        }
    }
    return status;
}

static enum se_status add_notes(struct modes *job, struct se_error *err) {
    job->notes_first = job->e->n;
    enum se_status status = SE_OK;
    for (size_t s = 0; s < 2; s++) {
        for (size_t r = 0; r < 3 * 3 && !status; r++) {
            struct se_calibrated_mode *mode = &job->notes[job->n_notes++];
            float ratio = notes_ratios[r % 3];
            *mode = (struct se_calibrated_mode){
                SE_INPUT_W4A5_SE, (enum se_rule)(SE_RULE_R1 + r / 3), SE_RATIO_FIXED,
                calloc(job->observation.layers, sizeof *mode->quantizers)};
            status = mode->quantizers ? fit_notes(job, mode, notes_steps[s], ratio, err)
                                      : se_fail(err, SE_NO_MEMORY, "no memory for %zu layers",
                                                job->observation.layers);
            evaluation_add(job->e, &job->calibration, mode, evaluation_chip(SCHEME_FLOAT),
                           "p99/%g %s ratio %g", (double)notes_steps[s], se_rule_names[mode->rule],
                           (double)ratio);
        }
    }
    job->end = job->e->n;
    return status;
}

static enum se_status run(struct modes *job, struct se_error *err) {
    static struct se_mode_choice choices[SE_MODE_CHOICES_MAX];
    struct se_observation_options how = se_observation_default();
    how.tokens_max = job->e->options->calibration_bytes;
    enum se_status status = evaluation_observe(job->e, "calibrating", &how, &job->observation, err);
    status = status ? status
                    : se_model_calibrate(&job->observation, se_mode_choices(choices), choices,
                                         &job->calibration, err);
    if (!status) {
        add_scheme(job, SCHEME_FLOAT);
        add_scheme(job, SCHEME_W8A8);
        add_scheme(job, SCHEME_W4A8);
        add_choices(job);
        add_rules(job);
        status = add_notes(job, err);
    }
    status = status ? status : evaluation_run(job->e, "reading the text", err);
    return status ? status : modes_write_reports(job, err);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&evaluation_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    NULL,
    parse,
    NULL,
    "Calibrates a model on one text and compares every input mode on another, in float and as the "
    "chip runs it: modes.md and modes.json."
    "\vExit status: 0 success, 1 bad input or fp32-sim-int8 is not int8, 2 wrong usage.",
    children,
    NULL,
    NULL};

int cmd_modes(int argc, char **argv) {
    static struct evaluation e;
    static struct modes job;
    struct evaluation_options o = evaluation_defaults();
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    job.e = &e;
    enum se_status status = evaluation_open(&e, &o, &err);
    status = status ? status : run(&job, &err);
    bool same = false;
    if (!status) {
        same = modes_simulation_is_int8(&job);
        modes_print_findings(stdout, &job);
        printf("\nreports: %s/modes.md, modes.json\n", o.reports);
    }
    for (size_t i = 0; i < job.n_notes; i++) {
        free(job.notes[i].quantizers);
    }
    se_model_calibration_free(&job.calibration);
    se_observation_free(&job.observation);
    evaluation_close(&e);
    return status ? cli_fail(&err) : same ? CLI_OK : CLI_FAILURE;
}
