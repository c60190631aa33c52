// SPDX-License-Identifier: Apache-2.0
// `w4a5se modes`: every input mode, rule and choice of the chip on a held-out text, in one report.
#include "cli.h"
#include "evaluation.h"
#include "w4a5se/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 32, CHOICES = SE_MODE_CHOICES_MAX };

// The notes' quantisers: s1 from the 99th percentile over 7 or 15 steps, and a fixed ratio.
static const float notes_ratios[] = {3, 10, 2025};
static const float notes_steps[] = {7, 15};

struct job {
    struct evaluation *e;
    struct se_observation observation;
    struct se_model_calibration calibration;
    struct se_calibrated_mode notes[NOTES_MAX];
    size_t n_notes;
    // Where the sections' rows begin.
    size_t scheme[3], chip, rules, rules_end, notes_first, end;
};

// ---- rows ----

static void add_scheme(struct job *job, enum evaluation_scheme scheme) {
    job->scheme[scheme] = job->e->n;
    for (int m = 0; m < SE_INPUT_MODES; m++) {
        evaluation_add(job->e, &job->calibration,
                       se_model_calibration_find(&job->calibration, (enum se_input_mode)m, -1, -1),
                       evaluation_chip(scheme), "%s", se_input_mode_names[m]);
    }
}

static void add_choice(struct job *job, enum se_input_mode mode, struct evaluation_settings s,
                       const char *what) {
    evaluation_add(job->e, &job->calibration,
                   se_model_calibration_find(&job->calibration, mode, -1, -1), s, "%s, %s",
                   se_input_mode_names[mode], what);
}

