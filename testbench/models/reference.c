// SPDX-License-Identifier: Apache-2.0
// Sources: A. Gu and T. Dao, "Mamba", section 3.2 and algorithm 2, and T. Dao and A. Gu,
// "Transformers are SSMs", section 7; RMSNorm: B. Zhang and R. Sennrich.
#include "reference.h"

#include <math.h>
#include <stdlib.h>

typedef long double real;

static real *zeros(size_t n) {
    return calloc(n, sizeof(real));
}

static real silu(real x) {
    return x / (1 + expl(-x));
}

// y[tokens][outputs] = x W^T + bias
static real *linear(size_t tokens, size_t inputs, size_t outputs, const real *x, const float *w,
                    const float *bias) {
    real *y = zeros(tokens * outputs);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t o = 0; o < outputs; o++) {
            real sum = bias ? bias[o] : 0;
            for (size_t i = 0; i < inputs; i++) {
                sum += x[t * inputs + i] * w[o * inputs + i];
            }
            y[t * outputs + o] = sum;
        }
    }
    return y;
}

// In parts of `size`, the weight repeating after `columns`.
static real *norm(size_t n, size_t columns, size_t size, const real *x, const float *weight,
                  real eps) {
    real *y = zeros(n);
    for (size_t first = 0; first < n; first += size) {
        real squares = 0;
        for (size_t i = first; i < first + size; i++) {
            squares += x[i] * x[i];
        }
        for (size_t i = first; i < first + size; i++) {
            y[i] = x[i] / sqrtl(squares / (real)size + eps) * weight[i % columns];
        }
    }
    return y;
}

// Column `first + i` of rows of `stride`, convolved over tokens and activated.
static real convolved(const real *x, size_t stride, size_t column, size_t t, const float *weight,
                      const float *bias) {
    real sum = bias ? *bias : 0;
    for (size_t back = 0; back < 4 && back <= t; back++) {
        sum += weight[3 - back] * x[(t - back) * stride + column];
    }
    return silu(sum);
}

// One channel through time: h = exp(dt a) h + dt b u, y = c h + d u. b and c of stride `states`.
static void scan_channel(size_t tokens, size_t d_state, const real *dt, size_t dt_stride,
                         const float *a_log, size_t a_step, real d, const real *u, size_t u_stride,
                         const real *b, const real *c, size_t states, real *y, size_t y_stride) {
    for (size_t n = 0; n < d_state; n++) {
        real h = 0, a = -expl(a_log[n * a_step]);
        for (size_t t = 0; t < tokens; t++) {
            real step = dt[t * dt_stride];
            h = expl(step * a) * h + step * b[t * states + n] * u[t * u_stride];
            y[t * y_stride] += c[t * states + n] * h;
        }
    }
    for (size_t t = 0; t < tokens; t++) {
        y[t * y_stride] += d * u[t * u_stride];
    }
}

static const float *optional(const struct synthetic *m, bool there, size_t layer,
                             const char *name) {
    return there ? synthetic_layer(m, layer, name) : NULL;
}

// in_proj's output -> the mixer's, before out_proj. [tokens][d_inner]
static real *mamba1(const struct synthetic *m, size_t layer, size_t tokens, const real *xz) {
    const struct se_model_config *c = &m->sizes;
    size_t inner = c->d_inner, rank = c->dt_rank, states = c->d_state, low = rank + 2 * states;
    const float *conv = synthetic_layer(m, layer, "mixer.conv1d.weight");
    const float *conv_bias = optional(m, !m->no_conv_bias, layer, "mixer.conv1d.bias");
    real *u = zeros(tokens * inner), *y = zeros(tokens * inner), *rows = zeros(tokens * rank);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < inner; i++) {
            u[t * inner + i] =
                convolved(xz, 2 * inner, i, t, conv + 4 * i, conv_bias ? conv_bias + i : NULL);
        }
    }
    real *dbc =
        linear(tokens, inner, low, u, synthetic_layer(m, layer, "mixer.x_proj.weight"), NULL);
    for (size_t i = 0; i < tokens * rank; i++) {
        rows[i] = dbc[i / rank * low + i % rank];
    }
    real *dt = linear(tokens, rank, inner, rows, synthetic_layer(m, layer, "mixer.dt_proj.weight"),
                      synthetic_layer(m, layer, "mixer.dt_proj.bias"));
    for (size_t i = 0; i < tokens * inner; i++) {
        dt[i] = logl(1 + expl(dt[i]));
    }
    for (size_t i = 0; i < inner; i++) {
        scan_channel(tokens, states, dt + i, inner,
                     synthetic_layer(m, layer, "mixer.A_log") + i * states, 1,
                     synthetic_layer(m, layer, "mixer.D")[i], u + i, inner, dbc + rank,
                     dbc + rank + states, low, y + i, inner);
    }
    for (size_t i = 0; i < tokens * inner; i++) {
        y[i] *= silu(xz[i / inner * 2 * inner + inner + i % inner]);
    }
    free(u);
    free(rows);
    free(dbc);
    free(dt);
    return y;
}

