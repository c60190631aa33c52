// SPDX-License-Identifier: Apache-2.0
// Whole Mamba-1 and Mamba-2 language models in float32, read from checkpoints (docs/models.md).
#pragma once

#include "w4a5se/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SE_MODEL_TAPS = 4 }; // the convolution's width

enum se_model_kind {
    SE_MODEL_MAMBA1,
    SE_MODEL_MAMBA2,
};

struct se_model_config {
    enum se_model_kind kind;
    size_t vocab, d_model, layers, d_inner, d_state;
    size_t dt_rank;                // Mamba-1
    size_t heads, headdim, groups; // Mamba-2: d_inner = heads * headdim
    float norm_eps;
    float dt_min,
        dt_max; // Mamba-2: limits of dt after softplus; 0 and infinity where there are none
};

// Channels of the convolution: d_inner, in Mamba-2 also B and C of every group.
size_t se_model_conv_channels(const struct se_model_config *config);

// Outputs of in_proj.
size_t se_model_in_rows(const struct se_model_config *config);

// Matrices are [outputs][inputs]. A bias is NULL where the checkpoint has none.
struct se_model_layer {
    const float *norm;          // [d_model]
    const float *in_proj;       // [in_rows][d_model]: x, z; Mamba-2: z, x, B, C, dt
    const float *in_proj_bias;  // [in_rows]
    const float *conv_w;        // [conv channels][SE_MODEL_TAPS], the present token's tap last
    const float *conv_b;        // [conv channels]
    const float *x_proj;        // Mamba-1: [dt_rank + 2 * d_state][d_inner]: dt, B, C
    const float *dt_proj;       // Mamba-1: [d_inner][dt_rank]
    const float *dt_bias;       // Mamba-1: [d_inner]; Mamba-2: [heads]
    const float *A_log;         // Mamba-1: [d_inner][d_state]; Mamba-2: [heads]
    const float *D;             // as dt_bias
    const float *gate_norm;     // Mamba-2: [d_inner]
    const float *out_proj;      // [d_model][d_inner]
    const float *out_proj_bias; // [d_model]
};

struct se_model {
    struct se_model_config config;
    const float *embedding;  // [vocab][d_model]
    const float *head;       // [vocab][d_model]; the embedding where they are tied
    const float *final_norm; // [d_model]
    struct se_model_layer *layers;
    struct se_model_memory *memory; // private: what the weights point into
};

// Reads FOLDER/config.json and FOLDER/model.safetensors, or the shards that
// FOLDER/model.safetensors.index.json lists; float32, float16 or bfloat16. Files stay mapped and
// must not be truncated before se_model_free. SE_IO when a file cannot be opened, SE_INVALID,
// naming the file and key or tensor, for a configuration that is not supported or does not fit
// together, and for a tensor that is missing, is there twice, has another shape, is not finite or
// is not the model's. On failure nothing is open.
enum se_status se_model_load(const char *folder, struct se_model *model, struct se_error *err);

// Harmless on a zeroed struct, after a failed load and when repeated.
void se_model_free(struct se_model *model);

// What a model carries from token to token; zeros where a sequence starts.
struct se_model_state {
    float *history; // [layers][SE_MODEL_TAPS - 1][conv channels], the convolution's last inputs
    float *h;       // [layers][d_state][d_inner]
    struct se_model_workspace *workspace; // private
};

// All zero. SE_NO_MEMORY. se_model_state_free is harmless on a zeroed struct and when repeated.
enum se_status se_model_state_alloc(const struct se_model *model, struct se_model_state *state,
                                    struct se_error *err);
void se_model_state_reset(const struct se_model *model, struct se_model_state *state);
void se_model_state_free(struct se_model_state *state);

// Where a forward pass can be looked at, a matrix [rows][columns] of rows tokens (but for H).
enum se_model_point {
    SE_POINT_IN_PROJ, // [d_model], in_proj's input
    SE_POINT_X,       // [d_inner], the convolution's input; Mamba-2: [conv channels], x, B, C
    SE_POINT_Z,       // [d_inner]
    SE_POINT_U,       // [d_inner], the convolution's output after SiLU
    SE_POINT_DT_LOW,  // [dt_rank], dt_proj's input; Mamba-1
    SE_POINT_DT,      // [d_inner], Mamba-2 [heads]; without dt_bias
    SE_POINT_B,       // [d_state], Mamba-2 [groups * d_state], after the convolution
    SE_POINT_C,       // as B
    SE_POINT_H,       // h[d_inner][d_state] at the end of the call
    SE_POINT_Y,       // [d_inner], out_proj's input: after the gate and, in Mamba-2, its norm
};
enum { SE_POINT_COUNT = SE_POINT_Y + 1 };

// "in_proj", "x", "z", "u", "dt_low", "dt", "B", "C", "h", "y", NULL: indexed by enum
// se_model_point.
extern const char *const se_model_point_names[];

struct se_model_tap {
    void *context;
    // May be NULL. Layers come in order; a call may bring its tokens in several pieces.
    void (*see)(void *context, enum se_model_point point, size_t layer, size_t rows, size_t columns,
                const float *values);
    // May be NULL. Changes what the scan reads as u[tokens][d_inner]; x_proj has read the original.
    void (*change_u)(void *context, size_t layer, size_t tokens, size_t d_inner, float *u);
};

// The sequence's next ids[tokens] -> logits[last][vocab] of the last `last` of them (0: logits may
// be NULL), at most tokens. One call or one a token give the same bits. tap may be NULL.
// SE_INVALID, with nothing done, when an id is not below vocab or last exceeds tokens.
enum se_status se_model_forward(const struct se_model *model, struct se_model_state *state,
                                size_t tokens, const uint32_t *ids, size_t last, float *logits,
                                const struct se_model_tap *tap, struct se_error *err);
