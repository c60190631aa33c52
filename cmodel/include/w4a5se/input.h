// SPDX-License-Identifier: Apache-2.0
// What becomes of the convolution's output on its way to the scan and to x_proj: the input modes
// (docs/numerics.md, "Input modes").
#pragma once

#include "w4a5se/quantizer.h"

enum se_input_mode {
    SE_INPUT_INT8 = 0,
    SE_INPUT_INT8_PIECEWISE,
    SE_INPUT_FP32,
    SE_INPUT_FP32_SIM_INT8,
    SE_INPUT_INT8_SE,
    SE_INPUT_INT8_SE_UNIFORM,
    SE_INPUT_INT4,
    SE_INPUT_INT5,
    SE_INPUT_INT5_OFFSET,
    SE_INPUT_INT6_OFFSET,
    SE_INPUT_W4A5_SE,
    SE_INPUT_W4A5_SE_OFFSET,
    SE_INPUT_W4A5_SE_PIECEWISE,
    SE_INPUT_MODES,
};

// "int8", "int8-piecewise", ... NULL: indexed by enum se_input_mode.
extern const char *const se_input_mode_names[];

// A quantiser a channel, instead of one.
bool se_input_is_piecewise(enum se_input_mode mode);

// Codes exist: not so in fp32 and fp32-sim-int8, where u is what is kept.
bool se_input_has_codes(enum se_input_mode mode);

// Bits that a value is stored in: its code's with the flag, or those of u.
int se_input_mode_bits(enum se_input_mode mode);

// The mode's format with signed ranges (of 8 bits in fp32); true where ranges may begin anywhere.
bool se_input_format(enum se_input_mode mode, struct se_format *format);

struct se_input {
    enum se_input_mode mode;
    // One, or [d_inner] in the piecewise modes; not read in fp32. int8-se-uniform takes that of
    // int8-se and uses its s2 for every value.
    const struct se_quantizer *quantizers;
    const struct se_quantizer *x_proj; // INT8; NULL where nothing reads x_proj
    bool x_proj_from_code;             // x_proj quantises u instead of the convolution's output
};

// INT8 whose one scale is q's s2: what int8-se-uniform makes of int8-se's quantiser.
struct se_quantizer se_input_uniform(const struct se_quantizer *q);

// SE_INVALID, naming the mode, when a quantiser's format is not the mode's.
enum se_status se_input_check(const struct se_input *input, size_t d_inner, struct se_error *err);

// y[tokens][d_inner] -> codes (where the mode has them; may be NULL), u, and x_proj's INT8 (may be
// NULL), all [tokens][d_inner].
void se_input_run(const struct se_input *input, size_t d_inner, size_t tokens, const float *y,
                  uint16_t *codes, float *u, int8_t *x_proj);

// The same bit for bit in vector instructions; u may be y.
void se_input_run_fast(const struct se_input *input, size_t d_inner, size_t tokens, const float *y,
                       uint16_t *codes, float *u, int8_t *x_proj);

// codes -> u, for a mode that has codes.
void se_input_dequantize(const struct se_input *input, size_t d_inner, size_t tokens,
                         const uint16_t *codes, float *u);

// piecewise[n]: `one` with s1[i] for its s1. Ratio, bases and `rule`'s thresholds follow s1; R2's
// are scaled with it.
enum se_status se_input_piecewise(const struct se_quantizer *one, enum se_rule rule, size_t n,
                                  const float *s1, struct se_quantizer *piecewise,
                                  struct se_error *err);
