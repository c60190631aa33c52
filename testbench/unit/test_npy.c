// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/npy.h"

#include "folder.h"

#include <criterion/criterion.h>

#include <dirent.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const void *bytes, size_t size) {
    FILE *stream = fopen("x.npy", "wb");
    cr_assert(stream);
    fwrite(bytes, 1, size, stream);
    fclose(stream);
}

// A file with this dictionary, unpadded, and `size` bytes of data 0, 1, 2...
static void put_npy(int version, const char *dictionary, size_t size) {
    char bytes[1024] = "\x93NUMPY";
    size_t length = strlen(dictionary), start = version == 1 ? 10 : 12;
    bytes[6] = (char)version;
    bytes[8] = (char)length;
    bytes[9] = (char)(length >> 8);
    memcpy(bytes + start, dictionary, length);
    for (size_t i = 0; i < size; i++) {
        bytes[start + length + i] = (char)i;
    }
    put(bytes, start + length + size);
}

static void expect_refused(const char *sentence) {
    struct se_npy npy;
    struct se_error err = {""};
    cr_expect_neq(se_npy_open("x.npy", &npy, &err), SE_OK, "accepted; expected: %s", sentence);
    cr_expect(strstr(err.message, sentence), "\"%s\" lacks \"%s\"", err.message, sentence);
    cr_expect(strstr(err.message, "x.npy"), "\"%s\" does not name the file", err.message);
    cr_expect_null(npy.mapping);
    se_npy_close(&npy);
}

TestSuite(npy, .init = enter_directory, .fini = leave_directory);

// numpy.save of numpy.array([[1, -2, 0.5], [inf, 3, 0]], "float32"): 128 bytes of header (0x76 +
// 10), then the data.
#define BLANKS_58 "                                                          "
static const char NUMPY_2X3[] =
    "\x93NUMPY\x01\x00\x76\x00"
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" BLANKS_58 "\n"
    "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x80\x7f\x00\x00\x40\x40\x00\x00\x00";
static const float VALUES_2X3[] = {1, -2, 0.5f, INFINITY, 3, 0};
enum { BYTES_2X3 = 128 + 24 };
_Static_assert(sizeof NUMPY_2X3 >= BYTES_2X3, "the terminating 0 is the last data byte");

Test(npy, reads_what_numpy_writes) {
    put(NUMPY_2X3, BYTES_2X3);
    struct se_npy npy;
    struct se_error err = {""};
    cr_assert_eq(se_npy_open("x.npy", &npy, &err), SE_OK, "%s", err.message);
    cr_expect_eq(npy.dtype, SE_DTYPE_F32);
    cr_expect_eq(npy.ndim, 2);
    cr_expect_eq(npy.shape[0], 2);
    cr_expect_eq(npy.shape[1], 3);
    cr_expect_eq(npy.count, 6);
    cr_expect_arr_eq(npy.data, VALUES_2X3, sizeof VALUES_2X3);
    se_npy_close(&npy);
    se_npy_close(&npy);
}

Test(npy, writes_what_numpy_writes) {
    const size_t shape[] = {2, 3};
    cr_assert_eq(se_npy_write("x.npy", SE_DTYPE_F32, 2, shape, VALUES_2X3, NULL), SE_OK);
    char bytes[BYTES_2X3 + 1];
    FILE *stream = fopen("x.npy", "rb");
    cr_assert_eq(fread(bytes, 1, sizeof bytes, stream), BYTES_2X3);
    fclose(stream);
    cr_expect_arr_eq(bytes, NUMPY_2X3, BYTES_2X3);
}

