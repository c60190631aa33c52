// SPDX-License-Identifier: Apache-2.0
// Scale of a channel from a table of bounds (docs/numerics.md, "Scale lookups") for channels that come
// in order, 0 to the last and again: nothing is searched. Latency 1, one a cycle, no stall. Another
// channel than the one due is not answered: order_error_o is high and nothing is accepted until
// restart_i, which begins at channel 0. With CHECK_ORDER 0 the order is the sender's to keep. Runs and
// scales are in three memories.
//
// Words of a table: head_range [group][head group], dim_range [group][head group][dim group], and
// scales likewise, but a row's begin with those of its dim groups that are not empty; what follows is
// not used. Empty groups are left out as the bounds come in. The width of stored bounds does not
// depend on BOUND_BITS.
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
    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire [CHANNEL_BITS-1:0] channel_i,
    input  wire                    restart_i,
    output wire                    valid_o,
    input  wire                    ready_i,
    output wire [  INDEX_BITS-1:0] index_o,
    output wire [            31:0] scale_o,

    // The next table; scale_table_load describes it.
    input  wire        table_valid_i,
    output wire        table_ready_o,
    input  wire [31:0] table_data_i,
    input  wire        table_swap_i,

    output wire table_error_o,
    output wire order_error_o
);

  if (lookup_pkg::is_shape(
          GROUPS, HEAD_GROUPS, DIM_GROUPS, HEADS, HEADDIM
      ) == 0) begin : g_unsupported_shape
    sizes_must_be_powers_of_2_but_HEADS_of_one_group unsupported_configuration ();
  end
  if (BOUND_BITS != 0 && BOUND_BITS != 32) begin : g_unsupported_bounds
    BOUND_BITS_must_be_0_minimal_or_32 unsupported_configuration ();
  end

  localparam ADDRESS_BITS = INDEX_BITS;
  localparam ROW_BITS = lookup_pkg::index_bits(ROWS);
  localparam CHECK_BITS = (HEADS > HEADDIM) ? $clog2(HEADS + 1) : $clog2(HEADDIM + 1);
  localparam HEAD_BITS = $clog2(HEADS);
  localparam DIM_BITS = $clog2(HEADDIM);
  localparam HEAD_GROUP_BITS = lookup_pkg::index_bits(HEAD_GROUPS);
  localparam DIM_GROUP_BITS = lookup_pkg::index_bits(DIM_GROUPS);
  localparam RUN_BITS = (HEAD_GROUP_BITS > DIM_GROUP_BITS) ? HEAD_GROUP_BITS : DIM_GROUP_BITS;

  wire [2:0] write;
  wire [ADDRESS_BITS-1:0] address;
  wire bank;
  wire open;
  wire idle;
  wire word_legal;
  wire scale_legal;
  assign word_legal = write[2] ? scale_legal : bounds_legal;
  scale_table_load #(
      .SECTION_0(ROWS),
      .SECTION_1(SCALES),
      .SECTION_2(SCALES)
  ) load (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .table_valid_i(table_valid_i),
      .table_ready_o(table_ready_o),
      .table_swap_i (table_swap_i),
      .word_legal_i (word_legal),
      .write_o      (write),
      .address_o    (address),
      .idle_i       (idle),
      .bank_o       (bank),
      .open_o       (open),
      .error_o      (table_error_o)
  );

  wire bounds_legal;
  wire row_begins;
  wire empty;
  wire [CHECK_BITS-1:0] last;
  scale_bounds_check #(
      .HEAD_GROUPS (HEAD_GROUPS),
      .DIM_GROUPS  (DIM_GROUPS),
      .HEADS       (HEADS),
      .HEADDIM     (HEADDIM),
      .ADDRESS_BITS(ADDRESS_BITS)
  ) check (
      .clk_i       (clk_i),
      .write_head_i(write[0]),
      .write_dim_i (write[1]),
      .address_i   (address),
      .data_i      (table_data_i),
      .legal_o     (bounds_legal),
      .row_begins_o(row_begins),
      .empty_o     (empty),
      .last_o      (last)
  );

  // Where in its row the next run goes: after those that came before.
  logic [RUN_BITS-1:0] runs_q;
  wire [RUN_BITS-1:0] run = row_begins ? {RUN_BITS{1'b0}} : runs_q;
  always_ff @(posedge clk_i) begin
    if (write[0] | write[1]) runs_q <= run + {{RUN_BITS - 1{1'b0}}, ~empty};
  end

  wire [31:0] place = {{32 - ADDRESS_BITS{1'b0}}, address};
  wire [31:0] row_size = write[0] ? HEAD_GROUPS : DIM_GROUPS;
  wire [31:0] member = place & (row_size - 32'd1);
  wire [31:0] write_address = (place & ~(row_size - 32'd1)) | {{32 - RUN_BITS{1'b0}}, run};

  wire head_read;
  wire dim_read;
  wire [ROW_BITS-1:0] head_address;
  wire [INDEX_BITS-1:0] dim_address;
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
      .write_i        (write[0] & ~empty),
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
      .write_i        (write[1] & ~empty),
      .write_address_i(write_address[INDEX_BITS-1:0]),
      .write_data_i   ({table_data_i[DIM_BITS-1:0], member[DIM_GROUP_BITS-1:0]}),
      .read_i         (dim_read),
      .read_address_i (dim_address),
      .read_data_o    ({dim_next, dim_group})
  );

  scale_memory #(
      .SCALES    (SCALES),
      .SCALE_BITS(SCALE_BITS),
      .SCALE_FP16(SCALE_FP16)
  ) scales (
      .clk_i        (clk_i),
      .bank_i       (bank),
      .write_i      (write[2]),
      .write_index_i(address[INDEX_BITS-1:0]),
      .data_i       (table_data_i),
      .legal_o      (scale_legal),
      .read_i       (dim_read),
      .read_index_i (dim_address),
      .scale_o      (scale_o)
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
