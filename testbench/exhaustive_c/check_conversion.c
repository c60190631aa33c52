// SPDX-License-Identifier: Apache-2.0
#include "../reference/softfloat.h"
#include "check.h"

#include "w4a5se/fp32.h"
#include "w4a5se/fp32_batch.h"

#include <string.h>

enum { CHUNK = 4096 };

struct outcome {
    int32_t value; // in the order of numbers; of binary16, the bits
    unsigned flags;
};

static struct outcome model_to_int(float x) {
    struct outcome o = {0};
    o.value = se_f32_to_i32(x, &o.flags);
    return o;
}

static struct outcome reference_to_int(uint32_t x) {
    struct outcome o = {0};
    o.value = ref_f32_to_i32(x, &o.flags);
    return o;
}

static void batch_to_int(size_t n, const float *x, int32_t *y) {
    se_f32_to_i32_n(n, x, y);
}

static struct outcome model_to_f16(float x) {
    struct outcome o = {0};
    o.value = se_f32_to_f16(x, &o.flags);
    return o;
}

static struct outcome reference_to_f16(uint32_t x) {
    struct outcome o = {0};
    o.value = (int32_t)ref_f32_to_f16(x, &o.flags);
    return o;
}

static void batch_to_f16(size_t n, const float *x, int32_t *y) {
    uint16_t bits[CHUNK];
    se_f32_to_f16_n(n, x, bits);
    for (size_t i = 0; i < n; i++) {
        y[i] = bits[i];
    }
}

static const struct conversion {
    const char *name;
    struct outcome (*model)(float);
    struct outcome (*reference)(uint32_t);
    void (*batch)(size_t, const float *, int32_t *);
    bool binary16;
} conversions[] = {
    {"to_int", model_to_int, reference_to_int, batch_to_int, false},
    {"to_f16", model_to_f16, reference_to_f16, batch_to_f16, true},
};

// Grows with the number.
static int32_t order(const struct conversion *c, int32_t value) {
    bool negative = c->binary16 && value >= 0x8000;
    return negative ? -(value - 0x8000) : value;
}

static bool falls(const struct conversion *c, uint32_t bits, int32_t y, int32_t before) {
    int32_t step = order(c, y) - order(c, before) > 0 ? 1 : order(c, y) < order(c, before) ? -1 : 0;
    return step == (bits >> 31 ? 1 : -1);
}

static void check_input(const struct conversion *c, uint32_t bits, int32_t of_batch,
                        int32_t *before, struct result *r) {
    struct outcome y = c->model(se_f32_from_bits(bits)), expected = c->reference(bits);
    bool equal = y.value == expected.value && y.flags == expected.flags;
    bool special = (bits & 0x7F800000) == 0x7F800000, nan = special && bits << 9;
    r->first_difference = equal || r->count[DIFFERENCES] ? r->first_difference : bits;
    r->count[DIFFERENCES] += !equal;
    r->count[SPECIAL] += special;
    r->count[SPECIAL_WRONG] += special && !equal;
    r->count[CORRECT] += !special && equal;
    r->count[BATCH_DIFFERS] += of_batch != y.value;
    if (!nan) {
        r->count[FALLS] += bits << 1 && falls(c, bits, y.value, *before); // nothing before a zero
        *before = y.value;
    }
}

enum se_status check_conversion(const struct function *f, unsigned shard, struct result *r,
                                struct se_error *err) {
    (void)err;
    const struct conversion *c = conversions;
    while (strcmp(c->name, f->name) != 0) {
        c++;
    }
    uint32_t first = (uint32_t)shard << SHARD_LOG2;
    int32_t before = c->model(se_f32_from_bits(first - 1)).value;
    float x[CHUNK];
    int32_t of_batch[CHUNK];
    for (uint32_t at = 0; at < UINT32_C(1) << SHARD_LOG2; at += CHUNK) {
        for (uint32_t i = 0; i < CHUNK; i++) {
            x[i] = se_f32_from_bits(first + at + i);
        }
        c->batch(CHUNK, x, of_batch);
        for (uint32_t i = 0; i < CHUNK; i++) {
            check_input(c, first + at + i, of_batch[i], &before, r);
        }
    }
    r->count[INPUTS] += UINT64_C(1) << SHARD_LOG2;
    return SE_OK;
}
