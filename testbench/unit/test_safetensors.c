// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/safetensors.h"

#include "folder.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const void *bytes, size_t size) {
    FILE *stream = fopen("x.safetensors", "wb");
    cr_assert(stream);
    fwrite(bytes, 1, size, stream);
    fclose(stream);
}

// A file with this header, unpadded, and `size` bytes of data 0, 1, 2...
static void put_header(const char *header, size_t size) {
    char bytes[4096] = {0};
    size_t length = strlen(header);
    bytes[0] = (char)length;
    bytes[1] = (char)(length >> 8);
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < size; i++) {
        bytes[8 + length + i] = (char)i;
    }
    put(bytes, 8 + length + size);
}

static void open_file(struct se_safetensors *file) {
    struct se_error err = {""};
    cr_assert_eq(se_safetensors_open("x.safetensors", file, &err), SE_OK, "%s", err.message);
}

static void expect_refused(const char *sentence) {
    struct se_safetensors file;
    struct se_error err = {""};
    cr_expect_neq(se_safetensors_open("x.safetensors", &file, &err), SE_OK,
                  "accepted; expected: %s", sentence);
    cr_expect(strstr(err.message, sentence), "\"%s\" lacks \"%s\"", err.message, sentence);
    cr_expect(strstr(err.message, "x.safetensors"), "\"%s\" does not name the file", err.message);
    for (const char *c = err.message; *c; c++) {
        cr_expect(*c >= ' ', "\"%s\" has a control character", err.message);
    }
    cr_expect_null(file.mapping);
    cr_expect_null(file.tensors);
    se_safetensors_close(&file);
}

TestSuite(safetensors, .init = enter_directory, .fini = leave_directory);

// A float32 [1, 2], b int8 [3], some metadata: laid out by hand after the format's description.
#define HEADER                                                                                     \
    "{\"__metadata__\":{\"by\":\"hand\"},"                                                         \
    "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"                            \
    "\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[8,11]}}"
static const char DATA[] = "\x00\x00\x80\x3f\x00\x00\x00\xc0\x7f\x80\xff";

static size_t by_hand(char bytes[400]) {
    memset(bytes, 0, 8);
    size_t length = (strlen(HEADER) + 7) / 8 * 8;
    memset(bytes + 8, ' ', length);
    memcpy(bytes + 8, HEADER, strlen(HEADER));
    bytes[0] = (char)length;
    memcpy(bytes + 8 + length, DATA, 11);
    return 8 + length + 11;
}

Test(safetensors, reads_a_file_by_hand) {
    char bytes[400];
    struct se_safetensors file;
    put(bytes, by_hand(bytes));
    open_file(&file);
    cr_assert_eq(file.count, 2);
    const struct se_tensor *a = se_safetensors_find(&file, "a"),
                           *b = se_safetensors_find(&file, "b");
    cr_assert(a == &file.tensors[0] && b == &file.tensors[1]);
    cr_expect_null(se_safetensors_find(&file, "__metadata__"));
    cr_expect_null(se_safetensors_find(&file, "c"));
    cr_expect(a->dtype == SE_DTYPE_F32 && a->ndim == 2 && a->shape[0] == 1 && a->shape[1] == 2 &&
              a->count == 2);
    cr_expect(b->dtype == SE_DTYPE_I8 && b->ndim == 1 && b->shape[0] == 3 && b->count == 3);
    float values[3];
    se_dtype_to_f32(a->dtype, a->count, a->data, values);
    cr_expect(values[0] == 1 && values[1] == -2);
    se_dtype_to_f32(b->dtype, b->count, b->data, values);
    cr_expect(values[0] == 127 && values[1] == -128 && values[2] == -1);
    se_safetensors_close(&file);
    se_safetensors_close(&file);
}

