// SPDX-License-Identifier: Apache-2.0
// What `w4a5se activations` measured, and the forms it is shown in.
#pragma once

#include "datapath.h"
#include "w4a5se/quality.h"
#include "w4a5se/sweep.h"

#include <stdio.h>

enum { CODEBOOK_LEVELS = 32 }; // what five bits can name

struct results {
    const char *command, *data, *sweep_path; // as the reports state them
    const struct se_sweep *sweep;
    size_t n_layers;
    struct layer_result {
        size_t channels;
        double codebook_db; // Lloyd-Max, fitted on the calibration part, used on the test part
        float codebook[CODEBOOK_LEVELS];
        struct format_result {
            struct se_quantizer quantizer;
            struct se_quality quality;
            double calibration_db; // SQNR on the calibration part
            size_t stored_bytes;   // of the packed words that code_pack gave out
        } formats[SE_SWEEP_MAX];
    } * layers;
    struct datapath_counts compared; // between RTL and model, all equal
};

// Results compared, of all kinds.
size_t results_compared(const struct results *results);

// "w4a5-se R1 p99 ratio 16", into text[RESULTS_LABEL].
enum { RESULTS_LABEL = 128 };
const char *results_label(char *text, const struct se_sweep_format *format);

// Stored bytes against INT8's, in percent.
double results_traffic(const struct format_result *result);

// The row of the format with the highest SQNR on a layer among those of this name; -1 when none has
// it.
int results_best(const struct results *results, size_t layer, const char *name);

void results_print(const struct results *results, FILE *to);

// DIR/quantization.json and DIR/quantization.md.
enum se_status results_write(const struct results *results, const char *directory,
                             struct se_error *err);

// True when the sweep has the two formats that the plots and the distance table compare.
bool results_comparable(const struct results *results);

// DIR/quantization-layerN.svg: a histogram of values[n] over the level grids, drawn by gnuplot.
enum se_status results_plot(const struct results *results, size_t layer, size_t n,
                            const float *values, const char *directory, struct se_error *err);
