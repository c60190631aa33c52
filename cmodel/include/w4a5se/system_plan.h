// SPDX-License-Identifier: Apache-2.0
// What a layer asks of a chip: work, weights, and which tensors pass through DRAM.
//
// A layer is a chain of stages. With pipelining they work at once, on tiles of tokens that stay on
// chip; the sequence's hidden values stay there too if the rest of the memory holds them. Without
// it each stage works on the whole sequence, and a tensor stays on chip when the memory still has
// room for all of it, in the order of enum se_layer_tensor. In decode the sequence is one token.
//
// Weights: fetched once a layer when the memory holds the layer's (with pipelining) or the stage's.
// Else again for each tile; or, without pipelining, once a part that fits, and then the stage's
// input as often as there are parts, whichever moves less.
#pragma once

#include "w4a5se/system_config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum se_stage {
    SE_STAGE_IN_PROJ,
    SE_STAGE_CONV,
    SE_STAGE_X_PROJ, // with dt_proj; nothing to do in Mamba-2
    SE_STAGE_SCAN,
    SE_STAGE_OUT_PROJ,
    SE_STAGE_HEAD, // once, after the last layer, for the last token
    SE_STAGES
};

enum se_layer_tensor {
    SE_TENSOR_CODE,   // the convolution's output
    SE_TENSOR_X_PROJ, // its INT8 copy, where x_proj has one
    SE_TENSOR_DT_BC,
    SE_TENSOR_X,
    SE_TENSOR_Z,
    SE_TENSOR_Y,
    SE_TENSOR_HIDDEN, // FP16, from layer to layer
    SE_TENSOR_WEIGHTS,
    SE_TENSOR_STATE, // with the convolution's history
    SE_TENSORS
};

extern const char *const se_stage_names[SE_STAGES];
extern const char *const se_tensor_names[SE_TENSORS];

// A token's work; bits are of a token too, but for the weights.
struct se_stage_plan {
    uint64_t macs, channels, updates;
    uint64_t read[SE_TENSORS], write[SE_TENSORS]; // of DRAM
    uint64_t buffer_bits;                         // read or written by the engine
    uint64_t weight_bits;                         // of one pass
    bool weights_each_tile;
};

struct se_system_plan {
    struct se_stage_plan stages[SE_STAGES];
    bool on_chip[SE_TENSORS];
    uint64_t tile_bits;  // of two tiles, with pipelining
    uint64_t state_bits; // that a layer reads (in decode) and writes: 0 where all layers' fit
    double prefetch;     // share of the next layer's weights that the memory has room for
};

struct se_system_plan se_system_plan_of(const struct se_system *system);

#ifdef __cplusplus
}
#endif
