// SPDX-License-Identifier: Apache-2.0
// `w4a5se rtl UNIT` and `w4a5se model UNIT`: TestFloat's hex lines through an FP32 unit.
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// TestFloat's names and our modules. A module that both adds and subtracts has one more input
// behind the operands.
static const struct unit {
    const char *name, *block;
    bool has_sub;
    uint32_t sub;
} units[] = {
    {"mul", "fp32_mul", false, 0},
    {"add", "fp32_add", true, 0},
    {"sub", "fp32_add", true, 1},
    {"mulAdd", "fp32_fma", false, 0},
    {"div", "fp32_div", false, 0},
    {"i32_to_f32", "fp32_from_int", false, 0},
    {"f32_to_i32", "fp32_to_int", false, 0},
    {"f32_to_f16", "fp32_to_fp16", false, 0},
    {"exp", "fp32_exp", false, 0},
    {"log1p", "fp32_log1p", false, 0},
    {"silu", "fp32_silu", false, 0},
    {"softplus", "fp32_softplus", false, 0},
};

enum { IN_MAX = 3, OUT_MAX = 2 }; // words of a beat: operands and sub; result and flags

struct options {
    const struct unit *unit;
    const char *trace;
};

static const struct argp_option option_list[] = {
    {"trace", 't', "FILE", 0, "Write the waveform to FILE (FST; RTL only)", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 't':
        o->trace = arg;
        return 0;
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            if (!strcmp(arg, units[i].name) && !o->unit) {
                o->unit = &units[i];
                return 0;
            }
        }
        argp_error(state, "UNIT is mul, add, sub, mulAdd, div, i32_to_f32, f32_to_i32, f32_to_f16, "
                          "exp, log1p, silu or softplus, once");
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->unit, "UNIT");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    "UNIT < OPERANDS",
    "Reads lines of hexadecimal operands (further fields are ignored) and prints operands, result "
    "and exception flags, as Berkeley TestFloat does: nearest even, tininess after rounding."
    "\vUNIT is mul, add, sub or div (two binary32 operands), mulAdd (three: a * b + c), "
    "i32_to_f32, "
    "f32_to_i32 (half away from zero, saturating, NaN to 0), f32_to_f16, exp, log1p (of [0, 1]), "
    "silu or softplus. "
    "Flags: 10 invalid, 08 divide by zero, 04 overflow, 02 underflow, 01 inexact; the last four "
    "units raise none.\nExit status: 0 success, 1 a line without operands, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

enum { BATCH = 16384 };

struct batch {
    const struct se_rtl_block *block;
    int words_in, words_out, operands;
    uint32_t sub;   // behind the operands, where the block has more words
    size_t n, line; // line: of the input, for messages
    uint32_t in[IN_MAX * BATCH], out[OUT_MAX * BATCH];
};

static uint32_t *beat_in(struct batch *batch, size_t i) {
    return batch->in + i * (size_t)batch->words_in;
}

static enum se_status parse_line(struct batch *batch, const char *text, struct se_error *err) {
    uint32_t *beat = beat_in(batch, batch->n);
    for (int i = 0; i < batch->operands; i++) {
        char *end;
        while (isblank((unsigned char)*text)) {
            text++;
        }
        unsigned long word = strtoul(text, &end, 16);
        size_t digits = strspn(text, "0123456789abcdefABCDEF");
        if (digits < 1 || digits > 8 || text + digits != end ||
            !(isspace((unsigned char)*end) || !*end)) {
            return se_fail(err, SE_INVALID,
                           "standard input, line %zu: operand %d is not 1 to 8 hexadecimal digits",
                           batch->line, i + 1);
        }
        beat[i] = (uint32_t)word;
        text = end;
    }
    if (batch->operands < batch->words_in) {
        beat[batch->operands] = batch->sub;
    }
    batch->n++;
    return SE_OK;
}

// Fills the batch from standard input; a terminal is answered line by line.
static enum se_status read_batch(struct batch *batch, struct se_error *err) {
    char *text = NULL;
    size_t size = 0, limit = isatty(STDIN_FILENO) ? 1 : BATCH;
    enum se_status status = SE_OK;
    batch->n = 0;
    while (status == SE_OK && batch->n < limit && getline(&text, &size, stdin) > 0) {
        batch->line++;
        status = parse_line(batch, text, err);
    }
    free(text);
    return status;
}

static char *put_hex(char *at, uint32_t word, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        *at++ = "0123456789ABCDEF"[word >> (4 * i) & 15];
    }
    return at;
}

static void print_batch(struct batch *batch) {
    for (size_t i = 0; i < batch->n; i++) {
        char text[64], *at = text;
        for (int k = 0; k < batch->operands; k++) {
            at = put_hex(at, beat_in(batch, i)[k], 8);
            *at++ = ' ';
        }
        const uint32_t *out = batch->out + i * (size_t)batch->words_out;
        at = put_hex(at, out[0], batch->block->out[0].bits / 4);
        *at++ = ' ';
        at = put_hex(at, batch->words_out > 1 ? out[1] : 0, 2);
        *at++ = '\n';
        fwrite(text, 1, (size_t)(at - text), stdout);
    }
    fflush(stdout);
}

// rtl == NULL: through the model.
static enum se_status stream(const struct unit *unit, struct se_rtl *rtl, struct se_error *err) {
    static struct batch batch;
    batch.block = se_rtl_find(unit->block, 0);
    batch.words_in = se_rtl_words(batch.block->in);
    batch.words_out = se_rtl_words(batch.block->out);
    batch.operands = batch.words_in - unit->has_sub;
    batch.sub = unit->sub;
    enum se_status status;
    do {
        status = read_batch(&batch, err);
        if (!rtl) {
            se_golden_stream(batch.block, NULL, batch.n, batch.in, batch.out);
        } else if (batch.n > 0) {
            enum se_status moved =
                se_rtl_stream(rtl, batch.n, batch.in, batch.n, batch.out, NULL, err);
            status = moved == SE_OK ? status : moved;
        }
        print_batch(&batch);
    } while (status == SE_OK && batch.n > 0 && !ferror(stdout));
    return status;
}

int cmd_rtl(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    struct se_rtl *rtl;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    const struct se_rtl_options options = {.trace_path = o.trace};
    if (se_rtl_open(&rtl, o.unit->block, 0, &options, &err) != SE_OK) {
        return cli_fail(&err);
    }
    enum se_status status = stream(o.unit, rtl, &err);
    se_rtl_close(rtl);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}

int cmd_model(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (o.trace) {
        fprintf(stderr, "w4a5se model: --trace goes with `w4a5se rtl`\n");
        return CLI_USAGE;
    }
    enum se_status status = stream(o.unit, NULL, &err);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}
