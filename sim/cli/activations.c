// SPDX-License-Identifier: Apache-2.0
// `w4a5se activations`. Calibrates on one part of recorded activations, takes the other part
// through quantiser, packing, unpacking and scale MUX in C and in RTL, compares, and reports.
#include "cli.h"
#include "datapath.h"
#include "recording.h"
#include "results.h"
#include "w4a5se/codebook.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *data, *sweep, *reports, *work;
    const char *command; // the whole command line
};

static const struct argp_option option_list[] = {
    {"data", 'd', "DIR", 0,
     "layerN.calibration.npy and layerN.test.npy (default data/small-mamba/activations)", 0},
    {"sweep", 's', "FILE", 0, "Formats to compare (default data/sweep.yaml)", 0},
    {"reports", 'r', "DIR", 0, "Reports go here (default reports)", 0},
    {"work", 'w', "DIR", 0,
     "Waveforms, and the failing window of a mismatch (default build/activations)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'd':
        o->data = arg;
        return 0;
    case 's':
        o->sweep = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case 'w':
        o->work = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "Compares formats for the convolution's output on recorded activations, in C and in RTL, bit "
    "for bit."
    "\vExit status: 0 all equal, 1 a mismatch or bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

struct job {
    const struct options *o;
    struct recording recording;
    struct se_sweep sweep;
    struct results results;
    bool mismatch;
    // Of one layer's test part.
    uint16_t *codes, *unpacked;
    uint8_t *bytes;
    float *u;
};

// values -> codes -> bytes -> codes -> u, each step in RTL, each compared.
static enum se_status pass(struct job *job, struct datapath *d, const float *values,
                           struct se_error *err) {
    enum se_status status = datapath_quantize(d, values, job->codes, err);
    if (status == SE_OK && !d->mismatch.divergence.found) {
        status = datapath_pack(d, job->codes, job->bytes, err);
    }
    if (status == SE_OK && !d->mismatch.divergence.found) {
        status = datapath_unpack(d, job->bytes, job->unpacked, err);
    }
    if (status == SE_OK && !d->mismatch.divergence.found) {
        status = datapath_dequantize(d, job->unpacked, job->u, err);
    }
    if (status == SE_OK && d->mismatch.divergence.found) {
        job->mismatch = true;
        mismatch_print(&d->mismatch);
        status = mismatch_save(&d->mismatch, job->o->work, err);
    }
    datapath_free(d);
    return status;
}

static void add_counts(struct datapath_counts *sum, const struct datapath_counts *n) {
    sum->codes += n->codes;
    sum->packed_words += n->packed_words;
    sum->values += n->values;
}

static enum se_status run_format(struct job *job, size_t layer, size_t f,
                                 const struct se_samples *samples, struct se_error *err) {
    char label[RESULTS_LABEL], subject[RESULTS_LABEL + 32];
    const struct activations *test = &job->recording.layers[layer].test;
    struct format_result *result = &job->results.layers[layer].formats[f];
    struct se_error cause;
    snprintf(subject, sizeof subject, "layer %zu, %s", layer,
             results_label(label, &job->sweep.formats[f]));
    enum se_status status =
        se_calibrate(samples, &job->sweep.formats[f].calibration, &result->quantizer, &cause);
    if (status != SE_OK) {
        return se_fail(err, status, "%s: %s: %s", job->o->sweep, subject, cause.message);
    }
    struct datapath d = {.quantizer = &result->quantizer,
                         .tokens = test->tokens,
                         .channels = test->channels,
                         .subject = subject};
    status = pass(job, &d, test->values, err);
    if (status == SE_OK && !job->mismatch) {
        result->stored_bytes = 4 * d.compared.packed_words;
        result->calibration_db = 10 * log10(samples->squares[samples->n] /
                                            se_squared_error(samples, &result->quantizer));
        add_counts(&job->results.compared, &d.compared);
        result->quality = se_quality_measure(&result->quantizer, test->tokens * test->channels,
                                             test->values, job->codes, job->u);
    }
    return status;
}

static enum se_status allocate(struct job *job, const struct activations *test,
                               struct se_error *err) {
    size_t n = test->tokens * test->channels;
    free(job->codes);
    free(job->unpacked);
    free(job->bytes);
    free(job->u);
    job->codes = malloc(n * sizeof *job->codes);
    job->unpacked = malloc(n * sizeof *job->unpacked);
    job->bytes = malloc(n * sizeof *job->codes);
    job->u = malloc(n * sizeof *job->u);
    if (!job->codes || !job->unpacked || !job->bytes || !job->u) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu values", n);
    }
    return SE_OK;
}

static enum se_status fit_codebook(struct job *job, size_t layer, const struct se_samples *samples,
                                   struct se_error *err) {
    const struct activations *test = &job->recording.layers[layer].test;
    struct layer_result *result = &job->results.layers[layer];
    struct se_error cause;
    enum se_status status = se_codebook_fit(samples, CODEBOOK_LEVELS, result->codebook, &cause);
    if (status != SE_OK) {
        return se_fail(err, status, "%s/layer%zu.calibration.npy: %s", job->o->data, layer,
                       cause.message);
    }
    if (status == SE_OK) {
        size_t n = test->tokens * test->channels;
        for (size_t i = 0; i < n; i++) {
            job->u[i] = se_codebook_nearest(CODEBOOK_LEVELS, result->codebook, test->values[i]);
        }
        result->codebook_db = se_sqnr_db(n, test->values, job->u);
    }
    return status;
}

static enum se_status run_layer(struct job *job, size_t layer, const struct cli_progress *progress,
                                struct se_error *err) {
    const struct recording_layer *recorded = &job->recording.layers[layer];
    const struct activations *calibration = &recorded->calibration;
    struct se_samples samples;
    struct se_error cause;
    enum se_status status = se_samples_init(&samples, calibration->tokens * calibration->channels,
                                            calibration->values, &cause);
    if (status != SE_OK) {
        return se_fail(err, status, "%s/layer%zu.calibration.npy: %s", job->o->data, layer,
                       cause.message);
    }
    status = allocate(job, &recorded->test, err);
    job->results.layers[layer].channels = recorded->test.channels;
    for (size_t f = 0; f < job->sweep.n && status == SE_OK && !job->mismatch; f++) {
        cli_progress_show(progress, (double)(layer * job->sweep.n + f),
                          (double)(job->recording.n_layers * job->sweep.n));
        status = run_format(job, layer, f, &samples, err);
    }
    if (status == SE_OK && !job->mismatch) {
        status = fit_codebook(job, layer, &samples, err);
    }
    se_samples_free(&samples);
    return status;
}

static enum se_status run_layers(struct job *job, struct se_error *err) {
    const struct cli_progress progress = cli_progress_start("quantise, pack, unpack, dequantise");
    enum se_status status = SE_OK;
    for (size_t l = 0; l < job->recording.n_layers && status == SE_OK && !job->mismatch; l++) {
        status = run_layer(job, l, &progress, err);
    }
    cli_progress_show(&progress, 1, 1);
    return status;
}

// The first token once more, with the trace on: a waveform of each block to look at.
static enum se_status trace_first_window(struct job *job, struct se_error *err) {
    int f = results_best(&job->results, 0, "w4a5-se-offset");
    const struct activations *test = &job->recording.layers[0].test;
    if (f < 0) {
        return SE_OK; // write_reports said so
    }
    struct datapath d = {.quantizer = &job->results.layers[0].formats[f].quantizer,
                         .tokens = 1,
                         .channels = test->channels,
                         .subject = "first window",
                         .trace = job->o->work};
    enum se_status status = allocate(job, test, err);
    if (status == SE_OK) {
        status = pass(job, &d, test->values, err);
    }
    if (status == SE_OK) {
        printf("waveforms: gtkwave %s/quantizer.fst testbench/waves/quantizer.gtkw\n"
               "           (also scale_mux, code_pack, code_unpack)\n",
               job->o->work);
    }
    return status;
}

static enum se_status write_reports(struct job *job, struct se_error *err) {
    enum se_status status = results_write(&job->results, job->o->reports, err);
    bool plots = results_comparable(&job->results);
    for (size_t l = 0; l < job->recording.n_layers && status == SE_OK && plots; l++) {
        const struct activations *test = &job->recording.layers[l].test;
        status = results_plot(&job->results, l, test->tokens * test->channels, test->values,
                              job->o->reports, err);
    }
    if (status == SE_OK) {
        printf("reports: %s/quantization.md, quantization.json%s\n", job->o->reports,
               plots ? ", quantization-layerN.svg"
                     : "; no plots and no waveform: they take formats w4a5-se and w4a5-se-offset");
    }
    return status;
}

static enum se_status run(struct job *job, struct se_error *err) {
    const struct options *o = job->o;
    enum se_status status = se_sweep_load(o->sweep, &job->sweep, err);
    if (status == SE_OK) {
        status = recording_load(o->data, &job->recording, err);
    }
    if (status == SE_OK) {
        status = cli_make_directory(o->reports, err);
    }
    if (status == SE_OK) {
        status = cli_make_directory(o->work, err);
    }
    if (status == SE_OK && access(o->reports, W_OK) != 0) {
        status = se_fail(err, SE_IO, "cannot write to %s: %s", o->reports, strerror(errno));
    }
    if (status != SE_OK) {
        return status;
    }
    job->results =
        (struct results){.command = o->command,
                         .data = o->data,
                         .sweep_path = o->sweep,
                         .sweep = &job->sweep,
                         .n_layers = job->recording.n_layers,
                         .layers = calloc(job->recording.n_layers, sizeof *job->results.layers)};
    if (!job->results.layers) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the results");
    }
    status = run_layers(job, err);
    if (status != SE_OK || job->mismatch) {
        return status;
    }
    results_print(&job->results, stdout);
    printf(
        "\n%zu results of RTL and C model compared, 0 mismatches (%zu codes, %zu packed words, %zu "
        "values)\n",
        results_compared(&job->results), job->results.compared.codes,
        job->results.compared.packed_words, job->results.compared.values);
    status = write_reports(job, err);
    return status == SE_OK ? trace_first_window(job, err) : status;
}

int cmd_activations(int argc, char **argv) {
    struct options o = {.data = "data/small-mamba/activations",
                        .sweep = "data/sweep.yaml",
                        .reports = "reports",
                        .work = "build/activations"};
    struct se_error err;
    char command[1024];
    o.command = cli_command_line(command, argc, argv);
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    static struct job job;
    job.o = &o;
    enum se_status status = run(&job, &err);
    free(job.codes);
    free(job.unpacked);
    free(job.bytes);
    free(job.u);
    free(job.results.layers);
    recording_free(&job.recording);
    return status != SE_OK ? cli_fail(&err) : job.mismatch ? CLI_FAILURE : CLI_OK;
}
