// SPDX-License-Identifier: Apache-2.0
#include "dma.hpp"

#include <algorithm>

using namespace tlm;

namespace w4a5se {

Dma::Dma(sc_core::sc_module_name name) : sc_module(name) {
    socket.register_b_transport(this, &Dma::transport);
}

void Dma::transport(int, tlm_generic_payload &payload, sc_core::sc_time &delay) {
    const Purpose *purpose = payload.get_extension<Purpose>();
    sc_core::sc_time outside = delay, inside = delay;
    dram->b_transport(payload, outside);
    if (purpose && purpose->tensor < SE_TENSOR_WEIGHTS && payload.is_response_ok()) {
        tlm_generic_payload copy;
        Purpose same = *purpose;
        copy.set_command(payload.is_read() ? TLM_WRITE_COMMAND : TLM_READ_COMMAND);
        copy.set_data_length(payload.get_data_length());
        copy.set_extension(&same);
        buffer->b_transport(copy, inside);
        copy.clear_extension(&same);
        payload.set_response_status(copy.get_response_status());
    }
    delay = std::max(outside, inside);
}

} // namespace w4a5se
