// SPDX-License-Identifier: Apache-2.0
// `w4a5se sweep calibration`: how calibration moves the result. One table and one picture.
#include "cli.h"
#include "evaluation.h"
#include "svg.h"
#include "sweep.h"
#include "w4a5se/report.h"

#include <stdlib.h>
#include <string.h>

static const double alphas[] = {0.95, 0.99, 0.999, 0.9995, 0.9999, 0.99999, 1};
static const size_t group_counts[] = {1, 4, 16, 64};
static const float ratios[] = {1.5F, 2, 3, 4, 6, 8, 12, 16, 24, 32};

enum {
    ALPHAS = sizeof alphas / sizeof *alphas,
    GROUPS = sizeof group_counts / sizeof *group_counts,
    RATIOS = sizeof ratios / sizeof *ratios,
    RULES = 3,
    OBSERVED = 64
};

struct options {
    struct evaluation_options shared;
    enum evaluation_scheme scheme;
};

// Sections in the order of the rows.
enum section { ALPHA, OBSERVER, BITS, RATIO, GROUP, SECTIONS };
static const char *const titles[SECTIONS] = {
    "alpha: int8 by the percentile observer", "Observers of the scan's input: int8",
    "Bits a stored code takes", "Rules and fixed ratios: w4a5-se, s1 by least error",
    "Groups of channels with a scale of their own"};

struct job {
    struct evaluation *e;
    const struct options *o;
    struct se_model_calibration calibrations[OBSERVED];
    size_t n;
    size_t first[SECTIONS + 1];
};

// ---- rows ----

// Observes by `how`, calibrates the choices.
static enum se_status observe(struct job *job, struct se_observation_options how, size_t n,
                              const struct se_mode_choice *choices,
                              struct se_model_calibration **calibration, struct se_error *err) {
    struct se_observation observation;
    how.tokens_max = job->o->shared.calibration_bytes;
    enum se_status status = evaluation_observe(job->e, "calibrating", &how, &observation, err);
    if (!status) {
        *calibration = &job->calibrations[job->n];
        status = se_model_calibrate(&observation, n, choices, *calibration, err);
        job->n += !status;
        se_observation_free(&observation);
    }
    return status;
}

static struct se_mode_choice choice(enum se_input_mode mode) {
    return (struct se_mode_choice){mode, se_mode_calibration(mode)};
}

static enum se_status add_alphas(struct job *job, struct se_error *err) {
    const struct se_mode_choice int8 = choice(SE_INPUT_INT8);
    enum se_status status = SE_OK;
    for (size_t i = 0; i < ALPHAS && !status; i++) {
        struct se_observation_options how = se_observation_default();
        struct se_model_calibration *c;
        how.points[SE_POINT_U].alpha = alphas[i];
        status = observe(job, how, 1, &int8, &c, err);
        if (!status) {
            evaluation_add(job->e, c, &c->modes[0], evaluation_chip(job->o->scheme), "%g",
                           alphas[i]);
        }
    }
    return status;
}

static enum se_status add_observers(struct job *job, struct se_error *err) {
    const struct se_mode_choice int8 = choice(SE_INPUT_INT8);
    enum se_status status = SE_OK;
    for (int kind = 0; se_observer_names[kind] && !status; kind++) {
        struct se_observation_options how = se_observation_default();
        struct se_model_calibration *c;
        how.points[SE_POINT_U].kind = (enum se_observer_kind)kind;
        status = observe(job, how, 1, &int8, &c, err);
        if (!status) {
            evaluation_add(job->e, c, &c->modes[0], evaluation_chip(job->o->scheme), "%s",
                           se_observer_names[kind]);
        }
    }
    return status;
}

