// SPDX-License-Identifier: Apache-2.0
#include "grid.h"

#include "../reference/corners.h"
#include "../reference/scale_table.h"
#include "conv_engine.h"
#include "lookup.h"
#include "scan_engine.h"
#include "top.h"
#include "w4a5se/cycles.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// The rows' one table, and its quantisers in an engine.
static struct random_table table;
static struct se_quantizer quantizers[RANDOM_TABLE_SCALES];

static const struct se_rtl_options no_pauses = {.seed = 1};

static const struct se_scale_shape *shape_of(const struct cycles_row *row) {
    switch (row->block) {
    case CYCLES_CONV_LOOKUP:
        return &se_conv_engine_lookup_at(row->index)->lookup->shape;
    case CYCLES_SCAN_LOOKUP:
        return &se_scan_engine_lookup_at(row->index)->lookup->shape;
    default:
        return &se_lookup_at(row->index)->shape;
    }
}

static enum se_lookup_form form_of(const struct cycles_row *row) {
    switch (row->block) {
    case CYCLES_CONV_LOOKUP:
        return se_conv_engine_lookup_at(row->index)->lookup->form;
    case CYCLES_SCAN_LOOKUP:
        return se_scan_engine_lookup_at(row->index)->lookup->form;
    default:
        return se_lookup_at(row->index)->form;
    }
}

// The row's table in a lookup's scale format; returns what its seed draws next.
static uint64_t draw_table(const struct cycles_row *row, enum se_scale_format format) {
    uint64_t seed = row->table;
    random_table(&table, shape_of(row), format, &seed);
    return ref_random(&seed);
}

// One request's channel: any, but a cursor begins with the first.
static uint32_t requested(const struct cycles_row *row, uint64_t drawn) {
    return form_of(row) == SE_LOOKUP_CURSOR ? 0
                                            : (uint32_t)(drawn % se_scale_channels(shape_of(row)));
}

static enum se_status draw_quantizers(size_t n, const float *scales, int code_bits,
                                      struct se_error *err) {
    enum se_status status = SE_OK;
    for (size_t i = 0; i < n && !status; i++) {
        status = se_quantizer_init(&quantizers[i], se_format_signed(code_bits, false), scales[i], 1,
                                   INFINITY, INFINITY, err);
    }
    return status;
}

static void *zeroed(size_t n, size_t size) {
    void *memory = calloc(n, size);
    if (!memory) {
        abort();
    }
    return memory;
}

// ---- conv_engine --------------------------------------------------------------------------------

// Cycles depend on the shape alone, and on a table: parameters and inputs are zeros.
static enum se_status run_conv(struct se_conv_engine *engine, struct cycles_row *row,
                               struct se_error *err) {
    const struct se_conv conv = {.d_inner = row->d_inner,
                                 .w = zeroed(row->d_inner, SE_CONV_WIDTH),
                                 .s_wx = 1,
                                 .b = zeroed(row->d_inner, sizeof(float))};
    int8_t *x = zeroed(row->d_inner * row->tokens, 1);
    enum se_status status = se_conv_engine_load(engine, &conv, &quantizers[0], 1, err);
    if (!status && row->table) {
        status = se_conv_engine_load_table(engine, &table.table, quantizers, err);
    }
    if (!status) {
        status = se_conv_engine_run(engine, row->tokens, true, x, NULL, NULL, NULL, err);
        row->simulated = se_conv_engine_run_cycles(engine);
    }
    free((void *)conv.w);
    free((void *)conv.b);
    free(x);
    return status;
}

static enum se_status simulate_conv(struct cycles_row *row, struct se_error *err) {
    const int code_bits = (int)row->index;
    const float one = 1;
    struct se_conv_engine *engine;
    enum se_status status = draw_quantizers(1, &one, code_bits, err);
    if (!status) {
        status = se_conv_engine_open(&engine, code_bits, &no_pauses, err);
    }
    if (!status) {
        status = run_conv(engine, row, err);
        se_conv_engine_close(engine);
    }
    return status;
}

static enum se_status simulate_conv_lookup(struct cycles_row *row, struct se_error *err) {
    const struct se_conv_engine_build *build = se_conv_engine_lookup_at(row->index);
    struct se_conv_engine *engine;
    draw_table(row, SE_SCALE_FP32);
    enum se_status status =
        draw_quantizers(se_scale_count(shape_of(row)), table.scales, build->code_bits, err);
    if (!status) {
        status = se_conv_engine_open_lookup(&engine, build, &no_pauses, err);
    }
    if (!status) {
        status = run_conv(engine, row, err);
        se_conv_engine_close(engine);
    }
    return status;
}

// ---- scan_engine --------------------------------------------------------------------------------

