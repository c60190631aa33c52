// SPDX-License-Identifier: Apache-2.0
#include "top_target.hpp"

#include "Vw4a5se_top_pins.h"

#include <verilated_fst_sc.h>

namespace w4a5se {

TopTarget::TopTarget(sc_core::sc_module_name name, const se_rtl_options &options)
    : sc_module(name), aclk("aclk", 10, sc_core::SC_NS, 0.5, 5, sc_core::SC_NS),
      registers("registers", options, activity) {
    static const char *const in_names[] = {"x", "code_in", "dtz", "bc"};
    static const char *const out_names[] = {"code", "x_proj", "y"};
    for (int i = 0; i < SE_TOP_INS; i++) {
        in.push_back(std::make_unique<AxiStreamSource>(in_names[i], options, i, activity));
    }
    for (int i = 0; i < SE_TOP_OUTS; i++) {
        out.push_back(
            std::make_unique<AxiStreamSink>(out_names[i], options, SE_TOP_INS + i, activity));
    }
    chip = std::make_unique<Vw4a5se_top_pins>("chip");
    activity.aclk(aclk);
    chip->aclk(aclk);
    chip->aresetn(aresetn);
    connect_registers();
    connect_streams();
}

TopTarget::~TopTarget() {
    chip->final();
}

void TopTarget::trace(VerilatedFstSc &to) {
    chip->trace(&to, 99);
}

bool TopTarget::beat_left(int stream) const {
    return out_wires[stream].tvalid || out[stream]->changed_while_waiting;
}

void TopTarget::connect_registers() {
    const auto wire = [](auto &adapter_port, auto &chip_port, auto &signal) {
        adapter_port(signal);
        chip_port(signal);
    };
    registers.aclk(aclk);
    wire(registers.awvalid, chip->s_axi_awvalid, awvalid);
    wire(registers.awready, chip->s_axi_awready, awready);
    wire(registers.awaddr, chip->s_axi_awaddr, awaddr);
    wire(registers.wvalid, chip->s_axi_wvalid, wvalid);
    wire(registers.wready, chip->s_axi_wready, wready);
    wire(registers.wdata, chip->s_axi_wdata, wdata);
    wire(registers.wstrb, chip->s_axi_wstrb, wstrb);
    wire(registers.bvalid, chip->s_axi_bvalid, bvalid);
    wire(registers.bready, chip->s_axi_bready, bready);
    wire(registers.bresp, chip->s_axi_bresp, bresp);
    wire(registers.arvalid, chip->s_axi_arvalid, arvalid);
    wire(registers.arready, chip->s_axi_arready, arready);
    wire(registers.araddr, chip->s_axi_araddr, araddr);
    wire(registers.rvalid, chip->s_axi_rvalid, rvalid);
    wire(registers.rready, chip->s_axi_rready, rready);
    wire(registers.rdata, chip->s_axi_rdata, rdata);
    wire(registers.rresp, chip->s_axi_rresp, rresp);
}

void TopTarget::connect_streams() {
    const auto connect = [this](auto &adapter, Wires &wires, auto &valid, auto &ready, auto &data) {
        adapter->aclk(aclk);
        adapter->tvalid(wires.tvalid);
        adapter->tready(wires.tready);
        adapter->tdata(wires.tdata);
        valid(wires.tvalid);
        ready(wires.tready);
        data(wires.tdata);
    };
    const auto connect_last = [](auto &adapter, Wires &wires, auto &last) {
        adapter->tlast(wires.tlast);
        last(wires.tlast);
    };
    connect(in[SE_TOP_X], in_wires[SE_TOP_X], chip->s_axis_x_tvalid, chip->s_axis_x_tready,
            chip->s_axis_x_tdata);
    connect(in[SE_TOP_CODE_IN], in_wires[SE_TOP_CODE_IN], chip->s_axis_code_tvalid,
            chip->s_axis_code_tready, chip->s_axis_code_tdata);
    connect(in[SE_TOP_DTZ], in_wires[SE_TOP_DTZ], chip->s_axis_dtz_tvalid, chip->s_axis_dtz_tready,
            chip->s_axis_dtz_tdata);
    connect(in[SE_TOP_BC], in_wires[SE_TOP_BC], chip->s_axis_bc_tvalid, chip->s_axis_bc_tready,
            chip->s_axis_bc_tdata);
    connect(out[SE_TOP_CODE], out_wires[SE_TOP_CODE], chip->m_axis_code_tvalid,
            chip->m_axis_code_tready, chip->m_axis_code_tdata);
    connect(out[SE_TOP_X_PROJ], out_wires[SE_TOP_X_PROJ], chip->m_axis_x_proj_tvalid,
            chip->m_axis_x_proj_tready, chip->m_axis_x_proj_tdata);
    connect(out[SE_TOP_Y], out_wires[SE_TOP_Y], chip->m_axis_y_tvalid, chip->m_axis_y_tready,
            chip->m_axis_y_tdata);
    connect_last(out[SE_TOP_CODE], out_wires[SE_TOP_CODE], chip->m_axis_code_tlast);
    connect_last(out[SE_TOP_X_PROJ], out_wires[SE_TOP_X_PROJ], chip->m_axis_x_proj_tlast);
    connect_last(out[SE_TOP_Y], out_wires[SE_TOP_Y], chip->m_axis_y_tlast);
    chip->m_axis_code_tkeep(code_tkeep);
}

} // namespace w4a5se
