// SPDX-License-Identifier: Apache-2.0
// Memory of DEPTH words with a write and a read port. Read data comes one cycle after read_i and
// stays until the next read. A word read in the cycle in which it is written is the old one.
//
// Every memory of the engines is an instance of this module; synthesis treats it as a black box,
// and a chip puts a macro here.
`default_nettype none

module ram_1r1w #(
    parameter WIDTH = 32,
    parameter DEPTH = 64,
    parameter ADDRESS_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input wire clk_i,

    input wire                     write_i,
    input wire [ADDRESS_WIDTH-1:0] write_address_i,
    input wire [        WIDTH-1:0] write_data_i,

    input  wire                     read_i,
    input  wire [ADDRESS_WIDTH-1:0] read_address_i,
    output wire [        WIDTH-1:0] read_data_o
);

  logic [WIDTH-1:0] words[0:DEPTH-1];
  logic [WIDTH-1:0] read_q;

  always_ff @(posedge clk_i) begin
    if (write_i) words[write_address_i] <= write_data_i;
    if (read_i) read_q <= words[read_address_i];
  end

  assign read_data_o = read_q;

endmodule

`default_nettype wire