Test(npy, every_dtype_and_rank_survives_a_round_trip) {
    static const size_t SHAPE[SE_NPY_DIMS] = {2, 1, 3, 1, 1, 2, 1, 2};
    unsigned char data[24 * 4];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(7 * i);
    }
    static const enum se_dtype TYPES[] = {SE_DTYPE_F32, SE_DTYPE_F16, SE_DTYPE_I8, SE_DTYPE_U8,
                                          SE_DTYPE_U16};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        enum se_dtype type = TYPES[i];
        size_t count = 1;
        for (size_t ndim = 0; ndim <= SE_NPY_DIMS; ndim++) {
            struct se_npy npy;
            cr_assert_eq(se_npy_write("x.npy", type, ndim, SHAPE, data, NULL), SE_OK);
            cr_assert_eq(se_npy_open("x.npy", &npy, NULL), SE_OK);
            cr_expect_eq(npy.dtype, type);
            cr_expect_eq(npy.ndim, ndim);
            cr_expect_arr_eq(npy.shape, SHAPE, ndim * sizeof *SHAPE);
            cr_expect_eq(npy.count, count);
            cr_expect_arr_eq(npy.data, data, count * se_dtype_size(type));
            se_npy_close(&npy);
            count *= ndim < SE_NPY_DIMS ? SHAPE[ndim] : 1;
        }
    }
}

Test(npy, empty_arrays) {
    const size_t shape[] = {3, 0, 5};
    cr_assert_eq(se_npy_write("x.npy", SE_DTYPE_F16, 3, shape, NULL, NULL), SE_OK);
    size_t count = 9, ndim = 9, found[SE_NPY_DIMS];
    float *values = NULL;
    cr_assert_eq(se_npy_read_f32("x.npy", &count, &ndim, found, &values, NULL), SE_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(ndim, 3);
    cr_expect_eq(found[2], 5);
    cr_expect_not_null(values);
    free(values);
}

Test(npy, spellings_of_the_header) {
    static const struct {
        int version;
        const char *dictionary;
        enum se_dtype dtype;
        size_t ndim, count;
    } CASES[] = {
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", SE_DTYPE_F32, 1, 2},
        {2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", SE_DTYPE_F32, 1, 2},
        {3, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", SE_DTYPE_F32, 1, 2},
        {1, "{'descr':'<f4','fortran_order':False,'shape':()}", SE_DTYPE_F32, 0, 1},
        {1, "{\"shape\": (2, 3), \"descr\": \"<f2\", 'fortran_order': False}", SE_DTYPE_F16, 2, 6},
        {1, " { 'fortran_order' :False,\n'shape' : ( 2 , 2 , ) , 'descr':\t'=f4' , } \r\n ",
         SE_DTYPE_F32, 2, 4},
        {1, "{'descr': 'f2', 'fortran_order': False, 'shape': (0, 3)}", SE_DTYPE_F16, 2, 0},
        {1, "{'descr': '|i1', 'fortran_order': False, 'shape': (4,)}", SE_DTYPE_I8, 1, 4},
        {1, "{'descr': '<i1', 'fortran_order': False, 'shape': (4,)}", SE_DTYPE_I8, 1, 4},
        {1, "{'descr': '=u1', 'fortran_order': False, 'shape': (4,)}", SE_DTYPE_U8, 1, 4},
        {1, "{'descr': 'u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 5)}",
         SE_DTYPE_U8, 8, 5},
        {1, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,)}", SE_DTYPE_U16, 1, 3},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t bytes = CASES[i].count * se_dtype_size(CASES[i].dtype);
        put_npy(CASES[i].version, CASES[i].dictionary, bytes);
        struct se_npy npy;
        struct se_error err = {""};
        cr_assert_eq(se_npy_open("x.npy", &npy, &err), SE_OK, "%zu: %s", i, err.message);
        cr_expect_eq(npy.dtype, CASES[i].dtype);
        cr_expect_eq(npy.ndim, CASES[i].ndim);
        cr_expect_eq(npy.count, CASES[i].count);
        for (size_t b = 0; b < bytes; b++) {
            cr_expect_eq(((const unsigned char *)npy.data)[b], b);
        }
        se_npy_close(&npy);
    }
}

Test(npy, unaligned_data_is_usable) {
    char dictionary[128];
    for (int blanks = 0; blanks < 4; blanks++) {
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}%*s", blanks, "");
        put_npy(1, dictionary, 8);
        struct se_npy npy;
        cr_assert_eq(se_npy_open("x.npy", &npy, NULL), SE_OK);
        cr_expect_eq((uintptr_t)npy.data % sizeof(float), 0);
        const uint32_t *words = npy.data;
        cr_expect_eq(words[0], 0x03020100);
        cr_expect_eq(words[1], 0x07060504);
        se_npy_close(&npy);
    }
}

Test(npy, refusals_of_the_dictionary) {
    static const struct {
        const char *dictionary, *sentence;
    } CASES[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}",
         "x.npy: dtype '>f4' is not supported (float32, float16, int8, uint8 and uint16, "
         "little-endian)"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "dtype '<f8'"},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': (8,)}", "dtype '|b1'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "dtype '|O'"},
        {"{'descr': '', 'fortran_order': False, 'shape': (8,)}", "dtype ''"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "structured dtype"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}",
         "x.npy: Fortran order is not supported; save it with numpy.ascontiguousarray"},
        {"{'descr': '<f4', 'fortran_order': None, 'shape': (2,)}", "malformed header at byte 44"},
        {"{'fortran_order': False, 'shape': (2,)}", "header key 'descr' is missing"},
        {"{'descr': '<f4', 'shape': (2,)}", "header key 'fortran_order' is missing"},
        {"{'descr': '<f4', 'fortran_order': False}", "header key 'shape' is missing"},
        {"{}", "header key 'descr' is missing"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'colour': 'red'}",
         "unknown header key 'colour'"},
        {"{'shape': (2,), 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
         "header key 'shape' appears twice"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "text after the header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}{", "text after the header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "negative dimension"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
         "shape is too large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905,)}",
         "shape is too large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551618,)}",
         "shape is too large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2305843009213693952,)}",
         "shape is too large"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
         "shape is too large"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}",
         "shape is too large"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 8)}",
         "more than 8 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "malformed header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "malformed header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", "malformed header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}", "malformed header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,", "malformed header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': [2]}", "malformed header"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "malformed header"},
        {"{'descr': '<f4\", 'fortran_order': False, 'shape': (2,)}", "dtype '<f4\", '"},
        {"{'descr': '<\x1b[2J', 'fortran_order': False, 'shape': (2,)}", "malformed header"},
        {"{'descr': '<\x7f', 'fortran_order': False, 'shape': (2,)}", "malformed header"},
        {"{descr: '<f4'}", "malformed header at byte 11"},
        {"'descr'", "malformed header at byte 10"},
        {"", "malformed header at byte 10"},
        {"   ", "malformed header"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put_npy(1, CASES[i].dictionary, 8);
        expect_refused(CASES[i].sentence);
    }
}

