// SPDX-License-Identifier: Apache-2.0
#include "scan_engine.h"

#include "example.h"

#include "w4a5se/fp32.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { D_STATE = 16, CHANNELS_MAX = 10, TOKENS_MAX = 8, BEATS_MAX = CHANNELS_MAX * TOKENS_MAX };

// A layer like those of a trained model; the state is a sequence's that goes on.
struct example {
    size_t d_inner, tokens;
    struct se_scan scan;
    struct se_quantizer q;
    float A[CHANNELS_MAX * D_STATE], D[CHANNELS_MAX], dt_bias[CHANNELS_MAX];
    float h[CHANNELS_MAX * D_STATE];
    uint16_t codes[BEATS_MAX];
    float u[BEATS_MAX];
    int8_t dt[BEATS_MAX], z[BEATS_MAX], b[TOKENS_MAX * D_STATE], c[TOKENS_MAX * D_STATE];
};

struct results {
    uint16_t y[BEATS_MAX];
    float h[CHANNELS_MAX * D_STATE];
    unsigned flags;
};

static void draw(uint64_t *state, size_t n, int8_t *q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)example_draw(state);
    }
}

static enum se_status make(struct example *e, size_t d_inner, size_t tokens, struct se_error *err) {
    uint64_t state = 1;
    e->d_inner = d_inner;
    e->tokens = tokens;
    for (size_t i = 0; i < d_inner * D_STATE; i++) {
        e->A[i] = -1 - (float)(i % D_STATE);
        e->h[i] = (float)(int8_t)example_draw(&state) / 64;
    }
    for (size_t d = 0; d < d_inner; d++) {
        e->D[d] = 1 + (float)(int8_t)example_draw(&state) / 256;
        e->dt_bias[d] = -4 + (float)(int8_t)example_draw(&state) / 64;
    }
    e->scan = (struct se_scan){.d_inner = d_inner,
                               .d_state = D_STATE,
                               .A = e->A,
                               .D = e->D,
                               .dt_bias = e->dt_bias,
                               .s_dt = 0.03f,
                               .s_b = 0.02f,
                               .s_c = 0.02f,
                               .s_z = 0.03f,
                               .gate = true};
    draw(&state, sizeof e->dt, e->dt);
    draw(&state, sizeof e->z, e->z);
    draw(&state, sizeof e->b, e->b);
    draw(&state, sizeof e->c, e->c);
    const struct se_format codes = {.code_bits = 4, .dual = true, .base1 = -4, .base2 = 3};
    enum se_status status = se_quantizer_init(&e->q, codes, 0.05f, 4, INFINITY, INFINITY, err);
    for (size_t i = 0; i < d_inner * tokens; i++) {
        e->codes[i] = example_draw(&state) % 32;
        e->u[i] = se_dequantize(&e->q, e->codes[i]);
    }
    return status;
}

static void run_model(const struct example *e, struct results *r) {
    memcpy(r->h, e->h, sizeof r->h);
    r->flags = 0;
    se_scan_run(&e->scan, r->h, e->tokens, e->u, e->dt, e->b, e->c, e->z, r->y, &r->flags);
}

static const struct se_scan_engine_build *find_build(void) {
    const struct se_scan_engine_build *build;
    for (size_t i = 0; (build = se_scan_engine_build_at(i)); i++) {
        if (!strcmp(build->name, "scan_engine_4")) {
            return build;
        }
    }
    return NULL;
}

static enum se_status run_rtl(const struct example *e, const char *fst, struct results *r,
                              struct se_error *err) {
    const struct se_rtl_options options = {.trace_path = fst, .seed = 1};
    const struct se_scan_beats beats = {.tokens = e->tokens,
                                        .codes = e->codes,
                                        .dt = e->dt,
                                        .b = e->b,
                                        .c = e->c,
                                        .z = e->z,
                                        .y = r->y};
    struct se_scan_engine *engine;
    enum se_status status = se_scan_engine_open(&engine, find_build(), &options, err);
    if (status != SE_OK) {
        return status;
    }
    status = se_scan_engine_load(engine, &e->scan, &e->q, err);
    if (status == SE_OK) {
        se_scan_engine_write_state(engine, e->h);
        status = se_scan_engine_run(engine, &beats, err);
        r->flags = se_scan_engine_flags(engine);
        se_scan_engine_read_state(engine, r->h);
    }
    se_scan_engine_close(engine);
    return status;
}

