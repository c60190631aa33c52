// SPDX-License-Identifier: Apache-2.0
#include "datapath.h"

#include "cli.h"
#include "w4a5se/fp32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The beats of one run of a block.
struct run {
    const struct se_rtl_block *block;
    size_t n_in, n_out, token_beats;
    const char *unit;
    size_t *compared; // where its beats are counted
    uint32_t *in, *out;
};

static enum se_status run_init(struct run *run, const char *block, int width, size_t n_in,
                               size_t n_out, struct se_error *err) {
    *run = (struct run){.block = se_rtl_find(block, width), .n_in = n_in, .n_out = n_out};
    if (!run->block) {
        return se_fail(err, SE_INVALID, "there is no RTL block '%s' of width %d", block, width);
    }
    run->in = malloc((n_in * (size_t)se_rtl_words(run->block->in) + 1) * sizeof(uint32_t));
    run->out = malloc((n_out * (size_t)se_rtl_words(run->block->out) + 1) * sizeof(uint32_t));
    if (!run->in || !run->out) {
        free(run->in);
        free(run->out);
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu beats", n_in);
    }
    return SE_OK;
}

static void run_free(struct run *run) {
    free(run->in);
    free(run->out);
}

// Streams and compares; keeps the stimulus when there is a mismatch to report.
static enum se_status run_block(struct datapath *d, struct run *run, struct se_error *err) {
    char trace[CLI_PATH_MAX], name[64];
    struct se_rtl_options options = {0};
    if (d->trace) {
        snprintf(name, sizeof name, "%s.fst", run->block->name);
        enum se_status status = cli_path(trace, d->trace, name, err);
        if (status != SE_OK) {
            return status;
        }
        options.trace_path = trace;
    }
    struct se_divergence divergence;
    struct se_error cause;
    enum se_status status = se_cosim(run->block, d->config, run->n_in, run->in, &options, run->out,
                                     &divergence, &cause);
    if (status != SE_OK) {
        return se_fail(err, status, "%s: %s", d->subject, cause.message);
    }
    *run->compared += run->n_out;
    if (divergence.found) {
        d->mismatch = (struct mismatch){.subject = d->subject,
                                        .unit = run->unit,
                                        .token_beats = run->token_beats,
                                        .block = run->block,
                                        .config = d->config,
                                        .n_in = run->n_in,
                                        .in = run->in,
                                        .divergence = divergence};
        d->mismatch_in = run->in;
        run->in = NULL;
    }
    return SE_OK;
}

static size_t values_of(const struct datapath *d) {
    return d->tokens * d->channels;
}

static int width_of(const struct datapath *d) {
    return se_format_width(&d->quantizer->format);
}

size_t datapath_token_bytes(const struct datapath *d) {
    return se_packed_bytes(d->channels, width_of(d));
}

enum se_status datapath_quantize(struct datapath *d, const float *values, uint16_t *codes,
                                 struct se_error *err) {
    struct run run;
    size_t n = values_of(d);
    enum se_status status = run_init(&run, "quantizer", d->quantizer->format.code_bits, n, n, err);
    if (status != SE_OK) {
        return status;
    }
    run.unit = "channel";
    run.compared = &d->compared.codes;
    run.token_beats = d->channels;
    se_words_of_quantizer(d->quantizer, d->config);
    memcpy(run.in, values, n * sizeof *values);
    status = run_block(d, &run, err);
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        codes[i] = (uint16_t)run.out[i];
    }
    run_free(&run);
    return status;
}

enum se_status datapath_pack(struct datapath *d, const uint16_t *codes, uint8_t *bytes,
                             struct se_error *err) {
    struct run run;
    size_t n = values_of(d), token_words = se_packet_words(d->channels, width_of(d));
    enum se_status status =
        run_init(&run, "code_pack", width_of(d), n, d->tokens * token_words, err);
    if (status != SE_OK) {
        return status;
    }
    run.unit = "word";
    run.compared = &d->compared.packed_words;
    run.token_beats = token_words;
    for (size_t i = 0; i < n; i++) {
        run.in[2 * i] = codes[i];
        run.in[2 * i + 1] = i % d->channels == d->channels - 1;
    }
    status = run_block(d, &run, err);
    for (size_t i = 0; i < run.n_out && status == SE_OK; i++) {
        for (uint32_t k = 0; k < run.out[3 * i + 1] && k < 4; k++) {
            *bytes++ = (uint8_t)(run.out[3 * i] >> (8 * k));
        }
    }
    run_free(&run);
    return status;
}

enum se_status datapath_unpack(struct datapath *d, const uint8_t *bytes, uint16_t *codes,
                               struct se_error *err) {
    struct run run;
    size_t token_words = se_packet_words(d->channels, width_of(d)), n = values_of(d);
    enum se_status status =
        run_init(&run, "code_unpack", width_of(d), d->tokens * token_words, n, err);
    if (status != SE_OK) {
        return status;
    }
    run.unit = "channel";
    run.compared = &d->compared.codes;
    run.token_beats = d->channels;
    d->config[0] = (uint32_t)d->channels;
    memset(run.in, 0, run.n_in * sizeof *run.in);
    for (size_t i = 0, token_bytes = datapath_token_bytes(d); i < d->tokens * token_bytes; i++) {
        size_t at = i % token_bytes;
        run.in[i / token_bytes * token_words + at / 4] |= (uint32_t)bytes[i] << (8 * (at % 4));
    }
    status = run_block(d, &run, err);
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        codes[i] = (uint16_t)run.out[2 * i];
    }
    run_free(&run);
    return status;
}

static enum se_status dequantize_through(struct datapath *d, const char *block,
                                         const uint16_t *codes, float *u, struct se_error *err) {
    struct run run;
    size_t n = values_of(d);
    enum se_status status = run_init(&run, block, d->quantizer->format.code_bits, n, n, err);
    if (status != SE_OK) {
        return status;
    }
    run.unit = "channel";
    run.compared = &d->compared.values;
    run.token_beats = d->channels;
    for (size_t i = 0; i < n; i++) {
        run.in[i] = codes[i];
    }
    status = run_block(d, &run, err);
    size_t words = (size_t)se_rtl_words(run.block->out);
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        u[i] = se_f32_from_bits(run.out[i * words]);
    }
    run_free(&run);
    return status;
}

enum se_status datapath_dequantize(struct datapath *d, const uint16_t *codes, float *u,
                                   struct se_error *err) {
    int log2_ratio;
    if (d->quantizer->format.dual && se_ratio_is_pow2(d->quantizer, &log2_ratio)) {
        se_words_of_scale_mux_pow2(d->quantizer, log2_ratio, d->config);
        enum se_status status = dequantize_through(d, "scale_mux_pow2", codes, u, err);
        if (status != SE_OK || d->mismatch.divergence.found) {
            return status;
        }
    }
    se_words_of_scale_mux(d->quantizer, d->config);
    return dequantize_through(d, "scale_mux", codes, u, err);
}

void datapath_free(struct datapath *d) {
    free(d->mismatch_in);
    d->mismatch_in = NULL;
}
