// SPDX-License-Identifier: Apache-2.0
// Dual-scale MUX: code to FP32 activation u = fl((float)q * s), s = flag ? s2 : s1
// (docs/numerics.md, "Dequantiser"). Latency 3, one value a cycle.
//
// The configuration must hold still while codes are in flight.
`default_nettype none

module scale_mux #(
    parameter CODE_BITS = 4
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [       31:0] s1_i,
    input wire        [       31:0] s2_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,

    input  wire               valid_i,
    output wire               ready_o,
    input  wire [CODE_BITS:0] code_i,

    output wire        valid_o,
    input  wire        ready_i,
    output wire [31:0] value_o
);

  if (CODE_BITS < 4 || CODE_BITS > 8) begin : g_unsupported
    CODE_BITS_must_be_4_to_8 unsupported_configuration ();
  end

  wire en;
  valid_pipe #(
      .DEPTH(3)
  ) handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(valid_i),
      .ready_o(ready_o),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .en_o   (en)
  );

  dequantizer #(
      .CODE_BITS(CODE_BITS)
  ) dequantize (
      .clk_i  (clk_i),
      .en_i   (en),
      .s1_i   (s1_i),
      .s2_i   (s2_i),
      .base1_i(base1_i),
      .base2_i(base2_i),
      .code_i (code_i),
      .value_o(value_o)
  );

endmodule

`default_nettype wire
