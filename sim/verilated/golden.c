// SPDX-License-Identifier: Apache-2.0
#include "golden.h"

#include "w4a5se/fp32.h"
#include "w4a5se/gemm_code.h"

#include <stdlib.h>
#include <string.h>

void se_words_of_quantizer(const struct se_quantizer *q, uint32_t *config) {
    config[0] = se_f32_bits(q->thr_pos);
    config[1] = se_f32_bits(q->thr_neg);
    config[2] = se_f32_bits(q->inv_s1);
    config[3] = se_f32_bits(q->inv_s2);
    config[4] = (uint32_t)q->format.base1;
    config[5] = (uint32_t)q->format.base2;
}

void se_words_of_scale_mux(const struct se_quantizer *q, uint32_t *config) {
    config[0] = se_f32_bits(q->s1);
    config[1] = se_f32_bits(q->s2);
    config[2] = (uint32_t)q->format.base1;
    config[3] = (uint32_t)q->format.base2;
}

void se_words_of_scale_mux_pow2(const struct se_quantizer *q, int log2_ratio, uint32_t *config) {
    se_words_of_scale_mux(q, config);
    config[1] = (uint32_t)log2_ratio;
}

size_t se_packet_words(size_t n, int width) {
    return (se_packed_bytes(n, width) + 3) / 4;
}

typedef void golden_beat(const struct se_rtl_block *block, const uint32_t *config,
                         const uint32_t *in, uint32_t *out);

static void mul_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                     uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_mul(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]), &flags));
    out[1] = flags;
}

static void add_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                     uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    float a = se_f32_from_bits(in[0]), b = se_f32_from_bits(in[1]);
    out[0] = se_f32_bits(in[2] ? se_f32_sub(a, b, &flags) : se_f32_add(a, b, &flags));
    out[1] = flags;
}

static void fma_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                     uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_fma(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]),
                                    se_f32_from_bits(in[2]), &flags));
    out[1] = flags;
}

static void div_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                     uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_f32_div(se_f32_from_bits(in[0]), se_f32_from_bits(in[1]), &flags));
    out[1] = flags;
}

static void to_f16_beat(const struct se_rtl_block *block, const uint32_t *config,
                        const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = se_f32_to_f16(se_f32_from_bits(in[0]), &flags);
    out[1] = flags;
}

static void from_int_beat(const struct se_rtl_block *block, const uint32_t *config,
                          const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = se_f32_bits(se_i32_to_f32((int32_t)in[0], &flags));
    out[1] = flags;
}

static void to_int_beat(const struct se_rtl_block *block, const uint32_t *config,
                        const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    unsigned flags = 0;
    out[0] = (uint32_t)se_f32_to_i32(se_f32_from_bits(in[0]), &flags);
    out[1] = flags;
}

static void exp_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                     uint32_t *out) {
    (void)block, (void)config;
    out[0] = se_f32_bits(se_f32_exp(se_f32_from_bits(in[0])));
}

static void log1p_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                       uint32_t *out) {
    (void)block, (void)config;
    out[0] = se_f32_bits(se_f32_log1p(se_f32_from_bits(in[0])));
}

static void gate_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                      uint32_t *out) {
    (void)block, (void)config;
    out[0] = se_f32_bits(se_f32_gate(se_f32_from_bits(in[0]), se_f32_from_bits(in[1])));
}

static void silu_beat(const struct se_rtl_block *block, const uint32_t *config, const uint32_t *in,
                      uint32_t *out) {
    (void)block, (void)config;
    out[0] = se_f32_bits(se_f32_silu(se_f32_from_bits(in[0])));
}

static void softplus_beat(const struct se_rtl_block *block, const uint32_t *config,
                          const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    out[0] = se_f32_bits(se_f32_softplus(se_f32_from_bits(in[0])));
}

static struct se_format format_of(const struct se_rtl_block *block, const uint32_t *bases) {
    return (struct se_format){block->width, true, (int32_t)bases[0], (int32_t)bases[1]};
}

static void quantizer_beat(const struct se_rtl_block *block, const uint32_t *config,
                           const uint32_t *in, uint32_t *out) {
    const struct se_quantizer q = {.format = format_of(block, config + 4),
                                   .thr_pos = se_f32_from_bits(config[0]),
                                   .thr_neg = se_f32_from_bits(config[1]),
                                   .inv_s1 = se_f32_from_bits(config[2]),
                                   .inv_s2 = se_f32_from_bits(config[3])};
    out[0] = se_quantize(&q, se_f32_from_bits(in[0]));
}

static void scale_mux_beat(const struct se_rtl_block *block, const uint32_t *config,
                           const uint32_t *in, uint32_t *out) {
    const struct se_quantizer q = {.format = format_of(block, config + 2),
                                   .s1 = se_f32_from_bits(config[0]),
                                   .s2 = se_f32_from_bits(config[1])};
    out[0] = se_f32_bits(se_dequantize(&q, (uint16_t)in[0]));
}

