// SPDX-License-Identifier: Apache-2.0
// Text for a language model, and how well the model foresees it.
#pragma once

#include "w4a5se/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Sequences that have nothing to do with each other.
struct se_text {
    size_t count;
    size_t *starts; // [count + 1]: sequence i is ids[starts[i]] up to ids[starts[i + 1]]
    uint32_t *ids;
    bool bytes; // tokens are bytes
};

// Reads a .npy file of token numbers, uint8 or uint16, [tokens] or [sequences][tokens]; of any
// other file the bytes, a form feed between two sequences (empty ones are left out). SE_IO when it
// cannot be opened, SE_INVALID when it holds no token. On failure there is nothing to free.
enum se_status se_text_load(const char *path, struct se_text *text, struct se_error *err);

void se_text_free(struct se_text *text); // harmless on a zeroed struct and when repeated

// -log of the probability, in nats, that softmax(logits[vocab]) gives to id.
double se_surprise(size_t vocab, const float *logits, uint32_t id);
