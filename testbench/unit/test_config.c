// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/config.h"

#include "folder.h"

#include <criterion/criterion.h>

#include <dirent.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(const char *text) {
    FILE *stream = fopen("x.yaml", "wb");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
}

static struct se_quantizer load(const char *text, enum se_rule *rule) {
    struct se_quantizer q = {0};
    struct se_error err = {""};
    put(text);
    cr_assert_eq(se_config_load("x.yaml", &q, rule, &err), SE_OK, "%s", err.message);
    return q;
}

TestSuite(config, .init = enter_directory, .fini = leave_directory);

Test(config, reads_every_key) {
    enum se_rule rule;
    struct se_quantizer q = load("# W4A5-SE quantiser configuration\n"
                                 "code_bits: 4        # 4..8, required\n"
                                 "dual: true\n"
                                 "base1: -4\n"
                                 "base2: 3\n"
                                 "s1: 0.0123456784\n"
                                 "ratio: 3.5\n"
                                 "thr_pos: 0.31\n"
                                 "thr_neg: .inf\n"
                                 "rule: R3\n",
                                 &rule);
    cr_expect_eq(q.format.code_bits, 4);
    cr_expect(q.format.dual);
    cr_expect_eq(q.format.base1, -4);
    cr_expect_eq(q.format.base2, 3);
    cr_expect_eq(q.s1, 0.0123456784f);
    cr_expect_eq(q.ratio, 3.5f);
    cr_expect_eq(q.s2, 0.0123456784f * 3.5f);
    cr_expect_eq(q.thr_pos, 0.31f);
    cr_expect_eq(q.thr_neg, INFINITY);
    cr_expect_eq(rule, SE_RULE_R3);
}

Test(config, defaults) {
    enum se_rule rule = SE_RULE_R1;
    struct se_quantizer q = load("code_bits: 8\ns1: 1", &rule);
    cr_expect(!q.format.dual);
    cr_expect_eq(q.format.base1, -128);
    cr_expect_eq(q.format.base2, -128);
    cr_expect_eq(q.ratio, 1);
    cr_expect_eq(q.thr_pos, INFINITY);
    cr_expect_eq(q.thr_neg, INFINITY);
    cr_expect_eq(rule, SE_RULE_NONE);

    q = load("{ratio: 2, s1: 1, code_bits: 4}\n", NULL);
    cr_expect(q.format.dual, "a ratio makes it dual");
    cr_expect_eq(q.format.base1, -8);
    cr_expect_eq(q.format.base2, -8);

    q = load("---\ncode_bits: 5\ns1: '1'\nratio: 1\ndual: false\nbase1: -3\n", NULL);
    cr_expect(!q.format.dual);
    cr_expect_eq(q.format.base1, -3);
    cr_expect_eq(q.format.base2, -3);
}

Test(config, spellings_of_numbers) {
    static const struct {
        const char *text;
        float value;
    } CASES[] = {
        {".inf", INFINITY},
        {"inf", INFINITY},
        {"+.inf", INFINITY},
        {"+inf", INFINITY},
        {"0.5", 0.5f},
        {".5", 0.5f},
        {"+5e-1", 0.5f},
        {"-0.5", -0.5f},
        {"0x1p-149", 0x1p-149f},
        {"16777217", 16777216},
        {"3.40282347e+38", 0x1.fffffep127f},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[128];
        snprintf(text, sizeof text, "code_bits: 4\ns1: 1\nratio: 2\nthr_pos: %s\n", CASES[i].text);
        cr_expect_eq(load(text, NULL).thr_pos, CASES[i].value, "%s", CASES[i].text);
    }
}

static void expect_refused(const char *text, enum se_status status, const char *sentence) {
    struct se_quantizer q = {.s1 = 42};
    enum se_rule rule = SE_RULE_R2;
    struct se_error err = {""};
    if (text) {
        put(text);
    }
    cr_expect_eq(se_config_load("x.yaml", &q, &rule, &err), status, "%s", sentence);
    cr_expect_str_eq(err.message, sentence);
    cr_expect(q.s1 == 42 && rule == SE_RULE_R2, "\"%s\" changed its results", sentence);
}

