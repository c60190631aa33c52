// SPDX-License-Identifier: Apache-2.0
// Clock cycles, and the last in which a beat moved anywhere: how a transaction knows that the chip
// has stopped.
#pragma once

#include "clocked.hpp"

#include <systemc>

namespace w4a5se {

class Activity : public sc_core::sc_module {
  public:
    sc_core::sc_in<bool> aclk{"aclk"};

    explicit Activity(sc_core::sc_module_name name) : sc_module(name) {
        SC_HAS_PROCESS(Activity);
        SC_METHOD(count);
        sensitive << aclk.pos();
        dont_initialize();
    }

    void moved() { last_moved = cycles; }
    bool stopped() const { return cycles - last_moved > kWatchdogCycles; }

    uint64_t cycles = 0;

  private:
    void count() { cycles++; }
    uint64_t last_moved = 0;
};

} // namespace w4a5se
