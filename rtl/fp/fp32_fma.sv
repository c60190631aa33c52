// SPDX-License-Identifier: Apache-2.0
// result_o = fl(a_i * b_i + c_i) with one rounding, IEEE-754 binary32 to nearest even with gradual
// underflow and flags (docs/numerics.md, "Arithmetic"). One result a cycle; it moves while en_i is
// high.
//
// LATENCY 0 combinational; 1 registered result; 2 also between sum and normalisation; 3 also
// operands.
`default_nettype none

module fp32_fma #(
    parameter LATENCY = 2
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    input  wire [31:0] c_i,
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
  wire [31:0] c;
  pipe #(
      .WIDTH(64),
      .DEPTH(IN_REGS)
  ) in_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({a_i, b_i}),
      .data_o({a, b})
  );
  pipe #(
      .WIDTH(32),
      .DEPTH(IN_REGS)
  ) in_pipe_c (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(c_i),
      .data_o(c)
  );

  // Unpack.
  wire sign_product = a[31] ^ b[31];
  wire subtract = sign_product ^ c[31];
  wire [23:0] sig_c = fp32_pkg::significand(c);
  wire product_is_zero = fp32_pkg::is_zero(a) | fp32_pkg::is_zero(b);

  // Special cases.
  wire product_inf = fp32_pkg::is_inf(a) | fp32_pkg::is_inf(b);
  wire invalid_product = product_inf & product_is_zero;
  wire inf = product_inf | fp32_pkg::is_inf(c);
  wire nan_operand = fp32_pkg::is_nan(a) | fp32_pkg::is_nan(b) | fp32_pkg::is_nan(c);
  wire signalling = fp32_pkg::is_signalling_nan(a) | fp32_pkg::is_signalling_nan(b) |
                    fp32_pkg::is_signalling_nan(c);
  wire opposite_infs = product_inf & fp32_pkg::is_inf(c) & subtract;
  wire invalid = signalling | invalid_product | (opposite_infs & ~nan_operand);
  wire nan = nan_operand | invalid;
  wire inf_sign = product_inf ? sign_product : c[31];

  // The sum is formed in a window of 76 bits: 26 high ones, {addend at its highest, 2 bits}, and 50
  // low ones, {product, 2 bits}. An addend further up meets a product that is below the guard and
  // round bits, so anywhere below them serves. A product with subnormal factors has its highest one
  // at bit 23 at least (smaller ones lie below every addend), so guard bits remain below it.
  localparam [9:0] TOP_BIAS = fp32_pkg::BIAS - 10'd27;  // of the window's top bit
  wire signed [9:0] product_exponent =
      {2'b00, fp32_pkg::exponent(a)} + {2'b00, fp32_pkg::exponent(b)} - TOP_BIAS;
  wire signed [9:0] distance = product_exponent - {2'b00, fp32_pkg::exponent(c)};
  wire addend_on_top = distance[9] | product_is_zero;
  wire [8:0] exponent = addend_on_top ? {1'b0, fp32_pkg::exponent(c)} : product_exponent[8:0];

  // Align the addend: up to 31 places, then by 32s. What falls off is sticky.
  wire [6:0] shift = distance[6:0] & {7{~addend_on_top}};
  wire too_far = ~addend_on_top & (|distance[8:7]);
  wire [54:0] fine = {sig_c, 31'd0} >> shift[4:0];
  wire by_0 = (shift[6:5] == 2'd0) & ~too_far;
  wire by_32 = (shift[6:5] == 2'd1) & ~too_far;
  wire by_64 = (shift[6:5] == 2'd2) & ~too_far;
  wire [25:0] addend_high = fine[54:29] & {26{by_0}};
  wire [49:0] addend_low = ({fine[28:0], 21'd0} & {50{by_0}}) |
                           ({6'd0, fine[54:11]} & {50{by_32}}) |
                           ({38'd0, fine[54:43]} & {50{by_64}});
  wire lost = (~by_0 & (|fine[10:0])) | (~by_0 & ~by_32 & (|fine[42:11])) |
              (~by_0 & ~by_32 & ~by_64 & (|fine[54:43]));

  // Multiply and add. A subtracted addend is inverted, which leaves the difference one unit short.
  wire [48:0] sum;
  multiply_add_24 multiply_add (
      .a_i     (fp32_pkg::significand(a)),
      .b_i     (fp32_pkg::significand(b)),
      .addend_i(addend_low[49:2] ^ {48{subtract}}),
      .sum_o   (sum)
  );

  // Magnitude. A carry says that the product is the larger one; the difference is then followed by
  // endless ones (or, if the addend lost bits, by something). Otherwise inverting it is exact.
  wire carry = sum[48];
  wire high_is_zero = ~(|addend_high);
  wire negative = subtract & ~(carry & high_is_zero);
  wire step = carry & ~(subtract & high_is_zero);
  wire [25:0] stepped = ((addend_high ^ {26{subtract}}) + 26'd1) ^ {26{subtract}};
  wire [25:0] high = step ? stepped : addend_high;
  wire [49:0] low = {sum[47:0] ^ {48{negative}}, addend_low[1:0] ^ {2{subtract & ~negative}}};
  wire ones = subtract & ~negative & ~lost;
  wire sign = inf ? inf_sign : sign_product ^ negative;

  wire [8:0] exponent_q;
  wire lost_q;
  wire ones_q;
  wire sign_q;
  wire subtract_q;
  wire nan_q;
  wire inf_q;
  wire invalid_q;
  wire [25:0] high_q;
  wire [49:0] low_q;
  pipe #(
      .WIDTH(42),
      .DEPTH(MIDDLE_REGS)
  ) middle_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({high, exponent, lost, ones, sign, subtract, nan, inf, invalid}),
      .data_o({high_q, exponent_q, lost_q, ones_q, sign_q, subtract_q, nan_q, inf_q, invalid_q})
  );
  pipe #(
      .WIDTH(50),
      .DEPTH(MIDDLE_REGS)
  ) low_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(low),
      .data_o(low_q)
  );

  // Normalise: 24 places if they are all zero and the exponent allows, then the rest.
  wire skip = ~(|high_q[25:2]) & (exponent_q > 9'd24);
  wire [51:0] near = skip ? {high_q[1:0], low_q} : {high_q, low_q[49:24]};
  wire near_sticky = lost_q | (~skip & (ones_q ? ~(&low_q[23:0]) : |low_q[23:0]));
  wire near_ones = ones_q & (skip | (&low_q[23:0]));
  wire [25:0] sig;
  wire [8:0] sig_exponent;
  wire sticky;
  wire sig_ones;
  fp32_normalize #(
      .WIDTH(52),
      .STEPS(6)
  ) normalize (
      .value_i   (near),
      .sticky_i  (near_sticky),
      .ones_i    (near_ones),
      .exponent_i(skip ? exponent_q - 9'd24 : exponent_q),
      .sig_o     (sig),
      .sticky_o  (sticky),
      .ones_o    (sig_ones),
      .exponent_o(sig_exponent)
  );

  // Round and pack. Cancellation gives +0.
  wire cancelled = subtract_q & ~(|sig) & ~sticky & ~sig_ones & ~inf_q;
  wire [31:0] result;
  wire [4:0] flags;
  fp_round_pack round_pack (
      .sign_i       (sign_q & ~cancelled),
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

endmodule

`default_nettype wire
