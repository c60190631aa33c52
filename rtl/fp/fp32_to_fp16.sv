// SPDX-License-Identifier: Apache-2.0
// result_o = value_i as IEEE-754 binary16, to nearest even with gradual underflow and flags; overflow
// gives infinity, NaN 0x7E00 (docs/numerics.md, "Arithmetic"). One result a cycle; it moves while
// en_i is high.
//
// LATENCY 0 combinational; 1 registered result.
`default_nettype none

module fp32_to_fp16 #(
    parameter LATENCY = 1
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] value_i,
    output wire [15:0] result_o,
    output wire [ 4:0] flags_o
);

  if (LATENCY < 0 || LATENCY > 1) begin : g_unsupported_latency
    LATENCY_must_be_0_or_1 unsupported_configuration ();
  end

  // Unpack; 11 bits of significand, guard and round are kept, the 11 below are sticky.
  wire [23:0] sig = fp32_pkg::significand(value_i);
  localparam [8:0] BIAS_DIFFERENCE = 9'd112;
  wire [8:0] exponent = {1'b0, fp32_pkg::exponent(value_i)} - BIAS_DIFFERENCE;
  wire [8:0] below_one = 9'd1 - exponent;
  wire is_subnormal = exponent[8] | ~(|exponent);

  // A subnormal result moves right to exponent 1; 15 places leave only sticky bits.
  wire [3:0] right = (below_one[3:0] | {4{|below_one[7:4]}}) & {4{is_subnormal}};
  wire [12:0] shifted;
  wire lost;
  shift_right_sticky #(
      .WIDTH(13),
      .STEPS(4)
  ) denormalize (
      .value_i (sig[23:11]),
      .shift_i (right),
      .value_o (shifted),
      .sticky_o(lost)
  );

  // Round and pack. An exponent past 31 overflows like 31.
  wire too_large = ~is_subnormal & (|exponent[7:5]);
  wire [5:0] exponent_16 = is_subnormal ? 6'd1 : {1'b0, exponent[4:0] | {5{too_large}}};
  wire [15:0] result;
  wire [4:0] flags;
  fp_round_pack #(
      .EXPONENT_WIDTH(5),
      .FRACTION_WIDTH(10)
  ) round_pack (
      .sign_i       (value_i[31]),
      .exponent_i   (exponent_16),
      .sig_i        (shifted),
      .sticky_i     (lost | (|sig[10:0])),
      .ones_i       (1'b0),
      .nan_i        (fp32_pkg::is_nan(value_i)),
      .inf_i        (fp32_pkg::is_inf(value_i)),
      .invalid_i    (fp32_pkg::is_signalling_nan(value_i)),
      .div_by_zero_i(1'b0),
      .result_o     (result),
      .flags_o      (flags)
  );

  pipe #(
      .WIDTH(21),
      .DEPTH(LATENCY)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({result, flags}),
      .data_o({result_o, flags_o})
  );

  wire unused = &{1'b0, below_one[8]};

endmodule

`default_nettype wire
