// SPDX-License-Identifier: Apache-2.0
// result_o = fl(x_i / fl(1 + exp(-x_i))) (docs/numerics.md, "SiLU and softplus"). No flags. One
// result a cycle, latency fp32_pkg::GATE_LATENCY; it moves while en_i is high.
`default_nettype none

module fp32_silu (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] x_i,
    output wire [31:0] result_o
);

  fp32_gate gate (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .num_i   (x_i),
      .x_i     (x_i),
      .result_o(result_o)
  );

endmodule

`default_nettype wire
