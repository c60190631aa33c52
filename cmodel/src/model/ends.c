// SPDX-License-Identifier: Apache-2.0
#include "ends.h"

#include "w4a5se/linear.h"

#include <string.h>

enum se_status se_ends_check(const struct se_model_config *config, size_t tokens,
                             const uint32_t *ids, size_t last, struct se_error *err) {
    if (last > tokens) {
        return se_fail(err, SE_INVALID, "logits of %zu tokens wanted, %zu given", last, tokens);
    }
    for (size_t i = 0; i < tokens; i++) {
        if (ids[i] >= config->vocab) {
            return se_fail(err, SE_INVALID, "token %zu is %u, the vocabulary has %zu", i, ids[i],
                           config->vocab);
        }
    }
    return SE_OK;
}

void se_embed(const struct se_model *model, size_t tokens, const uint32_t *ids, float *residual) {
    size_t n = model->config.d_model;
    for (size_t t = 0; t < tokens; t++) {
        memcpy(residual + t * n, model->embedding + ids[t] * n, n * sizeof *residual);
    }
}

void se_head(const struct se_model *model, size_t tokens, size_t last, const float *residual,
             float *normed, float *logits) {
    const struct se_model_config *c = &model->config;
    se_rms_norm(last, c->d_model, residual + (tokens - last) * c->d_model, model->final_norm,
                c->norm_eps, normed);
    se_linear(last, c->d_model, c->vocab, normed, model->head, NULL, logits);
}
