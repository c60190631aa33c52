// SPDX-License-Identifier: Apache-2.0
// A yardstick for the scale MUX: what the choice of one of two scales takes, without the multiplier
// behind it.
`default_nettype none

module scale_select #(
    parameter WIDTH = 32
) (
    input  wire             flag_i,
    input  wire [WIDTH-1:0] s1_i,
    input  wire [WIDTH-1:0] s2_i,
    output wire [WIDTH-1:0] scale_o
);

  assign scale_o = flag_i ? s2_i : s1_i;

endmodule

`default_nettype wire
