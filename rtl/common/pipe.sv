// SPDX-License-Identifier: Apache-2.0
// DEPTH registers in a row that move together while en_i is high; DEPTH 0 is a wire.
// Latency DEPTH enabled cycles, one word a cycle. Data is not reset.
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
  end else begin : g_registers
    logic [DEPTH*WIDTH-1:0] stage_q;
    // Word 0 of the chain is the input, word i the output of register i.
    wire [(DEPTH+1)*WIDTH-1:0] chain = {stage_q, data_i};

    always_ff @(posedge clk_i) if (en_i) stage_q <= chain[DEPTH*WIDTH-1:0];

    assign data_o = chain[DEPTH*WIDTH+:WIDTH];
  end

endmodule

`default_nettype wire
