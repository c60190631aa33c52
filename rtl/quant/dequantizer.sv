// SPDX-License-Identifier: Apache-2.0
// Code to FP32 activation u = fl((float)q * s), s = flag ? s2 : s1 (docs/numerics.md,
// "Dequantiser"): the pipeline of the dual-scale MUX. Latency 3, one value a cycle; it moves while
// en_i is high.
//
// The scales belong to the code beside them; the bases must hold still.
`default_nettype none

module dequantizer #(
    parameter CODE_BITS = 4
) (
    input wire clk_i,
    input wire en_i,

    input wire        [       31:0] s1_i,
    input wire        [       31:0] s2_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,

    input  wire [CODE_BITS:0] code_i,
    output wire [       31:0] value_o
);

  if (CODE_BITS < 4 || CODE_BITS > 8) begin : g_unsupported
    CODE_BITS_must_be_4_to_8 unsupported_configuration ();
  end

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

  wire [31:0] q_float;
  wire [4:0] unused_from_int_flags;
  fp32_from_int #(
      .WIDTH  (CODE_BITS + 2),
      .LATENCY(0)
  ) from_int (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .int_i   (q),
      .result_o(q_float),
      .flags_o (unused_from_int_flags)
  );

  wire [31:0] q_float_q;
  wire [31:0] s_q;
  pipe #(
      .WIDTH(64),
      .DEPTH(1)
  ) choice_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({q_float, flag ? s2_i : s1_i}),
      .data_o({q_float_q, s_q})
  );

  wire [4:0] unused_mul_flags;
  fp32_mul #(
      .LATENCY(2)
  ) mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (q_float_q),
      .b_i     (s_q),
      .result_o(value_o),
      .flags_o (unused_mul_flags)
  );

endmodule

`default_nettype wire
