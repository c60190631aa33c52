// SPDX-License-Identifier: Apache-2.0
// The quotient of two 24-bit significands, ready for rounding: 24 bits, guard, round and sticky, and
// an exponent of at least 1, or sig_o's top bit is 0. Restoring division, one bit a cycle; a
// subnormal divisor's leading zeros, the quotient's, and those of a subnormal result take a cycle
// each. zero_i asks for 0 at once; marks_i come out with the result.
//
// One division at a time: 27 cycles for normal operands with a quotient of 1 or more, else 28.
`default_nettype none

module divide_iterative #(
    parameter MARKS = 5
) (
    input  wire                    clk_i,
    input  wire                    rst_ni,
    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire        [     23:0] dividend_i,
    input  wire        [     23:0] divisor_i,
    input  wire signed [      9:0] exponent_i,
    input  wire                    zero_i,
    input  wire        [MARKS-1:0] marks_i,
    output wire                    valid_o,
    input  wire                    ready_i,
    output wire        [     25:0] sig_o,
    output wire                    sticky_o,
    output wire signed [      9:0] exponent_o,
    output wire        [MARKS-1:0] marks_o
);

  logic busy_q;
  logic leading_q;  // no quotient bit is recorded yet
  logic [24:0] remainder_q;
  logic [23:0] divisor_q;
  logic signed [9:0] exponent_q;
  logic [MARKS-1:0] marks_q;
  // 26 bits of quotient come in from below behind a one that says, at the top, that they are there.
  logic [26:0] quotient_q;

  assign valid_o = busy_q & quotient_q[26];
  assign ready_o = ~busy_q | (valid_o & ready_i);
  wire load = valid_i & ready_o;

  // One step does the first of these that is called for.
  wire [25:0] difference = {1'b0, remainder_q} - {2'b00, divisor_q};
  wire fits = ~difference[25];
  wire below_one = exponent_q[9] | ~(|exponent_q);
  wire normalize_divisor = ~divisor_q[23];
  wire skip_zero = ~normalize_divisor & leading_q & ~fits;
  wire denormalize = ~normalize_divisor & ~skip_zero & below_one;
  wire record = ~normalize_divisor & ~skip_zero & ~below_one;

  wire [24:0] reduced = (record & fits) ? difference[24:0] : remainder_q;
  wire step = busy_q & ~quotient_q[26];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (load) busy_q <= 1'b1;
    else if (valid_o & ready_i) busy_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      leading_q   <= 1'b1;
      remainder_q <= {1'b0, dividend_i & {24{~zero_i}}};
      divisor_q   <= divisor_i;
      exponent_q  <= exponent_i;
      marks_q     <= marks_i;
      quotient_q  <= {zero_i, 25'd0, ~zero_i};
    end else if (step) begin
      leading_q <= leading_q & ~record & ~denormalize;
      if (record | skip_zero) remainder_q <= {reduced[23:0], 1'b0};
      if (normalize_divisor) divisor_q <= {divisor_q[22:0], 1'b0};
      if (~record) exponent_q <= exponent_q + (skip_zero ? -10'sd1 : 10'sd1);
      if (record | denormalize) quotient_q <= {quotient_q[25:0], record & fits};
    end
  end

  assign sig_o      = quotient_q[25:0];
  assign sticky_o   = |remainder_q;
  assign exponent_o = exponent_q;
  assign marks_o    = marks_q;

  wire unused = &{1'b0, reduced[24]};

endmodule

`default_nettype wire
