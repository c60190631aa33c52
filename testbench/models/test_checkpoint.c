// SPDX-License-Identifier: Apache-2.0
#include "../unit/folder.h"
#include "examples.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(checkpoint, .init = enter_directory, .fini = leave_directory);

static void expect_refused(enum se_status wanted, const char *file, const char *sentence) {
    struct se_model model;
    struct se_error err = {""};
    enum se_status status = se_model_load(".", &model, &err);
    cr_expect_eq(status, wanted, "%d, expected: %s", status, sentence);
    cr_expect(strstr(err.message, sentence), "\"%s\" lacks \"%s\"", err.message, sentence);
    cr_expect(strstr(err.message, file), "\"%s\" does not name %s", err.message, file);
    for (const char *c = err.message; *c; c++) {
        cr_expect(*c >= ' ', "\"%s\" has a control character", err.message);
    }
    cr_expect_null(model.layers);
    cr_expect_null(model.memory);
    se_model_free(&model);
}

static void expect_accepted(void) {
    struct se_model model;
    struct se_error err = {""};
    cr_expect_eq(se_model_load(".", &model, &err), SE_OK, "%s", err.message);
    se_model_free(&model);
}

static void release(struct synthetic *m) {
    synthetic_free(m);
    free(m);
}

// ---- config.json ----

struct change {
    const char *from, *to, *sentence;
};

// Each change alone, of a configuration that is accepted without it.
static void check_changes(struct synthetic *m, size_t n, const struct change *changes) {
    char text[CONFIG_TEXT], changed[2 * CONFIG_TEXT];
    synthetic_write(m, ".", SE_DTYPE_F16, 1);
    expect_accepted();
    synthetic_config(m, "", text);
    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(text, changes[i].from);
        cr_assert(at, "no %s in %s", changes[i].from, text);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, changes[i].to,
                 at + strlen(changes[i].from));
        put_text_file(".", "config.json", changed);
        expect_refused(SE_INVALID, "./", changes[i].sentence);
    }
    release(m);
}

enum { MOST = 100 };
#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(checkpoint, bad_configurations_of_mamba1) {
    static const struct change changes[] = {
        {"\"vocab_size\": 37", "\"vocab_size\": 0", "vocab_size must be an integer from 1 to"},
        {"\"vocab_size\": 37", "\"vocab_size\": -37", "vocab_size must be an integer from 1 to"},
        {"\"vocab_size\": 37", "\"vocab_size\": 37.0", "vocab_size must be an integer from 1 to"},
        {"\"vocab_size\": 37", "\"vocab_size\": \"37\"", "vocab_size must be an integer from 1"},
        {"\"vocab_size\": 37", "\"vocab_size\": null", "no vocab_size"},
        {"\"vocab_size\"", "\"size\"", "no vocab_size"},
        {"\"vocab_size\": 37", "\"vocab_size\": 99999999999999999999", "malformed JSON"},
        {"\"hidden_size\": 20", "\"hidden_size\": 9223372036854775807", "hidden_size must be an"},
        {"\"hidden_size\": 20", "\"hidden_size\": 16777216", "the configuration wants"},
        {"\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4", "no tensor 'backbone.layers.3.n"},
        {"\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2", "is no part of the model"},
        {"\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000", "num_hidden_layers must be"},
        {"\"intermediate_size\": 43, ", "", "the configuration wants"},
        {"\"intermediate_size\": 43", "\"expand\": 16777216", "channels a layer are too many"},
        {"\"time_step_rank\": 3", "\"time_step_rank\": \"most\"", "time_step_rank must be"},
        {"\"time_step_rank\": 3", "\"time_step_rank\": \"auto\"", "the configuration wants [12, 4"},
        {"\"state_size\": 5", "\"state_size\": 6", "is [13, 43], the configuration wants [15, 43]"},
        {"\"conv_kernel\": 4", "\"conv_kernel\": 3", "conv_kernel is supported as 4 only"},
        {"1e-05", "0", "layer_norm_epsilon must be"},
        {"1e-05", "-1", "layer_norm_epsilon must be"},
        {"1e-05", "\"x\"", "layer_norm_epsilon must be"},
        {"1e-05", "Infinity", "layer_norm_epsilon must be"},
        {"1e-05", "NaN", "malformed JSON"},
        {"\"silu\"", "\"relu\"", "hidden_act is supported as silu only"},
        {"\"use_bias\": true", "\"use_bias\": 1", "use_bias must be true or false"},
        {"\"use_bias\": true", "\"use_bias\": false", "in_proj.bias' is no part of the model"},
        {"\"use_conv_bias\": true", "\"use_conv_bias\": false", "conv1d.bias' is no part"},
        {"\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 0", "tie_word_embeddings"},
        {"\"mamba\"", "\"llama\"", "model_type must be mamba or mamba2"},
        {"\"mamba\"", "[]", "model_type must be a string"},
        {"{", "", "malformed JSON"},
        {"{", "{\"vocab_size\": 37, ", "malformed JSON"},
        {"}", "", "malformed JSON"},
        {"}", "}}", "malformed JSON"},
        {"}", ", \"a\\u0000b\": \"\\", "malformed JSON"},
    };
    check_changes(example_mamba1(), COUNT(changes), changes);
}

