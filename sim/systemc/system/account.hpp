// SPDX-License-Identifier: Apache-2.0
// Where every part writes down what it did, by layer.
#pragma once

#include "system.h"

#include <systemc>
#include <tlm>

namespace w4a5se {

// What a transaction is for.
struct Purpose : tlm::tlm_extension<Purpose> {
    int layer = 0;
    se_stage stage = SE_STAGE_IN_PROJ;
    se_layer_tensor tensor = SE_TENSOR_CODE;
    tlm_extension_base *clone() const override { return new Purpose(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const Purpose &>(other);
    }
};

inline double now_ns() {
    return sc_core::sc_time_stamp().to_seconds() * 1e9;
}

inline sc_core::sc_time nanoseconds(double ns) {
    return sc_core::sc_time(ns, sc_core::SC_NS);
}

} // namespace w4a5se
