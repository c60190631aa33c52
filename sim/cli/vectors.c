// SPDX-License-Identifier: Apache-2.0
// `w4a5se vectors`: golden stimulus and expected results for a block.
#include "cli.h"
#include "vector_files.h"
#include "w4a5se/config.h"
#include "w4a5se/fp32.h"
#include "w4a5se/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *block, *out, *config, *in;
    unsigned long count, seed, packet;
    struct se_quantizer quantizer;
};

enum { OPT_COUNT = 256, OPT_SEED, OPT_PACKET };

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "Write the vectors to DIR", 0},
    {"config", 'c', "FILE", 0, "The quantiser (YAML); FP32 units need none", 0},
    {"in", 'i', "FILE", 0,
     "Stimulus: activations (.npy, float32 or float16) for quantizer, codes (.npy, uint8) for the "
     "others; "
     "default: seeded random beats",
     0},
    {"count", OPT_COUNT, "N", 0, "Random beats, or codes (default 1024)", 0},
    {"seed", OPT_SEED, "S", 0, "Seed of the random beats (default 1)", 0},
    {"packet", OPT_PACKET, "N", 0, "Codes of a packet, for code_pack and code_unpack (default 256)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'o':
        o->out = arg;
        return 0;
    case 'c':
        o->config = arg;
        return 0;
    case 'i':
        o->in = arg;
        return 0;
    case OPT_COUNT:
        o->count = cli_count(state, "--count", arg);
        return 0;
    case OPT_SEED:
        o->seed = cli_count(state, "--seed", arg);
        return 0;
    case OPT_PACKET:
        o->packet = cli_count(state, "--packet", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (o->block) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        o->block = arg;
        return 0;
    case ARGP_KEY_END:
        cli_require(state, o->block, "BLOCK");
        cli_require(state, o->out, "--out");
        if (o->count < 1 || o->packet < 1 || o->count > 1 << 24 || o->packet > 1 << 24) {
            argp_error(state, "--count and --packet are 1 to %d", 1 << 24);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    "BLOCK",
    "Writes golden stimulus and expected results for BLOCK to a directory: PORT_i.hex and "
    "PORT_o.hex for "
    "$readmemh, the same as .npy, and manifest.json with the ports and the configuration words."
    "\vBLOCK is an FP32 unit (fp32_mul, fp32_add, fp32_fma, fp32_div, fp32_from_int, fp32_to_int, "
    "fp32_to_fp16, fp32_exp, fp32_log1p, fp32_gate, fp32_silu, fp32_softplus), mac_int8, "
    "mac_code_wide, mac_code_split, quantizer, "
    "scale_mux, "
    "scale_mux_pow2, code_pack or code_unpack.\nExit status: 0 success, 1 bad input, 2 wrong "
    "usage.",
    NULL,
    NULL,
    NULL};

// ---- random stimulus ----

static uint32_t next_random(uint64_t *state) { // xorshift64*
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

// Half any bit pattern, half with an exponent near `exponent`, so that the interesting cases meet.
static uint32_t random_f32(uint64_t *state, int exponent) {
    uint32_t bits = next_random(state);
    if (next_random(state) & 1) {
        uint32_t field = (uint32_t)(exponent + (int)(next_random(state) % 16) - 8);
        bits = (bits & 0x807FFFFF) | (field & 0xFF) << 23;
    }
    return bits;
}

static uint32_t random_word(const struct se_port *port, const struct options *o, uint64_t *state) {
    uint32_t bits = next_random(state);
    if (port->kind == SE_PORT_F32) {
        int exponent = o->config ? (int)(se_f32_bits(o->quantizer.s1) >> 23) + 2 : 127;
        return random_f32(state, exponent);
    }
    if (port->kind == SE_PORT_SIGNED) { // all magnitudes alike
        int outside = 32 - port->bits;
        return (uint32_t)((int32_t)bits >> outside >> next_random(state) % (unsigned)port->bits);
    }
    return port->bits == 32 ? bits : bits & ((UINT32_C(1) << port->bits) - 1);
}

// ---- from options to vectors ----

static bool is_packer(const struct options *o) {
    return !strncmp(o->block, "code_", 5);
}
static bool is_unit(const struct options *o) {
    return !strncmp(o->block, "fp32_", 5) || !strncmp(o->block, "mac_", 4);
}

static bool has_block(const char *name) {
    for (size_t i = 0; se_rtl_block_at(i); i++) {
        if (!strcmp(se_rtl_block_at(i)->name, name)) {
            return true;
        }
    }
    return false;
}

static enum se_status find_block(struct options *o, struct vectors *v, struct se_error *err) {
    int width = 0, log2_ratio;
    if (!has_block(o->block)) {
        return se_fail(err, SE_INVALID, "there is no block '%s'", o->block);
    }
    if (!is_unit(o)) {
        if (!o->config) {
            return se_fail(err, SE_INVALID, "%s needs --config", o->block);
        }
        enum se_status status = se_config_load(o->config, &o->quantizer, NULL, err);
        if (status != SE_OK) {
            return status;
        }
        const struct se_format *f = &o->quantizer.format;
        width = is_packer(o) ? se_format_width(f) : f->code_bits;
    }
    if (!(v->block = se_rtl_find(o->block, width))) {
        return se_fail(err, SE_INVALID, "there is no block '%s' of width %d", o->block, width);
    }
    if (!strcmp(o->block, "quantizer")) {
        se_words_of_quantizer(&o->quantizer, v->config);
    } else if (!strcmp(o->block, "scale_mux")) {
        se_words_of_scale_mux(&o->quantizer, v->config);
    } else if (!strcmp(o->block, "scale_mux_pow2")) {
        if (!se_ratio_is_pow2(&o->quantizer, &log2_ratio)) {
            return se_fail(err, SE_INVALID, "%s: ratio %g is not 2^k with k 0 to %d", o->config,
                           (double)o->quantizer.ratio, SE_RATIO_LOG2_MAX);
        }
        se_words_of_scale_mux_pow2(&o->quantizer, log2_ratio, v->config);
    } else if (!strcmp(o->block, "code_unpack")) {
        v->config[0] = (uint32_t)o->packet;
    }
    return SE_OK;
}

// Words for n ports in turn: activations, codes or random, as the options say.
static enum se_status make_words(const struct options *o, int n_ports, const struct se_port *ports,
                                 size_t *n, uint32_t **words, struct se_error *err) {
    const struct se_port *port = ports;
    bool is_float = port->kind == SE_PORT_F32;
    struct se_npy npy = {0};
    float *values = NULL;
    *n = o->count * (size_t)n_ports;
    if (o->in && is_unit(o)) {
        return se_fail(err, SE_INVALID, "%s takes random operands only; leave --in out", o->block);
    }
    enum se_status status = !o->in     ? SE_OK
                            : is_float ? se_npy_read_f32(o->in, n, NULL, NULL, &values, err)
                                       : se_npy_open(o->in, &npy, err);
    if (status == SE_OK && o->in && !is_float) {
        *n = npy.count;
        status = npy.dtype == SE_DTYPE_U8 ? SE_OK
                                          : se_fail(err, SE_INVALID, "%s: codes are uint8, not %s",
                                                    o->in, se_dtype_name(npy.dtype));
    }
    if (status == SE_OK && *n == 0) {
        status = se_fail(err, SE_INVALID, "%s is empty", o->in);
    }
    *words = status == SE_OK ? malloc(*n * sizeof **words) : NULL;
    if (status == SE_OK && !*words) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu beats", *n);
    }
    uint64_t state = o->seed * 2 + 1;
    for (size_t i = 0; i < *n && status == SE_OK; i++) {
        uint32_t code = npy.data ? ((const uint8_t *)npy.data)[i] : 0;
        if (port->bits < 32 && code >> port->bits) {
            status = se_fail(err, SE_INVALID, "%s: element %zu is %u; a code has %d bits", o->in, i,
                             code, port->bits);
            free(*words);
        } else {
            (*words)[i] = values     ? se_f32_bits(values[i])
                          : npy.data ? code
                                     : random_word(&ports[i % (size_t)n_ports], o, &state);
        }
    }
    free(values);
    se_npy_close(&npy);
    return status;
}

// The beats of code_pack for n codes in packets; the last packet may be shorter.
static enum se_status pack_beats(const struct options *o, size_t n, const uint32_t *codes,
                                 uint32_t **in, struct se_error *err) {
    *in = malloc(2 * n * sizeof **in);
    if (!*in) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu codes", n);
    }
    for (size_t i = 0; i < n; i++) {
        (*in)[2 * i] = codes[i];
        (*in)[2 * i + 1] = i + 1 == n || (i + 1) % o->packet == 0;
    }
    return SE_OK;
}

// The words that code_pack makes of the codes are code_unpack's stimulus: whole packets only.
static enum se_status unpack_beats(const struct options *o, struct vectors *v, size_t n,
                                   const uint32_t *codes, struct se_error *err) {
    const struct se_rtl_block *packer = se_rtl_find("code_pack", v->block->width);
    size_t whole = n / o->packet * o->packet;
    uint32_t *beats, *words;
    if (whole == 0) {
        return se_fail(err, SE_INVALID, "%zu codes do not fill a packet of %lu", n, o->packet);
    }
    enum se_status status = pack_beats(o, whole, codes, &beats, err);
    if (status != SE_OK) {
        return status;
    }
    v->n_in = se_golden_count(packer, NULL, whole, beats);
    words = malloc(3 * v->n_in * sizeof *words);
    v->in = malloc(v->n_in * sizeof *v->in);
    if (!words || !v->in) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu words", v->n_in);
    } else {
        se_golden_stream(packer, NULL, whole, beats, words);
        for (size_t i = 0; i < v->n_in; i++) {
            v->in[i] = words[3 * i];
        }
    }
    free(words);
    free(beats);
    return status;
}

