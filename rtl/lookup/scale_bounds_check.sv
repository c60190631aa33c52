// SPDX-License-Identifier: Apache-2.0
// Watches a table's bounds on their way in (docs/numerics.md, "Scale lookups"): those of a row must
// not decrease, and its last one must be the size. legal_o speaks of the word being written.
// last_o is that bound less one, the last member of its group; empty_o: the group has none.
`default_nettype none

module scale_bounds_check #(
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  ADDRESS_BITS = 7,
    localparam SIZE = (HEADS > HEADDIM) ? HEADS : HEADDIM,
    localparam BITS = $clog2(SIZE + 1)
) (
    input wire clk_i,

    input wire                    write_head_i,
    input wire                    write_dim_i,
    input wire [ADDRESS_BITS-1:0] address_i,
    input wire [            31:0] data_i,

    output wire            legal_o,
    output wire            row_begins_o,
    output wire            empty_o,
    output wire [BITS-1:0] last_o
);

  logic [BITS-1:0] previous_q;
  always_ff @(posedge clk_i) begin
    if (write_head_i | write_dim_i) previous_q <= data_i[BITS-1:0];
  end

  wire [31:0] place = {{32 - ADDRESS_BITS{1'b0}}, address_i} &
      (write_head_i ? HEAD_GROUPS - 1 : DIM_GROUPS - 1);
  wire [31:0] size = write_head_i ? HEADS : HEADDIM;
  wire row_ends = place == (write_head_i ? HEAD_GROUPS - 1 : DIM_GROUPS - 1);
  wire [BITS-1:0] bound = data_i[BITS-1:0];
  wire [BITS-1:0] previous = row_begins_o ? {BITS{1'b0}} : previous_q;

  assign row_begins_o = place == 32'd0;
  assign legal_o = (data_i[31:BITS] == {32 - BITS{1'b0}}) & (bound >= previous) &
      (~row_ends | (bound == size[BITS-1:0]));
  assign empty_o = bound == previous;
  assign last_o = bound - 1'b1;

  wire unused = &{1'b0, size};

endmodule

`default_nettype wire
