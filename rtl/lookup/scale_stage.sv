// SPDX-License-Identifier: Apache-2.0
// A stage of a stream that gives each beat the scale of its channel. Beats are channels 0 to the
// last, token after token, from reset on; the stage counts them, asks the lookup for each, and holds
// it until the answer comes. LOOKUP as FORM of scale_lookup: 1 sequential, 2 parallel, 3 lut, 4
// cursor. Latency 2 (parallel, lut) or 1 (cursor), one beat a cycle; sequential: that of its search,
// one at a time. LOOKUP 0 is wires, and every beat's scale is scale_i, which nothing else reads.
//
// The table port is that of the lookup, but a swap waits until the stage is between two tokens, so
// that a token has one table, and no word is accepted while it waits. Reset drops the live table:
// beats wait until one is swapped in.
//
// stalls_o counts cycles in which a beat waits at the stage while nothing waits behind it.
`default_nettype none

module scale_stage #(
    parameter LOOKUP = 0,
    parameter WIDTH = 32,
    parameter SCALE_WORDS = 4,
    parameter GROUPS = 8,
    parameter HEAD_GROUPS = 4,
    parameter DIM_GROUPS = 4,
    parameter HEADS = 16,
    parameter HEADDIM = 64
) (
    input wire clk_i,
    input wire rst_ni,

    input wire [32*SCALE_WORDS-1:0] scale_i,

    input  wire                      valid_i,
    output wire                      ready_o,
    input  wire [         WIDTH-1:0] data_i,
    output wire                      valid_o,
    input  wire                      ready_i,
    output wire [         WIDTH-1:0] data_o,
    output wire [32*SCALE_WORDS-1:0] scale_o,

    input  wire        table_valid_i,
    output wire        table_ready_o,
    input  wire [31:0] table_data_i,
    input  wire        table_swap_i,
    output wire        table_error_o,

    input  wire        clear_i,  // the counter
    output wire [63:0] stalls_o
);

  if (LOOKUP == 0) begin : g_wires
    assign ready_o = ready_i;
    assign valid_o = valid_i;
    assign data_o = data_i;
    assign scale_o = scale_i;
    assign table_ready_o = 1'b0;
    assign table_error_o = 1'b0;
    assign stalls_o = 64'd0;
    wire unused = &{1'b0, clk_i, rst_ni, table_valid_i, table_data_i, table_swap_i, clear_i};
  end else begin : g_lookup
    localparam CHANNELS = GROUPS * HEADS * HEADDIM;
    localparam CHANNEL_BITS = $clog2(CHANNELS);
    localparam INDEX_BITS = lookup_pkg::index_bits(GROUPS * HEAD_GROUPS * DIM_GROUPS);
    localparam [31:0] LAST_CHANNEL = CHANNELS - 1;
    localparam IN_FLIGHT = 3;  // a lookup holds two, and one may come while one leaves

    logic [CHANNEL_BITS-1:0] channel_q;
    logic offered_q;
    logic swap_q;
    logic [63:0] stalls_q;

    wire in_token = (|channel_q) | offered_q;  // a token began
    wire held_ready;
    wire unused_held_valid;
    wire lookup_ready;
    wire lookup_table_ready;
    wire may_ask = held_ready & (in_token | ~swap_q);
    wire ask = valid_i & may_ask;
    wire take = ask & lookup_ready;
    wire wait_behind = valid_o & ~ready_i;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        channel_q <= {CHANNEL_BITS{1'b0}};
        offered_q <= 1'b0;
        swap_q    <= 1'b0;
      end else begin
        if (take)
          channel_q <= (channel_q == LAST_CHANNEL[CHANNEL_BITS-1:0]) ? {CHANNEL_BITS{1'b0}}
                                                                     : channel_q + 1'b1;
        offered_q <= ask & ~lookup_ready;
        swap_q    <= table_swap_i | (swap_q & in_token);
      end
      if (!rst_ni || clear_i) stalls_q <= 64'd0;
      else if (valid_i & ~ready_o & ~wait_behind) stalls_q <= stalls_q + 64'd1;
    end

    wire [INDEX_BITS-1:0] unused_index;
    wire unused_order_error;  // the stage counts the channels
    scale_lookup #(
        .FORM       (LOOKUP),
        .GROUPS     (GROUPS),
        .HEAD_GROUPS(HEAD_GROUPS),
        .DIM_GROUPS (DIM_GROUPS),
        .HEADS      (HEADS),
        .HEADDIM    (HEADDIM),
        .SCALE_WORDS(SCALE_WORDS)
    ) lookup (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .valid_i      (ask),
        .ready_o      (lookup_ready),
        .channel_i    (channel_q),
        .restart_i    (1'b0),
        .valid_o      (valid_o),
        .ready_i      (ready_i),
        .index_o      (unused_index),
        .scale_o      (scale_o),
        .table_valid_i(table_valid_i & ~swap_q),
        .table_ready_o(lookup_table_ready),
        .table_data_i (table_data_i),
        .table_swap_i (swap_q & ~in_token),
        .table_error_o(table_error_o),
        .order_error_o(unused_order_error)
    );

    fifo #(
        .WIDTH(WIDTH),
        .DEPTH(IN_FLIGHT)
    ) held (
        .clk_i  (clk_i),
        .rst_ni (rst_ni),
        .valid_i(take),
        .ready_o(held_ready),
        .data_i (data_i),
        .valid_o(unused_held_valid),
        .ready_i(valid_o & ready_i),
        .data_o (data_o)
    );

    assign ready_o = may_ask & lookup_ready;
    assign table_ready_o = lookup_table_ready & ~swap_q;
    assign stalls_o = stalls_q;
    wire unused = &{1'b0, scale_i};
  end

endmodule

`default_nettype wire