static enum se_status add_bits(struct job *job, struct se_error *err) {
    static const enum se_input_mode modes[] = {
        SE_INPUT_INT4,           SE_INPUT_INT5,        SE_INPUT_INT5_OFFSET, SE_INPUT_W4A5_SE,
        SE_INPUT_W4A5_SE_OFFSET, SE_INPUT_INT6_OFFSET, SE_INPUT_INT8,        SE_INPUT_INT8_SE};
    enum { MODES = sizeof modes / sizeof *modes };
    struct se_mode_choice choices[MODES];
    for (size_t i = 0; i < MODES; i++) {
        choices[i] = choice(modes[i]);
    }
    struct se_model_calibration *c;
    enum se_status status = observe(job, se_observation_default(), MODES, choices, &c, err);
    for (size_t i = 0; i < MODES && !status; i++) {
        evaluation_add(job->e, c, &c->modes[i], evaluation_chip(job->o->scheme), "%d bits: %s",
                       se_format_width(&c->modes[i].quantizers[0].format),
                       se_input_mode_names[modes[i]]);
    }
    return status;
}

static enum se_status add_ratios(struct job *job, struct se_error *err) {
    struct se_mode_choice choices[RULES * RATIOS];
    for (size_t i = 0; i < RULES * RATIOS; i++) {
        choices[i] = choice(SE_INPUT_W4A5_SE);
        choices[i].how.rule = (enum se_rule)(SE_RULE_R1 + i / RATIOS);
        choices[i].how.ratio_choice = SE_RATIO_FIXED;
        choices[i].how.ratio = ratios[i % RATIOS];
    }
    struct se_model_calibration *c;
    enum se_status status =
        observe(job, se_observation_default(), RULES * RATIOS, choices, &c, err);
    for (size_t i = 0; i < RULES * RATIOS && !status; i++) {
        evaluation_add(job->e, c, &c->modes[i], evaluation_chip(job->o->scheme), "%s ratio %g",
                       se_rule_names[choices[i].how.rule], (double)choices[i].how.ratio);
    }
    return status;
}

static enum se_status add_groups(struct job *job, struct se_error *err) {
    const struct se_mode_choice choices[] = {choice(SE_INPUT_INT8_PIECEWISE),
                                             choice(SE_INPUT_W4A5_SE_PIECEWISE)};
    enum se_status status = SE_OK;
    for (size_t g = 0; g < GROUPS && !status; g++) {
        struct se_observation_options how = se_observation_default();
        struct se_model_calibration *c;
        how.groups = group_counts[g];
        if (how.groups > job->e->model.config.d_inner) {
            break;
        }
        status = observe(job, how, 2, choices, &c, err);
        for (size_t i = 0; i < 2 && !status; i++) {
            evaluation_add(job->e, c, &c->modes[i], evaluation_chip(job->o->scheme),
                           "%s, %zu groups", se_input_mode_names[choices[i].mode], how.groups);
        }
    }
    return status;
}

// ---- the report ----

static void print_report(const void *data, FILE *to) {
    const struct job *job = data;
    fprintf(to, "# Calibration swept\n\n");
    evaluation_origin(to, job->e);
    fprintf(to, "Scheme %s; float32 has %.5f bits a %s.\n\n![Bits over float32](modes-sweep.svg)\n",
            evaluation_scheme_names[job->o->scheme], se_evaluation_bits(&job->e->reference),
            evaluation_unit(job->e));
    for (int s = 0; s < SECTIONS; s++) {
        fprintf(to, "\n## %s\n\n", titles[s]);
        evaluation_table(to, job->e, job->first[s], job->first[s + 1] - job->first[s],
                         job->first[s]);
    }
}

static double over_float(const struct job *job, size_t row) {
    return se_evaluation_bits(&job->e->rows[row].result) - se_evaluation_bits(&job->e->reference);
}

