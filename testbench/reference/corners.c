// SPDX-License-Identifier: Apache-2.0
#include "corners.h"

// One neighbourhood a row, grouped by what it provokes.
// clang-format off
static const uint32_t patterns[] = {
    // zero, subnormals, the least normal number and its neighbours
    0x00000000, 0x00000001, 0x00000002, 0x00000003, 0x00000004, 0x00000005, 0x00000007, 0x00000008,
    0x00000100, 0x00012345, 0x001FFFFF, 0x00200000, 0x00200001, 0x003FFFFF, 0x00400000, 0x00400001,
    0x00555555, 0x007FFFFE, 0x007FFFFF, 0x00800000, 0x00800001, 0x00800002, 0x00BFFFFF, 0x00C00000,
    0x00FFFFFF, 0x01000000, 0x01000001, 0x017FFFFF, 0x0B800000, 0x0C000000, 0x0C7FFFFF,
    // square roots of the underflow bounds: 2^-63, 2^-64, 2^-74, 2^-75 and neighbours
    0x1F7FFFFF, 0x1F800000, 0x1F800001, 0x1FFFFFFF, 0x20000000, 0x20000001, 0x1A7FFFFF, 0x1A800000,
    0x1A800001, 0x1AFFFFFF, 0x1B000000,
    // near one; 2/3, 4/3 and their partners round products to powers of two
    0x33800000, 0x33800001, 0x34000000, 0x3E800000, 0x3EFFFFFE, 0x3EFFFFFF, 0x3F000000, 0x3F000001,
    0x3F2AAAAA, 0x3F2AAAAB, 0x3F400000, 0x3F7FFFFD, 0x3F7FFFFE, 0x3F7FFFFF, 0x3F800000, 0x3F800001,
    0x3F800002, 0x3F800003, 0x3FAAAAAA, 0x3FAAAAAB, 0x3FB504F3, 0x3FBFFFFF, 0x3FC00000, 0x3FC00001,
    0x3FFFFFFE, 0x3FFFFFFF, 0x40000000, 0x40000001, 0x40400000, 0x40490FDB,
    // k + 0.5 and neighbours: 2.5, 3.5, 6.5, 7.5, 8.5, 14.5, 15.5, 16.5, 31.5, 127.5, 128.5, 255.5
    0x401FFFFF, 0x40200000, 0x40200001, 0x405FFFFF, 0x40600000, 0x40600001, 0x40D00000, 0x40EFFFFF,
    0x40F00000, 0x40F00001, 0x4107FFFF, 0x41080000, 0x41080001, 0x41680000, 0x4177FFFF, 0x41780000,
    0x41780001, 0x41840000, 0x41FBFFFF, 0x41FC0000, 0x41FC0001, 0x42FEFFFF, 0x42FF0000, 0x42FF0001,
    0x43007FFF, 0x43008000, 0x43008001, 0x437F7FFF, 0x437F8000, 0x437F8001,
    // small integers
    0x40A00000, 0x40E00000, 0x41000000, 0x41700000, 0x41800000, 0x42C80000, 0x43000000,
    // where halves and then odd integers stop: 2^22, 2^23, 2^24
    0x4A7FFFFF, 0x4A800000, 0x4A800001, 0x4AFFFFFE, 0x4AFFFFFF, 0x4B000000, 0x4B000001, 0x4B7FFFFE,
    0x4B7FFFFF, 0x4B800000, 0x4B800001,
    // the limits of int32, uint32 and int64
    0x4E800000, 0x4EFFFFFE, 0x4EFFFFFF, 0x4F000000, 0x4F000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF,
    0x5F000000, 0x5F000001,
    // square roots of the overflow bound, 2^63.5, 2^64, and large powers
    0x5F3504F3, 0x5F3504F4, 0x5F7FFFFF, 0x5F800000, 0x5F800001, 0x5FFFFFFF, 0x60000000, 0x73000000,
    0x7E7FFFFF, 0x7E800000, 0x7EFFFFFF, 0x7F000000, 0x7F000001, 0x7F7FFFFE, 0x7F7FFFFF,
    // infinity, signalling NaNs, quiet NaNs
    0x7F800000, 0x7F800001, 0x7F812345, 0x7FA00000, 0x7FBFFFFF, 0x7FC00000, 0x7FC00001, 0x7FD55555,
    0x7FFFFFFF,
};
// clang-format on

enum { PATTERNS = sizeof patterns / sizeof *patterns };

size_t ref_corner_count(void) {
    return 2 * (size_t)PATTERNS;
}

uint32_t ref_corner(size_t i) {
    return i < PATTERNS ? patterns[i] : patterns[i - PATTERNS] | UINT32_C(0x80000000);
}

uint64_t ref_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int ref_random_int(uint64_t *state, int low, int high) {
    uint64_t span = (uint64_t)((int64_t)high - low + 1);
    return (int)(low + (int64_t)((ref_random(state) >> 16) % span));
}

static uint32_t random_fraction(uint64_t *state) {
    uint32_t bits = (uint32_t)ref_random(state) & 0x007FFFFF;
    switch (ref_random_int(state, 0, 3)) {
    case 0:
        return bits & (bits << 7) & (bits << 13) & 0x007FFFFF; // few ones
    case 1:
        return 0x007FFFFF ^ (bits & 7); // nearly all ones
    default:
        return bits;
    }
}

uint32_t ref_random_f32(uint64_t *state) {
    // Exponent fields: subnormal; products subnormal or 0; around 1; around the integers; overflow.
    static const struct {
        int low, high;
    } clusters[] = {{0, 0}, {50, 66}, {124, 130}, {127, 160}, {187, 193}, {0, 254}};
    uint64_t choice = ref_random(state);
    if ((choice & 3) == 0) {
        return (uint32_t)(choice >> 32);
    }
    int cluster = ref_random_int(state, 0, 5);
    uint32_t field = (uint32_t)ref_random_int(state, clusters[cluster].low, clusters[cluster].high);
    return (uint32_t)(choice >> 63) << 31 | field << 23 | random_fraction(state);
}

uint32_t ref_random_positive(uint64_t *state, int low, int high) {
    return (uint32_t)(ref_random_int(state, low, high) + 127) << 23 | random_fraction(state);
}