static void scale_mux_pow2_beat(const struct se_rtl_block *block, const uint32_t *config,
                                const uint32_t *in, uint32_t *out) {
    float s1 = se_f32_from_bits(config[0]);
    const struct se_quantizer q = {
        .format = format_of(block, config + 2), .s1 = s1, .s2 = s1 * (float)(1 << config[1])};
    out[0] = se_f32_bits(se_dequantize(&q, (uint16_t)in[0]));
    out[1] = (uint32_t)se_dequantize_integer(&q, (int)config[1], (uint16_t)in[0]);
}

// A cell's q as a code of so many bits, two's complement in both ranges.
enum { MAC_Q_BITS = 6 };

static uint16_t mac_code(const struct se_format *format, const uint32_t *in) {
    return se_code_pack_q(format, in[1], (int32_t)in[2]);
}

static void mac_int8_beat(const struct se_rtl_block *block, const uint32_t *config,
                          const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    const struct se_format format = se_format_signed(8, false);
    const int8_t weight = (int8_t)in[0];
    const uint16_t code = se_code_pack_q(&format, false, (int32_t)in[1]);
    out[0] = in[2] + (uint32_t)se_code_dot_wide(&format, 0, 1, &weight, &code);
}

static void mac_wide_beat(const struct se_rtl_block *block, const uint32_t *config,
                          const uint32_t *in, uint32_t *out) {
    (void)config;
    const struct se_format format = se_format_signed(MAC_Q_BITS, true);
    const int log2_ratio = strcmp(block->name, "mac_code_wide_7") ? 2 : 7;
    const int8_t weight = (int8_t)in[0];
    const uint16_t code = mac_code(&format, in);
    out[0] = in[3] + (uint32_t)se_code_dot_wide(&format, log2_ratio, 1, &weight, &code);
}

static void mac_split_beat(const struct se_rtl_block *block, const uint32_t *config,
                           const uint32_t *in, uint32_t *out) {
    (void)block, (void)config;
    const struct se_format format = se_format_signed(MAC_Q_BITS, true);
    const int8_t weight = (int8_t)in[0];
    const uint16_t code = mac_code(&format, in);
    const struct se_code_sums sums = se_code_dot_split(&format, 1, &weight, &code);
    out[0] = in[3] + (uint32_t)sums.sum1;
    out[1] = in[4] + (uint32_t)sums.sum2;
}

// Codes of the packet that begins at in[0], its last one included.
static size_t packet_length(size_t n_in, const uint32_t *in) {
    size_t n = 0;
    while (n < n_in && !in[2 * n + 1]) {
        n++;
    }
    return n < n_in ? n + 1 : n;
}

// 32 codes fill a whole number of words, so packets are taken in pieces of so many.
enum { PIECE = 32, PIECE_BYTES = PIECE * 9 / 8 };

static size_t pack_packet(int width, size_t n, const uint32_t *in, uint32_t *out) {
    size_t words = se_packet_words(n, width), bytes = se_packed_bytes(n, width), word = 0;
    for (size_t at = 0; at < n; at += PIECE) {
        size_t piece = n - at < PIECE ? n - at : PIECE;
        uint16_t codes[PIECE];
        uint8_t packed[PIECE_BYTES] = {0};
        for (size_t i = 0; i < piece; i++) {
            codes[i] = (uint16_t)in[2 * (at + i)];
        }
        se_pack(width, piece, codes, packed);
        for (const uint8_t *p = packed; p < packed + se_packed_bytes(piece, width);
             p += 4, word++) {
            out[3 * word] =
                p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
            out[3 * word + 1] = (uint32_t)(word + 1 < words ? 4 : bytes - 4 * word);
            out[3 * word + 2] = word + 1 == words;
        }
    }
    return words;
}

static void pack_stream(int width, size_t n_in, const uint32_t *in, uint32_t *out) {
    for (size_t at = 0; at < n_in;) {
        size_t n = packet_length(n_in - at, in + 2 * at);
        out += 3 * pack_packet(width, n, in + 2 * at, out);
        at += n;
    }
}

static void unpack_packet(int width, size_t n, const uint32_t *in, uint32_t *out) {
    for (size_t at = 0; at < n; at += PIECE, in += width) {
        size_t piece = n - at < PIECE ? n - at : PIECE;
        uint16_t codes[PIECE];
        uint8_t packed[PIECE_BYTES];
        for (size_t i = 0; i < se_packed_bytes(piece, width); i++) {
            packed[i] = (uint8_t)(in[i / 4] >> (8 * (i % 4)));
        }
        se_unpack(width, piece, packed, codes);
        for (size_t i = 0; i < piece; i++) {
            out[2 * (at + i)] = codes[i];
            out[2 * (at + i) + 1] = at + i + 1 == n;
        }
    }
}

