// SPDX-License-Identifier: Apache-2.0
// A yardstick for published energies: an integer addition.
`default_nettype none

module adder #(
    parameter WIDTH = 32
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    output wire [WIDTH-1:0] sum_o
);

  assign sum_o = a_i + b_i;

endmodule

`default_nettype wire
