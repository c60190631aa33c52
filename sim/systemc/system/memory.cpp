// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include <algorithm>

using namespace tlm;

namespace w4a5se {

Memory::Memory(sc_core::sc_module_name name, double bytes_per_ns, double latency_ns, se_part part,
               se_system_result &result)
    : sc_module(name), bytes_per_ns(bytes_per_ns), latency_ns(latency_ns), part(part),
      result(result) {
    socket.register_b_transport(this, &Memory::transport);
}

void Memory::transport(int, tlm_generic_payload &payload, sc_core::sc_time &delay) {
    const Purpose *purpose = payload.get_extension<Purpose>();
    if (!purpose) {
        payload.set_response_status(TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    const double now = now_ns() + delay.to_seconds() * 1e9;
    const double bytes = payload.get_data_length(), busy = bytes / bytes_per_ns;
    const double end = std::max(now, free_at_ns) + busy;
    free_at_ns = end;
    result.use[purpose->layer].busy_ns[part] += busy;
    count(payload, *purpose, 8 * uint64_t{payload.get_data_length()});
    delay += nanoseconds(end + latency_ns - now);
    payload.set_response_status(TLM_OK_RESPONSE);
}

void Memory::count(const tlm_generic_payload &payload, const Purpose &purpose, uint64_t bits) {
    se_layer_use &use = result.use[purpose.layer];
    if (part != SE_PART_DRAM) {
        use.memory_bits += bits;
        return;
    }
    (payload.is_read() ? use.dram_read : use.dram_write)[purpose.tensor] += bits;
    use.stage_dram[purpose.stage] += bits;
}

} // namespace w4a5se
