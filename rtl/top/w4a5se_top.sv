// SPDX-License-Identifier: Apache-2.0
// The datapath's two engines behind AXI: conv_engine from INT8 to packed codes and INT8 for x_proj,
// scan_engine from packed codes, dt, z, B and C to FP16. Data on AXI4-Stream, tokens one after the
// other, channels in order; configuration, tables and counters on AXI4-Lite (docs/registers.md).
//
//   s_axis_x       INT8, a channel of a token a beat
//   m_axis_code    codes {flag, CODE_BITS bits}, packed densely; a packet (tlast) a token
//   m_axis_x_proj  INT8, a channel a beat; tlast with a token's last
//   s_axis_code    what m_axis_code gave
//   s_axis_dtz     {z, dt}, INT8 each, a channel a beat
//   s_axis_bc      {C, B}, INT8 each, D_STATE beats a token
//   m_axis_y       FP16, a channel a beat; tlast with a token's last
//
// The two engines run independently. The conv's FP32 output (mode fp32) does not leave this top.
`default_nettype none

module w4a5se_top #(
    parameter LANES = 4,
    parameter D_STATE = 16,
    parameter D_INNER_MAX = 2048,
    parameter CODE_BITS = 4,
    parameter STATE_INT8 = 0
) (
    input wire aclk,
    input wire aresetn,

    input  wire        s_axi_awvalid,
    output wire        s_axi_awready,
    input  wire [22:0] s_axi_awaddr,
    input  wire        s_axi_wvalid,
    output wire        s_axi_wready,
    input  wire [31:0] s_axi_wdata,
    input  wire [ 3:0] s_axi_wstrb,
    output wire        s_axi_bvalid,
    input  wire        s_axi_bready,
    output wire [ 1:0] s_axi_bresp,
    input  wire        s_axi_arvalid,
    output wire        s_axi_arready,
    input  wire [22:0] s_axi_araddr,
    output wire        s_axi_rvalid,
    input  wire        s_axi_rready,
    output wire [31:0] s_axi_rdata,
    output wire [ 1:0] s_axi_rresp,

    input  wire       s_axis_x_tvalid,
    output wire       s_axis_x_tready,
    input  wire [7:0] s_axis_x_tdata,

    output wire        m_axis_code_tvalid,
    input  wire        m_axis_code_tready,
    output wire [31:0] m_axis_code_tdata,
    output wire [ 3:0] m_axis_code_tkeep,
    output wire        m_axis_code_tlast,

    output wire       m_axis_x_proj_tvalid,
    input  wire       m_axis_x_proj_tready,
    output wire [7:0] m_axis_x_proj_tdata,
    output wire       m_axis_x_proj_tlast,

    input  wire        s_axis_code_tvalid,
    output wire        s_axis_code_tready,
    input  wire [31:0] s_axis_code_tdata,

    input  wire        s_axis_dtz_tvalid,
    output wire        s_axis_dtz_tready,
    input  wire [15:0] s_axis_dtz_tdata,

    input  wire        s_axis_bc_tvalid,
    output wire        s_axis_bc_tready,
    input  wire [15:0] s_axis_bc_tdata,

    output wire        m_axis_y_tvalid,
    input  wire        m_axis_y_tready,
    output wire [15:0] m_axis_y_tdata,
    output wire        m_axis_y_tlast
);

  if (D_INNER_MAX > 16384 || D_INNER_MAX * D_STATE > 262144) begin : g_unsupported
    tables_must_fit_their_windows_of_1_MB unsupported_configuration ();
  end

  localparam CHANNEL_WIDTH = $clog2(D_INNER_MAX) + 1;
  localparam TABLE_WIDTH = $clog2(D_INNER_MAX) + $clog2(D_STATE);
  localparam PACKED_WIDTH = CODE_BITS + 1;

  // ---- control --------------------------------------------------------------------------------

  wire write;
  wire [22:0] write_address;
  wire [31:0] write_data;
  wire write_whole;
  wire write_refused;
  wire read;
  wire [22:0] read_address;
  wire read_done;
  wire [31:0] read_data;
  wire read_refused;
  axi_lite #(
      .ADDRESS_WIDTH(23)
  ) axi (
      .aclk           (aclk),
      .aresetn        (aresetn),
      .s_axi_awvalid  (s_axi_awvalid),
      .s_axi_awready  (s_axi_awready),
      .s_axi_awaddr   (s_axi_awaddr),
      .s_axi_wvalid   (s_axi_wvalid),
      .s_axi_wready   (s_axi_wready),
      .s_axi_wdata    (s_axi_wdata),
      .s_axi_wstrb    (s_axi_wstrb),
      .s_axi_bvalid   (s_axi_bvalid),
      .s_axi_bready   (s_axi_bready),
      .s_axi_bresp    (s_axi_bresp),
      .s_axi_arvalid  (s_axi_arvalid),
      .s_axi_arready  (s_axi_arready),
      .s_axi_araddr   (s_axi_araddr),
      .s_axi_rvalid   (s_axi_rvalid),
      .s_axi_rready   (s_axi_rready),
      .s_axi_rdata    (s_axi_rdata),
      .s_axi_rresp    (s_axi_rresp),
      .write_o        (write),
      .write_address_o(write_address),
      .write_data_o   (write_data),
      .write_whole_o  (write_whole),
      .write_refused_i(write_refused),
      .read_o         (read),
      .read_address_o (read_address),
      .read_done_i    (read_done),
      .read_data_i    (read_data),
      .read_refused_i (read_refused)
  );

  wire conv_busy;
  wire scan_busy;
  wire [4:0] conv_flags;
  wire [4:0] scan_flags;
  wire [63:0] cycles;
  wire [63:0] updates;
  wire [63:0] stalls;
  wire [1023:0] words;  // the configuration, by byte address * 8
  wire conv_first;
  wire scan_first;
  wire clear;
  wire reset;
  wire conv_table_write;
  wire [$clog2(D_INNER_MAX)-1:0] conv_table_channel;
  wire [31:0] conv_table_weights;
  wire [31:0] conv_table_bias;
  wire scan_table_write;
  wire [1:0] scan_table_select;
  wire [TABLE_WIDTH-1:0] scan_table_address;
  wire [31:0] scan_table_data;
  wire state_read;
  wire [31:0] state_data;
  top_registers #(
      .LANES      (LANES),
      .D_STATE    (D_STATE),
      .D_INNER_MAX(D_INNER_MAX),
      .CODE_BITS  (CODE_BITS),
      .STATE_INT8 (STATE_INT8)
  ) registers (
      .aclk                (aclk),
      .aresetn             (aresetn),
      .write_i             (write),
      .write_address_i     (write_address),
      .write_data_i        (write_data),
      .write_whole_i       (write_whole),
      .write_refused_o     (write_refused),
      .read_i              (read),
      .read_address_i      (read_address),
      .read_done_o         (read_done),
      .read_data_o         (read_data),
      .read_refused_o      (read_refused),
      .conv_busy_i         (conv_busy),
      .scan_busy_i         (scan_busy),
      .conv_flags_i        (conv_flags),
      .scan_flags_i        (scan_flags),
      .cycles_i            (cycles),
      .updates_i           (updates),
      .stalls_i            (stalls),
      .config_o            (words),
      .conv_first_o        (conv_first),
      .scan_first_o        (scan_first),
      .clear_o             (clear),
      .reset_o             (reset),
      .conv_table_write_o  (conv_table_write),
      .conv_table_channel_o(conv_table_channel),
      .conv_table_weights_o(conv_table_weights),
      .conv_table_bias_o   (conv_table_bias),
      .scan_table_write_o  (scan_table_write),
      .scan_table_select_o (scan_table_select),
      .scan_table_address_o(scan_table_address),
      .scan_table_data_o   (scan_table_data),
      .state_read_o        (state_read),
      .state_data_i        (state_data)
  );

  wire engines_resetn = aresetn & ~reset;
  wire state_write = scan_table_write & (scan_table_select == 2'd3);
  wire [CHANNEL_WIDTH-1:0] d_inner = words[registers_pkg::D_INNER*8+:CHANNEL_WIDTH];
  wire signed [CODE_BITS:0] base1 = words[registers_pkg::BASE1*8+:CODE_BITS+1];
  wire signed [CODE_BITS:0] base2 = words[registers_pkg::BASE2*8+:CODE_BITS+1];

  // ---- convolution ----------------------------------------------------------------------------

  wire x_first;
  wire x_busy;
  wire unused_x_last;
  token_counter #(
      .WIDTH(CHANNEL_WIDTH)
  ) x_counter (
      .clk_i     (aclk),
      .rst_ni    (engines_resetn),
      .d_inner_i (d_inner),
      .start_i   (conv_first),
      .continue_i(1'b0),
      .step_i    (s_axis_x_tvalid & s_axis_x_tready),
      .first_o   (x_first),
      .last_o    (unused_x_last),
      .busy_o    (x_busy)
  );

  wire x_ready;
  assign s_axis_x_tready = x_ready & engines_resetn;
  wire code_valid;
  wire code_ready;
  wire [CODE_BITS:0] code;
  wire [31:0] unused_value;
  wire unused_conv_error;
  wire unused_conv_table_ready;
  wire unused_conv_table_error;
  wire [63:0] unused_conv_lookup_stalls;
  wire conv_engine_busy;
  conv_engine #(
      .CODE_BITS  (CODE_BITS),
      .D_INNER_MAX(D_INNER_MAX)
  ) conv (
      .clk_i          (aclk),
      .rst_ni         (engines_resetn),
      .d_inner_i      (d_inner),
      .s_wx_i         (words[registers_pkg::S_WX*8+:32]),
      .thr_pos_i      (words[registers_pkg::THR_POS*8+:32]),
      .thr_neg_i      (words[registers_pkg::THR_NEG*8+:32]),
      .inv_s1_i       (words[registers_pkg::INV_S1*8+:32]),
      .inv_s2_i       (words[registers_pkg::INV_S2*8+:32]),
      .base1_i        (base1),
      .base2_i        (base2),
      .x_proj_inv_s_i (words[registers_pkg::X_PROJ_INV_S*8+:32]),
      .param_write_i  (conv_table_write),
      .param_address_i(conv_table_channel),
      .param_weights_i(conv_table_weights),
      .param_bias_i   (conv_table_bias),
      .scale_valid_i  (1'b0),
      .scale_ready_o  (unused_conv_table_ready),
      .scale_data_i   (32'd0),
      .scale_swap_i   (1'b0),
      .scale_error_o  (unused_conv_table_error),
      .lookup_stalls_o(unused_conv_lookup_stalls),
      .valid_i        (s_axis_x_tvalid),
      .ready_o        (x_ready),
      .x_i            (s_axis_x_tdata),
      .first_i        (x_first),
      .code_valid_o   (code_valid),
      .code_ready_i   (code_ready),
      .code_o         (code),
      .value_o        (unused_value),
      .x_proj_valid_o (m_axis_x_proj_tvalid),
      .x_proj_ready_i (m_axis_x_proj_tready),
      .x_proj_o       (m_axis_x_proj_tdata),
      .busy_o         (conv_engine_busy),
      .error_o        (unused_conv_error),
      .flags_clear_i  (clear),
      .flags_o        (conv_flags)
  );

  wire unused_x_proj_first;
  wire x_proj_busy;
  token_counter #(
      .WIDTH(CHANNEL_WIDTH)
  ) x_proj_counter (
      .clk_i     (aclk),
      .rst_ni    (engines_resetn),
      .d_inner_i (d_inner),
      .start_i   (1'b0),
      .continue_i(1'b0),
      .step_i    (m_axis_x_proj_tvalid & m_axis_x_proj_tready),
      .first_o   (unused_x_proj_first),
      .last_o    (m_axis_x_proj_tlast),
      .busy_o    (x_proj_busy)
  );

  wire code_last;
  wire code_busy;
  wire unused_code_first;
  token_counter #(
      .WIDTH(CHANNEL_WIDTH)
  ) code_counter (
      .clk_i     (aclk),
      .rst_ni    (engines_resetn),
      .d_inner_i (d_inner),
      .start_i   (1'b0),
      .continue_i(1'b0),
      .step_i    (code_valid & code_ready),
      .first_o   (unused_code_first),
      .last_o    (code_last),
      .busy_o    (code_busy)
  );
  wire [2:0] code_bytes;
  code_pack #(
      .WIDTH(PACKED_WIDTH)
  ) pack (
      .clk_i  (aclk),
      .rst_ni (engines_resetn),
      .valid_i(code_valid),
      .ready_o(code_ready),
      .code_i (code),
      .last_i (code_last),
      .valid_o(m_axis_code_tvalid),
      .ready_i(m_axis_code_tready),
      .word_o (m_axis_code_tdata),
      .bytes_o(code_bytes),
      .last_o (m_axis_code_tlast)
  );
  assign m_axis_code_tkeep = ~(4'b1111 << code_bytes);
  assign conv_busy = conv_engine_busy | x_busy | x_proj_busy | code_busy | m_axis_code_tvalid |
                     (s_axis_x_tvalid & x_ready);

  // ---- scan -----------------------------------------------------------------------------------

  wire word_ready;
  wire bc_ready;
  assign s_axis_code_tready = word_ready & engines_resetn;
  wire u_valid;
  wire u_ready;
  wire [CODE_BITS:0] u_code;
  wire unused_u_last;
  code_unpack #(
      .WIDTH(PACKED_WIDTH)
  ) unpack (
      .clk_i   (aclk),
      .rst_ni  (engines_resetn),
      .length_i({{32 - CHANNEL_WIDTH{1'b0}}, d_inner}),
      .valid_i (s_axis_code_tvalid),
      .ready_o (word_ready),
      .word_i  (s_axis_code_tdata),
      .valid_o (u_valid),
      .ready_i (u_ready),
      .code_o  (u_code),
      .last_o  (unused_u_last)
  );

  // What waits in front of the scan keeps it busy too.
  wire scan_engine_busy;
  assign scan_busy = scan_engine_busy | u_valid | (s_axis_code_tvalid & word_ready) |
                     (s_axis_bc_tvalid & bc_ready);

  // A channel enters when its code and its dt and z are there.
  wire channel_ready;
  assign u_ready = channel_ready & s_axis_dtz_tvalid;
  assign s_axis_dtz_tready = channel_ready & u_valid & engines_resetn;

  wire channel_first;
  wire unused_channel_counter_busy;
  wire unused_channel_last;
  token_counter #(
      .WIDTH(CHANNEL_WIDTH)
  ) channel_counter (
      .clk_i     (aclk),
      .rst_ni    (engines_resetn),
      .d_inner_i (d_inner),
      .start_i   (scan_first),
      .continue_i(state_write),
      .step_i    (u_valid & u_ready),
      .first_o   (channel_first),
      .last_o    (unused_channel_last),
      .busy_o    (unused_channel_counter_busy)
  );

  wire unused_scan_error;
  wire unused_scan_table_ready;
  wire unused_scan_table_error;
  wire [63:0] unused_scan_lookup_stalls;
  assign s_axis_bc_tready = bc_ready & engines_resetn;
  scan_engine #(
      .LANES      (LANES),
      .D_STATE    (D_STATE),
      .D_INNER_MAX(D_INNER_MAX),
      .CODE_BITS  (CODE_BITS),
      .STATE_INT8 (STATE_INT8)
  ) scan (
      .clk_i          (aclk),
      .rst_ni         (engines_resetn),
      .d_inner_i      (d_inner),
      .s1_i           (words[registers_pkg::S1*8+:32]),
      .s2_i           (words[registers_pkg::S2*8+:32]),
      .base1_i        (base1),
      .base2_i        (base2),
      .u_fp32_i       (1'b0),
      .s_dt_i         (words[registers_pkg::S_DT*8+:32]),
      .s_b_i          (words[registers_pkg::S_B*8+:32]),
      .s_c_i          (words[registers_pkg::S_C*8+:32]),
      .s_z_i          (words[registers_pkg::S_Z*8+:32]),
      .gate_i         (words[registers_pkg::GATE*8]),
      .s_h_i          (words[registers_pkg::S_H*8+:32]),
      .inv_s_h_i      (words[registers_pkg::INV_S_H*8+:32]),
      .valid_i        (u_valid & s_axis_dtz_tvalid),
      .ready_o        (channel_ready),
      .u_i            ({{31 - CODE_BITS{1'b0}}, u_code}),
      .dt_i           (s_axis_dtz_tdata[7:0]),
      .z_i            (s_axis_dtz_tdata[15:8]),
      .first_i        (channel_first),
      .bc_valid_i     (s_axis_bc_tvalid),
      .bc_ready_o     (bc_ready),
      .b_i            (s_axis_bc_tdata[7:0]),
      .c_i            (s_axis_bc_tdata[15:8]),
      .valid_o        (m_axis_y_tvalid),
      .ready_i        (m_axis_y_tready),
      .y_o            (m_axis_y_tdata),
      .table_write_i  (scan_table_write),
      .table_select_i (scan_table_select),
      .table_address_i(scan_table_address),
      .table_data_i   (scan_table_data),
      .state_read_i   (state_read),
      .state_data_o   (state_data),
      .scale_valid_i  (1'b0),
      .scale_ready_o  (unused_scan_table_ready),
      .scale_data_i   (32'd0),
      .scale_swap_i   (1'b0),
      .scale_error_o  (unused_scan_table_error),
      .lookup_stalls_o(unused_scan_lookup_stalls),
      .busy_o         (scan_engine_busy),
      .error_o        (unused_scan_error),
      .clear_i        (clear),
      .flags_o        (scan_flags),
      .cycles_o       (cycles),
      .updates_o      (updates),
      .stalls_o       (stalls)
  );

  wire unused_y_first;
  wire unused_y_counter_busy;
  token_counter #(
      .WIDTH(CHANNEL_WIDTH)
  ) y_counter (
      .clk_i     (aclk),
      .rst_ni    (engines_resetn),
      .d_inner_i (d_inner),
      .start_i   (1'b0),
      .continue_i(1'b0),
      .step_i    (m_axis_y_tvalid & m_axis_y_tready),
      .first_o   (unused_y_first),
      .last_o    (m_axis_y_tlast),
      .busy_o    (unused_y_counter_busy)
  );

endmodule

`default_nettype wire
