// SPDX-License-Identifier: Apache-2.0
// w4a5se_top against the C model of a layer: packed codes, INT8 for x_proj, FP16 results, flags and
// counters through AXI; and every way in which its registers refuse.
#include "top.h"

#include "compare.h"
#include "stimulus.h"
#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(top);

enum { N = SE_TOP_D_STATE, WIDTH = SE_TOP_CODE_BITS + 1, D_MAX = 48, T_MAX = 6 };

// A layer, what goes into it and what the model makes of it.
struct job {
    struct se_layer layer;
    struct se_quantizer q, x_proj_q;
    size_t d_inner, tokens, words; // words: of all packets
    int8_t w[D_MAX * SE_CONV_WIDTH], history[D_MAX * SE_CONV_HISTORY];
    float b[D_MAX], A[D_MAX * N], D[D_MAX], dt_bias[D_MAX], h[D_MAX * N];
    int8_t x[T_MAX * D_MAX], dt[T_MAX * D_MAX], z[T_MAX * D_MAX], B[T_MAX * N], C[T_MAX * N];
    float y[T_MAX * D_MAX], u[T_MAX * D_MAX];
    uint16_t codes[T_MAX * D_MAX], out[T_MAX * D_MAX];
    int8_t x_proj[T_MAX * D_MAX];
    uint32_t packed[T_MAX * D_MAX];
    bool packed_last[T_MAX * D_MAX];
    unsigned conv_flags, scan_flags;
    uint32_t x_beats[T_MAX * D_MAX], dtz_beats[T_MAX * D_MAX], bc_beats[T_MAX * N];
};

static float between(struct stimulus *s, float low, float high) {
    return low + (high - low) * (float)stimulus_below(s, 1 << 20) / (1 << 20);
}

static void fill_int8(struct stimulus *s, size_t n, int8_t *values) {
    for (size_t i = 0; i < n; i++) {
        values[i] = (int8_t)stimulus_between(s, -128, 127);
    }
}

static void fill_floats(struct stimulus *s, size_t n, float *values, float low, float high) {
    for (size_t i = 0; i < n; i++) {
        values[i] = between(s, low, high);
    }
}

// Parameters of a layer with values as in a trained model.
static struct job *job_new(struct stimulus *s, size_t d_inner) {
    struct job *job = calloc(1, sizeof *job);
    struct se_error err = {""};
    job->d_inner = d_inner;
    fill_int8(s, d_inner * SE_CONV_WIDTH, job->w);
    fill_floats(s, d_inner, job->b, -1, 1);
    fill_floats(s, d_inner * N, job->A, -16, -0.5f);
    fill_floats(s, d_inner, job->D, -1, 2);
    fill_floats(s, d_inner, job->dt_bias, -6, -1);
    struct se_format format = se_format_signed(SE_TOP_CODE_BITS, true);
    format.base1 = stimulus_between(s, -8, 0);
    format.base2 = stimulus_between(s, -8, 4);
    cr_assert_eq(se_quantizer_init(&job->q, format, between(s, 0.02f, 0.2f), between(s, 2, 8),
                                   between(s, 0.2f, 2), between(s, 0.1f, 2), &err),
                 SE_OK, "%s", err.message);
    cr_assert_eq(se_quantizer_init(&job->x_proj_q, se_format_signed(8, false),
                                   between(s, 0.01f, 0.1f), 1, INFINITY, INFINITY, &err),
                 SE_OK, "%s", err.message);
    job->layer = (struct se_layer){
        .conv = {d_inner, job->w, between(s, 1e-5f, 1e-3f), job->b},
        .input = {.mode = SE_INPUT_W4A5_SE_OFFSET, .quantizers = &job->q, .x_proj = &job->x_proj_q},
        .scan = {.d_inner = d_inner,
                 .d_state = N,
                 .A = job->A,
                 .D = job->D,
                 .dt_bias = job->dt_bias,
                 .s_dt = between(s, 0.005f, 0.05f),
                 .s_b = between(s, 0.005f, 0.05f),
                 .s_c = between(s, 0.005f, 0.05f),
                 .s_z = between(s, 0.01f, 0.1f),
                 .gate = stimulus_below(s, 4) != 0},
    };
    return job;
}

