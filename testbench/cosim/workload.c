// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include "../fp/operands.h"

#include "w4a5se/fp32.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

// One result a beat: the model of it, and random operands. Both are NULL for the packing blocks.
struct model {
    const char *name;
    unsigned latency;
    bool is_unit;
    void (*result)(const struct setup *setup, const uint32_t *in, uint32_t *out);
    void (*operands)(const struct setup *setup, struct stimulus *s, uint32_t *in);
};

static void mul(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_mul(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]), &flags));
    out[1] = flags;
}

static void add(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    float a = se_f32_from_bits(in[0]), b = se_f32_from_bits(in[1]);
    out[0] = se_f32_bits(in[2] ? se_f32_sub(a, b, &flags) : se_f32_add(a, b, &flags));
    out[1] = flags;
}

static void multiply_add(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_fma(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]),
                                    se_f32_from_bits(in[2]), &flags));
    out[1] = flags;
}

static void divide(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_div(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]), &flags));
    out[1] = flags;
}

static void to_f16(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = se_f32_to_f16(se_f32_from_bits(in[0]), &flags);
    out[1] = flags;
}

static void from_int(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_i32_to_f32((int32_t)in[0], &flags));
    out[1] = flags;
}

static void to_int(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    unsigned flags = 0;
    out[0] = (uint32_t)se_f32_to_i32(se_f32_from_bits(in[0]), &flags);
    out[1] = flags;
}

static void exponential(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = se_f32_bits(se_f32_exp(se_f32_from_bits(in[0])));
}

static void logarithm(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = se_f32_bits(se_f32_log1p(se_f32_from_bits(in[0])));
}

static void gate(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    float power = se_f32_exp(-se_f32_from_bits(in[1]));
    out[0] = se_f32_bits(se_f32_div(se_f32_from_bits(in[0]), se_f32_add(1, power, NULL), NULL));
}

static void silu(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = se_f32_bits(se_f32_silu(se_f32_from_bits(in[0])));
}

static void softplus(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = se_f32_bits(se_f32_softplus(se_f32_from_bits(in[0])));
}

static void quantize(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    out[0] = se_quantize(&setup->quantizer, se_f32_from_bits(in[0]));
}

static void dequantize(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    out[0] = se_f32_bits(se_dequantize(&setup->quantizer, (uint16_t)in[0]));
}

static void dequantize_pow2(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    dequantize(setup, in, out);
    out[1] = (uint32_t)se_dequantize_integer(&setup->quantizer, setup->log2_ratio, (uint16_t)in[0]);
}

static void factors(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    stimulus_factors(s, &in[0], &in[1]);
}

static void addends(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    fp_draw_add(&s->state, in);
    in[2] = stimulus_below(s, 2);
}

static void factors_and_addend(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    fp_draw_fma(&s->state, in);
}

static void dividend_and_divisor(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    fp_draw_div(&s->state, in);
}

static void wide_float(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    fp_draw_to_f16(&s->state, in);
}

static void any_int(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    in[0] = (uint32_t)((int32_t)stimulus_draw(s) >> stimulus_below(s, 32));
}

static void any_float(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    in[0] = stimulus_float(s);
}

// Half any pattern, half from where the functions bend to where they end, [-112, 112].
static uint32_t bending(struct stimulus *s) {
    uint32_t tail = stimulus_below(s, 1u << 24) >> stimulus_below(s, 12);
    float x = (float)tail * (112.0F / (1 << 24));
    return stimulus_below(s, 2) ? stimulus_float(s) : se_f32_bits(x) | stimulus_below(s, 2) << 31;
}

static void bend(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    in[0] = bending(s);
}

static void numerator_and_bend(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    (void)setup;
    in[0] = stimulus_float(s);
    in[1] = bending(s);
}

