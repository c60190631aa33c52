// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/system_model.h"

#include <string.h>

// From the config.json of the checkpoints that state-spaces and NVIDIA publish; the vocabulary as
// padded there. small-mamba is that of data/small-mamba.
static const struct se_system_model shapes[] = {
    {"small-mamba", 4, 128, 256, 16, 8, 0, 1, 256},
    {"mamba-130m", 24, 768, 1536, 16, 48, 0, 1, 50280},
    {"mamba-370m", 48, 1024, 2048, 16, 64, 0, 1, 50280},
    {"mamba-790m", 48, 1536, 3072, 16, 96, 0, 1, 50280},
    {"mamba-1.4b", 48, 2048, 4096, 16, 128, 0, 1, 50280},
    {"mamba-2.8b", 64, 2560, 5120, 16, 160, 0, 1, 50280},
    {"mamba2-130m", 24, 768, 1536, 128, 0, 24, 1, 50288},
    {"mamba2-370m", 48, 1024, 2048, 128, 0, 32, 1, 50288},
    {"mamba2-780m", 48, 1536, 3072, 128, 0, 48, 1, 50288},
    {"mamba2-1.3b", 48, 2048, 4096, 128, 0, 64, 1, 50288},
    {"mamba2-2.7b", 64, 2560, 5120, 128, 0, 80, 1, 50288},
    {"mamba2-8b", 56, 4096, 8192, 128, 0, 128, 8, 256000},
};

const struct se_system_model *se_system_model_at(size_t i) {
    return i < sizeof shapes / sizeof *shapes ? &shapes[i] : NULL;
}

const struct se_system_model *se_system_model_find(const char *name) {
    for (size_t i = 0; se_system_model_at(i); i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            return &shapes[i];
        }
    }
    return NULL;
}

bool se_system_model_is_mamba2(const struct se_system_model *model) {
    return model->dt_rank == 0;
}

size_t se_system_conv_channels(const struct se_system_model *model) {
    const size_t b_and_c = 2 * model->groups * model->d_state;
    return model->d_inner + (se_system_model_is_mamba2(model) ? b_and_c : 0);
}