Test(safetensors, writes_a_file_by_hand) {
    const struct se_tensor tensors[] = {
        {.name = "b", .dtype = SE_DTYPE_I8, .ndim = 1, .shape = {3}, .data = DATA + 8},
        {.name = "a", .dtype = SE_DTYPE_F32, .ndim = 2, .shape = {1, 2}, .data = DATA},
    };
    static const char TEXT[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                               "\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
    char bytes[400];
    cr_assert_eq(se_safetensors_write("x.safetensors", 2, tensors, NULL), SE_OK);
    FILE *stream = fopen("x.safetensors", "rb");
    size_t size = fread(bytes, 1, sizeof bytes, stream), length = (strlen(TEXT) + 7) / 8 * 8;
    fclose(stream);
    cr_assert_eq(size, 8 + length + 11);
    cr_expect((unsigned char)bytes[0] == length && !memcmp(bytes + 1, "\0\0\0\0\0\0\0", 7));
    cr_expect_arr_eq(bytes + 8, TEXT, strlen(TEXT));
    cr_expect_arr_eq(bytes + 8 + length, DATA, 11);
}

Test(safetensors, every_dtype_and_rank_survives_a_round_trip) {
    enum { N = SE_DTYPE_COUNT * (SE_DIMS_MAX + 1) };
    static const size_t SHAPE[SE_DIMS_MAX] = {2, 1, 3, 1, 1, 2, 1, 2};
    static char names[N][24];
    struct se_tensor tensors[N];
    unsigned char data[24 * 4];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(7 * i);
    }
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "layers.%zu.\xc3\xa9\"\\", i);
        tensors[i] = (struct se_tensor){.name = names[i],
                                        .dtype = (enum se_dtype)(i % SE_DTYPE_COUNT),
                                        .ndim = i / SE_DTYPE_COUNT,
                                        .data = data};
        memcpy(tensors[i].shape, SHAPE, sizeof SHAPE);
    }
    struct se_safetensors file;
    cr_assert_eq(se_safetensors_write("x.safetensors", N, tensors, NULL), SE_OK);
    open_file(&file);
    cr_assert_eq(file.count, N);
    for (size_t i = 0; i < N; i++) {
        const struct se_tensor *t = se_safetensors_find(&file, names[i]);
        cr_assert(t, "%s", names[i]);
        size_t size = se_dtype_size(t->dtype), count = 1;
        for (size_t d = 0; d < tensors[i].ndim; d++) {
            count *= SHAPE[d];
        }
        cr_expect(t->dtype == tensors[i].dtype && t->ndim == tensors[i].ndim && t->count == count);
        cr_expect_arr_eq(t->shape, SHAPE, t->ndim * sizeof *SHAPE);
        cr_expect_arr_eq(t->data, data, count * size);
        cr_expect_eq((uintptr_t)t->data % size, 0, "%s is not aligned", names[i]);
    }
    se_safetensors_close(&file);
}

Test(safetensors, no_tensors_and_empty_ones) {
    struct se_safetensors file;
    put_header("{}", 0);
    open_file(&file);
    cr_expect_eq(file.count, 0);
    se_safetensors_close(&file);
    // Empty tensors share their place with the one behind them.
    put_header("{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
               "\"y\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[0,0]},"
               "\"z\":{\"dtype\":\"I32\",\"shape\":[0],\"data_offsets\":[2,2]}}  ",
               2);
    open_file(&file);
    cr_assert_eq(file.count, 3);
    cr_expect_eq(se_safetensors_find(&file, "y")->count, 0);
    cr_expect_eq(se_safetensors_find(&file, "x")->count, 2);
    se_safetensors_close(&file);
}

