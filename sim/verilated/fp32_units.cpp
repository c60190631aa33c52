// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"

#include "Vfp32_add.h"
#include "Vfp32_div.h"
#include "Vfp32_div_pipelined.h"
#include "Vfp32_exp.h"
#include "Vfp32_fma.h"
#include "Vfp32_fma_booth.h"
#include "Vfp32_from_int.h"
#include "Vfp32_gate.h"
#include "Vfp32_log1p.h"
#include "Vfp32_mul.h"
#include "Vfp32_mul_booth.h"
#include "Vfp32_silu.h"
#include "Vfp32_softplus.h"
#include "Vfp32_to_fp16.h"
#include "Vfp32_to_int.h"

namespace w4a5se {

namespace {

struct UnitPorts {
    static constexpr int kOut = 2;
    template <class V> static void configure(V &, const uint32_t *) {}
    template <class V> static void sample(const V &v, uint32_t *w) {
        w[0] = v.result_o;
        w[1] = v.flags_o;
    }
};

struct MulPorts : UnitPorts {
    static constexpr int kIn = 2, kLatency = 2;
    template <class V> static void drive(V &v, const uint32_t *w) {
        v.a_i = w[0];
        v.b_i = w[1];
    }
};

struct AddPorts : UnitPorts {
    static constexpr int kIn = 3, kLatency = 2;
    static void drive(Vfp32_add &v, const uint32_t *w) {
        v.a_i = w[0];
        v.b_i = w[1];
        v.sub_i = w[2];
    }
};

struct FmaPorts : UnitPorts {
    static constexpr int kIn = 3, kLatency = 2;
    template <class V> static void drive(V &v, const uint32_t *w) {
        v.a_i = w[0];
        v.b_i = w[1];
        v.c_i = w[2];
    }
};

// Both forms have handshakes.
struct DivPorts : UnitPorts {
    static constexpr int kIn = 2, kLatency = 0;
    template <class V> static void drive(V &v, const uint32_t *w) {
        v.a_i = w[0];
        v.b_i = w[1];
    }
};

// Functions report no flags.
template <class V, int Latency> struct FunctionPorts : UnitPorts {
    static constexpr int kIn = 1, kOut = 1, kLatency = Latency;
    static void drive(V &v, const uint32_t *w) { v.x_i = w[0]; }
    static void sample(const V &v, uint32_t *w) { w[0] = v.result_o; }
};

struct GatePorts : FunctionPorts<Vfp32_gate, 19> {
    static constexpr int kIn = 2;
    static void drive(Vfp32_gate &v, const uint32_t *w) {
        v.num_i = w[0];
        v.x_i = w[1];
    }
};

struct FromIntPorts : UnitPorts {
    static constexpr int kIn = 1, kLatency = 1;
    static void drive(Vfp32_from_int &v, const uint32_t *w) { v.int_i = w[0]; }
};

struct ToIntPorts : UnitPorts {
    static constexpr int kIn = 1, kLatency = 1;
    static void drive(Vfp32_to_int &v, const uint32_t *w) { v.value_i = w[0]; }
    static void sample(const Vfp32_to_int &v, uint32_t *w) {
        w[0] = v.int_o;
        w[1] = v.flags_o;
    }
};

struct ToFp16Ports : UnitPorts {
    static constexpr int kIn = 1, kLatency = 1;
    static void drive(Vfp32_to_fp16 &v, const uint32_t *w) { v.value_i = w[0]; }
};

} // namespace

const std::vector<BlockType> &fp32_units() {
    const se_port a = f32("a"), b = f32("b"), x = f32("x"), result = f32("result"),
                  flags = bits("flags", 5);
    static const std::vector<BlockType> types = {
        {{"fp32_mul", 0, {}, {a, b}, {result, flags}}, create_instance<Vfp32_mul, MulPorts>},
        {{"fp32_mul_booth", 0, {}, {a, b}, {result, flags}},
         create_instance<Vfp32_mul_booth, MulPorts>},
        {{"fp32_add", 0, {}, {a, b, bits("sub", 1)}, {result, flags}},
         create_instance<Vfp32_add, AddPorts>},
        {{"fp32_fma", 0, {}, {a, b, f32("c")}, {result, flags}},
         create_instance<Vfp32_fma, FmaPorts>},
        {{"fp32_fma_booth", 0, {}, {a, b, f32("c")}, {result, flags}},
         create_instance<Vfp32_fma_booth, FmaPorts>},
        {{"fp32_div", 0, {}, {a, b}, {result, flags}}, create_instance<Vfp32_div, DivPorts>},
        {{"fp32_div_pipelined", 0, {}, {a, b}, {result, flags}},
         create_instance<Vfp32_div_pipelined, DivPorts>},
        {{"fp32_from_int", 0, {}, {integer("int", 32)}, {result, flags}},
         create_instance<Vfp32_from_int, FromIntPorts>},
        {{"fp32_to_int", 0, {}, {f32("value")}, {integer("int", 32), flags}},
         create_instance<Vfp32_to_int, ToIntPorts>},
        {{"fp32_to_fp16", 0, {}, {f32("value")}, {bits("result", 16), flags}},
         create_instance<Vfp32_to_fp16, ToFp16Ports>},
        {{"fp32_exp", 0, {}, {x}, {result}},
         create_instance<Vfp32_exp, FunctionPorts<Vfp32_exp, 6>>},
        {{"fp32_log1p", 0, {}, {x}, {result}},
         create_instance<Vfp32_log1p, FunctionPorts<Vfp32_log1p, 6>>},
        {{"fp32_gate", 0, {}, {f32("num"), x}, {result}}, create_instance<Vfp32_gate, GatePorts>},
        {{"fp32_silu", 0, {}, {x}, {result}},
         create_instance<Vfp32_silu, FunctionPorts<Vfp32_silu, 19>>},
        {{"fp32_softplus", 0, {}, {x}, {result}},
         create_instance<Vfp32_softplus, FunctionPorts<Vfp32_softplus, 14>>},
    };
    return types;
}

} // namespace w4a5se
