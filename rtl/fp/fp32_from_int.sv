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

  localparam COUNT_WIDTH = $clog2(WIDTH + 1);
  localparam integer TOP_EXPONENT = 127 + WIDTH - 1;

  // Sign and magnitude.
  wire sign = int_i[WIDTH-1];
  wire [WIDTH-1:0] magnitude = sign ? -int_i : int_i;

  // Normalise: the highest one moves to the top bit.
  wire [COUNT_WIDTH-1:0] zeros;
  lzc #(.WIDTH(WIDTH)) lzc_magnitude (.data_i(magnitude), .count_o(zeros));
  wire [WIDTH-1:0] normal = magnitude << zeros;
  wire signed [9:0] exponent = TOP_EXPONENT[9:0] - {{10 - COUNT_WIDTH{1'b0}}, zeros};

  // Round and pack. The top 26 bits and whatever lies below them, which may be nothing.
  wire [WIDTH+25:0] aligned = {normal, 26'd0};
  wire [31:0] result;
  wire [4:0] flags;
  fp32_round_pack round_pack (
      .sign_i    (sign),
      .exponent_i(exponent),
      .sig_i     ({aligned[WIDTH+25-:26], |aligned[WIDTH-1:0]}),
      .result_o  (result),
      .flags_o   (flags)
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
