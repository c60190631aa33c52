// SPDX-License-Identifier: Apache-2.0
// shift_right_sticky, kept apart in synthesis: with what is around it abc finds another structure at
// each width, up to half as large again. Combinational.
`default_nettype none

(* keep_hierarchy *)
module shift_right_apart #(
    parameter WIDTH = 26,
    parameter STEPS = 5
) (
    input  wire [WIDTH-1:0] value_i,
    input  wire [STEPS-1:0] shift_i,
    output wire [WIDTH-1:0] value_o,
    output wire             sticky_o
);

  shift_right_sticky #(
      .WIDTH(WIDTH),
      .STEPS(STEPS)
  ) shift (
      .value_i (value_i),
      .shift_i (shift_i),
      .value_o (value_o),
      .sticky_o(sticky_o)
  );

endmodule

`default_nettype wire