Test(npy, refusals_of_the_frame) {
    char bytes[BYTES_2X3 + 1] = {0};
    memcpy(bytes, NUMPY_2X3, BYTES_2X3);
    for (size_t size = 0; size < BYTES_2X3; size++) {
        put(bytes, size);
        expect_refused(size == 0    ? "empty file"
                       : size < 6   ? "not a .npy file"
                       : size < 128 ? "truncated in its header"
                                    : "the header describes 24 bytes of data, the file holds ");
    }
    put(bytes, BYTES_2X3 + 1);
    expect_refused("the header describes 24 bytes of data, the file holds 25");

    static const unsigned char VERSIONS[][2] = {{0, 0}, {1, 1}, {4, 0}, {255, 0}};
    for (int i = 0; i < 4; i++) {
        memcpy(bytes + 6, VERSIONS[i], 2);
        put(bytes, BYTES_2X3);
        char sentence[40];
        snprintf(sentence, sizeof sentence, "version %d.%d of", VERSIONS[i][0], VERSIONS[i][1]);
        expect_refused(sentence);
    }
    memcpy(bytes + 6, "\x02\x00\xff\xff\xff\xff", 6);
    put(bytes, BYTES_2X3);
    expect_refused("truncated in its header");
    bytes[0] = 'P';
    put(bytes, BYTES_2X3);
    expect_refused("not a .npy file");
}

