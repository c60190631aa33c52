// SPDX-License-Identifier: Apache-2.0
// value_o = value_i >> shift_i; sticky_o: some bit that went below it is one. Combinational.
//
// The module is its first step, a shift of 2^(STEPS-1) places or none, and, unless that is the last
// one, itself with a step less.
`default_nettype none

module shift_right_sticky #(
    parameter WIDTH = 26,
    parameter STEPS = 5
) (
    input  wire [WIDTH-1:0] value_i,
    input  wire [STEPS-1:0] shift_i,
    output wire [WIDTH-1:0] value_o,
    output wire             sticky_o
);

  localparam PLACES = 1 << (STEPS - 1);
  localparam FALLING = (PLACES < WIDTH) ? PLACES : WIDTH;

  wire move = shift_i[STEPS-1];
  wire [WIDTH-1:0] moved = move ? value_i >> PLACES : value_i;
  wire lost = move & (|value_i[FALLING-1:0]);

  if (STEPS == 1) begin : g_last
    assign value_o  = moved;
    assign sticky_o = lost;
  end else begin : g_rest
    wire lost_later;
    shift_right_sticky #(
        .WIDTH(WIDTH),
        .STEPS(STEPS - 1)
    ) rest (
        .value_i (moved),
        .shift_i (shift_i[STEPS-2:0]),
        .value_o (value_o),
        .sticky_o(lost_later)
    );
    assign sticky_o = lost | lost_later;
  end

endmodule

`default_nettype wire
