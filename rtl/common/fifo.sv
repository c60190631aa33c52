// SPDX-License-Identifier: Apache-2.0
// First in, first out, DEPTH words in registers; the oldest word is on data_o while valid_o is high.
// Latency 1, one word a cycle. ready_o does not depend on ready_i, nor valid_o on valid_i.
`default_nettype none

module fifo #(
    parameter WIDTH = 32,
    parameter DEPTH = 2
) (
    input wire clk_i,
    input wire rst_ni,

    input  wire             valid_i,
    output wire             ready_o,
    input  wire [WIDTH-1:0] data_i,

    output wire             valid_o,
    input  wire             ready_i,
    output wire [WIDTH-1:0] data_o
);

  if (DEPTH < 2) begin : g_unsupported
    DEPTH_must_be_at_least_2 unsupported_configuration ();
  end

  localparam INDEX_WIDTH = $clog2(DEPTH);
  localparam COUNT_WIDTH = $clog2(DEPTH + 1);
  localparam [INDEX_WIDTH-1:0] LAST = DEPTH[INDEX_WIDTH-1:0] - 1'b1;

  logic [WIDTH-1:0] words[0:DEPTH-1];
  logic [INDEX_WIDTH-1:0] head_q;
  logic [INDEX_WIDTH-1:0] tail_q;
  logic [COUNT_WIDTH-1:0] count_q;

  assign ready_o = count_q != DEPTH[COUNT_WIDTH-1:0];
  assign valid_o = |count_q;
  assign data_o  = words[head_q];
  wire put = valid_i & ready_o;
  wire take = valid_o & ready_i;

  always_ff @(posedge clk_i) begin
    if (put) words[tail_q] <= data_i;
    if (!rst_ni) begin
      head_q  <= {INDEX_WIDTH{1'b0}};
      tail_q  <= {INDEX_WIDTH{1'b0}};
      count_q <= {COUNT_WIDTH{1'b0}};
    end else begin
      if (put) tail_q <= (tail_q == LAST) ? {INDEX_WIDTH{1'b0}} : tail_q + 1'b1;
      if (take) head_q <= (head_q == LAST) ? {INDEX_WIDTH{1'b0}} : head_q + 1'b1;
      count_q <= count_q + {{COUNT_WIDTH - 1{1'b0}}, put} - {{COUNT_WIDTH - 1{1'b0}}, take};
    end
  end

endmodule

`default_nettype wire