// The next tokens' inputs; what the model makes of them; a sequence starts, or goes on.
static void job_tokens(struct stimulus *s, struct job *job, size_t tokens, bool first) {
    const size_t d = job->d_inner, channels = tokens * d;
    job->tokens = tokens;
    if (first) {
        memset(job->history, 0, sizeof job->history);
        memset(job->h, 0, sizeof job->h);
    }
    fill_int8(s, channels, job->x);
    fill_int8(s, channels, job->dt);
    fill_int8(s, channels, job->z);
    fill_int8(s, tokens * N, job->B);
    fill_int8(s, tokens * N, job->C);

    se_conv_run(&job->layer.conv, job->history, tokens, job->x, job->y, &job->conv_flags);
    for (size_t i = 0; i < channels; i++) {
        job->codes[i] = se_quantize(&job->q, job->y[i]);
        job->u[i] = se_dequantize(&job->q, job->codes[i]);
        job->x_proj[i] =
            (int8_t)se_code_q(&job->x_proj_q.format, se_quantize(&job->x_proj_q, job->y[i]));
    }
    se_scan_run(&job->layer.scan, job->h, tokens, job->u, job->dt, job->B, job->C, job->z, job->out,
                &job->scan_flags);

    const size_t bytes = se_packed_bytes(d, WIDTH), words = (bytes + 3) / 4;
    job->words = tokens * words;
    memset(job->packed, 0, sizeof job->packed);
    memset(job->packed_last, 0, sizeof job->packed_last);
    for (size_t t = 0; t < tokens; t++) {
        uint8_t packed[4 * D_MAX] = {0};
        se_pack(WIDTH, d, job->codes + t * d, packed);
        memcpy(job->packed + t * words, packed, 4 * words);
        job->packed_last[t * words + words - 1] = true;
    }
    for (size_t i = 0; i < channels; i++) {
        job->x_beats[i] = (uint8_t)job->x[i];
        job->dtz_beats[i] = (uint32_t)(uint8_t)job->z[i] << 8 | (uint8_t)job->dt[i];
    }
    for (size_t i = 0; i < tokens * N; i++) {
        job->bc_beats[i] = (uint32_t)(uint8_t)job->C[i] << 8 | (uint8_t)job->B[i];
    }
}

// What came out of the streams.
struct got {
    uint32_t code[T_MAX * D_MAX], x_proj[T_MAX * D_MAX], y[T_MAX * D_MAX];
    bool code_last[T_MAX * D_MAX], x_proj_last[T_MAX * D_MAX], y_last[T_MAX * D_MAX];
};

static struct se_top_streams conv_streams(const struct job *job, struct got *got) {
    const size_t channels = job->tokens * job->d_inner;
    struct se_top_streams streams = {0};
    streams.in[SE_TOP_X].n = channels;
    streams.in[SE_TOP_X].data = job->x_beats;
    streams.out[SE_TOP_CODE].n = job->words;
    streams.out[SE_TOP_CODE].data = got->code;
    streams.out[SE_TOP_CODE].last = got->code_last;
    streams.out[SE_TOP_X_PROJ].n = channels;
    streams.out[SE_TOP_X_PROJ].data = got->x_proj;
    streams.out[SE_TOP_X_PROJ].last = got->x_proj_last;
    return streams;
}

// Adds the scan of what the model packed, so that both engines run at once.
static struct se_top_streams both_streams(const struct job *job, struct got *got) {
    struct se_top_streams streams = conv_streams(job, got);
    streams.in[SE_TOP_CODE_IN].n = job->words;
    streams.in[SE_TOP_CODE_IN].data = job->packed;
    streams.in[SE_TOP_DTZ].n = job->tokens * job->d_inner;
    streams.in[SE_TOP_DTZ].data = job->dtz_beats;
    streams.in[SE_TOP_BC].n = job->tokens * N;
    streams.in[SE_TOP_BC].data = job->bc_beats;
    streams.out[SE_TOP_Y].n = job->tokens * job->d_inner;
    streams.out[SE_TOP_Y].data = got->y;
    streams.out[SE_TOP_Y].last = got->y_last;
    return streams;
}

// Differences between the streams and the model.
static size_t differences(const struct job *job, const struct got *got) {
    size_t n = 0;
    for (size_t i = 0; i < job->words; i++) {
        n += got->code[i] != job->packed[i] || got->code_last[i] != job->packed_last[i];
    }
    for (size_t i = 0; i < job->tokens * job->d_inner; i++) {
        const bool last = (i + 1) % job->d_inner == 0;
        n += (int8_t)got->x_proj[i] != job->x_proj[i] || got->x_proj_last[i] != last;
        n += got->y[i] != job->out[i] || got->y_last[i] != last;
    }
    return n;
}

