// SPDX-License-Identifier: Apache-2.0
// What the scale lookups have in common: the words of a table come in, are checked, and go to the
// memories of the search, which are outside, and to the scales, which are here.
//
// Words of a table: head_range [group][head group], dim_range [group][head group][dim group] (or,
// INDEXED, for each channel its index in the group, head group * DIM_GROUPS + dim group); then
// scales [group][head group][dim group], SCALE_WORDS words each (scale_memory says which).
`default_nettype none

module scale_table #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  BOUND_BITS = 0,
    parameter  SCALE_BITS = 32,
    parameter  SCALE_FP16 = 0,
    parameter  SCALE_WORDS = 1,
    parameter  INDEXED = 0,
    localparam SCALES = GROUPS * HEAD_GROUPS * DIM_GROUPS,
    localparam INDEX_BITS = lookup_pkg::index_bits(SCALES),
    localparam SIZE = (HEADS > HEADDIM) ? HEADS : HEADDIM,
    localparam LAST_BITS = $clog2(SIZE + 1)
) (
    input wire clk_i,
    input wire rst_ni,

    input  wire        table_valid_i,
    output wire        table_ready_o,
    input  wire [31:0] table_data_i,
    input  wire        table_swap_i,
    output wire        table_error_o,

    // To the memories of the search: table_data_i is written now, into this section, there.
    output wire        write_0_o,
    output wire        write_1_o,
    output wire [31:0] address_o,

    // What scale_bounds_check says of that word.
    output wire                 row_begins_o,
    output wire                 empty_o,
    output wire [LAST_BITS-1:0] last_o,

    input  wire idle_i,  // no lookup is in flight
    output wire bank_o,  // the live one
    output wire open_o,  // lookups may be accepted

    input  wire                      scale_read_i,
    input  wire [    INDEX_BITS-1:0] scale_index_i,
    output wire [32*SCALE_WORDS-1:0] scale_o
);

  if (lookup_pkg::is_shape(
          GROUPS, HEAD_GROUPS, DIM_GROUPS, HEADS, HEADDIM
      ) == 0) begin : g_unsupported_shape
    sizes_must_be_powers_of_2_but_HEADS_of_one_group unsupported_configuration ();
  end
  if (BOUND_BITS != 0 && BOUND_BITS != 32) begin : g_unsupported_bounds
    BOUND_BITS_must_be_0_minimal_or_32 unsupported_configuration ();
  end

  localparam CHANNELS = GROUPS * HEADS * HEADDIM;
  localparam SECTION_0 = (INDEXED != 0) ? CHANNELS : GROUPS * HEAD_GROUPS;
  localparam SECTION_1 = (INDEXED != 0) ? 0 : SCALES;
  localparam SECTION_2 = SCALES * SCALE_WORDS;
  localparam LONGEST = (SECTION_0 > SECTION_2) ? SECTION_0 : SECTION_2;
  localparam ADDRESS_BITS = lookup_pkg::index_bits(LONGEST);
  localparam SCALE_ADDRESS_BITS = lookup_pkg::index_bits(SECTION_2);

  wire [2:0] write;
  wire [ADDRESS_BITS-1:0] address;
  wire search_legal;
  wire scale_legal;
  wire word_legal = write[2] ? scale_legal : search_legal;
  scale_table_load #(
      .SECTION_0(SECTION_0),
      .SECTION_1(SECTION_1),
      .SECTION_2(SECTION_2)
  ) load (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .table_valid_i(table_valid_i),
      .table_ready_o(table_ready_o),
      .table_swap_i (table_swap_i),
      .word_legal_i (word_legal),
      .write_o      (write),
      .address_o    (address),
      .idle_i       (idle_i),
      .bank_o       (bank_o),
      .open_o       (open_o),
      .error_o      (table_error_o)
  );

  if (INDEXED != 0) begin : g_indices
    localparam CHANNEL_BITS = $clog2(CHANNELS);
    scale_index_check #(
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM)
    ) check (
        .clk_i    (clk_i),
        .write_i  (write[0]),
        .channel_i(address[CHANNEL_BITS-1:0]),
        .data_i   (table_data_i),
        .legal_o  (search_legal)
    );
    assign row_begins_o = 1'b0;
    assign empty_o = 1'b0;
    assign last_o = {LAST_BITS{1'b0}};
  end else begin : g_bounds
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
        .legal_o     (search_legal),
        .row_begins_o(row_begins_o),
        .empty_o     (empty_o),
        .last_o      (last_o)
    );
  end

  scale_memory #(
      .SCALES     (SCALES),
      .SCALE_WORDS(SCALE_WORDS),
      .SCALE_BITS (SCALE_BITS),
      .SCALE_FP16 (SCALE_FP16)
  ) scales (
      .clk_i          (clk_i),
      .bank_i         (bank_o),
      .write_i        (write[2]),
      .write_address_i(address[SCALE_ADDRESS_BITS-1:0]),
      .data_i         (table_data_i),
      .legal_o        (scale_legal),
      .read_i         (scale_read_i),
      .read_index_i   (scale_index_i),
      .scale_o        (scale_o)
  );

  assign write_0_o = write[0];
  assign write_1_o = write[1];
  assign address_o = {{32 - ADDRESS_BITS{1'b0}}, address};

endmodule

`default_nettype wire
