// SPDX-License-Identifier: Apache-2.0
// The chip and its DRAM: memories, DMA, engines, and the stages that use them.
#pragma once

#include "dma.hpp"
#include "memory.hpp"
#include "stage.hpp"

#include <memory>
#include <vector>

namespace w4a5se {

class Platform : public sc_core::sc_module {
  public:
    Platform(sc_core::sc_module_name name, const se_system &system, const se_system_plan &plan,
             se_system_result &result);

  private:
    Memory dram, activations, weights, state;
    Dma dma;
    Engine gemm, conv, scan;
    std::vector<std::unique_ptr<Stage>> stages;
    std::vector<std::unique_ptr<sc_core::sc_fifo<int>>> fifos; // fifo i ends in stage i
};

} // namespace w4a5se
