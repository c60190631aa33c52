// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/scale_table.h"

#include "../reference/scale_table.h"
#include "folder.h"

#include "w4a5se/fp32.h"
#include "w4a5se/npy.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(scale_table, .init = enter_directory, .fini = leave_directory);

// Two groups of 3 heads of 4 dimensions, in 2 x 2 groups.
static const struct se_scale_shape SMALL = {2, 2, 2, 3, 4};
static const uint32_t SMALL_HEADS[] = {1, 3, 0, 3}; // the second group's first is empty
static const uint32_t SMALL_DIMS[] = {2, 4, 0, 4, 4, 4, 1, 4};
static const float SMALL_SCALES[] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct se_scale_table small(void) {
    return (struct se_scale_table){SMALL, SMALL_HEADS, SMALL_DIMS, SMALL_SCALES};
}

Test(scale_table, by_hand) {
    static const float EXPECTED[] = {
        1, 1, 2, 2, // group 0, head 0: bounds 2, 4
        4, 4, 4, 4, // heads 1 and 2: bounds 0, 4
        4, 4, 4, 4, //
        7, 8, 8, 8, // group 1: only the second head group has heads; bounds 1, 4
        7, 8, 8, 8, //
        7, 8, 8, 8, //
    };
    struct se_scale_table table = small();
    struct se_error err = {""};
    cr_assert_eq(se_scale_table_check(&table, &err), SE_OK, "%s", err.message);
    float scales[24];
    cr_assert_eq(se_scale_channels(&SMALL), 24);
    se_scale_expand(&table, scales);
    cr_expect_arr_eq(scales, EXPECTED, sizeof EXPECTED);
}

Test(scale_table, one_scale_for_all) {
    static const uint32_t heads[] = {5}, dims[] = {64};
    static const float scale[] = {0.25f};
    struct se_scale_table table = {{1, 1, 1, 5, 64}, heads, dims, scale};
    cr_assert_eq(se_scale_table_check(&table, NULL), SE_OK);
    for (size_t c = 0; c < 320; c++) {
        cr_assert_eq(se_scale_index(&table, c), 0);
    }
}

static const struct se_scale_shape SHAPES[] = {
    {8, 4, 4, 16, 64}, {1, 4, 4, 80, 64}, {8, 2, 2, 16, 64}, {1, 1, 1, 80, 64},
    {1, 4, 4, 4, 64},  {1, 3, 5, 7, 9},   {2, 8, 8, 32, 4},
};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

Test(scale_table, random_tables_against_their_layout) {
    static struct random_table t;
    uint64_t state = 1;
    size_t compared = 0;
    for (size_t i = 0; i < N_SHAPES; i++) {
        for (int n = 0; n < 60; n++) {
            struct se_error err = {""};
            random_table(&t, &SHAPES[i], SE_SCALE_FP32, &state);
            cr_assert_eq(se_scale_table_check(&t.table, &err), SE_OK, "%s", err.message);
            for (size_t c = 0; c < se_scale_channels(&SHAPES[i]); c++, compared++) {
                cr_assert_eq(se_scale_index(&t.table, c), t.index[c],
                             "shape %zu, table %d, channel %zu: %zu, not %u", i, n, c,
                             se_scale_index(&t.table, c), t.index[c]);
                cr_assert_eq(se_scale_of(&t.table, c), t.scales[t.index[c]]);
            }
        }
    }
    cr_assert_gt(compared, 1000000);
}

Test(scale_table, state_scales_have_an_n) {
    struct se_scale_table table = small();
    float state_scales[8 * 3];
    for (int i = 0; i < 24; i++) {
        state_scales[i] = (float)i;
    }
    cr_expect_eq(se_state_scale_of(&table, 3, state_scales, 0, 2), 2);   // index 0
    cr_expect_eq(se_state_scale_of(&table, 3, state_scales, 5, 0), 9);   // index 3
    cr_expect_eq(se_state_scale_of(&table, 3, state_scales, 13, 1), 22); // index 7
}

