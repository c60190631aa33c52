// SPDX-License-Identifier: Apache-2.0
// `w4a5se check`: a block's outputs against golden vectors.
#include "cli.h"
#include "mismatch.h"
#include "vector_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *vectors, *outputs, *trace;
};

static const struct argp_option option_list[] = {
    {"trace", 't', "FILE", 0, "Write the waveform of this project's RTL to FILE (FST)", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 't':
        o->trace = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        *(state->arg_num ? &o->outputs : &o->vectors) = arg;
        return 0;
    case ARGP_KEY_END:
        cli_require(state, o->vectors, "VECTORS");
        if (o->trace && o->outputs) {
            argp_error(state, "--trace goes with this project's RTL, not with OUTPUTS");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    "VECTORS [OUTPUTS]",
    "Compares a block's outputs with the vectors that `w4a5se vectors` wrote to the directory "
    "VECTORS, "
    "and reports the first divergence."
    "\vOUTPUTS is a directory with PORT_o.hex ($writememh) or PORT_o.npy for each output port in "
    "manifest.json; without it, this project's own RTL runs on the stimulus.\n"
    "Exit status: 0 all equal, 1 a divergence or bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

// Tells a wrong golden word from a wrong result: the C model, asked again.
static void print_model(const struct vectors *v, const struct se_divergence *d) {
    size_t n_out = se_golden_count(v->block, v->config, v->n_in, v->in);
    size_t words = (size_t)se_rtl_words(v->block->out);
    uint32_t *golden = malloc((n_out * words + 1) * sizeof *golden);
    if (golden && d->beat < n_out) {
        se_golden_stream(v->block, v->config, v->n_in, v->in, golden);
        uint32_t model = golden[d->beat * words + (size_t)d->word];
        fprintf(stderr, "  the C model says %s\n",
                model == d->expected ? "what the vectors expect"
                : model == d->got    ? "what the block gave: the vectors are not what was written"
                                     : "neither of the two");
    }
    free(golden);
}

static enum se_status compare(const struct vectors *v, const struct options *o, uint32_t *got,
                              uint64_t *cycles, bool *equal, struct se_error *err) {
    const struct se_rtl_options options = {.trace_path = o->trace};
    enum se_status status =
        o->outputs ? vectors_read_ports(o->outputs, v->block->out, 'o', v->n_out, got, err)
                   : se_run_block(v->block, v->config, v->n_in, v->in, &options, v->n_out, got,
                                  cycles, err);
    if (status != SE_OK) {
        return status;
    }
    struct mismatch m = {.subject = o->outputs ? o->outputs : o->vectors,
                         .unit = "output beat",
                         .block = v->block,
                         .config = v->config,
                         .n_in = v->n_in,
                         .in = v->in};
    se_find_divergence(se_rtl_words(v->block->out), v->n_out, v->out, got, cycles, &m.divergence);
    *equal = !m.divergence.found;
    if (!*equal) {
        mismatch_print(&m);
        print_model(v, &m.divergence);
    } else {
        printf("%s: %zu beats compared, all equal\n", v->block->name, v->n_out);
    }
    return SE_OK;
}

int cmd_check(int argc, char **argv) {
    struct options o = {0};
    struct vectors v;
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (vectors_read(o.vectors, &v, &err) != SE_OK) {
        return cli_fail(&err);
    }
    uint32_t *got = malloc(v.n_out * (size_t)se_rtl_words(v.block->out) * sizeof *got);
    uint64_t *cycles = calloc(v.n_out, sizeof *cycles);
    bool equal = false;
    enum se_status status = SE_NO_MEMORY;
    if (!got || !cycles) {
        se_fail(&err, status, "no memory for %zu beats", v.n_out);
    } else {
        status = compare(&v, &o, got, cycles, &equal, &err);
    }
    free(got);
    free(cycles);
    vectors_free(&v);
    if (status != SE_OK) {
        return cli_fail(&err);
    }
    return equal ? CLI_OK : CLI_FAILURE;
}
