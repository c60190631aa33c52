// SPDX-License-Identifier: Apache-2.0
// config.json of a checkpoint: Hugging Face's of `mamba` and `mamba2`, or the original code's.
#pragma once

#include "w4a5se/model.h"

#include <stdbool.h>

struct se_model_options {
    struct se_model_config sizes;
    bool tied, says_tied; // the head is the embedding; whether the file says so or not
    bool bias, conv_bias; // of in_proj and out_proj; of the convolution
    bool original;        // the original code's names
};

// SE_IO when it cannot be opened, SE_INVALID, naming path and key, when a size is missing or out of
// range, sizes do not fit together, or the model is one that is not supported.
enum se_status se_model_options_load(const char *path, struct se_model_options *options,
                                     struct se_error *err);