static struct se_top *open_top(unsigned idle, unsigned stall) {
    struct se_rtl_options options = {.idle_percent = idle,
                                     .stall_percent = stall,
                                     .seed = stimulus_seed(),
                                     .random_initial_state = true};
    struct se_top *top = NULL;
    struct se_error err = {""};
    cr_assert_eq(se_top_open(&top, &options, &err), SE_OK, "%s", err.message);
    return top;
}

static void load(struct se_top *top, const struct job *job) {
    struct se_error err = {""};
    cr_assert_eq(se_top_load(top, &job->layer, &err), SE_OK, "%s", err.message);
}

static void run_both(struct se_top *top, const struct job *job, struct got *got) {
    struct se_error err = {""};
    struct se_top_streams streams = both_streams(job, got);
    cr_assert_eq(se_top_run(top, &streams, &err), SE_OK, "%s", err.message);
}

static uint32_t read_word(struct se_top *top, uint32_t address) {
    uint32_t word = 0;
    cr_assert(se_top_read(top, address, &word), "the read at 0x%06x was refused", address);
    return word;
}

static void expect_equal(const struct job *job, const struct got *got) {
    cr_assert_eq(differences(job, got), 0, "d_inner %zu, %zu tokens: %zu differences", job->d_inner,
                 job->tokens, differences(job, got));
    bench_count(job->words + 2 * job->tokens * job->d_inner);
}

static void expect_flags(struct se_top *top, const struct job *job) {
    cr_assert_eq(read_word(top, SE_REG_FLAGS), job->scan_flags << 8 | job->conv_flags);
}

// ---- layers -------------------------------------------------------------------------------------

Test(top, layers_of_every_small_size_and_any_pauses) {
    static const unsigned pauses[4][2] = {{0, 0}, {40, 0}, {0, 40}, {40, 40}};
    for (size_t p = 0; p < 4; p++) {
        struct stimulus s = stimulus_open(900 + p);
        struct se_top *top = open_top(pauses[p][0], pauses[p][1]);
        for (size_t d = 1; d <= 20; d++) {
            struct job *job = job_new(&s, d);
            struct got got = {0};
            job_tokens(&s, job, 1 + d % T_MAX, true);
            cr_assert(se_top_write(top, SE_REG_CONTROL, 7)); // sequences start, flags clear
            load(top, job);
            run_both(top, job, &got);
            expect_equal(job, &got);
            expect_flags(top, job);
            free(job);
        }
        se_top_close(top);
    }
    bench_report();
}

Test(top, sequences_go_on_and_start_again) {
    struct stimulus s = stimulus_open(910);
    struct se_top *top = open_top(20, 20);
    struct job *job = job_new(&s, 37);
    load(top, job);
    for (int call = 0; call < 6; call++) {
        struct got got = {0};
        const bool first = call == 0 || call == 4; // at 0 because of the reset
        if (call == 4) {
            cr_assert(se_top_write(top, SE_REG_CONTROL, 3));
        }
        job_tokens(&s, job, 1 + (size_t)call % 3, first);
        run_both(top, job, &got);
        expect_equal(job, &got);
    }
    free(job);
    se_top_close(top);
    bench_report();
}

// What the conv engine sends is what the scan engine gets, one token behind, as a chip would.
Test(top, codes_go_out_and_come_back) {
    struct stimulus s = stimulus_open(920);
    struct se_top *top = open_top(0, 10);
    struct job *job = job_new(&s, 48);
    struct got got = {0};
    struct se_error err = {""};
    load(top, job);
    job_tokens(&s, job, T_MAX, true);
    struct se_top_streams streams = conv_streams(job, &got);
    cr_assert_eq(se_top_run(top, &streams, &err), SE_OK, "%s", err.message);
    streams = both_streams(job, &got);
    streams.in[SE_TOP_X].n = streams.out[SE_TOP_CODE].n = streams.out[SE_TOP_X_PROJ].n = 0;
    streams.in[SE_TOP_CODE_IN].data = got.code;
    cr_assert_eq(se_top_run(top, &streams, &err), SE_OK, "%s", err.message);
    expect_equal(job, &got);
    free(job);
    se_top_close(top);
    bench_report();
}

