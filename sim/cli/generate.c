// SPDX-License-Identifier: Apache-2.0
// `w4a5se generate`: text from a quantised model, with the chip's engines in RTL beside it.
#include "chip.h"

#include "w4a5se/model_calibration.h"
#include "w4a5se/report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_RULE = 256,
    OPT_RATIO,
    OPT_Y,
    OPT_STATE,
    OPT_WEIGHTS,
    OPT_ROTATE,
    OPT_SEED,
    OPT_LANES,
    OPT_TRACE
};

struct options {
    const char *command, *model, *calibration, *prompt, *trace, *reports;
    enum se_input_mode mode;
    int rule, ratio; // -1: whichever the calibration has first
    enum se_y_format y;
    enum se_state_mode state;
    int weight_bits, lanes;
    bool rotate, rtl;
    unsigned long tokens, seed;
    double temperature;
};

static const struct argp_option option_list[] = {
    {"model", 'm', "DIR", 0, "Checkpoint (default data/small-mamba)", 0},
    {"calibration", 'c', "FILE", 0, "What `w4a5se calibrate --model` wrote", 0},
    {"mode", 'M', "MODE", 0, "Of the scan's input (default w4a5-se-offset)", 0},
    {"rule", OPT_RULE, "RULE", 0, "Of the mode: R1, R2 or R3 (default: its first)", 0},
    {"ratio", OPT_RATIO, "CHOICE", 0, "Of the mode: fixed, free or pow2 (default: its first)", 0},
    {"y", OPT_Y, "FORMAT", 0, "The scan's output: fp16, int8 (default) or code", 0},
    {"state", OPT_STATE, "MODE", 0, "fp32 (default), int8-final or int8-step", 0},
    {"weights", OPT_WEIGHTS, "BITS", 0, "Of the linears: 8 (default) or 4", 0},
    {"rotate", OPT_ROTATE, NULL, 0, "Hadamard transform in front of out_proj", 0},
    {"engine", 'e', "ENGINE", 0, "model (default), or rtl beside it, every result compared", 0},
    {"lanes", OPT_LANES, "N", 0, "Of the scan engine (rtl; default: any that takes the codes)", 0},
    {"trace", OPT_TRACE, "DIR", 0, "Write each engine's waveform here (FST; rtl)", 0},
    {"tokens", 'n', "N", 0, "To generate (default 64)", 0},
    {"prompt", 'p', "TEXT", 0, "What they follow, bytes as tokens (default: In the beginning)", 0},
    {"temperature", 't', "T", 0, "0: always the most likely (default 0.7)", 0},
    {"seed", OPT_SEED, "N", 0, "Of the choice among tokens (default 1)", 0},
    {"reports", 'r', "DIR", 0, "Write generate.md and generate.json here", 0},
    {0}};

enum { TOKENS_MAX = 1 << 24, LANES_MAX = 64 };

