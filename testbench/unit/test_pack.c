// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/format.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

enum { LENGTHS = 64, GUARD = 0xA5, ROOM = 160 };

// Bit k of the stream is bit k % width of code k / width; bit k % 8 of byte k / 8.
static void pack_by_bits(int width, size_t n, const uint16_t *codes, uint8_t *bytes) {
    size_t bits = n * (size_t)width;
    memset(bytes, 0, (bits + 7) / 8);
    for (size_t k = 0; k < bits; k++) {
        unsigned bit = (codes[k / (size_t)width] >> (k % (size_t)width)) & 1;
        bytes[k / 8] |= (uint8_t)(bit << (k % 8));
    }
}

static void check_round_trip(int width, size_t n, const uint16_t *codes) {
    size_t size = (n * (size_t)width + 7) / 8;
    uint8_t bytes[ROOM], expected[ROOM];
    uint16_t back[LENGTHS + 2];
    memset(bytes, GUARD, sizeof bytes);
    memset(expected, GUARD, sizeof expected);
    memset(back, GUARD, sizeof back);
    pack_by_bits(width, n, codes, expected + 8);
    se_pack(width, n, codes, bytes + 8);
    for (size_t i = 0; i < ROOM; i++) {
        if (bytes[i] != expected[i]) {
            cr_assert(0, "width %d, %zu codes: byte %td is %02X, expected %02X", width, n,
                      (ptrdiff_t)i - 8, bytes[i], expected[i]);
        }
    }
    // What lies beyond the packed bytes must not matter either.
    memset(bytes + 8 + size, 0xFF, ROOM - 8 - size);
    se_unpack(width, n, bytes + 8, back + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned code = codes[i] & ((1u << width) - 1);
        if (back[i + 1] != code) {
            cr_assert(0, "width %d, %zu codes: code %zu is %04X, packed %04X", width, n, i,
                      back[i + 1], code);
        }
    }
    cr_assert(back[0] == 0xA5A5 && back[n + 1] == 0xA5A5, "width %d, %zu codes: guard", width, n);
    cr_assert(se_packed_bytes(n, width) == size, "width %d, %zu codes: %zu bytes", width, n,
              se_packed_bytes(n, width));
}

Test(pack, every_width_and_length_there_and_back) {
    uint64_t state = 21;
    uint16_t codes[LENGTHS];
    unsigned long checks = 0;
    for (int width = 1; width <= 16; width++) {
        for (size_t n = 0; n <= LENGTHS; n++) {
            for (int variant = 0; variant < 3; variant++, checks++) {
                for (size_t i = 0; i < LENGTHS; i++) {
                    unsigned random = (unsigned)ref_random(&state) & ((1u << width) - 1);
                    unsigned ones = i % 2 ? 0 : (1u << width) - 1;
                    codes[i] = (uint16_t)(variant == 0 ? ones : random);
                }
                check_round_trip(width, n, codes);
            }
        }
    }
    printf("pack: %lu streams (seed 21)\n", checks);
}

Test(pack, bits_above_the_width_are_not_packed) {
    uint16_t codes[LENGTHS];
    memset(codes, 0xFF, sizeof codes);
    codes[1] = codes[5] = 0xFFE0;
    check_round_trip(5, LENGTHS, codes);
}

// 1, 2, 3, 31, 0, 21, 10, 17 as fives, least significant bit first:
// 10000 010|00 11000 1|1111 0000|0 10101 01|010 10001, cut into bytes.
Test(pack, eight_five_bit_codes_worked_by_hand) {
    const uint16_t codes[8] = {1, 2, 3, 31, 0, 21, 10, 17};
    const uint8_t expected[5] = {0x41, 0x8C, 0x0F, 0xAA, 0x8A};
    uint8_t bytes[7] = {GUARD, 0, 0, 0, 0, 0, GUARD};
    uint16_t back[8];
    cr_assert_eq(se_packed_bytes(8, 5), (size_t)5);
    se_pack(5, 8, codes, bytes + 1);
    for (int i = 0; i < 5; i++) {
        cr_expect(bytes[i + 1] == expected[i], "byte %d is %02X, by hand %02X", i, bytes[i + 1],
                  expected[i]);
    }
    cr_expect(bytes[0] == GUARD && bytes[6] == GUARD);
    se_unpack(5, 8, expected, back);
    for (int i = 0; i < 8; i++) {
        cr_expect(back[i] == codes[i], "code %d is %02X, by hand %02X", i, back[i], codes[i]);
    }
}

Test(pack, other_examples_worked_by_hand) {
    const uint16_t nibbles[3] = {0x1, 0xA, 0xF}, nines[2] = {0x1FF, 0x001};
    uint8_t bytes[3] = {0};
    se_pack(4, 3, nibbles, bytes);
    cr_expect(bytes[0] == 0xA1 && bytes[1] == 0x0F && bytes[2] == 0, "%02X %02X %02X", bytes[0],
              bytes[1], bytes[2]);
    se_pack(9, 2, nines, bytes); // 1 1111 1111, then 0 0000 0001 from bit 9
    cr_expect(bytes[0] == 0xFF && bytes[1] == 0x03 && bytes[2] == 0x00, "%02X %02X %02X", bytes[0],
              bytes[1], bytes[2]);
}
