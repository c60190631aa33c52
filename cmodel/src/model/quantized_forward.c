// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/quantized_model.h"

#include "ends.h"

enum se_status se_quantized_forward(const struct se_quantized_model *m,
                                    const struct se_quantized_run *run,
                                    struct se_quantized_state *state,
                                    const struct se_quantized_values *v, size_t tokens,
                                    const uint32_t *ids, size_t last, float *logits,
                                    void (*seen)(void *context, size_t layer, size_t tokens,
                                                 const struct se_quantized_values *values),
                                    void *context, struct se_error *err) {
    const struct se_model_config *c = &m->model->config;
    size_t samples = se_model_conv_channels(c) * SE_CONV_HISTORY;
    enum se_status status = se_ends_check(c, tokens, ids, last, err);
    for (size_t t = 0, n; t < tokens && !status; t += n) {
        n = tokens - t < SE_QUANTIZED_TOKENS ? tokens - t : SE_QUANTIZED_TOKENS;
        se_embed(m->model, n, ids + t, v->residual);
        for (size_t l = 0; l < c->layers; l++) {
            se_quantized_in(m, l, n, v);
            se_quantized_conv(m, run, l, state->history + l * samples, n, v);
            se_quantized_x_proj(m, l, n, v);
            se_quantized_scan(m, run, l, state->h + l * c->d_inner * c->d_state, t + n == tokens, n,
                              v);
            se_quantized_out(m, run, l, n, v);
            if (seen) {
                seen(context, l, n, v);
            }
        }
        size_t skipped = tokens - last > t ? tokens - last - t : 0;
        if (skipped < n) {
            se_head(m->model, n, n - skipped, v->residual, v->out, logits);
            logits += (n - skipped) * c->vocab;
        }
    }
    return status;
}
