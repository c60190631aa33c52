// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include "w4a5se/calibrate.h"
#include "w4a5se/config.h"
#include "w4a5se/npy.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *in, *out;
    struct se_calibration calibration;
    bool json;
};

enum { OPT_BITS = 256, OPT_BASES, OPT_RULE, OPT_SCALE, OPT_PERCENTILE, OPT_RATIO, OPT_JSON };

static const struct argp_option option_list[] = {
    {"in", 'i', "FILE", 0, "Activations: .npy, float32 or float16, any shape", 0},
    {"out", 'o', "FILE", 0, "Write the configuration (YAML) here instead of printing it", 0},
    {"bits", OPT_BITS, "B", 0, "Bits of a code without the flag, 4 to 8 (default 4)", 0},
    {"rule", OPT_RULE, "RULE", 0,
     "none (one scale, no flag), R1 (overflow), R2 (percentile), R3 (least error; default)", 0},
    {"bases", OPT_BASES, "HOW", 0, "signed (two's complement) or free (default)", 0},
    {"scale", OPT_SCALE, "HOW", 0, "absmax, percentile or least-error (default)", 0},
    {"percentile", OPT_PERCENTILE, "P", 0,
     "For --scale percentile and rule R2, above 0 and at most 100 (default 99)", 0},
    {"ratio", OPT_RATIO, "RATIO", 0, "s2/s1: a number, pow2 or free (default)", 0},
    {"json", OPT_JSON, NULL, 0, "Print the configuration and its error as JSON", 0},
    {0}};

static void parse_ratio(struct options *o, const char *arg, struct argp_state *state) {
    o->calibration.ratio_choice = !strcmp(arg, "free")   ? SE_RATIO_FREE
                                  : !strcmp(arg, "pow2") ? SE_RATIO_POW2
                                                         : SE_RATIO_FIXED;
    if (o->calibration.ratio_choice == SE_RATIO_FIXED) {
        o->calibration.ratio = (float)cli_number(state, "--ratio", arg);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const bases[] = {"signed", "free", NULL};
    struct options *o = state->input;
    switch (key) {
    case 'i':
        o->in = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case OPT_BITS:
        o->calibration.code_bits = (int)fmin((double)cli_count(state, "--bits", arg), INT_MAX);
        return 0;
    case OPT_RULE:
        o->calibration.rule = (enum se_rule)cli_choice(state, "--rule", arg, se_rule_names);
        return 0;
    case OPT_BASES:
        o->calibration.free_bases = cli_choice(state, "--bases", arg, bases) == 1;
        return 0;
    case OPT_SCALE:
        o->calibration.scale =
            (enum se_scale_method)cli_choice(state, "--scale", arg, se_scale_names);
        return 0;
    case OPT_PERCENTILE:
        o->calibration.percentile = cli_number(state, "--percentile", arg);
        return 0;
    case OPT_RATIO:
        parse_ratio(o, arg, state);
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->in, "--in");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Finds the quantiser that fits the activations best, and writes it as YAML. With --model it "
    "calibrates a whole model (`calibrate --model DIR --help`)."
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

static double sqnr_db(const struct se_samples *samples, const struct se_quantizer *q) {
    return 10 * log10(samples->squares[samples->n] / se_squared_error(samples, q));
}

// The rule's error beyond the range may exceed that of saturating there; says so.
static void warn_if_saturating_is_better(const struct se_samples *samples,
                                         const struct se_quantizer *q, enum se_rule rule) {
    struct se_quantizer saturating = *q;
    saturating.thr_pos = saturating.thr_neg = INFINITY;
    double with_rule = sqnr_db(samples, q), without = sqnr_db(samples, &saturating);
    if (without > with_rule) {
        fprintf(
            stderr,
            "w4a5se: %s gives %.2f dB, but saturating at s1's range gives %.2f dB: these outliers "
            "lose more than clipping does\n",
            se_rule_names[rule], with_rule, without);
    }
}

static void print_json(const struct se_quantizer *q, const struct options *o, double sqnr) {
    json_t *root =
        json_pack("{s:i, s:b, s:i, s:i, s:f, s:f, s:f, s:s, s:s, s:f}", "code_bits",
                  q->format.code_bits, "dual", (int)q->format.dual, "base1", q->format.base1,
                  "base2", q->format.base2, "s1", (double)q->s1, "ratio", (double)q->ratio, "s2",
                  (double)q->s2, "rule", se_rule_names[o->calibration.rule], "scale",
                  se_scale_names[o->calibration.scale], "sqnr_db", sqnr);
    // JSON has no infinity: null stands for a threshold that is never passed.
    json_object_set_new(root, "thr_pos",
                        isinf(q->thr_pos) ? json_null() : json_real((double)q->thr_pos));
    json_object_set_new(root, "thr_neg",
                        isinf(q->thr_neg) ? json_null() : json_real((double)q->thr_neg));
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(root);
}

static enum se_status report(const struct se_samples *samples, const struct se_quantizer *q,
                             const struct options *o, struct se_error *err) {
    double sqnr = sqnr_db(samples, q);
    if (q->format.dual) {
        warn_if_saturating_is_better(samples, q, o->calibration.rule);
    }
    if (o->json) {
        print_json(q, o, sqnr);
    }
    if (!o->out && !o->json) {
        se_config_print(stdout, q, o->calibration.rule);
    }
    if (fflush(stdout) != 0) {
        return se_fail(err, SE_IO, "cannot write to standard output");
    }
    enum se_status status = o->out ? se_config_save(o->out, q, o->calibration.rule, err) : SE_OK;
    if (status != SE_OK) {
        return status;
    }
    fprintf(stderr, "%zu values, %.2f dB\n", samples->n, sqnr);
    return SE_OK;
}

// --model DIR, --model=DIR, -m DIR, -mDIR
static bool is_of_a_model(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--model", 7) || !strncmp(argv[i], "-m", 2)) {
            return true;
        }
    }
    return false;
}

int cmd_calibrate(int argc, char **argv) {
    if (is_of_a_model(argc, argv)) {
        return calibrate_model(argc, argv);
    }
    struct options o = {.calibration = {.code_bits = 4,
                                        .free_bases = true,
                                        .rule = SE_RULE_R3,
                                        .scale = SE_SCALE_LEAST_ERROR,
                                        .percentile = 99,
                                        .ratio_choice = SE_RATIO_FREE,
                                        .ratio = 1}};
    struct se_error err, cause;
    struct se_samples samples;
    struct se_quantizer q;
    float *values;
    size_t n;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    o.calibration.dual = o.calibration.rule != SE_RULE_NONE;
    if (!o.calibration.dual && o.calibration.ratio_choice != SE_RATIO_FIXED) {
        o.calibration.ratio_choice = SE_RATIO_FIXED;
    }
    if (se_npy_read_f32(o.in, &n, NULL, NULL, &values, &err) != SE_OK) {
        return cli_fail(&err);
    }
    enum se_status status = se_samples_init(&samples, n, values, &cause);
    free(values);
    if (status != SE_OK) {
        se_fail(&err, status, "%s: %s", o.in, cause.message);
        return cli_fail(&err);
    }
    status = se_calibrate(&samples, &o.calibration, &q, &err);
    if (status == SE_OK) {
        status = report(&samples, &q, &o, &err);
    }
    se_samples_free(&samples);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}
