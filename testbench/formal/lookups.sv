// SPDX-License-Identifier: Apache-2.0
// A search of rtl/lookup (the one that is defined as a macro: SEQUENTIAL, PARALLEL, LUT or CURSOR)
// beside the definition (docs/numerics.md, "Scale lookups"), for every legal table of GROUPS groups of
// HEADS heads of 64 dimensions in 4 x 4 groups, and every stream of requests and pauses. bad_o must
// never rise. The searches' memories are here, filled from the table that the definition reads.
//
// The proof is by induction over one cycle: bad_o also rises where a search's registers, which run
// brings out as ports, do not stand as they must (bad_state), so that no state is left from which
// a wrong answer follows.
//
// In the first cycle (start_q) the table is taken from the inputs, never to change. Nothing is
// claimed once an assumption was broken: the table is legal, a channel exists, a request that waits
// does not change (but with restart_i) and, with UNCHECKED, a cursor's channels come in order.
`default_nettype none

module definition #(
    parameter GROUPS = 1,
    parameter HEADS = 80,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * 64),
    localparam INDEX_BITS = $clog2(GROUPS * 16)
) (
    input  wire [   32*GROUPS-1:0] heads_i,    // rows of 4 bounds, 7 bits in a byte
    input  wire [  128*GROUPS-1:0] dims_i,
    input  wire [CHANNEL_BITS-1:0] channel_i,
    output wire                    legal_o,
    output wire [  INDEX_BITS-1:0] index_o
);

  function automatic rises(input [31:0] row, input [6:0] size);
    rises = row[6:0] <= row[14:8] && row[14:8] <= row[22:16] && row[22:16] <= row[30:24] &&
        row[30:24] == size;
  endfunction

  function automatic [1:0] first_above(input [31:0] row, input [6:0] value);
    first_above = (value < row[6:0]) ? 2'd0 : (value < row[14:8]) ? 2'd1 :
        (value < row[22:16]) ? 2'd2 : 2'd3;
  endfunction

  wire [GROUPS-1:0] legal_heads;
  wire [4*GROUPS-1:0] legal_dims;
  genvar i;
  for (i = 0; i < GROUPS; i = i + 1) begin : g_heads
    assign legal_heads[i] = rises(heads_i[32*i+:32], HEADS);
  end
  for (i = 0; i < 4 * GROUPS; i = i + 1) begin : g_dims
    assign legal_dims[i] = rises(dims_i[32*i+:32], 7'd64);
  end
  assign legal_o = &legal_heads & &legal_dims;

  localparam HEAD_BITS = $clog2(HEADS);
  wire [31:0] group = channel_i >> (HEAD_BITS + 6);
  wire [6:0] head = channel_i[6+:HEAD_BITS];
  wire [1:0] head_group = first_above(heads_i[32*group+:32], head);
  wire [31:0] row = {group, head_group};
  assign index_o = {row, first_above(dims_i[32*row+:32], {1'b0, channel_i[5:0]})};

endmodule

// A row of bounds as the runs that scale_lookup_cursor keeps: bound and, in bits 9:8, group of each
// group that is not empty.
module runs (
    input  wire [31:0] row_i,
    output wire [63:0] runs_o
);

  wire [3:0] full = {row_i[30:24] != row_i[22:16], row_i[22:16] != row_i[14:8],
                     row_i[14:8] != row_i[6:0], row_i[6:0] != 7'd0};

  function automatic [15:0] run(input [31:0] row, input [3:0] is_full, input integer which);
    integer i;
    integer before;
    run = 16'd0;
    before = 0;
    for (i = 0; i < 4; i = i + 1) begin
      if (is_full[i] && before == which) run = {6'd0, i[1:0], 1'b0, row[8*i+:7]};
      if (is_full[i]) before = before + 1;
    end
  endfunction

  assign runs_o = {run(row_i, full, 3), run(row_i, full, 2), run(row_i, full, 1), run(row_i, full, 0)};

endmodule

module lookups #(
    parameter GROUPS = 1,
    parameter HEADS = 80,
    parameter BOUND = 8,  // cycles with a ready receiver in which something must move
    localparam CHANNELS = GROUPS * HEADS * 64,
    localparam CHANNEL_BITS = $clog2(CHANNELS),
    localparam HEAD_BITS = $clog2(HEADS + 1),
    localparam GROUP_BITS = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    localparam INDEX_BITS = $clog2(GROUPS * 16)
) (
    input  wire                    clk_i,
    input  wire                    valid_i,
    input  wire                    ready_i,
    input  wire                    restart_i,
    input  wire [CHANNEL_BITS-1:0] channel_i,
    input  wire [   32*GROUPS-1:0] heads_i,
    input  wire [  128*GROUPS-1:0] dims_i,
    output wire                    bad_o
);

  logic start_q = 1'b1;
  logic [32*GROUPS-1:0] heads_q;
  logic [128*GROUPS-1:0] dims_q;
  always_ff @(posedge clk_i) begin
    start_q <= 1'b0;
    if (start_q) heads_q <= heads_i;
    if (start_q) dims_q <= dims_i;
  end

  wire legal;
  wire [INDEX_BITS-1:0] due;
  definition #(
      .GROUPS(GROUPS),
      .HEADS (HEADS)
  ) def (
      .heads_i  (heads_q),
      .dims_i   (dims_q),
      .channel_i(channel_i),
      .legal_o  (legal),
      .index_o  (due)
  );

  // Requests accepted and not answered, and what is due to them, the oldest first.
  logic [1:0] flight_q;
  logic [2*INDEX_BITS-1:0] due_q;
  logic [3:0] patience_q;
  logic lawful_q;
  logic waits_q;
  logic [CHANNEL_BITS-1:0] channel_q;
  logic answer_waits_q;
  logic [INDEX_BITS-1:0] answer_q;

  wire ready;
  wire valid;
  wire [INDEX_BITS-1:0] index;
  wire idle;
  wire [INDEX_BITS-1:0] shown;  // the index whose scale the memory shows
  wire order_error;
  wire accept = valid_i & ready;
  wire [INDEX_BITS-1:0] due_first = due_q[INDEX_BITS-1:0];
  wire [INDEX_BITS-1:0] due_last = due_q[2*INDEX_BITS-1:INDEX_BITS];

`ifndef CURSOR
  wire scale_read;
  wire [INDEX_BITS-1:0] scale_address;
  logic [INDEX_BITS-1:0] read_index_q;
  always_ff @(posedge clk_i) if (scale_read) read_index_q <= scale_address;
  assign shown = read_index_q;