Test(npy, refusals_of_the_path) {
    expect_refused("cannot read x.npy: No such file or directory");
    cr_assert_eq(mkdir("x.npy", 0700), 0);
    expect_refused("cannot read x.npy: it is a directory");
    cr_assert_eq(rmdir("x.npy"), 0);
    cr_assert_eq(mkfifo("x.npy", 0600), 0);
    expect_refused("cannot read x.npy: it is not a regular file");
}

static int count_entries(void) {
    int count = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

Test(npy, refusals_of_the_writer) {
    const size_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, huge[] = {SIZE_MAX / 2, 4};
    const float data[1] = {0};
    struct se_error err = {""};
    cr_expect_eq(se_npy_write("x.npy", SE_DTYPE_F32, 9, shape, data, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x.npy: more than 8 dimensions");
    cr_expect_eq(se_npy_write("x.npy", SE_DTYPE_BF16, 1, shape, data, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x.npy: NumPy has no bfloat16");
    cr_expect_eq(se_npy_write("x.npy", SE_DTYPE_F32, 2, huge, data, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "cannot write x.npy: shape is too large");
    cr_expect_eq(se_npy_write("missing/x.npy", SE_DTYPE_F32, 1, shape, data, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write missing/x.npy: No such file or directory");
    cr_expect_eq(se_npy_write(".", SE_DTYPE_F32, 1, shape, data, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write .: it is a directory");
    cr_expect_eq(se_npy_write("/dev/full", SE_DTYPE_F32, 1, shape, data, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot write /dev/full: No space left on device");
    cr_expect_eq(count_entries(), 0);
}

Test(npy, read_f32_takes_both_float_types) {
    static const uint16_t HALVES[] = {0x3C00, 0xC000, 0x3800, 0x7C00, 0x4200, 0x0000};
    const size_t shape[] = {2, 3};
    for (int half = 0; half < 2; half++) {
        enum se_dtype dtype = half ? SE_DTYPE_F16 : SE_DTYPE_F32;
        const void *data = half ? (const void *)HALVES : VALUES_2X3;
        cr_assert_eq(se_npy_write("x.npy", dtype, 2, shape, data, NULL), SE_OK);
        size_t count;
        float *values;
        cr_assert_eq(se_npy_read_f32("x.npy", &count, NULL, NULL, &values, NULL), SE_OK);
        cr_assert_eq(count, 6);
        cr_expect_arr_eq(values, VALUES_2X3, sizeof VALUES_2X3);
        free(values);
    }
    struct se_error err = {""};
    size_t count;
    float *values;
    cr_assert_eq(se_npy_write("x.npy", SE_DTYPE_I8, 2, shape, HALVES, NULL), SE_OK);
    cr_expect_eq(se_npy_read_f32("x.npy", &count, NULL, NULL, &values, &err), SE_INVALID);
    cr_expect_str_eq(err.message, "x.npy: dtype int8 where float32 or float16 is needed");
}

// IEEE 754 binary16: sign, 5 exponent bits biased by 15, 10 fraction bits.
Test(npy, every_half_converts_exactly) {
    for (unsigned bits = 0; bits <= 0xFFFF; bits++) {
        int exponent = bits >> 10 & 31, fraction = bits & 1023;
        float got = se_f16_to_f32((uint16_t)bits);
        cr_assert_eq(!!signbit(got), bits >> 15, "%04x", bits);
        if (exponent == 31 && fraction) {
            uint32_t pattern;
            memcpy(&pattern, &got, sizeof pattern);
            cr_assert(isnan(got) && (int)(pattern >> 13 & 1023) == fraction, "%04x", bits);
            continue;
        }
        double expected = exponent == 31  ? INFINITY
                          : exponent == 0 ? ldexp(fraction, -24)
                                          : ldexp(1024 + fraction, exponent - 25);
        cr_assert_eq((double)fabsf(got), expected, "%04x", bits);
    }
}
