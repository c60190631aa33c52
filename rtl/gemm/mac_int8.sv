// SPDX-License-Identifier: Apache-2.0
// acc_o = acc_i + weight_i * value_i, INT8 by INT8: the cell of an integer GEMM that mac_code_wide and
// mac_code_split are compared with. One a cycle; it moves while en_i is high.
//
// LATENCY 0 combinational; 1 registered result. Sums wrap at ACC_WIDTH.
`default_nettype none

module mac_int8 #(
    parameter ACC_WIDTH = 32,
    parameter LATENCY   = 1
) (
    input  wire                        clk_i,
    input  wire                        en_i,
    input  wire signed [          7:0] weight_i,
    input  wire signed [          7:0] value_i,
    input  wire signed [ACC_WIDTH-1:0] acc_i,
    output wire signed [ACC_WIDTH-1:0] acc_o
);

  wire signed [15:0] product = {{8{weight_i[7]}}, weight_i} * {{8{value_i[7]}}, value_i};

  pipe #(
      .WIDTH(ACC_WIDTH),
      .DEPTH(LATENCY)
  ) acc_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(acc_i + {{ACC_WIDTH - 16{product[15]}}, product}),
      .data_o(acc_o)
  );

endmodule

`default_nettype wire
