// SPDX-License-Identifier: Apache-2.0
#include "platform.hpp"

#include "w4a5se/cycles.h"

namespace w4a5se {

namespace {

// A memory that is as wide as its engine wants.
constexpr double kAsFastAsUsed = 1e9;

uint64_t share(uint64_t n, int of) {
    return (n + static_cast<uint64_t>(of) - 1) / static_cast<uint64_t>(of);
}

Engine::Cycles gemm_cycles(const se_system &s) {
    return [macs = s.gemm_macs[s.weights]](const se_stage_plan &work, uint64_t tokens) {
        return share(work.macs * tokens, macs);
    };
}

Engine::Cycles conv_cycles(const se_system &s) {
    return [engines = s.conv_engines](const se_stage_plan &work, uint64_t tokens) {
        return se_conv_cycles(share(work.channels, engines), tokens, 0);
    };
}

Engine::Cycles scan_cycles(const se_system &s) {
    const uint64_t channels = share(static_cast<uint64_t>(s.model.d_inner), s.scan_engines);
    const auto d_state = static_cast<uint64_t>(s.model.d_state);
    const auto lanes = static_cast<uint64_t>(s.lanes);
    return [=](const se_stage_plan &, uint64_t tokens) {
        uint64_t cycles = 0;
        sc_assert(!se_scan_cycles(lanes, d_state, channels, tokens, {}, &cycles, nullptr));
        return cycles;
    };
}

} // namespace

Platform::Platform(sc_core::sc_module_name name, const se_system &s, const se_system_plan &plan,
                   se_system_result &result)
    : sc_module(name), dram("dram", static_cast<double>(s.dram_gb_per_s),
                            static_cast<double>(s.dram_latency_ns), SE_PART_DRAM, result),
      activations("activations",
                  s.activation_bytes_per_cycle * static_cast<double>(s.clock_mhz) / 1000, 0,
                  SE_PART_BUFFER, result),
      weights("weights", kAsFastAsUsed, 0, SE_PART_BUFFER, result),
      state("state", kAsFastAsUsed, 0, SE_PART_BUFFER, result), dma("dma"),
      gemm("gemm", SE_PART_GEMM, static_cast<double>(s.clock_mhz), gemm_cycles(s), result),
      conv("conv_engine", SE_PART_CONV, static_cast<double>(s.clock_mhz), conv_cycles(s), result),
      scan("scan_engine", SE_PART_SCAN, static_cast<double>(s.clock_mhz), scan_cycles(s), result) {
    const int tiles = (s.decode ? 1 : s.tokens) / s.tile_tokens + 2;
    dma.dram.bind(dram.socket);
    dma.buffer.bind(activations.socket);
    for (int i = 0; i < SE_STAGE_HEAD; i++) {
        const se_part part = se_part_of_stage(se_stage(i));
        Engine &engine = part == SE_PART_GEMM ? gemm : part == SE_PART_CONV ? conv : scan;
        stages.push_back(
            std::make_unique<Stage>(se_stage_names[i], se_stage(i), s, plan, engine, result));
        stages[i]->dma.bind(dma.socket);
        stages[i]->buffer.bind(activations.socket);
        stages[i]->local.bind(part == SE_PART_SCAN ? state.socket : weights.socket);
        // One tile waits while one is worked on; between layers the whole sequence does.
        fifos.push_back(std::make_unique<sc_core::sc_fifo<int>>(i ? 1 : tiles));
        stages[i]->in(*fifos[i]);
    }
    for (int i = 0; i < SE_STAGE_HEAD; i++) {
        stages[i]->out(*fifos[(i + 1) % SE_STAGE_HEAD]);
    }
}

} // namespace w4a5se
