// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <algorithm>

namespace w4a5se {

Engine::Engine(sc_core::sc_module_name name, se_part part, double clock_mhz, Cycles cycles,
               se_system_result &result)
    : sc_module(name), part(part), ns_per_cycle(1000 / clock_mhz), cycles(std::move(cycles)),
      result(result) {}

double Engine::reserve(int layer, const se_stage_plan &work, uint64_t tokens) {
    constexpr double kResolution = 0.001; // of sc_time, ns
    const double now = now_ns();
    const bool goes_on = now <= free_at_ns + kResolution && run_work == &work && run_layer == layer;
    const uint64_t before = goes_on ? run_tokens : 0;
    const uint64_t added = cycles(work, before + tokens) - (before ? cycles(work, before) : 0);
    const double busy = static_cast<double>(added) * ns_per_cycle;
    se_layer_use &use = result.use[layer];
    run_tokens = before + tokens;
    run_work = &work;
    run_layer = layer;
    free_at_ns = std::max(now, free_at_ns) + busy;
    use.busy_ns[part] += busy;
    use.macs += work.macs * tokens;
    use.channels += work.channels * tokens;
    use.updates += work.updates * tokens;
    return free_at_ns;
}

} // namespace w4a5se
