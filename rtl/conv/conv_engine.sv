// SPDX-License-Identifier: Apache-2.0
// Causal depthwise convolution of width 4, SiLU and quantiser (docs/numerics.md, "Convolution"):
// INT8 channels in, codes with their FP32 values and INT8 for x_proj out. Channels 0 to d_inner - 1
// of token 0, then of token 1; first_i, with each channel of a token, makes its history count as 0.
//
// Latency 29, one channel a cycle; with d_inner 1 one in two (docs/architecture.md, "Cycles").
// While busy_o is high the configuration holds still and the parameters are not written. A d_inner
// of 0 or above D_INNER_MAX raises error_o, and nothing is accepted.
//
// LOOKUP 1 to 4 (scale_stage): each channel has its own scales, which the table port writes: inv_s1,
// inv_s2, thr_pos, thr_neg of each index. The ports of these names are not read, and latency is
// that of the lookup more. d_inner must be GROUPS * HEADS * HEADDIM, else error_o is high. Nothing is
// accepted while scale_error_o is high. Reset drops the table; beats wait inside for the
// next. flags_clear_i clears lookup_stalls_o too.
`default_nettype none

module conv_engine #(
    parameter CODE_BITS = 4,
    parameter D_INNER_MAX = 2048,
    parameter LOOKUP = 0,
    parameter GROUPS = 1,
    parameter HEAD_GROUPS = 4,
    parameter DIM_GROUPS = 4,
    parameter HEADS = 32,
    parameter HEADDIM = 64,
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

    // The scales of LOOKUP; scale_stage describes it.
    input  wire        scale_valid_i,
    output wire        scale_ready_o,
    input  wire [31:0] scale_data_i,
    input  wire        scale_swap_i,
    output wire        scale_error_o,
    output wire [63:0] lookup_stalls_o,

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
  localparam CHANNELS = GROUPS * HEADS * HEADDIM;
  if (LOOKUP != 0 && CHANNELS > D_INNER_MAX) begin : g_unsupported_shape
    a_table_of_at_most_D_INNER_MAX_channels unsupported_configuration ();
  end

  localparam [ADDRESS_WIDTH:0] LARGEST = D_INNER_MAX[ADDRESS_WIDTH:0];
  assign error_o = (LOOKUP != 0) ? d_inner_i != CHANNELS[ADDRESS_WIDTH:0]
                                 : ~(|d_inner_i) | (d_inner_i > LARGEST);
  wire refuse = error_o | scale_error_o;

  wire taps_ready;
  wire acc_valid;
  wire acc_ready;
  wire signed [17:0] acc;
  wire [31:0] bias;
  assign ready_o = taps_ready & ~refuse;
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
      .valid_i        (valid_i & ~refuse),
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

  wire scaled_valid;
  wire scaled_ready;
  wire [31:0] scaled_value;
  wire [31:0] thr_pos;
  wire [31:0] thr_neg;
  wire [31:0] inv_s1;
  wire [31:0] inv_s2;
  scale_stage #(
      .LOOKUP     (LOOKUP),
      .WIDTH      (32),
      .SCALE_WORDS(4),
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM)
  ) scale (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .scale_i      ({thr_neg_i, thr_pos_i, inv_s2_i, inv_s1_i}),
      .valid_i      (value_valid),
      .ready_o      (value_ready),
      .data_i       (value),
      .valid_o      (scaled_valid),
      .ready_i      (scaled_ready),
      .data_o       (scaled_value),
      .scale_o      ({thr_neg, thr_pos, inv_s2, inv_s1}),
      .table_valid_i(scale_valid_i),
      .table_ready_o(scale_ready_o),
      .table_data_i (scale_data_i),
      .table_swap_i (scale_swap_i),
      .table_error_o(scale_error_o),
      .clear_i      (flags_clear_i),
      .stalls_o     (lookup_stalls_o)
  );

  conv_quantize #(
      .CODE_BITS(CODE_BITS)
  ) quantize (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .thr_pos_i     (thr_pos),
      .thr_neg_i     (thr_neg),
      .inv_s1_i      (inv_s1),
      .inv_s2_i      (inv_s2),
      .base1_i       (base1_i),
      .base2_i       (base2_i),
      .x_proj_inv_s_i(x_proj_inv_s_i),
      .valid_i       (scaled_valid),
      .ready_o       (scaled_ready),
      .value_i       (scaled_value),
      .code_valid_o  (code_valid_o),
      .code_ready_i  (code_ready_i),
      .code_o        (code_o),
      .value_o       (value_o),
      .x_proj_valid_o(x_proj_valid_o),
      .x_proj_ready_i(x_proj_ready_i),
      .x_proj_o      (x_proj_o)
  );

  // The stages and FIFOs hold 35 beats of a stream.
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
