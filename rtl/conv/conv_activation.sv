// SPDX-License-Identifier: Apache-2.0
// value_o = silu(fma(s_wx, (float)acc, bias)) (docs/numerics.md, "Convolution"). flags_o gathers
// the flags of the fma, of beats only. Latency 3 + fp32_pkg::GATE_LATENCY, one value a cycle.
`default_nettype none

module conv_activation (
    input wire clk_i,
    input wire rst_ni,

    input wire [31:0] s_wx_i,

    input  wire               valid_i,
    output wire               ready_o,
    input  wire signed [17:0] acc_i,
    input  wire        [31:0] bias_i,

    output wire        valid_o,
    input  wire        ready_i,
    output wire [31:0] value_o,

    input  wire       flags_clear_i,
    output wire [4:0] flags_o
);

  // Scale and bias. The integer is exact in FP32.
  localparam FMA_LATENCY = 2;
  wire scale_en;
  wire scaled_valid;
  wire silu_ready;
  valid_pipe #(
      .DEPTH(1 + FMA_LATENCY)
  ) scale_handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(valid_i),
      .ready_o(ready_o),
      .valid_o(scaled_valid),
      .ready_i(silu_ready),
      .en_o   (scale_en)
  );

  wire [31:0] acc;
  wire [ 4:0] unused_from_int_flags;
  fp32_from_int #(
      .WIDTH  (18),
      .LATENCY(1)
  ) from_int (
      .clk_i   (clk_i),
      .en_i    (scale_en),
      .int_i   (acc_i),
      .result_o(acc),
      .flags_o (unused_from_int_flags)
  );
  wire [31:0] bias;
  pipe #(
      .WIDTH(32),
      .DEPTH(1)
  ) bias_pipe (
      .clk_i (clk_i),
      .en_i  (scale_en),
      .data_i(bias_i),
      .data_o(bias)
  );
  wire [31:0] scaled;
  wire [ 4:0] scaled_flags;
  fp32_fma #(
      .LATENCY(FMA_LATENCY)
  ) fma (
      .clk_i   (clk_i),
      .en_i    (scale_en),
      .a_i     (s_wx_i),
      .b_i     (acc),
      .c_i     (bias),
      .result_o(scaled),
      .flags_o (scaled_flags)
  );

  logic [4:0] flags_q;
  wire  [4:0] raised = scaled_flags & {5{scaled_valid & silu_ready}};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) flags_q <= 5'd0;
    else flags_q <= (flags_q & {5{~flags_clear_i}}) | raised;
  end
  assign flags_o = flags_q;

  // SiLU.
  wire silu_en;
  valid_pipe #(
      .DEPTH(fp32_pkg::GATE_LATENCY)
  ) silu_handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(scaled_valid),
      .ready_o(silu_ready),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .en_o   (silu_en)
  );
  fp32_silu silu (
      .clk_i   (clk_i),
      .en_i    (silu_en),
      .x_i     (scaled),
      .result_o(value_o)
  );

endmodule

`default_nettype wire