Test(top, state_and_counters) {
    struct stimulus s = stimulus_open(930);
    struct se_top *top = open_top(0, 0);
    struct job *job = job_new(&s, 24);
    struct got got = {0};
    load(top, job);
    job_tokens(&s, job, 2, true);
    run_both(top, job, &got);
    for (size_t i = 0; i < job->d_inner * N; i++) {
        cr_assert_eq(read_word(top, SE_REG_TABLE_STATE + 4 * (uint32_t)i), se_f32_bits(job->h[i]));
    }
    bench_count(job->d_inner * N);
    const uint32_t updates = (uint32_t)(job->tokens * job->d_inner * N);
    cr_assert_eq(read_word(top, SE_REG_UPDATES_LOW), updates);
    cr_assert_eq(read_word(top, SE_REG_UPDATES_HIGH), 0);
    cr_assert_eq(read_word(top, SE_REG_STALLS_LOW), 0);
    cr_assert_geq(read_word(top, SE_REG_CYCLES_LOW), updates / SE_TOP_LANES);
    cr_assert(se_top_write(top, SE_REG_CONTROL, 4));
    cr_assert_eq(read_word(top, SE_REG_UPDATES_LOW), 0);
    cr_assert_eq(read_word(top, SE_REG_CYCLES_LOW), 0);
    cr_assert_eq(read_word(top, SE_REG_FLAGS), 0);

    // A state given from outside is where the scan goes on.
    for (size_t i = 0; i < job->d_inner * N; i++) {
        job->h[i] = between(&s, -1, 1);
        cr_assert(se_top_write(top, SE_REG_TABLE_STATE + 4 * (uint32_t)i, se_f32_bits(job->h[i])));
    }
    job_tokens(&s, job, 3, false);
    run_both(top, job, &got);
    expect_equal(job, &got);
    free(job);
    se_top_close(top);
    bench_report();
}

Test(top, reset_in_mid_stream) {
    struct stimulus s = stimulus_open(940);
    struct se_top *top = open_top(0, 30);
    struct job *job = job_new(&s, 13);
    load(top, job);
    for (unsigned cycles = 1; cycles < 200; cycles += 7) {
        struct got got = {0};
        job_tokens(&s, job, 4, true);
        struct se_top_streams streams = both_streams(job, &got);
        se_top_disturb(top, &streams, cycles);
        if (cycles % 2) {
            se_top_reset(top);
            load(top, job);
        } else {
            cr_assert(se_top_write(top, SE_REG_CONTROL, 8)); // tables and configuration stay
        }
        run_both(top, job, &got);
        expect_equal(job, &got);
    }
    free(job);
    se_top_close(top);
    bench_report();
}

Test(top, comparison_notices_a_wrong_bit) {
    struct stimulus s = stimulus_open(950);
    struct se_top *top = open_top(0, 0);
    struct job *job = job_new(&s, 9);
    struct got got = {0};
    load(top, job);
    job_tokens(&s, job, 2, true);
    run_both(top, job, &got);
    cr_assert_eq(differences(job, &got), 0);
    got.y[5] ^= 1;
    got.code[0] ^= 1 << 30;
    got.x_proj_last[8] = false;
    cr_assert_eq(differences(job, &got), 3);
    free(job);
    se_top_close(top);
}

// ---- registers ----------------------------------------------------------------------------------

enum { NO_TARGET = 1, ILLEGAL = 2, BUSY = 4, PARTIAL = 8 };

static void expect_refused(struct se_top *top, uint32_t address, uint32_t word, uint32_t why) {
    cr_assert(!se_top_write(top, address, word), "0x%08x at 0x%06x was accepted", word, address);
    cr_assert_eq(read_word(top, SE_REG_ERRORS), why, "0x%08x at 0x%06x", word, address);
    cr_assert(se_top_write(top, SE_REG_ERRORS, why));
    cr_assert_eq(read_word(top, SE_REG_ERRORS), 0);
}

