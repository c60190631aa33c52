// SPDX-License-Identifier: Apache-2.0
// `w4a5se eval`: bits a token of a text, for any modes of a calibrated model.
#include "cli.h"
#include "evaluation.h"

#include <stdlib.h>
#include <string.h>

struct options {
    struct evaluation_options shared;
    const char *calibration;
    struct evaluation_settings settings;
    int mode, rule, ratio; // negative: all, the first of each mode
    bool plain, calls, x_proj, json;
    const char *of_chip; // an option that the float scheme has not
};

enum {
    OPT_SCHEME = 256,
    OPT_MODE,
    OPT_RULE,
    OPT_RATIO,
    OPT_STATE,
    OPT_Y,
    OPT_X_PROJ,
    OPT_PLAIN,
    OPT_CALL,
    OPT_JSON
};

static const struct argp_option option_list[] = {
    {"calibration", 'c', "FILE", 0, "What `calibrate --model` wrote; default: calibrates itself",
     0},
    {"scheme", OPT_SCHEME, "NAME", 0,
     "float (only the scan's input is quantised; default), w8a8 or w4a8 (the chip)", 0},
    {"mode", OPT_MODE, "NAME", 0, "One input mode (default: all)", 0},
    {"rule", OPT_RULE, "RULE", 0, "Of modes with two scales: R1, R2 or R3 (default)", 0},
    {"ratio", OPT_RATIO, "RATIO", 0, "Of modes with two scales: free (default) or pow2", 0},
    {"state", OPT_STATE, "MODE", 0, "fp32 (default), int8-final or int8-step", 0},
    {"call", OPT_CALL, "N", 0, "With int8-final: tokens of a call (default: a sequence)", 0},
    {"y", OPT_Y, "FORMAT", 0, "out_proj's input: fp16, int8 (default) or code", 0},
    {"x-proj", OPT_X_PROJ, "FROM", 0, "x_proj's input: int8 (default), or from the code", 0},
    {"no-hadamard", OPT_PLAIN, NULL, 0, "No Hadamard transform in front of out_proj", 0},
    {"json", OPT_JSON, NULL, 0, "Print the results as JSON", 0},
    {0}};

