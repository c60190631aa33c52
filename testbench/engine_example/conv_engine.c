// SPDX-License-Identifier: Apache-2.0
#include "conv_engine.h"

#include "example.h"

#include "w4a5se/fp32.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D_INNER = 10, TOKENS = 30, BEATS = D_INNER * TOKENS };

// A layer like those of a trained model: outputs of a few units, some beyond s1's range.
struct example {
    struct se_conv conv;
    int8_t w[D_INNER * SE_CONV_WIDTH], x[BEATS];
    float b[D_INNER];
    struct se_quantizer q, x_proj;
};

struct results {
    float values[BEATS];
    uint16_t codes[BEATS];
    int8_t x_proj[BEATS];
    unsigned flags;
};

static enum se_status make(struct example *e, struct se_error *err) {
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof e->w; i++) {
        e->w[i] = (int8_t)example_draw(&state);
    }
    for (size_t i = 0; i < sizeof e->x; i++) {
        e->x[i] = (int8_t)example_draw(&state);
    }
    for (size_t c = 0; c < D_INNER; c++) {
        e->b[c] = (float)(int8_t)example_draw(&state) / 128;
    }
    e->conv = (struct se_conv){.d_inner = D_INNER, .w = e->w, .s_wx = 1e-4f, .b = e->b};
    const struct se_format codes = {.code_bits = 4, .dual = true, .base1 = -4, .base2 = 3};
    enum se_status status = se_quantizer_init(&e->q, codes, 0.05f, 4, INFINITY, INFINITY, err);
    if (status == SE_OK) {
        se_thresholds_least_error(&e->q);
        status = se_quantizer_init(&e->x_proj, se_format_signed(8, false), 0.02f, 1, INFINITY,
                                   INFINITY, err);
    }
    return status;
}

static void run_model(const struct example *e, struct results *r) {
    int8_t history[D_INNER * SE_CONV_HISTORY] = {0};
    r->flags = 0;
    se_conv_run(&e->conv, history, TOKENS, e->x, r->values, &r->flags);
    for (size_t i = 0; i < BEATS; i++) {
        r->codes[i] = se_quantize(&e->q, r->values[i]);
        r->x_proj[i] = (int8_t)se_code_q(&e->x_proj.format, se_quantize(&e->x_proj, r->values[i]));
    }
}

static enum se_status run_rtl(const struct example *e, const char *fst, struct results *r,
                              struct se_error *err) {
    const struct se_rtl_options options = {
        .trace_path = fst, .idle_percent = 20, .stall_percent = 20, .seed = 1};
    struct se_conv_engine *engine;
    enum se_status status = se_conv_engine_open(&engine, e->q.format.code_bits, &options, err);
    if (status != SE_OK) {
        return status;
    }
    status = se_conv_engine_load(engine, &e->conv, &e->q, e->x_proj.inv_s1, err);
    if (status == SE_OK) {
        status =
            se_conv_engine_run(engine, TOKENS, true, e->x, r->codes, r->values, r->x_proj, err);
        r->flags = se_conv_engine_flags(engine);
    }
    se_conv_engine_close(engine);
    return status;
}

enum se_status conv_engine_trace(const char *fst, struct se_error *err) {
    struct example e;
    struct results expected, got;
    enum se_status status = make(&e, err);
    if (status == SE_OK) {
        status = run_rtl(&e, fst, &got, err);
    }
    if (status != SE_OK) {
        return status;
    }
    run_model(&e, &expected);
    for (size_t i = 0; i < BEATS; i++) {
        if (se_f32_bits(expected.values[i]) != se_f32_bits(got.values[i]) ||
            expected.codes[i] != got.codes[i] || expected.x_proj[i] != got.x_proj[i]) {
            return se_fail(err, SE_INVALID,
                           "conv_engine: token %zu, channel %zu: expected value %08" PRIX32
                           ", code %02X, INT8 %d; got %08" PRIX32 ", %02X, %d",
                           i / D_INNER, i % D_INNER, se_f32_bits(expected.values[i]),
                           expected.codes[i], expected.x_proj[i], se_f32_bits(got.values[i]),
                           got.codes[i], got.x_proj[i]);
        }
    }
    if (expected.flags != got.flags) {
        return se_fail(err, SE_INVALID, "conv_engine: flags %02X, expected %02X", got.flags,
                       expected.flags);
    }
    printf("conv_engine: %d beats of three words compared, all equal\n", BEATS);
    return SE_OK;
}

// Numbers go into the bench's header as SystemVerilog constants, arrays into $readmemh files.
enum se_status conv_engine_vectors(const char *directory, struct se_error *err) {
    struct example e;
    struct results r;
    enum se_status status = make(&e, err);
    if (status != SE_OK) {
        return status;
    }
    run_model(&e, &r);
    FILE *header = example_file(directory, "engine.svh"), *parameters, *x, *codes, *x_proj;
    parameters = example_file(directory, "parameters.hex");
    x = example_file(directory, "x.hex");
    codes = example_file(directory, "codes.hex");
    x_proj = example_file(directory, "x_proj.hex");
    if (!header || !parameters || !x || !codes || !x_proj) {
        return se_fail(err, SE_IO, "cannot write into %s", directory);
    }
    fprintf(header,
            "localparam D_INNER = %d;\nlocalparam BEATS = %d;\nlocalparam [4:0] FLAGS = %u;\n",
            D_INNER, BEATS, r.flags);
    const struct {
        const char *name;
        float value;
    } words[] = {{"S_WX", e.conv.s_wx},    {"THR_POS", e.q.thr_pos},
                 {"THR_NEG", e.q.thr_neg}, {"INV_S1", e.q.inv_s1},
                 {"INV_S2", e.q.inv_s2},   {"X_PROJ_INV_S", e.x_proj.inv_s1}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        fprintf(header, "localparam [31:0] %s = 32'h%08" PRIX32 ";\n", words[i].name,
                se_f32_bits(words[i].value));
    }
    fprintf(header, "localparam signed [4:0] BASE1 = %d;\nlocalparam signed [4:0] BASE2 = %d;\n",
            e.q.format.base1, e.q.format.base2);
    for (size_t c = 0; c < D_INNER; c++) {
        uint32_t weights;
        memcpy(&weights, e.w + c * SE_CONV_WIDTH, sizeof weights);
        fprintf(parameters, "%08" PRIX32 "%08" PRIX32 "\n", se_f32_bits(e.b[c]), weights);
    }
    for (size_t i = 0; i < BEATS; i++) {
        fprintf(x, "%02X\n", (uint8_t)e.x[i]);
        fprintf(codes, "%08" PRIX32 "%02X\n", se_f32_bits(r.values[i]), r.codes[i]);
        fprintf(x_proj, "%02X\n", (uint8_t)r.x_proj[i]);
    }
    FILE *files[] = {header, parameters, x, codes, x_proj};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (fclose(files[i]) != 0) {
            return se_fail(err, SE_IO, "cannot write into %s", directory);
        }
    }
    return SE_OK;
}
