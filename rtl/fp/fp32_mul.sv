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

  // Unpack and special cases.
  wire sign = a[31] ^ b[31];
  wire inf = fp32_pkg::is_inf(a) | fp32_pkg::is_inf(b);
  wire zero_times_inf = inf & (fp32_pkg::is_zero(a) | fp32_pkg::is_zero(b));
  wire nan = fp32_pkg::is_nan(a) | fp32_pkg::is_nan(b) | zero_times_inf;
  wire invalid = fp32_pkg::is_signalling_nan(a) | fp32_pkg::is_signalling_nan(b) | zero_times_inf;

  // Multiply.
  wire [48:0] product;
  multiply_add_24 multiply (
      .a_i     (fp32_pkg::significand(a)),
      .b_i     (fp32_pkg::significand(b)),
      .addend_i(48'd0),
      .sum_o   (product)
  );

  // Biased exponent of the product's top bit. Where it is below 1, or would be with the leading
  // zeros of subnormal factors shifted out, the product starts 26 places further right, so that
  // normalising it is a left shift all the same. What is still below 1 then is sticky.
  localparam [9:0] ROOM_RIGHT = 10'd26;
  wire signed [9:0] exponent =
      {2'b00, fp32_pkg::exponent(a)} + {2'b00, fp32_pkg::exponent(b)} - (fp32_pkg::BIAS - 10'd1);

  wire [47:0] product_q;
  wire signed [9:0] exponent_q;
  wire sign_q;
  wire nan_q;
  wire inf_q;
  wire invalid_q;
  pipe #(
      .WIDTH(62),
      .DEPTH(MIDDLE_REGS)
  ) middle_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({product[47:0], exponent, sign, nan, inf, invalid}),
      .data_o({product_q, exponent_q, sign_q, nan_q, inf_q, invalid_q})
  );

  wire right = exponent_q[9] | ~(|exponent_q);
  wire signed [9:0] right_exponent = exponent_q + ROOM_RIGHT;
  wire far = right_exponent[9] | ~(|right_exponent);
  wire [8:0] start = ~right ? exponent_q[8:0] : far ? 9'd1 : right_exponent[8:0];

  // Normalise.
  wire [25:0] sig;
  wire [8:0] sig_exponent;
  wire sticky;
  wire sig_ones;
  fp32_normalize #(
      .WIDTH(51),
      .STEPS(6)
  ) normalize (
      .value_i   (right ? {26'd0, product_q[47:23]} : {product_q, 3'd0}),
      .sticky_i  (right & (|product_q[22:0])),
      .ones_i    (1'b0),
      .exponent_i(start),
      .sig_o     (sig),
      .sticky_o  (sticky),
      .ones_o    (sig_ones),
      .exponent_o(sig_exponent)
  );

  // Round and pack.
  wire [31:0] result;
  wire [4:0] flags;
  fp_round_pack round_pack (
      .sign_i       (sign_q),
      .exponent_i   (sig_exponent),
      .sig_i        (sig),
      .sticky_i     (sticky),
      .ones_i       (sig_ones),
      .nan_i        (nan_q),
      .inf_i        (inf_q),
      .invalid_i    (invalid_q),
      .div_by_zero_i(1'b0),
      .result_o     (result),
      .flags_o      (flags)
  );

  pipe #(
      .WIDTH(37),
      .DEPTH(OUT_REGS)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({result, flags}),
      .data_o({result_o, flags_o})
  );

  wire unused = &{1'b0, product[48]};

endmodule

`default_nettype wire
