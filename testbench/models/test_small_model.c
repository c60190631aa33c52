// SPDX-License-Identifier: Apache-2.0
// Against PyTorch, whose results torch_logits.py has stored. SE_ALL_TEXT in the environment takes
// all test chapters instead of the first few.
#include "w4a5se/model.h"
#include "w4a5se/npy.h"
#include "w4a5se/text.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include <math.h>
#include <stdlib.h>

#define EXPECTED "testbench/models/expected/"

static void open_model(const char *folder, struct se_model *model, struct se_model_state *state) {
    struct se_error err = {""};
    cr_assert_eq(se_model_load(folder, model, &err), SE_OK, "%s", err.message);
    cr_assert_eq(se_model_state_alloc(model, state, &err), SE_OK, "%s", err.message);
}

static void close_model(struct se_model *model, struct se_model_state *state) {
    se_model_state_free(state);
    se_model_free(model);
}

static void forward(const struct se_model *model, struct se_model_state *state, size_t tokens,
                    const uint32_t *ids, size_t last, float *logits) {
    struct se_error err = {""};
    cr_assert_eq(se_model_forward(model, state, tokens, ids, last, logits, NULL, &err), SE_OK, "%s",
                 err.message);
}

// The last rows of logits are those of the file.
static void check_logits(const char *folder, const char *file, size_t tokens, const uint32_t *ids) {
    enum { MOST = 16 * 256 };
    struct se_model model;
    struct se_model_state state;
    struct se_error err = {""};
    size_t count, ndim, shape[SE_NPY_DIMS];
    float *wanted, got[MOST], largest = 0;
    cr_assert_eq(se_npy_read_f32(file, &count, &ndim, shape, &wanted, &err), SE_OK, "%s",
                 err.message);
    open_model(folder, &model, &state);
    cr_assert(ndim == 2 && shape[0] == 16 && shape[1] == model.config.vocab && count <= MOST);
    forward(&model, &state, tokens, ids, shape[0], got);
    for (size_t i = 0; i < count; i++) {
        largest = fmaxf(largest, fabsf(wanted[i]));
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert_float_eq(got[i], wanted[i], 1e-5f * largest, "%zu: %g, not %g", i, got[i],
                           wanted[i]);
    }
    free(wanted);
    close_model(&model, &state);
}

static struct se_text test_chapters(void) {
    struct se_text text;
    struct se_error err = {""};
    cr_assert_eq(se_text_load("data/small-mamba/test.txt", &text, &err), SE_OK, "%s", err.message);
    return text;
}

Test(small_model, mamba1_logits_are_those_of_pytorch) {
    struct se_text text = test_chapters();
    check_logits("data/small-mamba", EXPECTED "mamba1.npy", 80, text.ids);
    se_text_free(&text);
}

Test(small_model, mamba2_logits_are_those_of_pytorch) {
    enum { TOKENS = 40 };
    uint32_t ids[TOKENS];
    for (uint32_t i = 0; i < TOKENS; i++) {
        ids[i] = (7 * i * i + 3 * i) % 32;
    }
    check_logits(EXPECTED "mamba2", EXPECTED "mamba2.npy", TOKENS, ids);
}

// Nats of all bytes of a chapter but the first.
static double chapter_nats(const struct se_model *model, struct se_model_state *state,
                           size_t tokens, const uint32_t *ids) {
    enum { PIECE = 512 };
    size_t vocab = model->config.vocab;
    float *logits = malloc(PIECE * vocab * sizeof *logits);
    double nats = 0;
    se_model_state_reset(model, state);
    for (size_t t = 0, n; t + 1 < tokens; t += n) {
        n = tokens - 1 - t < PIECE ? tokens - 1 - t : PIECE;
        forward(model, state, n, ids + t, n, logits);
        for (size_t i = 0; i < n; i++) {
            nats += se_surprise(vocab, logits + i * vocab, ids[t + i + 1]);
        }
    }
    free(logits);
    return nats;
}

Test(small_model, bits_per_byte_are_those_of_pytorch) {
    struct se_text text = test_chapters();
    struct se_model model;
    struct se_model_state state;
    json_t *stored = json_load_file(EXPECTED "bits_per_byte.json", 0, NULL);
    const char *chapters = getenv("SE_ALL_TEXT") ? "48" : "6";
    size_t count = (size_t)atoi(chapters), bytes = 0;
    double nats = 0, wanted = json_real_value(json_object_get(stored, chapters));
    cr_assert_eq(text.count, 48);
    cr_assert_gt(wanted, 1);
    open_model("data/small-mamba", &model, &state);
    for (size_t i = 0; i < count; i++) {
        size_t tokens = text.starts[i + 1] - text.starts[i];
        nats += chapter_nats(&model, &state, tokens, text.ids + text.starts[i]);
        bytes += tokens - 1;
    }
    cr_expect_float_eq(nats / (double)bytes / log(2), wanted, 2e-6, "%.7f bits per byte, not %.7f",
                       nats / (double)bytes / log(2), wanted);
    json_decref(stored);
    se_text_free(&text);
    close_model(&model, &state);
}