// Options that would change nothing.
static void check_use(const struct options *o, struct argp_state *state) {
    const struct evaluation_settings *s = &o->settings;
    struct se_format format;
    if (o->of_chip && s->scheme == SCHEME_FLOAT) {
        argp_error(state, "%s needs --scheme w8a8 or w4a8", o->of_chip);
    }
    if (o->calibration && o->shared.calibrates) {
        argp_error(state, "%s does not go with --calibration", o->shared.calibrates);
    }
    if (o->shared.reports) {
        argp_error(state, "eval writes no reports; --json prints the results");
    }
    if (o->calls && s->state_mode != SE_STATE_INT8_FINAL) {
        argp_error(state, "--call needs --state int8-final");
    }
    if (o->mode >= 0 && (o->rule >= 0 || o->ratio >= 0)) {
        se_input_format((enum se_input_mode)o->mode, &format);
        if (!format.dual) {
            argp_error(state, "%s is for modes with two scales, which %s is not",
                       o->rule >= 0 ? "--rule" : "--ratio", se_input_mode_names[o->mode]);
        }
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const sources[] = {"int8", "code", NULL};
    struct options *o = state->input;
    struct evaluation_settings *s = &o->settings;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->shared;
        return 0;
    case 'c':
        o->calibration = arg;
        return 0;
    case OPT_SCHEME:
        s->scheme =
            (enum evaluation_scheme)cli_choice(state, "--scheme", arg, evaluation_scheme_names);
        return 0;
    case OPT_MODE:
        o->mode = cli_choice(state, "--mode", arg, se_input_mode_names);
        return 0;
    case OPT_RULE:
        o->rule = cli_choice(state, "--rule", arg, se_rule_names);
        return 0;
    case OPT_RATIO:
        o->ratio = cli_choice(state, "--ratio", arg, se_ratio_names);
        return 0;
    case OPT_STATE:
        o->of_chip = "--state";
        s->state_mode = (enum se_state_mode)cli_choice(state, "--state", arg, se_state_mode_names);
        return 0;
    case OPT_CALL:
        o->of_chip = "--call";
        o->calls = true;
        s->call = cli_count(state, "--call", arg);
        return 0;
    case OPT_Y:
        o->of_chip = "--y";
        s->y = (enum se_y_format)cli_choice(state, "--y", arg, se_y_format_names);
        return 0;
    case OPT_X_PROJ:
        o->of_chip = "--x-proj";
        o->x_proj = true;
        s->x_proj_from_code = cli_choice(state, "--x-proj", arg, sources) == 1;
        return 0;
    case OPT_PLAIN:
        o->of_chip = "--no-hadamard";
        o->plain = true;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        check_use(o, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&evaluation_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {option_list,
                                 parse,
                                 NULL,
                                 "How well a model foresees a text (bits a byte where tokens are "
                                 "bytes) when the scan's input, or "
                                 "all of the model, is quantised."
                                 "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
                                 children,
                                 NULL,
                                 NULL};

static enum se_status get_calibration(const struct options *o, struct evaluation *e,
                                      struct se_model_calibration *calibration,
                                      struct se_error *err) {
    static struct se_mode_choice choices[SE_MODE_CHOICES_MAX];
    if (o->calibration) {
        enum se_status status = se_model_calibration_load(o->calibration, calibration, err);
        return status ? status : se_model_calibration_check(calibration, &e->model, err);
    }
    struct se_observation_options how = se_observation_default();
    struct se_observation observation;
    how.tokens_max = o->shared.calibration_bytes;
    enum se_status status = evaluation_observe(e, "calibrating", &how, &observation, err);
    if (!status) {
        status =
            se_model_calibrate(&observation, se_mode_choices(choices), choices, calibration, err);
        se_observation_free(&observation);
    }
    return status;
}

// Rows of the modes that were asked for.
static enum se_status add_rows(const struct options *o, struct evaluation *e,
                               const struct se_model_calibration *calibration,
                               struct se_error *err) {
    for (int m = 0; m < SE_INPUT_MODES; m++) {
        struct se_format format;
        enum se_input_mode mode = (enum se_input_mode)m;
        se_input_format(mode, &format);
        const struct se_calibrated_mode *found = se_model_calibration_find(
            calibration, mode, format.dual ? o->rule : -1, format.dual ? o->ratio : -1);
        if (found && (o->mode < 0 || o->mode == m)) {
            evaluation_add(e, calibration, found, o->settings, "%s", se_input_mode_names[m]);
        }
    }
    return e->n ? SE_OK
                : se_fail(err, SE_INVALID, "%s holds no such mode",
                          o->calibration ? o->calibration : "the calibration");
}

static enum se_status print(const struct options *o, const struct evaluation *e,
                            struct se_error *err) {
    if (o->json) {
        json_t *root =
            json_pack("{s:f, s:i, s:o}", "float32_bits", se_evaluation_bits(&e->reference),
                      "tokens", (int)e->reference.tokens, "rows", evaluation_json(e, 0, e->n));
        if (!root) {
            return se_fail(err, SE_INVALID, "%s: the results have no form in JSON",
                           o->shared.model);
        }
        json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
        putchar('\n');
        json_decref(root);
        return SE_OK;
    }
    printf("float32: %.5f bits a token over %zu tokens\n\n", se_evaluation_bits(&e->reference),
           e->reference.tokens);
    evaluation_table(stdout, e, 0, e->n, 0);
    return SE_OK;
}

int cmd_eval(int argc, char **argv) {
    static struct evaluation e;
    struct options o = {.shared = evaluation_defaults(),
                        .settings = evaluation_chip(SCHEME_FLOAT),
                        .mode = -1,
                        .rule = -1,
                        .ratio = -1};
    struct se_model_calibration calibration = {0};
    struct se_error err;
    o.shared.reports = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    o.settings.rotated = !o.plain;
    enum se_status status = evaluation_open(&e, &o.shared, &err);
    if (!status && o.x_proj && e.model.config.kind == SE_MODEL_MAMBA2) {
        status = se_fail(&err, SE_INVALID, "--x-proj: %s is a Mamba-2, which has no x_proj",
                         o.shared.model);
    }
    status = status ? status : get_calibration(&o, &e, &calibration, &err);
    status = status ? status : add_rows(&o, &e, &calibration, &err);
    status = status ? status : evaluation_run(&e, "reading the text", &err);
    status = status ? status : print(&o, &e, &err);
    evaluation_close(&e);
    se_model_calibration_free(&calibration);
    return status ? cli_fail(&err) : CLI_OK;
}
