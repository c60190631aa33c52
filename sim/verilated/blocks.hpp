// SPDX-License-Identifier: Apache-2.0
// The blocks there are, by the file that wraps them.
#pragma once

#include "instance.hpp"

#include <vector>

namespace w4a5se {

constexpr se_port f32(const char *name) {
    return {name, 32, SE_PORT_F32};
}
constexpr se_port bits(const char *name, int n) {
    return {name, n, SE_PORT_UNSIGNED};
}
constexpr se_port integer(const char *name, int n) {
    return {name, n, SE_PORT_SIGNED};
}

const std::vector<BlockType> &fp32_units();
const std::vector<BlockType> &quant_blocks();
const std::vector<BlockType> &packing_blocks();
const std::vector<BlockType> &mac_units();

} // namespace w4a5se
