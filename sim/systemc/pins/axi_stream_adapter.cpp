// SPDX-License-Identifier: Apache-2.0
#include "axi_stream_adapter.hpp"

#include <cstring>

using namespace tlm;

namespace w4a5se {

tlm_extension_base *StreamLast::clone() const {
    auto *copy = new StreamLast;
    copy->last = last;
    return copy;
}

void StreamLast::copy_from(const tlm_extension_base &other) {
    last = static_cast<const StreamLast &>(other).last;
}

AxiStreamSource::AxiStreamSource(sc_core::sc_module_name name, const se_rtl_options &options,
                                 int index, Activity &activity)
    : sc_module(name), idle_percent(options.idle_percent), activity(activity),
      chance(stream_chance(options, index)) {
    socket.register_b_transport(this, &AxiStreamSource::transport);
}

void AxiStreamSource::transport(tlm_generic_payload &payload, sc_core::sc_time &) {
    if (!payload.is_write()) {
        payload.set_response_status(TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    Sender sender{payload.get_data_length() / sizeof(uint32_t)};
    activity.moved();
    while (sender.sent < sender.n && !activity.stopped()) {
        const bool offer = sender.offer(chance, idle_percent);
        tvalid = offer;
        if (offer) {
            uint32_t word;
            std::memcpy(&word, payload.get_data_ptr() + sender.sent * sizeof word, sizeof word);
            tdata = word;
        }
        wait(aclk.posedge_event());
        if (sender.look(tready)) {
            activity.moved();
        }
    }
    tvalid = false;
    payload.set_response_status(sender.sent == sender.n ? TLM_OK_RESPONSE
                                                        : TLM_GENERIC_ERROR_RESPONSE);
}

AxiStreamSink::AxiStreamSink(sc_core::sc_module_name name, const se_rtl_options &options, int index,
                             Activity &activity)
    : sc_module(name), stall_percent(options.stall_percent), activity(activity),
      chance(stream_chance(options, index)) {
    socket.register_b_transport(this, &AxiStreamSink::transport);
}

void AxiStreamSink::transport(tlm_generic_payload &payload, sc_core::sc_time &) {
    if (!payload.is_read()) {
        payload.set_response_status(TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    const size_t n = payload.get_data_length() / sizeof(uint32_t);
    StreamLast *lasts = nullptr;
    payload.get_extension(lasts);
    Receiver receiver;
    activity.moved();
    while (receiver.received < n && !activity.stopped()) {
        const size_t k = receiver.received;
        tready = receiver.accept(n, chance, stall_percent);
        wait(aclk.posedge_event());
        const uint32_t word = tdata;
        if (receiver.look(tvalid, word | uint64_t{tlast} << 32, activity.cycles)) {
            activity.moved();
            std::memcpy(payload.get_data_ptr() + k * sizeof word, &word, sizeof word);
            if (lasts) {
                lasts->last[k] = tlast;
            }
        }
    }
    tready = false;
    changed_while_waiting = changed_while_waiting || receiver.changed_while_waiting;
    payload.set_response_status(receiver.received == n ? TLM_OK_RESPONSE
                                                       : TLM_GENERIC_ERROR_RESPONSE);
}

} // namespace w4a5se
