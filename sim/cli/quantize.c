// SPDX-License-Identifier: Apache-2.0
// `w4a5se quantize` and `w4a5se dequantize`.
#include "cli.h"
#include "datapath.h"
#include "w4a5se/config.h"
#include "w4a5se/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum engine { ENGINE_MODEL, ENGINE_RTL };

struct options {
    const char *in, *out, *config, *trace;
    enum engine engine;
    bool packed, divide;
    size_t channels; // dequantize --packed
};

enum { OPT_PACKED = 256, OPT_DIVIDE, OPT_CHANNELS };

#define COMMON_OPTIONS                                                                               \
    {"config", 'c', "FILE", 0, "The quantiser (YAML, as `w4a5se calibrate` writes it)", 0},          \
        {"engine", 'e', "ENGINE", 0, "model (default) or rtl, which is compared with the model", 0}, \
    {                                                                                                \
        "trace", 't', "DIR", 0, "Write DIR/BLOCK.fst for each block (rtl)", 0                        \
    }

static const struct argp_option quantize_options[] = {
    {"in", 'i', "FILE", 0, "Activations: .npy, float32 or float16, [..., channels]", 0},
    {"out", 'o', "FILE", 0, "Codes: .npy, uint8, of the same shape", 0},
    COMMON_OPTIONS,
    {"packed", OPT_PACKED, NULL, 0,
     "Write densely packed codes, [..., bytes of a row]; 9-bit codes need it", 0},
    {"divide", OPT_DIVIDE, NULL, 0, "Divide by the scale, as the reference formula does (model)",
     0},
    {0}};

static const struct argp_option dequantize_options[] = {
    {"in", 'i', "FILE", 0, "Codes: .npy, uint8, [..., channels]", 0},
    {"out", 'o', "FILE", 0, "Activations: .npy, float32, [..., channels]", 0},
    COMMON_OPTIONS,
    {"packed", OPT_PACKED, NULL, 0, "The codes are densely packed, [..., bytes of a row]", 0},
    {"channels", OPT_CHANNELS, "N", 0, "Codes in a packed row", 0},
    {0}};

static const struct argp dequantize_argp;

