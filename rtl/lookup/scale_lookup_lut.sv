// SPDX-License-Identifier: Apache-2.0
// Scale of a channel by an index memory with a word a channel, then the scale memory (docs/numerics.md,
// "Causal conv1d", expanded). Latency 2, one a cycle. restart_i does nothing; no order is wrong.
//
// Words of a table: for each channel its index in the group, head group * DIM_GROUPS + dim group,
// then scales [group][head group][dim group]. Refused are an index of no group and one that no
// bounds can give: in a head the head group stays and the dim group does not decrease; from head to
// head in a group, the head group does not decrease. BOUND_BITS 32 stores indices of 32 bits.
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

  localparam ADDRESS_BITS = lookup_pkg::index_bits(CHANNELS > SCALES ? CHANNELS : SCALES);
  localparam LOCAL = HEAD_GROUPS * DIM_GROUPS;
  localparam LOCAL_BITS = lookup_pkg::index_bits(LOCAL);
  localparam WORD_BITS = (BOUND_BITS == 0) ? LOCAL_BITS : BOUND_BITS;

  wire [2:0] write;
  wire [ADDRESS_BITS-1:0] address;
  wire bank;
  wire open;
  wire idle;
  wire word_legal;
  wire scale_legal;
  assign word_legal = write[2] ? scale_legal : index_legal;
  scale_table_load #(
      .SECTION_0(CHANNELS),
      .SECTION_1(0),
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

  logic [LOCAL_BITS-1:0] previous_q;
  always_ff @(posedge clk_i) if (write[0]) previous_q <= table_data_i[LOCAL_BITS-1:0];

  wire [31:0] write_group;
  wire [31:0] write_head;
  wire [31:0] write_dim;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) write_split (
      .channel_i(address[CHANNEL_BITS-1:0]),
      .group_o  (write_group),
      .head_o   (write_head),
      .dim_o    (write_dim)
  );
  wire [31:0] previous = {{32 - LOCAL_BITS{1'b0}}, previous_q};
  wire [31:0] previous_head_group = previous / DIM_GROUPS;
  wire [31:0] head_group = table_data_i / DIM_GROUPS;
  wire head_begins = write_dim == 32'd0;
  wire group_begins = head_begins & (write_head == 32'd0);
  wire index_legal = (table_data_i < LOCAL) & (group_begins |
      (head_begins ? head_group >= previous_head_group
                   : (head_group == previous_head_group) & (table_data_i >= previous)));

  wire index_read;
  wire [CHANNEL_BITS-1:0] index_address;
  wire [WORD_BITS-1:0] word;
  banked_ram #(
      .WIDTH(WORD_BITS),
      .DEPTH(CHANNELS)
  ) indices (
      .clk_i          (clk_i),
      .bank_i         (bank),
      .write_i        (write[0]),
      .write_address_i(address[CHANNEL_BITS-1:0]),
      .write_data_i   (table_data_i[WORD_BITS-1:0]),
      .read_i         (index_read),
      .read_address_i (index_address),
      .read_data_o    (word)
  );

  wire scale_read;
  wire [INDEX_BITS-1:0] scale_address;
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
      .read_i       (scale_read),
      .read_index_i (scale_address),
      .scale_o      (scale_o)
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
  wire unused = &{1'b0, restart_i, write, write_group, word};

endmodule

`default_nettype wire
