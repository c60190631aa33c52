// SPDX-License-Identifier: Apache-2.0
// The search of scale_lookup_cursor: channels come in order, 0 to the last and again from 0, and the
// cursor walks beside them. Latency 1, one request a cycle, never a stall within a walk.
//
// Two memories hold runs, the groups that are not empty: a run is its last member and its number.
// The run of dimensions that is under way stays on its memory's output; when a channel is the last
// one of it, the read of the next begins, and the next channel finds it there. Where the next row
// begins, the run of heads says, which is looked up while the head before is under way.
//
// A channel out of order is not accepted, and none is, until restart_i; order_error_o is high. After
// a restart, and whenever open_i was low, the first channel is accepted in the third cycle.
`default_nettype none

module scale_search_cursor #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM),
    localparam ROW_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS),
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS),
    localparam HEAD_GROUP_BITS = lookup_pkg::index_bits(HEAD_GROUPS),
    localparam DIM_GROUP_BITS = lookup_pkg::index_bits(DIM_GROUPS),
    localparam HEAD_BITS = $clog2(HEADS),
    localparam DIM_BITS = $clog2(HEADDIM)
) (
    input wire clk_i,
    input wire rst_ni,
    input wire open_i,
    input wire restart_i,

    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire [CHANNEL_BITS-1:0] channel_i,

    output wire                       head_read_o,
    output wire [       ROW_BITS-1:0] head_address_o,
    input  wire [      HEAD_BITS-1:0] head_last_i,
    input  wire [HEAD_GROUP_BITS-1:0] head_group_i,
    output wire                       dim_read_o,
    output wire [     INDEX_BITS-1:0] dim_address_o,
    input  wire [       DIM_BITS-1:0] dim_last_i,
    input  wire [ DIM_GROUP_BITS-1:0] dim_group_i,
    output wire                       scale_read_o,
    output wire [     INDEX_BITS-1:0] scale_address_o,

    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [INDEX_BITS-1:0] index_o,
    output wire                  order_error_o,
    output wire                  idle_o
);

  localparam [1:0] READ_HEADS = 2'd0, READ_DIMS = 2'd1, WALK = 2'd2;
  localparam [31:0] LAST_CHANNEL = GROUPS * HEADS * HEADDIM - 1;

  logic [1:0] state_q;
  logic [CHANNEL_BITS-1:0] channel_q;  // the one that is due
  logic [HEAD_GROUP_BITS-1:0] head_group_q;  // of its head
  logic [DIM_GROUP_BITS-1:0] run_q;  // which run of its row is under way
  // Which run of heads is on the memory's output: that of the head which is due, and from the cycle
  // after entering a head (looked_q) that of the head after.
  logic [ROW_BITS-1:0] head_run_q;
  logic looked_q;
  logic order_error_q;
  logic valid_q;
  logic [INDEX_BITS-1:0] index_q;

  wire [31:0] group;
  wire [31:0] head;
  wire [31:0] dim;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) split (
      .channel_i(channel_q),
      .group_o  (group),
      .head_o   (head),
      .dim_o    (dim)
  );

  wire walking = (state_q == WALK) & open_i & ~order_error_q;
  wire in_order = channel_i == channel_q;
  wire take = walking & valid_i & in_order & (~valid_q | ready_i);
  wire run_ends = dim[DIM_BITS-1:0] == dim_last_i;
  wire head_ends = &dim[DIM_BITS-1:0];

  // The rows of the memories, by group and head group; a row of run 0 begins a head.
  wire enter = (state_q == READ_DIMS) | (take & head_ends);
  wire [31:0] head_run = {{32 - ROW_BITS{1'b0}}, head_run_q};
  wire [31:0] next_group = head_run / HEAD_GROUPS;
  wire [31:0] row = enter
      ? next_group * HEAD_GROUPS + {{32 - HEAD_GROUP_BITS{1'b0}}, head_group_i}
      : group * HEAD_GROUPS + {{32 - HEAD_GROUP_BITS{1'b0}}, head_group_q};
  wire [31:0] run = enter ? 32'd0 : {{32 - DIM_GROUP_BITS{1'b0}}, run_q} + 32'd1;
  wire [31:0] dim_address = row * DIM_GROUPS + run;

  // The run of heads after this one: the next in the row or, after the row's last, the next row's.
  wire look = (state_q == WALK) & ~looked_q;
  wire leave = look & (head[HEAD_BITS-1:0] == head_last_i);
  wire [31:0] next_head_run = (head == HEADS - 1)
      ? ((next_group == GROUPS - 1) ? 32'd0 : (next_group + 32'd1) * HEAD_GROUPS)
      : head_run + 32'd1;

  wire [31:0] index = (group * HEAD_GROUPS + {{32 - HEAD_GROUP_BITS{1'b0}}, head_group_q}) *
      DIM_GROUPS + {{32 - DIM_GROUP_BITS{1'b0}}, dim_group_i};

  always_ff @(posedge clk_i) begin
    if (enter) head_group_q <= head_group_i;
    if (dim_read_o) run_q <= run[DIM_GROUP_BITS-1:0];
    if (take) index_q <= index[INDEX_BITS-1:0];

    if (!rst_ni | restart_i | ~open_i) begin
      state_q       <= READ_HEADS;
      channel_q     <= {CHANNEL_BITS{1'b0}};
      head_run_q    <= {ROW_BITS{1'b0}};
      order_error_q <= 1'b0;
    end else begin
      if (state_q != WALK) state_q <= state_q + 2'd1;
      if (take)
        channel_q <= (channel_q == LAST_CHANNEL[CHANNEL_BITS-1:0]) ? {CHANNEL_BITS{1'b0}}
                                                                   : channel_q + 1'b1;
      if (leave) head_run_q <= next_head_run[ROW_BITS-1:0];
      if (walking & valid_i & ~in_order) order_error_q <= 1'b1;
    end
    looked_q <= ~enter & (looked_q | look);

    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= take | (valid_q & ~ready_i);
  end

  assign head_read_o     = (state_q == READ_HEADS) | leave;
  assign head_address_o  = leave ? next_head_run[ROW_BITS-1:0] : head_run_q;
  assign dim_read_o      = enter | (take & run_ends);
  assign dim_address_o   = dim_address[INDEX_BITS-1:0];
  assign scale_read_o    = take;
  assign scale_address_o = index[INDEX_BITS-1:0];

  assign ready_o = take;
  assign valid_o = valid_q;
  assign index_o = index_q;
  assign order_error_o = order_error_q;
  assign idle_o = ~valid_q;

  wire unused = &{1'b0, head, dim, next_head_run, run, dim_address, index};

endmodule

`default_nettype wire
