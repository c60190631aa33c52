// SPDX-License-Identifier: Apache-2.0
// The scan's back end (docs/numerics.md, "Selective scan"): one channel a cycle,
//   out = to_f16(fl(fl(y * z) / fl(1 + exp(-z)))), z = fl(s_z * q_z); without the gate to_f16(y).
// It moves while en_i is high. Latency LATENCY of this file.
//
// Without the gate y passes through the same units, as fl(y * 1) / fl(1 + exp(-infinity)) = y.
`default_nettype none

module scan_back (
    input wire clk_i,
    input wire rst_ni,
    input wire en_i,

    input wire        gate_i,
    input wire [31:0] s_z_i,

    input wire        valid_i,
    input wire [31:0] y_i,
    input wire [ 7:0] z_i,

    output wire        valid_o,
    output wire [15:0] y_o,
    output wire [ 4:0] flags_o  // of this cycle, of valid channels only
);

  localparam DEQUANTIZE_LATENCY = 3;
  localparam MUL_LATENCY = 2;
  localparam MUL_AT = DEQUANTIZE_LATENCY + MUL_LATENCY;  // its result
  localparam LATENCY = MUL_AT + fp32_pkg::GATE_LATENCY + 1;
  localparam [31:0] ONE = 32'h3F80_0000;
  localparam [31:0] INFINITY = 32'h7F80_0000;

  logic [LATENCY:1] valid_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= {LATENCY{1'b0}};
    else if (en_i) valid_q <= {valid_q[LATENCY-1:1], valid_i};
  end
  assign valid_o = valid_q[LATENCY];

  // z = fl(s_z * q_z)
  wire [31:0] z;
  dequantizer #(
      .CODE_BITS(8)
  ) z_dequantize (
      .clk_i  (clk_i),
      .en_i   (en_i),
      .s1_i   (s_z_i),
      .s2_i   (s_z_i),
      .base1_i(9'h180),
      .base2_i(9'h180),
      .code_i ({1'b0, z_i}),
      .value_o(z)
  );
  wire [31:0] y;
  pipe #(
      .WIDTH(32),
      .DEPTH(DEQUANTIZE_LATENCY)
  ) y_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(y_i),
      .data_o(y)
  );

  // fl(y * z)
  wire [31:0] product;
  wire [4:0] mul_flags;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (y),
      .b_i     (gate_i ? z : ONE),
      .result_o(product),
      .flags_o (mul_flags)
  );
  wire [31:0] z_waited;
  pipe #(
      .WIDTH(32),
      .DEPTH(MUL_LATENCY)
  ) z_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(gate_i ? z : INFINITY),
      .data_o(z_waited)
  );

  wire [31:0] gated;
  fp32_gate gate (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .num_i   (product),
      .x_i     (z_waited),
      .result_o(gated)
  );

  wire [4:0] to_fp16_flags;
  fp32_to_fp16 #(
      .LATENCY(1)
  ) to_fp16 (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .value_i (gated),
      .result_o(y_o),
      .flags_o (to_fp16_flags)
  );

  assign flags_o = ({5{en_i & valid_q[MUL_AT]}} & mul_flags) |
                   ({5{en_i & valid_q[LATENCY]}} & to_fp16_flags);

endmodule

`default_nettype wire
