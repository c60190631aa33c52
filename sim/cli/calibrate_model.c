// SPDX-License-Identifier: Apache-2.0
// `w4a5se calibrate --model`: static scales and quantisers of a whole model, from a text.
#include "cli.h"
#include "w4a5se/model_calibration.h"

#include <stdlib.h>
#include <string.h>

enum { ALPHAS_MAX = 1024 };

struct options {
    const char *model, *text, *out;
    struct se_observation_options observation;
    double alpha[ALPHAS_MAX];
};

enum { OPT_BYTES = 256, OPT_WINDOW, OPT_GROUPS, OPT_OBSERVER, OPT_ALPHA, OPT_SIGMA };

static const struct argp_option option_list[] = {
    {"model", 'm', "DIR", 0, "config.json and model.safetensors", 0},
    {"text", 't', "FILE", 0, "What the model reads: text, or token numbers as .npy", 0},
    {"out", 'o', "FILE", 0, "Write the calibration (YAML) here", 0},
    {"bytes", OPT_BYTES, "N", 0, "Read the first N tokens only", 0},
    {"window", OPT_WINDOW, "N", 0, "Tokens of a batch, read from an empty state (default 512)", 0},
    {"groups", OPT_GROUPS, "N", 0, "Groups of channels of the piecewise modes (default 16)", 0},
    {"observer", OPT_OBSERVER, "POINT=KIND", 0,
     "POINT is all, in_proj, x, z, u, dt_low, dt, B, C, h or y; KIND absmax, minmax, percentile, "
     "least-error or outlier-aware (default percentile for u and h, absmax for the rest)",
     0},
    {"alpha", OPT_ALPHA, "A[,A...]", 0,
     "The percentile's share, above 0 and at most 1 (default 0.99999); several: of u, a layer each",
     0},
    {"sigma", OPT_SIGMA, "S", 0, "Weight of a batch in the percentile's average (default 0.01)", 0},
    {0}};

static void parse_observer(struct options *o, const char *arg, struct argp_state *state) {
    const char *equals = strchr(arg, '=');
    char point[16] = "";
    if (!equals || (size_t)(equals - arg) >= sizeof point) {
        argp_error(state, "--observer takes POINT=KIND, not '%s'", arg);
        return;
    }
    memcpy(point, arg, (size_t)(equals - arg));
    int kind = cli_choice(state, "--observer", equals + 1, se_observer_names);
    bool all = !strcmp(point, "all");
    int one = all ? 0 : cli_choice(state, "--observer", point, se_model_point_names);
    for (int p = all ? 0 : one; p <= (all ? SE_POINT_COUNT - 1 : one); p++) {
        o->observation.points[p].kind = (enum se_observer_kind)kind;
    }
}

static void parse_alpha(struct options *o, char *arg, struct argp_state *state) {
    size_t n = 0;
    for (char *rest = arg, *one; (one = strsep(&rest, ","));) {
        if (n == ALPHAS_MAX) {
            argp_error(state, "--alpha takes at most %d numbers", ALPHAS_MAX);
            return;
        }
        o->alpha[n++] = cli_number(state, "--alpha", one);
    }
    o->observation.alphas = n > 1 ? n : 0;
    for (size_t p = 0; p < SE_POINT_COUNT && n == 1; p++) {
        o->observation.points[p].alpha = o->alpha[0];
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'm':
        o->model = arg;
        return 0;
    case 't':
        o->text = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case OPT_BYTES:
        o->observation.tokens_max = cli_count(state, "--bytes", arg);
        return 0;
    case OPT_WINDOW:
        o->observation.window = cli_count(state, "--window", arg);
        return 0;
    case OPT_GROUPS:
        o->observation.groups = cli_count(state, "--groups", arg);
        return 0;
    case OPT_OBSERVER:
        parse_observer(o, arg, state);
        return 0;
    case OPT_ALPHA:
        parse_alpha(o, arg, state);
        return 0;
    case OPT_SIGMA:
        for (size_t p = 0; p < SE_POINT_COUNT; p++) {
            o->observation.points[p].sigma = cli_number(state, "--sigma", arg);
        }
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->model, "--model");
        cli_require(state, o->text, "--text");
        cli_require(state, o->out, "--out");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Reads a text with the float model and writes the static scale of every activation, and the "
    "quantisers of the scan's input for every mode, rule and kind of ratio, as YAML."
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

static enum se_status run(const struct options *o, struct se_error *err) {
    static struct se_mode_choice choices[SE_MODE_CHOICES_MAX];
    struct cli_progress progress = cli_progress_start("reading the text");
    struct se_model model = {0};
    struct se_text text = {0};
    struct se_observation observation = {0};
    struct se_model_calibration calibration = {0};
    enum se_status status = se_model_load(o->model, &model, err);
    status = status ? status : se_text_load(o->text, &text, err);
    status = status ? status
                    : se_observe(&model, &text, &o->observation, cli_progress_share, &progress,
                                 &observation, err);
    status = status ? status
                    : se_model_calibrate(&observation, se_mode_choices(choices), choices,
                                         &calibration, err);
    status = status ? status : se_model_calibration_save(o->out, &calibration, err);
    if (!status) {
        fprintf(stderr, "%zu tokens, %zu layers, %zu quantisers a layer\n", observation.tokens,
                calibration.layers, calibration.n);
    }
    se_model_calibration_free(&calibration);
    se_observation_free(&observation);
    se_text_free(&text);
    se_model_free(&model);
    return status;
}

int calibrate_model(int argc, char **argv) {
    static struct options o;
    struct se_error err;
    o.observation = se_observation_default();
    o.observation.alpha = o.alpha;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    return run(&o, &err) == SE_OK ? CLI_OK : cli_fail(&err);
}
