// SPDX-License-Identifier: Apache-2.0
// The write side of a scale lookup: a table comes word by word, in order, into the bank of the
// memories that is not live; table_swap_i makes it live as soon as no lookup is in flight. Lookups
// that were accepted before see the old table, later ones the new.
//
// The words are three sections of so many each (SECTION_1 may be empty). A table with a word too
// few or too many, or one that word_legal_i refused, never becomes live: error_o rises instead, and
// open_o stays low, until a legal table is swapped in.
`default_nettype none

module scale_table_load #(
    parameter  SECTION_0 = 32,
    parameter  SECTION_1 = 128,
    parameter  SECTION_2 = 128,
    localparam LONGER = (SECTION_0 > SECTION_1) ? SECTION_0 : SECTION_1,
    localparam LONGEST = (LONGER > SECTION_2) ? LONGER : SECTION_2,
    localparam ADDRESS_BITS = lookup_pkg::index_bits(LONGEST)
) (
    input wire clk_i,
    input wire rst_ni,

    input  wire table_valid_i,
    output wire table_ready_o,
    input  wire table_swap_i,
    input  wire word_legal_i,

    output wire [             2:0] write_o,    // a word of this section is written now
    output wire [ADDRESS_BITS-1:0] address_o,  // its place in the section

    input  wire idle_i,   // no lookup is in flight
    output wire bank_o,   // the live one
    output wire open_o,   // lookups may be accepted
    output wire error_o
);

  localparam [1:0] COMPLETE = 2'd3;

  logic [1:0] section_q;
  logic [ADDRESS_BITS-1:0] address_q;
  logic legal_q;
  logic pending_q;
  logic bank_q;
  logic live_q;
  logic error_q;

  wire write = table_valid_i & table_ready_o;
  wire complete = section_q == COMPLETE;
  wire legal = legal_q & complete;
  wire swap = pending_q & idle_i;

  function automatic [31:0] size_of(input [1:0] section);
    size_of = (section == 2'd0) ? SECTION_0 : (section == 2'd1) ? SECTION_1 : SECTION_2;
  endfunction

  wire [31:0] last = size_of(section_q) - 32'd1;
  wire section_ends = address_q == last[ADDRESS_BITS-1:0];
  wire skip = (section_q == 2'd0) && (SECTION_1 == 0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni | swap) begin
      section_q <= 2'd0;
      address_q <= {ADDRESS_BITS{1'b0}};
      legal_q   <= 1'b1;
    end else if (write) begin
      if (complete) begin
        legal_q <= 1'b0;
      end else begin
        legal_q   <= legal_q & word_legal_i;
        address_q <= section_ends ? {ADDRESS_BITS{1'b0}} : address_q + 1'b1;
        if (section_ends) section_q <= section_q + (skip ? 2'd2 : 2'd1);
      end
    end

    if (!rst_ni) begin
      pending_q <= 1'b0;
      bank_q    <= 1'b0;
      live_q    <= 1'b0;
      error_q   <= 1'b0;
    end else if (swap) begin
      pending_q <= 1'b0;
      bank_q    <= bank_q ^ legal;
      live_q    <= legal;
      error_q   <= ~legal;
    end else if (table_swap_i) begin
      pending_q <= 1'b1;
    end
  end

  assign table_ready_o = ~pending_q;
  assign write_o = {3{write}} & {section_q == 2'd2, section_q == 2'd1, section_q == 2'd0};
  assign address_o = address_q;
  assign bank_o = bank_q;
  assign open_o = live_q & ~pending_q;
  assign error_o = error_q;

  wire unused = &{1'b0, last};

endmodule

`default_nettype wire
