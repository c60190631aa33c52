// SPDX-License-Identifier: Apache-2.0
// result_o = exp(x_i), every binary32 input, at most 0.502 ulp (docs/numerics.md, "exp"): the same
// integers as se_f32_exp. No flags. One result a cycle; it moves while en_i is high.
//
// LATENCY 0 combinational, up to 6 registers: at the result, and after align, reduce, coarse, fine
// and cross, in the order in which they balance the path.
`default_nettype none

module fp32_exp #(
    parameter LATENCY = 6
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] x_i,
    output wire [31:0] result_o
);

  if (LATENCY < 0 || LATENCY > 6) begin : g_unsupported
    LATENCY_must_be_0_to_6 unsupported_configuration ();
  end

  localparam OUT_REGS = (LATENCY >= 1) ? 1 : 0;
  localparam REDUCE_REGS = (LATENCY >= 2) ? 1 : 0;
  localparam CROSS_REGS = (LATENCY >= 3) ? 1 : 0;
  localparam COARSE_REGS = (LATENCY >= 4) ? 1 : 0;
  localparam FINE_REGS = (LATENCY >= 5) ? 1 : 0;
  localparam ALIGN_REGS = (LATENCY >= 6) ? 1 : 0;

  // Align: |x| with 7 integer and 35 fraction bits. From 128 on only the saturated k matters.
  wire sign = x_i[31];
  wire nan = fp32_pkg::is_nan(x_i);
  wire [7:0] exponent = x_i[30:23];
  wire huge_x = exponent >= 8'd134;
  wire [7:0] distance = 8'd133 - exponent;
  wire [41:0] top = {1'b1, x_i[22:0], 18'd0};
  wire [41:0] shifted = top >> distance[5:0];
  wire [41:0] fixed = (distance[7:6] != 2'd0) ? 42'd0 : shifted;

  // k = round(|x| * log2(e)) from the top bits; log2(e) = 1477 / 1024.
  wire [11:0] head = fixed[41:30];
  wire [22:0] scaled = {head, 10'd0} + {1'b0, head, 9'd0} - {5'd0, head, 6'd0} +
                       {9'd0, head, 2'd0} + {11'd0, head} + 23'd17123;
  wire [7:0] k = scaled[22:15] | {8{huge_x}};

  wire [35:0] fixed_q;
  wire [7:0] k_q;
  wire sign_q;
  wire nan_q;
  pipe #(
      .WIDTH(46),
      .DEPTH(ALIGN_REGS)
  ) align_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({fixed[35:0], k, sign, nan}),
      .data_o({fixed_q, k_q, sign_q, nan_q})
  );

  // Reduce: r = |x| - k * ln(2), to nearest, |r| < 0.38; then the sign of x.
  localparam [44:0] LN2 = 45'h162E_42FE_FA39;
  wire [45:0] difference = {fixed_q, 10'h200} - ({38'd0, k_q} * {1'b0, LN2});
  wire [34:0] reduced = difference[44:10] ^ {35{sign_q}};

  wire [34:0] r_q;
  wire [7:0] k_q2;
  wire sign_q2;
  wire nan_q2;
  pipe #(
      .WIDTH(45),
      .DEPTH(REDUCE_REGS)
  ) reduce_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({reduced, k_q, sign_q, nan_q}),
      .data_o({r_q, k_q2, sign_q2, nan_q2})
  );

  // Coarse: exp(r) = (1 + factor/2^8) * exp(d1).
  wire [7:0] factor = fp32_tables_pkg::exp_factor(r_q[34:29]);
  wire [29:0] d1 = {1'b0, r_q[28:0]} + fp32_tables_pkg::exp_coarse(r_q[34:29]) + {29'd0, sign_q2};

  wire [29:0] d1_q;
  wire [7:0] factor_q;
  wire [7:0] k_q3;
  wire sign_q3;
  wire nan_q3;
  pipe #(
      .WIDTH(48),
      .DEPTH(COARSE_REGS)
  ) coarse_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({d1, factor, k_q2, sign_q2, nan_q2}),
      .data_o({d1_q, factor_q, k_q3, sign_q3, nan_q3})
  );

  // Fine: exp(d1) = (1 + j/2^11) * exp(d2), and p = exp(d2) - 1 = d2 + d2^2 / 2.
  wire [5:0] j = d1_q[29:24];
  wire [24:0] d2 = {{2{~d1_q[23]}}, d1_q[22:0]} + {4'd0, fp32_tables_pkg::exp_fine(j)};
  wire [11:0] size = d2[23:12] ^ {12{d2[24]}};
  wire [5:0] high = size[11:6];
  wire [18:0] square = {1'b0, {6'd0, high} * {6'd0, high}, 6'd0} +
                       {6'd0, {6'd0, high} * {6'd0, size[5:0]}, 1'b0};
  wire [24:0] p = d2 + {12'd0, square[18:6]};

  wire [24:0] p_q;
  wire [5:0] j_q;
  wire [7:0] factor_q2;
  wire [7:0] k_q4;
  wire sign_q4;
  wire nan_q4;
  pipe #(
      .WIDTH(49),
      .DEPTH(FINE_REGS)
  ) fine_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({p, j, factor_q, k_q3, sign_q3, nan_q3}),
      .data_o({p_q, j_q, factor_q2, k_q4, sign_q4, nan_q4})
  );

  // Cross: q = exp(d1) - 1 = p + j/2^11 + j/2^11 * p.
  wire signed [18:0] p_head = p_q[24:6];
  wire signed [5:0] j_signed = j_q;
  wire signed [24:0] cross_term = p_head * j_signed;
  wire [29:0] q = {{5{p_q[24]}}, p_q} + {j_q, 24'd0} + {{10{cross_term[24]}}, cross_term[24:5]};

  wire [29:0] q_q;
  wire [7:0] factor_q3;
  wire [7:0] k_q5;
  wire sign_q5;
  wire nan_q5;
  pipe #(
      .WIDTH(48),
      .DEPTH(CROSS_REGS)
  ) cross_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({q, factor_q2, k_q4, sign_q4, nan_q4}),
      .data_o({q_q, factor_q3, k_q5, sign_q5, nan_q5})
  );

  // Product: (1 + factor/2^8) * (1 + q) in [0.68, 1.47), 43 fraction bits.
  wire signed [29:0] q_signed = q_q;
  wire signed [7:0] f_signed = factor_q3;
  wire signed [37:0] correction = q_signed * f_signed;
  wire [43:0] product = {1'b1, 43'd0} + {f_signed[7], factor_q3, 35'd0} +
                        {{6{q_q[29]}}, q_q, 8'd0} + {{6{correction[37]}}, correction};

  // Normalise, round and pack. 24 bits and the guard; a subnormal result moves further right.
  wire [8:0] k_signed = sign_q5 ? -{1'b0, k_q5} : {1'b0, k_q5};
  wire tiny = sign_q5 & (k_q5 >= 8'd126);
  wire [7:0] right = k_q5 - 8'd125;
  wire [4:0] shift = tiny ? ((right > 8'd26) ? 5'd26 : right[4:0]) : {4'd0, product[43]};
  wire [25:0] aligned = product[43:18] >> shift;
  wire [8:0] exponent_field = tiny ? {8'd0, aligned[24]} : k_signed + 9'd126 + {8'd0, product[43]};
  wire [31:0] rounded = {exponent_field, aligned[23:1]} + {31'd0, aligned[0]};
  wire overflow = ~sign_q5 & (rounded[31] | (&rounded[30:23]));
  wire [31:0] result = nan_q5 ? fp32_pkg::CANONICAL_NAN : overflow ? 32'h7F80_0000 :
                       {1'b0, rounded[30:0]};

  pipe #(
      .WIDTH(32),
      .DEPTH(OUT_REGS)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(result),
      .data_o(result_o)
  );

endmodule

`default_nettype wire
