// SPDX-License-Identifier: Apache-2.0
// A layer of the small model through w4a5se_top in w4a5-se-offset: the packed codes that leave the
// convolution engine are those that the scan engine gets, as in a chip.
#include "top.h"

#include "../cosim/compare.h"
#include "recorded.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <string.h>

TestSuite(top_layers);

enum { TOP_TOKENS = 64, CHANNELS = TOP_TOKENS * D_INNER, BC = TOP_TOKENS * D_STATE };
enum { WIDTH = SE_TOP_CODE_BITS + 1, WORDS_EACH = (D_INNER * WIDTH + 31) / 32 };
enum { WORDS = TOP_TOKENS * WORDS_EACH };

struct results {
    uint32_t packed[WORDS], x_proj[CHANNELS], y[CHANNELS];
    bool packed_last[WORDS], x_proj_last[CHANNELS], y_last[CHANNELS];
    float h[STATES];
    uint32_t flags;
};

static void run_model(const struct recorded *r, struct results *results) {
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

static void run_streams(struct se_top *top, const struct se_top_streams *streams) {
    struct se_error err = {""};
    cr_assert_eq(se_top_run(top, streams, &err), SE_OK, "%s", err.message);
}

static void run_conv(struct se_top *top, const struct recorded *r, struct results *results) {
    static uint32_t x[CHANNELS];
    for (size_t i = 0; i < CHANNELS; i++) {
        x[i] = (uint8_t)r->x[i];
    }
    const struct se_top_streams streams = {
        .in = {[SE_TOP_X] = {CHANNELS, x}},
        .out = {[SE_TOP_CODE] = {WORDS, results->packed, results->packed_last},
                [SE_TOP_X_PROJ] = {CHANNELS, results->x_proj, results->x_proj_last}},
    };
    run_streams(top, &streams);
}

static void run_scan(struct se_top *top, const struct recorded *r, struct results *results) {
    static uint32_t dtz[CHANNELS], bc[BC];
    for (size_t i = 0; i < CHANNELS; i++) {
        dtz[i] = (uint32_t)(uint8_t)r->z[i] << 8 | (uint8_t)r->dt[i];
    }
    for (size_t i = 0; i < BC; i++) {
        bc[i] = (uint32_t)(uint8_t)r->c[i] << 8 | (uint8_t)r->b[i];
    }
    const struct se_top_streams streams = {
        .in = {[SE_TOP_CODE_IN] = {WORDS, results->packed},
               [SE_TOP_DTZ] = {CHANNELS, dtz},
               [SE_TOP_BC] = {BC, bc}},
        .out = {[SE_TOP_Y] = {CHANNELS, results->y, results->y_last}},
    };
    run_streams(top, &streams);
}

static uint32_t read_word(struct se_top *top, uint32_t address) {
    uint32_t word = 0;
    cr_assert(se_top_read(top, address, &word), "the read at 0x%06" PRIx32 " was refused", address);
    return word;
}

static void run_rtl(const struct recorded *r, struct results *results) {
    const struct se_rtl_options options = {.seed = 1, .random_initial_state = true};
    struct se_top *top;
    struct se_error err = {""};
    cr_assert_eq(se_top_open(&top, &options, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_top_load(top, &r->layer, &err), SE_OK, "%s", err.message);
    run_conv(top, r, results);
    run_scan(top, r, results);
    for (size_t i = 0; i < STATES; i++) {
        results->h[i] = se_f32_from_bits(read_word(top, SE_REG_TABLE_STATE + 4 * (uint32_t)i));
    }
    results->flags = read_word(top, SE_REG_FLAGS);
    se_top_close(top);
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

Test(top_layers, layer_0_codes_out_of_conv_and_into_scan) {
    static struct results expected, got;
    struct recorded *r = recorded_open(0);
    struct se_quantizer q, x_proj = recorded_x_proj(r);
    struct se_error err = {""};
    recorded_quantizers(r, SE_INPUT_W4A5_SE_OFFSET, &q);
    r->layer.input =
        (struct se_input){.mode = SE_INPUT_W4A5_SE_OFFSET, .quantizers = &q, .x_proj = &x_proj};
    cr_assert_eq(se_layer_check(&r->layer, &err), SE_OK, "%s", err.message);
    run_model(r, &expected);
    run_rtl(r, &got);
    expect_beats("packed codes", WORDS, expected.packed, got.packed, expected.packed_last,
                 got.packed_last);
    expect_beats("x_proj", CHANNELS, expected.x_proj, got.x_proj, expected.x_proj_last,
                 got.x_proj_last);
    expect_beats("y", CHANNELS, expected.y, got.y, expected.y_last, got.y_last);
    for (size_t i = 0; i < STATES; i++) {
        uint32_t e = se_f32_bits(expected.h[i]), g = se_f32_bits(got.h[i]);
        cr_assert_eq(e, g, "state of channel %zu, n %zu: expected %08" PRIX32 ", got %08" PRIX32,
                     i / D_STATE, i % D_STATE, e, g);
    }
    cr_assert_eq(expected.flags, got.flags, "flags %04" PRIX32 ", expected %04" PRIX32, got.flags,
                 expected.flags);
    bench_count(STATES + 1);
    recorded_close(r);
    bench_report();
}