Test(checkpoint, bad_configurations_of_mamba2) {
    static const struct change changes[] = {
        {"\"num_heads\": 6", "\"num_heads\": 7", "7 heads of 7 channels are not the 42 channels"},
        {"\"head_dim\": 7", "\"head_dim\": 8", "6 heads of 8 channels are not the 42 channels"},
        {"\"n_groups\": 2", "\"n_groups\": 4", "6 heads do not divide into 4 groups"},
        {"\"n_groups\": 2", "\"n_groups\": 7", "6 heads do not divide into 7 groups"},
        {"\"n_groups\": 2", "\"n_groups\": 0", "n_groups must be an integer"},
        {"\"n_groups\": 2", "\"n_groups\": 3", "the configuration wants"},
        {"}", ", \"time_step_limit\": [0.5, 0.25]}", "time_step_limit must be"},
        {"}", ", \"time_step_limit\": [-1, 0.25]}", "time_step_limit must be"},
        {"}", ", \"time_step_limit\": [0.5]}", "time_step_limit must be"},
        {"}", ", \"time_step_limit\": [0, 1, 2]}", "time_step_limit must be"},
        {"}", ", \"time_step_limit\": [0, \"inf\"]}", "time_step_limit must be"},
        {"}", ", \"time_step_limit\": [0, {\"__float__\": \"NaN\"}]}", "time_step_limit must be"},
        {"}", ", \"rms_norm\": false}", "rms_norm is supported as true only"},
    };
    check_changes(example_mamba2(), COUNT(changes), changes);
}

Test(checkpoint, bad_configurations_of_the_original_code) {
    static const struct change changes[] = {
        {"\"ssm_cfg\": {", "\"ssm_cfg\": [], \"other\": {", "ssm_cfg must be an object"},
        {"\"Mamba2\"", "\"Mamba3\"", "ssm_cfg.layer must be Mamba1 or Mamba2"},
        {"\"Mamba2\"", "\"Mamba1\"", "the configuration wants"},
        {"\"headdim\": 10", "\"headdim\": 7", "5 heads of 7 channels are not the 40 channels"},
        {"\"headdim\": 10", "\"headdim\": 50", "0 heads of 50 channels are not the 40 channels"},
        {"\"headdim\": 10", "\"d_conv\": 3", "ssm_cfg.d_conv is supported as 4 only"},
        {"\"headdim\"", "\"norm_before_gate\": true, \"headdim\"", "norm_before_gate is supported"},
        {"\"headdim\"", "\"rmsnorm\": false, \"headdim\"", "rmsnorm is supported as true only"},
        {"\"headdim\"", "\"D_has_hdim\": true, \"headdim\"", "D_has_hdim is supported"},
        {"\"headdim\"", "\"d_ssm\": 20, \"headdim\"", "d_ssm is supported as null only"},
        {"\"expand\": 2", "\"expand\": 16777216", "channels a layer are too many"},
        {"\"d_intermediate\": 0", "\"d_intermediate\": 64", "d_intermediate is supported as 0"},
        {"\"attn_layer_idx\": []", "\"attn_layer_idx\": [1]", "attn_layer_idx is supported as an"},
        {"\"rms_norm\": true", "\"rms_norm\": false", "rms_norm is supported as true only"},
        {"\"pad_vocab_size_multiple\": 16", "\"pad_vocab_size_multiple\": 1", "wants [45, 20]"},
        {"\"pad_vocab_size_multiple\": 16", "\"pad_vocab_size_multiple\": 0", "pad_vocab_size_mul"},
        {"\"d_model\": 20", "\"d_model\": 0", "d_model must be an integer"},
    };
    struct synthetic *m = calloc(1, sizeof *m);
    *m = (struct synthetic){.sizes = {.kind = SE_MODEL_MAMBA2,
                                      .vocab = 48,
                                      .d_model = 20,
                                      .layers = 1,
                                      .d_inner = 40,
                                      .d_state = 6,
                                      .heads = 4,
                                      .headdim = 10,
                                      .groups = 1},
                            .original = true,
                            .tied = true};
    synthetic_fill(m, 1);
    check_changes(m, COUNT(changes), changes);
}

