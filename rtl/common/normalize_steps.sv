// SPDX-License-Identifier: Apache-2.0
// value_o = the top KEEP bits of value_i << shift_o, where shift_o is the number of zeros above the
// highest one, at most 2^STEPS - 1, and at most limit_i if limited_i; fill_i comes in from below.
// Counting and shifting are one: each step moves 2^k places if as many bits at the top are zero.
// Combinational.
//
// any_lost_o and all_lost_o: some bit, or every bit, that went below value_o is one. The module is
// its first step and, unless that is the last one, itself with a step less.
`default_nettype none

module normalize_steps #(
    parameter WIDTH = 52,
    parameter KEEP  = 26,
    parameter STEPS = 6
) (
    input  wire [WIDTH-1:0] value_i,
    input  wire             fill_i,
    input  wire             limited_i,
    input  wire [STEPS-1:0] limit_i,
    output wire [ KEEP-1:0] value_o,
    output wire             any_lost_o,
    output wire             all_lost_o,
    output wire [STEPS-1:0] shift_o
);

  localparam PLACES = 1 << (STEPS - 1);
  // What the remaining steps, PLACES - 1 places together, can still bring into value_o.
  localparam REACH = KEEP + PLACES - 1;
  localparam NEXT_WIDTH = (WIDTH < REACH) ? WIDTH : REACH;

  // From the top, shift and limit are compared bit by bit: equal so far, the limit still limits.
  wire zeros = ~(|value_i[WIDTH-1-:PLACES]);
  wire move = zeros & (~limited_i | limit_i[STEPS-1]);
  wire limited = limited_i & (move | ~limit_i[STEPS-1]);
  wire [WIDTH-1:0] moved = move ? {value_i[WIDTH-PLACES-1:0], {PLACES{fill_i}}} : value_i;

  wire any_lost;
  wire all_lost;
  if (NEXT_WIDTH < WIDTH) begin : g_lose
    assign any_lost = |moved[WIDTH-NEXT_WIDTH-1:0];
    assign all_lost = &moved[WIDTH-NEXT_WIDTH-1:0];
  end else begin : g_keep
    assign any_lost = 1'b0;
    assign all_lost = 1'b1;
  end

  assign shift_o[STEPS-1] = move;
  if (STEPS == 1) begin : g_last
    wire unused = &{1'b0, limited};
    assign value_o = moved[WIDTH-1-:KEEP];
    assign any_lost_o = any_lost;
    assign all_lost_o = all_lost;
  end else begin : g_rest
    wire any_lost_later;
    wire all_lost_later;
    normalize_steps #(
        .WIDTH(NEXT_WIDTH),
        .KEEP (KEEP),
        .STEPS(STEPS - 1)
    ) rest (
        .value_i   (moved[WIDTH-1-:NEXT_WIDTH]),
        .fill_i    (fill_i),
        .limited_i (limited),
        .limit_i   (limit_i[STEPS-2:0]),
        .value_o   (value_o),
        .any_lost_o(any_lost_later),
        .all_lost_o(all_lost_later),
        .shift_o   (shift_o[STEPS-2:0])
    );
    assign any_lost_o = any_lost | any_lost_later;
    assign all_lost_o = all_lost & all_lost_later;
  end

endmodule

`default_nettype wire