Test(safetensors, unaligned_data_is_usable) {
    struct se_safetensors file;
    put_header("{\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
               "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[1,5]},"
               "\"h\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[5,7]}}",
               7);
    open_file(&file);
    const struct se_tensor *f = se_safetensors_find(&file, "f"),
                           *h = se_safetensors_find(&file, "h");
    float value;
    uint32_t bits;
    se_dtype_to_f32(f->dtype, f->count, f->data, &value);
    memcpy(&bits, &value, sizeof bits);
    cr_expect_eq(bits, 0x04030201);
    se_dtype_to_f32(h->dtype, h->count, h->data, &value);
    memcpy(&bits, &value, sizeof bits);
    cr_expect_eq(bits, 0x06050000);
    se_safetensors_close(&file);
}

#define TENSOR(NAME, DTYPE, SHAPE, OFFSETS)                                                        \
    "\"" NAME "\":{\"dtype\":\"" DTYPE "\",\"shape\":" SHAPE ",\"data_offsets\":" OFFSETS "}"

Test(safetensors, refusals_of_the_header) {
    static const struct {
        const char *header, *sentence; // 8 bytes of data follow
    } CASES[] = {
        {"", "not a .safetensors file"},
        {"[]", "not a .safetensors file"},
        {" {}", "not a .safetensors file"},
        {"{", "malformed header at byte "},
        {"{}x", "malformed header at byte "},
        {"{\"a\":1}", "tensor 'a' is no JSON object"},
        {"{\"a\":[]}", "tensor 'a' is no JSON object"},
        {"{\"a\":{}}", "tensor 'a' has no dtype"},
        {"{\"a\":{\"dtype\":4}}", "tensor 'a' has no dtype"},
        {"{\"a\":{\"dtype\":\"F32\"}}", "tensor 'a' has no shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":2}}", "tensor 'a' has no shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F64", "[1]", "[0,8]") "}", "tensor 'a' has dtype 'F64'"},
        {"{" TENSOR("a", "\\u001b[2J", "[1]", "[0,8]") "}", "tensor 'a' has dtype '?[2J'"},
        {"{" TENSOR("a\\u0007", "X", "[1]", "[0,8]") "}", "tensor 'a?' has dtype 'X'"},
        {"{" TENSOR("a\\u0000", "X", "[1]", "[0,8]") "}", "malformed header"},
        {"{" TENSOR("\xff", "X", "[1]", "[0,8]") "}", "malformed header"},
        {"{" TENSOR("a", "F32", "[-2]", "[0,8]") "}", "tensor 'a' has a shape that is no list"},
        {"{" TENSOR("a", "F32", "[2.0]", "[0,8]") "}", "tensor 'a' has a shape that is no list"},
        {"{" TENSOR("a", "F32", "[\"2\"]", "[0,8]") "}", "tensor 'a' has a shape that is no list"},
        {"{" TENSOR("a", "F32", "[99999999999999999999]", "[0,8]") "}", "malformed header"},
        {"{" TENSOR("a", "F32", "[4611686018427387906]", "[0,8]") "}", "tensor 'a' is too large"},
        {"{" TENSOR("a", "F32", "[2147483648,2147483648,2]", "[0,8]") "}",
         "tensor 'a' is too large"},
        {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]") "}",
         "tensor 'a' has more than 8 dimensions"},
        {"{" TENSOR("a", "F32", "[2]", "[0]") "}", "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F32", "[2]", "[0,4,8]") "}", "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F32", "[2]", "[-8,0]") "}", "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F32", "[2]", "8") "}", "tensor 'a' has no data_offsets"},
        {"{" TENSOR("a", "F32", "[2]", "[8,0]") "}", "tensor 'a' ends before it begins"},
        {"{" TENSOR("a", "F32", "[3]", "[0,12]") "}",
         "tensor 'a' ends at byte 12 of the data, the file holds 8"},
        {"{" TENSOR("a", "F32", "[2]", "[8,16]") "}",
         "tensor 'a' ends at byte 16 of the data, the file holds 8"},
        {"{" TENSOR("a", "F32", "[2]", "[9223372036854775800,9223372036854775807]") "}",
         "tensor 'a' ends at byte 9223372036854775807 of the data, the file holds 8"},
        {"{" TENSOR("a", "F32", "[1]", "[0,8]") "}",
         "tensor 'a' has a shape of 4 bytes and data_offsets of 8"},
        {"{" TENSOR("a", "F32", "[0,2]", "[0,8]") "}",
         "tensor 'a' has a shape of 0 bytes and data_offsets of 8"},
        {"{" TENSOR("a", "F32", "[1]", "[4,8]") "}",
         "tensor 'a' leaves a hole of 4 bytes before its data"},
        {"{" TENSOR("a", "F16", "[1]", "[0,2]") "," TENSOR("b", "F32", "[1]", "[4,8]") "}",
         "tensor 'b' leaves a hole of 2 bytes before its data"},
        {"{" TENSOR("a", "F32", "[1]", "[4,8]") "," TENSOR("b", "I8", "[5]", "[0,5]") "}",
         "tensor 'a' overlaps tensor 'b'"},
        {"{" TENSOR("a", "F32", "[2]", "[0,8]") "," TENSOR("b", "F32", "[2]", "[0,8]") "}",
         "overlaps tensor"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "}",
         "the header describes 4 bytes of data, the file holds 8"},
        {"{}", "the header describes 0 bytes of data, the file holds 8"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("a", "F32", "[1]", "[4,8]") "}",
         "the header has a name twice (duplicate object key near '\"a\"')"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
         "the header has a name twice (duplicate object key near '\"dtype\"')"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"order\":\"F\"}}",
         "tensor 'a' has a key besides dtype, shape and data_offsets"},
        {"{\"__metadata__\":{\"a\":1}}", "__metadata__ is no mapping of names to strings"},
        {"{\"__metadata__\":\"a\"}", "__metadata__ is no mapping of names to strings"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put_header(CASES[i].header, 8);
        expect_refused(CASES[i].sentence);
    }
}

