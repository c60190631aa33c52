// SPDX-License-Identifier: Apache-2.0
// A yardstick for the scale lookups: what one comparator takes.
`default_nettype none

module comparator #(
    parameter WIDTH = 32
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    output wire             less_o
);

  assign less_o = a_i < b_i;

endmodule

`default_nettype wire