// Stopped in mid-token, each engine is busy until a reset, and nothing can be changed under it.
Test(top, a_part_of_a_token_keeps_it_busy) {
    struct stimulus s = stimulus_open(970);
    struct se_top *top = open_top(0, 0);
    struct job *job = job_new(&s, 8);
    struct se_error err = {""};
    load(top, job);
    for (int stream = 0; stream < SE_TOP_INS; stream++) {
        static const uint32_t busy[SE_TOP_INS] = {1, 2, 0, 2}; // dt and z alone are not taken
        struct got got = {0};
        struct se_top_streams part = {0};
        job_tokens(&s, job, 2, true);
        part.in[stream].n = stream == SE_TOP_DTZ ? 0 : stream == SE_TOP_CODE_IN ? 1 : 5;
        part.in[stream].data = both_streams(job, &got).in[stream].data;
        se_top_disturb(top, &part, 200); // and nobody takes what comes
        part.in[stream].n = 0;
        part.out[SE_TOP_CODE] = both_streams(job, &got).out[SE_TOP_CODE];
        part.out[SE_TOP_CODE].n = 0;
        se_top_disturb(top, &part, 200);
        cr_assert_eq(read_word(top, SE_REG_STATUS), busy[stream], "stream %d", stream);
        if (busy[stream]) {
            expect_refused(top, SE_REG_D_INNER, 3, BUSY);
            expect_refused(top, SE_REG_TABLE_CONV, 3, BUSY);
        }
        cr_assert(se_top_write(top, SE_REG_CONTROL, 8));
        cr_assert_eq(read_word(top, SE_REG_STATUS), 0);
        struct se_top_streams streams = both_streams(job, &got);
        cr_assert_eq(se_top_run(top, &streams, &err), SE_OK, "%s", err.message);
        expect_equal(job, &got);
    }
    free(job);
    se_top_close(top);
    bench_report();
}

// A state that is written goes on even where a sequence would have started.
Test(top, a_state_given_after_reset_is_used) {
    struct stimulus s = stimulus_open(980);
    struct se_top *top = open_top(0, 0);
    struct job *job = job_new(&s, 5);
    struct got got = {0};
    load(top, job);
    for (int start = 0; start < 2; start++) {
        se_top_reset(top);
        load(top, job);
        for (size_t i = 0; i < job->d_inner * N; i++) {
            job->h[i] = between(&s, -1, 1);
            cr_assert(
                se_top_write(top, SE_REG_TABLE_STATE + 4 * (uint32_t)i, se_f32_bits(job->h[i])));
        }
        if (start) {
            cr_assert(se_top_write(top, SE_REG_CONTROL, 2));
            memset(job->h, 0, sizeof job->h);
        }
        memset(job->history, 0, sizeof job->history);
        job_tokens(&s, job, 2, false);
        run_both(top, job, &got);
        expect_equal(job, &got);
    }
    free(job);
    se_top_close(top);
    bench_report();
}

Test(top, registers_tell_what_was_built) {
    struct se_top *top = open_top(30, 30);
    cr_assert_eq(read_word(top, SE_REG_ID), SE_REG_ID_VALUE);
    cr_assert_eq(read_word(top, SE_REG_BUILD),
                 SE_TOP_D_STATE << 16 | SE_TOP_CODE_BITS << 8 | SE_TOP_LANES);
    cr_assert_eq(read_word(top, SE_REG_CHANNELS), SE_TOP_D_INNER_MAX);
    cr_assert_eq(read_word(top, SE_REG_D_INNER), 1);
    cr_assert_eq((int32_t)read_word(top, SE_REG_BASE1), -8);
    cr_assert_eq(read_word(top, SE_REG_STATUS), 0);
    se_top_close(top);
}

Test(top, configuration_is_kept) {
    struct se_top *top = open_top(30, 30);
    static const uint32_t scales[] = {
        SE_REG_S_WX, SE_REG_INV_S1, SE_REG_INV_S2, SE_REG_X_PROJ_INV_S, SE_REG_S1,  SE_REG_S2,
        SE_REG_S_DT, SE_REG_S_B,    SE_REG_S_C,    SE_REG_S_Z,          SE_REG_S_H, SE_REG_INV_S_H};
    enum { SCALES = sizeof scales / sizeof *scales };
    for (uint32_t i = 0; i < SCALES; i++) {
        cr_assert(se_top_write(top, scales[i], 0x3C000000 + i));
    }
    for (uint32_t i = 0; i < SCALES; i++) {
        cr_assert_eq(read_word(top, scales[i]), 0x3C000000 + i);
        expect_refused(top, scales[i], 0, ILLEGAL);
        expect_refused(top, scales[i], 0x7F800000, ILLEGAL);
        expect_refused(top, scales[i], 0x7FC00000, ILLEGAL);
        expect_refused(top, scales[i], 0xBF800000, ILLEGAL);
        cr_assert(se_top_write(top, scales[i], 1)); // the smallest subnormal
        cr_assert(se_top_write(top, scales[i], 0x7F7FFFFF));
        cr_assert_eq(read_word(top, scales[i]), 0x7F7FFFFF);
    }
    static const uint32_t thresholds[] = {SE_REG_THR_POS, SE_REG_THR_NEG};
    for (size_t i = 0; i < 2; i++) {
        expect_refused(top, thresholds[i], 0x7F800001, ILLEGAL);
        expect_refused(top, thresholds[i], 0xFFC00000, ILLEGAL);
        cr_assert(se_top_write(top, thresholds[i], 0xFF800000));
        cr_assert_eq(read_word(top, thresholds[i]), 0xFF800000);
    }
    static const uint32_t bases[] = {SE_REG_BASE1, SE_REG_BASE2};
    for (size_t i = 0; i < 2; i++) {
        expect_refused(top, bases[i], 16, ILLEGAL);
        expect_refused(top, bases[i], (uint32_t)-17, ILLEGAL);
        cr_assert(se_top_write(top, bases[i], 15));
        cr_assert(se_top_write(top, bases[i], (uint32_t)-16));
        cr_assert_eq(read_word(top, bases[i]), (uint32_t)-16);
    }
    expect_refused(top, SE_REG_D_INNER, 0, ILLEGAL);
    expect_refused(top, SE_REG_D_INNER, SE_TOP_D_INNER_MAX + 1, ILLEGAL);
    expect_refused(top, SE_REG_D_INNER, 0x10000001, ILLEGAL);
    cr_assert(se_top_write(top, SE_REG_D_INNER, SE_TOP_D_INNER_MAX));
    cr_assert_eq(read_word(top, SE_REG_D_INNER), SE_TOP_D_INNER_MAX);
    expect_refused(top, SE_REG_GATE, 2, ILLEGAL);
    cr_assert(se_top_write(top, SE_REG_GATE, 0));
    cr_assert_eq(read_word(top, SE_REG_GATE), 0);
    se_top_close(top);
}

