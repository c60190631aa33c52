// SPDX-License-Identifier: Apache-2.0
#include "top.h"

#include "streams.hpp"

#include "w4a5se/fp32.h"

#include "Vw4a5se_top_4.h"

#include <array>

using namespace w4a5se;

struct se_top : Clocked<Vw4a5se_top_4> {
    explicit se_top(const se_rtl_options &o) : Clocked(o), options(o) { reset(); }

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

    // Address and data in either order, or together.
    bool write(uint32_t address, uint32_t word, unsigned strobe) {
        model->s_axi_awaddr = address;
        model->s_axi_wdata = word;
        model->s_axi_wstrb = strobe;
        model->s_axi_awvalid = !chance.percent(options.idle_percent);
        model->s_axi_wvalid = !chance.percent(options.idle_percent);
        bool address_sent = false, data_sent = false;
        for (unsigned i = 0; i < kWatchdogCycles; i++) {
            model->s_axi_bready = !chance.percent(options.stall_percent);
            falling_half();
            const bool address_taken = model->s_axi_awvalid && model->s_axi_awready;
            const bool data_taken = model->s_axi_wvalid && model->s_axi_wready;
            const bool answered = model->s_axi_bvalid && model->s_axi_bready;
            const bool okay = model->s_axi_bresp == 0;
            rising_half();
            address_sent = address_sent || address_taken;
            data_sent = data_sent || data_taken;
            model->s_axi_awvalid = !address_sent;
            model->s_axi_wvalid = !data_sent;
            if (answered) {
                return okay;
            }
        }
        return false;
    }

    bool read(uint32_t address, uint32_t *word) {
        model->s_axi_araddr = address;
        model->s_axi_arvalid = 1;
        for (unsigned i = 0; i < kWatchdogCycles; i++) {
            model->s_axi_rready = !chance.percent(options.stall_percent);
            falling_half();
            const bool taken = model->s_axi_arvalid && model->s_axi_arready;
            const bool answered = model->s_axi_rvalid && model->s_axi_rready;
            const bool okay = model->s_axi_rresp == 0;
            *word = model->s_axi_rdata;
            rising_half();
            model->s_axi_arvalid = model->s_axi_arvalid && !taken;
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
            const bool offer = r.in[i].offer(chance, options.idle_percent);
            in_valid(i) = offer;
            if (offer) {
                in_data(i, s.in[i].data[r.in[i].sent]);
            }
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            r.out[i].ready = !chance.percent(options.stall_percent);
            out_ready(i) = r.out[i].ready;
        }
        falling_half();
        bool moved = false;
        for (int i = 0; i < SE_TOP_INS; i++) {
            moved = r.in[i].look(in_ready(i)) || moved;
        }
        for (int i = 0; i < SE_TOP_OUTS; i++) {
            const size_t k = r.out[i].received;
            const Beat beat = out_beat(i);
            if (r.out[i].look(beat.valid, beat.data | uint64_t{beat.last} << 32, cycle)) {
                moved = true;
                if (k < s.out[i].n) {
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

namespace {

// Writes on, unless one was refused.
struct Writer {
    se_top *top;
    bool refused = false;
    uint32_t address = 0;

    void word(uint32_t to, uint32_t value) {
        if (!refused && !top->write(to, value, 15)) {
            refused = true;
            address = to;
        }
    }
    void number(uint32_t to, float value) { word(to, se_f32_bits(value)); }
};

} // namespace

se_status se_top_load(se_top *top, const se_layer *layer, se_error *err) {
    const se_conv &conv = layer->conv;
    const se_scan &scan = layer->scan;
    const se_quantizer &q = layer->input.quantizers[0];
    Writer w{top};
    w.word(SE_REG_D_INNER, conv.d_inner);
    w.word(SE_REG_GATE, scan.gate);
    w.word(SE_REG_BASE1, static_cast<uint32_t>(q.format.base1));
    w.word(SE_REG_BASE2, static_cast<uint32_t>(q.format.base2));
    w.number(SE_REG_S_WX, conv.s_wx);
    w.number(SE_REG_THR_POS, q.thr_pos);
    w.number(SE_REG_THR_NEG, q.thr_neg);
    w.number(SE_REG_INV_S1, q.inv_s1);
    w.number(SE_REG_INV_S2, q.inv_s2);
    w.number(SE_REG_X_PROJ_INV_S, layer->input.x_proj->inv_s1);
    w.number(SE_REG_S1, q.s1);
    w.number(SE_REG_S2, q.s2);
    w.number(SE_REG_S_DT, scan.s_dt);
    w.number(SE_REG_S_B, scan.s_b);
    w.number(SE_REG_S_C, scan.s_c);
    if (scan.gate) {
        w.number(SE_REG_S_Z, scan.s_z);
    }
    for (size_t c = 0; c < conv.d_inner; c++) {
        uint32_t weights = 0;
        for (int i = 0; i < SE_CONV_WIDTH; i++) {
            weights |= uint32_t{static_cast<uint8_t>(conv.w[c * SE_CONV_WIDTH + i])} << 8 * i;
        }
        w.word(SE_REG_TABLE_CONV + 8 * c, weights);
        w.number(SE_REG_TABLE_CONV + 8 * c + 4, conv.b[c]);
        w.number(SE_REG_TABLE_SKIP + 4 * c, scan.D[c]);
        w.number(SE_REG_TABLE_DT_BIAS + 4 * c, scan.dt_bias[c]);
        for (size_t n = 0; n < scan.d_state; n++) {
            const size_t i = c * scan.d_state + n;
            w.number(SE_REG_TABLE_A + 4 * i, scan.A[i]);
        }
    }
    if (w.refused) {
        return se_fail(err, SE_INVALID, "w4a5se_top refuses the write at 0x%06x", w.address);
    }
    return SE_OK;
}

se_status se_top_run(se_top *top, const se_top_streams *streams, se_error *err) {
    return top->run(*streams, err);
}

void se_top_disturb(se_top *top, const se_top_streams *streams, unsigned cycles) {
    top->disturb(*streams, cycles);
}

void se_top_reset(se_top *top) {
    top->reset();
}
