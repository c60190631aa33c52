// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/text.h"

#include "../io/map.h"
#include "w4a5se/fp32.h"
#include "w4a5se/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static enum se_status allocate(const char *path, size_t tokens, size_t sequences,
                               struct se_text *text, struct se_error *err) {
    if (tokens == 0) {
        return se_fail(err, SE_INVALID, "%s: no tokens", path);
    }
    text->ids = calloc(tokens, sizeof *text->ids);
    text->starts = calloc(sequences + 1, sizeof *text->starts);
    if (!text->ids || !text->starts) {
        se_text_free(text);
        return se_fail(err, SE_NO_MEMORY, "%s: not enough memory", path);
    }
    return SE_OK;
}

static enum se_status take_bytes(const char *path, size_t size, const uint8_t *bytes,
                                 struct se_text *text, struct se_error *err) {
    size_t tokens = 0, sequences = 0;
    for (size_t i = 0; i < size; i++) {
        bool first = bytes[i] != '\f' && (i == 0 || bytes[i - 1] == '\f');
        tokens += bytes[i] != '\f';
        sequences += first;
    }
    enum se_status status = allocate(path, tokens, sequences, text, err);
    text->bytes = !status;
    for (size_t i = 0, used = 0; i < size && !status; i++) {
        if (bytes[i] != '\f') {
            text->count += i == 0 || bytes[i - 1] == '\f';
            text->ids[used++] = bytes[i];
            text->starts[text->count] = used;
        }
    }
    return status;
}

static enum se_status take_array(const char *path, const struct se_npy *npy, struct se_text *text,
                                 struct se_error *err) {
    bool wide = npy->dtype == SE_DTYPE_U16;
    if ((!wide && npy->dtype != SE_DTYPE_U8) || npy->ndim < 1 || npy->ndim > 2) {
        return se_fail(err, SE_INVALID,
                       "%s: token numbers must be uint8 or uint16, [tokens] or "
                       "[sequences][tokens]",
                       path);
    }
    size_t sequences = npy->ndim == 2 ? npy->shape[0] : 1;
    enum se_status status = allocate(path, npy->count, sequences, text, err);
    if (status) {
        return status;
    }
    const uint8_t *bytes = npy->data;
    const uint16_t *words = npy->data;
    for (size_t i = 0; i < npy->count; i++) {
        text->ids[i] = wide ? words[i] : bytes[i];
    }
    text->count = sequences;
    for (size_t i = 0; i <= sequences; i++) {
        text->starts[i] = i * (npy->count / sequences);
    }
    return SE_OK;
}

enum se_status se_text_load(const char *path, struct se_text *text, struct se_error *err) {
    static const char ending[] = ".npy";
    size_t length = strlen(path), size;
    *text = (struct se_text){0};
    if (length >= sizeof ending - 1 && strcmp(path + length - (sizeof ending - 1), ending) == 0) {
        struct se_npy npy;
        enum se_status status = se_npy_open(path, &npy, err);
        if (!status) {
            status = take_array(path, &npy, text, err);
            se_npy_close(&npy);
        }
        return status;
    }
    void *bytes;
    enum se_status status = se_map_file(path, &bytes, &size, err);
    if (!status) {
        status = take_bytes(path, size, bytes, text, err);
        munmap(bytes, size);
    }
    return status;
}

void se_text_free(struct se_text *text) {
    free(text->ids);
    free(text->starts);
    *text = (struct se_text){0};
}

double se_surprise(size_t vocab, const float *logits, uint32_t id) {
    enum { BLOCK = 256 };
    float power[BLOCK], most = logits[0];
    double sum = 0;
    for (size_t i = 1; i < vocab; i++) {
        most = logits[i] > most ? logits[i] : most;
    }
    for (size_t at = 0; at < vocab; at += BLOCK) {
        size_t n = vocab - at < BLOCK ? vocab - at : BLOCK;
        for (size_t i = 0; i < n; i++) {
            power[i] = logits[at + i] - most;
        }
        se_f32_exp_n(n, power, power);
        for (size_t i = 0; i < n; i++) {
            sum += power[i];
        }
    }
    return log(sum) - ((double)logits[id] - most);
}
