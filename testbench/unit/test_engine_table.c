// SPDX-License-Identifier: Apache-2.0
// The words of a table with quantisers, worked out by hand.
#include "w4a5se/engine_table.h"

#include <criterion/criterion.h>

#include <math.h>

TestSuite(engine_table);

// Two heads of four dimensions: head 0 in dim group 1, head 1 in both.
static const uint32_t HEADS[] = {1, 2}, DIMS[] = {0, 4, 3, 4};
static const float SCALES[] = {1, 0.5f, 2, 0.25f};
static const struct se_scale_table TABLE = {{1, 2, 2, 2, 4}, HEADS, DIMS, SCALES};

static void make_quantizers(struct se_quantizer *q) {
    for (size_t i = 0; i < 4; i++) {
        float s1 = SCALES[i];
        cr_assert_eq(
            se_quantizer_init(&q[i], se_format_signed(4, true), s1, 4, 8 * s1, INFINITY, NULL),
            SE_OK);
    }
}

static void expect_words(enum se_lookup_form form, enum se_engine engine, size_t n,
                         const uint32_t *expected) {
    struct se_quantizer q[4];
    uint32_t words[32] = {0};
    make_quantizers(q);
    cr_assert_eq(se_engine_table_words(&TABLE.shape, form, engine), n);
    cr_assert_eq(se_engine_table_convert(&TABLE, q, form, engine, words, NULL), SE_OK);
    cr_expect_arr_eq(words, expected, n * sizeof *words);
    cr_expect_eq(words[n], 0);
}

Test(engine_table, words_of_both_engines) {
    // s1, s2 = 4 s1
    static const uint32_t scan[] = {1,          2,          0,          4,          3,
                                    4,          0x3F800000, 0x40800000, 0x3F000000, 0x40000000,
                                    0x40000000, 0x41000000, 0x3E800000, 0x3F800000};
    // inv_s1, inv_s2 = inv_s1 / 4, thr_pos = 8 s1, thr_neg
    static const uint32_t conv_lut[] = {1,          1,          1,          1,          2,
                                        2,          2,          3,          0x3F800000, 0x3E800000,
                                        0x41000000, 0x7F800000, 0x40000000, 0x3F000000, 0x40800000,
                                        0x7F800000, 0x3F000000, 0x3E000000, 0x41800000, 0x7F800000,
                                        0x40800000, 0x3F800000, 0x40000000, 0x7F800000};
    // The first group is empty.
    static const uint32_t scan_cursor[] = {
        1,          2,          0,          4,          3,          4,          0x3F000000,
        0x40000000, 0x3F000000, 0x40000000, 0x40000000, 0x41000000, 0x3E800000, 0x3F800000};
    expect_words(SE_LOOKUP_SEQUENTIAL, SE_ENGINE_SCAN, 14, scan);
    expect_words(SE_LOOKUP_PARALLEL, SE_ENGINE_SCAN, 14, scan);
    expect_words(SE_LOOKUP_CURSOR, SE_ENGINE_SCAN, 14, scan_cursor);
    expect_words(SE_LOOKUP_LUT, SE_ENGINE_CONV, 24, conv_lut);
}

static void expect_refused(const struct se_scale_table *table, const struct se_quantizer *q,
                           enum se_engine engine, const char *message) {
    struct se_error err = {""};
    uint32_t words[32];
    cr_expect_eq(se_engine_table_convert(table, q, SE_LOOKUP_CURSOR, engine, words, &err),
                 SE_INVALID);
    cr_expect_str_eq(err.message, message);
}

Test(engine_table, refusals) {
    static const uint32_t bad_heads[] = {1, 3};
    struct se_scale_table bad = TABLE;
    struct se_quantizer q[4];
    uint32_t words[32];
    make_quantizers(q);
    bad.head_range = bad_heads;
    expect_refused(&bad, q, SE_ENGINE_SCAN,
                   "head_range: row 0 ends with 3, which is not the size 2");
    q[2].thr_neg = NAN;
    expect_refused(&TABLE, q, SE_ENGINE_CONV, "quantiser 2 has a threshold that is NaN");
    cr_expect_eq(se_engine_table_convert(&TABLE, q, SE_LOOKUP_CURSOR, SE_ENGINE_SCAN, words, NULL),
                 SE_OK, "the scan reads no threshold");
    make_quantizers(q);
    q[3].inv_s2 = INFINITY;
    expect_refused(&TABLE, q, SE_ENGINE_CONV,
                   "quantiser 3 has a scale of inf, which is not finite and positive");
    q[1].s2 = -1;
    expect_refused(&TABLE, q, SE_ENGINE_SCAN,
                   "quantiser 1 has a scale of -1, which is not finite and positive");
    q[0].s1 = 1.5f;
    expect_refused(&TABLE, q, SE_ENGINE_SCAN, "quantiser 0 has s1 1.5, but the table's scale is 1");
}
