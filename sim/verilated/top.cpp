// SPDX-License-Identifier: Apache-2.0
#include "top.h"

#include "axi_lite.hpp"
#include "streams.hpp"

#include "Vw4a5se_top_4.h"

#include <array>
#include <vector>

using namespace w4a5se;

struct se_top : Clocked<Vw4a5se_top_4> {
    explicit se_top(const se_rtl_options &o) : Clocked(o), options(o) {
        for (int i = 0; i < SE_TOP_INS; i++) {
            in_chance.push_back(stream_chance(options, i));
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            out_chance.push_back(stream_chance(options, SE_TOP_INS + i));
        }
        reset();
    }

    uint64_t cycles() const { return cycle; }
    uint64_t run_cycles(se_top_in from, se_top_out to) const {
        return last_cycle[to] - first_cycle[from] + 1;
    }

    void reset() {
        for (int i = 0; i < SE_TOP_INS; i++) {
            in_valid(i) = 0;
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            out_ready(i) = 0;
        }
        model->s_axi_awvalid = model->s_axi_wvalid = model->s_axi_arvalid = 0;
        model->s_axi_bready = model->s_axi_rready = 0;
        model->aresetn = 0;
        tick();
        model->aresetn = 1;
    }

    bool write(uint32_t address, uint32_t word, unsigned strobe) {
        LiteWrite access;
        model->s_axi_awaddr = address;
        model->s_axi_wdata = word;
        model->s_axi_wstrb = strobe;
        for (unsigned i = 0; i < kWatchdogCycles; i++) {
            access.offer(chance, options);
            model->s_axi_awvalid = access.awvalid;
            model->s_axi_wvalid = access.wvalid;
            model->s_axi_bready = access.bready;
            falling_half();
            const bool answered =
                access.look(model->s_axi_awready, model->s_axi_wready, model->s_axi_bvalid);
            const bool okay = model->s_axi_bresp == 0;
            rising_half();
            if (answered) {
                return okay;
            }
        }
        return false;
    }

    bool read(uint32_t address, uint32_t *word) {
        LiteRead access;
        model->s_axi_araddr = address;
        for (unsigned i = 0; i < kWatchdogCycles; i++) {
            access.offer(chance, options);
            model->s_axi_arvalid = access.arvalid;
            model->s_axi_rready = access.rready;
            falling_half();
            const bool answered = access.look(model->s_axi_arready, model->s_axi_rvalid);
            const bool okay = model->s_axi_rresp == 0;
            *word = model->s_axi_rdata;
            rising_half();
            if (answered) {
                return okay;
            }
        }
        return false;
    }

