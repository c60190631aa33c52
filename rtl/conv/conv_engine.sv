// SPDX-License-Identifier: Apache-2.0
// Causal depthwise convolution of width 4, SiLU and quantiser (docs/numerics.md, "Convolution"):
// INT8 channels in, codes with their FP32 values and INT8 for x_proj out. Channels 0 to d_inner - 1
// of token 0, then of token 1; first_i, with each channel of a token, makes its history count as 0.
//
// Latency 29, one channel a cycle; with d_inner 1 one in two (docs/architecture.md, "Cycles").
// While busy_o is high the configuration holds still and the parameters are not written. A d_inner
// of 0 or above D_INNER_MAX raises error_o, and nothing is accepted.
`default_nettype none

module conv_engine #(
    parameter CODE_BITS = 4,
    parameter D_INNER_MAX = 2048,
    parameter ADDRESS_WIDTH = $clog2(D_INNER_MAX)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [ADDRESS_WIDTH:0] d_inner_i,
    input wire        [           31:0] s_wx_i,
    input wire        [           31:0] thr_pos_i,
    input wire        [           31:0] thr_neg_i,
    input wire        [           31:0] inv_s1_i,
    input wire        [           31:0] inv_s2_i,
    input wire signed [    CODE_BITS:0] base1_i,
    input wire signed [    CODE_BITS:0] base2_i,
    input wire        [           31:0] x_proj_inv_s_i,

    input wire                     param_write_i,
    input wire [ADDRESS_WIDTH-1:0] param_address_i,
    input wire [             31:0] param_weights_i,  // w[0], which meets the oldest, in bits 7:0
    input wire [             31:0] param_bias_i,

    input  wire       valid_i,
    output wire       ready_o,
    input  wire [7:0] x_i,
    input  wire       first_i,

    output wire               code_valid_o,
    input  wire               code_ready_i,
    output wire [CODE_BITS:0] code_o,
    output wire [       31:0] value_o,

    output wire       x_proj_valid_o,
    input  wire       x_proj_ready_i,
    output wire [7:0] x_proj_o,

    output wire       busy_o,
    output wire       error_o,
    input  wire       flags_clear_i,
    output wire [4:0] flags_o
);

  if (D_INNER_MAX < 2) begin : g_unsupported
    D_INNER_MAX_must_be_at_least_2 unsupported_configuration ();
  end

  localparam [ADDRESS_WIDTH:0] LARGEST = D_INNER_MAX[ADDRESS_WIDTH:0];
  assign error_o = ~(|d_inner_i) | (d_inner_i > LARGEST);

  wire taps_ready;
  wire acc_valid;
  wire acc_ready;
  wire signed [17:0] acc;
  wire [31:0] bias;
  assign ready_o = taps_ready & ~error_o;
  conv_taps #(
      .D_INNER_MAX(D_INNER_MAX)
  ) taps (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .d_inner_i      (d_inner_i),
      .param_write_i  (param_write_i),
      .param_address_i(param_address_i),
      .param_weights_i(param_weights_i),
      .param_bias_i   (param_bias_i),
      .valid_i        (valid_i & ~error_o),
      .ready_o        (taps_ready),
      .x_i            (x_i),
      .first_i        (first_i),
      .valid_o        (acc_valid),
      .ready_i        (acc_ready),
      .acc_o          (acc),
      .bias_o         (bias)
  );

  wire value_valid;
  wire value_ready;
  wire [31:0] value;
  conv_activation activation (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .s_wx_i       (s_wx_i),
      .valid_i      (acc_valid),
      .ready_o      (acc_ready),
      .acc_i        (acc),
      .bias_i       (bias),
      .valid_o      (value_valid),
      .ready_i      (value_ready),
      .value_o      (value),
      .flags_clear_i(flags_clear_i),
      .flags_o      (flags_o)
  );

  conv_quantize #(
      .CODE_BITS(CODE_BITS)
  ) quantize (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .thr_pos_i     (thr_pos_i),
      .thr_neg_i     (thr_neg_i),
      .inv_s1_i      (inv_s1_i),
      .inv_s2_i      (inv_s2_i),
      .base1_i       (base1_i),
      .base2_i       (base2_i),
      .x_proj_inv_s_i(x_proj_inv_s_i),
      .valid_i       (value_valid),
      .ready_o       (value_ready),
      .value_i       (value),
      .code_valid_o  (code_valid_o),
      .code_ready_i  (code_ready_i),
      .code_o        (code_o),
      .value_o       (value_o),
      .x_proj_valid_o(x_proj_valid_o),
      .x_proj_ready_i(x_proj_ready_i),
      .x_proj_o      (x_proj_o)
  );

  // The stages and a FIFO hold 32 beats of a stream.
  localparam COUNT_WIDTH = 6;
  wire codes_inside;
  wire x_projs_inside;
  in_flight #(
      .WIDTH(COUNT_WIDTH)
  ) codes (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .enter_i(valid_i & ready_o),
      .leave_i(code_valid_o & code_ready_i),
      .any_o  (codes_inside)
  );
  in_flight #(
      .WIDTH(COUNT_WIDTH)
  ) x_projs (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .enter_i(valid_i & ready_o),
      .leave_i(x_proj_valid_o & x_proj_ready_i),
      .any_o  (x_projs_inside)
  );
  assign busy_o = codes_inside | x_projs_inside;

endmodule

`default_nettype wire
