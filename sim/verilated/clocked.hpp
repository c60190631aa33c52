// SPDX-License-Identifier: Apache-2.0
// A Verilated model with its clock and its trace: what the drivers of blocks and of engines share.
#pragma once

#include "rtl.h"

#include <verilated.h>
#include <verilated_fst_c.h>

#include <memory>

namespace w4a5se {

// A stream that does not move for so long has stopped.
constexpr unsigned kWatchdogCycles = 10000;

// After its last beat a stream is watched for so long.
constexpr unsigned kSilentCycles = 8;

// SE_INVALID when a chance is above 99 %, SE_IO when the trace cannot be written.
se_status check_options(const se_rtl_options &options, se_error *err);

// xorshift64*: decides pauses; its quality matters little, its seed is what repeats a run.
class Chance {
  public:
    explicit Chance(uint64_t seed) : state(seed * 2 + 1) {}
    bool percent(unsigned p) {
        if (p == 0) {
            return false;
        }
        return word() % 100 < p;
    }
    uint32_t word() {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return static_cast<uint32_t>(state * UINT64_C(0x2545F4914F6CDD1D) >> 32);
    }

  private:
    uint64_t state;
};

// The clock of a block, or of the top level, whose ports have AXI's names.
template <class Model> auto clock_of(Model &model, int) -> decltype((model.clk_i)) {
    return model.clk_i;
}
template <class Model> auto clock_of(Model &model, long) -> decltype((model.aclk)) {
    return model.aclk;
}

// A cycle is: drive inputs, falling_half, look at outputs, rising_half.
template <class Model> class Clocked {
  protected:
    explicit Clocked(const se_rtl_options &o) : chance(o.seed) {
        context.randReset(o.random_initial_state ? 2 : 0);
        context.randSeed(static_cast<int>(o.seed % 0x7FFFFFFF) + 1);
        context.traceEverOn(o.trace_path != nullptr);
        model = std::make_unique<Model>(&context, "TOP");
        if (o.trace_path) {
            trace = std::make_unique<VerilatedFstC>();
            model->trace(trace.get(), 99);
            trace->open(o.trace_path);
        }
    }

    ~Clocked() {
        if (trace) {
            trace->close();
        }
        model->final();
    }

    void falling_half() {
        clock_of(*model, 0) = 0;
        model->eval();
        if (trace) {
            trace->dump(10 * cycle);
        }
    }

    void rising_half() {
        clock_of(*model, 0) = 1;
        model->eval();
        if (trace) {
            trace->dump(10 * cycle + 5);
        }
        cycle++;
    }

    // A cycle in which nobody looks.
    void tick() {
        falling_half();
        rising_half();
    }

    VerilatedContext context;
    std::unique_ptr<Model> model;
    std::unique_ptr<VerilatedFstC> trace;
    Chance chance;
    uint64_t cycle = 0;
};

} // namespace w4a5se