// Mostly values about the ranges of the quantiser.
static void activation(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    const struct se_quantizer *q = &setup->quantizer;
    int levels = se_format_levels(&q->format);
    float scale = stimulus_below(s, 2) ? q->s1 : q->s2;
    int steps = stimulus_between(s, -levels * 256, levels * 512);
    in[0] = stimulus_below(s, 4) ? se_f32_bits((float)steps / 128 * scale / 2) : stimulus_float(s);
}

static void any_code(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    in[0] = stimulus_below(s, 2u << setup->block->width);
}

// Products as numbers, the sum wrapped.
static uint32_t accumulated(uint32_t acc, uint32_t weight, int64_t value) {
    return (uint32_t)((int64_t)acc + (int32_t)weight * value);
}

static void mac_int8(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = accumulated(in[2], in[0], (int32_t)in[1]);
}

static void mac_wide(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    int64_t ratio = strcmp(setup->block->name, "mac_code_wide") ? 128 : 4;
    out[0] = accumulated(in[3], in[0], (int32_t)in[2] * (in[1] ? ratio : 1));
}

static void mac_split(const struct setup *setup, const uint32_t *in, uint32_t *out) {
    (void)setup;
    out[0] = in[1] ? in[3] : accumulated(in[3], in[0], (int32_t)in[2]);
    out[1] = in[1] ? accumulated(in[4], in[0], (int32_t)in[2]) : in[4];
}

static void any_ports(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    for (const struct se_port *port = setup->block->in; port->name; port++) {
        int32_t word = (int32_t)stimulus_draw(s) >> (32 - port->bits);
        *in++ = port->kind == SE_PORT_SIGNED ? (uint32_t)word : (uint32_t)word & 1;
    }
}

static const struct model models[] = {
    {"fp32_mul", 2, true, mul, factors},
    {"fp32_mul_booth", 2, true, mul, factors},
    {"fp32_add", 2, true, add, addends},
    {"fp32_fma", 2, true, multiply_add, factors_and_addend},
    {"fp32_fma_booth", 2, true, multiply_add, factors_and_addend},
    {"fp32_div", 0, false, divide, dividend_and_divisor},
    {"fp32_div_pipelined", 11, false, divide, dividend_and_divisor},
    {"fp32_from_int", 1, true, from_int, any_int},
    {"fp32_to_int", 1, true, to_int, any_float},
    {"fp32_to_fp16", 1, true, to_f16, wide_float},
    {"fp32_exp", 6, true, exponential, any_float},
    {"fp32_log1p", 6, true, logarithm, any_float},
    {"fp32_gate", 19, true, gate, numerator_and_bend},
    {"fp32_silu", 19, true, silu, bend},
    {"fp32_softplus", 14, true, softplus, bend},
    {"quantizer", 4, false, quantize, activation},
    {"scale_mux", 3, false, dequantize, any_code},
    {"scale_mux_pow2", 3, false, dequantize_pow2, any_code},
    {"mac_int8", 1, true, mac_int8, any_ports},
    {"mac_code_wide", 1, true, mac_wide, any_ports},
    {"mac_code_wide_7", 1, true, mac_wide, any_ports},
    {"mac_code_split", 1, true, mac_split, any_ports},
    {"code_pack", 0, false, NULL, NULL},
    {"code_unpack", 0, false, NULL, NULL},
};

static const struct model *find_model(const struct se_rtl_block *block) {
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        if (!strcmp(models[i].name, block->name)) {
            return &models[i];
        }
    }
    return NULL;
}

bool workload_knows(const struct se_rtl_block *block) {
    return find_model(block) != NULL;
}

unsigned workload_latency(const struct se_rtl_block *block) {
    return find_model(block)->latency;
}

bool workload_has_handshake(const struct se_rtl_block *block) {
    return !find_model(block)->is_unit;
}

