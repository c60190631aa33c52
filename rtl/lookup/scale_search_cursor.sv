// SPDX-License-Identifier: Apache-2.0
// The search of scale_lookup_cursor: channels come in order, 0 to the last and again from 0, and the
// cursor walks beside them. Latency 1, one request a cycle, never a stall within a walk.
//
// The memories hold runs, the groups that are not empty, in the order of the walk: one of heads a run
// of heads (its last head and its number), two of dimensions a run of dimensions (where the next one
// begins, 0 after a row's last; its number) and its scale. A channel that begins a run reads that
// run's word; it stays on the memories' outputs, and is the answer, until the next run begins. The run
// of the next head is read as a head is entered.
//
// A channel out of order is not accepted, and none is, until restart_i; order_error_o is high. With
// CHECK_ORDER 0 nothing watches the order, which is then the sender's to keep. After a restart, and
// whenever open_i was low, the first channel is accepted in the second cycle.
`default_nettype none

module scale_search_cursor #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  CHECK_ORDER = 1,
    localparam CHANNELS = GROUPS * HEADS * HEADDIM,
    localparam CHANNEL_BITS = $clog2(CHANNELS),
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
    input  wire [       DIM_BITS-1:0] dim_next_i,
    input  wire [ DIM_GROUP_BITS-1:0] dim_group_i,

    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [INDEX_BITS-1:0] index_o,
    output wire                  order_error_o,
    output wire                  idle_o
);

  logic primed_q;  // the run of the next head is on its memory's output
  logic [ROW_BITS-1:0] head_run_q;  // and its address
  logic [INDEX_BITS-1:0] run_q;  // address of the run under way
  logic [CHANNEL_BITS-1:0] due_q;  // the channel that is due
  logic order_error_q;
  logic valid_q;

  wire [31:0] group;
  wire [31:0] head;
  wire [31:0] dim;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) split (
      .channel_i(channel_i),
      .group_o  (group),
      .head_o   (head),
      .dim_o    (dim)
  );

  wire clear = ~rst_ni | restart_i | ~open_i;
  wire other = channel_i != due_q;
  wire in_order = (CHECK_ORDER == 0) | (~other & ~order_error_q);
  wire free = primed_q & open_i & (~valid_q | ready_i);
  wire take = free & valid_i & in_order;
  wire enter = take & (dim == 32'd0);
  wire step = (DIM_GROUPS > 1) & take & (dim != 32'd0) & (dim[DIM_BITS-1:0] == dim_next_i);

  // A head's first run is its row's first; the others follow in the row.
  localparam [31:0] IN_ROW = DIM_GROUPS - 1;
  wire [31:0] run_now = {{32 - INDEX_BITS{1'b0}}, run_q};
  wire [31:0] row = run_now & ~IN_ROW;
  wire [31:0] head_group = {{32 - HEAD_GROUP_BITS{1'b0}}, head_group_i} & (HEAD_GROUPS - 1);
  wire [31:0] entered = (group * HEAD_GROUPS + head_group) * DIM_GROUPS;
  wire [31:0] run = enter ? entered : row | ((run_now + {31'd0, step}) & IN_ROW);

  // The run of heads after this one: the next in the row or, after the group's last head, the next
  // row's first, which wraps to 0.
  wire leave = (GROUPS * HEAD_GROUPS > 1) & enter & (head[HEAD_BITS-1:0] == head_last_i);
  wire [31:0] row_end = (leave && head == HEADS - 1) ? HEAD_GROUPS - 1 : 32'd0;
  wire [31:0] head_run = ({{32 - ROW_BITS{1'b0}}, head_run_q} | row_end) + {31'd0, leave};

  // A power of 2 wraps by itself.
  wire wrap = (CHANNELS != 1 << CHANNEL_BITS) & take &
      ({{32 - CHANNEL_BITS{1'b0}}, due_q} == CHANNELS - 1);

  always_ff @(posedge clk_i) begin
    run_q      <= run[INDEX_BITS-1:0];
    primed_q   <= ~clear;
    head_run_q <= clear ? {ROW_BITS{1'b0}} : head_run[ROW_BITS-1:0];
    valid_q    <= rst_ni & (take | (valid_q & ~ready_i));

    due_q <= (clear | wrap) ? {CHANNEL_BITS{1'b0}} : due_q + {{CHANNEL_BITS - 1{1'b0}}, take};
    order_error_q <= ~clear & (order_error_q | (primed_q & valid_i & other));
  end

  assign head_read_o    = ~primed_q | leave;
  assign head_address_o = head_run[ROW_BITS-1:0];
  assign dim_read_o     = enter | step;
  assign dim_address_o  = run[INDEX_BITS-1:0];

  wire [31:0] index = row | ({{32 - DIM_GROUP_BITS{1'b0}}, dim_group_i} & IN_ROW);
  assign ready_o = take;
  assign valid_o = valid_q;
  assign index_o = index[INDEX_BITS-1:0];
  assign order_error_o = (CHECK_ORDER != 0) & order_error_q;
  assign idle_o = ~valid_q;

  wire unused = &{1'b0, head, run, head_run, index};

endmodule

`default_nettype wire
