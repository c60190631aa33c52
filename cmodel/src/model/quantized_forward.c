// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/linear.h"
#include "w4a5se/quantized_model.h"

#include <string.h>

static void embed(const struct se_model *model, size_t tokens, const uint32_t *ids,
                  float *residual) {
    size_t n = model->config.d_model;
    for (size_t t = 0; t < tokens; t++) {
        memcpy(residual + t * n, model->embedding + ids[t] * n, n * sizeof *residual);
    }
}

// logits[last][vocab] of the last of tokens.
static void head(const struct se_model *model, size_t tokens, size_t last,
                 const struct se_quantized_values *v, float *logits) {
    const struct se_model_config *c = &model->config;
    se_rms_norm(last, c->d_model, v->residual + (tokens - last) * c->d_model, model->final_norm,
                c->norm_eps, v->out);
    se_linear(last, c->d_model, c->vocab, v->out, model->head, NULL, logits);
}

static enum se_status check(const struct se_model *model, size_t tokens, const uint32_t *ids,
                            size_t last, struct se_error *err) {
    if (last > tokens) {
        return se_fail(err, SE_INVALID, "logits of %zu tokens wanted, %zu given", last, tokens);
    }
    for (size_t i = 0; i < tokens; i++) {
        if (ids[i] >= model->config.vocab) {
            return se_fail(err, SE_INVALID, "token %zu is %u, the vocabulary has %zu", i, ids[i],
                           model->config.vocab);
        }
    }
    return SE_OK;
}

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
    enum se_status status = check(m->model, tokens, ids, last, err);
    for (size_t t = 0, n; t < tokens && !status; t += n) {
        n = tokens - t < SE_QUANTIZED_TOKENS ? tokens - t : SE_QUANTIZED_TOKENS;
        embed(m->model, n, ids + t, v->residual);
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
            head(m->model, n, n - skipped, v, logits);
            logits += (n - skipped) * c->vocab;
        }
    }
    return status;
}
