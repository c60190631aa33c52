// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/int8.h"

#include "../fp/round_away.h"

#include <math.h>

const char *const se_rounding_names[] = {"away", "even", "truncate", NULL};

static inline int8_t saturate(float x) {
    x = x < -128 ? -128 : x;
    x = x > 127 ? 127 : x;
    return (int8_t)(int32_t)(x == x ? x : 0);
}

int8_t se_i8_round(enum se_rounding rounding, float x) {
    return saturate(rounding == SE_ROUND_AWAY   ? se_round_away(x)
                    : rounding == SE_ROUND_EVEN ? rintf(x)
                                                : truncf(x));
}

void se_i8_activations(enum se_rounding rounding, size_t n, const float *restrict x, float inv_s,
                       int8_t *restrict q) {
    switch (rounding) {
    case SE_ROUND_AWAY:
        for (size_t i = 0; i < n; i++) {
            q[i] = saturate(se_round_away(x[i] * inv_s));
        }
        break;
    case SE_ROUND_EVEN:
        for (size_t i = 0; i < n; i++) {
            q[i] = saturate(rintf(x[i] * inv_s));
        }
        break;
    case SE_ROUND_TRUNCATE:
        for (size_t i = 0; i < n; i++) {
            q[i] = saturate(truncf(x[i] * inv_s));
        }
        break;
    }
}

float se_i8_absmax(size_t n, const float *w) {
    float largest = 1e-5f;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(w[i]));
    }
    return largest;
}

void se_i8_parameters(size_t n, const float *restrict w, float s, int8_t *restrict q) {
    for (size_t i = 0; i < n; i++) {
        q[i] = saturate(rintf(w[i] / s));
    }
}
