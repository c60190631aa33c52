// SPDX-License-Identifier: Apache-2.0
// Scale of a channel from a table of bounds (docs/numerics.md, "Scale lookups"), all bounds compared
// at once. Latency 2, one a cycle. Each bound's place in a row has a memory of its own, of a word a
// group, so that a row is read at once; the last bound, always the size, is checked and not kept.
// restart_i does nothing; no order is wrong.
// scale_table says what the words of a table are.
`default_nettype none

module scale_lookup_parallel #(
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

  localparam HEAD_BITS = lookup_pkg::bound_bits(HEADS, BOUND_BITS);
  localparam DIM_BITS = lookup_pkg::bound_bits(HEADDIM, BOUND_BITS);
  localparam GROUP_BITS = lookup_pkg::index_bits(GROUPS);
  localparam LAST_BITS = (HEADS > HEADDIM) ? $clog2(HEADS + 1) : $clog2(HEADDIM + 1);

  wire write_head;
  wire write_dim;
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
      .SCALE_WORDS(SCALE_WORDS)
  ) tables (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .table_valid_i(table_valid_i),
      .table_ready_o(table_ready_o),
      .table_data_i (table_data_i),
      .table_swap_i (table_swap_i),
      .table_error_o(table_error_o),
      .write_0_o    (write_head),
      .write_1_o    (write_dim),
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

  wire row_read;
  wire [GROUP_BITS-1:0] row_address;
  wire [HEAD_GROUPS*HEAD_BITS-1:0] head_bounds;
  wire [HEAD_GROUPS*DIM_GROUPS*DIM_BITS-1:0] dim_bounds;

  // A word's group and its place in the group's row.
  wire [31:0] head_place = address & (HEAD_GROUPS - 1);
  wire [31:0] dim_place = address & (HEAD_GROUPS * DIM_GROUPS - 1);
  wire [31:0] write_group = write_head ? address / HEAD_GROUPS : address / (HEAD_GROUPS * DIM_GROUPS);

  genvar i;
  for (i = 0; i < HEAD_GROUPS; i = i + 1) begin : g_head
    if (i == HEAD_GROUPS - 1) begin : g_last
      assign head_bounds[i*HEAD_BITS+:HEAD_BITS] = {HEAD_BITS{1'b0}};
    end else begin : g_kept
      banked_ram #(
          .WIDTH(HEAD_BITS),
          .DEPTH(GROUPS)
      ) heads (
          .clk_i          (clk_i),
          .bank_i         (bank),
          .write_i        (write_head & (head_place == i)),
          .write_address_i(write_group[GROUP_BITS-1:0]),
          .write_data_i   (table_data_i[HEAD_BITS-1:0]),
          .read_i         (row_read),
          .read_address_i (row_address),
          .read_data_o    (head_bounds[i*HEAD_BITS+:HEAD_BITS])
      );
    end
  end
  for (i = 0; i < HEAD_GROUPS * DIM_GROUPS; i = i + 1) begin : g_dim
    if (i % DIM_GROUPS == DIM_GROUPS - 1) begin : g_last
      assign dim_bounds[i*DIM_BITS+:DIM_BITS] = {DIM_BITS{1'b0}};
    end else begin : g_kept
      banked_ram #(
          .WIDTH(DIM_BITS),
          .DEPTH(GROUPS)
      ) dims (
          .clk_i          (clk_i),
          .bank_i         (bank),
          .write_i        (write_dim & (dim_place == i)),
          .write_address_i(write_group[GROUP_BITS-1:0]),
          .write_data_i   (table_data_i[DIM_BITS-1:0]),
          .read_i         (row_read),
          .read_address_i (row_address),
          .read_data_o    (dim_bounds[i*DIM_BITS+:DIM_BITS])
      );
    end
  end

  scale_search_parallel #(
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM),
      .BOUND_BITS (BOUND_BITS)
  ) search (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .open_i         (open),
      .valid_i        (valid_i),
      .ready_o        (ready_o),
      .channel_i      (channel_i),
      .row_read_o     (row_read),
      .row_address_o  (row_address),
      .head_bounds_i  (head_bounds),
      .dim_bounds_i   (dim_bounds),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid_o),
      .ready_i        (ready_i),
      .index_o        (index_o),
      .idle_o         (idle)
  );

  assign order_error_o = 1'b0;
  wire unused = &{1'b0, restart_i, table_data_i, write_dim, bank, unused_row_begins, unused_empty,
                  unused_last, row_read, row_address, head_place, dim_place, write_group};

endmodule

`default_nettype wire
