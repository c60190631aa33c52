// SPDX-License-Identifier: Apache-2.0
// The driver's end of a valid/ready stream, for engines that have several: what it drives in a
// cycle, and what it makes of what it then sees.
#pragma once

#include "clocked.hpp"

namespace w4a5se {

// Pauses of stream number i, which no other stream's beats change.
inline Chance stream_chance(const se_rtl_options &options, int i) {
    return Chance(options.seed + (i + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

// Beats into the engine. valid stays high until its beat is taken.
struct Sender {
    size_t n;
    size_t sent = 0;
    bool offering = false;

    // Whether valid is high in this cycle.
    bool offer(Chance &chance, unsigned idle_percent) {
        offering = offering || (sent < n && !chance.percent(idle_percent));
        return offering;
    }

    // Whether the engine takes the beat in this cycle.
    bool look(bool ready) {
        const bool taken = offering && ready;
        sent += taken;
        offering = offering && !taken;
        return taken;
    }
};

// Beats out of the engine. One that waits must stay as it is until it is taken.
struct Receiver {
    size_t received = 0;
    bool ready = false;
    bool changed_while_waiting = false;
    uint64_t changed_cycle = 0;

    // Whether ready is high in this cycle; past n beats it always is.
    bool accept(size_t n, Chance &chance, unsigned stall_percent) {
        ready = received >= n || !chance.percent(stall_percent);
        return ready;
    }

    // Whether a beat comes in this cycle; `beat` holds all of its bits.
    bool look(bool valid, uint64_t beat, uint64_t cycle) {
        if (waiting && (!valid || beat != waiting_beat) && !changed_while_waiting) {
            changed_while_waiting = true;
            changed_cycle = cycle;
        }
        waiting = valid && !ready;
        waiting_beat = beat;
        received += valid && ready;
        return valid && ready;
    }

  private:
    bool waiting = false;
    uint64_t waiting_beat = 0;
};

} // namespace w4a5se
