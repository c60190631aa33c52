// SPDX-License-Identifier: Apache-2.0
// result_o = fl(a_i * b_i), IEEE-754 binary32 to nearest even with gradual underflow and flags
// (docs/numerics.md, "Arithmetic"). One result a cycle; it moves while en_i is high.
//
// LATENCY 0 combinational; 1 registered result; 2 also between product and rounding; 3 also operands.
`default_nettype none

module fp32_mul #(
    parameter LATENCY = 2
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    output wire [31:0] result_o,
    output wire [ 4:0] flags_o
);

  if (LATENCY < 0 || LATENCY > 3) begin : g_unsupported
    LATENCY_must_be_0_to_3 unsupported_configuration ();
  end

  localparam OUT_REGS = (LATENCY >= 1) ? 1 : 0;
  localparam MIDDLE_REGS = (LATENCY >= 2) ? 1 : 0;
  localparam IN_REGS = (LATENCY >= 3) ? 1 : 0;

  wire [31:0] a;
  wire [31:0] b;
  pipe #(
      .WIDTH(64),
      .DEPTH(IN_REGS)
  ) in_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({a_i, b_i}),
      .data_o({a, b})
  );

  // Unpack. A subnormal operand keeps its leading zeros; they are shifted out of the product.
  wire sign = a[31] ^ b[31];
  wire [23:0] sig_a = fp32_pkg::significand(a);
  wire [23:0] sig_b = fp32_pkg::significand(b);
  wire [4:0] zeros_a;
  wire [4:0] zeros_b;
  lzc #(.WIDTH(24)) lzc_a (.data_i(sig_a), .count_o(zeros_a));
  lzc #(.WIDTH(24)) lzc_b (.data_i(sig_b), .count_o(zeros_b));

  // Special cases.
  wire zero_times_inf = (fp32_pkg::is_zero(a) & fp32_pkg::is_inf(b)) |
                        (fp32_pkg::is_inf(a) & fp32_pkg::is_zero(b));
  wire nan = fp32_pkg::is_nan(a) | fp32_pkg::is_nan(b) | zero_times_inf;
  wire invalid = fp32_pkg::is_signalling_nan(a) | fp32_pkg::is_signalling_nan(b) | zero_times_inf;
  wire inf = fp32_pkg::is_inf(a) | fp32_pkg::is_inf(b);

  // Multiply: 48 bits, worth product * 2^(exponent - 127 - 47).
  wire [47:0] product = sig_a * sig_b;
  wire signed [9:0] exponent =
      {2'b0, fp32_pkg::exponent(a)} + {2'b0, fp32_pkg::exponent(b)} - (fp32_pkg::BIAS - 10'd1);

  // Left shift that removes the leading zeros, as far as the exponent stays 1 or above; where the
  // exponent is below 1 already, a right shift brings it there.
  wire signed [9:0] room = exponent - 10'sd1;
  wire signed [9:0] zeros = {5'd0, zeros_a} + {5'd0, zeros_b};
  wire room_for_zeros = zeros <= room;
  wire signed [9:0] shift = room_for_zeros ? zeros : room;
  wire signed [9:0] shifted_exponent = room_for_zeros ? exponent - zeros : 10'sd1;

  wire [47:0] product_q;
  wire signed [9:0] shift_q;
  wire signed [9:0] exponent_q;
  wire sign_q;
  wire nan_q;
  wire invalid_q;
  wire inf_q;
  pipe #(
      .WIDTH(72),
      .DEPTH(MIDDLE_REGS)
  ) middle_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({product, shift, shifted_exponent, sign, nan, invalid, inf}),
      .data_o({product_q, shift_q, exponent_q, sign_q, nan_q, invalid_q, inf_q})
  );

  // Shift. 26 places to the right leave only sticky bits.
  localparam signed [9:0] SHIFT_RIGHT_MAX = 10'sd26;
  wire signed [9:0] right = -shift_q;
  wire [4:0] right_amount = (right > SHIFT_RIGHT_MAX) ? SHIFT_RIGHT_MAX[4:0] : right[4:0];
  wire [73:0] shifted_right = {product_q, 26'd0} >> right_amount;
  wire [47:0] shifted_left = product_q << shift_q[5:0];
  wire [47:0] coarse = shift_q[9] ? shifted_right[73:26] : shifted_left;
  wire lost = shift_q[9] & (|shifted_right[25:0]);

  // Normalise: the product of two significands in [1, 2) may still begin one place lower.
  wire lower = ~coarse[47] & (exponent_q > 10'sd1);
  wire [47:0] normal = lower ? {coarse[46:0], 1'b0} : coarse;
  wire signed [9:0] normal_exponent = lower ? exponent_q - 10'sd1 : exponent_q;

  // Round and pack.
  wire [31:0] finite;
  wire [4:0] finite_flags;
  fp32_round_pack round_pack (
      .sign_i    (sign_q),
      .exponent_i(normal_exponent),
      .sig_i     ({normal[47:22], (|normal[21:0]) | lost}),
      .result_o  (finite),
      .flags_o   (finite_flags)
  );

  wire [31:0] result = nan_q ? fp32_pkg::CANONICAL_NAN : inf_q ? {sign_q, 8'hFF, 23'd0} : finite;
  wire [4:0] flags = (nan_q | inf_q) ? (invalid_q ? fp32_pkg::INVALID : 5'd0) : finite_flags;

  pipe #(
      .WIDTH(37),
      .DEPTH(OUT_REGS)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({result, flags}),
      .data_o({result_o, flags_o})
  );

endmodule

`default_nettype wire
