// SPDX-License-Identifier: Apache-2.0
// Rounds a finite value to nearest even and packs it: the last step of every FP32 unit.
//
// The value is sig_i[26:0] * 2^(exponent_i - 127 - 26); sig_i is {24 bits, guard, round, sticky}.
// Its top bit is set unless exponent_i is 1 (a subnormal result) or the value is 0, so shifting for
// gradual underflow is the caller's. Underflow is detected after rounding. Combinational.
`default_nettype none

module fp32_round_pack (
    input  wire               sign_i,
    input  wire signed [ 9:0] exponent_i,
    input  wire        [26:0] sig_i,
    output wire        [31:0] result_o,
    output wire        [ 4:0] flags_o
);

  wire lsb = sig_i[3];
  wire guard = sig_i[2];
  wire below_guard = |sig_i[1:0];
  wire inexact = guard | below_guard;
  wire round_up = guard & (below_guard | lsb);

  // A hidden zero makes the exponent field 0; a carry out of the fraction moves it on by itself.
  wire [9:0] exponent_field = sig_i[26] ? exponent_i : 10'd0;
  wire [32:0] rounded = {exponent_field, sig_i[25:3]} + {32'd0, round_up};

  // With an unbounded exponent a hidden zero would round one place further down; only 0.11..1 with
  // both of the next bits set reaches the least normal number from there.
  wire reaches_normal = (&sig_i[25:3]) & guard & sig_i[1];
  wire underflow = ~sig_i[26] & inexact & ~reaches_normal;

  wire overflow = sig_i[26] & (rounded[32:23] >= 10'd255);

  assign result_o = overflow ? {sign_i, 8'hFF, 23'd0} : {sign_i, rounded[30:0]};
  assign flags_o  = {2'b00, overflow, underflow, inexact | overflow};

endmodule

`default_nettype wire
