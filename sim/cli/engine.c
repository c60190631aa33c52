// SPDX-License-Identifier: Apache-2.0
#include "engine.h"

#include "w4a5se/fp32.h"

#include <stdio.h>
#include <string.h>

enum { OPT_IDLE = 512, OPT_STALL, OPT_SEED };

static const struct argp_option option_list[] = {
    {"in", 'i', "FILE", 0,
     "Tensors: FILE.safetensors, or NAME=FILE.npy for one; may be repeated, and a later one takes "
     "the place of an earlier of the same name",
     0},
    {"config", 'c', "FILE", 0, "Quantiser and engine (YAML)", 0},
    {"engine", 'e', "ENGINE", 0, "model (default) or rtl, which is compared with the model", 0},
    {"trace", 't', "FILE", 0, "Write the waveform to FILE (FST; rtl)", 0},
    {"idle", OPT_IDLE, "PERCENT", 0, "Chance of a pause before an input beat (rtl)", 0},
    {"stall", OPT_STALL, "PERCENT", 0, "Chance that a result has to wait (rtl)", 0},
    {"seed", OPT_SEED, "N", 0, "Of both chances (rtl)", 0},
    {0}};

static unsigned percent(struct argp_state *state, const char *option, const char *text) {
    unsigned long value = cli_count(state, option, text);
    if (value > 99) {
        argp_error(state, "%s is 0 to 99, not %s", option, text);
    }
    return (unsigned)value;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const engines[] = {"model", "rtl", NULL};
    struct engine_options *o = state->input;
    switch (key) {
    case 'i':
        if (o->n_in == ENGINE_INPUTS_MAX) {
            argp_error(state, "more than %d --in", ENGINE_INPUTS_MAX);
        }
        o->in[o->n_in++] = arg;
        return 0;
    case 'c':
        o->config = arg;
        return 0;
    case 'e':
        o->rtl = cli_choice(state, "--engine", arg, engines) == 1;
        return 0;
    case 't':
        o->run.trace_path = arg;
        return 0;
    case OPT_IDLE:
        o->run.idle_percent = percent(state, "--idle", arg);
        return 0;
    case OPT_STALL:
        o->run.stall_percent = percent(state, "--stall", arg);
        return 0;
    case OPT_SEED:
        o->run.seed = cli_count(state, "--seed", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->in[0], "--in");
        if (!o->rtl && (o->run.trace_path || o->run.idle_percent || o->run.stall_percent)) {
            argp_error(state, "--trace, --idle and --stall go with --engine rtl");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp engine_argp = {option_list, parse, NULL, NULL, NULL, NULL, NULL};

enum se_status engine_load(const struct engine_options *o, struct tensors *tensors,
                           struct se_engine_config *config, struct se_error *err) {
    enum se_status status = SE_OK;
    *config = se_engine_config_default();
    if (o->config) {
        status = se_engine_config_load(o->config, config, err);
    }
    for (size_t i = 0; i < o->n_in && status == SE_OK; i++) {
        status = tensors_add(tensors, o->in[i], err);
    }
    return status;
}

static uint32_t word_at(const struct engine_result *r, const void *data, size_t i) {
    uint32_t word = 0; // little-endian
    memcpy(&word, (const char *)data + i * r->size, r->size);
    bool negative = r->port.kind == SE_PORT_SIGNED && word >> (r->port.bits - 1) & 1;
    return negative && r->port.bits < 32 ? word | UINT32_MAX << r->port.bits : word;
}

static void print_word(const char *label, const struct se_port *port, uint32_t word) {
    char text[CLI_WORD_TEXT];
    fprintf(stderr, "  %-9s %-8s %s\n", label, port->name, cli_word_text(text, port, word));
}

static void print_difference(const char *engine, const struct engine_result *r, size_t i) {
    uint32_t expected = word_at(r, r->expected, i), got = word_at(r, r->got, i);
    fprintf(stderr, "MISMATCH in %s: %s %zu, %s %zu\n", engine, r->row,
            r->first_row + i / r->columns, r->column, i % r->columns);
    print_word("expected", &r->port, expected);
    print_word("got", &r->port, got);
    if (r->port.kind == SE_PORT_F32) {
        fprintf(stderr, "  distance  %u ulp\n",
                se_f32_ulps_between(se_f32_from_bits(expected), se_f32_from_bits(got)));
    }
}

bool engine_compare_results(const char *engine, size_t n, const struct engine_result *results,
                            size_t *compared) {
    *compared = 0;
    for (size_t k = 0; k < n; k++) {
        const struct engine_result *r = &results[k];
        for (size_t i = 0; i < r->rows * r->columns; i++) {
            if (word_at(r, r->expected, i) != word_at(r, r->got, i)) {
                print_difference(engine, r, i);
                return false;
            }
        }
        *compared += r->rows * r->columns;
    }
    return true;
}

bool engine_compare(const char *engine, size_t n, const struct engine_result *results,
                    unsigned expected_flags, unsigned got_flags, size_t *compared) {
    if (!engine_compare_results(engine, n, results, compared)) {
        return false;
    }
    if (expected_flags != got_flags) {
        fprintf(stderr, "MISMATCH in %s: flags expected 0x%02X, got 0x%02X\n", engine,
                expected_flags, got_flags);
        return false;
    }
    ++*compared;
    return true;
}
