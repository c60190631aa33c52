// SPDX-License-Identifier: Apache-2.0
// DEPTH registers in a row that move together while en_i is high; DEPTH 0 is a wire.
// Latency DEPTH enabled cycles, one word a cycle. Data is not reset.
//
// From DEPTH 2 on the module is itself twice, so that each register is a variable of its own: up to 64
// bits are one integer in a Verilated model.
`default_nettype none

module pipe #(
    parameter WIDTH = 1,
    parameter DEPTH = 1
) (
    input  wire             clk_i,
    input  wire             en_i,
    input  wire [WIDTH-1:0] data_i,
    output wire [WIDTH-1:0] data_o
);

  if (DEPTH == 0) begin : g_wire
    wire unused = &{1'b0, clk_i, en_i};
    assign data_o = data_i;
  end else if (DEPTH == 1) begin : g_register
    logic [WIDTH-1:0] data_q;
    always_ff @(posedge clk_i) if (en_i) data_q <= data_i;
    assign data_o = data_q;
  end else begin : g_halves
    wire [WIDTH-1:0] data;
    pipe #(
        .WIDTH(WIDTH),
        .DEPTH(DEPTH / 2)
    ) first (
        .clk_i (clk_i),
        .en_i  (en_i),
        .data_i(data_i),
        .data_o(data)
    );
    pipe #(
        .WIDTH(WIDTH),
        .DEPTH(DEPTH - DEPTH / 2)
    ) second (
        .clk_i (clk_i),
        .en_i  (en_i),
        .data_i(data),
        .data_o(data_o)
    );
  end

endmodule

`default_nettype wire