    se_status run(const se_top_streams &s, se_error *err) {
        Run r(s);
        uint64_t last_progress = cycle;
        while (!r.done(s)) {
            if (step(s, r)) {
                last_progress = cycle;
            } else if (cycle - last_progress > kWatchdogCycles) {
                return se_fail(err, SE_INVALID,
                               "w4a5se_top: no beat moved for %u cycles (cycle %llu; in: x %zu, "
                               "codes %zu, dtz %zu, bc %zu; out: codes %zu, x_proj %zu, y %zu)",
                               kWatchdogCycles, (unsigned long long)cycle, r.in[SE_TOP_X].sent,
                               r.in[SE_TOP_CODE_IN].sent, r.in[SE_TOP_DTZ].sent,
                               r.in[SE_TOP_BC].sent, r.out[SE_TOP_CODE].received,
                               r.out[SE_TOP_X_PROJ].received, r.out[SE_TOP_Y].received);
            }
        }
        for (unsigned i = 0; i < kSilentCycles; i++) {
            step(s, r);
        }
        quiet();
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            if (r.out[i].received > s.out[i].n) {
                return se_fail(err, SE_INVALID,
                               "w4a5se_top: output stream %d sent %zu beats, not "
                               "%zu",
                               i, r.out[i].received, s.out[i].n);
            }
            if (r.out[i].changed_while_waiting) {
                return se_fail(
                    err, SE_INVALID,
                    "w4a5se_top: output stream %d changed a beat, or took it back, while "
                    "the receiver was not ready (cycle %llu)",
                    i, (unsigned long long)r.out[i].changed_cycle);
            }
        }
        return SE_OK;
    }

    void disturb(const se_top_streams &s, unsigned cycles) {
        Run r(s);
        for (unsigned i = 0; i < cycles; i++) {
            step(s, r);
        }
        quiet();
    }

  private:
    struct Run {
        std::array<Sender, SE_TOP_INS> in{};
        std::array<Receiver, SE_TOP_OUTS> out{};
        explicit Run(const se_top_streams &s) {
            for (int i = 0; i < SE_TOP_INS; i++) {
                in[i].n = s.in[i].n;
            }
        }
        bool done(const se_top_streams &s) const {
            for (int i = 0; i < SE_TOP_INS; i++) {
                if (in[i].sent < s.in[i].n) {
                    return false;
                }
            }
            for (int i = 0; i < SE_TOP_OUTS; i++) {
                if (out[i].received < s.out[i].n) {
                    return false;
                }
            }
            return true;
        }
    };

    CData &in_valid(int i) {
        switch (i) {
        case SE_TOP_X:
            return model->s_axis_x_tvalid;
        case SE_TOP_CODE_IN:
            return model->s_axis_code_tvalid;
        case SE_TOP_DTZ:
            return model->s_axis_dtz_tvalid;
        default:
            return model->s_axis_bc_tvalid;
        }
    }
    bool in_ready(int i) {
        switch (i) {
        case SE_TOP_X:
            return model->s_axis_x_tready;
        case SE_TOP_CODE_IN:
            return model->s_axis_code_tready;
        case SE_TOP_DTZ:
            return model->s_axis_dtz_tready;
        default:
            return model->s_axis_bc_tready;
        }
    }
    void in_data(int i, uint32_t word) {
        switch (i) {
        case SE_TOP_X:
            model->s_axis_x_tdata = word;
            break;
        case SE_TOP_CODE_IN:
            model->s_axis_code_tdata = word;
            break;
        case SE_TOP_DTZ:
            model->s_axis_dtz_tdata = word;
            break;
        default:
            model->s_axis_bc_tdata = word;
        }
    }
    CData &out_ready(int i) {
        switch (i) {
        case SE_TOP_CODE:
            return model->m_axis_code_tready;
        case SE_TOP_X_PROJ:
            return model->m_axis_x_proj_tready;
        default:
            return model->m_axis_y_tready;
        }
    }
    struct Beat {
        bool valid, last;
        uint32_t data;
    };
    Beat out_beat(int i) {
        switch (i) {
        case SE_TOP_CODE:
            return {model->m_axis_code_tvalid != 0, model->m_axis_code_tlast != 0,
                    model->m_axis_code_tdata};
        case SE_TOP_X_PROJ:
            return {model->m_axis_x_proj_tvalid != 0, model->m_axis_x_proj_tlast != 0,
                    model->m_axis_x_proj_tdata};
        default:
            return {model->m_axis_y_tvalid != 0, model->m_axis_y_tlast != 0, model->m_axis_y_tdata};
        }
    }

    void quiet() {
        for (int i = 0; i < SE_TOP_INS; i++) {
            in_valid(i) = 0;
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            out_ready(i) = 0;
        }
    }

    // One clock cycle; true when a beat moved.
    bool step(const se_top_streams &s, Run &r) {
        for (int i = 0; i < SE_TOP_INS; i++) {
            const bool offer = r.in[i].offer(in_chance[i], options.idle_percent);
            in_valid(i) = offer;
            if (offer) {
                in_data(i, s.in[i].data[r.in[i].sent]);
            }
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            out_ready(i) = r.out[i].accept(s.out[i].n, out_chance[i], options.stall_percent);
        }
        falling_half();
        bool moved = false;
        for (int i = 0; i < SE_TOP_INS; i++) {
            if (r.in[i].sent == 0) {
                first_cycle[i] = cycle; // until a beat is taken
            }
            moved = r.in[i].look(in_ready(i)) || moved;
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            const size_t k = r.out[i].received;
            const Beat beat = out_beat(i);
            if (r.out[i].look(beat.valid, beat.data | uint64_t{beat.last} << 32, cycle)) {
                moved = true;
                if (k < s.out[i].n) {
                    last_cycle[i] = cycle;
                    s.out[i].data[k] = beat.data;
                    if (s.out[i].last) {
                        s.out[i].last[k] = beat.last;
                    }
                }
            }
        }
        rising_half();
        return moved;
    }

    se_rtl_options options;
    std::vector<Chance> in_chance, out_chance;
    std::array<uint64_t, SE_TOP_INS> first_cycle{};
    std::array<uint64_t, SE_TOP_OUTS> last_cycle{};
};

se_status se_top_open(se_top **top, const se_rtl_options *options, se_error *err) {
    se_status status = check_options(*options, err);
    if (status == SE_OK) {
        *top = new se_top(*options);
    }
    return status;
}

void se_top_close(se_top *top) {
    delete top;
}

bool se_top_write(se_top *top, uint32_t address, uint32_t word) {
    return top->write(address, word, 15);
}

bool se_top_write_bytes(se_top *top, uint32_t address, uint32_t word, unsigned strobe) {
    return top->write(address, word, strobe);
}

bool se_top_read(se_top *top, uint32_t address, uint32_t *word) {
    return top->read(address, word);
}

se_top_bus se_top_registers(se_top *top) {
    const auto write = [](void *target, uint32_t address, uint32_t word, unsigned strobe) {
        return se_top_write_bytes(static_cast<se_top *>(target), address, word, strobe);
    };
    const auto read = [](void *target, uint32_t address, uint32_t *word) {
        return se_top_read(static_cast<se_top *>(target), address, word);
    };
    return {top, write, read};
}

se_status se_top_load(se_top *top, const se_layer *layer, se_error *err) {
    const se_top_bus bus = se_top_registers(top);
    return se_host_load(&bus, layer, err);
}

uint64_t se_top_cycles(const se_top *top) {
    return top->cycles();
}

se_status se_top_run(se_top *top, const se_top_streams *streams, se_error *err) {
    return top->run(*streams, err);
}

uint64_t se_top_run_cycles(const se_top *top, se_top_in from, se_top_out to) {
    return top->run_cycles(from, to);
}

void se_top_disturb(se_top *top, const se_top_streams *streams, unsigned cycles) {
    top->disturb(*streams, cycles);
}

void se_top_reset(se_top *top) {
    top->reset();
}
