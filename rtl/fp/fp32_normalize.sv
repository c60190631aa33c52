// SPDX-License-Identifier: Apache-2.0
// Shifts value_i left until its top bit is set or the exponent has come down to 1, where subnormal
// numbers begin, and keeps the 26 bits that rounding looks at. Combinational.
//
// value_i is followed by zeros, by something between 0 and one unit of its last place (sticky_i), or
// by an endless run of ones, which is one unit exactly (ones_i; not with sticky_i); sig_o likewise.
// exponent_i, at least 1, belongs to the top bit. The module is its first step, a shift of
// 2^(STEPS-1) places or none, and itself with a step less.
`default_nettype none

module fp32_normalize #(
    parameter WIDTH = 52,
    parameter STEPS = 6
) (
    input  wire [WIDTH-1:0] value_i,
    input  wire             sticky_i,
    input  wire             ones_i,
    input  wire [      8:0] exponent_i,
    output wire [     25:0] sig_o,
    output wire             sticky_o,
    output wire             ones_o,
    output wire [      8:0] exponent_o
);

  wire [STEPS-1:0] shift;
  wire any_lost;
  wire all_lost;

  // The places to go before the exponent is 1 limit the shift, if that many places can be gone.
  wire [8:0] room = exponent_i - 9'd1;

  normalize_steps #(
      .WIDTH(WIDTH),
      .KEEP (26),
      .STEPS(STEPS)
  ) steps (
      .value_i(value_i),
      .fill_i (ones_i),
      .limited_i(~(|room[8:STEPS])),
      .limit_i(room[STEPS-1:0]),
      .value_o(sig_o),
      .any_lost_o(any_lost),
      .all_lost_o(all_lost),
      .shift_o(shift)
  );

  assign sticky_o = sticky_i | (ones_i ? ~all_lost : any_lost);
  assign ones_o = ones_i & all_lost;
  assign exponent_o = exponent_i - {{9 - STEPS{1'b0}}, shift};

endmodule

`default_nettype wire
