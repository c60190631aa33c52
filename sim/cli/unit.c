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
    int operands, result_digits;
    bool has_sub;
    uint32_t sub;
} units[] = {
    {"mul", "fp32_mul", 2, 8, false, 0},
    {"add", "fp32_add", 2, 8, true, 0},
    {"sub", "fp32_add", 2, 8, true, 1},
    {"mulAdd", "fp32_fma", 3, 8, false, 0},
    {"div", "fp32_div", 2, 8, false, 0},
    {"i32_to_f32", "fp32_from_int", 1, 8, false, 0},
    {"f32_to_i32", "fp32_to_int", 1, 8, false, 0},
    {"f32_to_f16", "fp32_to_fp16", 1, 4, false, 0},
    {"exp", "fp32_exp", 1, 8, false, 0},
    {"log1p", "fp32_log1p", 1, 8, false, 0},
};

enum { IN_MAX = 3, OUT = 2 }; // words of a beat: operands and sub; result and flags

static int words_in(const struct unit *unit) {
    return unit->operands + unit->has_sub;
}

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
                          "exp or log1p, once");
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
    "f32_to_i32 (half away from zero, saturating, NaN to 0), f32_to_f16, exp or log1p (of [0, 1]). "
    "Flags: 10 invalid, 08 divide by zero, 04 overflow, 02 underflow, 01 inexact; exp and log1p "
    "have "
    "none.\nExit status: 0 success, 1 a line without operands, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

enum { BATCH = 16384 };

struct batch {
    const struct unit *unit;
    size_t n, line; // line: of the input, for messages
    uint32_t in[IN_MAX * BATCH], out[OUT * BATCH];
};

static uint32_t *beat_in(struct batch *batch, size_t i) {
    return batch->in + i * (size_t)words_in(batch->unit);
}

static enum se_status parse_line(struct batch *batch, const char *text, struct se_error *err) {
    uint32_t *beat = beat_in(batch, batch->n);
    for (int i = 0; i < batch->unit->operands; i++) {
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
    if (batch->unit->has_sub) {
        beat[batch->unit->operands] = batch->unit->sub;
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
        for (int k = 0; k < batch->unit->operands; k++) {
            at = put_hex(at, beat_in(batch, i)[k], 8);
            *at++ = ' ';
        }
        at = put_hex(at, batch->out[OUT * i], batch->unit->result_digits);
        *at++ = ' ';
        at = put_hex(at, batch->out[OUT * i + 1], 2);
        *at++ = '\n';
        fwrite(text, 1, (size_t)(at - text), stdout);
    }
    fflush(stdout);
}

// What the golden model needs to know of the unit's block, which may not exist in RTL.
static struct se_rtl_block model_block(const struct unit *unit) {
    struct se_rtl_block block = {.name = unit->block,
                                 .out = {{.name = "result"}, {.name = "flags"}}};
    for (int i = 0; i < words_in(unit); i++) {
        block.in[i].name = "operand";
    }
    return block;
}

// rtl == NULL: through the model.
static enum se_status stream(const struct unit *unit, struct se_rtl *rtl, struct se_error *err) {
    static struct batch batch;
    const struct se_rtl_block model = model_block(unit);
    batch.unit = unit;
    enum se_status status;
    do {
        status = read_batch(&batch, err);
        if (!rtl) {
            se_golden_stream(&model, NULL, batch.n, batch.in, batch.out);
        } else if (batch.n > 0) {
            enum se_status moved =
                se_rtl_stream(rtl, batch.n, batch.in, batch.n, batch.out, NULL, err);
            status = moved == SE_OK ? status : moved;
        }
        print_batch(&batch);
    } while (status == SE_OK && batch.n > 0 && !ferror(stdout));
    return status;
}

static enum se_status open_unit(struct se_rtl **rtl, const struct options *o,
                                struct se_error *err) {
    const struct se_rtl_options options = {.trace_path = o->trace};
    const struct unit *unit = o->unit;
    const struct se_rtl_block *block = se_rtl_find(unit->block, 0);
    if (!block) {
        return se_fail(err, SE_INVALID,
                       "%s has no RTL yet: this build has no block %s (try 'w4a5se model %s')",
                       unit->name, unit->block, unit->name);
    }
    if (se_rtl_words(block->in) != words_in(unit) || se_rtl_words(block->out) != OUT) {
        return se_fail(err, SE_INVALID, "%s does not fit the ports of the block %s", unit->name,
                       unit->block);
    }
    return se_rtl_open(rtl, unit->block, 0, &options, err);
}

int cmd_rtl(int argc, char **argv) {
    struct options o = {0};
    struct se_error err;
    struct se_rtl *rtl;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (open_unit(&rtl, &o, &err) != SE_OK) {
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