static unsigned long at_most(unsigned long most, const char *option, const char *text,
                             struct argp_state *state) {
    unsigned long count = cli_count(state, option, text);
    if (count > most) {
        argp_error(state, "%s is at most %lu, not %s", option, most, text);
    }
    return count;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'm':
        o->model = arg;
        return 0;
    case 'c':
        o->calibration = arg;
        return 0;
    case 'M':
        o->mode = (enum se_input_mode)cli_choice(state, "--mode", arg, se_input_mode_names);
        return 0;
    case OPT_RULE:
        o->rule = cli_choice(state, "--rule", arg, se_rule_names);
        return 0;
    case OPT_RATIO:
        o->ratio = cli_choice(state, "--ratio", arg, se_ratio_names);
        return 0;
    case OPT_Y:
        o->y = (enum se_y_format)cli_choice(state, "--y", arg, se_y_format_names);
        return 0;
    case OPT_STATE:
        o->state = (enum se_state_mode)cli_choice(state, "--state", arg, se_state_mode_names);
        return 0;
    case OPT_WEIGHTS:
        o->weight_bits = (int)at_most(8, "--weights", arg, state);
        if (o->weight_bits != 4 && o->weight_bits != 8) {
            argp_error(state, "--weights is 4 or 8, not %s", arg);
        }
        return 0;
    case OPT_ROTATE:
        o->rotate = true;
        return 0;
    case 'e':
        o->rtl = cli_choice(state, "--engine", arg, (const char *[]){"model", "rtl", NULL}) == 1;
        return 0;
    case OPT_LANES:
        o->lanes = (int)at_most(LANES_MAX, "--lanes", arg, state);
        return 0;
    case OPT_TRACE:
        o->trace = arg;
        return 0;
    case 'n':
        o->tokens = at_most(TOKENS_MAX, "--tokens", arg, state);
        return 0;
    case 'p':
        o->prompt = arg;
        return 0;
    case 't':
        o->temperature = cli_number(state, "--temperature", arg);
        if (!(o->temperature >= 0 && isfinite(o->temperature))) {
            argp_error(state, "--temperature is 0 or more, not %s", arg);
        }
        return 0;
    case OPT_SEED:
        o->seed = cli_count(state, "--seed", arg);
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->calibration, "--calibration");
        if (!o->rtl && (o->trace || o->lanes || o->reports)) {
            argp_error(state, "--trace, --lanes and --reports go with --engine rtl");
        }
        if (!*o->prompt) {
            argp_error(state, "--prompt is empty");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Generates text with a quantised byte-level model. With --engine rtl each layer's convolution "
    "and scan run in Verilated RTL too, on what the model gives them, and every code, value and "
    "state that comes out is compared."
    "\vExit status: 0 success; 1 bad input, or RTL and model differ; 2 wrong usage.",
    NULL,
    NULL,
    NULL};

struct job {
    const struct options *o;
    struct se_model model;
    struct se_model_calibration calibration;
    struct se_input *inputs;
    struct se_quantizer *quantizers; // the piecewise modes'
    struct se_quantized_model quantized;
    struct se_quantized_run run;
    struct se_quantized_state state;
    struct se_quantized_values values;
    struct chip *chip; // NULL without RTL
    float *logits;
    char *prompt, *text; // printable
    struct chip_result prefill, all;
    double seconds;
    uint64_t random;
};

// ---- set-up -------------------------------------------------------------------------------------

static enum se_status choose_mode(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    const struct se_calibrated_mode *mode =
        se_model_calibration_find(&job->calibration, o->mode, o->rule, o->ratio);
    if (!mode) {
        return se_fail(err, SE_INVALID, "%s has no %s of this rule and ratio", o->calibration,
                       se_input_mode_names[o->mode]);
    }
    job->inputs = calloc(job->model.config.layers, sizeof *job->inputs);
    if (!job->inputs) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu layers", job->model.config.layers);
    }
    job->run = (struct se_quantized_run){.inputs = job->inputs, .state_mode = o->state, .y = o->y};
    return se_model_inputs(&job->calibration, mode, false, job->inputs, &job->quantizers, err);
}

static enum se_status allocate(struct job *job, struct se_error *err) {
    const size_t vocab = job->model.config.vocab;
    job->logits = malloc(vocab * sizeof *job->logits);
    job->text = calloc(job->o->tokens + 1, 1);
    job->prompt = calloc(strlen(job->o->prompt) + 1, 1);
    if (!job->logits || !job->text || !job->prompt) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %lu tokens", job->o->tokens);
    }
    enum se_status status = se_quantized_state_alloc(&job->model, &job->state, err);
    return status ? status : se_quantized_values_alloc(&job->model, &job->values, err);
}

static enum se_status load(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    enum se_status status = se_model_load(o->model, &job->model, err);
    if (!status && job->model.config.vocab < 256) {
        status = se_fail(err, SE_INVALID, "%s has %zu tokens; text as bytes takes 256", o->model,
                         job->model.config.vocab);
    }
    if (!status) {
        status = se_model_calibration_load(o->calibration, &job->calibration, err);
    }
    if (!status) {
        status = se_model_calibration_check(&job->calibration, &job->model, err);
    }
    if (!status) {
        status = choose_mode(job, err);
    }
    if (!status) {
        status = se_quantized_model_init(&job->quantized, &job->model, o->weight_bits, o->rotate,
                                         job->calibration.scales, err);
    }
    if (!status) {
        status = se_quantized_run_check(&job->quantized, &job->run, err);
    }
    if (!status) {
        status = allocate(job, err);
    }
    if (!status && o->rtl) {
        status = chip_open(&job->chip, &job->quantized, &job->run, o->lanes, o->trace, err);
    }
    return status;
}