struct setup workload_setup_quantizer(const struct se_rtl_block *block, struct se_quantizer q) {
    struct setup setup = {.block = block, .quantizer = q};
    uint32_t bases[] = {(uint32_t)q.format.base1, (uint32_t)q.format.base2};
    if (!strcmp(block->name, "quantizer")) {
        uint32_t words[] = {se_f32_bits(q.thr_pos),
                            se_f32_bits(q.thr_neg),
                            se_f32_bits(q.inv_s1),
                            se_f32_bits(q.inv_s2),
                            bases[0],
                            bases[1]};
        memcpy(setup.config, words, sizeof words);
    } else {
        uint32_t words[] = {se_f32_bits(q.s1), se_f32_bits(q.s2), bases[0], bases[1]};
        memcpy(setup.config, words, sizeof words);
    }
    return setup;
}

struct setup workload_setup_pow2(const struct se_rtl_block *block, struct se_quantizer q,
                                 int log2_ratio) {
    return (struct setup){.block = block,
                          .quantizer = q,
                          .log2_ratio = log2_ratio,
                          .config = {se_f32_bits(q.s1), (uint32_t)log2_ratio,
                                     (uint32_t)q.format.base1, (uint32_t)q.format.base2}};
}

struct setup workload_setup_packet(const struct se_rtl_block *block, size_t packet) {
    return (struct setup){.block = block, .packet = packet, .config = {(uint32_t)packet}};
}

struct setup workload_setup(const struct se_rtl_block *block, struct stimulus *s) {
    if (!strcmp(block->name, "scale_mux_pow2")) {
        int log2_ratio = stimulus_between(s, 0, SE_RATIO_LOG2_MAX);
        return workload_setup_pow2(block, stimulus_quantizer_pow2(s, block->width, log2_ratio),
                                   log2_ratio);
    }
    if (!strcmp(block->name, "code_unpack")) {
        return workload_setup_packet(block, 1 + stimulus_below(s, 64));
    }
    if (se_rtl_words(block->config) == 0) {
        return (struct setup){.block = block};
    }
    return workload_setup_quantizer(block, stimulus_quantizer(s, block->width));
}

void workload_fill(const struct setup *setup, struct beats *beats) {
    const struct model *model = find_model(setup->block);
    size_t words_in = (size_t)se_rtl_words(setup->block->in);
    size_t words_out = (size_t)se_rtl_words(setup->block->out);
    cr_assert(model && model->result && beats->n_in == beats->n_out);
    for (size_t i = 0; i < beats->n_in; i++) {
        model->result(setup, beats->in + i * words_in, beats->expected + i * words_out);
    }
}

static size_t words_of_packet(int width, size_t n) {
    return (n * (size_t)width + 31) / 32;
}

// Little-endian bytes to words, the last one padded with zeros.
static void words_of_bytes(size_t n_bytes, const uint8_t *bytes, uint32_t *words) {
    for (size_t i = 0; i < n_bytes; i++) {
        words[i / 4] = (i % 4 ? words[i / 4] : 0) | (uint32_t)bytes[i] << (8 * (i % 4));
    }
}

struct packet {
    size_t n_codes, n_words, n_bytes;
    uint16_t *codes; // [n_codes]
    uint8_t *bytes;  // [n_bytes]
    uint32_t *words; // [n_words]
};

static struct packet random_packet(int width, size_t n, struct stimulus *s) {
    size_t n_bytes = se_packed_bytes(n, width), n_words = words_of_packet(width, n);
    struct packet p = {n,
                       n_words,
                       n_bytes,
                       calloc(n, sizeof(uint16_t)),
                       calloc(n_bytes, 1),
                       calloc(n_words, sizeof(uint32_t))};
    cr_assert(p.codes && p.bytes && p.words);
    for (size_t i = 0; i < n; i++) {
        p.codes[i] = (uint16_t)stimulus_below(s, 1u << width);
    }
    se_pack(width, n, p.codes, p.bytes);
    words_of_bytes(n_bytes, p.bytes, p.words);
    return p;
}

static void packet_free(struct packet *p) {
    free(p->codes);
    free(p->bytes);
    free(p->words);
}

