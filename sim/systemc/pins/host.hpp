// SPDX-License-Identifier: Apache-2.0
// The initiator: runs a layer on w4a5se_top as a driver would. It writes the tables, streams the
// tokens, and reads counters and state back, all by TLM-2.0 transactions.
#pragma once

#include "axi_stream_adapter.hpp"
#include "pins.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <vector>

namespace w4a5se {

class Host : public sc_core::sc_module {
  public:
    using Socket = tlm_utils::simple_initiator_socket<Host>;
    Socket registers{"registers"};
    std::vector<std::unique_ptr<Socket>> in, out; // by se_top_in, se_top_out
    sc_core::sc_in<bool> aclk{"aclk"};
    sc_core::sc_out<bool> aresetn{"aresetn"};

    Host(sc_core::sc_module_name name, const se_pins_job &job, const Activity &activity);

    se_pins_result result{};
    se_status status = SE_OK;
    se_error error{};

  private:
    void main();
    void run_job();
    void stream(const se_top_streams &streams);
    bool access(tlm::tlm_command command, uint32_t address, uint32_t *word, unsigned strobe);
    void transfer(Socket &socket, tlm::tlm_command command, size_t words, void *data, bool *last);

    const se_pins_job &job;
    const Activity &activity;
};

} // namespace w4a5se
