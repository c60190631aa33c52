// SPDX-License-Identifier: Apache-2.0
// Configuration onto the ports that several blocks and engines have.
#pragma once

#include <cstdint>

namespace w4a5se {

// A base is CODE_BITS + 1 bits wide.
template <class V> void set_bases(V &v, int code_bits, uint32_t base1, uint32_t base2) {
    const uint32_t mask = (2u << code_bits) - 1;
    v.base1_i = base1 & mask;
    v.base2_i = base2 & mask;
}

// c: the words of se_words_of_quantizer.
template <class V> void set_quantizer(V &v, int code_bits, const uint32_t *c) {
    v.thr_pos_i = c[0];
    v.thr_neg_i = c[1];
    v.inv_s1_i = c[2];
    v.inv_s2_i = c[3];
    set_bases(v, code_bits, c[4], c[5]);
}

} // namespace w4a5se