struct beats workload_pack(int width, size_t n_packets, const size_t *lengths, struct stimulus *s) {
    size_t n_codes = 0, n_words = 0;
    for (size_t p = 0; p < n_packets; p++) {
        n_codes += lengths[p];
        n_words += words_of_packet(width, lengths[p]);
    }
    struct beats beats = beats_new(se_rtl_find("code_pack", width), n_codes, n_words);
    beats.source = calloc(n_words + 1, sizeof *beats.source);
    uint32_t *in = beats.in, *expected = beats.expected;
    for (size_t p = 0, begin = 0, word = 0; p < n_packets; begin += lengths[p++]) {
        struct packet packet = random_packet(width, lengths[p], s);
        for (size_t i = 0; i < packet.n_codes; i++) {
            *in++ = packet.codes[i];
            *in++ = i + 1 == packet.n_codes;
        }
        for (size_t i = 0; i < packet.n_words; i++) {
            bool last = i + 1 == packet.n_words;
            beats.source[word++] = begin + 32 * i / (size_t)width;
            *expected++ = packet.words[i];
            *expected++ = (uint32_t)(last ? packet.n_bytes - 4 * i : 4);
            *expected++ = last;
        }
        packet_free(&packet);
    }
    return beats;
}

// The codes of a packet, as the model reads them from the padded words.
static void unpacked(int width, const struct packet *p, uint32_t *expected, size_t *source,
                     size_t first_word) {
    uint16_t *codes = calloc(p->n_codes, sizeof *codes);
    cr_assert(codes);
    se_unpack(width, p->n_codes, p->bytes, codes);
    for (size_t i = 0; i < p->n_codes; i++) {
        expected[2 * i] = codes[i];
        expected[2 * i + 1] = i + 1 == p->n_codes;
        source[i] = first_word + i * (size_t)width / 32;
    }
    free(codes);
}

struct beats workload_unpack(const struct setup *setup, size_t n_packets, struct stimulus *s) {
    int width = setup->block->width;
    size_t n = setup->packet, n_words = words_of_packet(width, n);
    size_t used_bits = (n * (size_t)width - 1) % 32 + 1; // of the last word
    struct beats beats = beats_new(setup->block, n_packets * n_words, n_packets * n);
    beats.source = calloc(n_packets * n + 1, sizeof *beats.source);
    for (size_t p = 0; p < n_packets; p++) {
        struct packet packet = random_packet(width, n, s);
        unpacked(width, &packet, beats.expected + 2 * p * n, beats.source + p * n, p * n_words);
        if (used_bits < 32) {
            packet.words[n_words - 1] |= (uint32_t)stimulus_draw(s) << used_bits;
        }
        memcpy(beats.in + p * n_words, packet.words, n_words * sizeof *beats.in);
        packet_free(&packet);
    }
    return beats;
}

void workload_operands(const struct setup *setup, struct stimulus *s, uint32_t *in) {
    find_model(setup->block)->operands(setup, s, in);
}

struct beats workload_beats(const struct setup *setup, size_t n, struct stimulus *s) {
    const struct model *model = find_model(setup->block);
    cr_assert(model, "the model does not know %s", setup->block->name);
    if (!strcmp(model->name, "code_unpack")) {
        return workload_unpack(setup, n / words_of_packet(setup->block->width, setup->packet) + 1,
                               s);
    }
    if (!strcmp(model->name, "code_pack")) {
        size_t lengths[256], n_packets = 0;
        for (size_t codes = 0; codes < n && n_packets < 256; codes += lengths[n_packets++]) {
            lengths[n_packets] = 1 + stimulus_below(s, stimulus_below(s, 2) ? 64 : 8);
        }
        return workload_pack(setup->block->width, n_packets, lengths, s);
    }
    struct beats beats = beats_new(setup->block, n, n);
    size_t words_in = (size_t)se_rtl_words(setup->block->in);
    for (size_t i = 0; i < n; i++) {
        model->operands(setup, s, beats.in + i * words_in);
    }
    workload_fill(setup, &beats);
    return beats;
}
