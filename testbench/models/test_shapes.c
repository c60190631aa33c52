// SPDX-License-Identifier: Apache-2.0
// Checkpoints of the published models' shapes, from the published configurations with one value
// everywhere: they load, and run a token as arithmetic by hand says.
#include "../unit/folder.h"
#include "synthetic.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(shapes, .init = enter_directory, .fini = leave_directory);

// As state-spaces/mamba-130m-hf has it, keys that are not read included.
static const char mamba_130m[] =
    "{\"architectures\": [\"MambaForCausalLM\"], \"bos_token_id\": 0, \"conv_kernel\": 4, "
    "\"d_inner\": 1536, \"d_model\": 768, \"eos_token_id\": 0, \"expand\": 2, "
    "\"fused_add_norm\": true, \"hidden_act\": \"silu\", \"hidden_size\": 768, "
    "\"initializer_range\": 0.1, \"intermediate_size\": 1536, \"layer_norm_epsilon\": 1e-05, "
    "\"model_type\": \"mamba\", \"n_layer\": 24, \"num_hidden_layers\": 24, \"pad_token_id\": 0, "
    "\"pad_vocab_size_multiple\": 8, \"rescale_prenorm_residual\": false, "
    "\"residual_in_fp32\": true, \"rms_norm\": true, \"ssm_cfg\": {}, \"state_size\": 16, "
    "\"time_step_floor\": 0.0001, \"time_step_init_scheme\": \"random\", \"time_step_max\": 0.1, "
    "\"time_step_min\": 0.001, \"time_step_rank\": 48, \"time_step_scale\": 1.0, "
    "\"torch_dtype\": \"float32\", \"use_bias\": false, \"use_cache\": true, "
    "\"use_conv_bias\": true, \"vocab_size\": 50280}";

// As state-spaces/mamba2-130m has it.
static const char mamba2_130m[] =
    "{\"d_model\": 768, \"d_intermediate\": 0, \"n_layer\": 24, \"vocab_size\": 50277, "
    "\"ssm_cfg\": {\"layer\": \"Mamba2\"}, \"attn_layer_idx\": [], \"attn_cfg\": {}, "
    "\"rms_norm\": true, \"residual_in_fp32\": true, \"fused_add_norm\": true, "
    "\"pad_vocab_size_multiple\": 16, \"tie_embeddings\": true}";

enum { LARGEST = 50288 * 768 };

static void add(struct se_tensor *tensors, size_t *n, char (*names)[NAME_MAX_LENGTH],
                const char *name, size_t ndim, size_t a, size_t b, size_t c, const void *data,
                enum se_dtype dtype) {
    snprintf(names[*n], NAME_MAX_LENGTH, "%s", name);
    tensors[*n] = (struct se_tensor){
        .name = names[*n], .dtype = dtype, .ndim = ndim, .shape = {a, b, c}, .data = data};
    (*n)++;
}

struct shape {
    const char *name;
    size_t ndim, a, b, c;
};

