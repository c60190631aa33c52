// SPDX-License-Identifier: Apache-2.0
#include "quantizer.h"

#include <stddef.h>

static bool usable(uint32_t s) {
    return s > 0 && s < REF_F32_INFINITY;
}

bool ref_quantizer_derive(struct ref_quantizer *q) {
    q->s2 = ref_f32_mul(q->s1, q->ratio, NULL);
    q->inv_s1 = ref_f32_div(REF_F32_ONE, q->s1, NULL);
    q->inv_s2 = ref_f32_div(REF_F32_ONE, q->s2, NULL);
    return usable(q->s1) && usable(q->s2) && usable(q->inv_s1) && usable(q->inv_s2);
}

int ref_quantizer_first(const struct ref_quantizer *q, bool flag) {
    return flag ? q->base2 : q->base1;
}

int ref_quantizer_last(const struct ref_quantizer *q, bool flag) {
    return ref_quantizer_first(q, flag) + (1 << q->code_bits) - 1;
}

bool ref_is_outlier(const struct ref_quantizer *q, uint32_t v) {
    uint32_t lower = q->thr_neg ^ UINT32_C(0x80000000);
    return ref_f32_less(q->thr_pos, v) || ref_f32_less(v, lower);
}

static uint32_t clamp_and_pack(const struct ref_quantizer *q, bool flag, uint32_t scaled) {
    int64_t integer = ref_f32_to_integer(scaled);
    int64_t first = ref_quantizer_first(q, flag), last = ref_quantizer_last(q, flag);
    if (integer > last) {
        integer = last;
    }
    if (integer < first) {
        integer = first;
    }
    int64_t levels = INT64_C(1) << q->code_bits;
    int64_t low_bits = ((integer % levels) + levels) % levels;
    return (uint32_t)((flag ? levels : 0) + low_bits);
}

uint32_t ref_quantize(const struct ref_quantizer *q, uint32_t v) {
    bool flag = ref_is_outlier(q, v);
    return clamp_and_pack(q, flag, ref_f32_mul(v, flag ? q->inv_s2 : q->inv_s1, NULL));
}

uint32_t ref_quantize_divide(const struct ref_quantizer *q, uint32_t v) {
    bool flag = ref_is_outlier(q, v);
    return clamp_and_pack(q, flag, ref_f32_div(v, flag ? q->s2 : q->s1, NULL));
}

int ref_code_integer(const struct ref_quantizer *q, uint32_t code) {
    int levels = 1 << q->code_bits, low_bits = (int)code % levels;
    bool flag = code >= (uint32_t)levels;
    int integer = ref_quantizer_first(q, flag);
    while (((integer % levels) + levels) % levels != low_bits) {
        integer++;
    }
    return integer;
}

uint32_t ref_dequantize(const struct ref_quantizer *q, uint32_t code) {
    bool flag = code >> q->code_bits;
    uint32_t integer = ref_i32_to_f32(ref_code_integer(q, code), NULL);
    return ref_f32_mul(integer, flag ? q->s2 : q->s1, NULL);
}
