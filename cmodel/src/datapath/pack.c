// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/format.h"

void se_pack(int width, size_t n, const uint16_t *codes, uint8_t *bytes) {
    uint32_t mask = (1u << width) - 1, held = 0; // bits not yet written, the oldest lowest
    int held_bits = 0;
    for (size_t i = 0; i < n; i++) {
        held |= (codes[i] & mask) << held_bits;
        held_bits += width;
        while (held_bits >= 8) {
            *bytes++ = (uint8_t)held;
            held >>= 8;
            held_bits -= 8;
        }
    }
    if (held_bits > 0) {
        *bytes = (uint8_t)held;
    }
}

void se_unpack(int width, size_t n, const uint8_t *bytes, uint16_t *codes) {
    uint32_t mask = (1u << width) - 1, held = 0;
    int held_bits = 0;
    for (size_t i = 0; i < n; i++) {
        while (held_bits < width) {
            held |= (uint32_t)*bytes++ << held_bits;
            held_bits += 8;
        }
        codes[i] = (uint16_t)(held & mask);
        held >>= width;
        held_bits -= width;
    }
}
