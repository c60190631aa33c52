// SPDX-License-Identifier: Apache-2.0
// A TLM-2.0 target in front of the pins of an AXI4-Lite slave: a transaction is a word at its
// address, byte enables its strobes. SLVERR answers TLM_COMMAND_ERROR_RESPONSE, silence
// TLM_GENERIC_ERROR_RESPONSE. Takes the caller's time until the slave has answered.
#pragma once

#include "activity.hpp"
#include "axi_lite.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace w4a5se {

class AxiLiteAdapter : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<AxiLiteAdapter> socket{"socket"};

    sc_core::sc_in<bool> aclk{"aclk"};
    sc_core::sc_out<bool> awvalid{"awvalid"}, wvalid{"wvalid"}, bready{"bready"};
    sc_core::sc_out<bool> arvalid{"arvalid"}, rready{"rready"};
    sc_core::sc_out<uint32_t> awaddr{"awaddr"}, wdata{"wdata"}, wstrb{"wstrb"}, araddr{"araddr"};
    sc_core::sc_in<bool> awready{"awready"}, wready{"wready"}, bvalid{"bvalid"};
    sc_core::sc_in<bool> arready{"arready"}, rvalid{"rvalid"};
    sc_core::sc_in<uint32_t> bresp{"bresp"}, rdata{"rdata"}, rresp{"rresp"};

    AxiLiteAdapter(sc_core::sc_module_name name, const se_rtl_options &options, Activity &activity);

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    tlm::tlm_response_status write(uint32_t address, uint32_t word, uint32_t strobe);
    tlm::tlm_response_status read(uint32_t address, uint32_t *word);

    const se_rtl_options options;
    Activity &activity;
    Chance chance;
};

} // namespace w4a5se
