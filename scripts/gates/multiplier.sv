// SPDX-License-Identifier: Apache-2.0
// A yardstick for published energies: an integer multiplication of signed numbers.
`default_nettype none

module multiplier #(
    parameter WIDTH = 8
) (
    input  wire signed [  WIDTH-1:0] a_i,
    input  wire signed [  WIDTH-1:0] b_i,
    output wire signed [2*WIDTH-1:0] product_o
);

  assign product_o = a_i * b_i;

endmodule

`default_nettype wire
