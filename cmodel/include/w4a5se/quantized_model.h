// SPDX-License-Identifier: Apache-2.0
// A model as the chip runs it (docs/numerics.md, "Quantised models" and "Quantised Mamba-2"): INT8
// activations with static scales between linears of INT8 or 4-bit weights, and the golden datapath
// for convolution, input mode and scan. The residual stream, the embedding and the head stay in
// float32, and so does the gated norm of Mamba-2.
//
// Every step is a function over memory that the caller can see, so that a step may be left to
// something else, RTL for instance, and all that is between compared.
#pragma once

#include "w4a5se/hadamard.h"
#include "w4a5se/int8.h"
#include "w4a5se/layer.h"
#include "w4a5se/model.h"
#include "w4a5se/observation.h"
#include "w4a5se/quantized_linear.h"
#include "w4a5se/scan2.h"

// How y reaches out_proj.
enum se_y_format {
    SE_Y_FP16 = 0, // as the scan leaves it; weights are multiplied in float32
    SE_Y_INT8,     // as in Quamba: integer sums
    SE_Y_CODE,     // 4 bits and a flag, dequantised
};

// "fp16", "int8", "code", NULL: indexed by enum se_y_format.
extern const char *const se_y_format_names[];

struct se_quantized_layer {
    struct se_quantized_linear in_proj, x_proj, dt_proj, out_proj; // x_proj, dt_proj: Mamba-1
    float *out_weights; // [d_model][d_inner]: out_proj's in float32
    int8_t *conv_w;     // [conv channels][SE_CONV_WIDTH]
    float *conv_b;      // [conv channels], fl(s_b * q_b)
    float *A;           // [d_inner][d_state], Mamba-2 [heads]: -exp(fl(s_A_log * q_A_log))
    float *D, *dt_bias; // [d_inner], Mamba-2 [heads]: fl(s * q)
    float s_wx;
    float s_wb, s_wc;                 // Mamba-2: the convolution's for B and C
    float *s_h;                       // Mamba-2: [d_inner][d_state]
    struct se_quantizer x_proj_input; // INT8
    const struct se_layer_scales *scales;
};

struct se_quantized_model {
    const struct se_model *model;
    int weight_bits;             // 8 or 4; dt_proj's are 8 always, as Quamba's
    bool rotated;                // the Hadamard transform stands in front of out_proj
    struct se_hadamard hadamard; // where it does
    struct se_quantized_layer *layers;
};

// What may change from run to run.
struct se_quantized_run {
    const struct se_input *inputs; // [layers]; their x_proj is not read: the model has its own
    enum se_state_mode state_mode;
    enum se_y_format y;
    enum se_rounding y_rounding; // of y's INT8
};

// model and scales[layers] must outlive it. SE_INVALID says what the chip has not: a bias of
// in_proj, limits of dt, a size with no Hadamard transform, a scale that is no scale or is not
// there, scales of another model; SE_NO_MEMORY.
enum se_status se_quantized_model_init(struct se_quantized_model *quantized,
                                       const struct se_model *model, int weight_bits, bool rotated,
                                       const struct se_layer_scales *scales, struct se_error *err);
void se_quantized_model_free(struct se_quantized_model *quantized);

// Carried from call to call; zeros where a sequence starts.
struct se_quantized_state {
    int8_t *history; // [layers][conv channels][SE_CONV_HISTORY]
    float *h;        // [layers][d_inner][d_state]
};
enum se_status se_quantized_state_alloc(const struct se_model *model,
                                        struct se_quantized_state *state, struct se_error *err);
void se_quantized_state_reset(const struct se_model *model, struct se_quantized_state *state);
void se_quantized_state_free(struct se_quantized_state *state);

