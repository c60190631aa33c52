// SPDX-License-Identifier: Apache-2.0
// Moves data between DRAM and the memory of activations: a read from the DMA brings them, a write
// takes them away. Weights and state have memories of their own, and pass by that one.
#pragma once

#include "account.hpp"

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

namespace w4a5se {

class Dma : public sc_core::sc_module {
  public:
    tlm_utils::multi_passthrough_target_socket<Dma> socket{"socket"};
    tlm_utils::simple_initiator_socket<Dma> dram{"dram"}, buffer{"buffer"};

    explicit Dma(sc_core::sc_module_name name);

  private:
    void transport(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
};

} // namespace w4a5se
