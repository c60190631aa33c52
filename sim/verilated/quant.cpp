// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"
#include "config.hpp"

#include "w4a5se/quantizer.h"

#include "Vquantizer_4.h"
#include "Vquantizer_5.h"
#include "Vquantizer_6.h"
#include "Vquantizer_7.h"
#include "Vquantizer_8.h"
#include "Vscale_mux_4.h"
#include "Vscale_mux_5.h"
#include "Vscale_mux_6.h"
#include "Vscale_mux_7.h"
#include "Vscale_mux_8.h"
#include "Vscale_mux_pow2_4.h"
#include "Vscale_mux_pow2_5.h"
#include "Vscale_mux_pow2_6.h"
#include "Vscale_mux_pow2_7.h"
#include "Vscale_mux_pow2_8.h"

namespace w4a5se {

namespace {

struct StreamPorts {
    static constexpr int kIn = 1, kLatency = 0;
};

uint32_t sign_extend(uint32_t value, int width) {
    const uint32_t sign = UINT32_C(1) << (width - 1);
    return (value ^ sign) - sign;
}

template <int kCodeBits> struct QuantizerPorts : StreamPorts {
    static constexpr int kOut = 1;
    template <class V> static void configure(V &v, const uint32_t *c) {
        set_quantizer(v, kCodeBits, c);
    }
    template <class V> static void drive(V &v, const uint32_t *w) { v.value_i = w[0]; }
    template <class V> static void sample(const V &v, uint32_t *w) { w[0] = v.code_o; }
};

template <int kCodeBits> struct ScaleMuxPorts : StreamPorts {
    static constexpr int kOut = 1;
    template <class V> static void configure(V &v, const uint32_t *c) {
        v.s1_i = c[0];
        v.s2_i = c[1];
        set_bases(v, kCodeBits, c[2], c[3]);
    }
    template <class V> static void drive(V &v, const uint32_t *w) { v.code_i = w[0]; }
    template <class V> static void sample(const V &v, uint32_t *w) { w[0] = v.value_o; }
};

template <int kCodeBits> struct ScaleMuxPow2Ports : StreamPorts {
    static constexpr int kOut = 2;
    template <class V> static void configure(V &v, const uint32_t *c) {
        v.s1_i = c[0];
        v.log2_ratio_i = c[1];
        set_bases(v, kCodeBits, c[2], c[3]);
    }
    template <class V> static void drive(V &v, const uint32_t *w) { v.code_i = w[0]; }
    template <class V> static void sample(const V &v, uint32_t *w) {
        w[0] = v.value_o;
        w[1] = sign_extend(v.int_o, kCodeBits + 2 + SE_RATIO_LOG2_MAX);
    }
};

template <class V, int kCodeBits> BlockType quantizer() {
    return {{"quantizer",
             kCodeBits,
             {f32("thr_pos"), f32("thr_neg"), f32("inv_s1"), f32("inv_s2"),
              integer("base1", kCodeBits + 1), integer("base2", kCodeBits + 1)},
             {f32("value")},
             {bits("code", kCodeBits + 1)}},
            create_instance<V, QuantizerPorts<kCodeBits>>};
}

template <class V, int kCodeBits> BlockType scale_mux() {
    return {
        {"scale_mux",
         kCodeBits,
         {f32("s1"), f32("s2"), integer("base1", kCodeBits + 1), integer("base2", kCodeBits + 1)},
         {bits("code", kCodeBits + 1)},
         {f32("value")}},
        create_instance<V, ScaleMuxPorts<kCodeBits>>};
}

template <class V, int kCodeBits> BlockType scale_mux_pow2() {
    return {{"scale_mux_pow2",
             kCodeBits,
             {f32("s1"), bits("log2_ratio", 3), integer("base1", kCodeBits + 1),
              integer("base2", kCodeBits + 1)},
             {bits("code", kCodeBits + 1)},
             {f32("value"), integer("int", kCodeBits + 2 + SE_RATIO_LOG2_MAX)}},
            create_instance<V, ScaleMuxPow2Ports<kCodeBits>>};
}

} // namespace

const std::vector<BlockType> &quant_blocks() {
    static const std::vector<BlockType> types = {
        quantizer<Vquantizer_4, 4>(),           quantizer<Vquantizer_5, 5>(),
        quantizer<Vquantizer_6, 6>(),           quantizer<Vquantizer_7, 7>(),
        quantizer<Vquantizer_8, 8>(),           scale_mux<Vscale_mux_4, 4>(),
        scale_mux<Vscale_mux_5, 5>(),           scale_mux<Vscale_mux_6, 6>(),
        scale_mux<Vscale_mux_7, 7>(),           scale_mux<Vscale_mux_8, 8>(),
        scale_mux_pow2<Vscale_mux_pow2_4, 4>(), scale_mux_pow2<Vscale_mux_pow2_5, 5>(),
        scale_mux_pow2<Vscale_mux_pow2_6, 6>(), scale_mux_pow2<Vscale_mux_pow2_7, 7>(),
        scale_mux_pow2<Vscale_mux_pow2_8, 8>(),
    };
    return types;
}

} // namespace w4a5se