Test(scale_table, state_scales_of_random_tables) {
    enum { STATES = 3 };
    static struct random_table t;
    static float state_scales[RANDOM_TABLE_SCALES * STATES];
    static float expanded[RANDOM_TABLE_CHANNELS * STATES];
    uint64_t state = 2;
    for (size_t i = 0; i < RANDOM_TABLE_SCALES * STATES; i++) {
        state_scales[i] = (float)i;
    }
    for (size_t i = 0; i < N_SHAPES; i++) {
        random_table(&t, &SHAPES[i], SE_SCALE_FP32, &state);
        se_state_scales_expand(&t.table, STATES, state_scales, expanded);
        for (size_t k = 0; k < se_scale_channels(&SHAPES[i]) * STATES; k++) {
            cr_assert_eq(expanded[k], (float)(t.index[k / STATES] * STATES + k % STATES));
        }
    }
}

static void expect_refused(const struct se_scale_table *table, const char *sentence) {
    struct se_error err = {""};
    cr_expect_eq(se_scale_table_check(table, &err), SE_INVALID);
    cr_expect_str_eq(err.message, sentence);
    uint32_t words[1024];
    cr_expect_eq(se_lookup_convert(table, SE_LOOKUP_CURSOR, SE_SCALE_FP32, words, NULL),
                 SE_INVALID);
}

Test(scale_table, refusals) {
    uint32_t heads[4], dims[8];
    float scales[8];
    memcpy(heads, SMALL_HEADS, sizeof heads);
    memcpy(dims, SMALL_DIMS, sizeof dims);
    memcpy(scales, SMALL_SCALES, sizeof scales);
    struct se_scale_table table = {SMALL, heads, dims, scales};
    heads[1] = 2;
    expect_refused(&table, "head_range: row 0 ends with 2, which is not the size 3");
    heads[1] = 4;
    expect_refused(&table, "head_range: row 0 ends with 4, which is not the size 3");
    heads[1] = 3, heads[2] = 5;
    expect_refused(&table, "head_range: row 1 decreases from 5 to 3 at entry 1");
    heads[2] = 0, dims[6] = UINT32_C(0x80000001);
    expect_refused(&table, "dim_range: row 3 decreases from 2147483649 to 4 at entry 1");
    dims[6] = 1, dims[3] = 0;
    expect_refused(&table, "dim_range: row 1 ends with 0, which is not the size 4");
    dims[3] = 4, scales[5] = 0;
    expect_refused(&table, "scales: entry 5 is 0, which is not finite and positive");
    scales[5] = -1;
    expect_refused(&table, "scales: entry 5 is -1, which is not finite and positive");
    scales[5] = NAN;
    cr_expect_eq(se_scale_table_check(&table, NULL), SE_INVALID);
    scales[5] = INFINITY;
    expect_refused(&table, "scales: entry 5 is inf, which is not finite and positive");
    scales[5] = 1, table.shape.dim_groups = 0;
    expect_refused(&table, "dim_groups is 0, which is not in 1..64");
    table.shape = (struct se_scale_shape){64, 64, 64, 3, 4};
    expect_refused(&table, "groups * head_groups * dim_groups is 262144, more than 4096");
}

Test(scale_table, hardware_words) {
    static const uint32_t heads[] = {1, 2}, dims[] = {0, 4, 3, 4};
    static const float scales[] = {1, 1.5f, 2, 0.5f};
    static const uint32_t BOUNDS[] = {1, 2,          0,          4,          3,
                                      4, 0x3F800000, 0x3FC00000, 0x40000000, 0x3F000000};
    static const uint32_t LUT[] = {1, 1, 1,          1,          2,          2,
                                   2, 3, 0x3F800000, 0x3FC00000, 0x40000000, 0x3F000000};
    // The first group is empty: its row's first run has the second scale, and there is no other.
    static const uint32_t CURSOR[] = {1, 2,          0,          4,          3,
                                      4, 0x3FC00000, 0x3FC00000, 0x40000000, 0x3F000000};
    struct se_scale_table table = {{1, 2, 2, 2, 4}, heads, dims, scales};
    for (int form = 0; form < SE_LOOKUP_FORMS; form++) {
        uint32_t words[16] = {0};
        bool lut = form == SE_LOOKUP_LUT;
        const uint32_t *expected = lut ? LUT : form == SE_LOOKUP_CURSOR ? CURSOR : BOUNDS;
        size_t n = se_lookup_words(&table.shape, (enum se_lookup_form)form);
        cr_assert_eq(n, lut ? 12 : 10);
        cr_assert_eq(
            se_lookup_convert(&table, (enum se_lookup_form)form, SE_SCALE_FP16, words, NULL),
            SE_OK);
        cr_expect_arr_eq(words, expected, n * sizeof *words);
    }
}