Test(config, refusals_of_values) {
    static const struct {
        const char *text, *sentence;
    } CASES[] = {
        {"code_bits: 4.5\ns1: 1\n", "x.yaml: code_bits is '4.5', which is not an integer (line 1)"},
        {"s1: 1\ncode_bits:\n", "x.yaml: code_bits is '', which is not an integer (line 2)"},
        {"code_bits: 3\ns1: 1\n", "x.yaml: code_bits is '3', which is not in 4..8 (line 1)"},
        {"code_bits: 99\ns1: 1\n", "x.yaml: code_bits is '99', which is not in 4..8 (line 1)"},
        {"code_bits: 010\ns1: 1\n", "x.yaml: code_bits is '010', which is not in 4..8 (line 1)"},
        {"code_bits: 99999999999999999999\ns1: 1\n",
         "x.yaml: code_bits is '99999999999999999999', which is not an integer (line 1)"},
        {"code_bits: 4\ns1: 1\nbase1: 4294967296\n",
         "x.yaml: base1 is '4294967296', which is not an integer (line 3)"},
        {"code_bits: 4\ns1: 1\nbase1: 0x1\n",
         "x.yaml: base1 is '0x1', which is not an integer (line 3)"},
        {"code_bits: 4\ns1: 1\nbase1: ' 1'\n",
         "x.yaml: base1 is ' 1', which is not an integer (line 3)"},
        {"code_bits: 4\ns1: 1\nbase2: 3\n", "x.yaml: base2 is for a dual format only (line 3)"},
        {"code_bits: 4\ns1: 1\ndual: maybe\n",
         "x.yaml: dual is 'maybe', which is not true or false (line 3)"},
        {"code_bits: 4\ns1: 1\ndual: true\n", "x.yaml: ratio is missing, and dual: true needs it"},
        {"code_bits: 4\ns1: 1\nrule: R9\n",
         "x.yaml: rule is 'R9', which is not none, R1, R2 or R3 (line 3)"},
        {"code_bits: 4\n# s1: 2\n\ns1: one\n",
         "x.yaml: s1 is 'one', which is not a binary32 number (line 4)"},
        {"{code_bits: 4, s1: one}\n", "x.yaml: s1 is 'one', which is not a binary32 number"},
        {"code_bits: 4\ns1: 1 2\n", "x.yaml: s1 is '1 2', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: \"\\e[2J\"\n",
         "x.yaml: s1 is '?[2J', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: .nan\n",
         "x.yaml: s1 is '.nan', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: nan\n", "x.yaml: s1 is 'nan', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: 1e39\n",
         "x.yaml: s1 is '1e39', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: --1\n", "x.yaml: s1 is '--1', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: infinity\n",
         "x.yaml: s1 is 'infinity', which is not a binary32 number (line 2)"},
        {"code_bits: 4\ns1: 1\nratio: 2\nthr_neg: nan\n",
         "x.yaml: thr_neg is 'nan', which is not a binary32 number (line 4)"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect_refused(CASES[i].text, SE_INVALID, CASES[i].sentence);
    }
}

Test(config, refusals_of_the_document) {
    static const struct {
        const char *text, *sentence;
    } CASES[] = {
        {"", "x.yaml: empty document"},
        {"# nothing but a comment\n", "x.yaml: empty document"},
        {"just words\n", "x.yaml: not a mapping of keys to values"},
        {"- 1\n- 2\n", "x.yaml: not a mapping of keys to values"},
        {"code_bits: 4\n", "x.yaml: s1 is missing"},
        {"s1: 1\n", "x.yaml: code_bits is missing"},
        {"code_bits: 4\ns1: 1\nfoo: 2\n", "x.yaml: unexpected key 'foo' (near line 3)"},
        {"code_bits: 4\nS1: 1\n", "x.yaml: unexpected key 'S1' (near line 2)"},
        {"code_bits: 4\n\ns1: [1, 2]\n",
         "x.yaml: s1 needs one value, not a list or a mapping (line 3)"},
        {"code_bits: {a: b}\n",
         "x.yaml: code_bits needs one value, not a list or a mapping (line 1)"},
        {"code_bits: &a 4\ns1: *a\n",
         "x.yaml: s1 is a YAML alias, which is not supported (line 2)"},
        {"code_bits: 4\ns1: 1\n---\ns1: 2\n", "x.yaml: holds more than one document"},
        {"code_bits: 4\ns1: 1\ns1: 2\n", "x.yaml: not a valid YAML mapping: Mapping field already "
                                         "seen: s1 (near line 2)"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect_refused(CASES[i].text, SE_INVALID, CASES[i].sentence);
    }

    static const char *const BROKEN[] = {
        "code_bits: 'x\n", "code_bits: 4\n\ts1: 1\n", "a: [\n", "\x01", "? [a]\n: b\n", "}"};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        struct se_quantizer q;
        struct se_error err = {""};
        put(BROKEN[i]);
        cr_expect_eq(se_config_load("x.yaml", &q, NULL, &err), SE_INVALID);
        cr_expect_eq(strncmp(err.message, "x.yaml: ", 8), 0, "%s", err.message);
    }
}

Test(config, refusals_of_the_quantiser_name_the_file) {
    static const struct {
        const char *text, *key;
    } CASES[] = {
        {"code_bits: 4\ns1: 0\n", "s1"},
        {"code_bits: 4\ns1: .inf\n", "s1"},
        {"code_bits: 4\ns1: -1\n", "s1"},
        {"code_bits: 4\ns1: 1\nratio: 0.5\n", "ratio"},
        {"code_bits: 4\ns1: 1\nratio: 2\ndual: false\n", "ratio"},
        {"code_bits: 4\ns1: 1\nthr_pos: 3\n", "thr_pos"},
        {"code_bits: 4\ns1: 1\nratio: 2\nthr_pos: -3\nthr_neg: 1\n", "thr_pos"},
        {"code_bits: 4\ns1: 1\nbase1: 16\n", "base1"},
        {"code_bits: 4\ns1: 1\nratio: 2\nbase2: -17\n", "base2"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_quantizer q;
        struct se_error err = {""};
        put(CASES[i].text);
        cr_expect_eq(se_config_load("x.yaml", &q, NULL, &err), SE_INVALID);
        cr_expect(strncmp(err.message, "x.yaml: ", 8) == 0 && strstr(err.message, CASES[i].key),
                  "\"%s\" lacks %s", err.message, CASES[i].key);
    }
}

Test(config, refusals_of_the_path) {
    expect_refused(NULL, SE_IO, "cannot read x.yaml: No such file or directory");
    struct se_quantizer q;
    struct se_error err = {""};
    cr_expect_eq(se_config_load(".", &q, NULL, &err), SE_IO);
    cr_expect_str_eq(err.message, "cannot read .: Is a directory");

    char text[SE_CONFIG_BYTES_MAX + 2] = "code_bits: 4\ns1: 1\n#";
    size_t start = strlen(text);
    memset(text + start, 'x', SE_CONFIG_BYTES_MAX - start);
    load(text, NULL);
    text[SE_CONFIG_BYTES_MAX] = 'x';
    expect_refused(text, SE_INVALID, "x.yaml: longer than the 16384 bytes of a configuration");
}

static void expect_round_trip(const struct se_quantizer *q, enum se_rule rule) {
    struct se_quantizer back;
    enum se_rule back_rule;
    struct se_error err = {""};
    cr_assert_eq(se_config_save("x.yaml", q, rule, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_config_load("x.yaml", &back, &back_rule, &err), SE_OK, "%s", err.message);
    cr_expect_eq(back.format.code_bits, q->format.code_bits);
    cr_expect_eq(back.format.dual, q->format.dual);
    cr_expect_eq(back.format.base1, q->format.base1);
    cr_expect_eq(back.format.base2, q->format.base2);
    const float sent[] = {q->s1, q->ratio, q->s2, q->inv_s1, q->inv_s2, q->thr_pos, q->thr_neg};
    const float got[] = {back.s1,     back.ratio,   back.s2,     back.inv_s1,
                         back.inv_s2, back.thr_pos, back.thr_neg};
    cr_expect_arr_eq(got, sent, sizeof sent);
    cr_expect_eq(back_rule, rule);
}

Test(config, saved_floats_return_bit_for_bit) {
    uint32_t seed = 1;
    for (int i = 0; i < 2000; i++) {
        float random[4]; // in 2^-120..2^119, every fraction bit used
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            uint32_t bits = (seed >> 9 | (7 + (seed >> 24) % 240) << 23) & 0x7FFFFFFF;
            memcpy(&random[k], &bits, sizeof bits);
        }
        bool dual = i & 1;
        struct se_format format = {4 + i % 5, dual, -(i % 16), dual ? i % 16 : -(i % 16)};
        float ratio = dual ? 1 + fmodf(random[1], 8) : 1;
        float thr_pos = dual && i % 3 ? random[2] : INFINITY, thr_neg = dual ? random[3] : INFINITY;
        float s1 = fminf(random[0], 0x1p110f);
        struct se_quantizer q;
        struct se_error err = {""};
        cr_assert_eq(se_quantizer_init(&q, format, s1, ratio, thr_pos, thr_neg, &err), SE_OK, "%s",
                     err.message);
        expect_round_trip(&q, (enum se_rule)(i % 4));
    }
    struct se_quantizer edge;
    struct se_format format = se_format_signed(4, true);
    cr_assert_eq(
        se_quantizer_init(&edge, format, 0x1.000002p-127f, 1.00000012f, 0x1p-149f, 0, NULL), SE_OK);
    expect_round_trip(&edge, SE_RULE_R2);
    cr_assert_eq(se_quantizer_init(&edge, format, 1, 2, -1, INFINITY, NULL), SE_OK);
    expect_round_trip(&edge, SE_RULE_R2);
}

Test(config, saved_file_reads_well) {
    struct se_quantizer q;
    struct se_format format = {4, true, -4, 3};
    cr_assert_eq(se_quantizer_init(&q, format, 0.125f, 3.5f, 0.1f, INFINITY, NULL), SE_OK);
    cr_assert_eq(se_config_save("x.yaml", &q, SE_RULE_R3, NULL), SE_OK);
    char text[512] = "";
    FILE *stream = fopen("x.yaml", "rb");
    cr_assert_lt(fread(text, 1, sizeof text, stream), sizeof text);
    fclose(stream);
    cr_expect_str_eq(text, "# W4A5-SE quantiser configuration\n"
                           "code_bits: 4\n"
                           "dual: true\n"
                           "base1: -4\n"
                           "base2: 3\n"
                           "s1: 0.125\n"
                           "ratio: 3.5\n"
                           "thr_pos: 0.100000001\n"
                           "thr_neg: .inf\n"
                           "rule: R3\n");
}

Test(config, refused_save_leaves_nothing) {
    struct se_quantizer q;
    cr_assert_eq(se_quantizer_init(&q, se_format_signed(4, false), 1, 1, INFINITY, INFINITY, NULL),
                 SE_OK);
    static const struct {
        const char *path, *sentence;
    } CASES[] = {
        {"missing/x.yaml", "cannot write missing/x.yaml: No such file or directory"},
        {".", "cannot write .: it is a directory"},
        {"/dev/full", "cannot write /dev/full: No space left on device"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_error err = {""};
        cr_expect_eq(se_config_save(CASES[i].path, &q, SE_RULE_NONE, &err), SE_IO);
        cr_expect_str_eq(err.message, CASES[i].sentence);
    }
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) {
        cr_expect_eq(entry->d_name[0], '.', "%s was left", entry->d_name);
    }
    closedir(directory);
}
