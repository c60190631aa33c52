// SPDX-License-Identifier: Apache-2.0
// Sources: MambaConfig and Mamba2Config of github.com/huggingface/transformers; MambaConfig, Mamba
// and Mamba2 of github.com/state-spaces/mamba, whose defaults hold where a key is left out.
#include "config.h"

#include "../io/map.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SIZE_LIMIT = 1 << 24, LAYER_LIMIT = 1 << 12, ABSENT = 0 };

struct reader {
    const char *path;
    const json_t *object;
    struct se_error *err;
    enum se_status status; // of the first refusal; later ones are not looked at
};

__attribute__((format(printf, 2, 3))) static void refuse(struct reader *r, const char *format,
                                                         ...) {
    char what[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (!r->status) {
        r->status = se_fail(r->err, SE_INVALID, "%s: %s", r->path, what);
    }
}

// 1 to `limit`; `otherwise` when the key is not there or null, unless that is ABSENT.
static size_t get_size(struct reader *r, const char *key, size_t otherwise, size_t limit) {
    const json_t *value = json_object_get(r->object, key);
    json_int_t n = json_integer_value(value);
    if (!value || json_is_null(value)) {
        if (otherwise == ABSENT) {
            refuse(r, "no %s", key);
        }
        return otherwise;
    }
    if (!json_is_integer(value) || n < 1 || (uintmax_t)n > limit) {
        refuse(r, "%s must be an integer from 1 to %zu", key, limit);
        return 1;
    }
    return (size_t)n;
}

static bool get_bool(struct reader *r, const char *key, bool otherwise) {
    const json_t *value = json_object_get(r->object, key);
    if (value && !json_is_boolean(value)) {
        refuse(r, "%s must be true or false", key);
    }
    return value ? json_is_true(value) : otherwise;
}

static const char *get_text(struct reader *r, const char *key, const char *otherwise) {
    const json_t *value = json_object_get(r->object, key);
    if (value && !json_is_string(value)) {
        refuse(r, "%s must be a string", key);
        return otherwise;
    }
    return value ? json_string_value(value) : otherwise;
}

static float get_epsilon(struct reader *r, const char *key) {
    const json_t *value = json_object_get(r->object, key);
    double eps = value ? json_number_value(value) : 1e-5;
    if (!(eps > 0 && eps < 1)) {
        refuse(r, "%s must be a number above 0 and below 1", key);
    }
    return (float)eps;
}

// A limit as Python writes it: a number, Infinity, or {"__float__": "Infinity"}.
static double limit_value(const json_t *value) {
    const char *name = json_string_value(json_object_get(value, "__float__"));
    if (name) {
        return strcmp(name, "Infinity") == 0 ? (double)INFINITY : (double)NAN;
    }
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void get_limits(struct reader *r, const char *key, struct se_model_config *sizes) {
    const json_t *value = json_object_get(r->object, key);
    sizes->dt_min = 0;
    sizes->dt_max = INFINITY;
    if (!value || json_is_null(value)) {
        return;
    }
    double low = limit_value(json_array_get(value, 0)),
           high = limit_value(json_array_get(value, 1));
    if (json_array_size(value) != 2 || !(low >= 0 && low <= high)) {
        refuse(r, "%s must be [lowest, highest] of 0 or more", key);
    }
    sizes->dt_min = (float)low;
    sizes->dt_max = (float)high;
}

// The key may be left out, or have this value only.
static void must_be(struct reader *r, const char *key, const json_t *wanted, const char *shown) {
    const json_t *value = json_object_get(r->object, key);
    if (value && !json_equal(value, wanted)) {
        refuse(r, "%s is supported as %s only", key, shown);
    }
}

static void get_heads(struct reader *r, struct se_model_config *s) {
    if (s->heads * s->headdim != s->d_inner) {
        refuse(r, "%zu heads of %zu channels are not the %zu channels of a layer", s->heads,
               s->headdim, s->d_inner);
    } else if (s->heads % s->groups != 0) {
        refuse(r, "%zu heads do not divide into %zu groups", s->heads, s->groups);
    }
}

static size_t default_rank(const struct se_model_config *s) {
    enum { CHANNELS_A_RANK = 16 };
    return (s->d_model + CHANNELS_A_RANK - 1) / CHANNELS_A_RANK;
}

// "auto" or a size.
static size_t get_rank(struct reader *r, const char *key, const struct se_model_config *s) {
    const char *name = json_string_value(json_object_get(r->object, key));
    return name && strcmp(name, "auto") == 0 ? default_rank(s)
                                             : get_size(r, key, default_rank(s), SIZE_LIMIT);
}

static void read_hugging_face(struct reader *r, struct se_model_options *o) {
    struct se_model_config *s = &o->sizes;
    const char *type = get_text(r, "model_type", "mamba");
    json_t *silu = json_string("silu"), *yes = json_true();
    if (strcmp(type, "mamba") != 0 && strcmp(type, "mamba2") != 0) {
        refuse(r, "model_type must be mamba or mamba2");
    }
    s->kind = strcmp(type, "mamba") == 0 ? SE_MODEL_MAMBA1 : SE_MODEL_MAMBA2;
    s->vocab = get_size(r, "vocab_size", ABSENT, SIZE_LIMIT);
    s->d_model = get_size(r, "hidden_size", ABSENT, SIZE_LIMIT);
    s->layers = get_size(r, "num_hidden_layers", ABSENT, LAYER_LIMIT);
    s->d_state = get_size(r, "state_size", ABSENT, SIZE_LIMIT);
    s->d_inner = get_size(r, "intermediate_size", get_size(r, "expand", 2, SIZE_LIMIT) * s->d_model,
                          SIZE_LIMIT);
    s->norm_eps = get_epsilon(r, "layer_norm_epsilon");
    if (s->kind == SE_MODEL_MAMBA1) {
        s->dt_rank = get_rank(r, "time_step_rank", s);
    } else {
        s->heads = get_size(r, "num_heads", ABSENT, SIZE_LIMIT);
        s->headdim = get_size(r, "head_dim", ABSENT, SIZE_LIMIT);
        s->groups = get_size(r, "n_groups", ABSENT, SIZE_LIMIT);
        get_limits(r, "time_step_limit", s);
    }
    o->bias = get_bool(r, "use_bias", false);
    o->conv_bias = get_bool(r, "use_conv_bias", true);
    o->says_tied = json_object_get(r->object, "tie_word_embeddings") != NULL;
    o->tied = get_bool(r, "tie_word_embeddings", true);
    if (get_size(r, "conv_kernel", SE_MODEL_TAPS, SIZE_LIMIT) != SE_MODEL_TAPS) {
        refuse(r, "conv_kernel is supported as %d only", SE_MODEL_TAPS);
    }
    must_be(r, "hidden_act", silu, "silu");
    must_be(r, "rms_norm", yes, "true");
    json_decref(silu);
}

static void read_original_mixer(struct reader *r, struct se_model_options *o) {
    struct se_model_config *s = &o->sizes;
    const char *layer = get_text(r, "layer", "Mamba1");
    json_t *yes = json_true(), *no = json_false();
    if (strcmp(layer, "Mamba1") != 0 && strcmp(layer, "Mamba2") != 0) {
        refuse(r, "ssm_cfg.layer must be Mamba1 or Mamba2");
    }
    s->kind = strcmp(layer, "Mamba1") == 0 ? SE_MODEL_MAMBA1 : SE_MODEL_MAMBA2;
    s->d_state = get_size(r, "d_state", s->kind == SE_MODEL_MAMBA1 ? 16 : 128, SIZE_LIMIT);
    s->d_inner = get_size(r, "expand", 2, SIZE_LIMIT) * s->d_model;
    if (s->kind == SE_MODEL_MAMBA1) {
        s->dt_rank = get_rank(r, "dt_rank", s);
    } else {
        s->headdim = get_size(r, "headdim", 64, SIZE_LIMIT);
        s->groups = get_size(r, "ngroups", 1, SIZE_LIMIT);
        s->heads = s->d_inner / s->headdim;
        get_limits(r, "dt_limit", s);
        must_be(r, "rmsnorm", yes, "true");
        must_be(r, "norm_before_gate", no, "false");
        must_be(r, "D_has_hdim", no, "false");
        must_be(r, "d_ssm", json_null(), "null");
    }
    if (get_size(r, "d_conv", SE_MODEL_TAPS, SIZE_LIMIT) != SE_MODEL_TAPS) {
        refuse(r, "ssm_cfg.d_conv is supported as %d only", SE_MODEL_TAPS);
    }
    o->bias = get_bool(r, "bias", false);
    o->conv_bias = get_bool(r, "conv_bias", true);
}

static void read_original(struct reader *r, struct se_model_options *o) {
    struct se_model_config *s = &o->sizes;
    json_t *yes = json_true(), *zero = json_integer(0), *none = json_array(),
           *empty = json_object();
    const json_t *top = r->object, *mixer = json_object_get(top, "ssm_cfg");
    size_t multiple = get_size(r, "pad_vocab_size_multiple", 8, SIZE_LIMIT);
    s->vocab = get_size(r, "vocab_size", ABSENT, SIZE_LIMIT);
    s->vocab = (s->vocab + multiple - 1) / multiple * multiple;
    s->d_model = get_size(r, "d_model", ABSENT, SIZE_LIMIT);
    s->layers = get_size(r, "n_layer", ABSENT, LAYER_LIMIT);
    s->norm_eps = get_epsilon(r, "norm_epsilon");
    o->original = true;
    o->says_tied = true;
    o->tied = get_bool(r, "tie_embeddings", true);
    must_be(r, "rms_norm", yes, "true");
    must_be(r, "d_intermediate", zero, "0");
    must_be(r, "attn_layer_idx", none, "an empty list");
    if (mixer && !json_is_object(mixer)) {
        refuse(r, "ssm_cfg must be an object");
    }
    r->object = mixer ? mixer : empty;
    read_original_mixer(r, o);
    r->object = top;
    json_decref(zero);
    json_decref(none);
    json_decref(empty);
}

// JSON has no infinity, and Python writes one all the same: it becomes a number that is one in
// float32.
static void replace_infinity(size_t length, char *text) {
    static const char word[] = "Infinity", number[] = "1e308   ";
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && length - i >= sizeof word - 1 &&
                   memcmp(text + i, word, sizeof word - 1) == 0) {
            memcpy(text + i, number, sizeof number - 1);
        }
    }
}