Test(checkpoint, missing_files) {
    struct synthetic *m = example_mamba1();
    expect_refused(SE_IO, "config.json", "No such file");
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    cr_assert_eq(remove("model.safetensors"), 0);
    expect_refused(SE_IO, "model.safetensors", "No such file");
    put_text_file(".", "config.json", "");
    expect_refused(SE_INVALID, "config.json", "empty file");
    put_text_file(".", "config.json", "[1]");
    expect_refused(SE_INVALID, "config.json", "no JSON object");
    release(m);
}

// ---- tensors ----

static struct se_tensor *find(struct synthetic *m, const char *name) {
    for (size_t i = 0; i < m->count; i++) {
        if (strstr(m->names[i], name)) {
            return &m->tensors[i];
        }
    }
    cr_assert_fail("no tensor %s", name);
    abort();
}

// The first tensor whose name has this in it, with another shape of the same number of elements.
static void check_shape(const char *name, size_t ndim, const size_t *shape, const char *sentence) {
    struct synthetic *m = example_mamba1();
    struct se_tensor *t = find(m, name);
    t->ndim = ndim;
    memcpy(t->shape, shape, ndim * sizeof *shape);
    synthetic_write(m, ".", SE_DTYPE_BF16, 1);
    expect_refused(SE_INVALID, "./model.safetensors", sentence);
    release(m);
}

Test(checkpoint, shapes) {
    check_shape("in_proj.weight", 2, (size_t[]){20, 86},
                "tensor 'backbone.layers.0.mixer.in_proj.weight' is [20, 86], the configuration "
                "wants [86, 20]");
    check_shape("conv1d.weight", 2, (size_t[]){43, 4},
                "is [43, 4], the configuration wants [43, 1"
                ", 4]");
    check_shape("norm.weight", 2, (size_t[]){20, 1}, "is [20, 1], the configuration wants [20]");
    check_shape("mixer.D", 8, (size_t[]){43, 1, 1, 1, 1, 1, 1, 1}, "is [43, 1, 1, 1, 1, 1, 1, 1]");
    check_shape("embeddings", 1, (size_t[]){740}, "is [740], the configuration wants [37, 20]");
}

// The last element of a tensor, in place (float32) and converted (float16).
static void check_not_finite(const char *name, float value, const char *shown) {
    static const enum se_dtype dtypes[] = {SE_DTYPE_F32, SE_DTYPE_F16};
    struct synthetic *m = example_mamba1();
    struct se_tensor *t = find(m, name);
    char sentence[2 * MOST];
    size_t n = 1;
    for (size_t i = 0; i < t->ndim; i++) {
        n *= t->shape[i];
    }
    float *values = malloc(n * sizeof *values);
    memcpy(values, t->data, n * sizeof *values);
    values[n - 1] = value;
    const void *kept = t->data;
    t->data = values;
    snprintf(sentence, sizeof sentence, "tensor '%s' is %s at element %zu", t->name, shown, n - 1);
    for (size_t i = 0; i < COUNT(dtypes); i++) {
        synthetic_write(m, ".", dtypes[i], 1);
        expect_refused(SE_INVALID, "./model.safetensors", sentence);
    }
    t->data = kept;
    free(values);
    release(m);
}

