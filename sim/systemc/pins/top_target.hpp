// SPDX-License-Identifier: Apache-2.0
// w4a5se_top, Verilated to SystemC, behind TLM-2.0 sockets: one for its registers, one a stream.
#pragma once

#include "axi_lite_adapter.hpp"
#include "axi_stream_adapter.hpp"
#include "top.h"

#include <memory>
#include <vector>

class Vw4a5se_top_pins;
class VerilatedFstSc;

namespace w4a5se {

class TopTarget : public sc_core::sc_module {
  public:
    sc_core::sc_clock aclk;
    sc_core::sc_signal<bool> aresetn{"aresetn"};
    Activity activity{"activity"};
    AxiLiteAdapter registers;
    std::vector<std::unique_ptr<AxiStreamSource>> in; // by se_top_in
    std::vector<std::unique_ptr<AxiStreamSink>> out;  // by se_top_out

    TopTarget(sc_core::sc_module_name name, const se_rtl_options &options);
    ~TopTarget() override;

    // Every signal of the chip into the waveform.
    void trace(VerilatedFstSc &to);

    // Whether a stream has a beat that nobody asked for, or changed one that waited.
    bool beat_left(int stream) const;

  private:
    using Bit = sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS>;
    using Word = sc_core::sc_signal<uint32_t, sc_core::SC_MANY_WRITERS>;

    // The wires of a stream; tlast and the tkeep of codes only where they exist.
    struct Wires {
        Bit tvalid, tready, tlast;
        Word tdata;
    };

    void connect_registers();
    void connect_streams();

    std::unique_ptr<Vw4a5se_top_pins> chip;
    Bit awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
    Word awaddr, wdata, wstrb, bresp, araddr, rdata, rresp, code_tkeep;
    Wires in_wires[SE_TOP_INS], out_wires[SE_TOP_OUTS];
};

} // namespace w4a5se
