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

  // Fixed point: WIDTH integer bits, one bit for the half, and room for the whole significand.
  localparam FIXED_WIDTH = (WIDTH + 1 > 24) ? WIDTH + 1 : 24;
  localparam SHIFT_MAX = WIDTH + 1;
  localparam SHIFT_WIDTH = $clog2(SHIFT_MAX + 1);
  localparam integer TOP_EXPONENT = 127 + WIDTH - 1;

  wire sign = value_i[31];
  wire nan = fp32_pkg::is_nan(value_i);

  // Align: a value in [2^(WIDTH-1), 2^WIDTH) stays at the top, smaller ones move right.
  wire signed [9:0] distance = TOP_EXPONENT[9:0] - {2'b00, fp32_pkg::exponent(value_i)};
  wire too_large = distance[9];
  wire [SHIFT_WIDTH-1:0] amount =
      (distance > SHIFT_MAX[9:0]) ? SHIFT_MAX[SHIFT_WIDTH-1:0] : distance[SHIFT_WIDTH-1:0];
  wire [FIXED_WIDTH+SHIFT_MAX-1:0] fixed =
      {fp32_pkg::significand(value_i), {FIXED_WIDTH - 24 + SHIFT_MAX{1'b0}}} >> amount;

  // Round: add the half bit to the magnitude, unless it makes a tie that goes down.
  wire [WIDTH-1:0] truncated = fixed[FIXED_WIDTH+SHIFT_MAX-1-:WIDTH];
  wire half = fixed[FIXED_WIDTH+SHIFT_MAX-1-WIDTH];
  wire inexact = |fixed[FIXED_WIDTH+SHIFT_MAX-1-WIDTH:0];
  wire tie_down = (HALF_EVEN != 0) & ~truncated[0] &
                  ~(|fixed[FIXED_WIDTH+SHIFT_MAX-2-WIDTH:0]);
  wire [WIDTH:0] magnitude = {1'b0, truncated} + {{WIDTH{1'b0}}, half & ~tie_down};

  // Saturate.
  wire [WIDTH:0] limit = {2'b01, {WIDTH - 1{1'b0}}} - {{WIDTH{1'b0}}, ~sign};
  wire saturate = too_large | (magnitude > limit);
  wire [WIDTH-1:0] bounded = saturate ? limit[WIDTH-1:0] : magnitude[WIDTH-1:0];

  wire [WIDTH-1:0] rounded = nan ? {WIDTH{1'b0}} : sign ? -bounded : bounded;
  wire [4:0] flags = (nan | saturate) ? fp32_pkg::INVALID : {4'd0, inexact};

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
