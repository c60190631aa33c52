// SPDX-License-Identifier: Apache-2.0
// What computes: one request after the other, each in the cycles that a formula gives.
#pragma once

#include "account.hpp"

#include <functional>

namespace w4a5se {

class Engine : public sc_core::sc_module {
  public:
    // Cycles of so many tokens without a pause; `work` is a token's.
    using Cycles = std::function<uint64_t(const se_stage_plan &work, uint64_t tokens)>;

    Engine(sc_core::sc_module_name name, se_part part, double clock_mhz, Cycles cycles,
           se_system_result &result);

    // Takes the next free time for `tokens` tokens, and returns when it is over. Tokens that follow
    // others of the same work without a pause take what they add to them.
    double reserve(int layer, const se_stage_plan &work, uint64_t tokens);

  private:
    const se_part part;
    const double ns_per_cycle;
    const Cycles cycles;
    se_system_result &result;
    double free_at_ns = -1;
    uint64_t run_tokens = 0;
    const se_stage_plan *run_work = nullptr;
    int run_layer = 0;
};

} // namespace w4a5se
