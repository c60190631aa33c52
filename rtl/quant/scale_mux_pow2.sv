// SPDX-License-Identifier: Apache-2.0
// Dual-scale MUX for s2 = s1 * 2^k: the flag shifts the integer, so one scale serves both ranges and
// an integer GEMM can take int_o, worth int_o * s1. value_o equals scale_mux bit for bit
// (docs/numerics.md, "Codes" and "Dequantiser"). Latency 3, one value a cycle.
//
// log2_ratio_i is k, 0..7. The configuration must hold still while codes are in flight.
`default_nettype none

module scale_mux_pow2 #(
    parameter  CODE_BITS = 4,
    localparam LOG2_RATIO_MAX = 7,
    localparam INT_WIDTH = CODE_BITS + 2 + LOG2_RATIO_MAX
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [       31:0] s1_i,
    input wire        [        2:0] log2_ratio_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,

    input  wire               valid_i,
    output wire               ready_o,
    input  wire [CODE_BITS:0] code_i,

    output wire                        valid_o,
    input  wire                        ready_i,
    output wire        [         31:0] value_o,
    output wire signed [INT_WIDTH-1:0] int_o
);

  if (CODE_BITS < 4 || CODE_BITS > 8) begin : g_unsupported
    CODE_BITS_must_be_4_to_8 unsupported_configuration ();
  end

  localparam MUL_LATENCY = 2;

  wire en;
  valid_pipe #(
      .DEPTH(1 + MUL_LATENCY)
  ) handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(valid_i),
      .ready_o(ready_o),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .en_o   (en)
  );

  wire flag;
  wire signed [CODE_BITS+1:0] q;
  code_to_int #(
      .CODE_BITS(CODE_BITS)
  ) to_int (
      .code_i (code_i),
      .base1_i(base1_i),
      .base2_i(base2_i),
      .flag_o (flag),
      .int_o  (q)
  );

  // Shift, then to FP32: exact, for INT_WIDTH is below 25.
  wire signed [INT_WIDTH-1:0] q_wide = {{LOG2_RATIO_MAX{q[CODE_BITS+1]}}, q};
  wire signed [INT_WIDTH-1:0] shifted = q_wide <<< (flag ? log2_ratio_i : 3'd0);
  wire signed [INT_WIDTH-1:0] shifted_q;
  pipe #(
      .WIDTH(INT_WIDTH),
      .DEPTH(1)
  ) shift_pipe (
      .clk_i (clk_i),
      .en_i  (en),
      .data_i(shifted),
      .data_o(shifted_q)
  );

  wire [31:0] shifted_float;
  wire [4:0] unused_from_int_flags;
  fp32_from_int #(
      .WIDTH  (INT_WIDTH),
      .LATENCY(0)
  ) from_int (
      .clk_i   (clk_i),
      .en_i    (en),
      .int_i   (shifted_q),
      .result_o(shifted_float),
      .flags_o (unused_from_int_flags)
  );

  wire [4:0] unused_mul_flags;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) mul (
      .clk_i   (clk_i),
      .en_i    (en),
      .a_i     (shifted_float),
      .b_i     (s1_i),
      .result_o(value_o),
      .flags_o (unused_mul_flags)
  );
  pipe #(
      .WIDTH(INT_WIDTH),
      .DEPTH(MUL_LATENCY)
  ) int_pipe (
      .clk_i (clk_i),
      .en_i  (en),
      .data_i(shifted_q),
      .data_o(int_o)
  );

endmodule

`default_nettype wire
