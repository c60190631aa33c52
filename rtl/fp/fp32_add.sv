// SPDX-License-Identifier: Apache-2.0
// result_o = fl(a_i + b_i), or fl(a_i - b_i) where sub_i is high; IEEE-754 binary32 to nearest even
// with gradual underflow and flags (docs/numerics.md, "Arithmetic"). One result a cycle; it moves
// while en_i is high.
//
// LATENCY 0 combinational; 1 registered result; 2 also between sum and normalisation; 3 also
// operands.
`default_nettype none

module fp32_add #(
    parameter LATENCY = 2
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] a_i,
    input  wire [31:0] b_i,
    input  wire        sub_i,
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
  wire sub;
  pipe #(
      .WIDTH(65),
      .DEPTH(IN_REGS)
  ) in_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({a_i, b_i, sub_i}),
      .data_o({a, b, sub})
  );

  // Unpack. The operand with the larger exponent stays where it is, the other one moves right.
  wire sign_b = b[31] ^ sub;
  wire subtract = a[31] ^ sign_b;
  wire [7:0] exponent_a = fp32_pkg::exponent(a);
  wire [7:0] exponent_b = fp32_pkg::exponent(b);
  wire [8:0] a_minus_b = {1'b0, exponent_a} - {1'b0, exponent_b};
  wire [7:0] b_minus_a = exponent_b - exponent_a;
  wire swap = a_minus_b[8];
  wire [7:0] distance = swap ? b_minus_a : a_minus_b[7:0];
  wire [7:0] exponent = swap ? exponent_b : exponent_a;
  wire [23:0] larger = fp32_pkg::significand(swap ? b : a);
  wire [23:0] smaller = fp32_pkg::significand(swap ? a : b);
  wire sign_larger = swap ? sign_b : a[31];

  // Special cases.
  wire nan_operand = fp32_pkg::is_nan(a) | fp32_pkg::is_nan(b);
  wire signalling = fp32_pkg::is_signalling_nan(a) | fp32_pkg::is_signalling_nan(b);
  wire opposite_infs = fp32_pkg::is_inf(a) & fp32_pkg::is_inf(b) & subtract;
  wire invalid = signalling | opposite_infs;
  wire nan = nan_operand | opposite_infs;
  wire inf = fp32_pkg::is_inf(a) | fp32_pkg::is_inf(b);

  // Align, with guard and round bits. More places lose a bit only where the sum's highest one is
  // the larger operand's or its neighbour.
  wire [25:0] aligned;
  wire lost;
  shift_right_sticky #(
      .WIDTH(26),
      .STEPS(5)
  ) align (
      .value_i ({smaller, 2'd0}),
      .shift_i (distance[4:0] | {5{|distance[7:5]}}),
      .value_o (aligned),
      .sticky_o(lost)
  );

  // Add. A subtracted operand is inverted, which leaves the difference one unit short.
  wire [26:0] sum;
  fast_adder #(
      .WIDTH(27),
      .BLOCK(7)
  ) adder (
      .a_i    ({1'b0, larger, 2'd0}),
      .b_i    ({1'b0, aligned ^ {26{subtract}}}),
      .carry_i(1'b0),
      .sum_o  (sum)
  );

  // Magnitude. A carry says that the larger exponent's operand is larger; the difference is then
  // followed by endless ones (or, if the other one lost bits, by something). Otherwise inverting it
  // is exact.
  wire negative = subtract & ~sum[26];
  wire [26:0] magnitude = {sum[26] & ~subtract, sum[25:0] ^ {26{negative}}};
  wire ones = subtract & ~negative & ~lost;

  wire [26:0] magnitude_q;
  wire [7:0] exponent_q;
  wire lost_q;
  wire ones_q;
  wire sign_q;
  wire subtract_q;
  wire nan_q;
  wire inf_q;
  wire invalid_q;
  pipe #(
      .WIDTH(42),
      .DEPTH(MIDDLE_REGS)
  ) middle_pipe (
      .clk_i(clk_i),
      .en_i(en_i),
      .data_i({
        magnitude, exponent, lost, ones, sign_larger ^ negative, subtract, nan, inf, invalid
      }),
      .data_o({
        magnitude_q, exponent_q, lost_q, ones_q, sign_q, subtract_q, nan_q, inf_q, invalid_q
      })
  );

  // Normalise.
  wire [25:0] sig;
  wire [8:0] sig_exponent;
  wire sticky;
  wire sig_ones;
  fp32_normalize #(
      .WIDTH(27),
      .STEPS(5)
  ) normalize (
      .value_i   (magnitude_q),
      .sticky_i  (lost_q),
      .ones_i    (ones_q),
      .exponent_i({1'b0, exponent_q} + 9'd1),
      .sig_o     (sig),
      .sticky_o  (sticky),
      .ones_o    (sig_ones),
      .exponent_o(sig_exponent)
  );

  // Round and pack. Cancellation gives +0; a subnormal sum is exact.
  wire cancelled = subtract_q & ~(|sig) & ~inf_q;
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
  wire unused = &{1'b0, flags[1]};

  pipe #(
      .WIDTH(37),
      .DEPTH(OUT_REGS)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({result, flags[4:2], 1'b0, flags[0]}),
      .data_o({result_o, flags_o})
  );

endmodule

`default_nettype wire
