// SPDX-License-Identifier: Apache-2.0
#include "plain_model.h"

#include <math.h>
#include <string.h>

size_t plain_model_floats(const struct se_model_config *c) {
    return 2 * c->d_model + 4 * c->d_inner + c->dt_rank + 2 * c->d_state;
}

static void norm(size_t n, const float *restrict x, const float *restrict weight, float eps,
                 float *restrict y) {
    float squares = 0;
    for (size_t i = 0; i < n; i++) {
        squares += x[i] * x[i];
    }
    float scale = 1 / sqrtf(squares / (float)n + eps);
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] * scale * weight[i];
    }
}

static void matrix(size_t inputs, size_t outputs, const float *restrict x, const float *restrict w,
                   float *restrict y) {
    for (size_t o = 0; o < outputs; o++) {
        float sum = 0;
        for (size_t i = 0; i < inputs; i++) {
            sum += w[o * inputs + i] * x[i];
        }
        y[o] = sum;
    }
}

static float silu(float x) {
    return x / (1 + expf(-x));
}

static void conv(size_t n, const struct se_model_layer *layer, float *restrict history,
                 float *restrict x) {
    for (size_t i = 0; i < n; i++) {
        float *h = history + i * SE_MODEL_TAPS, sum = layer->conv_b[i];
        h[0] = h[1];
        h[1] = h[2];
        h[2] = h[3];
        h[3] = x[i];
        for (size_t k = 0; k < SE_MODEL_TAPS; k++) {
            sum += h[k] * layer->conv_w[i * SE_MODEL_TAPS + k];
        }
        x[i] = silu(sum);
    }
}

// y = the scan of u, gated by z.
static void scan(const struct se_model_config *c, const struct se_model_layer *layer,
                 float *restrict h, const float *restrict u, const float *restrict z,
                 const float *restrict dt, const float *restrict b, const float *restrict cs,
                 float *restrict y) {
    for (size_t d = 0; d < c->d_inner; d++) {
        const float *A_log = layer->A_log + d * c->d_state;
        float *state = h + d * c->d_state, sum = 0;
        float in = dt[d] + layer->dt_bias[d], step = in > 20 ? in : log1pf(expf(in));
        for (size_t n = 0; n < c->d_state; n++) {
            state[n] = expf(-step * expf(A_log[n])) * state[n] + step * b[n] * u[d];
            sum += state[n] * cs[n];
        }
        y[d] = (sum + layer->D[d] * u[d]) * silu(z[d]);
    }
}

void plain_model_token(const struct plain_model *plain, uint32_t id, float *logits) {
    const struct se_model *m = plain->model;
    const struct se_model_config *c = &m->config;
    float *x = plain->memory, *normed = x + c->d_model, *xz = normed + c->d_model;
    float *z = xz + c->d_inner, *dt = z + c->d_inner, *y = dt + c->d_inner, *low = y + c->d_inner;
    memcpy(x, m->embedding + id * c->d_model, c->d_model * sizeof *x);
    for (size_t l = 0; l < c->layers; l++) {
        const struct se_model_layer *layer = &m->layers[l];
        norm(c->d_model, x, layer->norm, c->norm_eps, normed);
        matrix(c->d_model, 2 * c->d_inner, normed, layer->in_proj, xz);
        conv(c->d_inner, layer, plain->history + l * c->d_inner * SE_MODEL_TAPS, xz);
        matrix(c->d_inner, c->dt_rank + 2 * c->d_state, xz, layer->x_proj, low);
        matrix(c->dt_rank, c->d_inner, low, layer->dt_proj, dt);
        scan(c, layer, plain->h + l * c->d_inner * c->d_state, xz, z, dt, low + c->dt_rank,
             low + c->dt_rank + c->d_state, y);
        matrix(c->d_inner, c->d_model, y, layer->out_proj, normed);
        for (size_t i = 0; i < c->d_model; i++) {
            x[i] += normed[i];
        }
    }
    norm(c->d_model, x, m->final_norm, c->norm_eps, normed);
    matrix(c->d_model, c->vocab, normed, m->head, logits);
}
