// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/input.h"

#include "w4a5se/fp32.h"

#include <math.h>

const char *const se_input_mode_names[] = {"int8",
                                           "int8-piecewise",
                                           "fp32",
                                           "fp32-sim-int8",
                                           "int8-se",
                                           "int8-se-uniform",
                                           "int4",
                                           "int5",
                                           "int5-offset",
                                           "int6-offset",
                                           "w4a5-se",
                                           "w4a5-se-offset",
                                           "w4a5-se-piecewise",
                                           NULL};

static const struct {
    int code_bits; // 0: no quantiser
    bool dual, offset, piecewise, codes;
} modes[SE_INPUT_MODES] = {
    [SE_INPUT_INT8] = {.code_bits = 8, .codes = true},
    [SE_INPUT_INT8_PIECEWISE] = {.code_bits = 8, .piecewise = true, .codes = true},
    [SE_INPUT_FP32_SIM_INT8] = {.code_bits = 8},
    [SE_INPUT_INT8_SE] = {.code_bits = 8, .dual = true, .codes = true},
    [SE_INPUT_INT8_SE_UNIFORM] = {.code_bits = 8, .dual = true, .codes = true},
    [SE_INPUT_INT4] = {.code_bits = 4, .codes = true},
    [SE_INPUT_INT5] = {.code_bits = 5, .codes = true},
    [SE_INPUT_INT5_OFFSET] = {.code_bits = 5, .offset = true, .codes = true},
    [SE_INPUT_INT6_OFFSET] = {.code_bits = 6, .offset = true, .codes = true},
    [SE_INPUT_W4A5_SE] = {.code_bits = 4, .dual = true, .codes = true},
    [SE_INPUT_W4A5_SE_OFFSET] = {.code_bits = 4, .dual = true, .offset = true, .codes = true},
    [SE_INPUT_W4A5_SE_PIECEWISE] =
        {.code_bits = 4, .dual = true, .offset = true, .piecewise = true, .codes = true},
};

bool se_input_is_piecewise(enum se_input_mode mode) {
    return modes[mode].piecewise;
}

bool se_input_has_codes(enum se_input_mode mode) {
    return modes[mode].codes;
}

bool se_input_format(enum se_input_mode mode, struct se_format *format) {
    *format = se_format_signed(modes[mode].code_bits ? modes[mode].code_bits : 8, modes[mode].dual);
    return modes[mode].offset;
}

static enum se_status check_format(const char *name, const struct se_format *f, int code_bits,
                                   bool dual, bool offset, struct se_error *err) {
    int signed_base = -(1 << (code_bits - 1));
    bool is_signed = f->base1 == signed_base && f->base2 == signed_base;
    if (f->code_bits != code_bits || f->dual != dual || !(offset || is_signed)) {
        return se_fail(err, SE_INVALID,
                       "%s takes %d bits%s with %s range, not %d bits%s with bases %d and %d", name,
                       code_bits, dual ? " and a flag" : "", offset ? "any" : "a signed",
                       f->code_bits, f->dual ? " and a flag" : "", f->base1, f->base2);
    }
    return SE_OK;
}

enum se_status se_input_check(const struct se_input *input, size_t d_inner, struct se_error *err) {
    enum se_input_mode mode = input->mode;
    size_t n = modes[mode].code_bits == 0 ? 0 : modes[mode].piecewise ? d_inner : 1;
    enum se_status status = SE_OK;
    for (size_t i = 0; i < n && status == SE_OK; i++) {
        status = check_format(se_input_mode_names[mode], &input->quantizers[i].format,
                              modes[mode].code_bits, modes[mode].dual, modes[mode].offset, err);
    }
    if (status == SE_OK && input->x_proj) {
        status = check_format("x_proj", &input->x_proj->format, 8, false, false, err);
    }
    return status;
}

int se_input_mode_bits(enum se_input_mode mode) {
    return se_input_has_codes(mode) ? modes[mode].code_bits + modes[mode].dual : 32;
}