Test(top, accesses_that_lead_nowhere) {
    struct se_top *top = open_top(0, 0);
    static const uint32_t unwritable[] = {SE_REG_ID,
                                          SE_REG_STATUS,
                                          SE_REG_CYCLES_LOW,
                                          0x68,
                                          0xFC,
                                          0x100,
                                          0x10020,
                                          SE_REG_D_INNER + 2,
                                          SE_REG_TABLE_CONV + 8 * SE_TOP_D_INNER_MAX,
                                          SE_REG_TABLE_SKIP + 4 * SE_TOP_D_INNER_MAX,
                                          SE_REG_TABLE_A + 4 * SE_TOP_D_INNER_MAX * N,
                                          0x600000,
                                          0x700000};
    for (size_t i = 0; i < sizeof unwritable / sizeof *unwritable; i++) {
        expect_refused(top, unwritable[i], 1, NO_TARGET);
    }
    static const uint32_t unreadable[] = {
        0x68,           0x100,
        0x1A,           SE_REG_TABLE_CONV,
        SE_REG_TABLE_A, SE_REG_TABLE_STATE + 4 * SE_TOP_D_INNER_MAX * N,
        0x700000};
    for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
        uint32_t word;
        cr_assert(!se_top_read(top, unreadable[i], &word), "0x%06x", unreadable[i]);
        cr_assert_eq(read_word(top, SE_REG_ERRORS), NO_TARGET);
        cr_assert(se_top_write(top, SE_REG_ERRORS, NO_TARGET));
    }
    cr_assert(!se_top_write_bytes(top, SE_REG_D_INNER, 3, 1));
    cr_assert_eq(read_word(top, SE_REG_ERRORS), PARTIAL);
    cr_assert_eq(read_word(top, SE_REG_D_INNER), 1);
    se_top_close(top);
}

Test(top, a_busy_engine_is_left_alone) {
    struct stimulus s = stimulus_open(960);
    struct se_top *top = open_top(0, 0);
    struct job *job = job_new(&s, 30);
    struct got got = {0};
    load(top, job);
    job_tokens(&s, job, 4, true);
    struct se_top_streams streams = both_streams(job, &got);
    se_top_disturb(top, &streams, 50);
    cr_assert_eq(read_word(top, SE_REG_STATUS), 3);
    expect_refused(top, SE_REG_D_INNER, 5, BUSY);
    expect_refused(top, SE_REG_S1, 0x3F000000, BUSY);
    expect_refused(top, SE_REG_TABLE_A, 0, BUSY);
    uint32_t word;
    cr_assert(!se_top_read(top, SE_REG_TABLE_STATE, &word));
    cr_assert_eq(read_word(top, SE_REG_ERRORS), BUSY);
    cr_assert(se_top_write(top, SE_REG_CONTROL, 8));
    cr_assert_eq(read_word(top, SE_REG_STATUS), 0);
    cr_assert(se_top_write(top, SE_REG_D_INNER, 5));
    free(job);
    se_top_close(top);
}
