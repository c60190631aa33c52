// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises. Distances are not negative, so their bits
// are ordered as they are, and maxima are those of integers.
#include "measure.h"

#include <math.h>
#include <string.h>

static inline int64_t bits_of(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double from_bits(int64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// 1 / ulp of binary32 at a number of this size.
static inline double ulps_in_one(double size) {
    int64_t exponent = (bits_of(size) >> 52) - 1023;
    exponent = exponent < -126 ? -126 : exponent;
    exponent = exponent > 127 ? 127 : exponent;
    return from_bits((1023 + 23 - exponent) * (INT64_C(1) << 52));
}

// Infinity is right from the middle of the largest number and the next power of two.
static inline double distance(double y, double exact) {
    double limit = 0x1.ffffffp127;
    double right = exact >= limit ? INFINITY : exact <= -limit ? -INFINITY : exact;
    return y == right ? 0 : fabs(y - right);
}

static void measure_each(struct chunk *c) {
    for (int i = 0; i < CHUNK; i++) {
        double size = fabs(c->exact[i]), off = distance(c->y[i], c->exact[i]);
        double relative = off / size;
        c->ulps[i] = off * ulps_in_one(size);
        c->relative[i] = off > 0 && size > 0 ? relative : 0;
    }
}

static void count(const struct chunk *c, struct measured *m) {
    int64_t correct = 0, near_tie = 0, subnormal = 0, subnormal_wrong = 0;
    for (int i = 0; i < CHUNK; i++) {
        double size = fabs(c->exact[i]), from_tie = c->ulps[i] - 0.5;
        int64_t near = fabs(from_tie) < NEAR_TIE, same = !c->sign_differs[i];
        int64_t right = (from_tie <= -NEAR_TIE) & same;
        int64_t small = (size > 0) & (size < 0x1p-126);
        correct += right;
        near_tie += near & same;
        subnormal += small;
        subnormal_wrong += small & !right & !(near & same);
    }
    m->correct = (uint64_t)correct;
    m->near_tie = (uint64_t)near_tie;
    m->subnormal = (uint64_t)subnormal;
    m->subnormal_wrong = (uint64_t)subnormal_wrong;
}

static void find_maxima(const struct chunk *c, struct measured *m) {
    int64_t ulps = 0, relative = 0, of_normal = 0;
    for (int i = 0; i < CHUNK; i++) {
        int64_t u = bits_of(c->ulps[i]), r = bits_of(c->relative[i]);
        int64_t n = fabs(c->exact[i]) >= 0x1p-126 ? r : 0;
        ulps = u > ulps ? u : ulps;
        relative = r > relative ? r : relative;
        of_normal = n > of_normal ? n : of_normal;
    }
    m->most_ulps = from_bits(ulps);
    m->most_relative = from_bits(relative);
    m->most_relative_of_normal = from_bits(of_normal);
}

struct measured measure(struct chunk *c) {
    struct measured m;
    measure_each(c);
    count(c, &m);
    find_maxima(c, &m);
    return m;
}
