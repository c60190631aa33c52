// SPDX-License-Identifier: Apache-2.0
// Carry-save adder: sum_o + carry_o = a_i + b_i + c_i modulo 2^WIDTH. Combinational.
`default_nettype none

module csa #(
    parameter WIDTH = 48
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    input  wire [WIDTH-1:0] c_i,
    output wire [WIDTH-1:0] sum_o,
    output wire [WIDTH-1:0] carry_o
);

  wire [WIDTH-1:0] half = a_i ^ b_i;
  wire [WIDTH-1:0] majority = (a_i & b_i) | (c_i & half);

  assign sum_o   = half ^ c_i;
  assign carry_o = {majority[WIDTH-2:0], 1'b0};

  wire unused = &{1'b0, majority[WIDTH-1]};

endmodule

`default_nettype wire