Test(safetensors, refusals_of_the_frame) {
    char bytes[400];
    size_t size = by_hand(bytes), data = size - 11;
    for (size_t n = 0; n < size; n++) {
        put(bytes, n);
        expect_refused(n == 0         ? "empty file"
                       : n < data     ? "truncated in its header"
                       : n < data + 8 ? "tensor 'a' ends at byte 8 of the data, the file holds"
                                      : "tensor 'b' ends at byte 11 of the data, the file holds");
    }
    bytes[size] = 0;
    put(bytes, size + 1);
    expect_refused("the header describes 11 bytes of data, the file holds 12");
    memset(bytes, 0xFF, 8);
    put(bytes, size);
    expect_refused("truncated in its header");
    // The format allows 100,000,000 bytes; the file is sparse.
    memcpy(bytes, "\x01\xe1\xf5\x05\0\0\0\0", 8);
    put(bytes, size);
    cr_assert_eq(truncate("x.safetensors", 100000100), 0);
    expect_refused("a header of 100000001 bytes is longer than the format's 100000000");
}

// Whatever one byte of a header turns into, the file is read or refused in one sentence, and what
// is read lies inside the file.
Test(safetensors, every_single_byte_of_the_header_changed) {
    char bytes[400];
    size_t size = by_hand(bytes), data = size - 11, accepted = 0, refused = 0;
    for (size_t at = 0; at < data; at++) {
        char original = bytes[at];
        for (int value = 0; value < 256; value++) {
            struct se_safetensors file;
            struct se_error err = {""};
            bytes[at] = (char)value;
            put(bytes, size);
            if (se_safetensors_open("x.safetensors", &file, &err) != SE_OK) {
                refused++;
                cr_assert(strstr(err.message, "x.safetensors"), "byte %zu = %d: '%s'", at, value,
                          err.message);
                continue;
            }
            accepted++;
            const char *end = (const char *)file.mapping + size;
            for (size_t i = 0; i < file.count; i++) {
                const struct se_tensor *t = &file.tensors[i];
                cr_assert((const char *)t->data >= (const char *)file.mapping + data &&
                          (const char *)t->data + t->count * se_dtype_size(t->dtype) <= end);
            }
            se_safetensors_close(&file);
        }
        bytes[at] = original;
    }
    cr_expect(accepted > data && refused > 10 * data, "%zu accepted, %zu refused", accepted,
              refused);
}

