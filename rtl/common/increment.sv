// SPDX-License-Identifier: Apache-2.0
// value_o = value_i + carry_i modulo 2^WIDTH, where both may be late: the carry into each block of
// BLOCK bits is found beside the blocks below, not through them. WIDTH > BLOCK. Combinational.
`default_nettype none

module increment #(
    parameter WIDTH = 32,
    parameter BLOCK = 6
) (
    input  wire [WIDTH-1:0] value_i,
    input  wire             carry_i,
    output wire [WIDTH-1:0] value_o
);

  localparam BLOCKS = (WIDTH + BLOCK - 1) / BLOCK;

  wire [BLOCKS-1:0] carry;
  assign carry[0] = carry_i;
  increment_carries #(
      .BLOCKS(BLOCKS - 1),
      .BLOCK (BLOCK)
  ) carries (
      .value_i(value_i[(BLOCKS-1)*BLOCK-1:0]),
      .carry_i(carry_i),
      .carry_o(carry[BLOCKS-1:1])
  );

  genvar k;
  for (k = 0; k < BLOCKS; k = k + 1) begin : g_block
    localparam FIRST = k * BLOCK;
    localparam BITS = (WIDTH - FIRST < BLOCK) ? WIDTH - FIRST : BLOCK;
    assign value_o[FIRST+:BITS] = value_i[FIRST+:BITS] + {{BITS - 1{1'b0}}, carry[k]};
  end

endmodule

`default_nettype wire