// Two shards and their index; every value is `bits`, but in lm_head, which is there and tied.
static void write_model(const char *config, const char *embedding, size_t vocab, size_t count,
                        const struct shape *shapes, enum se_dtype dtype, uint16_t bits) {
    static struct se_tensor tensors[TENSORS_MAX];
    static char names[TENSORS_MAX][NAME_MAX_LENGTH];
    uint16_t *data = malloc(LARGEST * sizeof *data);
    size_t n = 0;
    struct se_error err = {""};
    cr_assert(data);
    for (size_t i = 0; i < LARGEST; i++) {
        data[i] = bits;
    }
    add(tensors, &n, names, embedding, 2, vocab, 768, 0, data, dtype);
    for (size_t layer = 0; layer < 24; layer++) {
        for (size_t i = 0; i < count; i++) {
            char name[NAME_MAX_LENGTH];
            const struct shape *s = &shapes[i];
            snprintf(name, sizeof name, "backbone.layers.%zu.%s", layer, s->name);
            add(tensors, &n, names, name, s->ndim, s->a, s->b, s->c, data, dtype);
        }
    }
    add(tensors, &n, names, "backbone.norm_f.weight", 1, 768, 0, 0, data, dtype);
    FILE *index = fopen("model.safetensors.index.json", "w");
    cr_assert(index);
    fprintf(index, "{\"weight_map\": {");
    for (size_t i = 0; i < n; i++) {
        fprintf(index, "%s\"%s\": \"%c\"", i ? ", " : "", names[i], i < n / 2 ? 'a' : 'b');
    }
    fprintf(index, "}}");
    fclose(index);
    put_text_file(".", "config.json", config);
    cr_assert_eq(se_safetensors_write("a", n / 2, tensors, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_safetensors_write("b", n - n / 2, tensors + n / 2, &err), SE_OK, "%s",
                 err.message);
    free(data);
}

// What the last layer gives to out_proj.
static void keep_y(void *context, enum se_model_point point, size_t layer, size_t rows,
                   size_t columns, const float *values) {
    if (point == SE_POINT_Y && layer == 23) {
        cr_assert_eq(rows * columns, 1536);
        memcpy(context, values, 1536 * sizeof *values);
    }
}

static void expect_equal(size_t n, const float *values, double wanted) {
    for (size_t i = 0; i < n; i++) {
        cr_assert_float_eq(values[i], wanted, 1e-4 * fabs(wanted), "%zu: %g, not %g", i, values[i],
                           wanted);
    }
}

// All values are equal, so that all channels are: a model of one channel says what comes out.
static void expect_run(size_t vocab, double wanted_y, double wanted_logit) {
    struct se_model model;
    struct se_model_state state;
    struct se_error err = {""};
    const uint32_t id = (uint32_t)vocab - 1;
    float *logits = malloc(vocab * sizeof *logits), y[1536];
    const struct se_model_tap tap = {.context = y, .see = keep_y};
    cr_assert_eq(se_model_load(".", &model, &err), SE_OK, "%s", err.message);
    cr_assert_eq(model.config.vocab, vocab);
    cr_assert_eq(se_model_state_alloc(&model, &state, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_model_forward(&model, &state, 1, &id, 1, logits, &tap, &err), SE_OK);
    expect_equal(1536, y, wanted_y);
    expect_equal(vocab, logits, wanted_logit);
    free(logits);
    se_model_state_free(&state);
    se_model_free(&model);
}

static double silu(double x) {
    return x / (1 + exp(-x));
}

static double normed(double x, double weight) {
    return weight * x / sqrt(x * x + 1e-5);
}

Test(shapes, mamba_130m_in_bfloat16) {
    static const struct shape shapes[] = {
        {"norm.weight", 1, 768, 0, 0},
        {"mixer.in_proj.weight", 2, 3072, 768, 0},
        {"mixer.conv1d.weight", 3, 1536, 1, 4},
        {"mixer.conv1d.bias", 1, 1536, 0, 0},
        {"mixer.x_proj.weight", 2, 80, 1536, 0},
        {"mixer.dt_proj.weight", 2, 1536, 48, 0},
        {"mixer.dt_proj.bias", 1, 1536, 0, 0},
        {"mixer.A_log", 2, 1536, 16, 0},
        {"mixer.D", 1, 1536, 0, 0},
        {"mixer.out_proj.weight", 2, 768, 1536, 0},
    };
    const double v = 0x1p-5; // bfloat16 0x3D00
    write_model(mamba_130m, "backbone.embeddings.weight", 50280, sizeof shapes / sizeof *shapes,
                shapes, SE_DTYPE_BF16, 0x3D00);
    double x = v, out = 0;
    for (int layer = 0; layer < 24; layer++) {
        double in = 768 * v * normed(x, v), u = silu(v * in + v), bc = 1536 * v * u;
        double dt = log1p(exp(48 * v * bc + v)), y = v * u + 16 * bc * bc * dt * u;
        out = y * silu(in);
        x += 1536 * v * out;
    }
    expect_run(50280, out, 768 * v * normed(x, v));
}

Test(shapes, mamba2_130m_in_float16) {
    static const struct shape shapes[] = {
        {"norm.weight", 1, 768, 0, 0},
        {"mixer.in_proj.weight", 2, 2 * 1536 + 2 * 128 + 24, 768, 0},
        {"mixer.conv1d.weight", 3, 1536 + 2 * 128, 1, 4},
        {"mixer.conv1d.bias", 1, 1536 + 2 * 128, 0, 0},
        {"mixer.dt_bias", 1, 24, 0, 0},
        {"mixer.A_log", 1, 24, 0, 0},
        {"mixer.D", 1, 24, 0, 0},
        {"mixer.norm.weight", 1, 1536, 0, 0},
        {"mixer.out_proj.weight", 2, 768, 1536, 0},
    };
    const double v = 0x1p-5; // float16 0x2800
    write_model(mamba2_130m, "backbone.embedding.weight", 50288, sizeof shapes / sizeof *shapes,
                shapes, SE_DTYPE_F16, 0x2800);
    double x = v, out = 0;
    for (int layer = 0; layer < 24; layer++) {
        double in = 768 * v * normed(x, v), u = silu(v * in + v), dt = log1p(exp(in + v));
        double y = v * u + 128 * u * u * dt * u;
        out = normed(y * silu(in), v);
        x += 1536 * v * out;
    }
    expect_run(50288, out, 768 * v * normed(x, v));
}
