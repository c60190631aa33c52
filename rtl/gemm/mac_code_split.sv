// SPDX-License-Identifier: Apache-2.0
// A cell of a GEMM on dual-scale codes of any ratio: one narrow multiplier and two accumulators, one a
// range; whoever takes the sums joins them (docs/numerics.md, "GEMM on codes").
//
//   flag_i ? acc2_o = acc2_i + weight_i * q_i : acc1_o = acc1_i + weight_i * q_i; the other stays
//
// q_i and flag_i are code_to_int's: Q_WIDTH is CODE_BITS + 2 for any bases, CODE_BITS where both are two's
// complement. One a cycle; it moves while en_i is high. LATENCY 0 combinational; 1 registered result.
// Sums wrap at ACC_WIDTH.
`default_nettype none

module mac_code_split #(
    parameter Q_WIDTH   = 6,
    parameter ACC_WIDTH = 32,
    parameter LATENCY   = 1
) (
    input  wire                        clk_i,
    input  wire                        en_i,
    input  wire signed [          7:0] weight_i,
    input  wire                        flag_i,
    input  wire signed [  Q_WIDTH-1:0] q_i,
    input  wire signed [ACC_WIDTH-1:0] acc1_i,
    input  wire signed [ACC_WIDTH-1:0] acc2_i,
    output wire signed [ACC_WIDTH-1:0] acc1_o,
    output wire signed [ACC_WIDTH-1:0] acc2_o
);

  localparam WIDTH = 8 + Q_WIDTH;

  if (WIDTH > ACC_WIDTH) begin : g_unsupported
    ACC_WIDTH_must_hold_a_product unsupported_configuration ();
  end

  wire signed [WIDTH-1:0] product =
      {{Q_WIDTH{weight_i[7]}}, weight_i} * {{8{q_i[Q_WIDTH-1]}}, q_i};
  wire signed [ACC_WIDTH-1:0] sum =
      (flag_i ? acc2_i : acc1_i) + {{ACC_WIDTH - WIDTH{product[WIDTH-1]}}, product};

  pipe #(
      .WIDTH(2 * ACC_WIDTH),
      .DEPTH(LATENCY)
  ) acc_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({flag_i ? acc1_i : sum, flag_i ? sum : acc2_i}),
      .data_o({acc1_o, acc2_o})
  );

endmodule

`default_nettype wire
