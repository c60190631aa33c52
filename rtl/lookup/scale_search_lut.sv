// SPDX-License-Identifier: Apache-2.0
// The search of scale_lookup_lut: a word of the index memory is the channel's index in its group.
// Latency 2, one request a cycle.
`default_nettype none

module scale_search_lut #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM),
    localparam LOCAL_BITS = lookup_pkg::index_bits(HEAD_GROUPS * DIM_GROUPS),
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS)
) (
    input wire clk_i,
    input wire rst_ni,
    input wire open_i,

    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire [CHANNEL_BITS-1:0] channel_i,

    output wire                    index_read_o,
    output wire [CHANNEL_BITS-1:0] index_address_o,
    input  wire [  LOCAL_BITS-1:0] word_i,
    output wire                    scale_read_o,
    output wire [  INDEX_BITS-1:0] scale_address_o,

    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [INDEX_BITS-1:0] index_o,
    output wire                  idle_o
);

  logic [31:0] group_q;
  logic [INDEX_BITS-1:0] index_q;
  logic searching_q;
  logic valid_q;

  wire [31:0] group;
  wire [31:0] unused_head;
  wire [31:0] unused_dim;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) split (
      .channel_i(channel_i),
      .group_o  (group),
      .head_o   (unused_head),
      .dim_o    (unused_dim)
  );

  wire [31:0] index = group_q * (HEAD_GROUPS * DIM_GROUPS) + {{32 - LOCAL_BITS{1'b0}}, word_i};
  wire en = ready_i | ~valid_q;

  always_ff @(posedge clk_i) begin
    if (en) begin
      group_q <= group;
      index_q <= index[INDEX_BITS-1:0];
    end
    if (!rst_ni) begin
      searching_q <= 1'b0;
      valid_q     <= 1'b0;
    end else if (en) begin
      searching_q <= valid_i & open_i;
      valid_q     <= searching_q;
    end
  end

  assign index_read_o = en & valid_i;
  assign index_address_o = channel_i;
  assign scale_read_o = en & searching_q;
  assign scale_address_o = index[INDEX_BITS-1:0];

  assign ready_o = en & open_i;
  assign valid_o = valid_q;
  assign index_o = index_q;
  assign idle_o = ~searching_q & ~valid_q;

  wire unused = &{1'b0, unused_head, unused_dim, index};

endmodule

`default_nettype wire
