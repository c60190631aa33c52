// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/codebook_formats.h"

#include <stdlib.h>

const struct se_codebook_format se_codebook_formats[] = {
    {"int4", SE_MAGNITUDES_INT, SE_SIDES_SIGNED, 4, 0},
    {"int4-offset", SE_MAGNITUDES_INT, SE_SIDES_OFFSET, 4, 0},
    {"e2m1", SE_MAGNITUDES_FLOAT, SE_SIDES_SIGNED, 4, 2},
    {"e2m1-skewed", SE_MAGNITUDES_FLOAT, SE_SIDES_SKEWED, 4, 2},
    {"ue2m2-offset", SE_MAGNITUDES_FLOAT, SE_SIDES_OFFSET, 4, 2},
    {"ue3m1-offset", SE_MAGNITUDES_FLOAT, SE_SIDES_OFFSET, 4, 3},
    {"flint4", SE_MAGNITUDES_FLINT, SE_SIDES_SIGNED, 4, 0},
    {"flint4-skewed", SE_MAGNITUDES_FLINT, SE_SIDES_SKEWED, 4, 0},
    {"flint4-offset", SE_MAGNITUDES_FLINT, SE_SIDES_OFFSET, 4, 0},
    {"apot4", SE_MAGNITUDES_APOT, SE_SIDES_SIGNED, 4, 0},
    {"apot4-skewed", SE_MAGNITUDES_APOT, SE_SIDES_SKEWED, 4, 0},
    {"apot4-offset", SE_MAGNITUDES_APOT, SE_SIDES_OFFSET, 4, 0},
    {"int5", SE_MAGNITUDES_INT, SE_SIDES_SIGNED, 5, 0},
    {"int5-offset", SE_MAGNITUDES_INT, SE_SIDES_OFFSET, 5, 0},
    {"e2m2", SE_MAGNITUDES_FLOAT, SE_SIDES_SIGNED, 5, 2},
    {"e2m2-skewed", SE_MAGNITUDES_FLOAT, SE_SIDES_SKEWED, 5, 2},
    {"ue2m3-offset", SE_MAGNITUDES_FLOAT, SE_SIDES_OFFSET, 5, 2},
    {"ue3m2-offset", SE_MAGNITUDES_FLOAT, SE_SIDES_OFFSET, 5, 3},
    {"flint5", SE_MAGNITUDES_FLINT, SE_SIDES_SIGNED, 5, 0},
    {"flint5-skewed", SE_MAGNITUDES_FLINT, SE_SIDES_SKEWED, 5, 0},
    {"flint5-offset", SE_MAGNITUDES_FLINT, SE_SIDES_OFFSET, 5, 0},
    {"apot5", SE_MAGNITUDES_APOT, SE_SIDES_SIGNED, 5, 0},
    {"apot5-skewed", SE_MAGNITUDES_APOT, SE_SIDES_SKEWED, 5, 0},
    {"apot5-offset", SE_MAGNITUDES_APOT, SE_SIDES_OFFSET, 5, 0},
    {"int6", SE_MAGNITUDES_INT, SE_SIDES_SIGNED, 6, 0},
    {"int6-offset", SE_MAGNITUDES_INT, SE_SIDES_OFFSET, 6, 0},
    {0},
};

// The magnitude that `code` stands for.
static int float_magnitude(int mantissa_bits, int code) {
    int one = 1 << mantissa_bits, exponent = code >> mantissa_bits;
    return exponent == 0 ? code : (one + (code & (one - 1))) << (exponent - 1);
}

// In order of magnitude, not of ANT's codes.
static int flint_magnitude(int bits, int index) {
    int left = index - (1 << (bits - 1));
    for (int exponent = bits - 1, mantissa = bits - 2; left >= 0; exponent++, mantissa--) {
        if (mantissa < 0) {
            return 1 << (2 * bits - 2);
        }
        if (left < 1 << mantissa) {
            return (1 << exponent) + (left << (exponent - mantissa));
        }
        left -= 1 << mantissa;
    }
    return index;
}

// Two bits of the code choose from each of the first two sets, a fifth or third one from the last.
static int apot_magnitude(int bits, int code) {
    static const int sets[3][3][4] = {
        {{0, 8, 4, 1}, {0, 2}, {0}},             // 3 bits, units of 2^-4
        {{0, 32, 8, 2}, {0, 16, 4, 1}, {0}},     // 4 bits, 2^-6
        {{0, 64, 16, 2}, {0, 32, 8, 1}, {0, 4}}, // 5 bits, 2^-7
    };
    const int(*set)[4] = sets[bits - 3];
    return set[0][code & 3] + set[1][code >> 2 & 3] + set[2][code >> 4];
}

static int magnitude(const struct se_codebook_format *f, int bits, int code) {
    switch (f->magnitudes) {
    case SE_MAGNITUDES_FLOAT:
        return float_magnitude(bits - f->exponent_bits, code);
    case SE_MAGNITUDES_FLINT:
        return flint_magnitude(bits, code);
    case SE_MAGNITUDES_APOT:
        return apot_magnitude(bits, code);
    case SE_MAGNITUDES_INT:
        break;
    }
    return code;
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

size_t se_codebook_format_levels(const struct se_codebook_format *f, int shift, float *levels) {
    bool twos_complement = f->magnitudes == SE_MAGNITUDES_INT && f->sides == SE_SIDES_SIGNED;
    bool offset = f->sides == SE_SIDES_OFFSET || twos_complement;
    int z = twos_complement ? 1 << (f->bits - 1) : shift;
    int bits = offset ? f->bits : f->bits - 1;
    size_t n = 0, distinct = 1;
    for (int code = 0; code < 1 << bits; code++) {
        int m = magnitude(f, bits, code);
        if (offset) {
            levels[n++] = (float)(m - z);
        } else {
            levels[n++] = (float)-m;
            levels[n++] = (float)(f->sides == SE_SIDES_SKEWED ? m << shift : m);
        }
    }
    qsort(levels, n, sizeof *levels, by_value);
    for (size_t i = 1; i < n; i++) {
        if (levels[i] != levels[distinct - 1]) {
            levels[distinct++] = levels[i];
        }
    }
    return distinct;
}
