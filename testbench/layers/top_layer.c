// SPDX-License-Identifier: Apache-2.0
#include "top_layer.h"

#include "../cosim/compare.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Two bytes a beat, or one.
static void fill_beats(size_t n, const int8_t *low, const int8_t *high, uint32_t *beats) {
    for (size_t i = 0; i < n; i++) {
        beats[i] = (uint8_t)low[i] | (high ? (uint32_t)(uint8_t)high[i] << 8 : 0);
    }
}

struct top_layer *top_layer_open(int index) {
    struct top_layer *layer = calloc(1, sizeof *layer);
    struct se_error err = {""};
    cr_assert(layer);
    struct recorded *r = layer->recorded = recorded_open(index);
    layer->x_proj = recorded_x_proj(r);
    recorded_quantizers(r, SE_INPUT_W4A5_SE_OFFSET, &layer->q);
    r->layer.input = (struct se_input){
        .mode = SE_INPUT_W4A5_SE_OFFSET, .quantizers = &layer->q, .x_proj = &layer->x_proj};
    cr_assert_eq(se_layer_check(&r->layer, &err), SE_OK, "%s", err.message);
    fill_beats(CHANNELS, r->x, NULL, layer->x);
    fill_beats(CHANNELS, r->dt, r->z, layer->dtz);
    fill_beats(BC, r->b, r->c, layer->bc);
    return layer;
}

void top_layer_close(struct top_layer *layer) {
    recorded_close(layer->recorded);
    free(layer);
}

void top_layer_model(const struct top_layer *layer, struct top_results *results) {
    const struct recorded *r = layer->recorded;
    static float y[CHANNELS], u[CHANNELS];
    static uint16_t codes[CHANNELS], out[CHANNELS];
    static int8_t x_proj[CHANNELS];
    int8_t history[HISTORY] = {0};
    unsigned conv_flags = 0, scan_flags = 0;
    const struct se_layer_values values = {.y = y, .codes = codes, .u = u, .x_proj = x_proj};
    memset(results, 0, sizeof *results);
    se_layer_front(&r->layer, history, TOP_TOKENS, r->x, &values, &conv_flags);
    se_scan_run(&r->layer.scan, results->h, TOP_TOKENS, u, r->dt, r->b, r->c, r->z, out,
                &scan_flags);
    for (size_t t = 0; t < TOP_TOKENS; t++) {
        uint8_t packed[4 * WORDS_EACH] = {0};
        se_pack(WIDTH, D_INNER, codes + t * D_INNER, packed);
        memcpy(results->packed + t * WORDS_EACH, packed, sizeof packed);
        results->packed_last[(t + 1) * WORDS_EACH - 1] = true;
        results->x_proj_last[(t + 1) * D_INNER - 1] = true;
        results->y_last[(t + 1) * D_INNER - 1] = true;
    }
    for (size_t i = 0; i < CHANNELS; i++) {
        results->x_proj[i] = (uint8_t)x_proj[i];
        results->y[i] = out[i];
    }
    results->flags = scan_flags << 8 | conv_flags;
}

struct se_top_streams top_layer_conv(const struct top_layer *layer, struct top_results *results) {
    return (struct se_top_streams){
        .in = {[SE_TOP_X] = {CHANNELS, layer->x}},
        .out = {[SE_TOP_CODE] = {WORDS, results->packed, results->packed_last},
                [SE_TOP_X_PROJ] = {CHANNELS, results->x_proj, results->x_proj_last}},
    };
}

struct se_top_streams top_layer_scan(const struct top_layer *layer, struct top_results *results) {
    return (struct se_top_streams){
        .in = {[SE_TOP_CODE_IN] = {WORDS, results->packed},
               [SE_TOP_DTZ] = {CHANNELS, layer->dtz},
               [SE_TOP_BC] = {BC, layer->bc}},
        .out = {[SE_TOP_Y] = {CHANNELS, results->y, results->y_last}},
    };
}

static void expect_beats(const char *name, size_t n, const uint32_t *expected, const uint32_t *got,
                         const bool *expected_last, const bool *got_last) {
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(expected[i], got[i],
                     "%s, beat %zu of %zu: expected %08" PRIX32 ", got %08" PRIX32, name, i, n,
                     expected[i], got[i]);
        cr_assert_eq(expected_last[i], got_last[i], "%s, beat %zu of %zu: tlast %d", name, i, n,
                     got_last[i]);
    }
    bench_count(n);
}

void top_layer_expect(const struct top_results *expected, const struct top_results *got) {
    expect_beats("packed codes", WORDS, expected->packed, got->packed, expected->packed_last,
                 got->packed_last);
    expect_beats("x_proj", CHANNELS, expected->x_proj, got->x_proj, expected->x_proj_last,
                 got->x_proj_last);
    expect_beats("y", CHANNELS, expected->y, got->y, expected->y_last, got->y_last);
    for (size_t i = 0; i < STATES; i++) {
        uint32_t e = se_f32_bits(expected->h[i]), g = se_f32_bits(got->h[i]);
        cr_assert_eq(e, g, "state of channel %zu, n %zu: expected %08" PRIX32 ", got %08" PRIX32,
                     i / D_STATE, i % D_STATE, e, g);
    }
    cr_assert_eq(expected->flags, got->flags, "flags %04" PRIX32 ", expected %04" PRIX32,
                 got->flags, expected->flags);
    bench_count(STATES + 1);
}
