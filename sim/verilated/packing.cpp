// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"

#include "Vcode_pack_4.h"
#include "Vcode_pack_5.h"
#include "Vcode_pack_6.h"
#include "Vcode_pack_7.h"
#include "Vcode_pack_8.h"
#include "Vcode_pack_9.h"
#include "Vcode_unpack_4.h"
#include "Vcode_unpack_5.h"
#include "Vcode_unpack_6.h"
#include "Vcode_unpack_7.h"
#include "Vcode_unpack_8.h"
#include "Vcode_unpack_9.h"

namespace w4a5se {

namespace {

struct PackPorts {
    static constexpr int kIn = 2, kOut = 3, kLatency = 0;
    template <class V> static void configure(V &, const uint32_t *) {}
    template <class V> static void drive(V &v, const uint32_t *w) {
        v.code_i = w[0];
        v.last_i = w[1];
    }
    template <class V> static void sample(const V &v, uint32_t *w) {
        w[0] = v.word_o;
        w[1] = v.bytes_o;
        w[2] = v.last_o;
    }
};

struct UnpackPorts {
    static constexpr int kIn = 1, kOut = 2, kLatency = 0;
    template <class V> static void configure(V &v, const uint32_t *c) { v.length_i = c[0]; }
    template <class V> static void drive(V &v, const uint32_t *w) { v.word_i = w[0]; }
    template <class V> static void sample(const V &v, uint32_t *w) {
        w[0] = v.code_o;
        w[1] = v.last_o;
    }
};

template <class V> BlockType pack(int width) {
    return {{"code_pack",
             width,
             {},
             {bits("code", width), bits("last", 1)},
             {bits("word", 32), bits("bytes", 3), bits("last", 1)}},
            create_instance<V, PackPorts>};
}

template <class V> BlockType unpack(int width) {
    return {{"code_unpack",
             width,
             {bits("length", 32)},
             {bits("word", 32)},
             {bits("code", width), bits("last", 1)}},
            create_instance<V, UnpackPorts>};
}

} // namespace

const std::vector<BlockType> &packing_blocks() {
    static const std::vector<BlockType> types = {
        pack<Vcode_pack_4>(4),     pack<Vcode_pack_5>(5),     pack<Vcode_pack_6>(6),
        pack<Vcode_pack_7>(7),     pack<Vcode_pack_8>(8),     pack<Vcode_pack_9>(9),
        unpack<Vcode_unpack_4>(4), unpack<Vcode_unpack_5>(5), unpack<Vcode_unpack_6>(6),
        unpack<Vcode_unpack_7>(7), unpack<Vcode_unpack_8>(8), unpack<Vcode_unpack_9>(9),
    };
    return types;
}

} // namespace w4a5se
