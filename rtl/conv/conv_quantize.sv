// SPDX-License-Identifier: Apache-2.0
// The two streams that leave the convolution: each value's code with the value itself, and its INT8
// for x_proj (docs/numerics.md, "Quantiser"). Latency 5, one value a cycle.
//
// Either stream may run FIFO_DEPTH beats ahead of the other, at least.
`default_nettype none

module conv_quantize #(
    parameter CODE_BITS  = 4,
    parameter FIFO_DEPTH = 4
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [       31:0] thr_pos_i,
    input wire        [       31:0] thr_neg_i,
    input wire        [       31:0] inv_s1_i,
    input wire        [       31:0] inv_s2_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,
    input wire        [       31:0] x_proj_inv_s_i,

    input  wire        valid_i,
    output wire        ready_o,
    input  wire [31:0] value_i,

    output wire               code_valid_o,
    input  wire               code_ready_i,
    output wire [CODE_BITS:0] code_o,
    output wire [       31:0] value_o,

    output wire       x_proj_valid_o,
    input  wire       x_proj_ready_i,
    output wire [7:0] x_proj_o
);

  localparam QUANTIZER_LATENCY = 4;

  // Fork: a value enters both quantisers in the same cycle, in which thresholds and reciprocals of
  // scales must be its channel's.
  wire code_ready;
  wire x_proj_ready;
  wire taken = valid_i & ready_o;
  assign ready_o = code_ready & x_proj_ready;

  // Code and value. The quantiser is ready whenever it moves.
  wire quantized_valid;
  wire quantized_ready;
  wire [CODE_BITS:0] code;
  wire [31:0] value;
  quantizer #(
      .CODE_BITS(CODE_BITS)
  ) code_quantizer (
      .clk_i    (clk_i),
      .rst_ni   (rst_ni),
      .thr_pos_i(thr_pos_i),
      .thr_neg_i(thr_neg_i),
      .inv_s1_i (inv_s1_i),
      .inv_s2_i (inv_s2_i),
      .base1_i  (base1_i),
      .base2_i  (base2_i),
      .valid_i  (taken),
      .ready_o  (code_ready),
      .value_i  (value_i),
      .valid_o  (quantized_valid),
      .ready_i  (quantized_ready),
      .code_o   (code)
  );
  pipe #(
      .WIDTH(32),
      .DEPTH(QUANTIZER_LATENCY)
  ) value_pipe (
      .clk_i (clk_i),
      .en_i  (code_ready),
      .data_i(value_i),
      .data_o(value)
  );
  fifo #(
      .WIDTH(32 + CODE_BITS + 1),
      .DEPTH(FIFO_DEPTH)
  ) code_fifo (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(quantized_valid),
      .ready_o(quantized_ready),
      .data_i ({value, code}),
      .valid_o(code_valid_o),
      .ready_i(code_ready_i),
      .data_o ({value_o, code_o})
  );

  // INT8: one scale, so no value is an outlier.
  localparam [31:0] INFINITY = 32'h7F80_0000;
  wire x_proj_valid;
  wire x_proj_taken;
  wire unused_flag;
  wire [7:0] x_proj;
  quantizer #(
      .CODE_BITS(8)
  ) x_proj_quantizer (
      .clk_i    (clk_i),
      .rst_ni   (rst_ni),
      .thr_pos_i(INFINITY),
      .thr_neg_i(INFINITY),
      .inv_s1_i (x_proj_inv_s_i),
      .inv_s2_i (x_proj_inv_s_i),
      .base1_i  (-9'sd128),
      .base2_i  (-9'sd128),
      .valid_i  (taken),
      .ready_o  (x_proj_ready),
      .value_i  (value_i),
      .valid_o  (x_proj_valid),
      .ready_i  (x_proj_taken),
      .code_o   ({unused_flag, x_proj})
  );
  fifo #(
      .WIDTH(8),
      .DEPTH(FIFO_DEPTH)
  ) x_proj_fifo (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(x_proj_valid),
      .ready_o(x_proj_taken),
      .data_i (x_proj),
      .valid_o(x_proj_valid_o),
      .ready_i(x_proj_ready_i),
      .data_o (x_proj_o)
  );

endmodule

`default_nettype wire
