// SPDX-License-Identifier: Apache-2.0
// result_o = fl(a_i / b_i), IEEE-754 binary32 to nearest even with gradual underflow and flags
// (docs/numerics.md, "Arithmetic"). One result a cycle, latency 2 + 27 / BITS_PER_STAGE; it moves
// while en_i is high. With a handshake, or small: fp32_div.
`default_nettype none

module fp32_quotient #(
    parameter BITS_PER_STAGE = 3
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    output wire [31:0] result_o,
    output wire [ 4:0] flags_o
);

  // Unpack and special cases.
  wire signed [9:0] exponent;
  wire special;
  wire [4:0] marks;
  fp32_div_unpack unpack (
      .a_i       (a_i),
      .b_i       (b_i),
      .exponent_o(exponent),
      .special_o (special),
      .marks_o   (marks)
  );

  // Divide.
  wire [25:0] sig;
  wire sticky;
  wire signed [9:0] sig_exponent;
  wire [4:0] marks_q;
  divide_pipelined #(
      .BITS_PER_STAGE(BITS_PER_STAGE),
      .MARKS(5)
  ) divide (
      .clk_i     (clk_i),
      .en_i      (en_i),
      .dividend_i(fp32_pkg::significand(a_i)),
      .divisor_i (fp32_pkg::significand(b_i)),
      .exponent_i(exponent),
      .zero_i    (special),
      .marks_i   (marks),
      .sig_o     (sig),
      .sticky_o  (sticky),
      .exponent_o(sig_exponent),
      .marks_o   (marks_q)
  );

  // Round and pack.
  fp_round_pack round_pack (
      .sign_i       (marks_q[4]),
      .exponent_i   (sig_exponent[8:0]),
      .sig_i        (sig),
      .sticky_i     (sticky),
      .ones_i       (1'b0),
      .nan_i        (marks_q[3]),
      .inf_i        (marks_q[2]),
      .invalid_i    (marks_q[1]),
      .div_by_zero_i(marks_q[0]),
      .result_o     (result_o),
      .flags_o      (flags_o)
  );
  wire unused = &{1'b0, sig_exponent[9]};

endmodule

`default_nettype wire
