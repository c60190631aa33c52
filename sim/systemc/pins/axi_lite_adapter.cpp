// SPDX-License-Identifier: Apache-2.0
#include "axi_lite_adapter.hpp"

#include <cstring>

using namespace tlm;

namespace w4a5se {

AxiLiteAdapter::AxiLiteAdapter(sc_core::sc_module_name name, const se_rtl_options &options,
                               Activity &activity)
    : sc_module(name), options(options), activity(activity), chance(options.seed) {
    socket.register_b_transport(this, &AxiLiteAdapter::transport);
}

void AxiLiteAdapter::transport(tlm_generic_payload &payload, sc_core::sc_time &) {
    uint32_t word = 0, strobe = 15;
    const uint32_t address = static_cast<uint32_t>(payload.get_address());
    if (payload.get_data_length() != sizeof word) {
        payload.set_response_status(TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (const unsigned char *enables = payload.get_byte_enable_ptr()) {
        strobe = 0;
        for (unsigned i = 0; i < sizeof word; i++) {
            strobe |= (enables[i % payload.get_byte_enable_length()] ? 1U : 0U) << i;
        }
    }
    if (payload.is_write()) {
        std::memcpy(&word, payload.get_data_ptr(), sizeof word);
        payload.set_response_status(write(address, word, strobe));
    } else {
        payload.set_response_status(read(address, &word));
        std::memcpy(payload.get_data_ptr(), &word, sizeof word);
    }
}

tlm_response_status AxiLiteAdapter::write(uint32_t address, uint32_t word, uint32_t strobe) {
    LiteWrite access;
    bool answered = false;
    awaddr = address;
    wdata = word;
    wstrb = strobe;
    activity.moved();
    do {
        access.offer(chance, options);
        awvalid = access.awvalid;
        wvalid = access.wvalid;
        bready = access.bready;
        wait(aclk.posedge_event());
        answered = access.look(awready, wready, bvalid);
    } while (!answered && !activity.stopped());
    awvalid = false;
    wvalid = false;
    bready = false;
    return !answered    ? TLM_GENERIC_ERROR_RESPONSE
           : bresp != 0 ? TLM_COMMAND_ERROR_RESPONSE
                        : TLM_OK_RESPONSE;
}

tlm_response_status AxiLiteAdapter::read(uint32_t address, uint32_t *word) {
    LiteRead access;
    bool answered = false;
    araddr = address;
    activity.moved();
    do {
        access.offer(chance, options);
        arvalid = access.arvalid;
        rready = access.rready;
        wait(aclk.posedge_event());
        answered = access.look(arready, rvalid);
    } while (!answered && !activity.stopped());
    *word = rdata;
    arvalid = false;
    rready = false;
    return !answered    ? TLM_GENERIC_ERROR_RESPONSE
           : rresp != 0 ? TLM_COMMAND_ERROR_RESPONSE
                        : TLM_OK_RESPONSE;
}

} // namespace w4a5se