Test(checkpoint, weights_that_are_not_finite) {
    check_not_finite("embeddings", INFINITY, "inf");
    check_not_finite("1.mixer.conv1d.weight", NAN, "nan");
    check_not_finite("2.mixer.A_log", -INFINITY, "-inf");
    check_not_finite("lm_head", NAN, "nan");
    check_not_finite("mixer.in_proj.weight", INFINITY, "inf");
}

static void check_renamed(const char *from, const char *to, const char *sentence) {
    struct synthetic *m = example_mamba1();
    struct se_tensor *t = find(m, from);
    t->name = to;
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    expect_refused(SE_INVALID, "./model.safetensors", sentence);
    release(m);
}

Test(checkpoint, names) {
    check_renamed("lm_head.weight", "head", "no tensor 'lm_head.weight'");
    check_renamed("1.mixer.A_log", "backbone.layers.1.mixer.A",
                  "no tensor 'backbone.layers.1.mixer"
                  ".A_log'");
    check_renamed("backbone.norm_f.weight", "\n", "no tensor 'backbone.norm_f.weight'");
}

Test(checkpoint, unknown_tensor_and_type) {
    struct synthetic *m = example_mamba1();
    const int8_t byte = 1;
    struct se_tensor all[TENSORS_MAX];
    struct se_error err;
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    memcpy(all, m->tensors, m->count * sizeof *all);
    all[m->count] = (struct se_tensor){
        .name = "more\x1b[2J", .dtype = SE_DTYPE_I8, .ndim = 1, .shape = {1}, .data = &byte};
    cr_assert_eq(se_safetensors_write("model.safetensors", m->count + 1, all, &err), SE_OK);
    expect_refused(SE_INVALID, "model.safetensors", "tensor 'more?[2J' is no part of the model");
    struct se_tensor *t = &all[m->count - 1];
    t->dtype = SE_DTYPE_I32;
    cr_assert_eq(se_safetensors_write("model.safetensors", m->count, all, &err), SE_OK);
    expect_refused(SE_INVALID, "model.safetensors", "is int32, not float32, float16 or bfloat16");
    release(m);
}

// A head that is there and not said to be tied is used; a tied one may be there all the same.
Test(checkpoint, tied_or_not) {
    struct synthetic *m = example_mamba1();
    struct se_model model;
    struct se_error err = {""};
    char text[CONFIG_TEXT], *at;
    synthetic_write(m, ".", SE_DTYPE_F32, 1);
    synthetic_config(m, "", text);
    at = strstr(text, "tie_word_embeddings");
    memcpy(at, "tie_nothing", 11);
    put_text_file(".", "config.json", text);
    cr_assert_eq(se_model_load(".", &model, &err), SE_OK, "%s", err.message);
    cr_expect_neq(model.head, model.embedding);
    se_model_free(&model);
    m->tied = true;
    synthetic_config(m, "", text);
    put_text_file(".", "config.json", text);
    cr_assert_eq(se_model_load(".", &model, &err), SE_OK, "%s", err.message);
    cr_expect_eq(model.head, model.embedding);
    se_model_free(&model);
    release(m);
}

// ---- shards ----

static void check_index(const char *index, enum se_status wanted, const char *file,
                        const char *sentence) {
    put_text_file(".", "model.safetensors.index.json", index);
    expect_refused(wanted, file, sentence);
}

Test(checkpoint, bad_indices) {
    static const char name[] = "model.safetensors.index.json";
    static const char *const outside[] = {
        "\"../x\"", "\"/etc/passwd\"", "\"a/b\"", "\".\"", "\"..\"", "\"\"", "3", "null"};
    struct synthetic *m = example_mamba1();
    synthetic_write(m, ".", SE_DTYPE_F16, 2);
    expect_accepted();
    check_index("", SE_INVALID, name, "malformed JSON");
    check_index("{", SE_INVALID, name, "malformed JSON");
    check_index("[]", SE_INVALID, name, "no weight_map");
    check_index("{\"weight_map\": []}", SE_INVALID, name, "no weight_map");
    check_index("{\"weight_map\": {}}", SE_INVALID, name, "no weight_map");
    check_index("{\"weight_map\": {\"a\": \"gone\"}}", SE_IO, "./gone", "No such file");
    for (size_t i = 0; i < COUNT(outside); i++) {
        char index[MOST];
        snprintf(index, sizeof index, "{\"weight_map\": {\"a\\u001b\": %s}}", outside[i]);
        check_index(index, SE_INVALID, name, "tensor 'a?' is not in a file");
    }
    check_index("{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}", SE_INVALID,
                "model-00001-of-00002.safetensors", "the index does not say that tensor");
    check_index("{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}", SE_INVALID, name, "malformed");
    release(m);
}

