// SPDX-License-Identifier: Apache-2.0
// The search of scale_lookup_parallel: all bounds of a group are read at once, and in the next cycle
// head and dimension are compared with all of them. A group's number is how many bounds do not
// exceed. Latency 2, one request a cycle.
`default_nettype none

module scale_search_parallel #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  BOUND_BITS = 0,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM),
    localparam HEAD_BITS = lookup_pkg::bound_bits(HEADS, BOUND_BITS),
    localparam DIM_BITS = lookup_pkg::bound_bits(HEADDIM, BOUND_BITS),
    localparam GROUP_BITS = lookup_pkg::index_bits(GROUPS),
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS)
) (
    input wire clk_i,
    input wire rst_ni,
    input wire open_i,

    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire [CHANNEL_BITS-1:0] channel_i,

    output wire                                         row_read_o,
    output wire [                       GROUP_BITS-1:0] row_address_o,
    input  wire [            HEAD_GROUPS*HEAD_BITS-1:0] head_bounds_i,
    input  wire [HEAD_GROUPS*DIM_GROUPS*DIM_BITS-1:0]   dim_bounds_i,
    output wire                                         scale_read_o,
    output wire [                       INDEX_BITS-1:0] scale_address_o,

    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [INDEX_BITS-1:0] index_o,
    output wire                  idle_o
);

  logic [CHANNEL_BITS-1:0] channel_q;
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

  wire [31:0] group_q;
  wire [31:0] head_q;
  wire [31:0] dim_q;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) split_q (
      .channel_i(channel_q),
      .group_o  (group_q),
      .head_o   (head_q),
      .dim_o    (dim_q)
  );

  // The last bound of a row always exceeds.
  logic [31:0] head_group;
  always_comb begin
    integer i;
    head_group = 32'd0;
    for (i = 0; i < HEAD_GROUPS - 1; i = i + 1) begin
      if (head_q >= {{32 - HEAD_BITS{1'b0}}, head_bounds_i[i*HEAD_BITS+:HEAD_BITS]})
        head_group = head_group + 32'd1;
    end
  end

  // What each head group would answer, then the one that is right.
  logic [31:0] dim_group;
  always_comb begin
    integer i;
    integer j;
    logic [31:0] count;
    dim_group = 32'd0;
    for (i = 0; i < HEAD_GROUPS; i = i + 1) begin
      count = 32'd0;
      for (j = 0; j < DIM_GROUPS - 1; j = j + 1) begin
        if (dim_q >= {{32 - DIM_BITS{1'b0}}, dim_bounds_i[(i*DIM_GROUPS+j)*DIM_BITS+:DIM_BITS]})
          count = count + 32'd1;
      end
      if (head_group == i) dim_group = count;
    end
  end

  wire [31:0] index = (group_q * HEAD_GROUPS + head_group) * DIM_GROUPS + dim_group;
  wire en = ready_i | ~valid_q;

  always_ff @(posedge clk_i) begin
    if (en) begin
      channel_q <= channel_i;
      index_q   <= index[INDEX_BITS-1:0];
    end
    if (!rst_ni) begin
      searching_q <= 1'b0;
      valid_q     <= 1'b0;
    end else if (en) begin
      searching_q <= valid_i & open_i;
      valid_q     <= searching_q;
    end
  end

  assign row_read_o = en & valid_i;
  assign row_address_o = group[GROUP_BITS-1:0];
  assign scale_read_o = en & searching_q;
  assign scale_address_o = index[INDEX_BITS-1:0];

  assign ready_o = en & open_i;
  assign valid_o = valid_q;
  assign index_o = index_q;
  assign idle_o = ~searching_q & ~valid_q;

  wire unused = &{1'b0, unused_head, unused_dim, group, index, head_bounds_i, dim_bounds_i};

endmodule

`default_nettype wire