static enum se_status parse(const char *path, size_t length, const void *bytes, json_t **root,
                            struct se_error *err) {
    json_error_t cause;
    char *text = malloc(length);
    if (!text) {
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory to read it", path);
    }
    memcpy(text, bytes, length);
    replace_infinity(length, text);
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &cause);
    free(text);
    if (json_is_object(*root)) {
        return SE_OK;
    }
    if (!*root) {
        return se_fail(err, SE_INVALID, "%s: malformed JSON in line %d", path, cause.line);
    }
    json_decref(*root);
    return se_fail(err, SE_INVALID, "%s: no JSON object", path);
}

enum se_status se_model_options_load(const char *path, struct se_model_options *options,
                                     struct se_error *err) {
    void *bytes;
    size_t length;
    *options = (struct se_model_options){0};
    enum se_status status = se_map_file(path, &bytes, &length, err);
    if (status) {
        return status;
    }
    json_t *root = NULL;
    status = parse(path, length, bytes, &root, err);
    munmap(bytes, length);
    if (status) {
        return status;
    }
    struct reader r = {.path = path, .object = root, .err = err};
    if (json_object_get(root, "d_model") && !json_object_get(root, "hidden_size")) {
        read_original(&r, options);
    } else {
        read_hugging_face(&r, options);
    }
    if (options->sizes.d_inner > SIZE_LIMIT) {
        refuse(&r, "%zu channels a layer are too many", options->sizes.d_inner);
    }
    if (!r.status && options->sizes.kind == SE_MODEL_MAMBA2) {
        get_heads(&r, &options->sizes);
    }
    json_decref(root);
    return r.status;
}
