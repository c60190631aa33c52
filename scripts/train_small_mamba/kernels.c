// SPDX-License-Identifier: Apache-2.0
// The two loops over time of a Mamba-1 block, forward and backward, in float32:
//   conv_silu  depthwise causal convolution followed by SiLU;
//   scan       selective scan h[t] = exp(dt a) h[t-1] + dt u b,  y = <c, h> + d u.
// All arrays are dense, in C order. Shapes: x, u, dt, y and pre [batch][length][channels];
// weight [taps][channels], bias and d [channels]; a [channels][D_STATE];
// b and c [batch][length][D_STATE]. A gradient has the shape of its variable, is named after it
// with grad_ in front, and is zero on entry. D_STATE is given on the compiler's command line.
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef float state_t[D_STATE];

static float sigmoid(float x) {
    return 1.0f / (1.0f + expf(-x));
}

// The first tap that reaches a token of the sequence at time t.
static size_t first_tap(size_t t, size_t taps) {
    return t + 1 < taps ? taps - 1 - t : 0;
}

// pre = bias + convolution of x, the last tap on the present token; y = pre * sigmoid(pre).
void conv_silu_forward(size_t batch, size_t length, size_t channels, size_t taps, const float *x,
                       const float *weight, const float *bias, float *pre, float *y) {
    for (size_t row = 0; row < batch * length; row++) {
        size_t t = row % length;
        float *restrict out = pre + row * channels;
        memcpy(out, bias, channels * sizeof *out);
        for (size_t k = first_tap(t, taps); k < taps; k++) {
            const float *in = x + (row + k + 1 - taps) * channels;
            for (size_t i = 0; i < channels; i++)
                out[i] += weight[k * channels + i] * in[i];
        }
        for (size_t i = 0; i < channels; i++)
            y[row * channels + i] = out[i] * sigmoid(out[i]);
    }
}

// On entry grad_pre holds the gradient of y; it is turned into that of pre in place.
void conv_silu_backward(size_t batch, size_t length, size_t channels, size_t taps, const float *x,
                        const float *weight, const float *pre, float *grad_pre, float *grad_x,
                        float *restrict grad_weight, float *restrict grad_bias) {
    for (size_t row = 0; row < batch * length; row++) {
        size_t t = row % length;
        float *restrict grad = grad_pre + row * channels;
        for (size_t i = 0; i < channels; i++) {
            float p = pre[row * channels + i];
            float s = sigmoid(p);
            grad[i] *= s * (1.0f + p * (1.0f - s));
            grad_bias[i] += grad[i];
        }
        for (size_t k = first_tap(t, taps); k < taps; k++) {
            size_t source = (row + k + 1 - taps) * channels;
            for (size_t i = 0; i < channels; i++) {
                grad_x[source + i] += weight[k * channels + i] * grad[i];
                grad_weight[k * channels + i] += x[source + i] * grad[i];
            }
        }
    }
}

// The states of one channel: decay[t] = exp(dt[t] a), h[0] = 0 and
// h[t + 1] = decay[t] h[t] + dt[t] u[t] b[t]. u and dt are read with the given stride.
static void channel_states(size_t length, size_t stride, const float *u, const float *dt,
                           const state_t a, const state_t *b, state_t *restrict decay,
                           state_t *restrict h) {
    for (size_t t = 0; t < length; t++) {
        for (size_t n = 0; n < D_STATE; n++)
            decay[t][n] = expf(dt[t * stride] * a[n]);
    }
    memset(h[0], 0, sizeof h[0]);
    for (size_t t = 0; t < length; t++) {
        float drive = dt[t * stride] * u[t * stride];
        for (size_t n = 0; n < D_STATE; n++)
            h[t + 1][n] = decay[t][n] * h[t][n] + drive * b[t][n];
    }
}

// Returns 0, or -1 when there is no memory for the states of one channel.
int scan_forward(size_t batch, size_t length, size_t channels, const float *u, const float *dt,
                 const state_t *a, const state_t *b, const state_t *c, const float *d, float *y) {
    state_t *decay = malloc((2 * length + 1) * sizeof *decay);
    if (!decay)
        return -1;
    state_t *h = decay + length;
    for (size_t pair = 0; pair < batch * channels; pair++) {
        size_t i = pair % channels;
        size_t row = pair / channels * length;
        size_t at = row * channels + i;
        channel_states(length, channels, u + at, dt + at, a[i], b + row, decay, h);
        for (size_t t = 0; t < length; t++) {
            float sum = d[i] * u[at + t * channels];
            for (size_t n = 0; n < D_STATE; n++)
                sum += c[row + t][n] * h[t + 1][n];
            y[at + t * channels] = sum;
        }
    }
    free(decay);
    return 0;
}

// One channel of one sequence, from the last token to the first. grad_h is the gradient of the
// state after token t, through y[t] and through the state after token t + 1.
static void channel_backward(size_t length, size_t stride, const float *u, const float *dt,
                             const state_t a, const state_t *b, const state_t *c, float d,
                             const float *grad_y, const state_t *decay, const state_t *h,
                             float *grad_u, float *grad_dt, float *restrict grad_a,
                             state_t *restrict grad_b, state_t *restrict grad_c) {
    state_t grad_h = {0};
    for (size_t t = length; t-- > 0;) {
        size_t at = t * stride;
        float gy = grad_y[at], drive = dt[at] * u[at];
        float grad_drive = 0.0f, grad_exponent_a = 0.0f;
        for (size_t n = 0; n < D_STATE; n++) {
            float g = grad_h[n] + gy * c[t][n];
            float grad_exponent = g * h[t][n] * decay[t][n];
            grad_c[t][n] += gy * h[t + 1][n];
            grad_b[t][n] += g * drive;
            grad_drive += g * b[t][n];
            grad_exponent_a += grad_exponent * a[n];
            grad_a[n] += grad_exponent * dt[at];
            grad_h[n] = g * decay[t][n];
        }
        grad_u[at] = gy * d + grad_drive * dt[at];
        grad_dt[at] = grad_drive * u[at] + grad_exponent_a;
    }
}

// The states are computed again rather than kept. Returns as scan_forward.
int scan_backward(size_t batch, size_t length, size_t channels, const float *u, const float *dt,
                  const state_t *a, const state_t *b, const state_t *c, const float *d,
                  const float *grad_y, float *grad_u, float *grad_dt, state_t *grad_a,
                  state_t *grad_b, state_t *grad_c, float *grad_d) {
    state_t *decay = malloc((2 * length + 1) * sizeof *decay);
    if (!decay)
        return -1;
    state_t *h = decay + length;
    for (size_t pair = 0; pair < batch * channels; pair++) {
        size_t i = pair % channels;
        size_t row = pair / channels * length;
        size_t at = row * channels + i;
        channel_states(length, channels, u + at, dt + at, a[i], b + row, decay, h);
        channel_backward(length, channels, u + at, dt + at, a[i], b + row, c + row, d[i],
                         grad_y + at, (const state_t *)decay, (const state_t *)h, grad_u + at,
                         grad_dt + at, grad_a[i], grad_b + row, grad_c + row);
        for (size_t t = 0; t < length; t++) {
            grad_d[i] += grad_y[at + t * channels] * u[at + t * channels];
        }
    }
    free(decay);
    return 0;
}
