// SPDX-License-Identifier: Apache-2.0
#include "of_quantizer.h"

#include "w4a5se/fp32.h"

#include <stdlib.h>

struct ref_quantizer ref_quantizer_of(const struct se_quantizer *q) {
    struct ref_quantizer reference = {.code_bits = q->format.code_bits,
                                      .dual = q->format.dual,
                                      .base1 = q->format.base1,
                                      .base2 = q->format.base2,
                                      .s1 = se_f32_bits(q->s1),
                                      .ratio = se_f32_bits(q->ratio),
                                      .thr_pos = se_f32_bits(q->thr_pos),
                                      .thr_neg = se_f32_bits(q->thr_neg)};
    if (!ref_quantizer_derive(&reference)) {
        abort();
    }
    return reference;
}