enum se_status scan_engine_trace(const char *fst, struct se_error *err) {
    struct example e;
    struct results expected, got;
    enum se_status status = make(&e, CHANNELS_MAX, TOKENS_MAX, err);
    if (status == SE_OK) {
        status = run_rtl(&e, fst, &got, err);
    }
    if (status != SE_OK) {
        return status;
    }
    run_model(&e, &expected);
    for (size_t i = 0; i < BEATS_MAX; i++) {
        if (expected.y[i] != got.y[i]) {
            return se_fail(err, SE_INVALID,
                           "scan_engine: token %zu, channel %zu: expected %04X, got %04X",
                           i / e.d_inner, i % e.d_inner, expected.y[i], got.y[i]);
        }
    }
    for (size_t i = 0; i < CHANNELS_MAX * D_STATE; i++) {
        if (se_f32_bits(expected.h[i]) != se_f32_bits(got.h[i])) {
            return se_fail(
                err, SE_INVALID,
                "scan_engine: state of channel %zu, n %zu: expected %08" PRIX32 ", got %08" PRIX32,
                i / D_STATE, i % D_STATE, se_f32_bits(expected.h[i]), se_f32_bits(got.h[i]));
        }
    }
    if (expected.flags != got.flags) {
        return se_fail(err, SE_INVALID, "scan_engine: flags %02X, expected %02X", got.flags,
                       expected.flags);
    }
    printf("scan_engine: %d results and %d states compared, all equal\n", BEATS_MAX,
           CHANNELS_MAX * D_STATE);
    return SE_OK;
}

static void put_floats(FILE *file, size_t n, const float *values) {
    for (size_t i = 0; i < n; i++) {
        fprintf(file, "%08" PRIX32 "\n", se_f32_bits(values[i]));
    }
}

static void put_constants(FILE *header, const struct example *e, const struct results *r) {
    const struct {
        const char *name;
        float value;
    } words[] = {{"S1", e->q.s1},      {"S2", e->q.s2},      {"S_DT", e->scan.s_dt},
                 {"S_B", e->scan.s_b}, {"S_C", e->scan.s_c}, {"S_Z", e->scan.s_z}};
    fprintf(header,
            "localparam D_INNER = %zu;\nlocalparam TOKENS = %zu;\nlocalparam [4:0] FLAGS = %u;\n"
            "localparam signed [4:0] BASE1 = %d;\nlocalparam signed [4:0] BASE2 = %d;\n",
            e->d_inner, e->tokens, r->flags, e->q.format.base1, e->q.format.base2);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        fprintf(header, "localparam [31:0] %s = 32'h%08" PRIX32 ";\n", words[i].name,
                se_f32_bits(words[i].value));
    }
}

// Constants go into the bench's header, arrays into $readmemh files.
enum se_status scan_engine_vectors(const char *directory, struct se_error *err) {
    enum { HEADER, A, D, DT_BIAS, H, CHANNELS, BC, Y, H_OUT, FILES };
    static const char *const names[] = {"engine.svh",   "A.hex",  "D.hex", "dt_bias.hex", "h.hex",
                                        "channels.hex", "bc.hex", "y.hex", "h_out.hex"};
    struct example e;
    struct results r;
    FILE *files[FILES];
    enum se_status status = make(&e, 3, 2, err);
    if (status != SE_OK) {
        return status;
    }
    run_model(&e, &r);
    for (size_t i = 0; i < FILES; i++) {
        files[i] = example_file(directory, names[i]);
        if (!files[i]) {
            return se_fail(err, SE_IO, "cannot write into %s", directory);
        }
    }
    put_constants(files[HEADER], &e, &r);
    put_floats(files[A], e.d_inner * D_STATE, e.A);
    put_floats(files[D], e.d_inner, e.D);
    put_floats(files[DT_BIAS], e.d_inner, e.dt_bias);
    put_floats(files[H], e.d_inner * D_STATE, e.h);
    put_floats(files[H_OUT], e.d_inner * D_STATE, r.h);
    for (size_t i = 0; i < e.d_inner * e.tokens; i++) {
        fprintf(files[CHANNELS], "%02X%02X%02X\n", e.codes[i], (uint8_t)e.dt[i], (uint8_t)e.z[i]);
        fprintf(files[Y], "%04X\n", r.y[i]);
    }
    for (size_t i = 0; i < e.tokens * D_STATE; i++) {
        fprintf(files[BC], "%02X%02X\n", (uint8_t)e.b[i], (uint8_t)e.c[i]);
    }
    for (size_t i = 0; i < FILES; i++) {
        if (fclose(files[i]) != 0) {
            return se_fail(err, SE_IO, "cannot write into %s", directory);
        }
    }
    return SE_OK;
}
