// SPDX-License-Identifier: Apache-2.0
// result_o = fl(int_i): a signed WIDTH-bit integer as IEEE-754 binary32, to nearest even; exact (and
// then without a rounder's work) up to 25 bits. One result a cycle; it moves while en_i is high.
//
// LATENCY 0 combinational; 1 registered result.
`default_nettype none

module fp32_from_int #(
    parameter WIDTH   = 32,
    parameter LATENCY = 1
) (
    input  wire                    clk_i,
    input  wire                    en_i,
    input  wire signed [WIDTH-1:0] int_i,
    output wire        [     31:0] result_o,
    output wire        [      4:0] flags_o
);

  if (WIDTH < 2 || WIDTH > 64) begin : g_unsupported_width
    WIDTH_must_be_2_to_64 unsupported_configuration ();
  end
  if (LATENCY < 0 || LATENCY > 1) begin : g_unsupported_latency
    LATENCY_must_be_0_or_1 unsupported_configuration ();
  end

  // The magnitude's top bit is that of a significand with guard and round bits.
  localparam NORMAL_WIDTH = (WIDTH > 26) ? WIDTH : 26;
  localparam STEPS = $clog2(WIDTH);
  localparam integer TOP_EXPONENT = 127 + WIDTH - 1;

  // Sign and magnitude.
  wire sign = int_i[WIDTH-1];
  wire [WIDTH-1:0] magnitude = sign ? -int_i : int_i;

  // Normalise: the highest one moves to the top bit.
  wire [25:0] sig;
  wire lost;
  wire unused_all_lost;
  wire [STEPS-1:0] zeros;
  normalize_steps #(
      .WIDTH(NORMAL_WIDTH),
      .KEEP (26),
      .STEPS(STEPS)
  ) normalize (
      .value_i   ({magnitude, {NORMAL_WIDTH - WIDTH{1'b0}}}),
      .fill_i    (1'b0),
      .limited_i (1'b0),
      .limit_i   ({STEPS{1'b0}}),
      .value_o   (sig),
      .any_lost_o(lost),
      .all_lost_o(unused_all_lost),
      .shift_o   (zeros)
  );

  // Round and pack. A zero keeps its exponent field, 0, by having no highest one.
  wire [31:0] result;
  wire [4:0] flags;
  fp_round_pack round_pack (
      .sign_i       (sign),
      .exponent_i   (TOP_EXPONENT[8:0] - {{9 - STEPS{1'b0}}, zeros}),
      .sig_i        (sig),
      .sticky_i     (lost),
      .ones_i       (1'b0),
      .nan_i        (1'b0),
      .inf_i        (1'b0),
      .invalid_i    (1'b0),
      .div_by_zero_i(1'b0),
      .result_o     (result),
      .flags_o      (flags)
  );

  pipe #(
      .WIDTH(37),
      .DEPTH(LATENCY)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({result, flags}),
      .data_o({result_o, flags_o})
  );

endmodule

`default_nettype wire
