// SPDX-License-Identifier: Apache-2.0
// The blocks there are, by the file that wraps them.
#pragma once

#include "instance.hpp"

#include <vector>

namespace w4a5se {

const std::vector<BlockType> &fp32_units();
const std::vector<BlockType> &quant_blocks();
const std::vector<BlockType> &packing_blocks();

} // namespace w4a5se
