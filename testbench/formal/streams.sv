// SPDX-License-Identifier: Apache-2.0
// A stream through FIFO or VALID_PIPE (valid_pipe with data beside it): what goes in comes out, once and in
// order, for every sequence of words, pauses and stalls; a word that waits does not change. bad_o
// must never rise. Words of one bit: no block looks at them.
`default_nettype none

module streams (
    input  wire clk_i,
    input  wire valid_i,
    input  wire data_i,
    input  wire ready_i,
    output wire bad_o
);

  localparam DEPTH = 3;

  logic start_q = 1'b1;
  always_ff @(posedge clk_i) start_q <= 1'b0;

  // What is inside, the oldest word in bit 0.
  logic [1:0] count_q;
  logic [DEPTH-1:0] inside_q;

  wire ready;
  wire valid;
  wire data;

`ifdef FIFO
  fifo #(
      .WIDTH(1),
      .DEPTH(DEPTH)
  ) stream (
      .clk_i  (clk_i),
      .rst_ni (~start_q),
      .valid_i(valid_i),
      .ready_o(ready),
      .data_i (data_i),
      .valid_o(valid),
      .ready_i(ready_i),
      .data_o (data)
  );
  wire bad_ready = ready != (count_q != DEPTH);
  wire bad_valid = valid != (count_q != 2'd0);
`endif

`ifdef VALID_PIPE
  wire en;
  logic [DEPTH-1:0] data_q;
  logic [1:0] age_q;  // enabled cycles since the oldest word came in, up to DEPTH
  always_ff @(posedge clk_i) if (en) data_q <= {data_q[DEPTH-2:0], data_i};
  assign data = data_q[DEPTH-1];
  valid_pipe #(
      .DEPTH(DEPTH)
  ) stream (
      .clk_i  (clk_i),
      .rst_ni (~start_q),
      .valid_i(valid_i),
      .ready_o(ready),
      .valid_o(valid),
      .ready_i(ready_i),
      .en_o   (en)
  );
  // It never refuses while the receiver is ready, and no word stays inside for ever.
  always_ff @(posedge clk_i) begin
    if (start_q | (valid & ready_i) | (count_q == 2'd0)) age_q <= 2'd0;
    else if (ready_i & age_q != 2'd3) age_q <= age_q + 2'd1;
  end
  wire bad_ready = ready_i & ~ready;
  wire bad_valid = age_q == 2'd3;
`endif

  logic waits_q;
  logic waiting_q;
  wire put = valid_i & ready;
  wire take = valid & ready_i;
  wire [1:0] left = count_q - {1'b0, take};
  wire [DEPTH-1:0] rest = take ? inside_q >> 1 : inside_q;
  wire [DEPTH-1:0] place = 3'd1 << left;
  always_ff @(posedge clk_i) begin
    count_q   <= start_q ? 2'd0 : left + {1'b0, put};
    inside_q  <= put ? (rest & ~place) | (data_i ? place : 3'd0) : rest;
    waits_q   <= ~start_q & valid & ~ready_i;
    waiting_q <= data;
  end

  wire wrong = valid & ((count_q == 2'd0) | (data != inside_q[0]));
  wire changed = waits_q & (~valid | (data != waiting_q));
  wire crowded = put & (left == DEPTH);
  assign bad_o = ~start_q & (wrong | changed | crowded | bad_ready | bad_valid);

endmodule

`default_nettype wire