static enum se_status stream_scan(struct se_scan_engine *engine, struct cycles_row *row,
                                  struct se_error *err) {
    size_t channels = row->d_inner * row->tokens, states = row->d_state * row->tokens;
    int8_t *zeros = zeroed(channels + states, 1);
    uint16_t *codes = zeroed(2 * channels, sizeof *codes);
    const struct se_scan_beats beats = {.tokens = row->tokens,
                                        .first = true,
                                        .codes = codes,
                                        .dt = zeros,
                                        .b = zeros,
                                        .c = zeros,
                                        .z = zeros,
                                        .y = codes + channels};
    se_scan_engine_clear(engine);
    enum se_status status = se_scan_engine_run(engine, &beats, err);
    row->simulated = se_scan_engine_counters(engine).cycles;
    if (!status && row->simulated != se_scan_engine_run_cycles(engine)) {
        status = se_fail(err, SE_INVALID, "%s counted %" PRIu64 " cycles, its driver saw %" PRIu64,
                         row->instance, row->simulated, se_scan_engine_run_cycles(engine));
    }
    free(zeros);
    free(codes);
    return status;
}

static enum se_status run_scan(const struct se_scan_engine_build *build, struct cycles_row *row,
                               struct se_error *err) {
    float *zeros = zeroed(row->d_inner * row->d_state, sizeof *zeros);
    const struct se_scan scan = {.d_inner = row->d_inner,
                                 .d_state = row->d_state,
                                 .A = zeros,
                                 .D = zeros,
                                 .dt_bias = zeros,
                                 .s_dt = 1,
                                 .s_b = 1,
                                 .s_c = 1,
                                 .s_z = 1,
                                 .gate = true,
                                 .state_mode =
                                     build->state_int8 ? SE_STATE_INT8_STEP : SE_STATE_FP32,
                                 .s_h = 1};
    struct se_scan_engine *engine;
    enum se_status status = se_scan_engine_open(&engine, build, &no_pauses, err);
    if (!status) {
        status = se_scan_engine_load(engine, &scan, &quantizers[0], err);
        if (!status && row->table) {
            status = se_scan_engine_load_table(engine, &table.table, quantizers, err);
        }
        status = status ? status : stream_scan(engine, row, err);
        se_scan_engine_close(engine);
    }
    free(zeros);
    return status;
}

static enum se_status simulate_scan(struct cycles_row *row, struct se_error *err) {
    const struct se_scan_engine_build *build = se_scan_engine_build_at(row->index);
    const float one = 1;
    enum se_status status = draw_quantizers(1, &one, build->code_bits, err);
    return status ? status : run_scan(build, row, err);
}

static enum se_status simulate_scan_lookup(struct cycles_row *row, struct se_error *err) {
    const struct se_scan_engine_build *build = se_scan_engine_lookup_at(row->index);
    draw_table(row, SE_SCALE_FP32);
    enum se_status status =
        draw_quantizers(se_scale_count(shape_of(row)), table.scales, build->code_bits, err);
    return status ? status : run_scan(build, row, err);
}

// ---- scale lookups ------------------------------------------------------------------------------

enum { REQUESTS_MAX = 2 * RANDOM_TABLE_CHANNELS };
enum { WORDS_MAX = RANDOM_TABLE_CHANNELS + RANDOM_TABLE_SCALES };

static enum se_status ask(struct se_lookup *lookup, struct cycles_row *row, uint32_t first,
                          struct se_error *err) {
    static uint32_t words[WORDS_MAX], channels[REQUESTS_MAX], index[REQUESTS_MAX];
    static uint64_t offered[REQUESTS_MAX], answered[REQUESTS_MAX];
    static float scales[REQUESTS_MAX];
    const struct se_lookup_type *type = se_lookup_at(row->index);
    size_t n = row->d_inner * row->tokens;
    const struct se_lookup_job load = {
        .n_words = se_lookup_words(&type->shape, type->form), .words = words, .swap = true};
    const struct se_lookup_job job = {.n = n,
                                      .channels = channels,
                                      .index = index,
                                      .scales = scales,
                                      .offered = offered,
                                      .answered = answered};
    for (size_t i = 0; i < n; i++) {
        channels[i] = (uint32_t)((first + i) % se_scale_channels(&type->shape));
    }
    enum se_status status = se_lookup_convert(&table.table, type->form, type->format, words, err);
    if (!status) {
        status = se_lookup_run(lookup, &load, err);
    }
    if (!status) {
        status = se_lookup_run(lookup, &job, err);
        row->simulated = answered[n - 1] - offered[0] + 1;
    }
    return status;
}

static enum se_status simulate_lookup(struct cycles_row *row, struct se_error *err) {
    const struct se_lookup_type *type = se_lookup_at(row->index);
    struct se_lookup *lookup;
    uint64_t drawn = draw_table(row, type->format);
    enum se_status status = se_lookup_open(&lookup, type, &no_pauses, err);
    if (!status) {
        status = ask(lookup, row, row->block == CYCLES_WALK ? 0 : requested(row, drawn), err);
        se_lookup_close(lookup);
    }
    return status;
}