Test(scale_table, narrow_scales_must_be_exact) {
    static const uint32_t heads[] = {2}, dims[] = {4};
    static const struct {
        float scale;
        bool bf16, fp16;
    } CASES[] = {
        {1, true, true},
        {1.0078125f, true, true},       // 8 bits
        {1.00390625f, false, true},     // 9
        {1.0009765625f, false, true},   // 11
        {1.00048828125f, false, false}, // 12
        {0x1p-14f, true, true},         // FP16's least normal number
        {0x1p-15f, true, false},        //
        {65504, false, true},           // its greatest
        {65536, true, false},           //
        {0x1p-149f, false, false},      //
        {0x1p-126f, true, false},       //
        {0.1f, false, false},           //
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_scale_table table = {{1, 1, 1, 2, 4}, heads, dims, &CASES[i].scale};
        uint32_t words[3];
        cr_expect_eq(se_lookup_convert(&table, SE_LOOKUP_CURSOR, SE_SCALE_BF16, words, NULL) ==
                         SE_OK,
                     CASES[i].bf16, "BF16 %a", (double)CASES[i].scale);
        cr_expect_eq(se_lookup_convert(&table, SE_LOOKUP_CURSOR, SE_SCALE_FP16, words, NULL) ==
                         SE_OK,
                     CASES[i].fp16, "FP16 %a", (double)CASES[i].scale);
    }
}

Test(scale_table, hardware_takes_powers_of_2) {
    struct se_scale_table table = small(); // two groups of three heads
    uint32_t words[64];
    cr_expect_eq(se_lookup_convert(&table, SE_LOOKUP_LUT, SE_SCALE_FP32, words, NULL), SE_INVALID);
}

Test(scale_table, memory_by_hand) {
    static const struct se_scale_shape quamba2 = {8, 4, 4, 16, 64};
    // 32 head bounds of 5 bits, 128 dim bounds of 7, 128 scales of 32; two banks
    cr_expect_eq(se_lookup_memory_bits(&quamba2, SE_LOOKUP_SEQUENTIAL, 0, 32),
                 2 * (32 * 5 + 128 * 7 + 128 * 32));
    cr_expect_eq(se_lookup_memory_bits(&quamba2, SE_LOOKUP_SEQUENTIAL, 32, 32), 2 * 32 * 288);
    cr_expect_eq(se_lookup_memory_bits(&quamba2, SE_LOOKUP_PARALLEL, 0, 32),
                 2 * (24 * 5 + 96 * 7 + 128 * 32));
    cr_expect_eq(se_lookup_memory_bits(&quamba2, SE_LOOKUP_LUT, 0, 16), 2 * (8192 * 4 + 128 * 16));
    cr_expect_eq(se_lookup_memory_bits(&quamba2, SE_LOOKUP_CURSOR, 0, 32),
                 2 * (32 * 6 + 128 * 8 + 128 * 32));
}

static void put(const char *text) {
    FILE *stream = fopen("x.yaml", "wb");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
}

#define SIZES "groups: 1\nhead_groups: 2\ndim_groups: 2\nheads: 3\nheaddim: 4\n"
#define BOUNDS "head_range: [1, 3]\ndim_range: [2, 4, 0, 4]\n"

Test(scale_table, file_is_read) {
    struct se_scale_file file;
    struct se_error err = {""};
    put(SIZES BOUNDS "scales: [1, 0.5, 3e-2, 4]\nb_scales:\n- 0.25\n");
    cr_assert_eq(se_scale_table_load("x.yaml", &file, &err), SE_OK, "%s", err.message);
    cr_expect_eq(file.table.shape.heads, 3);
    cr_expect_eq(file.table.head_range[1], 3);
    cr_expect_eq(file.table.dim_range[3], 4);
    cr_expect_eq(file.table.scales[2], 0.03f);
    cr_expect_eq(file.b_scales[0], 0.25f);
    cr_expect_null(file.c_scales);
    se_scale_file_free(&file);
}

