// SPDX-License-Identifier: Apache-2.0
// A layer of the small model in w4a5-se-offset, as the streams of w4a5se_top carry it: what goes
// in, and what the golden model says must come out.
#pragma once

#include "recorded.h"
#include "top.h"

enum { TOP_TOKENS = 64, CHANNELS = TOP_TOKENS * D_INNER, BC = TOP_TOKENS * D_STATE };
enum { WIDTH = SE_TOP_CODE_BITS + 1, WORDS_EACH = (D_INNER * WIDTH + 31) / 32 };
enum { WORDS = TOP_TOKENS * WORDS_EACH };

struct top_layer {
    struct recorded *recorded;
    struct se_quantizer q, x_proj;
    uint32_t x[CHANNELS], dtz[CHANNELS], bc[BC];
};

struct top_results {
    uint32_t packed[WORDS], x_proj[CHANNELS], y[CHANNELS];
    bool packed_last[WORDS], x_proj_last[CHANNELS], y_last[CHANNELS];
    float h[STATES];
    uint32_t flags;
};

// The layer `index`, for top_layer_close. Fails the test when it cannot.
struct top_layer *top_layer_open(int index);
void top_layer_close(struct top_layer *layer);

void top_layer_model(const struct top_layer *layer, struct top_results *results);

// Through the convolution; then its packed codes, as they came out, through the scan.
struct se_top_streams top_layer_conv(const struct top_layer *layer, struct top_results *results);
struct se_top_streams top_layer_scan(const struct top_layer *layer, struct top_results *results);

// Fails the test at the first difference; counts what it compared.
void top_layer_expect(const struct top_results *expected, const struct top_results *got);