static enum se_status make_stimulus(const struct options *o, struct vectors *v,
                                    struct se_error *err) {
    bool packing = !strcmp(o->block, "code_pack"), unpacking = !strcmp(o->block, "code_unpack");
    const struct se_port code = {"code", v->block->width, SE_PORT_UNSIGNED};
    uint32_t *words = NULL;
    size_t n;
    enum se_status status = make_words(o, is_packer(o) ? 1 : se_rtl_words(v->block->in),
                                       is_packer(o) ? &code : v->block->in, &n, &words, err);
    if (status != SE_OK) {
        return status;
    }
    if (packing) {
        v->n_in = n;
        status = pack_beats(o, n, words, &v->in, err);
    } else if (unpacking) {
        status = unpack_beats(o, v, n, words, err);
    } else { // two operands take two words a beat
        v->n_in = n / (size_t)se_rtl_words(v->block->in);
        v->in = words;
        return SE_OK;
    }
    free(words);
    return status;
}

static enum se_status make_vectors(struct options *o, struct vectors *v, struct se_error *err) {
    enum se_status status = find_block(o, v, err);
    if (status == SE_OK) {
        status = make_stimulus(o, v, err);
    }
    if (status != SE_OK) {
        return status;
    }
    v->n_out = se_golden_count(v->block, v->config, v->n_in, v->in);
    v->out = malloc(v->n_out * (size_t)se_rtl_words(v->block->out) * sizeof *v->out);
    if (!v->out) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu beats", v->n_out);
    }
    se_golden_stream(v->block, v->config, v->n_in, v->in, v->out);
    return vectors_write(o->out, v, err);
}

int cmd_vectors(int argc, char **argv) {
    struct options o = {.count = 1024, .seed = 1, .packet = 256};
    struct vectors v = {0};
    struct se_error err;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    enum se_status status = make_vectors(&o, &v, &err);
    if (status == SE_OK) {
        printf("%s: %zu beats in and %zu expected out, in %s\n", o.block, v.n_in, v.n_out, o.out);
    }
    vectors_free(&v);
    return status == SE_OK ? CLI_OK : cli_fail(&err);
}
