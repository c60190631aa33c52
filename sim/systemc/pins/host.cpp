// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"

using namespace sc_core;
using namespace tlm;

namespace w4a5se {

Host::Host(sc_module_name name, const se_pins_job &job, const Activity &activity)
    : sc_module(name), job(job), activity(activity) {
    for (int i = 0; i < SE_TOP_INS; i++) {
        in.push_back(std::make_unique<Socket>(("in" + std::to_string(i)).c_str()));
    }
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        out.push_back(std::make_unique<Socket>(("out" + std::to_string(i)).c_str()));
    }
    SC_HAS_PROCESS(Host);
    SC_THREAD(main);
}

void Host::main() {
    wait(aclk.posedge_event()); // a cycle of reset
    aresetn = true;
    run_job();
    sc_pause();
}

void Host::run_job() {
    const auto write = [](void *host, uint32_t address, uint32_t word, unsigned strobe) {
        return static_cast<Host *>(host)->access(TLM_WRITE_COMMAND, address, &word, strobe);
    };
    const auto read = [](void *host, uint32_t address, uint32_t *word) {
        return static_cast<Host *>(host)->access(TLM_READ_COMMAND, address, word, 15);
    };
    const se_top_bus bus = {this, write, read};
    if (job.first) {
        job.first(&bus);
    }
    status = se_host_load(&bus, job.layer, &error);
    result.loaded = activity.cycles;
    for (size_t i = 0; i < job.runs && !status; i++) {
        stream(job.streams[i]);
        result.run[i] = activity.cycles;
    }
    if (!status) {
        status = se_host_counters(&bus, &result.counters, &error);
    }
    if (!status) {
        const size_t n = job.layer->scan.d_inner * job.layer->scan.d_state;
        status = se_host_state(&bus, n, job.h, &error);
    }
    result.finished = activity.cycles;
}

bool Host::access(tlm_command command, uint32_t address, uint32_t *word, unsigned strobe) {
    tlm_generic_payload payload;
    sc_time delay;
    unsigned char enables[sizeof *word];
    for (unsigned i = 0; i < sizeof enables; i++) {
        enables[i] = strobe >> i & 1 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    }
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(sizeof enables);
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char *>(word));
    payload.set_data_length(sizeof *word);
    payload.set_streaming_width(sizeof *word);
    registers->b_transport(payload, delay);
    return payload.is_response_ok();
}

void Host::transfer(Socket &socket, tlm_command command, size_t words, void *data, bool *last) {
    tlm_generic_payload payload;
    StreamLast lasts;
    sc_time delay;
    const unsigned bytes = static_cast<unsigned>(words * sizeof(uint32_t));
    payload.set_command(command);
    payload.set_data_ptr(static_cast<unsigned char *>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    if (last) {
        lasts.last = last;
        payload.set_extension(&lasts);
    }
    socket->b_transport(payload, delay);
    payload.clear_extension(&lasts);
    if (!payload.is_response_ok() && !status) {
        status =
            se_fail(&error, SE_INVALID, "w4a5se_top: %s does not move any more (cycle %llu): %s",
                    socket.name(), static_cast<unsigned long long>(activity.cycles),
                    payload.get_response_string().c_str());
    }
}

void Host::stream(const se_top_streams &streams) {
    std::vector<sc_process_handle> transfers;
    const auto start = [&](Socket &socket, tlm_command command, size_t words, void *data,
                           bool *last) {
        if (words) {
            transfers.push_back(sc_spawn([this, &socket, command, words, data, last] {
                transfer(socket, command, words, data, last);
            }));
        }
    };
    for (int i = 0; i < SE_TOP_INS; i++) {
        start(*in[i], TLM_WRITE_COMMAND, streams.in[i].n,
              const_cast<uint32_t *>(streams.in[i].data), nullptr);
    }
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        start(*out[i], TLM_READ_COMMAND, streams.out[i].n, streams.out[i].data,
              streams.out[i].last);
    }
    for (sc_process_handle &transfer : transfers) {
        if (!transfer.terminated()) {
            wait(transfer.terminated_event());
        }
    }
    for (unsigned i = 0; i < kSilentCycles; i++) {
        wait(aclk.posedge_event());
    }
}

} // namespace w4a5se
