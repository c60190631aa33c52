// SPDX-License-Identifier: Apache-2.0
// Scale of a channel by an index memory with a word a channel, then the scale memory (docs/numerics.md,
// "Scale lookups"). Latency 2, one a cycle. restart_i does nothing; no order is wrong.
// scale_table says what the words of a table are. BOUND_BITS 32 stores indices of 32 bits.
`default_nettype none

module scale_lookup_lut #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  BOUND_BITS = 0,
    parameter  SCALE_BITS = 32,
    parameter  SCALE_FP16 = 0,
    parameter  SCALE_WORDS = 1,
    localparam CHANNELS = GROUPS * HEADS * HEADDIM,
    localparam ROWS = GROUPS * HEAD_GROUPS,
    localparam SCALES = ROWS * DIM_GROUPS,
    localparam CHANNEL_BITS = $clog2(CHANNELS),
    localparam INDEX_BITS = lookup_pkg::index_bits(SCALES)
) (
    input wire clk_i,
    input wire rst_ni,

    // Requests and, in their order, answers.
    input  wire                      valid_i,
    output wire                      ready_o,
    input  wire [  CHANNEL_BITS-1:0] channel_i,
    input  wire                      restart_i,
    output wire                      valid_o,
    input  wire                      ready_i,
    output wire [    INDEX_BITS-1:0] index_o,
    output wire [32*SCALE_WORDS-1:0] scale_o,

    // The next table; scale_table_load describes it.
    input  wire        table_valid_i,
    output wire        table_ready_o,
    input  wire [31:0] table_data_i,
    input  wire        table_swap_i,

    output wire table_error_o,
    output wire order_error_o
);

  localparam LOCAL = HEAD_GROUPS * DIM_GROUPS;
  localparam LOCAL_BITS = lookup_pkg::index_bits(LOCAL);
  localparam WORD_BITS = (BOUND_BITS == 0) ? LOCAL_BITS : BOUND_BITS;
  localparam LAST_BITS = (HEADS > HEADDIM) ? $clog2(HEADS + 1) : $clog2(HEADDIM + 1);

  wire write_index;
  wire unused_write;
  wire [31:0] address;
  wire unused_row_begins;
  wire unused_empty;
  wire [LAST_BITS-1:0] unused_last;
  wire bank;
  wire open;
  wire idle;
  wire scale_read;
  wire [INDEX_BITS-1:0] scale_address;
  scale_table #(
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM),
      .BOUND_BITS (BOUND_BITS),
      .SCALE_BITS (SCALE_BITS),
      .SCALE_FP16 (SCALE_FP16),
      .SCALE_WORDS(SCALE_WORDS),
      .INDEXED    (1)
  ) tables (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .table_valid_i(table_valid_i),
      .table_ready_o(table_ready_o),
      .table_data_i (table_data_i),
      .table_swap_i (table_swap_i),
      .table_error_o(table_error_o),
      .write_0_o    (write_index),
      .write_1_o    (unused_write),
      .address_o    (address),
      .row_begins_o (unused_row_begins),
      .empty_o      (unused_empty),
      .last_o       (unused_last),
      .idle_i       (idle),
      .bank_o       (bank),
      .open_o       (open),
      .scale_read_i (scale_read),
      .scale_index_i(scale_address),
      .scale_o      (scale_o)
  );

  wire index_read;
  wire [CHANNEL_BITS-1:0] index_address;
  wire [WORD_BITS-1:0] word;
  banked_ram #(
      .WIDTH(WORD_BITS),
      .DEPTH(CHANNELS)
  ) indices (
      .clk_i          (clk_i),
      .bank_i         (bank),
      .write_i        (write_index),
      .write_address_i(address[CHANNEL_BITS-1:0]),
      .write_data_i   (table_data_i[WORD_BITS-1:0]),
      .read_i         (index_read),
      .read_address_i (index_address),
      .read_data_o    (word)
  );

  scale_search_lut #(
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM)
  ) search (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .open_i         (open),
      .valid_i        (valid_i),
      .ready_o        (ready_o),
      .channel_i      (channel_i),
      .index_read_o   (index_read),
      .index_address_o(index_address),
      .word_i         (word[LOCAL_BITS-1:0]),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid_o),
      .ready_i        (ready_i),
      .index_o        (index_o),
      .idle_o         (idle)
  );

  assign order_error_o = 1'b0;
  wire unused = &{1'b0, restart_i, table_data_i, address, word, unused_write, unused_row_begins,
                  unused_empty, unused_last};

endmodule

`default_nettype wire
