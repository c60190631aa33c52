// SPDX-License-Identifier: Apache-2.0
// A cell of a GEMM on dual-scale codes whose ratio is 2^LOG2_RATIO: the flag shifts the integer, and one
// wider multiplier serves both ranges (docs/numerics.md, "GEMM on codes").
//
//   acc_o = acc_i + weight_i * (flag_i ? q_i << LOG2_RATIO : q_i)
//
// q_i and flag_i are code_to_int's: Q_WIDTH is CODE_BITS + 2 for any bases, CODE_BITS where both are two's
// complement. One a cycle; it moves while en_i is high. LATENCY 0 combinational; 1 registered result.
// Sums wrap at ACC_WIDTH.
`default_nettype none

module mac_code_wide #(
    parameter Q_WIDTH    = 6,
    parameter LOG2_RATIO = 2,
    parameter ACC_WIDTH  = 32,
    parameter LATENCY    = 1
) (
    input  wire                        clk_i,
    input  wire                        en_i,
    input  wire signed [          7:0] weight_i,
    input  wire                        flag_i,
    input  wire signed [  Q_WIDTH-1:0] q_i,
    input  wire signed [ACC_WIDTH-1:0] acc_i,
    output wire signed [ACC_WIDTH-1:0] acc_o
);

  localparam VALUE_WIDTH = Q_WIDTH + LOG2_RATIO;
  localparam WIDTH = 8 + VALUE_WIDTH;

  if (LOG2_RATIO < 1 || LOG2_RATIO > 7 || WIDTH > ACC_WIDTH) begin : g_unsupported
    LOG2_RATIO_must_be_1_to_7_and_ACC_WIDTH_hold_a_product unsupported_configuration ();
  end

  wire signed [VALUE_WIDTH-1:0] value =
      flag_i ? {q_i, {LOG2_RATIO{1'b0}}} : {{LOG2_RATIO{q_i[Q_WIDTH-1]}}, q_i};
  wire signed [WIDTH-1:0] product =
      {{VALUE_WIDTH{weight_i[7]}}, weight_i} * {{8{value[VALUE_WIDTH-1]}}, value};

  pipe #(
      .WIDTH(ACC_WIDTH),
      .DEPTH(LATENCY)
  ) acc_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(acc_i + {{ACC_WIDTH - WIDTH{product[WIDTH-1]}}, product}),
      .data_o(acc_o)
  );

endmodule

`default_nettype wire