static const struct {
    const char *name;
    golden_beat *beat; // for blocks with one beat out for each beat in
} golden_beats[] = {
    {"fp32_mul", mul_beat},
    {"fp32_mul_booth", mul_beat},
    {"fp32_add", add_beat},
    {"fp32_fma", fma_beat},
    {"fp32_fma_booth", fma_beat},
    {"fp32_div", div_beat},
    {"fp32_div_pipelined", div_beat},
    {"fp32_to_fp16", to_f16_beat},
    {"fp32_from_int", from_int_beat},
    {"fp32_to_int", to_int_beat},
    {"fp32_exp", exp_beat},
    {"fp32_log1p", log1p_beat},
    {"fp32_gate", gate_beat},
    {"fp32_silu", silu_beat},
    {"fp32_softplus", softplus_beat},
    {"quantizer", quantizer_beat},
    {"scale_mux", scale_mux_beat},
    {"scale_mux_pow2", scale_mux_pow2_beat},
    {"mac_int8", mac_int8_beat},
    {"mac_code_wide", mac_wide_beat},
    {"mac_code_wide_7", mac_wide_beat},
    {"mac_code_split", mac_split_beat},
};

static golden_beat *find_beat(const char *name) {
    for (size_t i = 0; i < sizeof golden_beats / sizeof *golden_beats; i++) {
        if (!strcmp(golden_beats[i].name, name)) {
            return golden_beats[i].beat;
        }
    }
    return NULL;
}

static bool packs(const struct se_rtl_block *block) {
    return !strcmp(block->name, "code_pack");
}

size_t se_golden_count(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                       const uint32_t *in) {
    if (find_beat(block->name)) {
        return n_in;
    }
    if (!packs(block)) {
        return n_in / se_packet_words(config[0], block->width) * config[0];
    }
    size_t words = 0;
    for (size_t at = 0; at < n_in;) {
        size_t n = packet_length(n_in - at, in + 2 * at);
        words += se_packet_words(n, block->width);
        at += n;
    }
    return words;
}

void se_golden_stream(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                      const uint32_t *in, uint32_t *out) {
    golden_beat *beat = find_beat(block->name);
    int in_words = se_rtl_words(block->in), out_words = se_rtl_words(block->out);
    if (beat) {
        for (size_t i = 0; i < n_in; i++) {
            beat(block, config, in + i * (size_t)in_words, out + i * (size_t)out_words);
        }
    } else if (packs(block)) {
        pack_stream(block->width, n_in, in, out);
    } else {
        size_t n = config[0], words = se_packet_words(n, block->width);
        for (size_t at = 0; at + words <= n_in; at += words, out += 2 * n) {
            unpack_packet(block->width, n, in + at, out);
        }
    }
}

void se_find_divergence(int words, size_t n, const uint32_t *expected, const uint32_t *got,
                        const uint64_t *cycles, struct se_divergence *divergence) {
    for (size_t i = 0; i < n * (size_t)words; i++) {
        if (expected[i] != got[i]) {
            size_t beat = i / (size_t)words;
            *divergence = (struct se_divergence){.found = true,
                                                 .beat = beat,
                                                 .word = (int)(i % (size_t)words),
                                                 .cycle = cycles[beat],
                                                 .expected = expected[i],
                                                 .got = got[i]};
            return;
        }
    }
}

enum se_status se_run_block(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                            const uint32_t *in, const struct se_rtl_options *options, size_t n_out,
                            uint32_t *out, uint64_t *cycles, struct se_error *err) {
    struct se_rtl *rtl;
    enum se_status status = se_rtl_open(&rtl, block->name, block->width, options, err);
    if (status == SE_OK) {
        se_rtl_configure(rtl, config);
        status = se_rtl_stream(rtl, n_in, in, n_out, out, cycles, err);
        se_rtl_close(rtl);
    }
    return status;
}

enum se_status se_cosim(const struct se_rtl_block *block, const uint32_t *config, size_t n_in,
                        const uint32_t *in, const struct se_rtl_options *options, uint32_t *out,
                        struct se_divergence *divergence, struct se_error *err) {
    int words = se_rtl_words(block->out);
    size_t n_out = se_golden_count(block, config, n_in, in);
    size_t bytes = n_out * (size_t)words * sizeof(uint32_t);
    uint32_t *golden = malloc(bytes + 1), *got = malloc(bytes + 1);
    uint64_t *cycles = malloc(n_out * sizeof *cycles + 1);
    enum se_status status = SE_NO_MEMORY;
    *divergence = (struct se_divergence){0};
    if (!golden || !got || !cycles) {
        se_fail(err, status, "no memory to compare %zu beats", n_out);
    } else {
        se_golden_stream(block, config, n_in, in, golden);
        status = se_run_block(block, config, n_in, in, options, n_out, got, cycles, err);
    }
    if (status == SE_OK) {
        se_find_divergence(words, n_out, golden, got, cycles, divergence);
        if (out) {
            memcpy(out, got, bytes);
        }
    }
    free(golden);
    free(got);
    free(cycles);
    return status;
}
