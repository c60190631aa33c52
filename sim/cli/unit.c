// SPDX-License-Identifier: Apache-2.0
// `w4a5se rtl UNIT` and `w4a5se model UNIT`: TestFloat's hex lines through an FP32 unit.
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// TestFloat's names and our modules.
static const struct unit {
    const char *name, *block;
} units[] = {{"mul", "fp32_mul"},
             {"i32_to_f32", "fp32_from_int"},
             {"f32_to_i32", "fp32_to_int"},
             {"exp", "fp32_exp"},
             {"log1p", "fp32_log1p"}};

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
        argp_error(state, "UNIT is mul, i32_to_f32, f32_to_i32, exp or log1p, once");
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
    "\vUNIT is mul (two binary32 operands), i32_to_f32, f32_to_i32 (half away from zero, "
    "saturating, NaN to 0), exp or log1p (of [0, 1]). Flags: 10 invalid, 08 divide by zero, 04 "
    "overflow, 02 underflow, 01 inexact; exp and log1p have none.\nExit status: 0 success, 1 a "
    "line without operands, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

enum { BATCH = 16384, LINE = 256 };

struct batch {
    int operands;
    size_t n, line; // line: of the input, for messages
    uint32_t in[2 * BATCH], out[2 * BATCH];
};

static enum se_status parse_line(struct batch *batch, const char *text, struct se_error *err) {
    for (int i = 0; i < batch->operands; i++) {
        char *end;
        while (isblank((unsigned char)*text)) {
            text++;
        }
        unsigned long word = strtoul(text, &end, 16);
        if (!isxdigit((unsigned char)*text) || end - text > 8 ||
            !(isspace((unsigned char)*end) || !*end)) {
            return se_fail(err, SE_INVALID,
                           "standard input, line %zu: operand %d is not 1 to 8 hexadecimal digits",
                           batch->line, i + 1);
        }
        batch->in[batch->n * (size_t)batch->operands + (size_t)i] = (uint32_t)word;
        text = end;
    }
    batch->n++;
    return SE_OK;
}

// Fills the batch from standard input; a terminal is answered line by line.
static enum se_status read_batch(struct batch *batch, struct se_error *err) {
    char text[LINE];
    size_t limit = isatty(STDIN_FILENO) ? 1 : BATCH;
    enum se_status status = SE_OK;
    batch->n = 0;
    while (status == SE_OK && batch->n < limit && fgets(text, sizeof text, stdin)) {
        batch->line++;
        status = parse_line(batch, text, err);
    }
    return status;
}

static char *put_hex(char *at, uint32_t word, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        *at++ = "0123456789ABCDEF"[word >> (4 * i) & 15];
    }
    return at;
}

static void print_batch(const struct batch *batch) {
    for (size_t i = 0; i < batch->n; i++) {
        char text[64], *at = text;
        for (int k = 0; k < batch->operands; k++) {
            at = put_hex(at, batch->in[i * (size_t)batch->operands + (size_t)k], 8);
            *at++ = ' ';
        }
        at = put_hex(at, batch->out[2 * i], 8);
        *at++ = ' ';
        at = put_hex(at, batch->out[2 * i + 1], 2);
        *at++ = '\n';
        fwrite(text, 1, (size_t)(at - text), stdout);
    }
    fflush(stdout);
}

// rtl == NULL: through the model.
static enum se_status stream(const struct se_rtl_block *block, struct se_rtl *rtl,
                             struct se_error *err) {
    static struct batch batch;
    batch.operands = se_rtl_words(block->in);
    enum se_status status;
    do {
        status = read_batch(&batch, err);
        if (!rtl) {
            se_golden_stream(block, NULL, batch.n, batch.in, batch.out);
        } else if (batch.n > 0) {
            enum se_status moved =
                se_rtl_stream(rtl, batch.n, batch.in, batch.n, batch.out, NULL, err);
            status = moved == SE_OK ? status : moved;
        }
        print_batch(&batch);
    } while (status == SE_OK && batch.n > 0 && !ferror(stdout));
    if (status == SE_OK && ferror(stdout)) {
        return se_fail(err, SE_IO, "cannot write to standard output");
    }
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
    enum se_status status = stream(se_rtl_find(o.unit->block, 0), rtl, &err);
    se_rtl_close(rtl);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}

int cmd_model(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = stream(se_rtl_find(o.unit->block, 0), NULL, &err);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}
