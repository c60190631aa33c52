// SPDX-License-Identifier: Apache-2.0
// The scale lookup that FORM names, with the ports of all of them: 1 sequential, 2 parallel, 3 lut,
// 4 cursor, which leaves the order of requests to whoever asks.
`default_nettype none

module scale_lookup #(
    parameter  FORM = 4,
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  SCALE_WORDS = 1,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM),
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS)
) (
    input wire clk_i,
    input wire rst_ni,

    input  wire                      valid_i,
    output wire                      ready_o,
    input  wire [  CHANNEL_BITS-1:0] channel_i,
    input  wire                      restart_i,
    output wire                      valid_o,
    input  wire                      ready_i,
    output wire [    INDEX_BITS-1:0] index_o,
    output wire [32*SCALE_WORDS-1:0] scale_o,

    input  wire        table_valid_i,
    output wire        table_ready_o,
    input  wire [31:0] table_data_i,
    input  wire        table_swap_i,

    output wire table_error_o,
    output wire order_error_o
);

  if (FORM == 1) begin : g_sequential
    scale_lookup_sequential #(
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM),
        .SCALE_WORDS(SCALE_WORDS)
    ) lookup (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .valid_i      (valid_i),
        .ready_o      (ready_o),
        .channel_i    (channel_i),
        .restart_i    (restart_i),
        .valid_o      (valid_o),
        .ready_i      (ready_i),
        .index_o      (index_o),
        .scale_o      (scale_o),
        .table_valid_i(table_valid_i),
        .table_ready_o(table_ready_o),
        .table_data_i (table_data_i),
        .table_swap_i (table_swap_i),
        .table_error_o(table_error_o),
        .order_error_o(order_error_o)
    );
  end else if (FORM == 2) begin : g_parallel
    scale_lookup_parallel #(
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM),
        .SCALE_WORDS(SCALE_WORDS)
    ) lookup (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .valid_i      (valid_i),
        .ready_o      (ready_o),
        .channel_i    (channel_i),
        .restart_i    (restart_i),
        .valid_o      (valid_o),
        .ready_i      (ready_i),
        .index_o      (index_o),
        .scale_o      (scale_o),
        .table_valid_i(table_valid_i),
        .table_ready_o(table_ready_o),
        .table_data_i (table_data_i),
        .table_swap_i (table_swap_i),
        .table_error_o(table_error_o),
        .order_error_o(order_error_o)
    );
  end else if (FORM == 3) begin : g_lut
    scale_lookup_lut #(
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM),
        .SCALE_WORDS(SCALE_WORDS)
    ) lookup (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .valid_i      (valid_i),
        .ready_o      (ready_o),
        .channel_i    (channel_i),
        .restart_i    (restart_i),
        .valid_o      (valid_o),
        .ready_i      (ready_i),
        .index_o      (index_o),
        .scale_o      (scale_o),
        .table_valid_i(table_valid_i),
        .table_ready_o(table_ready_o),
        .table_data_i (table_data_i),
        .table_swap_i (table_swap_i),
        .table_error_o(table_error_o),
        .order_error_o(order_error_o)
    );
  end else if (FORM == 4) begin : g_cursor
    scale_lookup_cursor #(
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM),
        .SCALE_WORDS(SCALE_WORDS),
        .CHECK_ORDER(0)
    ) lookup (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .valid_i      (valid_i),
        .ready_o      (ready_o),
        .channel_i    (channel_i),
        .restart_i    (restart_i),
        .valid_o      (valid_o),
        .ready_i      (ready_i),
        .index_o      (index_o),
        .scale_o      (scale_o),
        .table_valid_i(table_valid_i),
        .table_ready_o(table_ready_o),
        .table_data_i (table_data_i),
        .table_swap_i (table_swap_i),
        .table_error_o(table_error_o),
        .order_error_o(order_error_o)
    );
  end else begin : g_unsupported
    FORM_must_be_1_to_4 unsupported_configuration ();
  end

endmodule

`default_nettype wire
