// SPDX-License-Identifier: Apache-2.0
// result_o = fl(num_i / fl(1 + exp(-x_i))): num_i times the logistic function of x_i
// (docs/numerics.md, "SiLU and softplus"). No flags. One result a cycle, latency
// fp32_pkg::GATE_LATENCY; it moves while en_i is high.
`default_nettype none

module fp32_gate (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] num_i,
    input  wire [31:0] x_i,
    output wire [31:0] result_o
);

  localparam EXP_LATENCY = 6;
  localparam ADD_LATENCY = 2;
  localparam BITS_PER_STAGE = 3;
  localparam LATENCY = EXP_LATENCY + ADD_LATENCY + 2 + 27 / BITS_PER_STAGE;
  if (LATENCY != fp32_pkg::GATE_LATENCY) begin : g_unsupported
    GATE_LATENCY_must_be_that_of_the_units unsupported_configuration ();
  end

  wire [31:0] power;
  fp32_exp #(
      .LATENCY(EXP_LATENCY)
  ) exp (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .x_i     ({~x_i[31], x_i[30:0]}),
      .result_o(power)
  );

  wire [31:0] denominator;
  wire [4:0] unused_add_flags;
  fp32_add #(
      .LATENCY(ADD_LATENCY)
  ) add (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (fp32_pkg::ONE),
      .b_i     (power),
      .sub_i   (1'b0),
      .result_o(denominator),
      .flags_o (unused_add_flags)
  );

  wire [31:0] numerator;
  pipe #(
      .WIDTH(32),
      .DEPTH(EXP_LATENCY + ADD_LATENCY)
  ) num_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(num_i),
      .data_o(numerator)
  );

  wire [4:0] unused_quotient_flags;
  fp32_quotient #(
      .BITS_PER_STAGE(BITS_PER_STAGE)
  ) quotient (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (numerator),
      .b_i     (denominator),
      .result_o(result_o),
      .flags_o (unused_quotient_flags)
  );

  wire unused = &{1'b0, unused_add_flags, unused_quotient_flags};

endmodule

`default_nettype wire
