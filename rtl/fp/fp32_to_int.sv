// SPDX-License-Identifier: Apache-2.0
// int_o = value_i rounded half away from zero (HALF_EVEN: half to even) and saturated to a signed
// WIDTH-bit integer; NaN gives 0. NaN and saturation raise invalid, any other rounding inexact (docs/numerics.md, "Arithmetic").
// One result a cycle; it moves while en_i is high.
//
// LATENCY 0 combinational; 1 registered result.
`default_nettype none

module fp32_to_int #(
    parameter WIDTH = 32,
    parameter HALF_EVEN = 0,
    parameter LATENCY = 1
) (
    input  wire                    clk_i,
    input  wire                    en_i,
    input  wire        [     31:0] value_i,
    output wire signed [WIDTH-1:0] int_o,
    output wire        [      4:0] flags_o
);

  if (WIDTH < 2 || WIDTH > 32) begin : g_unsupported_width
    WIDTH_must_be_2_to_32 unsupported_configuration ();
  end
  if (LATENCY < 0 || LATENCY > 1) begin : g_unsupported_latency
    LATENCY_must_be_0_or_1 unsupported_configuration ();
  end

  // Fixed point: WIDTH integer bits and one for the half; what lies below is only sticky.
  localparam FIXED_WIDTH = WIDTH + 1;
  localparam PADDED_WIDTH = (FIXED_WIDTH > 24) ? FIXED_WIDTH : 24;
  localparam STEPS = $clog2(FIXED_WIDTH + 1);
  localparam integer TOP_EXPONENT = 127 + WIDTH - 1;

  wire sign = value_i[31];
  wire nan = fp32_pkg::is_nan(value_i);

  // Align: a value in [2^(WIDTH-1), 2^WIDTH) stays at the top, smaller ones move right.
  wire [PADDED_WIDTH:0] padded = {fp32_pkg::significand(value_i), {PADDED_WIDTH - 23{1'b0}}};
  wire signed [9:0] distance = TOP_EXPONENT[9:0] - {2'b00, fp32_pkg::exponent(value_i)};
  wire too_large = distance[9];
  wire [STEPS-1:0] amount = distance[STEPS-1:0] | {STEPS{|distance[8:STEPS]}};
  wire [FIXED_WIDTH-1:0] fixed;
  wire lost;
  shift_right_apart #(
      .WIDTH(FIXED_WIDTH),
      .STEPS(STEPS)
  ) align (
      .value_i (padded[PADDED_WIDTH-:FIXED_WIDTH]),
      .shift_i (amount),
      .value_o (fixed),
      .sticky_o(lost)
  );
  wire [WIDTH-1:0] truncated = fixed[WIDTH:1];
  wire half = fixed[0];
  wire below = lost | (|padded[PADDED_WIDTH-FIXED_WIDTH:0]);

  // Round, up unless it makes a tie that goes down, and negate: -(t + 1) is ~t, -t is ~t + 1.
  wire up = half & ~((HALF_EVEN != 0) & ~truncated[0] & ~below);
  wire [WIDTH-1:0] signed_value = truncated ^ {WIDTH{sign}};
  wire [WIDTH-1:0] sum;
  localparam BLOCK = 5;
  if (WIDTH > BLOCK) begin : g_wide
    increment #(
        .WIDTH(WIDTH),
        .BLOCK(BLOCK)
    ) round (
        .value_i(signed_value),
        .carry_i(up ^ sign),
        .value_o(sum)
    );
  end else begin : g_narrow
    assign sum = signed_value + {{WIDTH - 1{1'b0}}, up ^ sign};
  end

  // Saturate: what rounds to 2^(WIDTH-1) or more, or lies below -2^(WIDTH-1).
  wire top = truncated[WIDTH-1];
  wire [WIDTH-2:0] low = truncated[WIDTH-2:0];
  wire saturate = too_large | (sign ? top & (up | (|low)) : top | (up & (&low)));
  wire [WIDTH-1:0] rounded =
      {WIDTH{~nan}} & (saturate ? {sign, {WIDTH - 1{~sign}}} : sum);
  wire [4:0] flags = (nan | saturate) ? fp32_pkg::INVALID : {4'd0, half | below};

  pipe #(
      .WIDTH(WIDTH + 5),
      .DEPTH(LATENCY)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({rounded, flags}),
      .data_o({int_o, flags_o})
  );

endmodule

`default_nettype wire