static const struct se_quantizer *quantizer_of(const struct se_input *input, size_t channel) {
    return &input->quantizers[modes[input->mode].piecewise ? channel : 0];
}

struct se_quantizer se_input_uniform(const struct se_quantizer *q) {
    return (struct se_quantizer){.format = se_format_signed(8, false),
                                 .s1 = q->s2,
                                 .ratio = 1,
                                 .s2 = q->s2,
                                 .inv_s1 = q->inv_s2,
                                 .inv_s2 = q->inv_s2,
                                 .thr_pos = INFINITY,
                                 .thr_neg = INFINITY};
}

// fl(q * s) without a code in between: what a simulation in floating point does.
static float on_int8_grid(const struct se_quantizer *q, float y) {
    int32_t integer = se_f32_to_i32(se_f32_mul(y, q->inv_s1, NULL), NULL);
    integer = integer < -128 ? -128 : integer > 127 ? 127 : integer;
    return se_f32_mul((float)integer, q->s1, NULL);
}

static uint16_t quantize(const struct se_input *input, size_t channel, float y) {
    const struct se_quantizer *q = quantizer_of(input, channel);
    if (input->mode == SE_INPUT_INT8_SE_UNIFORM) {
        struct se_quantizer one = se_input_uniform(q);
        return se_quantize(&one, y);
    }
    return se_quantize(q, y);
}

static float dequantize(const struct se_input *input, size_t channel, uint16_t code) {
    const struct se_quantizer *q = quantizer_of(input, channel);
    if (input->mode == SE_INPUT_INT8_SE_UNIFORM) {
        struct se_quantizer one = se_input_uniform(q);
        return se_dequantize(&one, code);
    }
    return se_dequantize(q, code);
}

static int8_t x_proj_of(const struct se_input *input, float y, float u) {
    const struct se_quantizer *q = input->x_proj;
    return (int8_t)se_code_q(&q->format, se_quantize(q, input->x_proj_from_code ? u : y));
}

void se_input_run(const struct se_input *input, size_t d_inner, size_t tokens, const float *y,
                  uint16_t *codes, float *u, int8_t *x_proj) {
    for (size_t i = 0; i < tokens * d_inner; i++) {
        size_t channel = i % d_inner;
        if (input->mode == SE_INPUT_FP32) {
            u[i] = y[i];
        } else if (input->mode == SE_INPUT_FP32_SIM_INT8) {
            u[i] = on_int8_grid(quantizer_of(input, channel), y[i]);
        } else {
            uint16_t code = quantize(input, channel, y[i]);
            u[i] = dequantize(input, channel, code);
            if (codes) {
                codes[i] = code;
            }
        }
        if (x_proj) {
            x_proj[i] = x_proj_of(input, y[i], u[i]);
        }
    }
}

void se_input_dequantize(const struct se_input *input, size_t d_inner, size_t tokens,
                         const uint16_t *codes, float *u) {
    for (size_t i = 0; i < tokens * d_inner; i++) {
        u[i] = dequantize(input, i % d_inner, codes[i]);
    }
}

static void set_thresholds(struct se_quantizer *q, enum se_rule rule,
                           const struct se_quantizer *one) {
    switch (rule) {
    case SE_RULE_NONE:
        break;
    case SE_RULE_R1:
        se_thresholds_overflow(q);
        break;
    case SE_RULE_R2:
        se_thresholds_percentile(q, one->thr_pos * (q->s1 / one->s1));
        break;
    case SE_RULE_R3:
        se_thresholds_least_error(q);
        break;
    }
}

enum se_status se_input_piecewise(const struct se_quantizer *one, enum se_rule rule, size_t n,
                                  const float *s1, struct se_quantizer *piecewise,
                                  struct se_error *err) {
    for (size_t i = 0; i < n; i++) {
        enum se_status status = se_quantizer_init(&piecewise[i], one->format, s1[i], one->ratio,
                                                  INFINITY, INFINITY, err);
        if (status != SE_OK) {
            return status;
        }
        set_thresholds(&piecewise[i], rule, one);
    }
    return SE_OK;
}
