// SPDX-License-Identifier: Apache-2.0
// One running Verilated block. A block's file supplies its ports; the clock, the handshakes, the
// trace and the watchdog are here once.
#pragma once

#include "clocked.hpp"

#include <cstring>

struct se_rtl {
    virtual ~se_rtl() = default;
    virtual void configure(const uint32_t *config) = 0;
    virtual void reset() = 0;
    virtual se_status stream(size_t n_in, const uint32_t *in, size_t n_out, uint32_t *out,
                             uint64_t *out_cycle, se_error *err) = 0;
    virtual void disturb(size_t n_in, const uint32_t *in, unsigned cycles) = 0;
    virtual uint64_t cycles() const = 0;

    const se_rtl_block *block = nullptr;
};

namespace w4a5se {

struct BlockType {
    se_rtl_block description;
    std::unique_ptr<se_rtl> (*create)(const se_rtl_options &options);
};

// Ports (a block's file) has: kIn, kOut (words a beat), configure, drive, sample; and kLatency, the
// cycles from operands to result, for a unit that has en_i instead of handshakes.
template <class Model, class Ports> class Instance final : public se_rtl, Clocked<Model> {
  public:
    explicit Instance(const se_rtl_options &o) : Clocked<Model>(o), options(o) { reset(); }

    uint64_t cycles() const override { return cycle; }

    void configure(const uint32_t *config) override { Ports::configure(*model, config); }

    void reset() override {
        if constexpr (Ports::kLatency == 0) {
            model->valid_i = 0;
            model->ready_i = 0;
            model->rst_ni = 0;
            falling_half();
            rising_half();
            model->rst_ni = 1;
        }
    }

    se_status stream(size_t n_in, const uint32_t *in, size_t n_out, uint32_t *out,
                     uint64_t *out_cycle, se_error *err) override {
        if (Ports::kLatency > 0 && n_in != n_out) {
            return se_fail(err, SE_INVALID, "%s: %zu operands give as many results, not %zu",
                           block->name, n_in, n_out);
        }
        Beats beats{n_in, in, n_out, out, out_cycle};
        uint64_t last_progress = cycle;
        while ((beats.received < n_out || beats.sent < n_in) && beats.received <= n_out) {
            if (step(beats)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                return se_fail(
                    err, SE_INVALID,
                    "%s: no beat moved for %u cycles (cycle %llu, %zu of %zu beats in, %zu "
                    "of %zu out)",
                    block->name, kWatchdogCycles, (unsigned long long)cycle, beats.sent, n_in,
                    beats.received, n_out);
            }
        }
        expect_silence(beats);
        return check_end(beats, err);
    }

    void disturb(size_t n_in, const uint32_t *in, unsigned cycles) override {
        Beats beats{n_in, in, 0, nullptr, nullptr};
        for (unsigned i = 0; i < cycles; i++) {
            step(beats);
        }
    }

  private:
    using Clocked<Model>::model, Clocked<Model>::chance, Clocked<Model>::cycle;
    using Clocked<Model>::falling_half, Clocked<Model>::rising_half;

    struct Beats {
        size_t n_in;
        const uint32_t *in;
        size_t n_out;
        uint32_t *out;
        uint64_t *out_cycle;
        size_t sent = 0, received = 0;
        bool offering = false; // valid stays high until its beat is taken
        bool waiting = false;  // a beat was offered in the last cycle and not taken
        uint32_t waiting_beat[SE_RTL_WORDS_MAX] = {};
        bool changed_while_waiting = false;
        uint64_t changed_cycle = 0;
    };

    void receive(Beats &beats) {
        if (beats.received < beats.n_out) {
            Ports::sample(*model, beats.out + beats.received * Ports::kOut);
            if (beats.out_cycle) {
                beats.out_cycle[beats.received] = cycle;
            }
        }
        beats.received++;
    }

    // One clock cycle; true when a beat moved.
    bool step(Beats &beats) {
        if constexpr (Ports::kLatency > 0) {
            return step_unit(beats);
        } else {
            return step_stream(beats);
        }
    }

    bool step_stream(Beats &beats) {
        beats.offering =
            beats.offering || (beats.sent < beats.n_in && !chance.percent(options.idle_percent));
        model->valid_i = beats.offering;
        if (beats.offering) {
            Ports::drive(*model, beats.in + beats.sent * Ports::kIn);
        } else if (options.idle_percent > 0) {
            uint32_t noise[Ports::kIn];
            for (uint32_t &word : noise) {
                word = chance.word();
            }
            Ports::drive(*model, noise);
        }
        model->ready_i = !chance.percent(options.stall_percent);
        falling_half();
        if (options.stall_percent > 0) {
            check_waiting(beats);
        }
        bool taken = beats.offering && model->ready_o;
        bool given = model->valid_o && model->ready_i;
        if (given) {
            receive(beats);
        }
        if (taken) {
            beats.sent++;
            beats.offering = false;
        }
        rising_half();
        return taken || given;
    }

    // A beat that waits must stay as it is until it is taken.
    void check_waiting(Beats &beats) {
        uint32_t now[SE_RTL_WORDS_MAX] = {};
        Ports::sample(*model, now);
        if (beats.waiting && !beats.changed_while_waiting &&
            (!model->valid_o || memcmp(now, beats.waiting_beat, sizeof now) != 0)) {
            beats.changed_while_waiting = true;
            beats.changed_cycle = cycle;
        }
        beats.waiting = model->valid_o && !model->ready_i;
        memcpy(beats.waiting_beat, now, sizeof now);
    }

    // A unit's operands of enabled cycle k leave in enabled cycle k + kLatency.
    bool step_unit(Beats &beats) {
        bool enabled = !chance.percent(options.stall_percent);
        model->en_i = enabled;
        if (beats.sent < beats.n_in) {
            Ports::drive(*model, beats.in + beats.sent * Ports::kIn);
        }
        falling_half();
        if (enabled) {
            if (unit_filled >= Ports::kLatency) {
                receive(beats);
            }
            unit_filled = unit_filled < Ports::kLatency ? unit_filled + 1 : unit_filled;
            beats.sent += beats.sent < beats.n_in;
        }
        rising_half();
        if (beats.received >= beats.n_out) {
            unit_filled = 0;
        }
        return enabled;
    }

    // After the last beat a stream must have nothing left to say, however ready the receiver is.
    void expect_silence(Beats &beats) {
        if constexpr (Ports::kLatency == 0) {
            const unsigned stall_percent = options.stall_percent;
            options.stall_percent = 0;
            for (unsigned i = 0; i < kSilentCycles; i++) {
                step(beats);
            }
            options.stall_percent = stall_percent;
        }
    }

    se_status check_end(const Beats &beats, se_error *err) const {
        if (beats.received > beats.n_out) {
            return se_fail(err, SE_INVALID,
                           "%s: a beat more than expected left the block: %zu instead of %zu",
                           block->name, beats.received, beats.n_out);
        }
        if (beats.changed_while_waiting) {
            return se_fail(
                err, SE_INVALID,
                "%s: a beat changed, or went away, while the receiver was not ready (cycle "
                "%llu)",
                block->name, (unsigned long long)beats.changed_cycle);
        }
        return SE_OK;
    }

    se_rtl_options options;
    int unit_filled = 0;
};

template <class Model, class Ports>
std::unique_ptr<se_rtl> create_instance(const se_rtl_options &options) {
    return std::make_unique<Instance<Model, Ports>>(options);
}

} // namespace w4a5se
