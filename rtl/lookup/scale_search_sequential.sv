// SPDX-License-Identifier: Apache-2.0
// The search of scale_lookup_sequential: bounds come one a cycle from two memories (data the cycle
// after the read), each is compared in the cycle it comes, and the first that exceeds head or
// dimension ends its search. The last bound of a row needs no compare. A request is accepted in the
// cycle of its last compare: 1 + min(hg + 1, HEAD_GROUPS - 1) + min(dg + 1, DIM_GROUPS - 1) cycles
// after it was offered, that one included; its scale is there in the next.
`default_nettype none

module scale_search_sequential #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    parameter  BOUND_BITS = 0,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM),
    localparam HEAD_BITS = lookup_pkg::bound_bits(HEADS, BOUND_BITS),
    localparam DIM_BITS = lookup_pkg::bound_bits(HEADDIM, BOUND_BITS),
    localparam ROW_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS),
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS)
) (
    input wire clk_i,
    input wire rst_ni,
    input wire open_i,

    input  wire                    valid_i,
    output wire                    ready_o,
    input  wire [CHANNEL_BITS-1:0] channel_i,

    output wire                  head_read_o,
    output wire [  ROW_BITS-1:0] head_address_o,
    input  wire [ HEAD_BITS-1:0] head_bound_i,
    output wire                  dim_read_o,
    output wire [INDEX_BITS-1:0] dim_address_o,
    input  wire [  DIM_BITS-1:0] dim_bound_i,
    output wire                  scale_read_o,
    output wire [INDEX_BITS-1:0] scale_address_o,

    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [INDEX_BITS-1:0] index_o,
    output wire                  idle_o
);

  localparam [1:0] IDLE = 2'd0, IN_HEADS = 2'd1, IN_DIMS = 2'd2;
  localparam MOST = (HEAD_GROUPS > DIM_GROUPS) ? HEAD_GROUPS : DIM_GROUPS;
  localparam STEP_BITS = lookup_pkg::index_bits(MOST);

  logic [1:0] state_q;
  logic [STEP_BITS-1:0] step_q;
  logic [STEP_BITS-1:0] head_group_q;
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
      .channel_i(channel_i),
      .group_o  (group),
      .head_o   (head),
      .dim_o    (dim)
  );

  // From the lowest bit up: a plain < becomes a subtraction, which is larger.
  function automatic exceeds(input [31:0] bound, input [31:0] number);
    integer i;
    exceeds = 1'b0;
    for (i = 0; i < 32; i = i + 1) begin
      exceeds = (bound[i] & ~number[i]) | ((bound[i] | ~number[i]) & exceeds);
    end
  endfunction

  // The group found: this step's where its bound exceeds, else the next, which has the last bound.
  wire in_heads = state_q == IN_HEADS;
  wire [31:0] step = {{32 - STEP_BITS{1'b0}}, step_q};
  wire hit = in_heads ? exceeds({{32 - HEAD_BITS{1'b0}}, head_bound_i}, head)
                      : exceeds({{32 - DIM_BITS{1'b0}}, dim_bound_i}, dim);
  wire ends = hit | (step == (in_heads ? HEAD_GROUPS - 2 : DIM_GROUPS - 2));
  wire [31:0] found = step + {31'b0, ~hit};

  wire start = open_i & valid_i & (state_q == IDLE);
  wire heads_end = (HEAD_GROUPS > 1) ? in_heads & ends : start;
  wire dims_end = (DIM_GROUPS > 1) ? (state_q == IN_DIMS) & ends : heads_end;
  wire finish = dims_end & (~valid_q | ready_i);

  // Addresses {group, head group, dim group}: a number stays in its row, so nothing carries.
  localparam [31:0] IN_HEAD_ROW = HEAD_GROUPS - 1;
  localparam [31:0] IN_DIM_ROW = DIM_GROUPS - 1;
  wire [31:0] head_group = (in_heads ? found : {{32 - STEP_BITS{1'b0}}, head_group_q}) & IN_HEAD_ROW;
  wire [31:0] dim_group = found & IN_DIM_ROW;
  wire [31:0] next_step = (start | heads_end) ? 32'd0 : step + 32'd1;
  wire [31:0] head_address = (group * HEAD_GROUPS) | (next_step & IN_HEAD_ROW);
  wire [31:0] row = (group * HEAD_GROUPS) | head_group;
  wire [31:0] dim_address = (row * DIM_GROUPS) | (next_step & IN_DIM_ROW);
  wire [31:0] index = (row * DIM_GROUPS) | dim_group;

  always_ff @(posedge clk_i) begin
    step_q <= (state_q == IN_DIMS && ends) ? step_q : next_step[STEP_BITS-1:0];
    if (in_heads) head_group_q <= found[STEP_BITS-1:0];
    if (finish) index_q <= index[INDEX_BITS-1:0];

    if (!rst_ni) state_q <= IDLE;
    else if (finish) state_q <= IDLE;
    else if (heads_end && DIM_GROUPS > 1) state_q <= IN_DIMS;
    else if (start && HEAD_GROUPS > 1) state_q <= IN_HEADS;

    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= finish | (valid_q & ~ready_i);
  end

  assign head_read_o     = start | in_heads;
  assign head_address_o  = head_address[ROW_BITS-1:0];
  assign dim_read_o      = heads_end | ((state_q == IN_DIMS) & ~ends);
  assign dim_address_o   = dim_address[INDEX_BITS-1:0];
  assign scale_read_o    = finish;
  assign scale_address_o = index[INDEX_BITS-1:0];

  assign ready_o = finish;
  assign valid_o = valid_q;
  assign index_o = index_q;
  assign idle_o  = (state_q == IDLE) & ~valid_q;

  wire unused = &{1'b0, head_address, dim_address, index, found, next_step};

endmodule

`default_nettype wire