static void release(struct job *job) {
    chip_close(job->chip);
    se_quantized_values_free(&job->values);
    se_quantized_state_free(&job->state);
    se_quantized_model_free(&job->quantized);
    se_model_calibration_free(&job->calibration);
    se_model_free(&job->model);
    free(job->inputs);
    free(job->quantizers);
    free(job->logits);
    free(job->prompt);
    free(job->text);
}

// ---- tokens -------------------------------------------------------------------------------------

static double draw(struct job *job) { // in [0, 1)
    job->random = job->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(job->random >> 11) * 0x1p-53;
}

static uint32_t choose(struct job *job) {
    const size_t vocab = job->model.config.vocab;
    uint32_t best = 0;
    double total = 0;
    for (uint32_t i = 1; i < vocab; i++) {
        best = job->logits[i] > job->logits[best] ? i : best;
    }
    if (job->o->temperature == 0) {
        return best;
    }
    for (size_t i = 0; i < vocab; i++) {
        total += exp(((double)job->logits[i] - job->logits[best]) / job->o->temperature);
    }
    double left = draw(job) * total;
    for (uint32_t i = 0; i < vocab; i++) {
        left -= exp(((double)job->logits[i] - job->logits[best]) / job->o->temperature);
        if (left < 0) {
            return i;
        }
    }
    return best;
}

// The next ids[n] through model and engines; logits are the last one's.
static enum se_status feed(struct job *job, size_t n, const uint32_t *ids, struct se_error *err) {
    enum se_status status =
        se_quantized_forward(&job->quantized, &job->run, &job->state, &job->values, n, ids, 1,
                             job->logits, job->chip ? chip_follow : NULL, job->chip, err);
    if (status || !job->chip) {
        return status;
    }
    job->all = chip_result(job->chip);
    *err = job->all.err;
    return job->all.status;
}

static char printable(uint32_t id) {
    return (id >= ' ' && id < 0x7F) || id == '\n' ? (char)id : '?';
}

static enum se_status generate(struct job *job, struct se_error *err) {
    const char *prompt = job->o->prompt;
    const size_t n = strlen(prompt);
    uint32_t *ids = malloc(n * sizeof *ids);
    if (!ids) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the prompt");
    }
    for (size_t i = 0; i < n; i++) {
        ids[i] = (unsigned char)prompt[i];
        job->prompt[i] = printable(ids[i]);
    }
    const double start = cli_seconds();
    fputs(job->prompt, stdout);
    fflush(stdout);
    enum se_status status = feed(job, n, ids, err);
    free(ids);
    job->prefill = job->all;
    for (size_t i = 0; i < job->o->tokens && !status && !job->all.differs; i++) {
        const uint32_t id = choose(job);
        job->text[i] = printable(id);
        putchar(job->text[i]);
        fflush(stdout);
        status = feed(job, 1, &id, err);
    }
    putchar('\n');
    if (!status && job->chip && !job->all.differs) {
        chip_compare_states(job->chip, &job->state);
        job->all = chip_result(job->chip);
    }
    job->seconds = cli_seconds() - start;
    return status;
}

// ---- what it took -------------------------------------------------------------------------------

struct cycles {
    double conv, scan; // a token, of all layers
};

static struct cycles cycles_between(const struct chip_result *from, const struct chip_result *to) {
    const double tokens = (double)(to->tokens - from->tokens);
    return tokens > 0 ? (struct cycles){(double)(to->conv - from->conv) / tokens,
                                        (double)(to->scan - from->scan) / tokens}
                      : (struct cycles){0, 0};
}

static struct cycles prefill_of(const struct job *job) {
    return cycles_between(&(struct chip_result){0}, &job->prefill);
}

static struct cycles decode_of(const struct job *job) {
    return cycles_between(&job->prefill, &job->all);
}