// What else the chip may choose, of W8A8.
static void add_choices(struct job *job) {
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

static void add_rules(struct job *job) {
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

static enum se_status fit_notes(const struct job *job, struct se_calibrated_mode *mode, float steps,
                                float ratio, struct se_error *err) {
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

static enum se_status add_notes(struct job *job, struct se_error *err) {
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

// ---- findings ----

static double bits_of(const struct job *job, enum evaluation_scheme scheme,
                      enum se_input_mode mode) {
    return se_evaluation_bits(&job->e->rows[job->scheme[scheme] + mode].result);
}

// fp32-sim-int8 and int8 are the same numbers.
static bool simulation_is_int8(const struct job *job) {
    bool same = true;
    for (int s = 0; s < 3; s++) {
        const struct evaluation_row *rows = &job->e->rows[job->scheme[s]];
        const struct se_evaluation *a = &rows[SE_INPUT_INT8].result;
        const struct se_evaluation *b = &rows[SE_INPUT_FP32_SIM_INT8].result;
        same = same && a->nats == b->nats && a->agree == b->agree;
        for (size_t l = 0; l < job->e->model.config.layers; l++) {
            same = same && a->noise[l] == b->noise[l];
        }
    }
    return same;
}

static const char *yes(bool is) {
    return is ? "yes" : "**no**";
}

static double per_cent_over_int8(const struct job *job, enum evaluation_scheme scheme,
                                 enum se_input_mode mode) {
    return 100 * (bits_of(job, scheme, mode) / bits_of(job, scheme, SE_INPUT_INT8) - 1);
}

static void print_findings(FILE *to, const struct job *job) {
    fputs("| | float | w8a8 | w4a8 |\n|---|---|---|---|\n| best mode", to);
    for (int s = 0; s < 3; s++) {
        int best = 0;
        for (int m = 1; m < SE_INPUT_MODES; m++) {
            best = bits_of(job, (enum evaluation_scheme)s, (enum se_input_mode)m) <
                           bits_of(job, (enum evaluation_scheme)s, (enum se_input_mode)best)
                       ? m
                       : best;
        }
        const struct evaluation_row *row = &job->e->rows[job->scheme[s] + (size_t)best];
        double behind = bits_of(job, (enum evaluation_scheme)s, SE_INPUT_FP32) -
                        se_evaluation_bits(&row->result);
        fprintf(to, " | %s; fp32 is %.5f behind, +- %.5f", se_input_mode_names[best], behind,
                se_evaluation_bits_error(&row->result));
    }
    fputs(" |\n| w4a5-se-offset at most 0.2 % over int8", to);
    for (int s = 0; s < 3; s++) {
        double more = per_cent_over_int8(job, (enum evaluation_scheme)s, SE_INPUT_W4A5_SE_OFFSET);
        fprintf(to, " | %s (%+.3f %%)", yes(more <= 0.2), more);
    }
    fputs(" |\n| w4a5-se at most 0.5 % over int8", to);
    for (int s = 0; s < 3; s++) {
        double more = per_cent_over_int8(job, (enum evaluation_scheme)s, SE_INPUT_W4A5_SE);
        fprintf(to, " | %s (%+.3f %%)", yes(more <= 0.5), more);
    }
    fprintf(to, " |\n\nfp32-sim-int8 equal to int8 in every scheme, exactly: %s.\n",
            yes(simulation_is_int8(job)));
}

// By a layer's SQNR, or by fewer bits where layer is negative.
static double score(const struct evaluation_row *row, int layer) {
    return layer < 0 ? -se_evaluation_bits(&row->result)
                     : se_evaluation_sqnr_db(&row->result, (size_t)layer);
}

// The best and the worst rule of a mode.
static void print_winner(FILE *to, const struct job *job, enum se_input_mode mode, int layer) {
    const struct evaluation_row *best = NULL, *second = NULL, *worst = NULL;
    for (size_t i = job->rules; i < job->rules_end; i++) {
        const struct evaluation_row *row = &job->e->rows[i];
        if (row->mode->mode != mode) {
            continue;
        }
        if (!best || score(row, layer) > score(best, layer)) {
            second = best;
            best = row;
        } else if (!second || score(row, layer) > score(second, layer)) {
            second = row;
        }
        worst = !worst || score(row, layer) < score(worst, layer) ? row : worst;
    }
    fprintf(to, "| %s | ", se_input_mode_names[mode]);
    if (layer < 0) {
        fputs("text, bits", to);
    } else {
        fprintf(to, "layer %d, dB", layer);
    }
    fprintf(to, " | %s %s %.4f | %s %s, by %.4f | %s %s, by %.4f |\n",
            se_rule_names[best->mode->rule], se_ratio_names[best->mode->ratio],
            fabs(score(best, layer)), se_rule_names[second->mode->rule],
            se_ratio_names[second->mode->ratio], score(best, layer) - score(second, layer),
            se_rule_names[worst->mode->rule], se_ratio_names[worst->mode->ratio],
            score(best, layer) - score(worst, layer));
}

// ---- the report ----

static void section(FILE *to, const struct job *job, const char *title, size_t first, size_t end,
                    size_t base) {
    fprintf(to, "\n## %s\n\n", title);
    evaluation_table(to, job->e, first, end - first, base);
}

static void print_notes_modes(FILE *to, const struct job *job) {
    static const enum se_input_mode modes[] = {SE_INPUT_INT8, SE_INPUT_FP32_SIM_INT8, SE_INPUT_FP32,
                                               SE_INPUT_W4A5_SE};
    size_t first = job->scheme[SCHEME_W8A8];
    fputs(
        "\n## The notes' four modes: INT8, FP32-simulated INT8, FP32, scale enhancement (w8a8)\n\n",
        to);
    evaluation_head(to, job->e, first + SE_INPUT_INT8);
    for (size_t i = 0; i < 4; i++) {
        evaluation_rows(to, job->e, first + modes[i], 1, first + SE_INPUT_INT8);
    }
}

static void print_scales(FILE *to, const struct job *job) {
    fputs("\n## s1, ratio and bases by layer\n\n| | rule | ratio |", to);
    size_t layers = job->calibration.layers;
    for (size_t l = 0; l < layers; l++) {
        fprintf(to, " layer %zu |", l);
    }
    fputs("\n|---|---|---|", to);
    for (size_t l = 0; l < layers; l++) {
        fputs("---|", to);
    }
    for (size_t i = 0; i < job->calibration.n; i++) {
        const struct se_calibrated_mode *m = &job->calibration.modes[i];
        if (m->mode != SE_INPUT_W4A5_SE && m->mode != SE_INPUT_W4A5_SE_OFFSET) {
            continue;
        }
        fprintf(to, "\n| %s | %s | %s |", se_input_mode_names[m->mode], se_rule_names[m->rule],
                se_ratio_names[m->ratio]);
        for (size_t l = 0; l < layers; l++) {
            const struct se_quantizer *q = &m->quantizers[l];
            fprintf(to, " %.4f, %.2f, %d/%d |", (double)q->s1, (double)q->ratio, q->format.base1,
                    q->format.base2);
        }
    }
    fputc('\n', to);
}

static void print_report(const void *data, FILE *to) {
    const struct job *job = data;
    size_t f = job->scheme[SCHEME_FLOAT], w8 = job->scheme[SCHEME_W8A8],
           w4 = job->scheme[SCHEME_W4A8];
    fputs("# Input modes on a held-out text\n\n", to);
    evaluation_origin(to, job->e);
    fprintf(to,
            "float32: %.5f bits a byte. Scheme `float` quantises the scan's input alone; `w8a8` "
            "and `w4a8` are the chip: INT8 activations with static scales, y in INT8 after a "
            "Hadamard transform, FP32 states. Modes are calibrated by least error, rule R3, a "
            "free ratio; INT8 by the observer (percentile). +- is the standard error of the "
            "difference from float32, from chapter to chapter.\n\n",
            se_evaluation_bits(&job->e->reference));
    print_findings(to, job);
    print_notes_modes(to, job);
    section(to, job, "Only the scan's input quantised (float)", f, f + SE_INPUT_MODES, f);
    section(to, job, "The chip with INT8 weights (w8a8)", w8, w8 + SE_INPUT_MODES, w8);
    section(to, job, "The chip with 4-bit weights (w4a8)", w4, w4 + SE_INPUT_MODES, w4);
    section(to, job, "Other choices of the chip (w8a8)", job->chip, job->rules, job->chip);
    section(to, job, "Rules and ratios (float; s1 by least error)", job->rules, job->rules_end, f);
    fputs("\n| | by | best | second | worst |\n|---|---|---|---|---|\n", to);
    static const enum se_input_mode modes[] = {SE_INPUT_W4A5_SE, SE_INPUT_W4A5_SE_OFFSET};
    for (size_t m = 0; m < 2; m++) {
        for (int l = -1; l < (int)job->calibration.layers; l++) {
            print_winner(to, job, modes[m], l);
        }
    }
    section(to, job, "The notes' choices: w4a5-se with fixed s1 and ratio (float)",
            job->notes_first, job->end, f);
    print_scales(to, job);
}

static enum se_status write_reports(const struct job *job, struct se_error *err) {
    const struct evaluation *e = job->e;
    const char *directory = e->options->reports;
    enum se_status status = cli_make_directory(directory, err);
    status = status ? status : se_report_text(directory, "modes.md", print_report, job, err);
    if (!status) {
        struct se_origin origin = se_origin_now();
        json_t *root =
            json_pack("{s:s, s:s, s:s, s:i, s:f, s:s, s:b, s:o}", "model", e->options->model,
                      "text", e->options->text, "calibrated_on", e->options->calibration_text,
                      "tokens", (int)e->reference.tokens, "float32_bits",
                      se_evaluation_bits(&e->reference), "date", origin.date, "simulation_is_int8",
                      (int)simulation_is_int8(job), "rows", evaluation_json(e, 0, e->n));
        status = se_report_json(directory, "modes.json", root, err);
    }
    return status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    static struct se_mode_choice choices[CHOICES];
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
    return status ? status : write_reports(job, err);
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
    static struct job job;
    struct evaluation_options o = evaluation_defaults();
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    job.e = &e;
    enum se_status status = evaluation_open(&e, &o, &err);
    status = status ? status : run(&job, &err);
    bool same = false;
    if (!status) {
        same = simulation_is_int8(&job);
        print_findings(stdout, &job);
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