static void put_picture(const void *data, FILE *to) {
    const struct job *job = data;
    for (size_t rule = 0; rule < RULES; rule++) {
        fprintf(to, "$%s << EOD\n", se_rule_names[SE_RULE_R1 + rule]);
        for (size_t i = 0; i < RATIOS; i++) {
            fprintf(to, "%g %g\n", (double)ratios[i],
                    over_float(job, job->first[RATIO] + rule * RATIOS + i));
        }
        fputs("EOD\n", to);
    }
    fputs("$alpha << EOD\n", to);
    for (size_t i = 0; i + 1 < ALPHAS; i++) {
        fprintf(to, "%g %g\n", 1 - alphas[i], over_float(job, job->first[ALPHA] + i));
    }
    fprintf(to,
            "EOD\n"
            "set terminal svg size 960,420 background rgb 'white' font 'sans,13'\n"
            "set multiplot layout 1,2\nset border 3\nset tics nomirror out\nset logscale x\n"
            "set format x '%%g'\nset rmargin 4\n"
            "set ylabel 'bits a %s over float32'\n"
            "set logscale y\nset xlabel 'ratio s2/s1 (w4a5-se)'\nset key top left\n"
            "plot $R1 with linespoints pt 7 ps 0.6 lc rgb '#d9480f' title 'R1 overflow', "
            "$R2 with linespoints pt 5 ps 0.6 lc rgb '#495057' title 'R2 percentile', "
            "$R3 with linespoints pt 9 ps 0.8 lc rgb '#1f6feb' title 'R3 least error'\n"
            "set xlabel 'share beyond the range, 1 - alpha (int8)'\nunset key\n"
            "plot $alpha with linespoints pt 7 ps 0.6 lc rgb '#1f6feb'\n"
            "unset multiplot\n",
            evaluation_unit(job->e));
}

static enum se_status write_reports(const struct job *job, struct se_error *err) {
    const struct evaluation *e = job->e;
    const char *directory = e->options->reports;
    enum se_status status = cli_make_directory(directory, err);
    status = status ? status : se_report_text(directory, "modes-sweep.md", print_report, job, err);
    status = status ? status : svg_draw(directory, "modes-sweep.svg", put_picture, job, err);
    if (!status) {
        json_t *root = json_pack(
            "{s:s, s:f, s:i}", "scheme", evaluation_scheme_names[job->o->scheme], "float32_bits",
            se_evaluation_bits(&e->reference), "tokens", (int)e->reference.tokens);
        for (int s = 0; s < SECTIONS; s++) {
            json_object_set_new(
                root, titles[s],
                evaluation_json(e, job->first[s], job->first[s + 1] - job->first[s]));
        }
        status = se_report_json(directory, "modes-sweep.json", root, err);
    }
    return status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    static enum se_status (*const add[SECTIONS])(struct job *, struct se_error *) = {
        add_alphas, add_observers, add_bits, add_ratios, add_groups};
    enum se_status status = SE_OK;
    for (int s = 0; s < SECTIONS && !status; s++) {
        job->first[s] = job->e->n;
        status = add[s](job, err);
    }
    job->first[SECTIONS] = job->e->n;
    status = status ? status : evaluation_run(job->e, "reading the text", err);
    return status ? status : write_reports(job, err);
}

enum { OPT_SCHEME = 256 };

static const struct argp_option option_list[] = {
    {"scheme", OPT_SCHEME, "NAME", 0, "float (default), w8a8 or w4a8", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->shared;
        return 0;
    case OPT_SCHEME:
        o->scheme =
            (enum evaluation_scheme)cli_choice(state, "--scheme", arg, evaluation_scheme_names);
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
    option_list,
    parse,
    NULL,
    "What alpha, the observer, the bits, rule and ratio, and groups of channels do to a text: "
    "modes-sweep.md, .json and .svg. Reads 32768 tokens and calibrates on 16384, unless told."
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    children,
    NULL,
    NULL};

int sweep_calibration(int argc, char **argv) {
    static struct evaluation e;
    static struct job job;
    struct options o = {.shared = evaluation_defaults()};
    struct se_error err;
    o.shared.bytes = 32768;
    o.shared.calibration_bytes = 16384;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    job.e = &e;
    job.o = &o;
    enum se_status status = evaluation_open(&e, &o.shared, &err);
    status = status ? status : run(&job, &err);
    if (!status) {
        printf("reports: %s/modes-sweep.md, modes-sweep.json, modes-sweep.svg\n", o.shared.reports);
    }
    for (size_t i = 0; i < job.n; i++) {
        se_model_calibration_free(&job.calibrations[i]);
    }
    evaluation_close(&e);
    return status ? cli_fail(&err) : CLI_OK;
}
