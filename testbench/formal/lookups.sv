// SPDX-License-Identifier: Apache-2.0
// A search of rtl/lookup (the one that is defined as a macro: SEQUENTIAL, PARALLEL, LUT or CURSOR)
// beside the definition (docs/numerics.md, "Scale lookups"), for every legal table of one group of
// 80 heads of 64 dimensions in 4 x 4 groups, and every stream of requests and pauses. bad_o must
// never rise. The searches' memories are here, filled from the table that the definition reads.
//
// The proof is by induction over one cycle: bad_o also rises where a search's registers, which run
// brings out as ports, do not stand as they must (bad_state), so that no state is left from which
// a wrong answer follows.
//
// In the first cycle (start_q) the table is taken from the inputs, never to change. Nothing is
// claimed once an assumption was broken: the table is legal, a channel exists, a request that waits
// does not change.
`default_nettype none

module definition (
    input  wire [ 27:0] heads_i,   // 4 bounds of 7 bits
    input  wire [111:0] dims_i,    // 4 rows of them
    input  wire [ 12:0] channel_i,
    output wire         legal_o,
    output wire [  3:0] index_o
);

  function automatic rises(input [27:0] row, input [6:0] size);
    rises = row[6:0] <= row[13:7] && row[13:7] <= row[20:14] && row[20:14] <= row[27:21] &&
        row[27:21] == size;
  endfunction

  function automatic [1:0] first_above(input [27:0] row, input [6:0] value);
    first_above = (value < row[6:0]) ? 2'd0 : (value < row[13:7]) ? 2'd1 :
        (value < row[20:14]) ? 2'd2 : 2'd3;
  endfunction

  assign legal_o = rises(heads_i, 7'd80) & rises(dims_i[27:0], 7'd64) &
      rises(dims_i[55:28], 7'd64) & rises(dims_i[83:56], 7'd64) & rises(dims_i[111:84], 7'd64);

  wire [1:0] head_group = first_above(heads_i, channel_i[12:6]);
  wire [27:0] row = dims_i[28*head_group+:28];
  assign index_o = {head_group, first_above(row, {1'b0, channel_i[5:0]})};

endmodule

// A row of bounds as the runs that scale_lookup_cursor keeps: {bound - 1, group} of each group that
// is not empty.
module runs (
    input  wire [27:0] row_i,
    output wire [35:0] runs_o
);

  wire [3:0] full = {row_i[27:21] != row_i[20:14], row_i[20:14] != row_i[13:7],
                     row_i[13:7] != row_i[6:0], row_i[6:0] != 7'd0};

  function automatic [8:0] run(input [27:0] row, input [3:0] is_full, input integer which);
    integer i;
    integer before;
    reg [6:0] last;
    run = 9'd0;
    before = 0;
    for (i = 0; i < 4; i = i + 1) begin
      last = row[7*i+:7] - 7'd1;
      if (is_full[i] && before == which) run = {last, i[1:0]};
      if (is_full[i]) before = before + 1;
    end
  endfunction

  assign runs_o = {run(row_i, full, 3), run(row_i, full, 2), run(row_i, full, 1), run(row_i, full, 0)};

endmodule

module lookups #(
    parameter BOUND = 8  // cycles with a ready receiver in which something must move
) (
    input  wire         clk_i,
    input  wire         valid_i,
    input  wire         ready_i,
    input  wire [ 12:0] channel_i,
    input  wire [139:0] table_i,
    output wire         bad_o
);

  logic start_q = 1'b1;
  logic [139:0] table_q;
  always_ff @(posedge clk_i) begin
    start_q <= 1'b0;
    if (start_q) table_q <= table_i;
  end
  wire [27:0] heads = table_q[27:0];
  wire [111:0] dims = table_q[139:28];

  wire legal;
  wire [3:0] due;
  definition def (
      .heads_i  (heads),
      .dims_i   (dims),
      .channel_i(channel_i),
      .legal_o  (legal),
      .index_o  (due)
  );

  // Requests accepted and not answered, and what is due to them, the oldest first.
  logic [1:0] flight_q;
  logic [7:0] due_q;
  logic [3:0] patience_q;
  logic lawful_q;
  logic waits_q;
  logic [12:0] channel_q;
  logic answer_waits_q;
  logic [3:0] answer_q;
  logic [3:0] read_index_q;

  wire ready;
  wire valid;
  wire [3:0] index;
  wire idle;
  wire scale_read;
  wire [3:0] scale_address;
  wire order_error;
  wire accept = valid_i & ready;

`ifdef SEQUENTIAL
  wire head_read;
  wire [1:0] head_address;
  wire dim_read;
  wire [3:0] dim_address;
  logic [1:0] head_address_q;
  logic [3:0] dim_address_q;
  always_ff @(posedge clk_i) begin
    if (head_read) head_address_q <= head_address;
    if (dim_read) dim_address_q <= dim_address;
  end
  wire [6:0] head_q = heads[7*head_address_q+:7];
  wire [6:0] dim_q = dims[7*dim_address_q+:7];
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
  wire bad_heads = (head_address_q != step) | (step > due[3:2]) | (patience_q > {2'd0, step} + 4'd1);
  wire bad_dims = (head_group != due[3:2]) | (dim_address_q != {head_group, step}) |
      (step > due[1:0]) | (patience_q > taken + {2'd0, step});
  wire bad_state = (state == 2'd3) | (flight_q != {1'b0, valid}) |
      ((state == 2'd0) ? patience_q != 4'd0 : ~waits_q | (step == 2'd3)) |
      (in_heads & bad_heads) | (in_dims & bad_dims);
`endif

`ifdef PARALLEL
  wire row_read;
  wire row_address;
  logic seen_q;  // one group: its row is there once it was read
  always_ff @(posedge clk_i) seen_q <= ~start_q & (seen_q | row_read);
  wire [139:0] row = seen_q ? table_q : 140'd0;
  assign order_error = 1'b0;
  wire searching;
  wire [12:0] channel;
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
      .head_bounds_i  (row[27:0]),
      .dim_bounds_i   (row[139:28]),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid),
      .ready_i        (ready_i),
      .index_o        (index),
      .idle_o         (idle)
  );

  // Inductive: what is due to the request that is being searched is what its channel asks for.
  wire [3:0] searched_due;
  wire unused_legal;
  definition of_searched (
      .heads_i  (heads),
      .dims_i   (dims),
      .channel_i(channel),
      .legal_o  (unused_legal),
      .index_o  (searched_due)
  );
  wire bad_state = (flight_q != {1'b0, searching} + {1'b0, valid}) | (patience_q > {3'd0, valid}) |
      (searching & (~seen_q | (searched_due != (valid ? due_q[7:4] : due_q[3:0]))));
`endif

`ifdef LUT
  wire index_read;
  wire [12:0] index_address;
  wire unused_legal;
  wire [3:0] kept;
  logic [3:0] word_q;
  definition content (
      .heads_i  (heads),
      .dims_i   (dims),
      .channel_i(index_address),
      .legal_o  (unused_legal),
      .index_o  (kept)
  );
  always_ff @(posedge clk_i) if (index_read) word_q <= kept;
  assign order_error = 1'b0;
  wire searching;
  scale_search_lut search (
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

  // Inductive: the word that was read is the one that is due.
  wire bad_state = (flight_q != {1'b0, searching} + {1'b0, valid}) | (patience_q > {3'd0, valid}) |
      (searching & (word_q != (valid ? due_q[7:4] : due_q[3:0])));
`endif

`ifdef CURSOR
  wire head_read;
  wire [1:0] head_address;
  wire dim_read;
  wire [3:0] dim_address;
  wire [35:0] head_runs;
  wire [143:0] dim_runs;
  runs of_heads (
      .row_i (heads),
      .runs_o(head_runs)
  );
  genvar i;
  for (i = 0; i < 4; i = i + 1) begin : g_row
    runs of_dims (
        .row_i (dims[28*i+:28]),
        .runs_o(dim_runs[36*i+:36])
    );
  end
  logic [1:0] head_address_q;
  logic [3:0] dim_address_q;
  always_ff @(posedge clk_i) begin
    if (head_read) head_address_q <= head_address;
    if (dim_read) dim_address_q <= dim_address;
  end
  wire [8:0] head_q = head_runs[9*head_address_q+:9];
  wire [8:0] dim_q = dim_runs[9*dim_address_q+:9];
  wire [1:0] state;
  wire [12:0] channel;
  wire [1:0] head_group;
  wire [1:0] run;
  wire [1:0] head_run;
  wire looked;
  scale_search_cursor search (
      .state_q        (state),
      .channel_q      (channel),
      .head_group_q   (head_group),
      .run_q          (run),
      .head_run_q     (head_run),
      .looked_q       (looked),
      .clk_i          (clk_i),
      .rst_ni         (~start_q),
      .open_i         (1'b1),
      .restart_i      (1'b0),
      .valid_i        (valid_i),
      .ready_o        (ready),
      .channel_i      (channel_i),
      .head_read_o    (head_read),
      .head_address_o (head_address),
      .head_last_i    (head_q[8:2]),
      .head_group_i   (head_q[1:0]),
      .dim_read_o     (dim_read),
      .dim_address_o  (dim_address),
      .dim_last_i     (dim_q[7:2]),
      .dim_group_i    (dim_q[1:0]),
      .scale_read_o   (scale_read),
      .scale_address_o(scale_address),
      .valid_o        (valid),
      .ready_i        (ready_i),
      .index_o        (index),
      .order_error_o  (order_error),
      .idle_o         (idle)
  );

  // A walk: the channel that is due. A request out of order is never accepted; while all were in
  // order, there is no error.
  logic [12:0] walk_q;
  logic in_order_q;
  wire in_order = in_order_q & (~valid_i | (channel_i == walk_q));
  always_ff @(posedge clk_i) begin
    if (start_q) begin
      walk_q     <= 13'd0;
      in_order_q <= 1'b1;
    end else begin
      if (valid_i & ready) walk_q <= (walk_q == 13'd5119) ? 13'd0 : walk_q + 13'd1;
      in_order_q <= in_order;
    end
  end

  // Inductive: the runs on the memories' outputs are those of the channel that is due, and of its
  // head (in a head's first cycle) or the next.
  function automatic [1:0] before(input [27:0] row, input [1:0] group);
    before = {1'b0, group > 2'd0 && row[6:0] != 7'd0} +
        {1'b0, group > 2'd1 && row[13:7] != row[6:0]} +
        {1'b0, group > 2'd2 && row[20:14] != row[13:7]};
  endfunction

  wire [3:0] walk_due;
  wire [3:0] look_due;
  wire unused_legal;
  wire unused_legal_too;
  wire [6:0] next_head = (channel[12:6] == 7'd79) ? 7'd0 : channel[12:6] + 7'd1;
  wire [6:0] look_head = looked ? next_head : channel[12:6];
  definition of_walk (
      .heads_i  (heads),
      .dims_i   (dims),
      .channel_i(channel),
      .legal_o  (unused_legal),
      .index_o  (walk_due)
  );
  definition of_look (
      .heads_i  (heads),
      .dims_i   (dims),
      .channel_i({look_head, 6'd0}),
      .legal_o  (unused_legal_too),
      .index_o  (look_due)
  );
  wire bad_run = (dim_q[1:0] != walk_due[1:0]) | (dim_q[7:2] < channel[5:0]) |
      (head_group != walk_due[3:2]) | (dim_address_q != {head_group, run}) |
      (run != before(dims[28*head_group+:28], walk_due[1:0]));
  wire bad_look = (head_q[1:0] != look_due[3:2]) | (head_q[8:2] < look_head) |
      (head_run != before(heads, look_due[3:2])) | (~looked & (channel[5:0] != 6'd0));
  wire bad_state = (state == 2'd3) | (channel != walk_q) | (channel > 13'd5119) |
      (flight_q != {1'b0, valid}) | (patience_q > {2'd0, state}) |
      ((state != 2'd0) & (head_address_q != head_run)) |
      ((state == 2'd2) ? bad_run | bad_look :
       (channel != 13'd0) | (head_run != 2'd0) | order_error);

  wire bad_order = (valid_i & ready & (channel_i != walk_q)) | (in_order_q & order_error);
`else
  wire in_order = 1'b1;
  wire bad_order = 1'b0;
`endif

  wire lawful = lawful_q & legal & (channel_i < 13'd5120) &
      (~waits_q | (valid_i & (channel_i == channel_q)));
  wire answer = valid & ready_i;
  wire [1:0] left = flight_q - {1'b0, answer};
  wire [7:0] rest = answer ? {4'd0, due_q[7:4]} : due_q;

  always_ff @(posedge clk_i) begin
    if (start_q) begin
      lawful_q       <= 1'b1;
      waits_q        <= 1'b0;
      flight_q       <= 2'd0;
      patience_q     <= 4'd0;
      answer_waits_q <= 1'b0;
    end else begin
      lawful_q       <= lawful;
      waits_q        <= valid_i & ~ready;
      flight_q       <= left + {1'b0, accept};
      answer_waits_q <= valid & ~ready_i;
      if (accept | answer | ~in_order | ~(valid_i | (flight_q != 2'd0))) patience_q <= 4'd0;
      else if (patience_q != 4'd15) patience_q <= patience_q + {3'd0, ready_i};
    end
    channel_q <= channel_i;
    answer_q  <= index;
    if (scale_read) read_index_q <= scale_address;
    due_q <= ~accept ? rest : (left == 2'd0) ? {4'd0, due} : {due, rest[3:0]};
  end

  // The scale memory shows the scale of read_index_q.
  wire wrong = valid & ((flight_q == 2'd0) | (index != due_q[3:0]) | (index != read_index_q));
  wire changed = answer_waits_q & (~valid | (index != answer_q));
  wire stuck = patience_q > BOUND;
  wire crowded = (left == 2'd2) & accept;
  wire forgotten = idle & (flight_q != 2'd0);
  assign bad_o = ~start_q & lawful & (wrong | changed | stuck | crowded | forgotten | bad_order | bad_state);

endmodule

`default_nettype wire
