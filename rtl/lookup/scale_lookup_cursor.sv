// SPDX-License-Identifier: Apache-2.0
// Scale of a channel from a table of bounds (docs/numerics.md, "Scale lookups") for channels that come
// in order, 0 to the last and again: nothing is searched. Latency 1, one a cycle, no stall. Another
// channel than the one due is not answered: order_error_o is high and nothing is accepted until
// restart_i, which begins at channel 0. With CHECK_ORDER 0 the order is the sender's to keep. Runs and
// scales are in three memories. scale_table says what the words of a table are; but a row's scales begin
// with those of its dim groups that are not empty, and what follows is not used.
//
// Empty groups are left out as the bounds come in. The width of stored bounds does not depend on
// BOUND_BITS.
`default_nettype none

module scale_lookup_cursor #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  BOUND_BITS = 0,
    parameter  SCALE_BITS = 32,
    parameter  SCALE_FP16 = 0,
    parameter  SCALE_WORDS = 1,
    parameter  CHECK_ORDER = 1,
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

  localparam ROW_BITS = lookup_pkg::index_bits(ROWS);
  localparam HEAD_BITS = $clog2(HEADS);
  localparam DIM_BITS = $clog2(HEADDIM);
  localparam HEAD_GROUP_BITS = lookup_pkg::index_bits(HEAD_GROUPS);
  localparam DIM_GROUP_BITS = lookup_pkg::index_bits(DIM_GROUPS);
  localparam RUN_BITS = (HEAD_GROUP_BITS > DIM_GROUP_BITS) ? HEAD_GROUP_BITS : DIM_GROUP_BITS;
  localparam LAST_BITS = (HEADS > HEADDIM) ? $clog2(HEADS + 1) : $clog2(HEADDIM + 1);

  wire write_head;
  wire write_dim;
  wire [31:0] address;
  wire row_begins;
  wire empty;
  wire [LAST_BITS-1:0] last;
  wire bank;
  wire open;
  wire idle;
  wire dim_read;
  wire [INDEX_BITS-1:0] dim_address;
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
      .row_begins_o (row_begins),
      .empty_o      (empty),
      .last_o       (last),
      .idle_i       (idle),
      .bank_o       (bank),
      .open_o       (open),
      .scale_read_i (dim_read),
      .scale_index_i(dim_address),
      .scale_o      (scale_o)
  );

  // Where in its row the next run goes: after those that came before.
  logic [RUN_BITS-1:0] runs_q;
  wire [RUN_BITS-1:0] run = row_begins ? {RUN_BITS{1'b0}} : runs_q;
  always_ff @(posedge clk_i) begin
    if (write_head | write_dim) runs_q <= run + {{RUN_BITS - 1{1'b0}}, ~empty};
  end

  wire [31:0] row_size = write_head ? HEAD_GROUPS : DIM_GROUPS;
  wire [31:0] member = address & (row_size - 32'd1);
  wire [31:0] write_address = (address & ~(row_size - 32'd1)) | {{32 - RUN_BITS{1'b0}}, run};

  wire head_read;
  wire [ROW_BITS-1:0] head_address;
  wire [HEAD_BITS-1:0] head_last;
  wire [DIM_BITS-1:0] dim_next;
  wire [HEAD_GROUP_BITS-1:0] head_group;
  wire [DIM_GROUP_BITS-1:0] dim_group;
  banked_ram #(
      .WIDTH(HEAD_BITS + HEAD_GROUP_BITS),
      .DEPTH(ROWS)
  ) heads (
      .clk_i          (clk_i),
      .bank_i         (bank),
      .write_i        (write_head & ~empty),
      .write_address_i(write_address[ROW_BITS-1:0]),
      .write_data_i   ({last[HEAD_BITS-1:0], member[HEAD_GROUP_BITS-1:0]}),
      .read_i         (head_read),
      .read_address_i (head_address),
      .read_data_o    ({head_last, head_group})
  );

  banked_ram #(
      .WIDTH(DIM_BITS + DIM_GROUP_BITS),
      .DEPTH(SCALES)
  ) dims (
      .clk_i          (clk_i),
      .bank_i         (bank),
      .write_i        (write_dim & ~empty),
      .write_address_i(write_address[INDEX_BITS-1:0]),
      .write_data_i   ({table_data_i[DIM_BITS-1:0], member[DIM_GROUP_BITS-1:0]}),
      .read_i         (dim_read),
      .read_address_i (dim_address),
      .read_data_o    ({dim_next, dim_group})
  );

  scale_search_cursor #(
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM),
      .CHECK_ORDER(CHECK_ORDER)
  ) search (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .open_i        (open),
      .restart_i     (restart_i),
      .valid_i       (valid_i),
      .ready_o       (ready_o),
      .channel_i     (channel_i),
      .head_read_o   (head_read),
      .head_address_o(head_address),
      .head_last_i   (head_last),
      .head_group_i  (head_group),
      .dim_read_o    (dim_read),
      .dim_address_o (dim_address),
      .dim_next_i    (dim_next),
      .dim_group_i   (dim_group),
      .valid_o       (valid_o),
      .ready_i       (ready_i),
      .index_o       (index_o),
      .order_error_o (order_error_o),
      .idle_o        (idle)
  );

  wire unused = &{1'b0, last, member, write_address};

endmodule

`default_nettype wire