// What passes between the steps of a layer, for at most SE_QUANTIZED_TOKENS tokens; [tokens][...].
enum { SE_QUANTIZED_TOKENS = 128 };
struct se_quantized_values {
    float *residual;              // [d_model]
    int8_t *in;                   // [d_model], in_proj's input
    int8_t *x, *z;                // [d_inner]
    int8_t *in_b, *in_c;          // Mamba-2: [groups * d_state], in front of the convolution
    struct se_layer_values front; // [d_inner]: y after SiLU, codes, u, x_proj (Mamba-1)
    float *activated;             // Mamba-2: [groups * d_state], B or C after SiLU
    int8_t *dt_low;               // [dt_rank]
    int8_t *dt;                   // [d_inner], Mamba-2 [heads]
    int8_t *b, *c;                // [d_state], Mamba-2 [groups * d_state]
    uint16_t *y;                  // [d_inner], binary16: the scan's
    float *gate;                  // Mamba-2: [d_inner], z
    uint16_t *turned16;           // [d_inner]: y after norm and transform, where it is kept so
    float *turned;                // [d_inner]: y as out_proj takes it, but for INT8
    int8_t *y8;                   // [d_inner]
    float *out;                   // [d_model]
    void *memory;                 // private
};
enum se_status se_quantized_values_alloc(const struct se_model *model,
                                         struct se_quantized_values *values, struct se_error *err);
void se_quantized_values_free(struct se_quantized_values *values);

// SE_INVALID names the layer and the quantiser, of the scan's input or y, that is not its mode's.
enum se_status se_quantized_run_check(const struct se_quantized_model *quantized,
                                      const struct se_quantized_run *run, struct se_error *err);

// The configuration of a layer's convolution, input mode and scan in a run; with Mamba-2 the
// convolution of x, and no scan.
struct se_layer se_quantized_datapath(const struct se_quantized_model *quantized,
                                      const struct se_quantized_run *run, size_t layer);

// That of a Mamba-2 layer's scan.
struct se_scan2 se_quantized_scan2(const struct se_quantized_model *quantized,
                                   const struct se_quantized_run *run, size_t layer);

// The steps of a layer, in order. `tokens` at most SE_QUANTIZED_TOKENS.
// residual -> in -> x, z; Mamba-2: also in_b, in_c, dt
void se_quantized_in(const struct se_quantized_model *quantized, size_t layer, size_t tokens,
                     const struct se_quantized_values *values);
// x -> front; Mamba-2: in_b, in_c -> b, c; history[conv channels][SE_CONV_HISTORY] is the layer's
void se_quantized_conv(const struct se_quantized_model *quantized,
                       const struct se_quantized_run *run, size_t layer, int8_t *history,
                       size_t tokens, const struct se_quantized_values *values);
// front.x_proj -> dt_low, b, c -> dt; Mamba-2: nothing
void se_quantized_x_proj(const struct se_quantized_model *quantized, size_t layer, size_t tokens,
                         const struct se_quantized_values *values);
// front.u, dt, b, c, z (Mamba-1) -> y; h[d_inner][d_state] is the layer's. With int8-final `last`
// says that the sequence, or the call, ends here.
void se_quantized_scan(const struct se_quantized_model *quantized,
                       const struct se_quantized_run *run, size_t layer, float *h, bool last,
                       size_t tokens, const struct se_quantized_values *values);
// y (Mamba-2: y, z -> the gated norm) -> turned or y8 -> out, added to the residual
void se_quantized_out(const struct se_quantized_model *quantized,
                      const struct se_quantized_run *run, size_t layer, size_t tokens,
                      const struct se_quantized_values *values);

// All of them: the sequence's next ids[tokens] -> logits[last][vocab] of the last `last` of them.
// One call or one a token give the same bits (but with int8-final, which rounds where a call ends).
// `seen` (may be NULL) is shown each layer's values before the next begins. SE_INVALID, with
// nothing done, when an id is not below vocab or last exceeds tokens.
enum se_status se_quantized_forward(const struct se_quantized_model *quantized,
                                    const struct se_quantized_run *run,
                                    struct se_quantized_state *state,
                                    const struct se_quantized_values *values, size_t tokens,
                                    const uint32_t *ids, size_t last, float *logits,
                                    void (*seen)(void *context, size_t layer, size_t tokens,
                                                 const struct se_quantized_values *values),
                                    void *context, struct se_error *err);
