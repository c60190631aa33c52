// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/text.h"

#include "../unit/folder.h"
#include "synthetic.h"
#include "w4a5se/npy.h"

#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

TestSuite(text, .init = enter_directory, .fini = leave_directory);

static void expect_text(const char *path, size_t count, const size_t *starts, const uint32_t *ids) {
    struct se_text text;
    struct se_error err = {""};
    cr_assert_eq(se_text_load(path, &text, &err), SE_OK, "%s", err.message);
    cr_assert_eq(text.count, count, "%zu sequences", text.count);
    cr_expect_eq(memcmp(text.starts, starts, (count + 1) * sizeof *starts), 0);
    cr_expect_eq(memcmp(text.ids, ids, starts[count] * sizeof *ids), 0);
    se_text_free(&text);
    se_text_free(&text);
}

static void expect_refused(const char *path, enum se_status wanted, const char *sentence) {
    struct se_text text;
    struct se_error err = {""};
    cr_expect_eq(se_text_load(path, &text, &err), wanted);
    cr_expect(strstr(err.message, sentence) && strstr(err.message, path), "%s", err.message);
    cr_expect_null(text.ids);
}

Test(text, bytes) {
    put_text_file(".", "a", "ab\fc\xff\n");
    expect_text("a", 2, (size_t[]){0, 2, 5}, (uint32_t[]){'a', 'b', 'c', 255, '\n'});
    put_text_file(".", "a", "\f\fab\f\f\fc\f");
    expect_text("a", 2, (size_t[]){0, 2, 3}, (uint32_t[]){'a', 'b', 'c'});
    put_text_file(".", "a", "x");
    expect_text("a", 1, (size_t[]){0, 1}, (uint32_t[]){'x'});
    put_text_file(".", "a", "\f\f");
    expect_refused("a", SE_INVALID, "no tokens");
    put_text_file(".", "a", "");
    expect_refused("a", SE_INVALID, "empty file");
    expect_refused("gone", SE_IO, "No such file");
}

Test(text, numbers) {
    const uint16_t words[6] = {1, 50279, 65535, 0, 2, 3};
    const uint8_t bytes[3] = {0, 12, 255};
    const float floats[2] = {1, 2};
    struct se_error err;
    cr_assert_eq(se_npy_write("a.npy", SE_DTYPE_U16, 2, (size_t[]){2, 3}, words, &err), SE_OK);
    expect_text("a.npy", 2, (size_t[]){0, 3, 6}, (uint32_t[]){1, 50279, 65535, 0, 2, 3});
    cr_assert_eq(se_npy_write("a.npy", SE_DTYPE_U8, 1, (size_t[]){3}, bytes, &err), SE_OK);
    expect_text("a.npy", 1, (size_t[]){0, 3}, (uint32_t[]){0, 12, 255}); // 12 is a form feed
    cr_assert_eq(se_npy_write("a.npy", SE_DTYPE_F32, 1, (size_t[]){2}, floats, &err), SE_OK);
    expect_refused("a.npy", SE_INVALID, "must be uint8 or uint16");
    cr_assert_eq(se_npy_write("a.npy", SE_DTYPE_U8, 0, NULL, bytes, &err), SE_OK);
    expect_refused("a.npy", SE_INVALID, "[tokens] or [sequences][tokens]");
    cr_assert_eq(se_npy_write("a.npy", SE_DTYPE_U8, 2, (size_t[]){0, 4}, bytes, &err), SE_OK);
    expect_refused("a.npy", SE_INVALID, "no tokens");
    put_text_file(".", "a.npy", "text");
    expect_refused("a.npy", SE_INVALID, "a.npy");
}

Test(text, surprise_by_hand) {
    const float equal[4] = {-3, -3, -3, -3}, sure[2] = {1000, -1000};
    const float steps[3] = {0, logf(2), logf(5)};
    cr_expect_float_eq(se_surprise(4, equal, 2), log(4), 1e-7);
    cr_expect_float_eq(se_surprise(3, steps, 0), log(8), 1e-6);
    cr_expect_float_eq(se_surprise(3, steps, 2), log(8.0 / 5), 1e-6);
    cr_expect_eq(se_surprise(2, sure, 0), 0);
    cr_expect_eq(se_surprise(2, sure, 1), 2000);
    cr_expect_eq(se_surprise(1, equal, 0), 0);
}

Test(text, surprise_of_a_large_vocabulary) {
    enum { VOCAB = 1000 };
    float logits[VOCAB];
    long double sum = 0;
    for (size_t i = 0; i < VOCAB; i++) {
        logits[i] = (float)(i * 37 % VOCAB) * 0.01f;
        sum += expl(logits[i]);
    }
    for (size_t i = 0; i < VOCAB; i += 111) {
        cr_expect_float_eq(se_surprise(VOCAB, logits, (uint32_t)i), (double)(logl(sum) - logits[i]),
                           1e-6);
    }
}
