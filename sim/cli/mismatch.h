// SPDX-License-Identifier: Apache-2.0
// The report of a first divergence, and what it takes to look at it again.
#pragma once

#include "golden.h"

struct mismatch {
    const char *subject; // what was being compared: "layer 1, w4a5-se R1 ratio 16"
    const char *unit;    // what an output beat is: "channel", "word", "beat"
    size_t token_beats;  // output beats of a token, 0 where there are no tokens
    const struct se_rtl_block *block;
    const uint32_t *config;
    size_t n_in;
    const uint32_t *in;
    struct se_divergence divergence;
};

// Prints on standard error: block, place, operands, expected and got (hex, value, ulps) and cycle.
void mismatch_print(const struct mismatch *m);

// Saves the window around the divergence as vectors in DIRECTORY/BLOCK, runs it again with the
// trace on, and prints the commands that repeat it and that show the waveform. SE_IO when a file
// cannot be written.
enum se_status mismatch_save(const struct mismatch *m, const char *directory, struct se_error *err);