// ---- w4a5se_top ---------------------------------------------------------------------------------

static struct se_top_streams top_streams(const struct cycles_row *row, uint32_t *in,
                                         uint32_t *out) {
    size_t channels = row->d_inner * row->tokens;
    size_t words = row->tokens * ((row->d_inner * (SE_TOP_CODE_BITS + 1) + 31) / 32);
    struct se_top_streams s = {0};
    for (int i = 0; i < SE_TOP_INS; i++) {
        s.in[i].data = in;
    }
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        s.out[i].data = out;
    }
    if (row->block == CYCLES_TOP_CONV) {
        s.in[SE_TOP_X].n = s.out[SE_TOP_X_PROJ].n = channels;
        s.out[SE_TOP_CODE].n = words;
    } else {
        s.in[SE_TOP_CODE_IN].n = words;
        s.in[SE_TOP_DTZ].n = s.out[SE_TOP_Y].n = channels;
        s.in[SE_TOP_BC].n = row->tokens * SE_TOP_D_STATE;
    }
    return s;
}

static enum se_status run_top(struct se_top *top, struct cycles_row *row, struct se_error *err) {
    size_t most = row->tokens * (row->d_inner + SE_TOP_D_STATE);
    uint32_t *in = zeroed(most, sizeof *in), *out = zeroed(most, sizeof *out);
    bool conv = row->block == CYCLES_TOP_CONV;
    const struct se_top_streams streams = top_streams(row, in, out);
    enum se_status status = se_top_run(top, &streams, err);
    row->simulated = conv ? se_top_run_cycles(top, SE_TOP_X, SE_TOP_CODE)
                          : se_top_run_cycles(top, SE_TOP_CODE_IN, SE_TOP_Y);
    free(in);
    free(out);
    return status;
}

static enum se_status simulate_top(struct cycles_row *row, struct se_error *err) {
    struct se_top *top;
    enum se_status status = se_top_open(&top, &no_pauses, err);
    if (status) {
        return status;
    }
    if (se_top_write(top, SE_REG_D_INNER, (uint32_t)row->d_inner)) {
        status = run_top(top, row, err);
    } else {
        status = se_fail(err, SE_INVALID, "%s refuses d_inner %zu", row->instance, row->d_inner);
    }
    se_top_close(top);
    return status;
}

enum se_status cycles_simulate(struct cycles_row *row, struct se_error *err) {
    static enum se_status (*const simulate[])(struct cycles_row *, struct se_error *) = {
        simulate_conv,   simulate_conv_lookup, simulate_scan, simulate_scan_lookup,
        simulate_lookup, simulate_lookup,      simulate_top,  simulate_top};
    return simulate[row->block](row, err);
}

// ---- the formulas -------------------------------------------------------------------------------

static uint64_t lookup_cycles(const struct cycles_row *row) {
    enum se_lookup_form form = form_of(row);
    uint64_t drawn = draw_table(row, se_lookup_at(row->index)->format), waits = 0;
    if (form == SE_LOOKUP_SEQUENTIAL) {
        waits = row->block == CYCLES_WALK
                    ? row->tokens * se_lookup_waits(&table.table).total
                    : se_lookup_channel_waits(&table.table, requested(row, drawn));
    }
    return se_lookup_cycles(form, row->d_inner * row->tokens, waits);
}

enum se_status cycles_count(struct cycles_row *row, struct se_error *err) {
    const struct se_lookup_pace none = {0, 0};
    switch (row->block) {
    case CYCLES_CONV:
        row->formula = se_conv_cycles(row->d_inner, row->tokens, 0);
        return SE_OK;
    case CYCLES_CONV_LOOKUP:
        draw_table(row, SE_SCALE_FP32);
        row->formula = se_conv_table_cycles(row->tokens, form_of(row), &table.table);
        return SE_OK;
    case CYCLES_SCAN:
        return se_scan_cycles(row->lanes, row->d_state, row->d_inner, row->tokens, none,
                              &row->formula, err);
    case CYCLES_SCAN_LOOKUP:
        draw_table(row, SE_SCALE_FP32);
        return se_scan_table_cycles(row->lanes, row->d_state, row->tokens, form_of(row),
                                    &table.table, &row->formula, err);
    case CYCLES_TOP_CONV:
        row->formula = se_top_conv_cycles(row->d_inner, row->tokens, SE_TOP_CODE_BITS + 1);
        return SE_OK;
    case CYCLES_TOP_SCAN:
        return se_top_scan_cycles(row->lanes, row->d_state, row->d_inner, row->tokens,
                                  &row->formula, err);
    default:
        row->formula = lookup_cycles(row);
        return SE_OK;
    }
}
