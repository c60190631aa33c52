// SPDX-License-Identifier: Apache-2.0
// What a division of a_i by b_i begins with: exponent_o, biased, is that of a quotient in [1, 2);
// special_o: the result is known without dividing; marks_o says which one, for rounding: {sign, NaN,
// infinity, invalid, divide by zero}. Combinational.
`default_nettype none

module fp32_div_unpack (
    input  wire        [31:0] a_i,
    input  wire        [31:0] b_i,
    output wire signed [ 9:0] exponent_o,
    output wire               special_o,
    output wire        [ 4:0] marks_o
);

  wire sign = a_i[31] ^ b_i[31];
  assign exponent_o =
      {2'b00, fp32_pkg::exponent(a_i)} - {2'b00, fp32_pkg::exponent(b_i)} + fp32_pkg::BIAS;

  wire zero_a = fp32_pkg::is_zero(a_i);
  wire zero_b = fp32_pkg::is_zero(b_i);
  wire inf_a = fp32_pkg::is_inf(a_i);
  wire inf_b = fp32_pkg::is_inf(b_i);
  wire nan_operand = fp32_pkg::is_nan(a_i) | fp32_pkg::is_nan(b_i);
  wire invalid = fp32_pkg::is_signalling_nan(a_i) | fp32_pkg::is_signalling_nan(b_i) |
                 (zero_a & zero_b) | (inf_a & inf_b);
  wire nan = nan_operand | invalid;
  wire div_by_zero = zero_b & ~zero_a & ~inf_a & ~nan;
  wire inf = inf_a | zero_b;

  assign special_o = nan | inf | zero_a | inf_b;
  assign marks_o = {sign, nan, inf, invalid, div_by_zero};

endmodule

`default_nettype wire
