// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/format.h"

#include "../reference/corners.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void check_one(const struct se_format *f, bool flag, int q) {
    int levels = 1 << f->code_bits;
    uint32_t expected = (uint32_t)((flag ? levels : 0) + ((q % levels) + levels) % levels);
    uint16_t code = se_code_pack_q(f, flag, q);
    if (code != expected || se_code_flag(f, code) != flag || se_code_q(f, code) != q) {
        cr_assert(0,
                  "B %d, bases %d %d, flag %d, q %d: code %04X (expected %04" PRIX32
                  "), back to flag %d, q %d",
                  f->code_bits, f->base1, f->base2, flag, q, code, expected, se_code_flag(f, code),
                  se_code_q(f, code));
    }
}

// Every code of the format: q -> code -> q; and that the codes are all different.
static unsigned long check_format(struct se_format f) {
    struct se_error err = {""};
    if (se_format_check(&f, &err) != SE_OK) {
        cr_assert(0, "B %d, bases %d %d refused: %s", f.code_bits, f.base1, f.base2, err.message);
    }
    int levels = 1 << f.code_bits;
    bool seen[512] = {false};
    for (int flag = 0; flag <= f.dual; flag++) {
        int first = flag ? f.base2 : f.base1;
        if (se_format_base(&f, flag) != first || se_format_last(&f, flag) != first + levels - 1) {
            cr_assert(0, "B %d, bases %d %d: range %d to %d", f.code_bits, f.base1, f.base2,
                      se_format_base(&f, flag), se_format_last(&f, flag));
        }
        for (int q = first; q < first + levels; q++) {
            check_one(&f, flag, q);
            uint16_t code = se_code_pack_q(&f, flag, q);
            cr_assert(code < 512 && !seen[code], "code %04X stands for two integers", code);
            seen[code] = true;
        }
    }
    return (unsigned long)levels << f.dual;
}

// A Criterion assertion costs microseconds, so `seen` is asserted on few formats: B = 4 has 1024
// pairs of bases; the others are sampled, ends included.
Test(format, code_to_integer_and_back_in_every_format) {
    uint64_t state = 11;
    unsigned long checks = 0;
    for (int bits = 4; bits <= 8; bits++) {
        int levels = 1 << bits;
        for (int base = -levels; base < levels; base++) {
            checks += check_format((struct se_format){bits, false, base, base});
        }
        const int ends[] = {-levels, -levels / 2, -1, 0, 1, levels - 1};
        for (int i = 0; i < 36; i++) {
            checks += check_format((struct se_format){bits, true, ends[i / 6], ends[i % 6]});
        }
        for (int i = 0; bits > 4 && i < 50; i++) {
            int base1 = ref_random_int(&state, -levels, levels - 1);
            int base2 = ref_random_int(&state, -levels, levels - 1);
            checks += check_format((struct se_format){bits, true, base1, base2});
        }
    }
    for (int base1 = -16; base1 < 16; base1++) {
        for (int base2 = -16; base2 < 16; base2++) {
            checks += check_format((struct se_format){4, true, base1, base2});
        }
    }
    printf("format: %lu codes\n", checks);
}

Test(format, twos_complement_when_the_base_is_the_least_integer) {
    for (int bits = 4; bits <= 8; bits++) {
        for (int dual = 0; dual <= 1; dual++) {
            struct se_format f = se_format_signed(bits, dual);
            cr_assert(f.code_bits == bits && f.dual == dual);
            cr_assert(f.base1 == -(1 << (bits - 1)) && f.base2 == f.base1);
            for (int code = 0; code < 1 << (bits + dual); code++) {
                // Sign-extend the low bits: the top one weighs -2^(B-1).
                int low = code & ((1 << (bits - 1)) - 1), top = (code >> (bits - 1)) & 1;
                int expected = low - top * (1 << (bits - 1));
                cr_assert(se_code_q(&f, (uint16_t)code) == expected, "B %d, code %X: %d", bits,
                          (unsigned)code, se_code_q(&f, (uint16_t)code));
            }
        }
    }
}

Test(format, codes_worked_by_hand) {
    // base1 -4: nibbles 12..15 are -4..-1 and 0..11 themselves. base2 3: 0, 1, 2 are 16, 17, 18.
    const struct se_format f = {4, true, -4, 3};
    cr_expect_eq(se_code_pack_q(&f, false, -4), 0x0C);
    cr_expect_eq(se_code_pack_q(&f, false, -1), 0x0F);
    cr_expect_eq(se_code_pack_q(&f, false, 11), 0x0B);
    cr_expect_eq(se_code_pack_q(&f, true, 3), 0x13);
    cr_expect_eq(se_code_pack_q(&f, true, 15), 0x1F);
    cr_expect_eq(se_code_pack_q(&f, true, 16), 0x10);
    cr_expect_eq(se_code_pack_q(&f, true, 18), 0x12);
    cr_expect_eq(se_code_q(&f, 0x0C), -4);
    cr_expect_eq(se_code_q(&f, 0x0B), 11);
    cr_expect_eq(se_code_q(&f, 0x12), 18);
    cr_expect_eq(se_code_q(&f, 0x13), 3);
    cr_expect_eq(se_format_width(&f), 5);
    cr_expect_eq(se_format_levels(&f), 16);
    struct se_format int8 = se_format_signed(8, false);
    cr_expect_eq(se_format_width(&int8), 8);
    cr_expect_eq(se_code_pack_q(&int8, false, -128), 0x80);
    cr_expect_eq(se_code_pack_q(&int8, false, 127), 0x7F);
    struct se_format mode3 = se_format_signed(8, true);
    cr_expect_eq(se_format_width(&mode3), 9);
    cr_expect_eq(se_code_pack_q(&mode3, true, -1), 0x1FF);
}

static void expect_refused(struct se_format f, const char *name, const char *value) {
    struct se_error err = {""};
    cr_expect_eq(se_format_check(&f, &err), SE_INVALID, "B %d, bases %d %d accepted", f.code_bits,
                 f.base1, f.base2);
    cr_expect(strstr(err.message, name) && strstr(err.message, value), "\"%s\" lacks %s or %s",
              err.message, name, value);
    cr_expect_eq(se_format_check(&f, NULL), SE_INVALID, "without a place for the message");
}

Test(format, refusals_name_the_field) {
    expect_refused((struct se_format){3, true, -4, -4}, "code_bits", "3");
    expect_refused((struct se_format){9, false, 0, 0}, "code_bits", "9");
    expect_refused((struct se_format){0, false, 0, 0}, "code_bits", "0");
    expect_refused((struct se_format){-1, false, 0, 0}, "code_bits", "-1");
    expect_refused((struct se_format){1000, false, 0, 0}, "code_bits", "1000");
    expect_refused((struct se_format){4, true, -17, -8}, "base1", "-17");
    expect_refused((struct se_format){4, true, 16, -8}, "base1", "16");
    expect_refused((struct se_format){4, true, -8, -17}, "base2", "-17");
    expect_refused((struct se_format){4, true, -8, 16}, "base2", "16");
    expect_refused((struct se_format){8, true, -257, 0}, "base1", "-257");
    expect_refused((struct se_format){8, true, 0, 256}, "base2", "256");
    expect_refused((struct se_format){4, false, -8, -7}, "base2", "-7");
}

Test(format, the_message_is_left_alone_when_all_is_well) {
    struct se_error err = {"untouched"};
    struct se_format f = se_format_signed(5, true);
    cr_expect_eq(se_format_check(&f, &err), SE_OK);
    cr_expect_str_eq(err.message, "untouched");
}
