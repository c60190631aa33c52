// SPDX-License-Identifier: Apache-2.0
// Rounds a finite value to nearest even and packs it, or packs a special one: the last step of every
// floating-point unit. Underflow is detected after rounding. Combinational.
//
// sig_i is {significand with its hidden bit, guard, round}; below it come zeros, something between
// 0 and one unit of its last place (sticky_i), or exactly one such unit (ones_i; not with sticky_i).
// exponent_i, biased and at least 1, belongs to the hidden bit, which is set unless exponent_i is 1
// (a subnormal result). Shifting for gradual underflow is the caller's.
`default_nettype none

module fp_round_pack #(
    parameter EXPONENT_WIDTH = 8,
    parameter FRACTION_WIDTH = 23
) (
    input  wire                                     sign_i,
    input  wire [                 EXPONENT_WIDTH:0] exponent_i,
    input  wire [                 FRACTION_WIDTH+2:0] sig_i,
    input  wire                                     sticky_i,
    input  wire                                     ones_i,
    // Special results, which overrule the finite one: NaN is the canonical one.
    input  wire                                     nan_i,
    input  wire                                     inf_i,
    input  wire                                     invalid_i,
    input  wire                                     div_by_zero_i,
    output wire [EXPONENT_WIDTH+FRACTION_WIDTH:0] result_o,
    output wire [                              4:0] flags_o
);

  localparam HIDDEN = FRACTION_WIDTH + 2;

  // The unit below may carry through the round and guard bits.
  wire [2:0] low = {1'b0, sig_i[1:0]} + {2'd0, ones_i};
  wire guard = low[1];
  wire round = low[0];
  wire inexact = guard | round | sticky_i;
  wire round_up = low[2] | (guard & (round | sticky_i | sig_i[2]));

  // A hidden zero makes the exponent field 0; a carry out of the fraction moves it on by itself.
  wire hidden = sig_i[HIDDEN];
  wire [EXPONENT_WIDTH:0] exponent_field = exponent_i & {EXPONENT_WIDTH + 1{hidden}};
  wire [EXPONENT_WIDTH+FRACTION_WIDTH:0] rounded;
  increment #(
      .WIDTH(EXPONENT_WIDTH + FRACTION_WIDTH + 1),
      .BLOCK(6)
  ) increment (
      .value_i({exponent_field, sig_i[HIDDEN-1:2]}),
      .carry_i(round_up),
      .value_o(rounded)
  );
  wire [EXPONENT_WIDTH:0] rounded_exponent = rounded[EXPONENT_WIDTH+FRACTION_WIDTH:FRACTION_WIDTH];

  // With an unbounded exponent a hidden zero would round one place further down; only 0.11..1 with
  // both of the next bits set reaches the least normal number from there.
  wire reaches_normal = (&sig_i[HIDDEN-1:2]) & guard & round;
  wire underflow = ~hidden & inexact & ~reaches_normal;

  wire overflow = rounded_exponent[EXPONENT_WIDTH] | (&rounded_exponent[EXPONENT_WIDTH-1:0]);

  wire special = nan_i | inf_i;
  assign result_o[EXPONENT_WIDTH+FRACTION_WIDTH] = sign_i & ~nan_i;
  assign result_o[EXPONENT_WIDTH+FRACTION_WIDTH-1:0] = (special | overflow) ?
      {{EXPONENT_WIDTH{1'b1}}, nan_i, {FRACTION_WIDTH - 1{1'b0}}} :
      rounded[EXPONENT_WIDTH+FRACTION_WIDTH-1:0];
  assign flags_o = {
    invalid_i, div_by_zero_i, {overflow, underflow, inexact | overflow} & {3{~special}}
  };

endmodule

`default_nettype wire
