// SPDX-License-Identifier: Apache-2.0
// A memory as a TLM-2.0 target: one request after the other, each after a latency and at a
// bandwidth. Addresses mean nothing to it. Annotates the delay until the request is served.
#pragma once

#include "account.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_target_socket.h>

namespace w4a5se {

class Memory : public sc_core::sc_module {
  public:
    tlm_utils::multi_passthrough_target_socket<Memory> socket{"socket"};

    // Bytes a nanosecond. `part` is where its busy time is written down.
    Memory(sc_core::sc_module_name name, double bytes_per_ns, double latency_ns, se_part part,
           se_system_result &result);

  private:
    void transport(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void count(const tlm::tlm_generic_payload &payload, const Purpose &purpose, uint64_t bits);

    const double bytes_per_ns, latency_ns;
    const se_part part;
    se_system_result &result;
    double free_at_ns = 0;
};

} // namespace w4a5se
