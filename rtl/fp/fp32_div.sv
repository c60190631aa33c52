// SPDX-License-Identifier: Apache-2.0
// result_o = fl(a_i / b_i), IEEE-754 binary32 to nearest even with gradual underflow and flags
// (docs/numerics.md, "Arithmetic"). Beats by valid and ready.
//
// PIPELINED 0: small; one division at a time, 27 or 28 cycles (subnormal operands up to 74, special
// cases 1). PIPELINED 1: one a cycle, BITS_PER_STAGE quotient bits in each of its stages.
`default_nettype none

module fp32_div #(
    parameter PIPELINED = 0,
    parameter BITS_PER_STAGE = 3
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        valid_i,
    output wire        ready_o,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    output wire        valid_o,
    input  wire        ready_i,
    output wire [31:0] result_o,
    output wire [ 4:0] flags_o
);

  // Unpack. The exponent is the quotient's, if it is in [1, 2).
  wire sign = a_i[31] ^ b_i[31];
  wire signed [9:0] exponent =
      {2'b00, fp32_pkg::exponent(a_i)} - {2'b00, fp32_pkg::exponent(b_i)} + fp32_pkg::BIAS;

  // Special cases. A zero or an infinity needs no division.
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
  wire special = nan | inf | zero_a | inf_b;

  // Divide.
  localparam MARKS = 5;
  wire [25:0] sig;
  wire sticky;
  wire signed [9:0] sig_exponent;
  wire sign_q;
  wire nan_q;
  wire inf_q;
  wire invalid_q;
  wire div_by_zero_q;
  if (PIPELINED != 0) begin : g_pipelined
    divide_pipelined #(
        .BITS_PER_STAGE(BITS_PER_STAGE),
        .MARKS(MARKS)
    ) divide (
        .clk_i     (clk_i),
        .rst_ni    (rst_ni),
        .valid_i   (valid_i),
        .ready_o   (ready_o),
        .dividend_i(fp32_pkg::significand(a_i)),
        .divisor_i (fp32_pkg::significand(b_i)),
        .exponent_i(exponent),
        .zero_i    (special),
        .marks_i   ({sign, nan, inf, invalid, div_by_zero}),
        .valid_o   (valid_o),
        .ready_i   (ready_i),
        .sig_o     (sig),
        .sticky_o  (sticky),
        .exponent_o(sig_exponent),
        .marks_o   ({sign_q, nan_q, inf_q, invalid_q, div_by_zero_q})
    );
  end else begin : g_iterative
    divide_iterative #(
        .MARKS(MARKS)
    ) divide (
        .clk_i     (clk_i),
        .rst_ni    (rst_ni),
        .valid_i   (valid_i),
        .ready_o   (ready_o),
        .dividend_i(fp32_pkg::significand(a_i)),
        .divisor_i (fp32_pkg::significand(b_i)),
        .exponent_i(exponent),
        .zero_i    (special),
        .marks_i   ({sign, nan, inf, invalid, div_by_zero}),
        .valid_o   (valid_o),
        .ready_i   (ready_i),
        .sig_o     (sig),
        .sticky_o  (sticky),
        .exponent_o(sig_exponent),
        .marks_o   ({sign_q, nan_q, inf_q, invalid_q, div_by_zero_q})
    );
  end

  // Round and pack.
  fp_round_pack round_pack (
      .sign_i       (sign_q),
      .exponent_i   (sig_exponent[8:0]),
      .sig_i        (sig),
      .sticky_i     (sticky),
      .ones_i       (1'b0),
      .nan_i        (nan_q),
      .inf_i        (inf_q),
      .invalid_i    (invalid_q),
      .div_by_zero_i(div_by_zero_q),
      .result_o     (result_o),
      .flags_o      (flags_o)
  );
  wire unused = &{1'b0, sig_exponent[9]};

endmodule

`default_nettype wire
