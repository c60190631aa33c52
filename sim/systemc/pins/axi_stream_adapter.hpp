// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 targets in front of AXI4-Stream pins. A transaction is any number of beats, a 32-bit word
// each: a write into a stream that enters the chip, a read from one that leaves it. It takes the
// caller's time until its last beat has moved, or answers TLM_GENERIC_ERROR_RESPONSE when no stream
// moves any more.
#pragma once

#include "activity.hpp"
#include "streams.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace w4a5se {

// Of a read: where each beat's tlast goes.
struct StreamLast : tlm::tlm_extension<StreamLast> {
    bool *last = nullptr;
    tlm::tlm_extension_base *clone() const override;
    void copy_from(const tlm_extension_base &other) override;
};

class AxiStreamSource : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<AxiStreamSource> socket{"socket"};

    sc_core::sc_in<bool> aclk{"aclk"}, tready{"tready"};
    sc_core::sc_out<bool> tvalid{"tvalid"};
    sc_core::sc_out<uint32_t> tdata{"tdata"};

    AxiStreamSource(sc_core::sc_module_name name, const se_rtl_options &options, int index,
                    Activity &activity);

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);

    const unsigned idle_percent;
    Activity &activity;
    Chance chance;
};

class AxiStreamSink : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<AxiStreamSink> socket{"socket"};

    sc_core::sc_in<bool> aclk{"aclk"}, tvalid{"tvalid"}, tlast{"tlast"};
    sc_core::sc_out<bool> tready{"tready"};
    sc_core::sc_in<uint32_t> tdata{"tdata"};

    AxiStreamSink(sc_core::sc_module_name name, const se_rtl_options &options, int index,
                  Activity &activity);

    // What the streams that leave must never do.
    bool changed_while_waiting = false;

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);

    const unsigned stall_percent;
    Activity &activity;
    Chance chance;
};

} // namespace w4a5se
