// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"

#include "Vmac_code_split.h"
#include "Vmac_code_wide.h"
#include "Vmac_code_wide_7.h"
#include "Vmac_int8.h"

namespace w4a5se {

namespace {

constexpr int kQWidth = 6; // of the modules' default

struct MacPorts {
    static constexpr int kLatency = 1, kOut = 1;
    template <class V> static void configure(V &, const uint32_t *) {}
    template <class V> static void sample(const V &v, uint32_t *w) { w[0] = v.acc_o; }
};

struct MacInt8Ports : MacPorts {
    static constexpr int kIn = 3;
    static void drive(Vmac_int8 &v, const uint32_t *w) {
        v.weight_i = w[0] & 0xFF;
        v.value_i = w[1] & 0xFF;
        v.acc_i = w[2];
    }
};

template <class V> void drive_code(V &v, const uint32_t *w) {
    v.weight_i = w[0] & 0xFF;
    v.flag_i = w[1];
    v.q_i = w[2] & ((1u << kQWidth) - 1);
}

struct MacCodeWidePorts : MacPorts {
    static constexpr int kIn = 4;
    template <class V> static void drive(V &v, const uint32_t *w) {
        drive_code(v, w);
        v.acc_i = w[3];
    }
};

struct MacCodeSplitPorts : MacPorts {
    static constexpr int kIn = 5, kOut = 2;
    static void drive(Vmac_code_split &v, const uint32_t *w) {
        drive_code(v, w);
        v.acc1_i = w[3];
        v.acc2_i = w[4];
    }
    static void sample(const Vmac_code_split &v, uint32_t *w) {
        w[0] = v.acc1_o;
        w[1] = v.acc2_o;
    }
};

} // namespace

const std::vector<BlockType> &mac_units() {
    const se_port weight = integer("weight", 8), flag = bits("flag", 1), q = integer("q", kQWidth),
                  acc = integer("acc", 32), acc1 = integer("acc1", 32), acc2 = integer("acc2", 32);
    static const std::vector<BlockType> types = {
        {{"mac_int8", 0, {}, {weight, integer("value", 8), acc}, {acc}},
         create_instance<Vmac_int8, MacInt8Ports>},
        {{"mac_code_wide", 0, {}, {weight, flag, q, acc}, {acc}},
         create_instance<Vmac_code_wide, MacCodeWidePorts>},
        {{"mac_code_wide_7", 0, {}, {weight, flag, q, acc}, {acc}},
         create_instance<Vmac_code_wide_7, MacCodeWidePorts>},
        {{"mac_code_split", 0, {}, {weight, flag, q, acc1, acc2}, {acc1, acc2}},
         create_instance<Vmac_code_split, MacCodeSplitPorts>},
    };
    return types;
}

} // namespace w4a5se