Test(scale_table, file_refusals) {
    static const struct {
        const char *text, *sentence;
    } CASES[] = {
        {SIZES BOUNDS, "x.yaml: scales is missing"},
        {SIZES BOUNDS "scales: [1, 2, 3]\n",
         "x.yaml: scales has 3 entries, and the sizes ask for 4 (line 8)"},
        {SIZES BOUNDS "scales: [1, 2, 3, x]\n",
         "x.yaml: scales is 'x', which is not a binary32 number (line 8)"},
        {SIZES BOUNDS "scales: [1, 2, 3, 0]\n",
         "x.yaml: scales: entry 3 is 0, which is not finite and positive"},
        {SIZES BOUNDS "scales: [1, 2, 3, 4]\nc_scales: [-1]\n",
         "x.yaml: c_scales: entry 0 is -1, which is not finite and positive"},
        {SIZES "head_range: [1, 2]\ndim_range: [2, 4, 0, 4]\nscales: [1, 2, 3, 4]\n",
         "x.yaml: head_range: row 0 ends with 2, which is not the size 3"},
        {SIZES "head_range: [1, 3]\ndim_range: [5, 4, 0, 4]\nscales: [1, 2, 3, 4]\n",
         "x.yaml: dim_range: row 0 decreases from 5 to 4 at entry 1"},
        {SIZES "head_range: [-1, 3]\ndim_range: [2, 4, 0, 4]\nscales: [1, 2, 3, 4]\n",
         "x.yaml: head_range is '-1', which is not 0 or more (line 6)"},
        {"groups: 0\nhead_groups: 2\ndim_groups: 2\nheads: 3\nheaddim: 4\n" BOUNDS
         "scales: [1, 2, 3, 4]\n",
         "x.yaml: groups is '0', which is not a size of 1 or more (line 1)"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_scale_file file;
        struct se_error err = {""};
        put(CASES[i].text);
        cr_expect_eq(se_scale_table_load("x.yaml", &file, &err), SE_INVALID);
        cr_expect_str_eq(err.message, CASES[i].sentence);
    }
}

Test(scale_table, saved_table_returns) {
    static struct random_table t;
    uint64_t state = 7;
    for (size_t i = 0; i < N_SHAPES; i++) {
        float b[8], c[8];
        struct se_scale_file file;
        struct se_error err = {""};
        random_table(&t, &SHAPES[i], SE_SCALE_FP32, &state);
        for (int g = 0; g < 8; g++) {
            b[g] = 0.1f * (float)(g + 1), c[g] = 0.7f * (float)(g + 1);
        }
        cr_assert_eq(se_scale_table_save("x.yaml", &t.table, b, c, &err), SE_OK, "%s", err.message);
        cr_assert_eq(se_scale_table_load("x.yaml", &file, &err), SE_OK, "%s", err.message);
        const struct se_scale_shape *s = &SHAPES[i];
        cr_expect_arr_eq(&file.table.shape, s, sizeof *s);
        cr_expect_arr_eq(file.table.head_range, t.head_range, 4 * s->groups * s->head_groups);
        size_t n = s->groups * s->head_groups * s->dim_groups;
        cr_expect_arr_eq(file.table.dim_range, t.dim_range, 4 * n);
        cr_expect_arr_eq(file.table.scales, t.scales, 4 * n);
        cr_expect_arr_eq(file.b_scales, b, 4 * s->groups);
        cr_expect_arr_eq(file.c_scales, c, 4 * s->groups);
        se_scale_file_free(&file);
    }
}

Test(scale_table, state_scales_file) {
    const size_t shape[] = {2, 2, 2, 3}, wrong[] = {2, 2, 3, 2};
    float values[24], *loaded;
    size_t d_state;
    struct se_error err = {""};
    for (int i = 0; i < 24; i++) {
        values[i] = (float)(i + 1);
    }
    cr_assert_eq(se_npy_write("s.npy", SE_DTYPE_F32, 4, shape, values, NULL), SE_OK);
    cr_assert_eq(se_state_scales_load("s.npy", &SMALL, &d_state, &loaded, &err), SE_OK, "%s",
                 err.message);
    cr_expect_eq(d_state, 3);
    cr_expect_arr_eq(loaded, values, sizeof values);
    free(loaded);
    cr_assert_eq(se_npy_write("s.npy", SE_DTYPE_F32, 4, wrong, values, NULL), SE_OK);
    cr_expect_eq(se_state_scales_load("s.npy", &SMALL, &d_state, &loaded, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "s.npy: the shape is not [2, 2, 2, d_state]");
    values[9] = 0;
    cr_assert_eq(se_npy_write("s.npy", SE_DTYPE_F32, 4, shape, values, NULL), SE_OK);
    cr_expect_eq(se_state_scales_load("s.npy", &SMALL, &d_state, &loaded, &err), SE_INVALID);
    cr_expect_str_eq(err.message,
                     "s.npy: state scales: entry 9 is 0, which is not finite and positive");
}