static error_t parse(int key, char *arg, struct argp_state *state) {
    static const char *const engines[] = {"model", "rtl", NULL};
    struct options *o = state->input;
    switch (key) {
    case 'i':
        o->in = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'c':
        o->config = arg;
        return 0;
    case 'e':
        o->engine = (enum engine)cli_choice(state, "--engine", arg, engines);
        return 0;
    case 't':
        o->trace = arg;
        return 0;
    case OPT_PACKED:
        o->packed = true;
        return 0;
    case OPT_DIVIDE:
        o->divide = true;
        return 0;
    case OPT_CHANNELS:
        o->channels = cli_count(state, "--channels", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->in, "--in");
        cli_require(state, o->out, "--out");
        cli_require(state, o->config, "--config");
        if (o->packed && !o->channels && state->root_argp == &dequantize_argp) {
            argp_error(state, "--packed needs --channels");
        }
        if (o->trace && o->engine != ENGINE_RTL) {
            argp_error(state, "--trace goes with --engine rtl");
        }
        if (o->channels && !o->packed) {
            argp_error(state, "--channels goes with --packed");
        }
        if (o->divide && o->engine == ENGINE_RTL) {
            argp_error(state, "--divide is the model's; the hardware multiplies");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

#define EXIT_STATUS "\vExit status: 0 success; 1 bad input, or RTL and model differ; 2 wrong usage."

static const struct argp quantize_argp = {quantize_options,
                                          parse,
                                          NULL,
                                          "Quantises activations to codes {flag, q}." EXIT_STATUS,
                                          NULL,
                                          NULL,
                                          NULL};
static const struct argp dequantize_argp = {dequantize_options,
                                            parse,
                                            NULL,
                                            "Turns codes back into activations." EXIT_STATUS,
                                            NULL,
                                            NULL,
                                            NULL};

// One array in, one out, and the quantiser between them.
struct job {
    const struct options *o;
    struct se_quantizer quantizer;
    struct datapath datapath;
    size_t ndim, shape[SE_NPY_DIMS];
    uint16_t *codes;
    float *values;
    uint8_t *bytes; // codes as the file holds them
};

static void job_free(struct job *job) {
    free(job->codes);
    free(job->values);
    free(job->bytes);
    datapath_free(&job->datapath);
}

// shape -> tokens and channels: the last dimension is a token's channels.
static enum se_status set_shape(struct job *job, size_t channels, struct se_error *err) {
    struct datapath *d = &job->datapath;
    d->quantizer = &job->quantizer;
    d->subject = job->o->in;
    d->trace = job->o->trace;
    d->channels = channels;
    d->tokens = 1;
    for (size_t i = 0; i + 1 < job->ndim; i++) {
        d->tokens *= job->shape[i];
    }
    if (d->tokens == 0 || d->channels == 0) {
        return se_fail(err, SE_INVALID, "%s is empty", job->o->in);
    }
    size_t n = d->tokens * d->channels;
    job->codes = malloc(n * sizeof *job->codes);
    job->bytes = malloc(n * sizeof *job->codes); // wide enough, packed or not
    job->values = job->values ? job->values : malloc(n * sizeof *job->values);
    if (!job->codes || !job->bytes || !job->values) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu values", n);
    }
    return d->trace ? cli_make_directory(d->trace, err) : SE_OK;
}

static bool differs(const struct job *job) {
    return job->datapath.mismatch.divergence.found;
}

static enum se_status quantize_model(struct job *job) {
    struct datapath *d = &job->datapath;
    int width = se_format_width(&job->quantizer.format);
    for (size_t i = 0; i < d->tokens * d->channels; i++) {
        job->codes[i] = job->o->divide ? se_quantize_divide(&job->quantizer, job->values[i])
                                       : se_quantize(&job->quantizer, job->values[i]);
    }
    for (size_t t = 0; t < d->tokens; t++) {
        se_pack(width, d->channels, job->codes + t * d->channels,
                job->bytes + t * datapath_token_bytes(d));
    }
    return SE_OK;
}

static enum se_status quantize_rtl(struct job *job, struct se_error *err) {
    enum se_status status = datapath_quantize(&job->datapath, job->values, job->codes, err);
    if (status == SE_OK && !differs(job) && job->o->packed) {
        status = datapath_pack(&job->datapath, job->codes, job->bytes, err);
    }
    return status;
}

static enum se_status write_codes(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    size_t n = job->datapath.tokens * job->datapath.channels;
    if (o->packed) {
        job->shape[job->ndim - 1] = datapath_token_bytes(&job->datapath);
    } else {
        for (size_t i = 0; i < n; i++) {
            job->bytes[i] = (uint8_t)job->codes[i];
        }
    }
    return se_npy_write(o->out, SE_DTYPE_U8, job->ndim, job->shape, job->bytes, err);
}

static enum se_status quantize(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    size_t count;
    enum se_status status = se_config_load(o->config, &job->quantizer, NULL, err);
    if (status == SE_OK && !o->packed && se_format_width(&job->quantizer.format) > 8) {
        status =
            se_fail(err, SE_INVALID, "%s: 9-bit codes do not fit uint8; use --packed", o->config);
    }
    if (status == SE_OK) {
        status = se_npy_read_f32(o->in, &count, &job->ndim, job->shape, &job->values, err);
    }
    if (status != SE_OK) {
        return status;
    }
    if (job->ndim == 0) {
        job->ndim = 1;
        job->shape[0] = 1;
    }
    status = set_shape(job, job->shape[job->ndim - 1], err);
    if (status == SE_OK) {
        status = o->engine == ENGINE_RTL ? quantize_rtl(job, err) : quantize_model(job);
    }
    return status == SE_OK && !differs(job) ? write_codes(job, err) : status;
}

static enum se_status read_codes(struct job *job, const struct se_npy *npy, struct se_error *err) {
    const struct options *o = job->o;
    const uint8_t *data = npy->data;
    int width = se_format_width(&job->quantizer.format);
    size_t row = npy->ndim ? npy->shape[npy->ndim - 1] : 1;
    if (npy->dtype != SE_DTYPE_U8) {
        return se_fail(err, SE_INVALID, "%s: codes are uint8, not %s", o->in,
                       se_dtype_name(npy->dtype));
    }
    if (!o->packed && width > 8) {
        return se_fail(err, SE_INVALID, "%s: 9-bit codes do not fit uint8; use --packed",
                       o->config);
    }
    // A row of so many bytes holds 8 codes a byte at the most: more would overflow the product.
    if (o->packed &&
        (o->channels == 0 || o->channels > 8 * row || se_packed_bytes(o->channels, width) != row)) {
        return se_fail(err, SE_INVALID,
                       "%s has rows of %zu bytes; --channels %zu of %d bits do not fill them",
                       o->in, row, o->channels, width);
    }
    job->ndim = npy->ndim ? npy->ndim : 1;
    memcpy(job->shape, npy->shape, sizeof job->shape);
    job->shape[job->ndim - 1] = o->packed ? o->channels : row;
    enum se_status status = set_shape(job, job->shape[job->ndim - 1], err);
    if (status != SE_OK) {
        return status;
    }
    if (o->packed) {
        memcpy(job->bytes, data, npy->count);
        return SE_OK;
    }
    for (size_t i = 0; i < npy->count; i++) {
        if (data[i] >> width) {
            return se_fail(err, SE_INVALID, "%s: element %zu is %u; a code has %d bits", o->in, i,
                           data[i], width);
        }
        job->codes[i] = data[i];
    }
    return SE_OK;
}

static enum se_status dequantize_model(struct job *job) {
    struct datapath *d = &job->datapath;
    int width = se_format_width(&job->quantizer.format);
    for (size_t t = 0; t < d->tokens && job->o->packed; t++) {
        se_unpack(width, d->channels, job->bytes + t * datapath_token_bytes(d),
                  job->codes + t * d->channels);
    }
    for (size_t i = 0; i < d->tokens * d->channels; i++) {
        job->values[i] = se_dequantize(&job->quantizer, job->codes[i]);
    }
    return SE_OK;
}

static enum se_status dequantize_rtl(struct job *job, struct se_error *err) {
    enum se_status status = SE_OK;
    if (job->o->packed) {
        status = datapath_unpack(&job->datapath, job->bytes, job->codes, err);
    }
    if (status == SE_OK && !differs(job)) {
        status = datapath_dequantize(&job->datapath, job->codes, job->values, err);
    }
    return status;
}

static enum se_status dequantize(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    struct se_npy npy = {0};
    enum se_status status = se_config_load(o->config, &job->quantizer, NULL, err);
    if (status == SE_OK) {
        status = se_npy_open(o->in, &npy, err);
    }
    if (status == SE_OK) {
        status = read_codes(job, &npy, err);
        se_npy_close(&npy);
    }
    if (status == SE_OK) {
        status = o->engine == ENGINE_RTL ? dequantize_rtl(job, err) : dequantize_model(job);
    }
    if (status != SE_OK || differs(job)) {
        return status;
    }
    return se_npy_write(o->out, SE_DTYPE_F32, job->ndim, job->shape, job->values, err);
}

static int run(const struct argp *argp, int argc, char **argv,
               enum se_status convert(struct job *, struct se_error *)) {
    struct options o = {0};
    struct se_error err;
    argp_parse(argp, argc, argv, 0, NULL, &o);
    struct job job = {.o = &o};
    enum se_status status = convert(&job, &err);
    bool mismatch = status == SE_OK && differs(&job);
    if (mismatch) {
        mismatch_print(&job.datapath.mismatch);
    } else if (status == SE_OK && o.engine == ENGINE_RTL) {
        const struct datapath_counts *n = &job.datapath.compared;
        fprintf(stderr, "%zu results of RTL and model compared, all equal\n",
                n->codes + n->packed_words + n->values);
    }
    job_free(&job);
    return status != SE_OK ? cli_fail(&err) : mismatch ? CLI_FAILURE : CLI_OK;
}

int cmd_quantize(int argc, char **argv) {
    return run(&quantize_argp, argc, argv, quantize);
}

int cmd_dequantize(int argc, char **argv) {
    return run(&dequantize_argp, argc, argv, dequantize);
}