Test(safetensors, refusals_of_the_path) {
    expect_refused("cannot read x.safetensors: No such file or directory");
    cr_assert_eq(mkdir("x.safetensors", 0700), 0);
    expect_refused("cannot read x.safetensors: it is a directory");
    cr_assert_eq(rmdir("x.safetensors"), 0);
}

Test(safetensors, refusals_of_the_writer) {
    const float data[1] = {0};
    const struct se_tensor good = {.name = "a", .ndim = 1, .shape = {1}, .data = data};
    struct se_tensor t[2] = {good, good};
    struct se_error err = {""};
    cr_expect_eq(se_safetensors_write("x", 2, t, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x: tensor 'a' has the name of another");
    t[1].name = "\xff";
    cr_expect_eq(se_safetensors_write("x", 2, t, &err), SE_INVALID);
    cr_expect(strstr(err.message, "has a name that is no UTF-8"), "%s", err.message);
    t[1].name = "__metadata__";
    cr_expect_eq(se_safetensors_write("x", 2, t, &err), SE_INVALID);
    cr_expect(strstr(err.message, "keeps for itself"), "%s", err.message);
    t[1] = (struct se_tensor){.name = "b", .ndim = 9, .data = data};
    cr_expect_eq(se_safetensors_write("x", 2, t, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x: tensor 'b' has more than 8 dimensions");
    t[1] = (struct se_tensor){.name = "b", .ndim = 2, .shape = {SIZE_MAX / 2, 4}, .data = data};
    cr_expect_eq(se_safetensors_write("x", 2, t, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x: tensor 'b' is too large");
    cr_expect_neq(access("x", F_OK), 0);
    cr_expect_eq(se_safetensors_write("missing/x", 1, &good, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write missing/x: No such file or directory");
    cr_expect_eq(se_safetensors_write("/dev/full", 1, &good, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write /dev/full: No space left on device");
}

// bfloat16: sign, 8 exponent bits biased by 127, 7 fraction bits.
Test(dtype, every_bfloat16_converts_exactly) {
    for (unsigned bits = 0; bits <= 0xFFFF; bits++) {
        uint16_t half = (uint16_t)bits;
        int exponent = bits >> 7 & 255, fraction = bits & 127;
        float got;
        se_dtype_to_f32(SE_DTYPE_BF16, 1, &half, &got);
        cr_assert_eq(!!signbit(got), bits >> 15, "%04x", bits);
        if (exponent == 255 && fraction) {
            cr_assert(isnan(got), "%04x", bits);
            continue;
        }
        double expected = exponent == 255 ? INFINITY
                          : exponent == 0 ? ldexp(fraction, -133)
                                          : ldexp(128 + fraction, exponent - 134);
        cr_assert_eq((double)fabsf(got), expected, "%04x", bits);
    }
}

Test(dtype, integers_convert) {
    const uint8_t u8[] = {0, 255};
    const uint16_t u16[] = {0, 511, 65535};
    const int32_t i32[] = {-1, 16777217, INT32_MIN};
    float values[3];
    se_dtype_to_f32(SE_DTYPE_U8, 2, u8, values);
    cr_expect(values[0] == 0 && values[1] == 255);
    se_dtype_to_f32(SE_DTYPE_U16, 3, u16, values);
    cr_expect(values[0] == 0 && values[1] == 511 && values[2] == 65535);
    se_dtype_to_f32(SE_DTYPE_I32, 3, i32, values);
    cr_expect(values[0] == -1 && values[1] == 16777216 && values[2] == -0x1p31f);
}