// The second shard has the first one's tensors too.
Test(checkpoint, tensor_in_two_shards) {
    struct synthetic *m = example_mamba1();
    struct se_error err;
    struct se_tensor first = m->tensors[0];
    synthetic_write(m, ".", SE_DTYPE_F32, 2);
    expect_accepted();
    first.dtype = SE_DTYPE_F32;
    size_t half = m->count / 2;
    struct se_tensor rest[TENSORS_MAX];
    memcpy(rest, m->tensors + half, (m->count - half) * sizeof *rest);
    rest[m->count - half] = first;
    cr_assert_eq(
        se_safetensors_write("model-00002-of-00002.safetensors", m->count - half + 1, rest, &err),
        SE_OK);
    expect_refused(SE_INVALID, "model-00002-of-00002.safetensors",
                   "the index does not say that tensor 'backbone.embeddings.weight' is here");
    cr_assert_eq(
        se_safetensors_write("model-00002-of-00002.safetensors", m->count - half - 1, rest, &err),
        SE_OK);
    expect_refused(SE_INVALID, "model-00002-of-00002.safetensors",
                   "no tensor 'lm_head.weight', which the index says is here");
    release(m);
}

// ---- damaged files ----

static char *get_bytes(const char *name, size_t *size) {
    FILE *stream = fopen(name, "rb");
    cr_assert(stream);
    fseek(stream, 0, SEEK_END);
    *size = (size_t)ftell(stream);
    rewind(stream);
    char *bytes = malloc(*size + 1);
    cr_assert_eq(fread(bytes, 1, *size, stream), *size);
    fclose(stream);
    return bytes;
}

static void put_bytes(const char *name, size_t size, const char *bytes) {
    FILE *stream = fopen(name, "wb");
    cr_assert(stream);
    fwrite(bytes, 1, size, stream);
    fclose(stream);
}

static void try_loading(bool must_fail, size_t at) {
    struct se_model model;
    struct se_error err = {""};
    enum se_status status = se_model_load(".", &model, &err);
    cr_expect(status != SE_OK || !must_fail, "accepted, damaged at %zu", at);
    cr_expect(status == SE_OK || err.message[0], "no sentence, damaged at %zu", at);
    se_model_free(&model);
}

static void check_truncations(const char *name, size_t step) {
    size_t size;
    char *bytes = get_bytes(name, &size);
    for (size_t at = 0; at < size; at += at < 64 ? 1 : step) {
        put_bytes(name, at, bytes);
        try_loading(true, at);
    }
    put_bytes(name, size, bytes);
    free(bytes);
}

// Random bytes, one at a time, in the first part of the file: nothing but a sentence may come.
static void check_damage(const char *name, size_t part, int trials) {
    size_t size;
    char *bytes = get_bytes(name, &size);
    part = size < part ? size : part;
    srand(3);
    for (int i = 0; i < trials; i++) {
        size_t at = (size_t)rand() % part;
        char kept = bytes[at];
        bytes[at] = (char)(rand() >> 7);
        put_bytes(name, size, bytes);
        try_loading(false, at);
        bytes[at] = kept;
    }
    put_bytes(name, size, bytes);
    free(bytes);
}

Test(checkpoint, truncated_and_damaged) {
    struct synthetic *m = example_mamba2();
    synthetic_write(m, ".", SE_DTYPE_F16, 2);
    check_truncations("config.json", 1);
    check_truncations("model.safetensors.index.json", 37);
    check_truncations("model-00002-of-00002.safetensors", 401);
    check_damage("config.json", 1000, 300);
    check_damage("model.safetensors.index.json", 4000, 300);
    check_damage("model-00001-of-00002.safetensors", 1200, 600);
    expect_accepted();
    release(m);
}
