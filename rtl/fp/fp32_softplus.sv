// SPDX-License-Identifier: Apache-2.0
// result_o = fl(max(x_i, 0) + log1p(exp(-|x_i|))) (docs/numerics.md, "SiLU and softplus"). No flags.
// One result a cycle, latency fp32_pkg::SOFTPLUS_LATENCY; it moves while en_i is high.
`default_nettype none

module fp32_softplus (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] x_i,
    output wire [31:0] result_o
);

  localparam EXP_LATENCY = 6;
  localparam LOG1P_LATENCY = 6;
  localparam ADD_LATENCY = 2;
  localparam LATENCY = EXP_LATENCY + LOG1P_LATENCY + ADD_LATENCY;
  if (LATENCY != fp32_pkg::SOFTPLUS_LATENCY) begin : g_unsupported
    SOFTPLUS_LATENCY_must_be_that_of_the_units unsupported_configuration ();
  end

  wire [31:0] power;
  fp32_exp #(
      .LATENCY(EXP_LATENCY)
  ) exp (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .x_i     ({1'b1, x_i[30:0]}),
      .result_o(power)
  );

  wire [31:0] bend;
  fp32_log1p #(
      .LATENCY(LOG1P_LATENCY)
  ) log1p (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .x_i     (power),
      .result_o(bend)
  );

  // max(x, 0) is never negative. Of a NaN it does not matter: the bend is one as well.
  wire [30:0] line;
  pipe #(
      .WIDTH(31),
      .DEPTH(EXP_LATENCY + LOG1P_LATENCY)
  ) line_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(x_i[30:0] & {31{~x_i[31]}}),
      .data_o(line)
  );

  wire [4:0] unused_flags;
  fp32_add #(
      .LATENCY(ADD_LATENCY)
  ) add (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     ({1'b0, line}),
      .b_i     (bend),
      .sub_i   (1'b0),
      .result_o(result_o),
      .flags_o (unused_flags)
  );

  wire unused = &{1'b0, unused_flags};

endmodule

`default_nettype wire
