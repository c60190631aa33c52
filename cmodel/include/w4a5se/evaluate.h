// SPDX-License-Identifier: Apache-2.0
// How well models foresee a text: the float model, and candidates that quantise parts of it.
#pragma once

#include "w4a5se/quantized_model.h"

struct se_candidate {
    // NULL: all stays float but the scan's input, which goes through run.inputs.
    const struct se_quantized_model *quantized;
    struct se_quantized_run run;
    // What becomes of the scan's u[n] instead, in place, where `quantized` is NULL; NULL:
    // run.inputs say. Called by several threads.
    void (*change_u)(const void *context, size_t layer, size_t n, float *u);
    const void *context;
    // With int8-final: tokens of a call, at whose end states are rounded; 0: a sequence.
    size_t call;
    const char *name; // in messages; may be NULL
};

struct se_evaluation {
    size_t tokens; // foreseen: all but the first of each sequence
    size_t agree;  // where the most likely token is the float model's
    double nats;   // surprise, summed
    double error;  // standard error, from sequence to sequence, of nats - the float model's
    // [layers]: squares of the convolution's output after SiLU, and of u's difference from it
    double *signal, *noise;
};

// Bits a token: bits per byte where tokens are bytes.
double se_evaluation_bits(const struct se_evaluation *evaluation);
double se_evaluation_bits_error(const struct se_evaluation *evaluation); // of bits over float
// Infinity without noise, -infinity with noise alone.
double se_evaluation_sqnr_db(const struct se_evaluation *evaluation, size_t layer);

// Sequences are read from their first token, each at most tokens_max (0: all) of the text in
// total. reference gets the float model's figures, without signal and noise; results[n] the
// candidates', whose arrays se_evaluations_free releases. Sums do not depend on `threads` (1 or
// more). progress may be NULL; it is called by the calling thread. SE_INVALID when no token can be
// foreseen, a candidate does not fit, or a sum is not finite (naming the candidate); SE_NO_MEMORY.
enum se_status se_evaluate(const struct se_model *model, const struct se_text *text,
                           size_t tokens_max, size_t n, const struct se_candidate *candidates,
                           size_t threads, void (*progress)(void *context, double share),
                           void *context, struct se_evaluation *reference,
                           struct se_evaluation *results, struct se_error *err);
void se_evaluations_free(size_t n, struct se_evaluation *results);