static real *mamba2(const struct synthetic *m, size_t layer, size_t tokens, const real *zxbcdt) {
    const struct se_model_config *c = &m->sizes;
    size_t inner = c->d_inner, states = c->d_state, all = c->groups * states;
    size_t channels = inner + 2 * all, columns = inner + channels + c->heads;
    const float *conv = synthetic_layer(m, layer, "mixer.conv1d.weight");
    const float *conv_bias = optional(m, !m->no_conv_bias, layer, "mixer.conv1d.bias");
    real *u = zeros(tokens * channels), *y = zeros(tokens * inner), *dt = zeros(tokens * c->heads);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < channels; i++) {
            u[t * channels + i] = convolved(zxbcdt, columns, inner + i, t, conv + 4 * i,
                                            conv_bias ? conv_bias + i : NULL);
        }
        for (size_t i = 0; i < c->heads; i++) {
            real in = zxbcdt[t * columns + inner + channels + i] +
                      synthetic_layer(m, layer, "mixer.dt_bias")[i];
            real step = logl(1 + expl(in));
            dt[t * c->heads + i] = fminl(fmaxl(step, c->dt_min), c->dt_max);
        }
    }
    for (size_t i = 0; i < inner; i++) {
        size_t head = i / c->headdim, group = head / (c->heads / c->groups);
        scan_channel(
            tokens, states, dt + head, c->heads, synthetic_layer(m, layer, "mixer.A_log") + head, 0,
            synthetic_layer(m, layer, "mixer.D")[head], u + i, channels, u + inner + group * states,
            u + inner + all + group * states, channels, y + i, inner);
    }
    for (size_t i = 0; i < tokens * inner; i++) {
        y[i] *= silu(zxbcdt[i / inner * columns + i % inner]);
    }
    real *normed = norm(tokens * inner, inner, inner / c->groups, y,
                        synthetic_layer(m, layer, "mixer.norm.weight"), c->norm_eps);
    free(u);
    free(y);
    free(dt);
    return normed;
}

static void run_layer(const struct synthetic *m, size_t layer, size_t tokens, real *x) {
    const struct se_model_config *c = &m->sizes;
    bool first = c->kind == SE_MODEL_MAMBA1;
    size_t inputs = first ? 2 * c->d_inner : 2 * c->d_inner + 2 * c->groups * c->d_state + c->heads;
    real *normed = norm(tokens * c->d_model, c->d_model, c->d_model, x,
                        synthetic_layer(m, layer, "norm.weight"), c->norm_eps);
    real *in = linear(tokens, c->d_model, inputs, normed,
                      synthetic_layer(m, layer, "mixer.in_proj.weight"),
                      optional(m, m->bias, layer, "mixer.in_proj.bias"));
    real *y = first ? mamba1(m, layer, tokens, in) : mamba2(m, layer, tokens, in);
    real *out = linear(tokens, c->d_inner, c->d_model, y,
                       synthetic_layer(m, layer, "mixer.out_proj.weight"),
                       optional(m, m->bias, layer, "mixer.out_proj.bias"));
    for (size_t i = 0; i < tokens * c->d_model; i++) {
        x[i] += out[i];
    }
    free(normed);
    free(in);
    free(y);
    free(out);
}

void reference_logits(const struct synthetic *m, size_t tokens, const uint32_t *ids,
                      long double *logits) {
    const struct se_model_config *c = &m->sizes;
    const float *table = synthetic_values(m, m->original ? "backbone.embedding.weight"
                                                         : "backbone.embeddings.weight");
    real *x = zeros(tokens * c->d_model);
    for (size_t i = 0; i < tokens * c->d_model; i++) {
        x[i] = table[ids[i / c->d_model] * c->d_model + i % c->d_model];
    }
    for (size_t i = 0; i < c->layers; i++) {
        run_layer(m, i, tokens, x);
    }
    real *normed = norm(tokens * c->d_model, c->d_model, c->d_model, x,
                        synthetic_values(m, "backbone.norm_f.weight"), c->norm_eps);
    real *made = linear(tokens, c->d_model, c->vocab, normed,
                        m->tied ? table : synthetic_values(m, "lm_head.weight"), NULL);
    for (size_t i = 0; i < tokens * c->vocab; i++) {
        logits[i] = made[i];
    }
    free(x);
    free(normed);
    free(made);
}