`endif

`ifdef SEQUENTIAL
  wire head_read;
  wire [INDEX_BITS-3:0] head_address;
  wire dim_read;
  wire [INDEX_BITS-1:0] dim_address;
  logic [INDEX_BITS-3:0] head_address_q;
  logic [INDEX_BITS-1:0] dim_address_q;
  always_ff @(posedge clk_i) begin
    if (head_read) head_address_q <= head_address;
    if (dim_read) dim_address_q <= dim_address;
  end
  wire [HEAD_BITS-1:0] head_q = heads_q[8*head_address_q+:HEAD_BITS];
  wire [6:0] dim_q = dims_q[8*dim_address_q+:7];
  assign order_error = 1'b0;
  wire [1:0] state;
  wire [1:0] step;
  wire [1:0] head_group;
  scale_search_sequential search (
      .state_q        (state),
      .step_q         (step),
      .head_group_q   (head_group),
      .clk_i          (clk_i),
      .rst_ni         (~start_q),
      .open_i         (1'b1),
      .valid_i        (valid_i),
      .ready_o        (ready),
      .channel_i      (channel_i),
      .head_read_o    (head_read),
      .head_address_o (head_address),
      .head_bound_i   (head_q),
      .dim_read_o     (dim_read),
      .dim_address_o  (dim_address),
      .dim_bound_i    (dim_q),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid),
      .ready_i        (ready_i),
      .index_o        (index),
      .idle_o         (idle)
  );

  // Inductive: the search stands before or at the group that will be found, and has taken no longer
  // than its steps.
  wire in_heads = state == 2'd1;
  wire in_dims = state == 2'd2;
  wire [3:0] taken = (head_group >= 2'd2) ? 4'd4 : {2'd0, head_group} + 4'd2;
  wire [31:0] group = due >> 4;
  wire bad_heads = (head_address_q != {group, step}) | (step > due[3:2]) | (patience_q > {2'd0, step} + 4'd1);
  wire bad_dims = (head_group != due[3:2]) | (dim_address_q != {group, head_group, step}) |
      (step > due[1:0]) | (patience_q > taken + {2'd0, step});
  wire bad_state = (state == 2'd3) | (flight_q != {1'b0, valid}) |
      ((state == 2'd0) ? patience_q != 4'd0 : ~waits_q | (step == 2'd3)) |
      (in_heads & bad_heads) | (in_dims & bad_dims);
`endif

`ifdef PARALLEL
  wire row_read;
  wire [GROUP_BITS-1:0] row_address;
  logic [GROUP_BITS-1:0] row_address_q;
  logic seen_q;
  always_ff @(posedge clk_i) begin
    seen_q <= ~start_q & (seen_q | row_read);
    if (row_read) row_address_q <= row_address;
  end
  wire [31:0] of_group = (GROUPS > 1) ? row_address_q : 0;
  wire [4*HEAD_BITS-1:0] head_row;
  wire [111:0] dim_rows;
  genvar i;
  for (i = 0; i < 4; i = i + 1) begin : g_head_row
    assign head_row[HEAD_BITS*i+:HEAD_BITS] = heads_q[32*of_group+8*i+:HEAD_BITS];
  end
  for (i = 0; i < 16; i = i + 1) begin : g_dim_rows
    assign dim_rows[7*i+:7] = dims_q[128*of_group+8*i+:7];
  end
  assign order_error = 1'b0;
  wire searching;
  wire [CHANNEL_BITS-1:0] channel;
  scale_search_parallel search (
      .searching_q    (searching),
      .channel_q      (channel),
      .clk_i          (clk_i),
      .rst_ni         (~start_q),
      .open_i         (1'b1),
      .valid_i        (valid_i),
      .ready_o        (ready),
      .channel_i      (channel_i),
      .row_read_o     (row_read),
      .row_address_o  (row_address),
      .head_bounds_i  (seen_q ? head_row : {4 * HEAD_BITS{1'b0}}),
      .dim_bounds_i   (seen_q ? dim_rows : 112'd0),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid),
      .ready_i        (ready_i),
      .index_o        (index),
      .idle_o         (idle)
  );

  // Inductive: what is due to the request that is being searched is what its channel asks for.
  wire [INDEX_BITS-1:0] searched_due;
  wire unused_legal;
  definition #(
      .GROUPS(GROUPS),
      .HEADS (HEADS)
  ) of_searched (
      .heads_i  (heads_q),
      .dims_i   (dims_q),
      .channel_i(channel),
      .legal_o  (unused_legal),
      .index_o  (searched_due)
  );
  wire bad_state = (flight_q != {1'b0, searching} + {1'b0, valid}) | (patience_q > {3'd0, valid}) |
      (searching & (~seen_q | (of_group != searched_due >> 4) |
                    (searched_due != (valid ? due_last : due_first))));
`endif

`ifdef LUT
  wire index_read;
  wire [CHANNEL_BITS-1:0] index_address;
  wire unused_legal;
  wire [INDEX_BITS-1:0] kept;
  logic [3:0] word_q;
  definition #(
      .GROUPS(GROUPS),
      .HEADS (HEADS)
  ) content (
      .heads_i  (heads_q),
      .dims_i   (dims_q),
      .channel_i(index_address),
      .legal_o  (unused_legal),
      .index_o  (kept)
  );
  always_ff @(posedge clk_i) if (index_read) word_q <= kept[3:0];
  assign order_error = 1'b0;
  wire searching;
  wire [31:0] group;
  scale_search_lut search (
      .group_q        (group),
      .searching_q    (searching),
      .clk_i          (clk_i),
      .rst_ni         (~start_q),
      .open_i         (1'b1),
      .valid_i        (valid_i),
      .ready_o        (ready),
      .channel_i      (channel_i),
      .index_read_o   (index_read),
      .index_address_o(index_address),
      .word_i         (word_q),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid),
      .ready_i        (ready_i),
      .index_o        (index),
      .idle_o         (idle)
  );

  // Inductive: the word that was read is the one that is due, in its group.
  wire bad_state = (flight_q != {1'b0, searching} + {1'b0, valid}) | (patience_q > {3'd0, valid}) |
      (searching & ({group, word_q} != (valid ? due_last : due_first)));
`endif

`ifdef CURSOR
  wire head_read;
  wire [INDEX_BITS-3:0] head_address;
  wire dim_read;
  wire [INDEX_BITS-1:0] dim_address;
  wire [64*GROUPS-1:0] head_runs;
  wire [256*GROUPS-1:0] dim_runs;
  genvar i;
  for (i = 0; i < GROUPS; i = i + 1) begin : g_head_runs
    runs of_heads (
        .row_i (heads_q[32*i+:32]),
        .runs_o(head_runs[64*i+:64])
    );
  end
  for (i = 0; i < 4 * GROUPS; i = i + 1) begin : g_dim_runs
    runs of_dims (
        .row_i (dims_q[32*i+:32]),
        .runs_o(dim_runs[64*i+:64])
    );
  end
  logic [INDEX_BITS-3:0] head_address_q;
  logic [INDEX_BITS-1:0] dim_address_q;
  always_ff @(posedge clk_i) begin
    if (head_read) head_address_q <= head_address;
    if (dim_read) dim_address_q <= dim_address;
  end
  wire [9:0] head_q = head_runs[16*head_address_q+:10];
  wire [6:0] head_last = head_q[6:0] - 7'd1;
  wire [9:0] dim_q = dim_runs[16*dim_address_q+:10];
  assign shown = {dim_address_q[INDEX_BITS-1:2], dim_q[9:8]};
  wire primed;
  wire [CHANNEL_BITS-1:0] channel;
  wire [INDEX_BITS-1:0] run;
  wire [INDEX_BITS-3:0] head_run;
  scale_search_cursor search (
      .primed_q      (primed),
      .due_q         (channel),
      .run_q         (run),
      .head_run_q    (head_run),
      .clk_i         (clk_i),
      .rst_ni        (~start_q),
      .open_i        (1'b1),
      .restart_i     (restart_i),
      .valid_i       (valid_i),
      .ready_o       (ready),
      .channel_i     (channel_i),
      .head_read_o   (head_read),
      .head_address_o(head_address),
      .head_last_i   (head_last[$clog2(HEADS)-1:0]),
      .head_group_i  (head_q[9:8]),
      .dim_read_o    (dim_read),
      .dim_address_o (dim_address),
      .dim_next_i    (dim_q[5:0]),
      .dim_group_i   (dim_q[9:8]),
      .valid_o       (valid),
      .ready_i       (ready_i),
      .index_o       (index),
      .order_error_o (order_error),
      .idle_o        (idle)
  );

  // A walk: the channel that is due. A request out of order is never accepted; there is an error after
  // it, and while all were in order there is none.
  logic [CHANNEL_BITS-1:0] walk_q;
  logic in_order_q;
  wire in_order = in_order_q & (~valid_i | ~primed | (channel_i == walk_q));
  always_ff @(posedge clk_i) begin
    if (start_q | restart_i) walk_q <= 0;
    else if (valid_i & ready) walk_q <= (walk_q == CHANNELS - 1) ? 0 : walk_q + 1;
    in_order_q <= start_q | restart_i | in_order;
  end

  // Inductive: the run of heads is that of the head that is entered next. Within a head, the run of
  // dimensions is that of the channel before the one that is due.
  function automatic [1:0] before(input [31:0] row, input [1:0] group);
    before = {1'b0, group > 2'd0 && row[6:0] != 7'd0} +
        {1'b0, group > 2'd1 && row[14:8] != row[6:0]} +
        {1'b0, group > 2'd2 && row[22:16] != row[14:8]};
  endfunction

  wire [INDEX_BITS-1:0] past_due;
  wire [INDEX_BITS-1:0] look_due;
  wire unused_legal;
  wire unused_legal_too;
  wire in_head = channel[5:0] != 6'd0;
  wire [CHANNEL_BITS-7:0] next_head = (channel >> 6) + in_head;
  wire [CHANNEL_BITS-7:0] look_head = (next_head == GROUPS * HEADS) ? 0 : next_head;
  definition #(
      .GROUPS(GROUPS),
      .HEADS (HEADS)
  ) of_past (
      .heads_i  (heads_q),
      .dims_i   (dims_q),
      .channel_i(channel - 1'b1),
      .legal_o  (unused_legal),
      .index_o  (past_due)
  );
  definition #(
      .GROUPS(GROUPS),
      .HEADS (HEADS)
  ) of_look (
      .heads_i  (heads_q),
      .dims_i   (dims_q),
      .channel_i({look_head, 6'd0}),
      .legal_o  (unused_legal_too),
      .index_o  (look_due)
  );
  wire [31:0] look_group = look_due >> 4;
  wire [31:0] past_row = past_due >> 2;
  wire bad_run = (dim_address_q != run) |
      (run != {past_row, before(dims_q[32*past_row+:32], past_due[1:0])});
  wire bad_look = (head_address_q != head_run) |
      (head_run != {look_group, before(heads_q[32*look_group+:32], look_due[3:2])});
  wire bad_state = (channel != walk_q) | (channel > CHANNELS - 1) |
      (flight_q != {1'b0, valid}) | (patience_q > {3'd0, primed}) |
      (primed ? bad_look | (in_head & bad_run) :
       in_head | (channel != 0) | (head_run != 0) | order_error);

  wire gives_up = restart_i;
`ifdef UNCHECKED
  wire law = in_order;
  wire bad_order = order_error;
`else
  wire law = 1'b1;
  wire bad_order = (valid_i & ready & (channel_i != walk_q)) | (in_order_q == order_error);
`endif
`else
  wire in_order = 1'b1;
  wire bad_order = 1'b0;
  wire law = 1'b1;
  wire gives_up = 1'b0;
`endif

  wire lawful = lawful_q & legal & law & (channel_i < CHANNELS) &
      (~waits_q | (valid_i & (channel_i == channel_q)));
  wire answer = valid & ready_i;
  wire [1:0] left = flight_q - {1'b0, answer};
  wire [2*INDEX_BITS-1:0] rest = answer ? due_last : due_q;

  always_ff @(posedge clk_i) begin
    if (start_q) begin
      lawful_q       <= 1'b1;
      waits_q        <= 1'b0;
      flight_q       <= 2'd0;
      patience_q     <= 4'd0;
      answer_waits_q <= 1'b0;
    end else begin
      lawful_q       <= lawful;
      waits_q        <= valid_i & ~ready & ~gives_up;
      flight_q       <= left + {1'b0, accept};
      answer_waits_q <= valid & ~ready_i;
      if (accept | answer | gives_up | ~in_order | ~(valid_i | (flight_q != 2'd0))) patience_q <= 4'd0;
      else if (patience_q != 4'd15) patience_q <= patience_q + {3'd0, ready_i};
    end
    channel_q <= channel_i;
    answer_q  <= index;
    due_q <= ~accept ? rest : (left == 2'd0) ? due : {due, rest[INDEX_BITS-1:0]};
  end

  wire wrong = valid & ((flight_q == 2'd0) | (index != due_first) | (index != shown));
  wire changed = answer_waits_q & (~valid | (index != answer_q));
  wire stuck = patience_q > BOUND;
  wire crowded = (left == 2'd2) & accept;
  wire forgotten = idle & (flight_q != 2'd0);
  assign bad_o = ~start_q & lawful & (wrong | changed | stuck | crowded | forgotten | bad_order | bad_state);

endmodule

`default_nettype wire