static void print_result(const struct job *job) {
    const struct cycles prefill = prefill_of(job), decode = decode_of(job);
    printf("\n%zu layers of conv_engine and scan_engine (%d lanes) in RTL, cycles a token of all "
           "layers:\n"
           "  prompt, %zu tokens at once:      conv %.1f, scan %.1f\n"
           "  generated, %lu one by one:       conv %.1f, scan %.1f\n"
           "%zu results of RTL and model compared, all equal\n",
           job->model.config.layers, job->all.lanes, job->prefill.tokens, prefill.conv,
           prefill.scan, job->o->tokens, decode.conv, decode.scan, job->all.compared);
}

static json_t *json_of(const struct job *job) {
    const struct se_origin origin = se_origin_now();
    const struct cycles prefill = prefill_of(job), decode = decode_of(job);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:i, s:f, s:f, s:f, s:f, s:f}",
                     "date", origin.date, "processor", origin.processor, "command", job->o->command,
                     "mode", se_input_mode_names[job->o->mode], "prompt", job->prompt, "text",
                     job->text, "prompt_tokens", (json_int_t)job->prefill.tokens, "tokens",
                     (json_int_t)job->o->tokens, "compared", (json_int_t)job->all.compared, "lanes",
                     job->all.lanes, "conv_cycles_a_token_prompt", prefill.conv,
                     "scan_cycles_a_token_prompt", prefill.scan, "conv_cycles_a_token", decode.conv,
                     "scan_cycles_a_token", decode.scan, "seconds", job->seconds);
}

// As code, a line a line.
static void print_code(const char *text, FILE *to) {
    fputs("    ", to);
    for (; *text; text++) {
        fputc(*text, to);
        if (*text == '\n') {
            fputs("    ", to);
        }
    }
}

static void print_markdown(const void *data, FILE *to) {
    const struct job *job = data;
    const struct se_origin origin = se_origin_now();
    const struct cycles prefill = prefill_of(job), decode = decode_of(job);
    fprintf(to,
            "# Text through the chip's engines\n\n"
            "`%s`, %s, %s.\n\n"
            "Each layer's convolution and scan in Verilated RTL beside the model, in mode %s; "
            "every value, code, INT8 for x_proj and y after each token, and every state at the "
            "end, compared: **%zu results, all equal**, in %.1f s.\n\n"
            "| cycles a token, %zu layers, %d lanes | conv_engine | scan_engine |\n"
            "|---|---:|---:|\n"
            "| prompt, %zu tokens at once | %.1f | %.1f |\n"
            "| generated, %lu one by one | %.1f | %.1f |\n\n"
            "The prompt:\n\n",
            job->o->command, origin.date, origin.processor, se_input_mode_names[job->o->mode],
            job->all.compared, job->seconds, job->model.config.layers, job->all.lanes,
            job->prefill.tokens, prefill.conv, prefill.scan, job->o->tokens, decode.conv,
            decode.scan);
    print_code(job->prompt, to);
    fputs("\n\nand what follows it:\n\n", to);
    print_code(job->text, to);
    fputc('\n', to);
}

static enum se_status write_reports(const struct job *job, struct se_error *err) {
    enum se_status status = cli_make_directory(job->o->reports, err);
    if (!status) {
        status = se_report_json(job->o->reports, "generate.json", json_of(job), err);
    }
    return status ? status
                  : se_report_text(job->o->reports, "generate.md", print_markdown, job, err);
}

int cmd_generate(int argc, char **argv) {
    char command[1024];
    struct options o = {.command = cli_command_line(command, argc, argv),
                        .model = "data/small-mamba",
                        .mode = SE_INPUT_W4A5_SE_OFFSET,
                        .rule = -1,
                        .ratio = -1,
                        .y = SE_Y_INT8,
                        .weight_bits = 8,
                        .tokens = 64,
                        .prompt = "In the beginning",
                        .temperature = 0.7,
                        .seed = 1};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    static struct job job;
    job.o = &o;
    job.random = o.seed;
    enum se_status status = load(&job, &err);
    if (!status) {
        status = generate(&job, &err);
    }
    if (!status && o.rtl && !job.all.differs) {
        print_result(&job);
        if (o.reports) {
            status = write_reports(&job, &err);
        }
    }
    const bool differs = job.all.differs;
    if (differs && !o.trace) {
        fprintf(stderr, "  waveform  build/%s --trace DIR\n", o.command);
    }
    release(&job);
    return status ? cli_fail(&err) : differs ? CLI_FAILURE : CLI_OK;
}
