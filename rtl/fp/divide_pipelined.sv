// SPDX-License-Identifier: Apache-2.0
// The quotient of two 24-bit significands, ready for rounding: 24 bits, guard, round and sticky, and
// an exponent of at least 1, or sig_o's top bit is 0. Restoring division, BITS_PER_STAGE bits a
// stage; a stage before it normalises the operands, one after it the quotient. zero_i asks for 0;
// marks_i come out with the result.
//
// One division a cycle, latency 2 + 27 / BITS_PER_STAGE; it moves while en_i is high.
`default_nettype none

module divide_pipelined #(
    parameter BITS_PER_STAGE = 3,
    parameter MARKS = 5
) (
    input  wire                    clk_i,
    input  wire                    en_i,
    input  wire        [     23:0] dividend_i,
    input  wire        [     23:0] divisor_i,
    input  wire signed [      9:0] exponent_i,
    input  wire                    zero_i,
    input  wire        [MARKS-1:0] marks_i,
    output wire        [     25:0] sig_o,
    output wire                    sticky_o,
    output wire signed [      9:0] exponent_o,
    output wire        [MARKS-1:0] marks_o
);

  // 26 bits from the first one on, and the first bit may be a zero.
  localparam QUOTIENT_WIDTH = 27;
  localparam STAGES = QUOTIENT_WIDTH / BITS_PER_STAGE;

  if (BITS_PER_STAGE < 1 || STAGES * BITS_PER_STAGE != QUOTIENT_WIDTH) begin : g_unsupported
    BITS_PER_STAGE_must_divide_27 unsupported_configuration ();
  end

  // Normalise the operands.
  wire [23:0] dividend;
  wire [23:0] divisor;
  wire [4:0] dividend_zeros;
  wire [4:0] divisor_zeros;
  wire [3:0] unused_lost;
  normalize_steps #(
      .WIDTH(24),
      .KEEP (24),
      .STEPS(5)
  ) normalize_dividend (
      .value_i   (dividend_i),
      .fill_i    (1'b0),
      .limited_i (1'b0),
      .limit_i   (5'd0),
      .value_o   (dividend),
      .any_lost_o(unused_lost[0]),
      .all_lost_o(unused_lost[1]),
      .shift_o   (dividend_zeros)
  );
  normalize_steps #(
      .WIDTH(24),
      .KEEP (24),
      .STEPS(5)
  ) normalize_divisor (
      .value_i   (divisor_i),
      .fill_i    (1'b0),
      .limited_i (1'b0),
      .limit_i   (5'd0),
      .value_o   (divisor),
      .any_lost_o(unused_lost[2]),
      .all_lost_o(unused_lost[3]),
      .shift_o   (divisor_zeros)
  );
  wire [9:0] exponent = exponent_i - {5'd0, dividend_zeros} + {5'd0, divisor_zeros};

  wire [23:0] dividend_q;
  wire [23:0] divisor_q;
  wire [9:0] exponent_q;
  wire zero_q;
  wire [MARKS-1:0] marks_q;
  pipe #(
      .WIDTH(59 + MARKS),
      .DEPTH(1)
  ) in_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({dividend, divisor, exponent, zero_i, marks_i}),
      .data_o({dividend_q, divisor_q, exponent_q, zero_q, marks_q})
  );

  // Divide.
  wire [23:0] unused_divisor;
  wire [9:0] last_exponent;
  wire zero;
  wire [MARKS-1:0] marks;
  wire [24:0] remainder;
  wire [QUOTIENT_WIDTH-1:0] quotient;
  divide_stages #(
      .STAGES(STAGES),
      .ROWS(BITS_PER_STAGE),
      .QUOTIENT_WIDTH(QUOTIENT_WIDTH),
      .KEPT(11 + MARKS)
  ) divide (
      .clk_i      (clk_i),
      .en_i       (en_i),
      .divisor_i  (divisor_q),
      .kept_i     ({exponent_q, zero_q, marks_q}),
      .remainder_i({1'b0, dividend_q}),
      .quotient_i ({QUOTIENT_WIDTH{1'b0}}),
      .divisor_o  (unused_divisor),
      .kept_o     ({last_exponent, zero, marks}),
      .remainder_o(remainder),
      .quotient_o (quotient)
  );

  // Normalise the quotient; where its exponent is below 1, the other way.
  wire lower = ~quotient[26];
  wire [25:0] normal = lower ? quotient[25:0] : quotient[26:1];
  wire dropped = ~lower & quotient[0];
  wire signed [9:0] normal_exponent = last_exponent - {9'd0, lower};

  localparam signed [9:0] RIGHT_MAX = 10'sd31;
  wire signed [9:0] below_one = 10'sd1 - normal_exponent;
  wire is_below_one = ~below_one[9] & (|below_one);
  wire [4:0] right = ~is_below_one ? 5'd0 : (below_one > RIGHT_MAX) ? 5'd31 : below_one[4:0];
  wire [25:0] shifted;
  wire lost;
  shift_right_sticky #(
      .WIDTH(26),
      .STEPS(5)
  ) denormalize (
      .value_i (normal),
      .shift_i (right),
      .value_o (shifted),
      .sticky_o(lost)
  );

  pipe #(
      .WIDTH(37 + MARKS),
      .DEPTH(1)
  ) out_pipe (
      .clk_i(clk_i),
      .en_i(en_i),
      .data_i({
        shifted & {26{~zero}},
        (lost | dropped | (|remainder)) & ~zero,
        is_below_one ? 10'sd1 : normal_exponent,
        marks
      }),
      .data_o({sig_o, sticky_o, exponent_o, marks_o})
  );

  wire unused = &{1'b0, unused_lost, unused_divisor};

endmodule

`default_nettype wire
